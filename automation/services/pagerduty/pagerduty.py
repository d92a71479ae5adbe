"""PagerDuty as the pager: one look-up of who is on call, pages through escalation policies.

A page is an incident of PagerDuty with our key. What became of it stands in its log: its own
list of acknowledgements is emptied when it is triggered again, or resolved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.http.shapes import anything
from automation.model.alerts_seen import name_of_page, own_id
from automation.model.issue import Ack, Did, Duty
from automation.policy.policy import Policy
from automation.services.embedded.embedded import Teams, duty_of, first_of_each, no_teams
from automation.services.pagerduty.people import People
from automation.services.pagerduty.rows import LOG_ENTRY, ON_CALL, PAGE
from automation.services.pagerduty.wire import ask, ask_all, check_made, moment, reference
from automation.services.wire import Wire

_BY_PEOPLE: dict[str, Did] = {  # entries of the log: what a person did
    "acknowledge_log_entry": "acknowledged",
    "acknowledgement_log_entry": "acknowledged",
    "snooze_log_entry": "snoozed",
    "resolve_log_entry": "resolved",
}
_ASSIGNED, _ESCALATED = "assign_log_entry", "escalate_log_entry"
_MERGED = "merge_resolve_reason"
_GONE = 404
_CALLED_AT_FIRST_WITHIN = timedelta(seconds=10)  # what happens so soon came with the page itself
_LONGEST_TITLE, _LONGEST_DETAILS = 250, 2000  # characters
_MAY_NOT_ASK = (402, 403, 404)
_REJECTED = 400  # also where an incident with this key is open already


class PagerDuty:
    """See `Pager`."""

    def __init__(self, wire: Wire, policy: Policy, teams: Teams = no_teams) -> None:
        assert policy.pagerduty
        self._teams = teams
        self.wire, self._roles, self._service = wire, policy.roles, policy.pagerduty.service
        self._sender = policy.pagerduty.sender.partition("@")[0]  # the login in whose name IMA acts
        self.people = People(wire, policy)
        self.entries: list[dict[str, Any]] = []  # who is on call, as PagerDuty has last answered
        self._duties: dict[str, Duty | None] = {}  # the same by role
        self._answers: dict[str, list[Ack]] = {}  # by key of a page: what people did with it

    def on_call(self, now: datetime) -> dict[str, Duty | None]:
        """Who is on call for each role: by its schedule; for a role without one by the policy."""
        duties = {name: duty_of(role, now, self._teams) for name, role in self._roles.items()}
        schedules = {role.schedule: None for role in self._roles.values() if role.schedule}
        self.entries = on_call_entries(self.wire, schedules) if schedules else []
        for name, role in self._roles.items():
            if role.schedule:
                entries = [e for e in self.entries if schedule_of(e) == role.schedule]
                duties[name] = self._first_known_duty(entries)
        self._duties = duties
        return duties

    def _first_known_duty(self, entries: Iterable[Mapping[str, Any]]) -> Duty | None:
        """The first of the entries whose person we know. A schedule has an entry for each
        escalation policy."""
        for entry in sorted(entries, key=_level_and_start):
            if person := self.people.login(reference(entry.get("user"))):
                return Duty(person, moment(entry.get("start")))
        return None

    def page(self, role: str, person: str, key: str, text: str) -> str:
        """See `Pager.page`. The page goes through the role's escalation policy, or to a stand-in
        directly. The key is looked for first: whoever was paged and has resolved it since is not
        paged again."""
        whom = f"the {role.upper()}" if role else person
        doing = f"paging {whom} for {_ref_in(key)}"
        if made := self._id_of_page(key, doing):
            return made
        title, _, details = text.partition("\n")
        incident = {
            "type": "incident",
            "title": title[:_LONGEST_TITLE],
            "service": {"id": self._service, "type": "service_reference"},
            "urgency": "high",
            "incident_key": key,
            "body": {"type": "incident_body", "details": (details or title)[:_LONGEST_DETAILS]},
            **self._whom_to_call(role, person),
        }
        try:
            answer = self.wire.post(doing, "/incidents", {"incident": incident}, anything)
        except Refusal as refusal:
            if refusal.failure.status != _REJECTED or not (made := self._id_of_page(key, doing)):
                raise
            return made
        return check_made(self.wire, doing, answer, "incident")

    def _id_of_page(self, key: str, doing: str) -> str:
        """The id of the page with this key; "" if none was made."""
        query = {"incident_key": key, "date_range": "all"}
        found = ask_all(self.wire, doing, "/incidents", "incidents", PAGE, query)
        return next((str(page.get("id")) for page in found if page.get("incident_key") == key), "")

    def _whom_to_call(self, role: str, person: str) -> dict[str, Any]:
        """The part of a page that says whom it calls. Mostly that is the role's escalation policy.
        A person is assigned directly, which does not escalate, where they are called by name
        without a role, or are not on call for it."""
        if not role:
            return self._assigned_to(self.people.number(person), person)
        duty = self._duties.get(role)
        if duty and duty.person != person and (user_id := self._user_id(person)):
            return self._assigned_to(user_id, person)
        policy = self._roles[role].escalation
        return {"escalation_policy": {"id": policy, "type": "escalation_policy_reference"}}

    def _assigned_to(self, user_id: str, person: str) -> dict[str, Any]:
        if not user_id:
            raise ServiceError(
                f"pagerduty: paging {person} failed: nobody there is known as {person}",
                f"set `people.{person}.pager` to their id or e-mail address there",
            )
        return {"assignments": [{"assignee": {"id": user_id, "type": "user_reference"}}]}

    def _user_id(self, person: str) -> str:
        """The id of a person in PagerDuty; "" where our key may not ask for it. Then whoever is on
        call is woken, rather than nobody."""
        try:
            return self.people.number(person)
        except Refusal as refusal:
            if refusal.failure.status not in _MAY_NOT_ASK:
                raise
            return ""

    def acks(self, pages: Mapping[str, str]) -> dict[str, Sequence[Ack]]:
        """See `Pager.acks`. Our pages are listed once, then the log is read of each that has
        changed; all of that once a run. A page of the pager's own, or one that a merge has taken
        the key from, is looked up by its id."""
        doing = "asking who has acknowledged"
        named = {name_of_page(key): number for key, number in sorted(pages.items())}
        if new := {name: number for name, number in named.items() if name not in self._answers}:
            pages_found = dict(
                self._newest_pages({name for name in new if not own_id(name)}, doing)
            )
            for name, number in new.items():
                if name not in pages_found and (known := own_id(name) or number):
                    pages_found |= [(name, page) for page in self._page_by_id(known, doing)]
            told = {
                name: self._acks_of(name, page)
                for name, page in pages_found.items()
                if _has_changed(page)
            }
            self._answers |= {name: told.get(name, []) for name in new}
        answers = {key: self._answers[name_of_page(key)] for key in sorted(pages)}
        return {key: acks for key, acks in answers.items() if acks}

    def _page_by_id(self, number: str, doing: str) -> Iterator[dict[str, Any]]:
        """The incident with this id, if this account has it."""
        try:
            yield reference(ask(self.wire, doing, f"/incidents/{number}", "incident", PAGE))
        except Refusal as refusal:
            if refusal.failure.status != _GONE:
                raise

    def _acks_of(self, key: str, page: Mapping[str, Any]) -> list[Ack]:
        """What people did with a page; where it was merged into another one, also what they did
        with that."""
        doing = f"asking who has acknowledged the page for {_ref_in(key)}"
        acks = self._acks_in_log(page, doing)
        reason = reference(page.get("resolve_reason"))
        into = reference(reason.get("incident")).get("id")
        if reason.get("type") == _MERGED and into:
            merged = max((ack.at for ack in acks), default=None)
            for other in self._page_by_id(str(into), doing):
                later = self._acks_in_log(other, doing)
                acks += [replace(ack, at=max(ack.at, merged or ack.at)) for ack in later]
        return first_of_each(acks)

    def _acks_in_log(self, page: Mapping[str, Any], doing: str) -> list[Ack]:
        path = f"/incidents/{page.get('id')}/log_entries"
        entries = ask_all(self.wire, doing, path, "log_entries", LOG_ENTRY, {"is_overview": "true"})
        return [ack for entry in entries for ack in self._acks_in(entry, page)]

    def _acks_in(self, entry: Mapping[str, Any], page: Mapping[str, Any]) -> Iterator[Ack]:
        """What an entry of the log tells of people. What IMA did itself, and whom the page called
        at first, is left out."""
        kind, at = str(entry.get("type")), moment(entry.get("created_at"))
        agent, began = reference(entry.get("agent")), moment(page.get("created_at"))
        if at is None:
            return
        did = _BY_PEOPLE.get(kind)
        users: list[Any] = [agent]
        if did is None:
            users = list(entry.get("assignees") or ())
            did = "passed" if kind == _ESCALATED else "reassigned"
            by_hand = _is_user(agent) and began is not None and at - began > _CALLED_AT_FIRST_WITHIN
            if kind != _ESCALATED and not (kind == _ASSIGNED and by_hand):
                return
        for user in filter(_is_user, map(reference, users)):
            who = self.people.login(user)
            if who != self._sender and (who or kind in _BY_PEOPLE):
                yield Ack(who, at, did)  # a stranger is a person, too: nobody has to be woken

    def logins(self, people: Iterable[str]) -> dict[str, str]:
        """The logins of these ids of PagerDuty: by `people` of the policy, or by their e-mail
        address in our own domain."""
        found = ((number, self.people.login({"id": number})) for number in people)
        return {number: login for number, login in found if login}

    def end(self, keys: Iterable[str], text: str) -> None:
        """See `Pager.end`. People see the resolution as a note."""
        doing = "resolving the pages"
        open_only = {"statuses[]": ["triggered", "acknowledged"]}
        wanted = dict.fromkeys(map(name_of_page, keys))
        found = self._newest_pages({key for key in wanted if not own_id(key)}, doing, open_only)
        for key in filter(own_id, wanted):
            pages = self._page_by_id(own_id(key), doing)
            found += [(key, page) for page in pages if page.get("status") != "resolved"]
        for key, page in found:
            change = {
                "type": "incident_reference",
                "status": "resolved",
                "resolution": text[:_LONGEST_DETAILS],
            }
            what = f"resolving the page for {_ref_in(key)}"
            path = f"/incidents/{page.get('id')}"
            answer = self.wire.put(what, path, {"incident": change}, anything)
            check_made(self.wire, what, answer, "incident")

    def _newest_pages(
        self, keys: set[str], doing: str, more: Mapping[str, Any] | None = None
    ) -> list[tuple[str, dict[str, Any]]]:
        """Our pages with these keys, (key, page) of each, looked for among the newest ones of the
        service."""
        if not keys:
            return []
        query = {"service_ids[]": [self._service], "date_range": "all", **(more or {})}
        query["sort_by"] = "created_at:desc"
        found: dict[str, dict[str, Any]] = {}
        for page in ask_all(self.wire, doing, "/incidents", "incidents", PAGE, query):
            if (key := page.get("incident_key")) in keys:
                found.setdefault(str(key), page)
            if len(found) == len(keys):
                break
        return sorted(found.items())


def on_call_entries(wire: Wire, schedules: Iterable[str]) -> list[dict[str, Any]]:
    """Who is on call for these schedules now, in one look-up."""
    query = {"schedule_ids[]": list(schedules), "include[]": ["users"]}
    return list(ask_all(wire, "asking who is on call", "/oncalls", "oncalls", ON_CALL, query))


def schedule_of(entry: Mapping[str, Any]) -> str:
    return str(reference(entry.get("schedule")).get("id") or "")


def _level_and_start(entry: Mapping[str, Any]) -> tuple[int, str]:
    level = entry.get("escalation_level")
    return (level if isinstance(level, int) else 0, str(entry.get("start") or ""))


def _has_changed(page: Mapping[str, Any]) -> bool:
    """Has anything happened to the page since it was made? Where that cannot be seen, it may
    have."""
    began = moment(page.get("created_at"))
    assigned = [reference(each).get("at") for each in page.get("assignments") or ()]
    times = [moment(at) for at in (page.get("last_status_change_at"), *assigned)]
    if page.get("status") != "triggered" or began is None:
        return True
    return any(at is None or at - began > _CALLED_AT_FIRST_WITHIN for at in times)


def _is_user(agent: Mapping[str, Any]) -> bool:
    return str(agent.get("type", "")).startswith("user")


def _ref_in(key: str) -> str:
    """The reference in a key: "#42" of "acme/production#42:eoc:1"."""
    return "#" + key.rpartition("#")[2].partition(":")[0]
