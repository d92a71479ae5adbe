"""Each call that an adapter makes, once: on a counterpart to be recorded, then on its lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from automation.doctor import (
    github,
    github_workflow,
    gitlab,
    gitlab_jobs,
    gitlab_pipeline,
    gitlab_webhook,
)
from automation.doctor.setup_check import Refused
from automation.model.issue import Draft, Label, Paper, Sample, Update
from automation.policy.outside_services import DocumentsSettings
from automation.policy.policy import SLO, Queries, Service
from automation.services.google.google import GoogleDocuments
from automation.services.google.wire import GoogleWires
from automation.services.pagerduty.pagerduty import PagerDuty
from automation.services.pagerduty.setup_facts import SetupQuestions
from automation.services.prometheus.prometheus import Prometheus, prometheus_wire
from automation.services.slack.setup_facts import chat_answers
from automation.services.slack.slack import SlackChat
from automation.services.slack.wire import SlackWire
from automation.trackers.github import setup_facts as github_facts
from automation.trackers.github.tracker import GitHubTracker
from automation.trackers.gitlab import setup_facts as gitlab_facts
from automation.trackers.gitlab.tracker import GitLabTracker
from tests.build import policy
from tests.counterparts.github import GitHubServer
from tests.counterparts.gitlab import GitLabServer
from tests.counterparts.google import FOLDER, TEMPLATE, GoogleServer
from tests.counterparts.messages import Answer
from tests.counterparts.pagerduty import PagerDutyServer
from tests.counterparts.pagerduty.usual import furnish
from tests.counterparts.prometheus import Series, prometheus
from tests.counterparts.slack import SlackServer
from tests.counterparts.slack_parts import TOKEN
from tests.counterparts.small import SmallServer
from tests.counterparts.statusio import StatusIo
from tests.counterparts.statuspage import Statuspage
from tests.services.pagerduty import world as pagers
from tests.services.statusio.life import END, notice, page
from tests.services.statuspage import life as atlassian

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PROJECT = "acme/production"
Act = Callable[[str], object]  # what is done with the system at an address


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=7)
        return self.now


@dataclass(frozen=True)
class Play:
    """A system: its counterpart, and what is asked of it."""

    server: Callable[[], Any]  # opens it, as a context
    acts: dict[str, Act]
    between: Callable[[Any, str], None] = lambda server, act: None  # what people do before an act
    needs: str = ""


QUIET: dict[str, Any] = {"sleep": lambda _: None, "patience": 0}


def _seed() -> dict[str, Any]:
    members = {"ima": "maintainer", "erin": "developer", "ian": "developer"}
    labels = ["Incident", "S1"]
    return {
        "tier": "premium",
        "users": {"erin": {}, "ian": {}, "rita": {}},
        "tokens": {"t-ima": "ima"},
        "projects": {PROJECT: {"visibility": "public", "members": members, "labels": labels}},
    }


@contextmanager
def _gitlab() -> Iterator[GitLabServer]:
    with GitLabServer(_seed(), clock=Clock()) as server:
        _lived(server, "description")
        server.people.comment("erin", 1, "/ima severity S1")
        server.people.close("rita", 1)
        server.people.reopen("erin", 1)
        yield server


@contextmanager
def _github() -> Iterator[GitHubServer]:
    members = {"ima": "admin", "erin": "write", "ian": "write"}
    repo = {"members": members, "labels": ["Incident", "S1"]}
    seed = {"users": ["erin", "ian", "rita", "ima"], "repos": {PROJECT: repo}}
    with GitHubServer(seed, clock=Clock()) as server:
        _lived(server, "body")
        server.people.comment("erin", 1, "/ima severity S1")
        server.people.change("rita", 1, state="closed", state_reason="not_planned")
        server.people.change("erin", 1, state="open")
        yield server


def _lived(server: Any, text: str) -> None:
    people = server.people
    people.open("rita", "API is down", labels=["Incident"])
    people.open("erin", "Another")
    people.open("ima", "Dashboard", **{text: "<!-- ima:dashboard {} -->"})
    people.label("erin", 1, "S1")
    people.unlabel("erin", 1, "S1")


def _tracker(kind: Any, url: str, **more: Any) -> Any:
    more = {"timeout": 5, "share": 1.0, "workers": 1, **QUIET, **more}
    return kind(PROJECT, url=url, token="t-ima", **more)


def _forge(kind: Any, **how: Any) -> dict[str, Act]:
    """The verbs of a tracker; each makes one of its own, as a run does."""

    def on(url: str, **more: Any) -> Any:
        return _tracker(kind, url, **how, **more)

    update = Update(add_labels=frozenset({"S1"}), assignees=("erin",), closed=False)
    draft = Draft("Review", "<!-- ima:review {} -->", ("S1",), ("ian",), links=("#1",))
    return {
        "me": lambda url: on(url).me(),
        "tier": lambda url: on(url).can,
        "outsiders": lambda url: on(url).outsiders(["erin", "eve", "rita", "ian", "max"]),
        "issues": lambda url: on(url).issues(closed_since=NOW),
        "named": lambda url: on(url).issues(["#1", "#2"]),
        "thorough": lambda url: on(url, thorough=True).issues(["#1"]),
        "heads": lambda url: on(url).heads(closed_since=NOW),
        "moved": lambda url: on(url).heads(NOW),
        "dashboard": lambda url: on(url).dashboard(),
        "known dashboard": lambda url: on(url, dashboard_ref="#3").dashboard(),
        "labels": lambda url: on(url).labels(),
        "open": lambda url: on(url).open(draft),
        "update": lambda url: _updated(on(url), update),
        "comment": lambda url: on(url).comment("#1", "<!-- ima:said {} --> It is slow."),
        "edit a comment": lambda url: _edited(on(url)),
        "edit": lambda url: on(url).edit("#1", title="API is slow", body="It is."),
        "link": lambda url: on(url).link("#1", "#2"),
        "make a label": lambda url: on(url).create_label(Label("S2", "ff0000")),
        "change a label": lambda url: on(url).change_label("S2", Label("S2", "00ff00")),
        "delete a label": lambda url: on(url).delete_label("S2"),
    }


def _judged_gitlab(url: str) -> object:
    questions = gitlab_facts.SetupQuestions(url, PROJECT, "t-ima")
    seen = questions.answers()
    questions.close()
    lines = [
        gitlab.account(seen, {"erin"}), gitlab.token(seen, NOW.date()),
        gitlab.project(seen, PROJECT), gitlab.tier(seen), gitlab_jobs.jobs(seen),
        gitlab_pipeline.variables(seen, ("IMA_GITLAB_TOKEN",)),
        gitlab_pipeline.minimum_role(seen), gitlab_pipeline.schedule(seen, url, NOW),
        gitlab_pipeline.triggers(seen), gitlab_webhook.webhook(seen, url, PROJECT),
    ]  # fmt: skip
    if isinstance(seen.user, Refused):
        return list(lines[0])
    if isinstance(seen.project, Refused):
        lines = lines[:3]
    return [line for each in lines for line in each]


def _judged_github(url: str) -> object:
    questions = github_facts.SetupQuestions(url, PROJECT, "t-ima", private="acme/production")
    seen = questions.answers()
    questions.close()
    lines = [
        github.account(seen, {"erin"}, job=False), github.token(seen, NOW.date()),
        github.repository(seen, PROJECT), github.private(seen, PROJECT, "acme/production"),
        github_workflow.workflow(seen), github_workflow.actions(seen),
        github_workflow.schedule(seen, NOW), github_workflow.settings(seen),
        github_workflow.pages(seen),
    ]  # fmt: skip
    if seen.repository is None:
        return list(lines[0])
    if isinstance(seen.repository, Refused):
        lines = lines[:3]
    return [line for each in lines for line in each]


def _updated(tracker: Any, update: Update) -> object:
    tracker.update("#1", update)
    return tracker.unassigned("#1")


def _edited(tracker: Any) -> object:
    found = tracker.issues(["#1"])  # none where the row says another number
    for comment in (comment for issue in found for comment in issue.comments[:1]):
        tracker.edit_comment("#1", comment.id, "<!-- ima:said {} --> It is fast.")
        tracker.receipt("#1", comment.id)
    return found


@contextmanager
def _pagerduty() -> Iterator[PagerDutyServer]:
    with PagerDutyServer(Clock()) as server:
        furnish(server.account, pagers.PEOPLE)
        yield server


def _pager(url: str) -> PagerDuty:
    server = PagerDutyServer()
    server.url = url
    return pagers.pager(server, **{**QUIET, "timeout": 5})


def _paged(url: str) -> object:
    pager = _pager(url)
    duties = pager.on_call(NOW)
    pager.page("eoc", "erin", pagers.KEY, "It is down.")
    pager.page("imoc", "erin", f"{pagers.KEY}2", "It is down.")
    return duties


def _looked(url: str) -> object:
    pager = _pager(url)
    duties = pager.on_call(NOW)
    seen = SetupQuestions(pager)
    return (
        duties, seen.service("PSERVICE"), seen.policy("EEOC"), seen.schedule("SEOC"),
        seen.account("ima@acme.example"), seen.strangers(), seen.idle(["SEOC", "SNONE"]),
    )  # fmt: skip


def _acked(url: str) -> object:
    return _pager(url).acks({pagers.KEY: "", f"{pagers.KEY}2": ""})


def _woken(server: PagerDutyServer, act: str) -> None:
    if act == "acks":
        server.account.acknowledge(pagers.KEY, "erin")
        server.account.escalate(f"{pagers.KEY}2", "ian")


def _ended(url: str) -> object:
    pager = _pager(url)
    pager.end({pagers.KEY: ""}, "It is over.")
    return pager.wire.asked


CHAT = """
chat: {kind: slack, channel: "#production", groups: {sres: "@sre-oncall"}}
people: {erin: {chat: U0ERIN}, mia: {chat: U0MIA}}
"""


def _chat(url: str) -> SlackChat:
    wire = SlackWire(lambda: TOKEN, f"{url}/api", timeout=5, **QUIET)
    return SlackChat(policy(CHAT), wire)


@contextmanager
def _slack() -> Iterator[SlackServer]:
    with SlackServer(channels=["general", "production"]) as server:
        yield server


SETTINGS = DocumentsSettings(kind="google", template=TEMPLATE, folder=FOLDER, share="acme.example")
PAPER = Paper(f"{PROJECT}#1", "#1 It is down", "# Markdown", {"reference": "#1"})
CREDENTIALS: list[str] = []  # of the counterpart that was recorded


@contextmanager
def _google() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        CREDENTIALS[:] = [server.credentials()]
        yield server


def _drive(url: str) -> GoogleDocuments:
    wires = GoogleWires(CREDENTIALS[0], SETTINGS.scope, url, timeout=5, **QUIET)
    return GoogleDocuments(SETTINGS, wires)


@contextmanager
def _prometheus() -> Iterator[Any]:
    series = Series()
    series.held["errors"] = [Sample(NOW - timedelta(minutes=n), 0.01) for n in range(5, 0, -1)]
    with prometheus(series) as server:
        yield server


def _sampled(url: str) -> object:
    web = Service(name="web", slo=SLO(errors=0.001), metrics=Queries(errors="errors"))
    wire = prometheus_wire(url, timeout=5, **QUIET)
    return Prometheus(wire, policy().slo).samples([web], NOW)


@contextmanager
def _statusio() -> Iterator[Any]:
    with StatusIo().serve(paced=False) as server:
        yield server


def _at(url: str) -> Any:
    server = SmallServer(lambda request: Answer(404))
    server.url = url
    return page(server)


@contextmanager
def _statuspage() -> Iterator[Any]:
    with Statuspage().serve(paced=False) as server:
        yield server


def _at_atlassian(url: str) -> Any:
    server = SmallServer(lambda request: Answer(404))
    server.url = url
    return atlassian.page(server)


def _ended_at_atlassian(url: str) -> None:
    found = _at_atlassian(url).find(atlassian.notice())
    _at_atlassian(url).resolve(found.id, atlassian.END)


PLAYS = {
    "gitlab": Play(_gitlab, {**_forge(GitLabTracker), "doctor": _judged_gitlab}),
    "github": Play(
        _github, {**_forge(GitHubTracker, pace=0), "doctor": _judged_github}, needs="emulate"
    ),
    "pagerduty": Play(
        _pagerduty,
        {"page": _paged, "look": _looked, "acks": _acked, "end": _ended},
        _woken,
    ),
    "status.io": Play(
        _statusio,
        {
            "create": lambda url: _at(url).create(notice()),
            "find": lambda url: _at(url).find(notice()),
            "active": lambda url: _at(url).active(),
            "overall": lambda url: _at(url).overall(),
            "unknown": lambda url: _at(url).unknown(),
            "resolve": lambda url: _at(url).resolve(_at(url).find(notice()).id, END),
        },
    ),
    "statuspage": Play(
        _statuspage,
        {
            "create": lambda url: _at_atlassian(url).create(atlassian.notice()),
            "find": lambda url: _at_atlassian(url).find(atlassian.notice()),
            "active": lambda url: _at_atlassian(url).active(),
            "unknown": lambda url: _at_atlassian(url).unknown(),
            "resolve": _ended_at_atlassian,
        },
    ),
    "slack": Play(
        _slack,
        {
            "post": lambda url: _chat(url).post("#production", "It is slow.", "k1"),
            "post by id": lambda url: _chat(url).post("C0000001", "It is slow.", "k2"),
            "update": lambda url: _chat(url).update("C0000001", "It is fast.", "k2", ""),
            "reply": lambda url: _chat(url).reply("C0000001", "", "It is over.", "k4", "k2"),
            "tell": lambda url: _chat(url).tell("erin", "Come.", "k3"),
            "group": lambda url: _chat(url).set_group("@sre-oncall", ["erin", "mia"]),
            "look": lambda url: chat_answers(
                _chat(url), ["#production", "C0000001"], ["@sre-oncall"]
            ),
        },
    ),
    "google": Play(
        _google,
        {
            "create": lambda url: _drive(url).create(PAPER),
            "again": lambda url: _drive(url).create(PAPER),
            "mistake": lambda url: str(_drive(url).mistake() or ""),
        },
    ),
    "prometheus": Play(_prometheus, {"samples": _sampled}),
}
