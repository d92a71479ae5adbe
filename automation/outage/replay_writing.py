"""Carrying issues from one tracker into another: read, find what is there already, write the rest.

The order of the writes survives a kill anywhere: issues are opened first, each with the marker by
which the next run finds it; then, one by one, links, the end, and the comment that makes it whole.
Until that comment is there a pass leaves the issue alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from automation.changes.comments import WriteCard
from automation.model.issue import Issue, Update
from automation.outage.replay import Carried, NewNames, draft, history_body, to_carry
from automation.planning.plan import Snapshot
from automation.reconcile.apply import World, apply
from automation.reconcile.observe import observe
from automation.reconcile.one_pass import Run
from automation.stored_state.carried_history import REPLAYED, with_carried_history
from automation.text.escaping import marker_in
from automation.trackers import Tracker

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_SKEW = timedelta(days=1)  # between the clocks of two trackers


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of one issue: its reference there and here."""

    was: str
    title: str
    state: str
    ref: str = ""  # none yet
    whole: bool = False  # it was carried over before
    left: str = ""  # why it is left where it is
    unassigned: tuple[str, ...] = ()  # whom the tracker could not assign


@dataclass(frozen=True, slots=True)
class Replay:
    """From ``source`` into the tracker of ``run``."""

    source: Tracker
    run: Run

    def rows(self, write: bool = True) -> list[Row]:
        """Carry over what is not there yet; or only say what would be. Raises ServiceError."""
        found, seen = self._read()
        if not found:
            return []
        target = self.run.tracker
        with target.exclusive():
            there = self._there(found)
            refs = {c.issue.ref: there[c.source].ref for c in found if c.source in there}
            done = {
                ref for ref, issue in there.items() if with_carried_history(issue, target.me())[1]
            }
            missing = [c for c in found if c.source not in done]
            missed = self._write(missing, refs, seen) if write else {}
        return [
            replace(self._row(one, refs, one.source in done), unassigned=missed.get(one.source, ()))
            for one in found
        ]

    def _read(self) -> tuple[list[Carried], Snapshot]:
        """All issues of the file, judged as they were there."""
        run, heads = self.run, self.source.heads(closed_since=_ALWAYS)
        refs = [head.ref for head in heads if head.ref != "#0"]
        seen = observe(self.source, run.services, run.policy, run.clock(), refs)
        return to_carry(self.source.issues(refs), seen.incidents), seen

    def _there(self, found: Sequence[Carried]) -> dict[str, Issue]:
        """What an earlier run has opened, by where it came from; the oldest counts."""
        target = self.run.tracker
        me, first = target.me(), min(one.issue.opened_at for one in found)
        ours = [head.ref for head in target.heads(first - _SKEW) if head.author == me]
        there: dict[str, Issue] = {}
        for issue in target.issues(ours):
            if (data := marker_in(REPLAYED, issue.body)) and issue.author == me:
                there.setdefault(str(data.get("from")), issue)
        return there

    def _write(
        self, missing: Sequence[Carried], refs: dict[str, str], seen: Snapshot
    ) -> dict[str, tuple[str, ...]]:
        """Open and finish what is missing; whom the tracker could not assign, by source."""
        target = self.run.tracker
        everything = frozenset(seen.incidents)
        names = NewNames(target.project, target.me(), self.source.me(), refs, everything)
        missed: dict[str, tuple[str, ...]] = {}
        allowed = [one for one in missing if not self._left(one)]
        for one in allowed:
            if one.issue.ref not in refs:
                ref = target.open(draft(one, names, seen.ctx, target.can))
                refs[one.issue.ref] = ref
                missed[one.source] = target.unassigned(ref)
        for one in allowed:
            self._finish(one, names, missed.get(one.source, ()))
        if allowed:
            self._cards([refs[one.issue.ref] for one in allowed])
        return missed

    def _finish(self, one: Carried, names: NewNames, missed: Sequence[str]) -> None:
        target, ref = self.run.tracker, names.refs[one.issue.ref]
        for other in sorted(one.issue.links & names.refs.keys()):
            target.link(ref, names.refs[other])
        if one.issue.closed:
            target.update(ref, Update(closed=True))
        target.comment(ref, history_body(one, names, missed))

    def _cards(self, refs: Sequence[str]) -> None:
        """The cards; where more is due than a card, the next pass does all of it."""
        made = self.run.plan(refs)
        quiet = [ref for ref in refs if all(isinstance(c, WriteCard) for c in made.of(ref))]
        changes = tuple(change for change in made.changes if change.ref in quiet)
        run = self.run
        report = apply(
            replace(made, changes=changes, dashboard=None),
            World(run.tracker, run.services, run.templates),
        )
        if report.failures:
            raise report.failures[0]

    def _left(self, one: Carried) -> str:
        if one.issue.confidential and not self.run.tracker.can.confidential:
            return "it is confidential, and this tracker would show it to everybody"
        return ""

    def _row(self, one: Carried, refs: dict[str, str], before: bool) -> Row:
        issue, incident = one.issue, one.incident
        state = "closed" if issue.closed else "open"
        if incident.kind == "incident":
            state = incident.state_now
        title = "(confidential)" if issue.confidential else issue.title
        left = "" if issue.ref in refs else self._left(one)
        return Row(issue.ref, title, state, refs.get(issue.ref, ""), before, left)
