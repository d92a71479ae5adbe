"""The embedded tracker: one SQLite file that keeps issues and their history as a forge does.

It is the default without any account and the fallback while the forge is down (P-41).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from automation.errors import ServiceError
from automation.model.issue import Capabilities, Draft, Fate, Happened, Head, Issue, Label, Update
from automation.policy.labels import Labels
from automation.stored_state.dashboard import Row
from automation.trackers import anything
from automation.trackers.local import reader
from automation.trackers.local.schema import MIGRATIONS, Migration
from automation.trackers.local.store import Store
from automation.trackers.local.text import (
    TITLE_LIMIT,
    check_length,
    clean,
    clean_all,
    clean_draft,
    clean_label,
    comment_of,
    number_of,
)
from automation.trackers.local.writer import CloseReason, Writer

DASHBOARD = 0  # apart, so that people's numbers stay clean
_EVERYTHING = Capabilities()


class LocalTracker:
    """A `Tracker` in the SQLite file at ``path``, or in memory if that is ":memory:".

    ``busy`` is how many seconds a write waits for others, ``wait`` how many `exclusive` does.
    All operations raise `ServiceError` if the file or the issue does not allow them.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        project: str,
        clock: Callable[[], datetime],
        account: str = "ima",
        can: Capabilities = _EVERYTHING,
        outsiders: frozenset[str] = frozenset(),
        busy: float = 10.0,
        wait: float = 30.0,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        self._store = Store(path, busy=busy, wait=wait, migrations=migrations)
        self._clock = clock
        self._account = clean(account)
        self._outsiders = outsiders
        self.project = project
        self.can = can
        self.actor = self._account

    def acting(self, login: str) -> LocalTracker:
        """The same tracker, written to as ``login``; `me` stays IMA's own account."""
        view = copy.copy(self)
        view.actor = clean(login)
        return view

    def me(self) -> str:
        """IMA's own account, whoever is acting."""
        return self._account

    def left_out(self) -> Mapping[str, ServiceError]:
        return {}

    def time(self) -> datetime:
        """Its clock is the machine's own."""
        return self._clock()

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        """Those of ``logins`` that the constructor was told of."""
        known = {login.casefold() for login in self._outsiders}
        return frozenset(login for login in logins if login.casefold() in known)

    def issues(
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: dict[str, Exception] | None = None,
    ) -> list[Issue]:
        """See `Tracker.issues`. Takes the same few queries for any number of issues."""
        numbers = None if refs is None else [number_of(ref) for ref in refs]
        with self._store.reading() as connection:
            if numbers is None:
                rows = reader.moved(connection, closed_since)
            else:
                rows = reader.numbered(connection, numbers)
            return reader.complete(connection, rows, project=self.project, account=self._account)

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        """See `Tracker.heads`."""
        with self._store.reading() as connection:
            return reader.heads(connection, since, closed_since)

    def fate(self, ref: str) -> Fate:
        """Here, or deleted. Where it shall be as on a tracker that does not tell, nobody knows."""
        if self.issues([ref]):
            return "here"
        return "deleted" if self.can.tells_deleted else "unknown"

    def moved_issue(self, ref: str) -> Issue | None:
        """None: here an issue is hidden where it is."""
        return None

    def dashboard(self, prefers: Callable[[Issue], bool] = anything) -> Issue | None:
        """Issue "#0", if it was ever opened."""
        return next(iter(self.issues(["#0"])), None)

    def dashboard_of_another(self, ours: Callable[[Issue], bool]) -> Issue | None:
        """None: there is but one issue "#0"."""
        return None

    def also_us(self, accounts: Iterable[str]) -> None:
        """Nothing: what is read here hangs on no account."""

    def open(self, draft: Draft) -> str:
        """Open an issue: the next number from 1. The one dashboard is "#0", and stays."""
        self._check("a new issue", title=draft.title, body=draft.body)
        with self._writing() as writer:
            number = DASHBOARD if draft.dashboard else reader.next_number(writer.connection)
            if not reader.numbered(writer.connection, [number]):
                writer.open(clean_draft(draft), number)
                for other in draft.links if self.can.links else ():
                    writer.link(number, self._number(writer, other))
        return f"#{number}"

    def update(self, ref: str, update: Update) -> None:
        """Change labels, assignees, due date and state in one transaction, in this order."""
        with self._writing() as writer:
            number = self._number(writer, ref)
            added, removed = clean_all(sorted(update.add_labels)), clean_all(update.remove_labels)
            writer.relabel(number, added, removed)
            if update.assignees is not None:
                writer.assign(number, clean_all(update.assignees))
            if update.confidential is not None:
                writer.set_confidential(number, update.confidential)
            if update.due is not None:
                writer.set_due(number, update.due)
            if update.closed is not None:
                writer.set_closed(number, update.closed)

    def unassigned(self, ref: str) -> tuple[str, ...]:
        """Nobody: here anybody can be assigned."""
        return ()

    def close_as(self, ref: str, reason: CloseReason) -> None:
        """Close with a reason, which becomes the subject of the event."""
        with self._writing() as writer:
            writer.set_closed(self._number(writer, ref), True, reason)

    def delete(self, ref: str) -> None:
        """Delete the issue, as a person may: nothing of it is left."""
        with self._writing() as writer:
            writer.delete(self._number(writer, ref))

    def move(self, ref: str) -> None:
        """Close it here, as a forge does that has moved it to another project."""
        with self._writing() as writer:
            writer.move(self._number(writer, ref))

    def exposed(self, ref: str) -> str:
        """Nothing: what shall be hidden is."""
        return ""

    def renamed(self) -> dict[str, str]:
        """Nobody: all that is read says what an account is called now."""
        return {}

    def show_severity(self, ref: str, severity: str) -> None:
        """Nothing: here only the label says it."""

    def record(self, ref: str, happened: Sequence[Happened], links: Mapping[str, str]) -> None:
        """Nothing: here only the history tells what happened."""

    def comment(self, ref: str, body: str) -> str:
        """Comment on the issue and return the comment's id."""
        self._check(f"{self.project}{ref}", comment=body)
        with self._writing() as writer:
            return f"c{writer.comment(self._number(writer, ref), clean(body))}"

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        """Replace the text of a comment, anybody's."""
        self._check(f"{self.project}{ref}", comment=body)
        with self._writing() as writer:
            number, found = self._comment(writer, ref, comment)
            writer.edit_comment(number, found, clean(body))

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        """Replace title or body."""
        self._check(f"{self.project}{ref}", title=title, body=body)
        with self._writing() as writer:
            number = self._number(writer, ref)
            if title is not None:
                writer.edit_title(number, clean(title))
            if body is not None:
                writer.edit_body(number, clean(body))

    def edited_by(self, ref: str, comment: str) -> str | None:
        """By whom the comment was edited last."""
        with self._store.reading() as connection:
            return reader.editor(connection, comment_of(comment))

    def description_edited_at(self, ref: str) -> datetime | None:
        """The events say so."""
        return None

    def receipt(self, ref: str, comment: str) -> None:
        """React to a comment."""
        with self._writing() as writer:
            _, found = self._comment(writer, ref, comment)
            writer.react(found)

    def link(self, ref: str, other: str) -> None:
        """Link two issues, once. An issue is not linked to itself."""
        with self._writing() as writer:
            one, two = self._number(writer, ref), self._number(writer, other)
            writer.link(one, two)

    def labels(self) -> list[Label]:
        """The project's labels, by name."""
        with self._store.reading() as connection:
            return reader.labels(connection)

    def also_ours(self, names: Collection[str]) -> None:
        """Nothing: here everything is read."""

    def label_memory(self, seen: Iterable[str]) -> Mapping[str, Row]:
        """Nothing: see `NamedLabels`."""
        return {}

    def create_label(self, label: Label) -> None:
        """Make a label of a new name."""
        with self._writing() as writer:
            if not writer.save_label(clean_label(label)):
                raise self._taken(label.name)

    def create_labels_of(self, labels: Labels) -> None:
        """Make those of ``labels.yml`` that are in use."""
        with self._writing() as writer:
            for entry in labels.entries:
                if entry.retired is None:
                    label = Label(entry.name, entry.color, entry.description)
                    writer.save_label(clean_label(label))

    def change_label(self, name: str, label: Label) -> None:
        """Rename, recolour or describe the label called ``name``; issues keep it."""
        old, new = clean(name), clean_label(label)
        with self._writing() as writer:
            names = self._label_names(writer, old)
            if new.name != old and new.name in names:
                raise self._taken(new.name)
            writer.change_label(old, new)

    def rename_label(self, name: str, to: str) -> None:
        """Rename the label, as a person may: its look stays."""
        there = next((label for label in self.labels() if label.name == clean(name)), Label(name))
        self.change_label(name, replace(there, name=to))

    def delete_label(self, name: str) -> None:
        """Delete a label; issues lose it, with an event."""
        with self._writing() as writer:
            self._label_names(writer, clean(name))
            writer.delete_label(clean(name))

    def exclusive(self) -> AbstractContextManager[None]:
        """Hold off other processes; does nothing in memory. Not to be nested."""
        return self._store.exclusive()

    def close(self) -> None:
        """Let go of the file, for all views of it."""
        self._store.close()

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        with self._store.writing() as connection:
            # The clock is read while no one else writes: times and order agree.
            at = reader.to_stored(self._clock())
            yield Writer(connection, self.actor, at, self.can)

    def _check(
        self,
        where: str,
        *,
        title: str | None = None,
        body: str | None = None,
        comment: str | None = None,
    ) -> None:
        check_length(f"the title of {where}", title, TITLE_LIMIT)
        check_length(f"the body of {where}", body, self.can.body_limit)
        check_length(f"the comment on {where}", comment, self.can.body_limit)

    def _number(self, writer: Writer, ref: str) -> int:
        number = number_of(ref)
        if not reader.numbered(writer.connection, [number]):
            problem = f"local tracker: {self.project} has no issue {clean(ref)}"
            raise ServiceError(problem, "ima board lists them")
        return number

    def _comment(self, writer: Writer, ref: str, comment: str) -> tuple[int, int]:
        number, found = self._number(writer, ref), comment_of(comment)
        if not reader.has_comment(writer.connection, number, found):
            problem = f"local tracker: {self.project}{ref} has no comment {clean(comment)}"
            raise ServiceError(problem, "run again: it may be gone")
        return number, found

    def _label_names(self, writer: Writer, expected: str) -> set[str]:
        names = {label.name for label in reader.labels(writer.connection)}
        if expected not in names:
            problem = f"local tracker: {self.project} has no label {expected!r}"
            raise ServiceError(problem, "check its spelling: labels are compared exactly")
        return names

    def _taken(self, name: str) -> ServiceError:
        problem = f"local tracker: {self.project} already has a label {clean(name)!r}"
        return ServiceError(problem, "change that one, or take another name")
