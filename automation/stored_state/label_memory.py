"""Which label is which, by its id, whatever people call it in the tracker's own pages. Pure.

The dashboard remembers the id of each label of ``labels.yml``, and what each issue that it lists
had of them. So a label that was renamed is told from one that was taken off (P-58).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from automation.model.issue import Event, Head, Issue, Label
from automation.policy.labels import LabelEntry, Labels
from automation.records import dataclass
from automation.stored_state.dashboard import Dashboard, Row

ID, NOW, FORMERLY, AGAIN, ON_ISSUE = "id", "now", "formerly", "again", "labels"  # keys of rows
_Meant = tuple[str, str]


class Renamed(NamedTuple):
    """A label of ``labels.yml`` that the tracker calls otherwise."""

    name: str  # in labels.yml
    now: str  # on the tracker
    again: bool  # there is another one of the old name


@dataclass(frozen=True, slots=True)
class LabelMemory:
    """What is known of our labels: a row for each, by its name in ``labels.yml``."""

    labels: Labels
    rows: Mapping[str, Row]

    @classmethod
    def of(cls, labels: Labels, rows: Mapping[str, Row]) -> LabelMemory:
        """Of labels that are not in the file any more nothing is remembered."""
        return cls(labels, {e.name: rows[e.name] for e in _used(labels) if e.name in rows})

    def renamed(self) -> list[Renamed]:
        """Those that have another name now."""
        return [
            Renamed(name, now, bool(row.get(AGAIN)))
            for name, row in self.rows.items()
            if (now := row.get(NOW, "")) not in ("", name)
        ]

    @property
    def names(self) -> dict[str, str]:
        """The names in labels.yml, by those that the labels have had besides."""
        found: dict[str, str] = {}
        for name, row in self.rows.items():
            had = (row.get(NOW, ""), *row.get(FORMERLY, "").split("\n"))
            found |= {each: name for each in had if each and not self.labels.ours(each)}
        return found

    @property
    def to_write(self) -> dict[str, str]:
        """What a label is called that we put on an issue; a second one is never made of it."""
        return {each.name: each.now for each in self.renamed() if not each.again}

    def lacks_id_of(self, seen: Iterable[str]) -> bool:
        """Is there a label of ours among those, of which nothing is known?"""
        ours = {entry.name for entry in _used(self.labels)}
        return any(name in ours and not self.rows.get(name, {}).get(ID) for name in seen)

    def learnt(self, there: Iterable[Label]) -> LabelMemory:
        """With what the tracker's own list of labels says."""
        by_name = {label.name: label for label in there}
        by_id = {label.id: label for label in by_name.values() if label.id}
        rows: dict[str, Row] = {}
        for entry in _used(self.labels):
            before, same = self.rows.get(entry.name, {}), by_name.get(entry.name)
            if one := by_id.get(before.get(ID, "")):
                again = same.id if same and same is not one else ""
                had = [*before.get(FORMERLY, "").split("\n"), before.get(NOW, ""), one.name]
                had = [each for each in dict.fromkeys(had) if each not in ("", entry.name)]
                had = [each for each in had if each not in by_name or by_name[each] is one]
                more = {FORMERLY: "\n".join(had), AGAIN: again}
                rows[entry.name] = {ID: one.id, NOW: one.name} | {
                    k: v for k, v in more.items() if v
                }
            else:
                number = same.id if same else ""
                rows[entry.name] = {ID: number, NOW: entry.name if same else ""}
        return replace(self, rows=rows)

    def deleted(self, there: Iterable[Label]) -> frozenset[_Meant]:
        """What the labels meant that were there, and are not any more."""
        names, ids = {label.name for label in there}, {label.id for label in there}
        gone = [n for n, row in self.rows.items() if row.get(ID) and row[ID] not in ids]
        return frozenset(filter(None, (self.labels.meaning(n) for n in gone if n not in names)))

    def issue(self, issue: Issue) -> Issue:
        """The issue with the names of labels.yml."""
        names = self.names
        if not names:
            return issue
        events = tuple(
            replace(event, subject=names.get(event.subject, event.subject))
            if event.kind in ("labelled", "unlabelled")
            else event
            for event in issue.events
        )
        return replace(issue, labels=_called(issue.labels, names), events=events)

    def head(self, head: Head) -> Head:
        """The row of a list with the names of labels.yml."""
        names = self.names
        return replace(head, labels=_called(head.labels, names)) if names else head

    def missing(self, issue: Issue, expected: Iterable[str]) -> frozenset[_Meant]:
        """What the issue's labels meant that it lacks, though nobody has taken them off."""
        taken_off = (e.subject for e in issue.events if e.kind == "unlabelled")
        return self._meant(expected) - self._meant(issue.labels) - self._meant(taken_off)

    def seems_to_lack(self, head: Head, expected: Iterable[str]) -> bool:
        """As far as a list tells. What another label of its family has replaced is not missing."""
        there = {family for family, _ in self._meant(head.labels)}
        return any(family not in there for family, _ in self._meant(expected))

    def may_be_renamed(self, labels: frozenset[str]) -> bool:
        """Could a label be one of ours by another name, on an issue that nothing is known of? While
        it is an incident with a severity, nobody is missed."""
        families = {family for family, _ in self._meant(labels)}
        if {"incident", "severity"} <= families or not any(r.get(ID) for r in self.rows.values()):
            return False
        return not all(self.labels.ours(each) or each in self.names for each in labels)

    def put_back(self, issue: Issue, lost: Iterable[_Meant]) -> Issue:
        """As if the labels were there since it was opened: so it is judged, and gets them again."""
        first = tuple(
            Event(f"lost:{name}", issue.opened_at, issue.author, "labelled", name, -3)
            for family, value in sorted(lost)
            for name in [self.labels.name(family, value)]
        )
        return replace(issue, events=(*first, *issue.events)) if first else issue

    def _meant(self, names: Iterable[str]) -> frozenset[_Meant]:
        return frozenset(filter(None, map(self.labels.meaning, names)))


def labels_on(names: Iterable[str], labels: Labels) -> str:
    """What a row of the dashboard remembers of an issue's labels."""
    return "\n".join(sorted(name for name in names if labels.ours(name)))


def labels_expected(board: Dashboard, labels: Labels) -> dict[str, tuple[str, ...]]:
    """What each issue had of our labels when a run last wrote the dashboard. Of a secret nothing is
    remembered, but that it is an incident (P-16)."""
    found: dict[str, tuple[str, ...]] = {}
    for rows in (board.active, board.reviews, board.actions, board.planned):
        for ref, row in rows.items():
            found[ref] = tuple(filter(None, row.get(ON_ISSUE, "").split("\n")))
    incident = labels.name("incident")
    return found | {ref: found[ref] or (incident,) for ref in board.active}


def _used(labels: Labels) -> Iterator[LabelEntry]:
    return (entry for entry in labels.entries if entry.family and not entry.retired)


def _called(labels: frozenset[str], names: Mapping[str, str]) -> frozenset[str]:
    return frozenset(names.get(name, name) for name in labels)
