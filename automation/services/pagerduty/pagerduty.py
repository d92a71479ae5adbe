"""PagerDuty as the pager: one look-up of who is on call, pages through escalation policies.

A page is an incident of PagerDuty with our key. What became of it stands in its log: its own
list of acknowledgements is emptied when it is triggered again, or resolved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from re import match
from typing import Any, ClassVar

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.http.shapes import anything
from automation.model.alerts_seen import name_of_page, own_id
from automation.model.issue import Ack, Did, Duty
from automation.policy.policy import Policy
from automation.services import PagerAbilities, Theirs, WokeNobody, nobodys
from automation.services.duties import Teams, duty_of, no_teams
from automation.services.embedded.embedded import first_of_each
from automation.services.pagerduty.people import People
from automation.services.pagerduty.rows import LOG_ENTRY, ON_CALL, PAGE, SERVICE
from automation.services.pagerduty.wire import ask, ask_all, check_made, moment, reference
from automation.services.wire import Wire, part

_BY_PEOPLE: dict[str, Did] = {  # entries of the log: what a person did
    "acknowledge_log_entry": "acknowledged",
    "acknowledgement_log_entry": "acknowledged",
    "snooze_log_entry": "snoozed",
    "resolve_log_entry": "resolved",
}
_GIVEN_ON, _ESCALATED = ("assign_log_entry", "delegate_log_entry"), "escalate_log_entry"
_MERGED = "merge_resolve_reason"
_MOST_MERGES = 10  # of one page, one into the other: nobody merges so often
_GONE = 404
_CALLED_AT_FIRST_WITHIN = timedelta(seconds=10)  # what happens so soon came with the page itself
_LONGEST_TITLE, _LONGEST_DETAILS = 250, 2000  # characters
_MAY_NOT_ASK = (402, 403, 404)
_REJECTED = 400  # also where an incident with this key is open already
_ASLEEP = {"maintenance": "in maintenance", "disabled": "disabled"}  # a service that is so
_ANSWERED = ("acknowledged", "resolved")  # it calls nobody
_AT_ONCE = timedelta(seconds=1)  # nobody acknowledges so fast


class PagerDuty:
    """See `Pager`."""

    can: ClassVar = PagerAbilities()

    def __init__(self, wire: Wire, policy: Policy, teams: Teams = no_teams) -> None:
        assert policy.pagerduty
        self._teams = teams
        self.wire, self._roles, self._service = wire, policy.roles, policy.pagerduty.service
        self.people = People(wire, policy)
        self._sender = self.people.login_by_address(policy.pagerduty.sender)
        self.entries: list[dict[str, Any]] = []  # who is on call, as PagerDuty has last answered
        self._duties: dict[str, Duty | None] = {}  # the same by role
        self._answers: dict[str, list[Ack]] = {}  # by key of a page: what people did with it
        self._service_status: str | None = None  # as it was looked at in this run

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
        whom = f"the {self._roles[role].shown}" if role else person
        doing = f"paging {whom} for {_ref_in(key)}"
        if made := self._page_with_key(key, doing):
            return _woken(made, doing, person)
        self._check_that_it_wakes(person, doing)
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
            made = self._page_with_key(key, doing) if refusal.failure.status == _REJECTED else None
            if made is None:
                raise
            return _woken(made, doing, person)
        return _woken(check_made(self.wire, doing, answer, "incident"), doing, person)

    def _page_with_key(self, key: str, doing: str) -> dict[str, Any] | None:
        """The page with this key; None if none was made."""
        query = {"incident_key": key, "date_range": "all"}
        found = ask_all(self.wire, doing, "/incidents", "incidents", PAGE, query)
        return next((page for page in found if page.get("incident_key") == key), None)

    def _check_that_it_wakes(self, person: str, doing: str) -> None:
        """Raises ServiceError where PagerDuty would wake nobody, although it takes the page."""
        if person == self._sender:
            raise WokeNobody(
                f"pagerduty: {doing} failed: pages are made in the name of {person}, whom PagerDuty"
                " does not wake for them",
                f"call {person} yourself; set `pager.from` to an account that is only IMA's",
                "",
            )
        if asleep := _ASLEEP.get(self._status_of_service()):
            raise ServiceError(
                f"pagerduty: {doing} failed: the service {self._service} is {asleep}: it wakes"
                " nobody",
                f"call {person} yourself; switch the service on again on PagerDuty",
            )

    def _status_of_service(self) -> str:
        """What our service does; "" where that cannot be seen, for then people are woken rather
        than not."""
        if self._service_status is None:
            doing, path = "looking at the service", f"/services/{part(self._service)}"
            try:
                found = reference(ask(self.wire, doing, path, "service", SERVICE))
            except ServiceError:
                found = {}
            self._service_status = str(found.get("status") or "")
        return self._service_status

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
        named = _numbers_by_name(pages)
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
            yield reference(ask(self.wire, doing, f"/incidents/{part(number)}", "incident", PAGE))
        except Refusal as refusal:
            if refusal.failure.status != _GONE:
                raise

    def _acks_of(self, key: str, page: Mapping[str, Any]) -> list[Ack]:
        """What people did with a page; where it was merged into another one, also what they did
        with that."""
        doing = f"asking who has acknowledged the page for {_ref_in(key)}"
        acks: list[Ack] = []
        for each in self._with_merges(page, doing):
            merged = max((ack.at for ack in acks), default=None)
            later = self._acks_in_log(each, doing)
            acks += [replace(ack, at=max(ack.at, merged or ack.at)) for ack in later]
        began = None if own_id(key) else moment(page.get("created_at"))
        by_itself = began + _AT_ONCE if began else None  # PagerDuty did it, for the page's maker
        return first_of_each(ack for ack in acks if by_itself is None or ack.at >= by_itself)

    def _with_merges(self, page: Mapping[str, Any], doing: str) -> Iterator[Mapping[str, Any]]:
        """The page, and what it was merged into, one after the other: the last one is what calls
        people in its place."""
        seen = set[str]()
        found: Iterator[Mapping[str, Any]] = iter((page,))
        while (each := next(found, None)) and str(each["id"]) not in seen:
            if len(seen) > _MOST_MERGES:
                return
            yield each
            seen.add(str(each["id"]))
            reason = reference(each.get("resolve_reason"))
            into = reference(reason.get("incident")).get("id")
            if reason.get("type") != _MERGED or not into:
                return
            found = self._page_by_id(str(into), doing)

    def _acks_in_log(self, page: Mapping[str, Any], doing: str) -> list[Ack]:
        path = f"/incidents/{part(page.get('id'))}/log_entries"
        entries = ask_all(self.wire, doing, path, "log_entries", LOG_ENTRY)
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
            if kind != _ESCALATED and not (kind in _GIVEN_ON and by_hand):
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

    def end(self, pages: Mapping[str, str], text: str, others: Theirs = nobodys) -> None:
        """See `Pager.end`. People see the resolution as a note. Where a page was merged, it is what
        calls people in its place that is resolved, unless that is the page of another incident."""
        for number, name in self._calling(pages, "resolving the pages", others).items():
            self._resolve(number, f"resolving the page for {_ref_in(name)}", text)

    def hush(self, pages: Mapping[str, str], others: Theirs = nobodys) -> None:
        """See `Pager.hush`. PagerDuty then goes on to nobody."""
        change = {"type": "incident_reference", "status": "acknowledged"}
        calling = self._calling(pages, "acknowledging the pages", others, _ANSWERED)
        for number, name in calling.items():
            doing = f"acknowledging the page for {_ref_in(name)}"
            path = f"/incidents/{part(number)}"
            answer = self.wire.put(doing, path, {"incident": change}, anything)
            check_made(self.wire, doing, answer, "incident")

    def _calling(
        self,
        pages: Mapping[str, str],
        doing: str,
        others: Theirs,
        quiet: tuple[str, ...] = ("resolved",),
    ) -> dict[str, str]:
        """What calls people for these pages and is not ``quiet``: names by id. Where a page was
        merged, it is what calls in its place, unless that is the page of another incident."""
        open_only = {"statuses[]": [s for s in ("triggered", "acknowledged") if s not in quiet]}
        named = _numbers_by_name(pages)
        ours = {name for name in named if not own_id(name)}
        found = dict(self._newest_pages(ours, doing, open_only))
        for name, number in named.items():
            if name not in found and (known := own_id(name) or number):
                for page in self._page_by_id(known, doing):
                    *_, last = self._with_merges(page, doing)
                    merged = last["id"] != page["id"]
                    if not _is_of_another(last, ours) and not (merged and others(str(last["id"]))):
                        found[name] = last
        return {
            str(page["id"]): name for name, page in found.items() if page.get("status") not in quiet
        }

    def _resolve(self, number: str, doing: str, text: str) -> None:
        change = {
            "type": "incident_reference",
            "status": "resolved",
            "resolution": text[:_LONGEST_DETAILS],
        }
        answer = self.wire.put(doing, f"/incidents/{part(number)}", {"incident": change}, anything)
        made = check_made(self.wire, doing, answer, "incident")
        if made.get("status") not in (None, "resolved"):
            raise ServiceError(
                f"pagerduty: {doing} failed: it still calls people",
                "resolve it on PagerDuty; the next run looks again",
            )

    def _newest_pages(
        self, keys: set[str], doing: str, more: Mapping[str, Any] | None = None
    ) -> list[tuple[str, Mapping[str, Any]]]:
        """Our pages with these keys, (key, page) of each, looked for among the newest ones of the
        service."""
        if not keys:
            return []
        query = {"service_ids[]": [self._service], "date_range": "all", **(more or {})}
        query["sort_by"] = "created_at:desc"
        found: dict[str, Mapping[str, Any]] = {}
        for page in ask_all(self.wire, doing, "/incidents", "incidents", PAGE, query):
            if (key := page.get("incident_key")) in keys:
                found.setdefault(str(key), page)
            if len(found) == len(keys):
                break
        return sorted(found.items())


def _woken(page: Mapping[str, Any], doing: str, person: str) -> str:
    """The id of a page that has called somebody. Raises WokeNobody where it began as
    acknowledged, as one does that calls its own maker."""
    began, changed = moment(page.get("created_at")), moment(page.get("last_status_change_at"))
    at_once = began is None or changed is None or changed - began < _AT_ONCE
    if page.get("status") == "acknowledged" and at_once:
        raise WokeNobody(
            f"pagerduty: {doing} failed: it woke nobody: it began as acknowledged, because"
            " `pager.from` is whom it calls",
            f"call {person} yourself; set `pager.from` to an account that is only IMA's",
            str(page.get("id") or ""),
        )
    return str(page.get("id") or "")


def _numbers_by_name(pages: Mapping[str, str]) -> dict[str, str]:
    """What pages are called in the pager, by the name that it knows them by; "" where that is not
    known."""
    named: dict[str, str] = {}
    for key, number in sorted(pages.items()):
        named[name_of_page(key)] = number or named.get(name_of_page(key), "")
    return named


def _is_of_another(page: Mapping[str, Any], ours: Iterable[str]) -> bool:
    """Is it the page of another incident of ours? By its key, else by the reference with which the
    titles of our pages begin."""
    key, title = str(page.get("incident_key") or ""), str(page.get("title") or "")
    issues = {name.partition(":")[0] for name in ours}
    if match(r"[\w./-]+#\d+:", key):
        return key.partition(":")[0] not in issues
    named = match(r"#\d+\b", title)
    return named is not None and named[0] not in {f"#{each.rpartition('#')[2]}" for each in issues}


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
