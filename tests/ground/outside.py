"""Scenarios with the real adapters, over HTTP, to a counterpart of each service.

What the embedded services write down is read here from the counterparts' own state, so that the
same files say the same of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from automation.model.alerts_seen import ADOPTED, name_of_page
from automation.policy.outside_services import (
    DocumentsSettings,
    MetricsSettings,
    PagerSettings,
    StatusPageSettings,
)
from automation.policy.policy import Person, Policy, Service
from automation.scenarios.counting_world import (
    IN_VAIN,
    CallMeter,
    CountingChat,
    CountingDocuments,
    CountingMetrics,
    CountingPager,
    CountingStatusPage,
)
from automation.scenarios.metrics import GivenSamples
from automation.scenarios.outside_services import WhoIsOnCall
from automation.scenarios.setting import Setting
from automation.schema.yaml_nodes import Node
from automation.services import Services
from automation.services.opening import open_services
from tests.counterparts import (
    google,
    prometheus,
    slack,
    slack_parts,
    statusio,
    statusio_page,
    statuspage,
)
from tests.counterparts.pagerduty import PagerDutyServer, usual
from tests.counterparts.small import SmallServer
from tests.counterparts.statusio_work import ACTIVE, RESOLVED, UPCOMING, Works
from tests.ground.cast import cast
from tests.ground.furnished import components, groups, measured, slack_id

_NUMBER = re.compile(r"(\d+)(?:-[0-9a-f]+)?$")  # in an issue's address, or its reference
SERVICES = ("pagerduty", "status.io", "slack", "google", "prometheus")  # as `fails` calls them


class Through(CallMeter):
    """Counts the writes of another; a service that fails does so by itself."""

    def __init__(self, meter: CallMeter) -> None:
        super().__init__()
        self._meter = meter

    def write(self, service: str) -> None:
        self._meter.count()

    def reach(self, service: str) -> None: ...


def name(key: str) -> str:
    """What PagerDuty knows a page by: its key, or the id of one that is its own."""
    return name_of_page(key).removeprefix(ADOPTED)


class Telephones:
    """PagerDuty's schedules, and people who are called by it."""

    def __init__(self, server: PagerDutyServer, roles: Mapping[str, Any]) -> None:
        self._account, self._roles = server.account, roles

    def change(self, people: WhoIsOnCall, now: datetime) -> None:
        for role in people or self._roles:
            self._account.set_on_call(usual.schedule(role), people.get(role), now)

    def acknowledge(self, key: str, person: str) -> None:
        self._account.acknowledge(name(key), person)

    def pass_on(self, key: str, person: str) -> None:
        self._account.escalate(name(key), person)

    def snooze(self, key: str, person: str) -> None:
        self._account.snooze(name(key), person)

    def resolve(self, key: str, person: str) -> None:
        if person:
            self._account.resolve(name(key), person)
        else:
            self._account.time_out(name(key))

    def merge(self, key: str, person: str) -> None:
        other = self._account.trigger("Other", "What it is merged into", person)
        self._account.merge(name(key), other, person)

    def reassign(self, key: str, by: str, person: str) -> None:
        self._account.reassign(name(key), by, person)

    def trigger(self, service: str, title: str, person: str, by: str) -> str:
        return self._account.trigger(service, title, person, by).id

    def id_of(self, login: str) -> str:
        return self._account.user(login)


class Samples(GivenSamples):
    """What `slo` gives, as the series of Prometheus."""

    def __init__(self, series: prometheus.Series, services: Mapping[str, Service]) -> None:
        super().__init__()
        self._series, self._of = series, services

    def give(self, node: Node, now: datetime) -> None:
        super().give(node, now)
        for name, measures in self.samples(self._of.values(), now).items():
            for measure, samples in measures.items():
                if query := self._of[name].queries.get(measure):
                    self._series.held[query] = samples


