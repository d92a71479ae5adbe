"""What the status site of two years costs: 10,000 incidents, each with three posts."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.model.incident import Fact
from automation.model.issue import STATUSES, Draft, Update
from automation.model.publicity import post_name
from automation.stored_state.card import CardText, encode
from automation.trackers.local.tracker import LocalTracker
from tests.benchmarks.figure import Figure
from tests.benchmarks.memory import peak_of

COUNT, DAYS = 10_000, 730
SERVICES = ("api", "git", "pages", "registry", "web")
POLICY = """version: 1
since: 2024-01-01T00:00:00Z
tracker: {kind: local, project: acme/production}
roles: {eoc: {on_call: erin}, imoc: {on_call: ian}, cmoc: {on_call: cara}, security: {on_call: sam}}
"""
WORDS = "We are investigating errors and will tell more in 30 minutes."


def figures() -> Iterator[Figure]:
    with TemporaryDirectory(prefix="ima-") as name:
        folder = Path(name)
        services = "".join(f"  {each}: {{component: {each.title()}}}\n" for each in SERVICES)
        (folder / "policy.yml").write_text(f"{POLICY}services:\n{services}", encoding="utf-8")
        begin = datetime.now(UTC) - timedelta(days=DAYS)
        _incidents(folder / ".ima" / "incidents.db", begin)
        for what in (f"the status site of {COUNT:,} incidents", "– once more, unchanged"):
            before = seconds_of_children()
            peak = peak_of(folder, "site", "public", "--since", f"{DAYS + 1}d")
            yield Figure(f"{what}: CPU", seconds_of_children() - before, "s", 20)
            yield Figure("– peak memory of the process", peak, "MB", 300)
        assert len(list((folder / "public" / "incidents").iterdir())) == COUNT


def seconds_of_children() -> float:
    """The CPU of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _incidents(path: Path, begin: datetime) -> None:
    path.parent.mkdir()
    now = begin
    tracker = LocalTracker(path, project="acme/production", clock=lambda: now)
    with closing(tracker), tracker.exclusive():
        for number in range(1, COUNT + 1):
            now = begin + timedelta(days=DAYS * number / (COUNT + 1))
            labels = ("Incident", f"S{number % 4 + 1}")
            ref = tracker.acting("rita").open(Draft(f"Errors {number}", "", labels))
            tracker.comment(ref, encode(CardText(tuple(_posts(now, number))), "The card"))
            now += timedelta(minutes=44)
            tracker.acting("erin").update(ref, Update(closed=True))


def _posts(now: datetime, number: int) -> Iterator[Fact]:
    service, status = SERVICES[number % len(SERVICES)], STATUSES[1 + number % 3]
    said = (("Investigating", status), ("Monitoring", STATUSES[0]), ("Resolved", STATUSES[0]))
    for nth, (state, status) in enumerate(said):
        what = post_name(nth + 1, state, status, (service,))
        yield Fact("published", now + timedelta(minutes=20 * nth), by="ian", what=what, text=WORDS)
