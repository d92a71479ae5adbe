"""Figures of teams that are not there: for the tests in a browser and for the gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from automation.model.facts import Choice, Fact, Resolution
from automation.model.incident import Incident
from automation.stats.figures import stats_since
from automation.stats.pages import MANIFEST, FiguresPage, figure_files, figures_page
from automation.workspace.folder import write_folder
from tests.build import a_context, an_incident, at
from tests.site.sample_sites import shipped_templates

DAYS = 100
NOW = datetime(2026, 6, 10, 8, 30, tzinfo=UTC)  # that many days after the start of `tests.build`
SERVICES = ("web", "git", "registry", "pages", "web")
PEOPLE = ("erin", "ravi", "lena", "erin", "tom")
ALERTS = ("GitErrorRate", "RegistrySlow", "DiskFull", "PagesQueueTooLongForHalfAnHour", "DiskFull")
STATUSES = (
    "Degraded Performance",
    "Service Disruption",
    "Degraded Performance",
    "Partial Service Disruption",
)
HOSTILE = (
    '=HYPERLINK("//e")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "<script>alert(1)</script>",
    "]]></svg><b onclick=x>&amp;",
    "a\u202eb",
)
POLICY = "working_hours: {zone: Europe/Berlin}\n"
WITH_PEOPLE = POLICY + "stats: {people: true}\n"


def team(count: int = 70) -> Iterator[Incident]:
    """The incidents of a hundred days, which get fewer and are found sooner."""
    for nth in range(count):
        begin = at(DAYS * 1440 * (nth / count) ** 1.2 + nth * 397 % 1440)
        grave = nth * 7 % 11
        severity = "S1" if not grave else "S2" if grave < 3 else "S3" if grave < 8 else "S4"
        person, took = PEOPLE[nth % 5], 9 + nth * 13 % 67
        here = begin + timedelta(minutes=2 + nth * 5 % 9 * (1 - nth / count / 2))
        called = (
            Fact("paged", begin, "eoc", person, done=True, what=f"{nth}"),
            Fact("engaged", here, "eoc", person),
        )
        status = STATUSES[nth % 4] if grave < 3 else STATUSES[0]
        yield replace(
            an_incident(ref=f"#{nth + 1}", opened_at=begin, declared_at=begin),
            severity=Choice(severity, begin, person),
            status=Choice(status, begin, person),
            services=(SERVICES[nth * nth % 5],),
            alerts=(ALERTS[nth * nth % 7 % 5],) if nth % 3 else (),
            facts=called if severity != "S4" else (),
            resolution=Resolution(
                begin + timedelta(minutes=took),
                person,
                reason="" if nth % 9 - 4 else "not planned",
            ),
        )
    yield from follow_ups()


def follow_ups() -> Iterator[Incident]:
    """Reviews and actions, some of them overdue, and near misses."""
    for nth, (kind, days) in enumerate(
        [("review", 4), ("action", 3), ("action", 20), ("action", 41), ("action", 130)]
    ):
        made = an_incident(ref=f"#{200 + nth}", kind=kind, opened_at=at(0))  # type: ignore[arg-type]
        yield replace(made, due=NOW.date() - timedelta(days=days), assignees=(PEOPLE[nth],))
    for nth in range(9):
        opened = at(nth * 15_000)
        labels = frozenset({"Review", "Near Miss"})
        yield an_incident(ref=f"#{300 + nth}", kind="review", opened_at=opened, labels=labels)


def hostile() -> Iterator[Incident]:
    """The same, where each name that a stranger chooses is an attack."""
    for nth, each in enumerate(team(24)):
        name = HOSTILE[nth % len(HOSTILE)]
        yield replace(
            each,
            title=name,
            services=(name,) if each.services else (),
            alerts=(name,),
            assignees=(name,),
            facts=tuple(replace(fact, who=name) for fact in each.facts),
        )


def page_of(
    incidents: Iterable[Incident], says: str = POLICY, only: str = "", days: float = DAYS
) -> FiguresPage:
    """The page of figures of these incidents, ``days`` after the start."""
    known = list(incidents)
    ctx = a_context(days * 1440, says=says)
    return figures_page(known, ctx, stats_since(known, ctx, at(0), only), only)


SAMPLES: dict[str, Callable[[], FiguresPage]] = {
    "team": lambda: page_of(team()),
    "people": lambda: page_of(team(), WITH_PEOPLE),
    "hostile": lambda: page_of(hostile(), WITH_PEOPLE),
    "quiet": lambda: page_of((), WITH_PEOPLE, days=5),
}


def write_figures(name: str, folder: Path) -> None:
    """One of the samples as files."""
    write_folder(folder, figure_files(SAMPLES[name](), shipped_templates()), MANIFEST)