class Real:
    """The outside of a scenario: five servers, and adapters that are opened anew for each run."""

    def __init__(self, stage: Setting) -> None:
        self.stage, self.stack, self.outbox = stage, ExitStack(), self
        self.people = {slack_id(login): login for login in cast(stage.scenario)}
        policy = stage.policy
        self.pager = PagerDutyServer(lambda: stage.now)
        usual.furnish(self.pager.account, {r: stage.scenario.on_call.get(r) for r in policy.roles})
        for login, person in policy.people.items():
            if person.pager:
                self.pager.account.add_user(login)
        self.slack = slack.SlackServer(groups=groups(policy))
        self.google = google.GoogleServer()
        self.series = prometheus.Series()
        self.servers: dict[str, SmallServer] = {
            "pagerduty": self.pager,
            "status.io": self._served_page(policy),
            "slack": self.slack,
            "google": self.google,
            "prometheus": prometheus.prometheus(self.series),
        }
        self.pager.account.maker = partial(_paged_in_vain, stage)
        for name, server in self.servers.items():
            server.refuses = partial(_answer_of, stage, name)
            self.stack.enter_context(server)
        self.environment = {
            "IMA_PAGERDUTY_TOKEN": self.pager.account.token,
            "IMA_STATUSIO_ID": statusio.ID,
            "IMA_STATUSIO_KEY": statusio.KEY,
            "IMA_STATUSPAGE_KEY": statuspage.KEY,
            "IMA_SLACK_TOKEN": slack_parts.TOKEN,
            "IMA_GOOGLE_CREDENTIALS": self.google.credentials(),
        }
        self.timeout = 10.0  # seconds
        self.seconds = self.servers["status.io"].seconds
        self.roster = Telephones(self.pager, policy.roles)
        self.samples = Samples(self.series, self.policy(policy).services)

    def policy(self, policy: Policy) -> Policy:
        """The same, with everything outside where it is here."""
        url = {name: server.url for name, server in self.servers.items()}
        return replace(
            policy,
            people={login: self._person(login, policy) for login in self._logins(policy)},
            roles={
                name: replace(
                    role,
                    schedule=usual.schedule(name),
                    escalation=usual.escalation(name),
                    on_call="",
                    rota=None,
                )
                for name, role in policy.roles.items()
            },
            services={name: measured(each) for name, each in policy.services.items()},
            pager=PagerSettings(
                kind="pagerduty", service=usual.SERVICE, sender=usual.SENDER, url=url["pagerduty"]
            ),
            status_page=self._page_settings(url["status.io"]),
            chat=replace(policy.chat, kind="slack", url=url["slack"]),
            documents=DocumentsSettings(
                kind="google",
                template=google.TEMPLATE,
                folder=google.FOLDER,
                share="acme.example",
                url=url["google"],
            ),
            metrics=MetricsSettings(kind="prometheus", url=url["prometheus"]),
        )

    def _served_page(self, policy: Policy) -> SmallServer:
        """The status page, and its server."""
        self.page = statusio.StatusIo(components(policy), clock=lambda: self.stage.now)
        return self.page.serve()

    def _page_settings(self, url: str) -> StatusPageSettings:
        return StatusPageSettings(kind="status.io", page=statusio_page.PAGE, url=url)

    def _logins(self, policy: Policy) -> set[str]:
        """Whom the policy lists: whom the scenario's does, and everybody of the company; an
        outsider has an account in the chat, and nobody has written down whose it is."""
        outsiders = {login.lower() for login in self.stage.scenario.outsiders}
        return {*self.people.values()} - outsiders | {*policy.people}

    def _person(self, login: str, policy: Policy) -> Person:
        known = policy.people.get(login) or Person(login=login)
        return replace(known, chat=slack_id(login))

    def services(self) -> Services:
        """As a run opens them."""
        stage, meter = self.stage, Through(self.stage.meter)
        self.seconds.sleep(1)  # since the run before
        made = open_services(
            stage.policy,
            stage.folder,
            stage.clock,
            self.environment,
            sleep=self.seconds.sleep,
            ticks=self.seconds,
            timeout=self.timeout,
        )
        return Services(
            CountingPager(made.pager, meter),
            CountingChat(made.chat, meter),
            CountingDocuments(made.documents, meter),
            CountingStatusPage(made.status_page, meter),
            CountingMetrics(made.metrics, meter),
        )

    def documents(self) -> int:
        return len(self.google.documents())

    def close(self) -> None:
        self.stack.close()
        mistakes = [error for server in self.servers.values() for error in server.errors]
        assert mistakes == []

    def entries(self, kind: str) -> Iterator[dict[str, Any]]:
        """What was told, as the outbox of the embedded services has it."""
        if kind == "publication":
            yield from self._publications()
        else:
            yield from _KINDS[kind](self)

    def _pages(self) -> Iterator[dict[str, Any]]:
        for key, _, person, at in self.pager.account.pages():
            yield {"key": key, "role": key.split(":")[-2], "person": person, "at": at}

    def _ended(self) -> Iterator[dict[str, Any]]:
        account = self.pager.account
        for key, text in account.ended():
            own = next((i for i in account.incidents if i.service and i.id == key), None)
            role = self._role(own.assigned[0][0]) if own else ""
            yield {"key": f"{ADOPTED}{key}:{role}:1" if own else key, "text": text}

    def _role(self, user: str) -> str:
        """What somebody is on call for there."""
        duties = self.pager.account.schedules
        roles = (r for r in self.stage.policy.roles if duties.get(usual.schedule(r)))
        return next((r for r in roles if (duties[usual.schedule(r)] or ("",))[0] == user), "")

    def _announcements(self) -> Iterator[dict[str, Any]]:
        for channel, text, _, key in self.slack.messages():
            yield {"key": key, "channel": channel, "text": text}

    def _replies(self) -> Iterator[dict[str, Any]]:
        for channel, text, _, key in self.slack.answered():
            yield {"key": key, "channel": channel, "text": self.seen(text)}

    def _messages(self) -> Iterator[dict[str, Any]]:
        for user, text, _, key in self.slack.direct():
            yield {"key": key, "person": self.people[user], "text": self.seen(text)}

    def seen(self, text: str) -> str:
        """What people see, with logins for ids."""
        for user, login in self.people.items():
            text = text.replace(f"<@{user}>", login)
        for team in self.slack.teams:
            text = text.replace(f"<!subteam^{team.id}>", f"@{team.handle}")
        return slack.seen(text)

    def _set_groups(self) -> Iterator[dict[str, Any]]:
        for handle, users in self.slack.groups.items():
            yield {"handle": f"@{handle}", "people": " ".join(self.people[u] for u in users)}

    def _publications(self) -> Iterator[dict[str, Any]]:
        yield from _planned_work(self.page.works)
        for shown in self.page.incidents():
            yield from _posts(shown)


