"""What the figures of two years cost: 10,000 incidents, each with a page and somebody who came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.model.facts import Fact
from automation.model.issue import Draft, Update
from automation.stored_state.card import CardText, encode
from automation.trackers.local.tracker import LocalTracker
from tests.benchmarks.figure import Figure
from tests.benchmarks.memory import peak_of
from tests.benchmarks.publishing import COUNT, DAYS, POLICY, seconds_of_children

PEOPLE = "stats: {people: true}\n"


def figures() -> Iterator[Figure]:
    with TemporaryDirectory(prefix="ima-") as name:
        folder = Path(name)
        (folder / "policy.yml").write_text(POLICY + PEOPLE, encoding="utf-8")
        _incidents(folder / ".ima" / "incidents.db", datetime.now(UTC) - timedelta(days=DAYS))
        before = seconds_of_children()
        peak = peak_of(folder, "stats", "--since", f"{DAYS + 1}d", "--html", "figures")
        yield Figure(
            f"the figures of {COUNT:,} incidents: CPU", seconds_of_children() - before, "s", 20
        )
        yield Figure("– peak memory of the process", peak, "MB", 300)
        weeks = (folder / "figures" / "incidents.csv").read_text("utf-8").splitlines()[1:]
        counted = sum(int(cell) for week in weeks for cell in week.split(",")[1:])
        assert counted == COUNT, counted


def _incidents(path: Path, begin: datetime) -> None:
    path.parent.mkdir()
    now = begin
    tracker = LocalTracker(path, project="acme/production", clock=lambda: now)
    with closing(tracker), tracker.exclusive():
        for number in range(1, COUNT + 1):
            now = begin + timedelta(days=DAYS * number / (COUNT + 1))
            labels = ("Incident", f"S{number % 4 + 1}", "Service Disruption")
            ref = tracker.acting("rita").open(Draft(f"Errors {number}", "", labels))
            came = now + timedelta(minutes=number % 9)
            person = f"engineer-{number % 12}"
            facts = (
                Fact("paged", now, "eoc", person, what=f"{number}", done=True),
                Fact("engaged", came, "eoc", person),
            )
            tracker.comment(ref, encode(CardText(facts), "The card"))
            now += timedelta(minutes=20 + number % 60)
            tracker.acting("erin").update(ref, Update(closed=True))
