"""The demo: one S1 from declaration to review, told step by step, on a real embedded tracker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from automation.model.issue import Update
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.policy.policy import Policy
from automation.schema.yaml_nodes import parse
from automation.site.pages import MANIFEST, site_files
from automation.site.site import site_of_snapshot
from automation.text.escaping import unmarked
from automation.workspace.folder import write_folder
from automation.workspace.session import Session
from automation.writing.declaration import Declaration, incident_draft

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PEOPLE = """version: 1
since: 2026-03-02T12:00:00Z
tracker: {project: acme/production}
roles:
  eoc: {on_call: erin}
  imoc: {on_call: ian}
  cmoc: {on_call: cara}
  security: {on_call: sam}
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """What somebody does, some minutes after what went before."""

    minutes: int
    told: str
    act: Callable[[Session], object]


def demo_session(folder: Path) -> tuple[Session, Callable[[int], datetime]]:
    """A session on a tracker in ``folder`` with a clock of its own, and what moves that clock."""
    now = [START]

    def later(minutes: int) -> datetime:
        now[0] += timedelta(minutes=minutes)
        return now[0]

    session = Session(lambda: now[0], "rita", folder=folder)
    policy: Policy = session.files.policy(parse(PEOPLE, "demo"))
    (folder / "policy.yml").write_text(PEOPLE, encoding="utf-8")
    session.__dict__["policy"] = policy
    return session, later


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


SCENES = (
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
    Scene(
        6,
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


def scenes(
    session: Session, later: Callable[[int], datetime]
) -> Iterator[tuple[datetime, Scene, Plan, Report]]:
    """Each scene with the pass that follows it."""
    for scene in SCENES:
        now = later(scene.minutes)
        scene.act(session)
        yield now, scene, *session.run.apply()


def files_to_look_at(session: Session, folder: Path) -> list[tuple[Path, str]]:
    """Writes each issue as a file to read; gives back the files and what they are."""
    written = []
    names = {"#0": "dashboard", "#1": "incident", "#2": "review"}
    for issue in session.tracker.issues(closed_since=START):
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
