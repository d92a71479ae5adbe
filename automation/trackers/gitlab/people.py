"""Accounts on GitLab: who we are, who belongs to the project, who is which number."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from automation.http.shapes import listed
from automation.trackers.action_in_words import Doing
from automation.trackers.gitlab.records import is_member
from automation.trackers.gitlab.rows import ACCOUNT, MEMBER
from automation.trackers.list_rows import person_in
from automation.trackers.wire import Wire


class People:
    """Each question is asked once a run, also where issues are written side by side. ``members``:
    logins that are known to belong, each with its number after a space where that is known too.
    They count ``until`` then by GitLab's clock, and their numbers also after that."""

    def __init__(
        self,
        wire: Wire,
        path: str,
        project: str,
        members: Iterable[str] | None = None,
        me: str = "",
        until: datetime | None = None,
        account: str = "",
    ) -> None:
        self._wire = wire
        self._path = path
        self._project = project
        self._me = account or me  # whom to read for, or what the run before knew
        self._supposed = "" if account else me
        self._ids: dict[str, int | None] = {}  # by login in lower case; None: no such account
        self._former: dict[int, str] = {}  # logins that accounts had in an earlier run
        self.renamed: dict[str, str] = {}
        self._members = frozenset(self._known(entry) for entry in members or ())
        self._until = until
        self.asked_at: datetime | None = None  # when this run asked anew who belongs
        self._complete = False
        self._asking = threading.Lock()

    def _known(self, entry: str) -> str:
        login, _, rest = entry.lower().partition(" ")
        number, _, now = rest.partition(" ")
        if number.isdecimal() and len(number) < 16:
            self._ids[login] = int(number)
            if now:
                self.renamed[login] = now
            else:
                self._former[int(number)] = login
        return login

    @property
    def members(self) -> frozenset[str]:
        """Logins, in lower case, that belong to the project as far as was asked, with their
        numbers ("erin 7"), so that the next run looks nobody up who is assigned."""
        now = self._members - self.renamed.keys()
        known = {f"{login} {self._ids.get(login) or ''}".rstrip() for login in now}
        before = {f"{old} {self._ids.get(old) or 0} {to}" for old, to in self.renamed.items()}
        return frozenset(known | before)

    def has_another_name(self) -> bool:
        """Is our account called otherwise than an earlier run knew? Asked once, where nothing is
        here that belongs to that one (P-59)."""
        supposed, self._supposed = self._supposed, ""
        if not supposed:
            return False
        self._me = ""
        return self.me() != supposed

    def me(self) -> str:
        """The login of the token's account. One request, the first time."""
        if not self._me:
            doing = Doing("asking who the token belongs to, for", self._project, writes=False)
            user = self._wire.get(doing, "/user", ACCOUNT)
            self.saw(user)
            self._me = str(user["username"])
        return self._me

    def saw(self, user: Mapping[str, Any] | None) -> None:
        """Remember the number of an account that an answer showed, and that it was renamed."""
        if not user or "id" not in user:
            return
        login, number = str(user["username"]), int(user["id"])
        if self._ids.get(login.lower()) not in (None, number):
            self._members -= {login.lower()}  # somebody else has the name by now
        self._ids[login.lower()] = number
        former = self._former.get(number, "")
        if former and former != login.lower():
            self.renamed = {old: login if self._ids.get(old) == number else now
                            for old, now in self.renamed.items()} | {former: login}  # fmt: skip

    def now_called(self, login: str) -> str:
        """What somebody is called now whom a system note calls so: it keeps what they were."""
        return self.renamed.get(login.lower(), login)

    def ids(self, logins: Iterable[str], ref: str = "") -> tuple[list[int], list[str]]:
        """Numbers of the accounts that are there, in order, and the logins of the others."""
        found: list[int] = []
        unknown: list[str] = []
        for login in dict.fromkeys(logins):
            with self._asking:
                number = self._id(login, ref)
            if number is None:
                unknown.append(login)
            else:
                found.append(number)
        return found, unknown

    def _id(self, login: str, ref: str) -> int | None:
        key = login.lower()
        if key not in self._ids:
            doing = Doing(f"looking up @{login} for", self._project, ref, writes=False)
            rows = self._wire.get(doing, "/users", listed(ACCOUNT), {"username": login})
            self._ids[key] = None
            for user in rows:
                self.saw(user)
        return self._ids[key]

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        """Those who may not act in the project: no members, or blocked. All pages of the
        members are read once, and only if somebody is asked for whom we do not know."""
        with self._asking:  # also while issues are read side by side
            return self._outsiders(logins)

    def _outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        self._forget_who_may_have_left()
        asked = {login for login in logins if login.lower() not in self._members}
        if asked:
            asked -= {self.me()}
        if asked and not self._complete:
            self._members |= self._listed()
            self._complete = True
            self.asked_at = self.asked_at or self._wire.time()
        return frozenset(login for login in asked if login.lower() not in self._members)

    def _forget_who_may_have_left(self) -> None:
        if self._until and not self._wire.is_before(self._until):
            self._members, self._until = frozenset(), None
            self.asked_at = self._wire.time()

    def _listed(self) -> frozenset[str]:
        doing = Doing("reading the members of", self._project, writes=False)
        path = f"{self._path}/members/all"
        there = self._wire.pages(doing, path, MEMBER, named=person_in("username"))
        rows = [row for row in there if is_member(row)]
        for row in rows:
            self.saw(row)
        return frozenset(row["username"].lower() for row in rows)
