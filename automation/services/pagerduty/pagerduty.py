"""PagerDuty as the pager: one look-up of who is on call, pages through escalation policies.

A page is an incident of PagerDuty with our key. What became of it stands in its log: its own
list of acknowledgements is emptied when it is triggered again, or resolved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.http.shapes import anything
from automation.model.issue import Ack, Duty
from automation.policy.policy import Policy
from automation.services.embedded.embedded import duty_of, first_of_each
from automation.services.pagerduty.people import People
from automation.services.pagerduty.rows import LOG_ENTRY, ON_CALL, PAGE
from automation.services.pagerduty.wire import ask_all, check_made, moment, reference
from automation.services.wire import Wire

_ACKNOWLEDGED = ("acknowledge_log_entry", "acknowledgement_log_entry")
_ESCALATED = "escalate_log_entry"
_AT_FIRST = timedelta(seconds=10)  # what is younger came with the page itself
_TITLE, _DETAILS = 250, 2000  # characters
_NOT_FOR_US = (402, 403, 404)
_THERE = 400  # so it answers for a key that is open already, too


class PagerDuty:
    """See `Pager`."""

    def __init__(self, wire: Wire, policy: Policy) -> None:
        assert policy.pagerduty
        self.wire, self._roles, self._service = wire, policy.roles, policy.pagerduty.service
        self.people = People(wire, policy)
        self.entries: list[dict[str, Any]] = []  # of who is on call, as last answered …
        self._duties: dict[str, Duty | None] = {}  # … and what they mean
        self._heard: dict[str, list[Ack]] = {}  # by key of a page: what its log said

    def on_call(self, now: datetime) -> dict[str, Duty | None]:
        """By the schedules; of a role without one by the policy."""
        duties = {name: duty_of(each, now) for name, each in self._roles.items()}
        schedules = {role.schedule: None for role in self._roles.values() if role.schedule}
        self.entries = on_call_entries(self.wire, schedules) if schedules else []
        for name, role in self._roles.items():
            if role.schedule:
                theirs = [e for e in self.entries if schedule_of(e) == role.schedule]
                duties[name] = self._duty(theirs)
        self._duties = duties
        return duties

    def _duty(self, entries: Iterable[Mapping[str, Any]]) -> Duty | None:
        """The first of them whom we know. A schedule stands there once for each policy."""
        for entry in sorted(entries, key=_place):
            if person := self.people.login(reference(entry.get("user"))):
                return Duty(person, moment(entry.get("start")))
        return None

    def page(self, role: str, person: str, key: str, text: str) -> None:
        """Through the role's escalation policy; a stand-in directly. Looks first: whoever was
        paged and has resolved it since is not paged again either."""
        whom = f"the {role.upper()}" if role else person
        doing = f"paging {whom} for {_ref(key)}"
        if self._there(key, doing):
            return
        title, _, details = text.partition("\n")
        incident = {
            "type": "incident",
            "title": title[:_TITLE],
            "service": {"id": self._service, "type": "service_reference"},
            "urgency": "high",
            "incident_key": key,
            "body": {"type": "incident_body", "details": (details or title)[:_DETAILS]},
            **self._whom(role, person),
        }
        try:
            answer = self.wire.post(doing, "/incidents", {"incident": incident}, anything)
        except Refusal as refusal:
            if refusal.failure.status != _THERE or not self._there(key, doing):
                raise
        else:
            check_made(self.wire, doing, answer, "incident")

    def _there(self, key: str, doing: str) -> bool:
        query = {"incident_key": key, "date_range": "all"}
        found = ask_all(self.wire, doing, "/incidents", "incidents", PAGE, query)
        return any(each.get("incident_key") == key for each in found)

    def _whom(self, role: str, person: str) -> dict[str, Any]:
        """What is assigned directly does not escalate: only who is not on call for the role, and
        who is called by name, without a role."""
        if not role:
            return self._directly(self.people.number(person), person)
        duty = self._duties.get(role)
        if duty and duty.person != person and (number := self._number(person)):
            return self._directly(number, person)
        policy = self._roles[role].escalation
        return {"escalation_policy": {"id": policy, "type": "escalation_policy_reference"}}

    def _directly(self, number: str, person: str) -> dict[str, Any]:
        if not number:
            raise ServiceError(
                f"pagerduty: paging {person} failed: nobody there is known as {person}",
                f"set `people.{person}.pager` to their id or e-mail address there",
            )
        return {"assignments": [{"assignee": {"id": number, "type": "user_reference"}}]}

    def _number(self, person: str) -> str:
        """Where we may not look for somebody, whoever is on call is woken rather than nobody."""
        try:
            return self.people.number(person)
        except Refusal as refusal:
            if refusal.failure.status not in _NOT_FOR_US:
                raise
            return ""

    def acks(self, keys: Iterable[str]) -> dict[str, Sequence[Ack]]:
        """One list of our pages, and the log of each of which there is something to tell; each
        is asked for once a run."""
        wanted = set(keys)
        if new := wanted - self._heard.keys():
            pages = self._pages(new, "asking who has acknowledged")
            told = {key: self._log(key, page) for key, page in pages if _moved(page)}
            self._heard |= {key: told.get(key, []) for key in new}
        return {key: acks for key in sorted(wanted) if (acks := self._heard[key])}

    def _log(self, key: str, page: Mapping[str, Any]) -> list[Ack]:
        doing = f"asking who has acknowledged the page for {_ref(key)}"
        path = f"/incidents/{page.get('id')}/log_entries"
        entries = ask_all(self.wire, doing, path, "log_entries", LOG_ENTRY, {"is_overview": "true"})
        return first_of_each(ack for entry in entries for ack in self._told(entry))

    def _told(self, entry: Mapping[str, Any]) -> Iterator[Ack]:
        kind, at = entry.get("type"), moment(entry.get("created_at"))
        if at is None:
            return
        if kind in _ACKNOWLEDGED:
            users, passed = [entry.get("agent")], False
        elif kind == _ESCALATED:
            users, passed = list(entry.get("assignees") or ()), True
        else:
            return
        for user in map(reference, users):
            if str(user.get("type", "")).startswith("user") and (who := self.people.login(user)):
                yield Ack(who, at, passed)

    def end(self, keys: Iterable[str], text: str) -> None:
        """Resolve those that are open; the resolution is the note that people see."""
        doing = "resolving the pages"
        open_ones = {"statuses[]": ["triggered", "acknowledged"]}
        for key, page in self._pages(set(keys), doing, open_ones):
            change = {
                "type": "incident_reference",
                "status": "resolved",
                "resolution": text[:_DETAILS],
            }
            what = f"resolving the page for {_ref(key)}"
            path = f"/incidents/{page.get('id')}"
            answer = self.wire.put(what, path, {"incident": change}, anything)
            check_made(self.wire, what, answer, "incident")

    def _pages(
        self, keys: set[str], doing: str, more: Mapping[str, Any] | None = None
    ) -> list[tuple[str, dict[str, Any]]]:
        """Our pages with these keys, from the newest ones of the service."""
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


def _place(entry: Mapping[str, Any]) -> tuple[int, str]:
    level = entry.get("escalation_level")
    return (level if isinstance(level, int) else 0, str(entry.get("start") or ""))


def _moved(page: Mapping[str, Any]) -> bool:
    """Has anything happened since the page was made? What does not say so may have."""
    began = moment(page.get("created_at"))
    assigned = [reference(each).get("at") for each in page.get("assignments") or ()]
    times = [moment(at) for at in (page.get("last_status_change_at"), *assigned)]
    if page.get("status") != "triggered" or began is None:
        return True
    return any(at is None or at - began > _AT_FIRST for at in times)


def _ref(key: str) -> str:
    """ "#42" of "acme/production#42:eoc:1"."""
    return "#" + key.rpartition("#")[2].partition(":")[0]
