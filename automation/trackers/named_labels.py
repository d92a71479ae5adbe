"""A tracker whose labels are called as in ``labels.yml``, also where people have renamed them.

Whoever reads sees the names of the file; what is written has the name that the label has now, so
that no second one is made (P-58). Which label is which the dashboard remembers, by its id. The
tracker's own list of labels is asked for once, and only where an issue that the dashboard lists
lacks a label that nobody has taken off, where an issue that it does not list has a label that may
be one of ours, while a label is renamed, and to learn a new id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from automation.errors import ServiceError
from automation.model.issue import Capabilities, Draft, Head, Issue, Update
from automation.policy.labels import Labels
from automation.stored_state import dashboard
from automation.stored_state.dashboard import Row
from automation.stored_state.label_memory import LabelMemory, labels_expected
from automation.trackers import Tracker, anything

# What follows from an incident puts its label back where it is missing.
_PUT_BACK = ("incident", "severity", "state", "status", "security", "drill")


class NamedLabels:
    """``tracker`` with the labels of the file."""

    def __init__(self, tracker: Tracker, labels: Labels) -> None:
        self._tracker, self._labels = tracker, labels
        self.project = tracker.project
        self._memory = LabelMemory(labels, {})
        self._expected: Mapping[str, tuple[str, ...]] = {}  # the labels of issues, as remembered
        self._knows = False  # the dashboard was read
        self._looked = False  # at the list of labels
        self._deleted = frozenset[tuple[str, str]]()

    def __getattr__(self, name: str) -> Any:
        """What has nothing to do with labels: that one knows."""
        return getattr(self._tracker, name)

    @property
    def can(self) -> Capabilities:
        return self._tracker.can

    @can.setter
    def can(self, can: Capabilities) -> None:
        self._tracker.can = can

    def dashboard(self, prefers: Callable[[Issue], bool] = anything) -> Issue | None:
        """See `Tracker.dashboard`. It says which label is which."""
        page = self._tracker.dashboard(prefers)
        board = dashboard.read(page)
        if not self._knows and board:
            self._call(LabelMemory.of(self._labels, board.labels))
            self._expected = labels_expected(board, self._labels)
        self._knows = True
        return page

    def issues(
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: dict[str, Exception] | None = None,
    ) -> list[Issue]:
        """See `Tracker.issues`."""
        refs = None if refs is None else list(refs)

        def read() -> list[Issue]:
            found = self._tracker.issues(refs, closed_since=closed_since, unreadable=unreadable)
            return [self._memory.issue(issue) for issue in found]

        issues = read()
        lacking = {i.ref for i in issues if self._memory.missing(i, self._expects(i.ref))}
        if self._look_again(bool(lacking) or any(map(self._may_be_ours, issues))):
            issues = read()
        return [self._with_lost(i) if i.ref in lacking else i for i in issues]

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        """See `Tracker.heads`."""
        found = self._tracker.heads(since, closed_since=closed_since)
        named = [self._memory.head(head) for head in found]
        lacking = any(self._memory.seems_to_lack(h, self._expects(h.ref)) for h in named)
        lacking = lacking or any(self._may_be_ours(head) for head in named if not head.closed)
        again = self._look_again(lacking)
        return [self._memory.head(h) for h in found] if again else named

    def open(self, draft: Draft) -> str:
        """See `Tracker.open`."""
        if draft.labels and not self._knows:
            self.dashboard()
        names = self._memory.to_write
        labels = tuple(names.get(name, name) for name in draft.labels)
        return self._tracker.open(replace(draft, labels=labels))

    def update(self, ref: str, update: Update) -> None:
        """See `Tracker.update`."""
        names, removed = self._memory.to_write, set(update.remove_labels)
        added = frozenset(names.get(name, name) for name in update.add_labels)
        for label in self._memory.renamed():
            if label.name in removed:
                removed -= {label.name} if label.name in names else set()
                removed.add(label.now)
        update = replace(update, add_labels=added, remove_labels=frozenset(removed) - added)
        self._tracker.update(ref, update)

    def label_memory(self, seen: Iterable[str]) -> Mapping[str, Row]:
        """See `Tracker.label_memory`."""
        if not self._looked and self._memory.lacks_id_of(seen):
            self._look()
        return self._memory.rows

    def _may_be_ours(self, issue: Issue | Head) -> bool:
        return issue.ref not in self._expected and self._memory.may_be_renamed(issue.labels)

    def _expects(self, ref: str) -> tuple[str, ...]:
        return self._expected.get(ref, ())

    def _with_lost(self, issue: Issue) -> Issue:
        """With the labels that nobody took off: those that were deleted, and whatever was done to
        the list of labels, that of an incident."""
        missing = self._memory.missing(issue, self._expects(issue.ref))
        lost = {each for each in missing if each in self._deleted or each == ("incident", "")}
        return self._memory.put_back(issue, (each for each in lost if each[0] in _PUT_BACK))

    def _look_again(self, lacking: bool) -> bool:
        """Look at the list of labels if something seems to be wrong. Is any called otherwise?"""
        if self._looked or not (lacking or self._memory.renamed()):
            return False
        before = self._memory.names
        self._look()
        return self._memory.names != before

    def _look(self) -> None:
        self._looked = True
        try:
            there = self._tracker.labels()
        except ServiceError as error:
            if error.tracker_away:
                raise
            return  # our token may not: everything goes on by the names that are known
        self._deleted = self._memory.deleted(there)
        self._call(self._memory.learnt(there))

    def _call(self, memory: LabelMemory) -> None:
        self._memory = memory
        self._tracker.also_ours(frozenset(memory.names))
