"""Findings on their way to people: the dashboard, and the chat for the grave ones (P-52).

Pure. A row of the dashboard begins with the run that found it, and ends with the run that looked
again and did not find it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from automation.model.incident import Incident
from automation.planning.finding import Finding
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.stored_state.dashboard import Row

FAILED = "failed:"  # the key of a service that does not answer begins so
MOST_ROWS = 50  # findings that the dashboard remembers


@dataclass(frozen=True, slots=True)
class Telling:
    """Grave findings for one person or one channel, in one message."""

    person: str  # a login; empty: the channel
    channel: str
    findings: tuple[Finding, ...]


def marked_new(findings: Iterable[Finding], before: Mapping[str, Row]) -> Iterator[Finding]:
    """The findings, each marked as ``new`` if it is grave and was not when the dashboard was
    written."""
    for found in findings:
        known = before.get(found.name, {})
        yield replace(found, new=found.grave and not known.get("grave"))


def finding_rows(
    before: Mapping[str, Row],
    findings: Iterable[Finding],
    looked: Callable[[Row], bool],
    now: datetime,
) -> dict[str, Row]:
    """The rows of the dashboard, by name. A row that this run ``looked`` for stays only if it was
    found again. The newest are kept."""
    kept = {k: row for k, row in before.items() if k.startswith(FAILED) or not looked(row)}
    for found in findings:
        if found.lasting and not found.failed:
            kept[found.name] = finding_row(found, before.get(found.name), now)
    return dict(sorted(kept.items(), key=lambda item: (item[1]["since"], item[0]))[-MOST_ROWS:])


def finding_row(found: Finding, before: Row | None, now: datetime) -> Row:
    """The row of a finding. Since when it is there, and whether somebody was told of it, stay from
    ``before``."""
    row = before or {"text": found.text, "ref": found.ref, "since": now.isoformat()}
    return {"told": "", **row, "grave": "yes" if found.grave else row.get("grave", "")}


def tellings(
    findings: Iterable[Finding],
    rows: Mapping[str, Row],
    world: Mapping[str, Incident],
    ctx: Context,
) -> list[Telling]:
    """Whom to tell of the grave findings that nobody was told of: the owner of the incident who is
    here, else the stakeholders' channel, else the channel of the announcements. Of a drill nobody
    is told."""
    channel = ctx.policy.stakeholders or ctx.policy.chat.channel
    told: dict[tuple[str, str], list[Finding]] = {}
    for found in findings:
        if not found.grave or found.name not in rows or rows[found.name].get("told"):
            continue
        about = world.get(found.ref)
        if about and about.drill:
            continue  # who takes part sees it there
        owner = owner_here(about)
        if owner and ctx.policy.reaches(owner):
            told.setdefault((owner, ""), []).append(found)
        elif channel:
            told.setdefault(("", channel), []).append(found)
    return [Telling(*whom, tuple(each)) for whom, each in told.items()]


def owner_here(incident: Incident | None) -> str:
    """The login of the owner, if they are here; else ""."""
    seats = incident.seats.values() if incident else ()
    owner = incident.owner if incident else None
    return owner if owner and any(s.person == owner and s.here_at for s in seats) else ""


def as_told(rows: Mapping[str, Row], told: Iterable[Telling], done: str = "yes") -> dict[str, Row]:
    """The rows once people were told; ``done`` is what a row says of that."""
    names = {found.name for each in told for found in each.findings}
    return {k: {**row, "told": done} if k in names else row for k, row in rows.items()}
