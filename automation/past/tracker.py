"""A tracker in memory on which a few issues are lived again. Nothing of it reaches a forge.

It has what the real one can do, and its numbers: an issue that IMA opens anew has the
reference that it had then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field
from datetime import datetime
from itertools import count

from automation.errors import ServiceError
from automation.model.issue import (
    Ack,
    Capabilities,
    Comment,
    Draft,
    Event,
    EventKind,
    Fate,
    Happened,
    Head,
    Issue,
    Label,
    Reaction,
    Update,
)
from automation.model.replacing import replace
from automation.past.deeds import Deed
from automation.reconcile.issue_reading import opening_marker
from automation.records import dataclass
from automation.stored_state.card import calls_somebody
from automation.stored_state.dashboard import Dashboard, Row, encode
from automation.trackers import anything

DASHBOARD = "#0"


@dataclass
class PastTracker:
    """See `Tracker`."""

    project: str
    account: str
    can: Capabilities
    clock: Callable[[], datetime]
    strangers: frozenset[str] = frozenset()
    then: Mapping[tuple[str, str], Issue] = field(default_factory=dict)  # what IMA opened then
    now: dict[str, Issue] = field(default_factory=dict)  # the issues as they are
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _next: int = 0

    def remember(self, board: Dashboard) -> None:
        """Begin with this dashboard."""
        at, texts = self.clock(), encode(board, "")
        memory = Comment("memory", at, self.account, texts.memory)
        page = Issue(DASHBOARD, "IMA dashboard", texts.page, self.account, at, at)
        self.now[DASHBOARD] = replace(page, comments=(memory,))

    def happens(self, deed: Deed) -> bool:
        """Somebody does it; False where the issue is not there, so that it cannot be done."""
        number = next(self._numbers)
        if isinstance(deed.what, Issue):
            self.now[deed.ref] = deed.what
            return True
        if (issue := self.now.get(deed.ref)) is None:
            return False
        if isinstance(deed.what, Ack):
            return True  # it is done in the pager
        if isinstance(deed.what, Event):
            event = replace(deed.what, order=number)
            self._put(issue, **_moved(issue, event), events=(*issue.events, event))
        elif isinstance(deed.what, Reaction):
            self._react(issue, deed.what)
        elif isinstance(deed.what, str):
            self._put(issue, body=deed.what)
        elif deed.again:
            kept = (c for c in issue.comments if c.id == deed.what.id)
            order = next((c.order for c in kept), number)
            self._replace_comment(issue, deed.what.id, replace(deed.what, order=order))
        else:
            self._put(issue, comments=(*issue.comments, replace(deed.what, order=number)))
        return True

    def _react(self, issue: Issue, reaction: Reaction) -> None:
        """To the newest call: which comment it was then says nothing now."""
        calls = [c for c in issue.comments if c.author == self.account and calls_somebody(c.body)]
        if calls:
            told = replace(calls[-1], reactions=(*calls[-1].reactions, reaction))
            self._replace_comment(issue, told.id, told)

    def _replace_comment(self, issue: Issue, comment: str, new: Comment) -> None:
        self._put(issue, comments=tuple(new if c.id == comment else c for c in issue.comments))

    def _put(self, issue: Issue, **values: object) -> None:
        at = max(issue.updated_at, self.clock())
        self.now[issue.ref] = replace(issue, updated_at=at, **values)  # type: ignore[arg-type]

    # What reads.

    def me(self) -> str:
        return self.account

    def left_out(self) -> Mapping[str, ServiceError]:
        return {}

    def time(self) -> datetime:
        return self.clock()

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        return self.strangers & {*logins}

    def issues(
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: dict[str, Exception] | None = None,
    ) -> list[Issue]:
        """See `Tracker.issues`."""
        if refs is not None:
            wanted = {*refs}
            found = [one for ref, one in self.now.items() if ref in wanted]
        else:
            found = [
                one
                for one in self.now.values()
                if not one.closed or (closed_since and one.updated_at >= closed_since)
            ]
        return sorted(found, key=lambda one: one.opened_at)

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        """None: every pass reads everything."""
        return []

    def fate(self, ref: str) -> Fate:
        return "here" if ref in self.now else "unknown"

    def moved_issue(self, ref: str) -> Issue | None:
        return None

    def dashboard(self, prefers: Callable[[Issue], bool] = anything) -> Issue | None:
        return self.now.get(DASHBOARD)

    def dashboard_of_another(self, ours: Callable[[Issue], bool]) -> Issue | None:
        return None

    def also_us(self, accounts: Iterable[str]) -> None: ...

    def unassigned(self, ref: str) -> tuple[str, ...]:
        return ()

    def exposed(self, ref: str) -> str:
        return ""

    def renamed(self) -> Mapping[str, str]:
        return {}

    def edited_by(self, ref: str, comment: str) -> str | None:
        return None

    def description_edited_at(self, ref: str) -> datetime | None:
        return None

    def labels(self) -> list[Label]:
        return []

    def also_ours(self, names: Collection[str]) -> None: ...

    def label_memory(self, seen: Iterable[str]) -> Mapping[str, Row]:
        return {}

    # What writes: IMA's acts, made anew.

    def open(self, draft: Draft) -> str:
        """See `Tracker.open`."""
        at = self.clock()
        issue = Issue("", draft.title, draft.body, self.account, at, at)
        marker = opening_marker(issue, self.account)
        known = self.then.get(marker) if marker else None
        if draft.dashboard:
            ref = DASHBOARD
        elif known and known.ref not in self.now:
            ref = known.ref
        else:
            ref = self._free_number()
        hidden = draft.confidential and self.can.confidential
        due = draft.due if self.can.due_dates else None
        url = known.url if known and known.ref == ref else f"past:{self.project}{ref}"
        self.now[ref] = replace(issue, ref=ref, confidential=hidden, due=due, url=url)
        self._relabel(ref, frozenset(draft.labels), frozenset())
        self._assign(ref, draft.assignees)
        for other in draft.links:
            self.link(ref, other)
        return ref

    def _free_number(self) -> str:
        taken = (int(one.ref[1:]) for one in self.then.values() if one.ref[1:].isdigit())
        here = (int(ref[1:]) for ref in self.now if ref[1:].isdigit())
        self._next = max((self._next, *taken, *here)) + 1
        return f"#{self._next}"

    def update(self, ref: str, update: Update) -> None:
        """See `Tracker.update`."""
        self._relabel(ref, update.add_labels, update.remove_labels)
        if update.assignees is not None:
            self._assign(ref, update.assignees)
        issue = self.now[ref]
        if update.confidential is not None:
            self._put(issue, confidential=update.confidential and self.can.confidential)
        if update.due is not None and self.can.due_dates:
            self._put(self.now[ref], due=update.due)
        if update.closed is not None and update.closed != issue.closed:
            self._put(self.now[ref], closed=update.closed)
            self._record(ref, "closed" if update.closed else "reopened", "")

    def _relabel(self, ref: str, added: Collection[str], removed: Collection[str]) -> None:
        before = self.now[ref].labels
        after = set(before) - set(removed)
        for label in sorted(added):
            key, separator, _ = label.rpartition("::")
            if self.can.exclusive_labels and separator:
                after = {name for name in after if name.rpartition("::")[0] != key}
            after.add(label)
        for label in sorted(before - after):
            self._record(ref, "unlabelled", label)
        for label in sorted(after - before):
            self._record(ref, "labelled", label)
        if after != before:
            self._put(self.now[ref], labels=frozenset(after))

    def _assign(self, ref: str, logins: Iterable[str]) -> None:
        before = self.now[ref].assignees
        after = tuple(dict.fromkeys(logins))[: 1 if self.can.one_assignee else None]
        for login in before:
            if login not in after:
                self._record(ref, "unassigned", login)
        for login in after:
            if login not in before:
                self._record(ref, "assigned", login)
        self._put(self.now[ref], assignees=after)

    def _record(self, ref: str, kind: EventKind, subject: str) -> None:
        number, issue = next(self._numbers), self.now[ref]
        event = Event(f"anew{number}", self.clock(), self.account, kind, subject, number)
        self._put(issue, events=(*issue.events, event))

    def show_severity(self, ref: str, severity: str) -> None:
        self._put(self.now[ref], native_severity=severity)

    def record(self, ref: str, happened: Sequence[Happened], links: Mapping[str, str]) -> None:
        """Nothing: nobody reads it here."""

    def comment(self, ref: str, body: str) -> str:
        number, issue = next(self._numbers), self.now[ref]
        new = Comment(f"anew{number}", self.clock(), self.account, body, order=number)
        self._put(issue, comments=(*issue.comments, new))
        return new.id

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        issue = self.now[ref]
        for old in issue.comments:
            if old.id == comment and old.body != body:
                new = replace(old, body=body, edited_at=self.clock())
                self._replace_comment(issue, comment, new)

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        issue = self.now[ref]
        for name, new in (("title", title), ("body", body)):
            if new is not None and new != getattr(issue, name):
                self._put(self.now[ref], **{name: new})
                if ref != DASHBOARD:
                    self._record(ref, "edited", name)

    def receipt(self, ref: str, comment: str) -> None:
        issue = self.now[ref]
        for old in issue.comments:
            if old.id == comment and self.can.receipts:
                self._replace_comment(issue, comment, replace(old, receipt=True))

    def link(self, ref: str, other: str) -> None:
        if ref == other or not self.can.links:
            return
        for one, two in ((ref, other), (other, ref)):
            if one in self.now and two not in self.now[one].links:
                self._put(self.now[one], links=self.now[one].links | {two})

    def create_label(self, label: Label) -> None: ...

    def change_label(self, name: str, label: Label) -> None: ...

    def delete_label(self, name: str) -> None: ...

    def exclusive(self) -> AbstractContextManager[None]:
        return nullcontext()

    def close(self) -> None: ...


def _moved(issue: Issue, event: Event) -> dict[str, object]:
    """What an event changes on an issue."""
    subject = event.subject
    match event.kind:
        case "labelled":
            return {"labels": issue.labels | {subject}}
        case "unlabelled":
            return {"labels": issue.labels - {subject}}
        case "assigned":
            return {"assignees": tuple(dict.fromkeys((*issue.assignees, subject)))}
        case "unassigned":
            return {"assignees": tuple(who for who in issue.assignees if who != subject)}
        case "closed" | "moved":
            return {"closed": True}
        case "reopened":
            return {"closed": False}
    return {}
