"""What GitLab itself calls an incident, and its severity, in our words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace

from automation.model.issue import Event
from automation.records import dataclass
from automation.trackers.ordered_history import Act, Place, Row, parse_time

INCIDENT = "incident"  # the type
_SEVERITIES = ("critical", "high", "medium", "low")  # which GitLab numbers from S1 to S4
_CHOSEN = re.compile(r"changed the severity to \*\*.*\bS([1-4])\*\*")
_TYPED = re.compile(r"(?:changed type from .+ to |promoted to )incident\b")


@dataclass(frozen=True, slots=True)
class NativeIncidents:
    """How GitLab's incidents count. ``severities`` has the label of each of GitLab's severities,
    ``label`` the one that an issue of the type incident counts as having ("" if it needs a real
    one). ``me`` is the login whose choices of a severity are IMA's own."""

    severities: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    me: str = ""

    def asking(self, me: Callable[[], str], notes: Iterable[Row]) -> NativeIncidents:
        """The same, with our login where that matters for these notes: to ask for it may be a
        request."""
        matters = any(note["system"] and _CHOSEN.match(note["body"] or "") for note in notes)
        return replace(self, me=me()) if matters else self

    def labels_of(self, row: Row) -> tuple[str, ...]:
        """The labels that an issue of a list counts as having."""
        return (*row["labels"], self.label) if self._taken_in(row) else tuple(row["labels"])

    def _taken_in(self, row: Row) -> bool:
        return bool(self.label) and row.get("issue_type") == INCIDENT

    def acts(self, row: Row, notes: Iterable[Row], opened_with: Iterable[str]) -> Iterator[Act]:
        """What people said by type and severity, as events of the labels that stand for it. A label
        of ``opened_with`` counts more than the severity that the issue was opened with."""
        notes = [note for note in notes if note["system"]]
        chosen = [(note, said) for note in notes if (said := _CHOSEN.match(note["body"] or ""))]
        for note, said in chosen:
            label = self.severities.get(_SEVERITIES[int(said[1]) - 1])
            if label and _author(note) != self.me:
                yield _labelled(f"n{note['id']}", note, label)
        if not self._taken_in(row):
            return
        typed = [note for note in notes if _TYPED.match(note["body"] or "")]
        yield _labelled("type", typed[-1] if typed else row, self.label)
        first = self.severities.get(native_severity(row) or "")
        if first and not chosen and not {*self.severities.values()} & {*opened_with}:
            yield _labelled("severity", row, first)


NOTHING = NativeIncidents()


def native_severity(row: Row) -> str | None:
    """GitLab's severity of an incident, such as "critical"; "" where nobody has chosen one, None
    where the issue has none."""
    if row.get("issue_type") != INCIDENT or not row.get("severity"):
        return None
    said: str = row["severity"].lower()
    return said if said in _SEVERITIES else ""


def _labelled(identity: str, by: Row, label: str) -> Act:
    """``by``: the note that says so, or the issue that was opened so."""
    at = parse_time(by["created_at"])
    place: Place = (at, "i", int(by["iid"] if "iid" in by else by["id"]), len(identity))
    return place, Event(identity, at, _author(by), "labelled", label)


def _author(row: Row) -> str | None:
    return str(row["author"]["username"]) if row["author"] else None
