"""An account of PagerDuty: people, schedules, escalation policies, a service, its incidents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.leaks import secret


@dataclass
class Incident:
    """An incident, which is a page to those who use us."""

    id: str
    key: str
    title: str
    details: str
    at: datetime
    policy: str  # the escalation policy; empty: assigned directly
    assigned: list[tuple[str, datetime]]  # user id, since
    level: int = 1
    status: str = "triggered"
    changed: datetime | None = None  # its status
    resolution: str = ""
    service: str = ""
    merged: str = ""  # into which other incident
    had: str = ""  # its key before that
    log: list[dict[str, Any]] = field(default_factory=list)


class Account:
    """Its state, and what people and PagerDuty itself do."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self.clock = clock or (lambda: datetime.now(UTC))
        self.token = secret("pagerduty")
        self.oauth_token = secret("pagerduty-oauth")  # a scoped one of OAuth
        self.users: dict[str, dict[str, str]] = {}  # id: name, email
        self.schedules: dict[str, tuple[str, datetime] | None] = {}  # id: user id, since
        self.rotations: dict[str, list[str]] = {}  # all users of a schedule, on call now or not
        self.policies: dict[str, list[tuple[int, list[str]]]] = {}  # id: minutes, schedules
        self.services: dict[str, dict[str, Any]] = {}
        self.incidents: list[Incident] = []
        self.maker: Callable[[], str] = lambda: ""  # whose account makes pages, if not its sender's
        self._count = 0

    def next_id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count:05}"

    # What administrators do.

    def add_user(self, login: str, email: str = "") -> str:
        """The id of the account of somebody."""
        number = f"PU{login.upper().replace('.', '').replace('-', '')}"
        self.users[number] = {"name": login.title(), "email": email or f"{login}@acme.example"}
        return number

    def add_schedule(self, number: str) -> None:
        self.schedules.setdefault(number, None)

    def add_policy(self, number: str, *rules: tuple[int, str]) -> None:
        """Each rule: after how many minutes it goes on, and whose schedule it calls."""
        self.policies[number] = [(minutes, [schedule]) for minutes, schedule in rules]

    def add_service(self, number: str, **settings: Any) -> None:
        plain = {"acknowledgement_timeout": None, "auto_resolve_timeout": None, "status": "active"}
        self.services[number] = plain | settings

    def asleep(self, number: str) -> bool:
        """A service in maintenance, or a disabled one, triggers nothing."""
        return self.services[number]["status"] in ("maintenance", "disabled")

    def set_on_call(self, schedule: str, login: str | None, since: datetime | None = None) -> None:
        """Who is on call by this schedule from now on; None: nobody."""
        since = since or self.clock()
        self.schedules[schedule] = (self.user(login), since) if login else None

    def set_rotation(self, schedule: str, *logins: str) -> None:
        """Everybody who is on call by this schedule at some time."""
        self.rotations[schedule] = [self.user(login) for login in logins]

    def user(self, login: str) -> str:
        """The id of a login's account, made if there is none."""
        address = f"{login}@acme.example"
        for number, user in self.users.items():
            if login.casefold() in (number.casefold(), user["name"].casefold()):
                return number
            if user["email"].casefold() == address.casefold():
                return number
        return self.add_user(login)

    # What people and time do.

    def acknowledge(self, key: str, login: str) -> None:
        for incident in self.open(key):
            incident.status, incident.changed = "acknowledged", self.clock()
            self.note(incident, "acknowledge_log_entry", self.user(login))

    def resolve(self, key: str, login: str) -> None:
        for incident in self.open(key):
            self.end(incident, self.user(login))

    def snooze(self, key: str, login: str) -> None:
        for incident in self.open(key):
            incident.status, incident.changed = "acknowledged", self.clock()
            self.note(incident, "snooze_log_entry", self.user(login))

    def reassign(self, key: str, by: str, login: str) -> None:
        """Somebody gives it to another person, who is called."""
        for incident in self.open(key):
            called = [self.user(login)]
            incident.assigned = [(user, self.clock()) for user in called]
            incident.status, incident.changed = "triggered", self.clock()
            self.note(incident, "assign_log_entry", self.user(by), called)

    def delegate(self, key: str, by: str, policy: str) -> None:
        """Somebody gives it to another escalation policy, whose first level is called."""
        for incident in self.open(key):
            called = self.called(policy, 1)
            incident.policy, incident.level = policy, 1
            incident.assigned = [(user, self.clock()) for user in called]
            self.note(incident, "delegate_log_entry", self.user(by), called)

    def merge(self, key: str, into: Incident, login: str) -> None:
        """It is resolved with a reason. Both lose their keys: an incident has none once it has the
        alerts of another."""
        for incident in list(self.open(key)):
            self.end(incident, self.user(login))
            incident.merged, incident.had, incident.key = into.id, incident.had or incident.key, ""
            into.had, into.key = into.had or into.key, ""

    def delete(self, key: str) -> None:
        """It is gone: nothing finds it any more."""
        for incident in list(self.open(key)):
            self.incidents.remove(incident)

    def trigger(self, service: str, title: str, login: str, by: str = "") -> Incident:
        """An incident of the account's own: of a monitoring system, or made ``by`` somebody."""
        made = self.make("", title, "", "", [self.user(login)])
        made.service = service
        made.log[0]["agent"] = self.user(by) if by else ""
        return made

    def escalate(self, key: str, login: str | None = None) -> None:
        """The delay has passed without an answer: the next level, or ``login``, is called."""
        for incident in self.open(key):
            if incident.status != "triggered":
                continue
            incident.level += 1
            called = [self.user(login)] if login else self.called(incident.policy, incident.level)
            incident.assigned = [(user, self.clock()) for user in called]
            self.note(incident, "escalate_log_entry", "", called)

    def forget_acknowledgement(self, key: str) -> None:
        """The acknowledgement timeout of the service: it is triggered again."""
        for incident in self.open(key):
            incident.status, incident.changed = "triggered", self.clock()
            self.note(incident, "unacknowledge_log_entry", "")

    def time_out(self, key: str) -> None:
        """The auto-resolve timeout of the service."""
        for incident in self.open(key):
            self.end(incident, "")

    # What both need.

    def open(self, key: str) -> Iterator[Incident]:
        known = (i for i in self.incidents if key in (i.key, i.had, i.id))
        yield from (i for i in known if i.status != "resolved")

    def end(self, incident: Incident, user: str, resolution: str = "") -> None:
        incident.status, incident.changed = "resolved", self.clock()
        incident.resolution = resolution or incident.resolution
        self.note(incident, "resolve_log_entry", user)

    def called(self, policy: str, level: int) -> list[str]:
        """Users on call at a level of an escalation policy; the last level stays."""
        rules = self.policies[policy]
        _, schedules = rules[min(level, len(rules)) - 1]
        duties = (self.schedules.get(schedule) for schedule in schedules)
        return [duty[0] for duty in duties if duty]

    def make(
        self, key: str, title: str, details: str, policy: str, users: list[str], by: str = ""
    ) -> Incident:
        """An incident that was made ``by`` a user. One that calls its own maker begins as
        acknowledged, and notifies nobody."""
        now = self.clock()
        called = users or self.called(policy, 1)
        by = self.user(login) if by and (login := self.maker()) else by
        number = self.next_id("PI")
        incident = Incident(
            number, key or number, title, details, now, policy, [(user, now) for user in called]
        )
        self.incidents.append(incident)
        self.note(incident, "trigger_log_entry", "")
        self.note(incident, "assign_log_entry", "", called)
        if by and by in called:
            incident.status = "acknowledged"
            self.note(incident, "acknowledge_log_entry", by)
        return incident

    def note(
        self, incident: Incident, kind: str, agent: str, assignees: list[str] | None = None
    ) -> None:
        """One more entry of the log."""
        entry = {"id": self.next_id("R"), "type": kind, "at": self.clock(), "agent": agent}
        incident.log.append(entry | {"assignees": assignees or []})

    # What tests look at.

    def pages(self) -> list[tuple[str, str, str, datetime]]:
        """Key, escalation policy (empty: assigned directly), the first called, when."""
        return [
            (i.key or i.had, i.policy, self._first(i), i.at)
            for i in self.incidents
            if not i.service
        ]

    def _first(self, incident: Incident) -> str:
        called = next(e["assignees"] for e in incident.log if e["type"] == "assign_log_entry")
        return self.users[called[0]]["name"].lower() if called else ""

    def ringing(self) -> list[str]:
        """Keys, or ids, of what still calls people."""
        return [i.key or i.had or i.id for i in self.incidents if i.status == "triggered"]

    def ended(self) -> list[tuple[str, str]]:
        """Key and resolution of what was resolved with one, in the order of time."""
        over = [i for i in self.incidents if i.status == "resolved" and i.resolution]
        return [
            (i.key or i.had, i.resolution) for i in sorted(over, key=lambda i: i.changed or i.at)
        ]

    def age(self, **span: float) -> None:
        """All that happened so far was so much earlier."""
        back = timedelta(**span)
        for incident in self.incidents:
            incident.at -= back
            incident.assigned = [(user, at - back) for user, at in incident.assigned]
            incident.changed = incident.changed - back if incident.changed else None
            for entry in incident.log:
                entry["at"] -= back