def _posts(shown: statusio_page.Shown) -> Iterator[dict[str, Any]]:
    """Each update; state and status are those of now, which is what a scenario asks for."""
    states = {100: "Investigating", 200: "Identified", 300: "Monitoring"}
    state = "Resolved" if shown.resolved else states[shown.state]
    status = statusio_page.NAMES[shown.status].replace("Event", "Issue")
    number = _NUMBER.search(shown.marker)
    assert number, shown.marker
    for text in shown.updates:
        yield {"incident": f"#{number[1]}", "state": state, "status": status, "text": text}


def _planned_work(works: Works) -> Iterator[dict[str, Any]]:
    """Each message on planned work; where it stands is as of now."""
    states = {UPCOMING: "Scheduled", ACTIVE: "In progress", RESOLVED: "Completed"}
    rows = [(states[kind], row) for kind, row in works.rows.values()]
    for state, row in [*rows, *(("Cancelled", row) for row in works.deleted)]:
        status = "Maintenance" if state == "In progress" else "Operational"
        for message in reversed(row["messages"]):
            text, _, mark = str(message["details"]).rpartition("\n\n")
            number = _NUMBER.search(mark)
            assert number, mark
            incident = f"#{number[1]}"
            yield {"incident": incident, "state": state, "status": status, "text": text}


class RealOnStatuspage(Real):
    """The same, with Atlassian Statuspage as the status page."""

    def _served_page(self, policy: Policy) -> SmallServer:
        lines = dict.fromkeys(components(policy), ())
        self.shown = statuspage.Statuspage(lines, clock=lambda: self.stage.now)
        return self.shown.serve()

    def _page_settings(self, url: str) -> StatusPageSettings:
        return StatusPageSettings(kind="statuspage", page=statuspage.PAGE, url=url)

    def _publications(self) -> Iterator[dict[str, Any]]:
        page = self.shown
        planned = [*page.works(), *map(page.shown_row, page.deleted)]
        cancelled = {row["id"] for row in page.deleted}
        for each in (*planned, *page.incidents()):
            yield from _posts_on_statuspage(each, each.id in cancelled)


_STATUS_BY_LEVEL = {
    "operational": "Operational",
    "under_maintenance": "Maintenance",
    "degraded_performance": "Degraded Performance",
    "partial_outage": "Partial Service Disruption",
    "major_outage": "Service Disruption",
}


def _posts_on_statuspage(shown: statuspage.Shown, cancelled: bool) -> Iterator[dict[str, Any]]:
    """Each update; state and status are those of now."""
    state = "Cancelled" if cancelled else shown.state.replace("_", " ").capitalize()
    level = max(shown.levels.values(), key=statuspage.LEVELS.index, default="operational")
    by_impact = {"minor": "Degraded Performance", "major": "Partial Service Disruption"}
    status = _STATUS_BY_LEVEL[level]
    if shown.impact == "maintenance":
        status = "Maintenance" if shown.state == "in_progress" else "Operational"
    elif shown.levels and shown.override:
        status = "Security Issue"  # there is no level for it
    elif not shown.levels and not shown.over:
        status = by_impact.get(shown.impact, "Service Disruption")
    number = str(shown.metadata["ima"]["reference"]).partition("-")[0]
    for text in shown.updates:
        yield {"incident": f"#{number}", "state": state, "status": status, "text": text}


_KINDS = {
    "page": Real._pages,
    "page ended": Real._ended,
    "announcement": Real._announcements,
    "reply": Real._replies,
    "message": Real._messages,
    "group": Real._set_groups,
}


def _paged_in_vain(stage: Setting) -> str:
    """The login of whom PagerDuty does not wake, if the scenario says so: pages are made in their
    name."""
    answer = str(stage.meter.failing.get("pagerduty") or "")
    return answer.removeprefix(IN_VAIN) if answer.startswith(IN_VAIN) else ""


def _answer_of(stage: Setting, service: str) -> int | None:
    """How the service answers whatever is asked, if the scenario lets it fail."""
    answer = stage.meter.failing.get(service)
    return answer if isinstance(answer, int) else None
