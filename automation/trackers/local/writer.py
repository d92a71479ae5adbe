"""The writes of the local tracker: each leaves the event that a forge would leave."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from datetime import date
from typing import Literal

from automation.model.issue import Capabilities, Draft, EventKind, Label
from automation.records import dataclass
from automation.trackers.local.text import HIDDEN, LOCKED

CloseReason = Literal["", "duplicate", "not planned", "completed"]

GREY = "ededed"  # of a label that somebody just uses, as on GitHub


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes in a transaction, and when. Issues are numbers that exist; texts are clean."""

    connection: sqlite3.Connection
    actor: str
    at: int
    can: Capabilities

    def open(self, draft: Draft, number: int) -> None:
        """Open the issue as ``number``, without its links."""
        self._run(
            "INSERT INTO issue (number, title, body, author, opened_at, updated_at, confidential,"
            " due) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            number,
            draft.title,
            draft.body,
            self.actor,
            self.at,
            self.at,
            draft.confidential and self.can.confidential,
            draft.due.isoformat() if draft.due and self.can.due_dates else None,
        )
        self.relabel(number, draft.labels, ())
        self.assign(number, draft.assignees)

    def relabel(self, number: int, added: Collection[str], removed: Iterable[str]) -> None:
        """Add and remove labels; of exclusive ones the last added stays."""
        rows = self._run("SELECT label FROM labelled WHERE issue = ?", number)
        before = [label for (label,) in rows]
        after = set(before) - set(removed)
        for label in added:
            after = self._without_rivals(after, label) | {label}
        for label in sorted(set(before) - after):
            self._run("DELETE FROM labelled WHERE issue = ? AND label = ?", number, label)
            self._record(number, "unlabelled", label)
        for label in [name for name in dict.fromkeys(added) if name in after - set(before)]:
            self.save_label(Label(label, GREY, ours=False))
            self._run("INSERT INTO labelled VALUES (?, ?)", number, label)
            self._record(number, "labelled", label)

    def _without_rivals(self, labels: set[str], label: str) -> set[str]:
        key, separator, _ = label.rpartition("::")
        if not (self.can.exclusive_labels and separator):
            return labels
        return {name for name in labels if name.rpartition("::")[:2] != (key, separator)}

    def assign(self, number: int, logins: Iterable[str]) -> None:
        """Make ``logins`` the assignees, in this order, as many as the tracker can have."""
        after = list(dict.fromkeys(logins))[: 1 if self.can.one_assignee else None]
        rows = self._run("SELECT login FROM assigned WHERE issue = ? ORDER BY place", number)
        before = [login for (login,) in rows]
        if after == before:
            return
        self._run("DELETE FROM assigned WHERE issue = ?", number)
        for place, login in enumerate(after):
            self._run("INSERT INTO assigned VALUES (?, ?, ?)", number, place, login)
        for login in [login for login in before if login not in after]:
            self._record(number, "unassigned", login)
        for login in [login for login in after if login not in before]:
            self._record(number, "assigned", login)
        self._touch(number)  # a new order leaves no event, but it is a change

    def set_closed(self, number: int, closed: bool, reason: CloseReason = "") -> None:
        """Close or reopen, if it is not so already."""
        change = "UPDATE issue SET closed = ? WHERE number = ? AND closed <> ?"
        if self._run(change, closed, number, closed).rowcount:
            self._record(number, "closed" if closed else "reopened", reason)

    def move(self, number: int) -> None:
        """It goes on elsewhere."""
        self._record(number, "moved", "")
        self.set_closed(number, True)

    def delete(self, number: int) -> None:
        """The issue, and what stands on it."""
        told = "DELETE FROM receipt WHERE comment IN (SELECT seq FROM history WHERE issue = ?)"
        self._run(told, number)
        self._run("DELETE FROM linked WHERE issue = ? OR other = ?", number, number)
        self._run("DELETE FROM labelled WHERE issue = ?", number)
        self._run("DELETE FROM assigned WHERE issue = ?", number)
        self._run("DELETE FROM history WHERE issue = ?", number)
        self._run("DELETE FROM issue WHERE number = ?", number)

    def set_confidential(self, number: int, hidden: bool) -> None:
        """Show the issue to members only, or to everybody; a forge leaves no event either. As one
        that hides nothing it locks it."""
        change = "UPDATE issue SET confidential = ? WHERE number = ? AND confidential <> ?"
        level = HIDDEN if self.can.confidential else LOCKED if self.can.locks else 0
        level = level if hidden else 0
        if self._run(change, level, number, level).rowcount:
            self._touch(number)

    def set_due(self, number: int, due: date) -> None:
        """Set the due date where the tracker has one; a forge leaves no event that we read."""
        change = "UPDATE issue SET due = ? WHERE number = ? AND due IS NOT ?"
        day = due.isoformat()
        if self.can.due_dates and self._run(change, day, number, day).rowcount:
            self._touch(number)

    def edit_title(self, number: int, title: str) -> None:
        """Replace the title, if it differs."""
        change = "UPDATE issue SET title = ? WHERE number = ? AND title <> ?"
        if self._run(change, title, number, title).rowcount:
            self._record(number, "edited", "title")

    def edit_body(self, number: int, body: str) -> None:
        """Replace the body, if it differs."""
        change = "UPDATE issue SET body = ? WHERE number = ? AND body <> ?"
        if self._run(change, body, number, body).rowcount:
            self._record(number, "edited", "body")

    def comment(self, number: int, body: str) -> int:
        """Comment, and return the comment's place in the order of all acts."""
        return self._record(number, "comment", body)

    def edit_comment(self, number: int, comment: int, body: str) -> None:
        """Replace the text of a comment, if it differs."""
        change = (
            "UPDATE history SET text = ?, edited_at = ?, editor = ? WHERE seq = ? AND text <> ?"
        )
        if self._run(change, body, self.at, self.actor, comment, body).rowcount:
            self._touch(number)

    def react(self, comment: int) -> None:
        """Put the actor's reaction on a comment. It does not move the issue, as on GitLab."""
        if self.can.receipts:
            add = "INSERT OR IGNORE INTO receipt VALUES (?, ?, ?)"
            self._run(add, comment, self.actor, self.at)

    def link(self, number: int, other: int) -> None:
        """Link two issues in both directions, once; never an issue to itself."""
        if number == other or not self.can.links:
            return
        for one, two in ((number, other), (other, number)):
            if self._run("INSERT OR IGNORE INTO linked VALUES (?, ?)", one, two).rowcount:
                self._touch(one)

    def save_label(self, label: Label) -> bool:
        """Make a label; False if there is one of this name, which stays as it is."""
        if self._run("SELECT 1 FROM label WHERE name = ?", label.name).fetchone():
            return False
        number = self._run("INSERT INTO label_number (name) VALUES (?)", label.name).lastrowid
        self._run(
            "INSERT INTO label VALUES (?, ?, ?, ?, ?)",
            label.name,
            label.color,
            label.description,
            label.ours,
            number,
        )
        return True

    def change_label(self, name: str, label: Label) -> None:
        """Rename, recolour or describe a label; the issues follow by the foreign key."""
        self._run(
            "UPDATE label SET name = ?, color = ?, description = ?, ours = ? WHERE name = ?",
            label.name,
            label.color,
            label.description,
            label.ours,
            name,
        )

    def delete_label(self, name: str) -> None:
        """Take a label from all issues, then delete it. As on a forge that leaves no event: nobody
        has acted on these issues."""
        rows = self._run("SELECT issue FROM labelled WHERE label = ?", name).fetchall()
        for (number,) in rows:
            self._run("DELETE FROM labelled WHERE issue = ? AND label = ?", number, name)
            self._touch(number)
        self._run("DELETE FROM label WHERE name = ?", name)

    def _record(self, number: int, kind: EventKind | Literal["comment"], text: str) -> int:
        act = self._run(
            "INSERT INTO history (issue, at, actor, kind, text) VALUES (?, ?, ?, ?, ?)",
            number,
            self.at,
            self.actor,
            kind,
            text,
        )
        self._touch(number)
        assert act.lastrowid is not None
        return act.lastrowid

    def _touch(self, number: int) -> None:
        # Never back, whatever the clocks of several machines say: sweeps rely on it.
        change = "UPDATE issue SET updated_at = max(updated_at, ?) WHERE number = ?"
        self._run(change, self.at, number)

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self.connection.execute(statement, values)
