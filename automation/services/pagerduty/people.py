"""Who is who in PagerDuty: by `people` of the policy, then by e-mail addresses in our own
domain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from automation.http.answers import Refusal
from automation.policy.policy import Policy
from automation.services.pagerduty.rows import USER
from automation.services.pagerduty.wire import ask, ask_all
from automation.services.wire import Wire, part

_LOGIN = re.compile(r"\w[\w.-]*", re.ASCII)
_GONE = 404


class People:
    """Logins of PagerDuty's users, and users by login."""

    def __init__(self, wire: Wire, policy: Policy) -> None:
        self._wire, self._people = wire, policy.people
        sender = policy.pagerduty.sender if policy.pagerduty else ""
        self._domain = sender.rpartition("@")[2].casefold()
        self._named = {p.pager.casefold(): p.login for p in policy.people.values() if p.pager}
        self._logins = {login.casefold(): login for login in _logins(policy)}
        self._seen: dict[str, str] = {}  # by id

    def login(self, user: Mapping[str, Any]) -> str:
        """The login of a user, of whom an answer may hold only the id; "" for a stranger."""
        number = str(user.get("id") or "")
        if "email" not in user and number and number not in self._seen:
            if login := self._named.get(number.casefold()):
                return login
            user = self._asked(number)
        if "email" in user:
            self._seen[number] = self._known_as(number, str(user.get("email") or ""))
        return self._seen.get(number, "")

    def login_by_address(self, address: str) -> str:
        """The login of whose e-mail address it is; "" for a stranger's."""
        return self._known_as("", address)

    def _known_as(self, number: str, address: str) -> str:
        local, _, domain = address.rpartition("@")
        for name in (number, address, local):
            if name and (login := self._named.get(name.casefold())):
                return login
        if domain.casefold() != self._domain or not _LOGIN.fullmatch(local):
            return ""
        return self._logins.get(local.casefold(), local)

    def _asked(self, number: str) -> Mapping[str, Any]:
        doing = "asking who somebody is"
        try:
            user = ask(self._wire, doing, f"/users/{part(number)}", "user", USER)
        except Refusal as refusal:
            if refusal.failure.status != _GONE:  # a deleted account
                raise
            return {"id": number, "email": ""}
        return {"id": number, "email": str(user.get("email") or "")}

    def number(self, login: str) -> str:
        """The id of the user with this login; "" if there is none."""
        person = self._people.get(login)
        name = (person.pager if person else "") or f"{login}@{self._domain}"
        if "@" not in name and not name.islower():  # ids are in capitals
            return name
        return self._found(login, name if "@" in name else f"{name}@{self._domain}")

    def _found(self, login: str, address: str) -> str:
        doing = f"looking for the account of {login}"
        for user in ask_all(self._wire, doing, "/users", "users", USER, {"query": address}):
            if str(user.get("email") or "").casefold() == address.casefold():
                return str(user.get("id") or "")
        return ""


def _logins(policy: Policy) -> set[str]:
    """Everybody whom the policy names."""
    return {*policy.people, *policy.logins_on_call}
