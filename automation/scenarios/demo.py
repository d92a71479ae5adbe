"""The demos: one S1 from declaration to review by day, and one by night to which people do not
come; told step by step, on a real embedded tracker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from automation.alerts.alert_payload import read_alerts
from automation.model.alerts_seen import ADOPTED
from automation.model.issue import Update
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.reconcile.alert_arrival import arrive
from automation.records import dataclass
from automation.scenarios.alertmanager import Alertmanager
from automation.scenarios.pager_webhook import triggered
from automation.services.embedded.embedded import Outbox, PolicyPager
from automation.site.pages import MANIFEST, site_files
from automation.site.site import site_of_snapshot
from automation.text.escaping import unmarked
from automation.workspace.files import POLICY, example
from automation.workspace.folder import write_folder
from automation.workspace.session import Session
from automation.writing.declaration import Declaration, incident_draft

DAY = """
since: 2026-03-02T12:00:00Z
roles:
  eoc: {on_call: erin}
  imoc: {on_call: ian}
  cmoc: {on_call: cara}
  security: {on_call: sam}
"""

NIGHT = """
since: 2026-03-02T00:00:00Z
roles:
  eoc: {rota: {who: [erin, mia], from: "2026-03-01T19:00 UTC", every: 8h}}
  imoc: {on_call: ian}
  cmoc: {on_call: cara}
  security: {on_call: sam}
people: {mia: {pager: PMIA}}
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """What somebody does, some minutes after what went before."""

    minutes: int
    told: str
    act: Callable[[Session], object]


@dataclass(frozen=True, slots=True)
class Story:
    """What happens, from when on, and who is on call at the company of the handbook."""

    start: datetime
    on_call: str
    scenes: tuple[Scene, ...]


def demo_session(folder: Path, story: Story) -> tuple[Session, Callable[[int], datetime]]:
    """A session on a tracker in ``folder`` with a clock of its own, and what moves that clock."""
    now = [story.start]

    def later(minutes: int) -> datetime:
        now[0] += timedelta(minutes=minutes)
        return now[0]

    (folder / POLICY).write_text(example().text + story.on_call, encoding="utf-8")
    return Session(lambda: now[0], "rita", folder=folder), later


def _declare(session: Session) -> None:
    said = Declaration(
        title="API error rate above SLO",
        by="rita",
        severity="S1",
        services=("api",),
        body="Every third request ends in a 502 since 11:58.",
        wanted={"document": True},
    )
    session.local.acting("rita").open(incident_draft(said, session.policy, session.templates))


def says(who: str, text: str, ref: str = "#1") -> Callable[[Session], object]:
    return lambda session: session.local.acting(who).comment(ref, text)


def changes(who: str, update: Update) -> Callable[[Session], object]:
    return lambda session: session.local.acting(who).update("#1", update)


def nothing(session: Session) -> None:
    """Only time passes."""


def acknowledges(who: str, role: str) -> Callable[[Session], object]:
    """Somebody answers the newest page of a role on their telephone."""

    def act(session: Session) -> None:
        outbox = Outbox(session.folder / session.policy.chat.path, session.clock)
        pages = [page for page in outbox.entries("page") if page["role"] == role]
        PolicyPager(session.policy, outbox).acknowledge(str(pages[-1]["key"]), who)

    return act


def _reports(session: Session) -> None:
    said = Declaration(
        title="Nobody can log in", by="rita", severity="S1", origin="report", body="Since 02:45."
    )
    session.local.acting("rita").open(incident_draft(said, session.policy, session.templates))


def _tells(session: Session, body: str) -> None:
    """A monitoring system sends this."""
    arrive(read_alerts(body, session.policy), session.run)


def _pagerduty_calls(session: Session) -> None:
    _tells(session, triggered(PAGE, "API", "API error rate", ["PMIA"], "", session.clock()))


def _twelve_alerts(session: Session) -> None:
    monitoring = Alertmanager()
    for number in range(1, 13):
        labels = {"alertname": f"ApiErrors{number:02}", "service": "api", "severity": "critical"}
        _tells(session, monitoring.payload([{"labels": labels, **_FIRES}], session.clock()))


def _acknowledges_there(session: Session) -> None:
    outbox = Outbox(session.folder / session.policy.chat.path, session.clock)
    PolicyPager(session.policy, outbox).acknowledge(f"{ADOPTED}{PAGE}", "mia")


PAGE = "P4711"  # what PagerDuty calls its own incident
_FIRES: dict[str, Any] = {"status": "firing", "annotations": {}}


BY_DAY = (
    Scene(0, "rita declares: API error rate above SLO, S1, with a working document", _declare),
    Scene(
        2,
        "erin comments: the deploy of 11:55 is suspicious",
        says("erin", "I am here. The deploy of 11:55 is suspicious."),
    ),
    Scene(
        2,
        'erin types: /ima status "Service Disruption"',
        says("erin", '/ima status "Service Disruption"'),
    ),
    Scene(
        2,
        "ian types: /ima publish We see errors on our API and are working on it.",
        says("ian", "I am here.\n/ima publish We see errors on our API and are working on it."),
    ),
    Scene(
        1, "mallory, who owns nothing, closes the issue", changes("mallory", Update(closed=True))
    ),
    Scene(
        3,
        "ian types: /ima state identified -- roll the deploy back",
        says("ian", "Here.\n/ima state identified -- roll the deploy back"),
    ),
    Scene(8, "fifteen minutes are over: an S1 that lasts needs somebody who only speaks", nothing),
    Scene(2, "cara comments: I write to users from now on", says("cara", "I write to users.")),
    Scene(
        4,
        "erin puts on the label State::Monitoring",
        changes("erin", Update(add_labels=frozenset({"State::Monitoring"}))),
    ),
    Scene(
        35,
        "ian types: /ima resolve error rate at baseline",
        says("ian", "/ima resolve error rate at baseline"),
    ),
    Scene(260, "the work day of erin is over, and the review has not been begun", nothing),
)


BY_NIGHT = (
    Scene(0, "rita reports: nobody can log in, S1; erin and ian are asleep", _reports),
    Scene(5, "five minutes later nobody has come", nothing),
    Scene(2, "ian, the manager, comments: I am here", says("ian", "I am here.")),
    Scene(3, "the shift of erin ends, mia is on call now", nothing),
    Scene(1, "mia acknowledges the page on her telephone", acknowledges("mia", "eoc")),
    Scene(
        4,
        "mia types: /ima state identified -- renew the certificate",
        says("mia", "/ima state identified -- renew the certificate"),
    ),
    Scene(3, "mia, who does not own it, types: /ima resolve", says("mia", "/ima resolve")),
    Scene(
        10,
        "ian types: /ima resolve logins work again",
        says("ian", "/ima resolve logins work again"),
    ),
    Scene(
        12, "PagerDuty calls mia for the API: that is her page, IMA sends none", _pagerduty_calls
    ),
    Scene(1, "twelve alerts of the API come within a minute: one outage", _twelve_alerts),
    Scene(2, "mia acknowledges in PagerDuty, and nowhere else", _acknowledges_there),
    Scene(
        20,
        "mia types: /ima resolve a full disk",
        says("mia", "/ima severity S2\n/ima resolve a full disk", "#3"),
    ),
    Scene(
        240,
        "four hours later it is back: rita types /ima reopen the same errors",
        says("rita", "/ima reopen the same errors", "#3"),
    ),
)
STORIES = {
    "day": Story(datetime(2026, 3, 2, 12, 0, tzinfo=UTC), DAY, BY_DAY),
    "night": Story(datetime(2026, 3, 2, 2, 50, tzinfo=UTC), NIGHT, BY_NIGHT),
}


def scenes(
    session: Session, later: Callable[[int], datetime], story: Story
) -> Iterator[tuple[datetime, Scene, Plan, Report]]:
    """Each scene with the pass that follows it."""
    for scene in story.scenes:
        now = later(scene.minutes)
        scene.act(session)
        yield now, scene, *session.run.apply()


def who_has_it(plan: Plan) -> Iterator[str]:
    """Who owns the incident, and who of those who were called is here."""
    kept = [one for one in plan.world.values() if one.kind == "incident"]
    incident = next((one for one in reversed(kept) if one.active), kept[-1])
    yield f"owner @{incident.owner}" if incident.owner else "no owner"
    words = plan.before.ctx.policy.words
    for seat in incident.seats.values():
        called = f"called {seat.since:%H:%M}, not here yet"
        here = f"here since {seat.here_at:%H:%M}" if seat.here_at else called
        yield f"{words.role(seat.role)} @{seat.person} {here}"


def files_to_look_at(session: Session, folder: Path) -> list[tuple[Path, str]]:
    """Writes each issue as a file to read; gives back the files and what they are."""
    written = []
    names = {"#0": "dashboard", "#1": "incident", "#2": "review", "#3": "outage"}
    for issue in session.tracker.issues(closed_since=session.policy.since):
        name = names.get(issue.ref, issue.ref.strip("#"))
        path = folder / f"{name}.md"
        comments = [f"**{c.author}**, {c.at:%H:%M}:\n\n{unmarked(c.body)}" for c in issue.comments]
        body = unmarked(issue.body).strip()
        text = "\n\n---\n\n".join([f"# {issue.title}\n\n{body}", *comments])
        path.write_text(text + "\n", encoding="utf-8")
        written.append((path, f"{issue.ref} as people see it"))
    cards = [c.body for c in session.tracker.issues(["#1"])[0].comments if "ima:card" in c.body]
    (folder / "card.md").write_text(unmarked(cards[0]), encoding="utf-8")
    written.append((folder / "card.md", "the card of the incident"))
    seen = session.run.plan().before
    pages = site_files(site_of_snapshot(seen, "Acme status"), session.templates)
    write_folder(folder / "site", pages, MANIFEST)
    written.append((folder / "site" / "index.html", "the status site"))
    return written
