"""The one seam to a forge: few verbs, values in, values out.

An adapter only translates. Errors are `ServiceError`s that say which service, doing what to
which issue, why, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from automation.errors import ServiceError
from automation.model.issue import Capabilities, Draft, Fate, Happened, Head, Issue, Label, Update
from automation.stored_state.dashboard import Row


def anything(issue: Issue) -> bool:
    """Every issue is as good as another."""
    return True


def preferred(pages: Iterable[Issue], prefers: Callable[[Issue], bool]) -> Issue | None:
    """The first of the pages that ``prefers`` takes; where it takes none, the first."""
    found: Issue | None = None
    for page in pages:
        if prefers(page):
            return page
        found = found or page
    return found


class Tracker(Protocol):
    """Issues, their history, and the writes that IMA needs."""

    can: Capabilities
    project: str  # "acme/production"

    def me(self) -> str:
        """Our own account's login."""

    def left_out(self) -> Mapping[str, ServiceError]:
        """What could not be read in this run: by the reference of the issue; by @login of whom
        nobody knows what they may do; empty where nobody knows whose it is."""

    def time(self) -> datetime | None:
        """The time on the tracker's clock, to the second, as far as its answers of this run have
        told it."""

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        """Those of ``logins`` who are not members of the project."""

    def issues(
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: dict[str, Exception] | None = None,
    ) -> list[Issue]:
        """Issues with events and comments, oldest first: those of ``refs`` (unknown ones are
        left out), or all open ones and the closed ones that moved since ``closed_since``.

        What fails on one issue alone is noted in ``unreadable``, by its reference; without that,
        and where none can be read, it is raised."""

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        """What a list says of the issues that moved at ``since`` or later; without it, of all
        open ones and the closed ones that moved since ``closed_since``."""

    def fate(self, ref: str) -> Fate:
        """What became of an issue that is on no list any more. Unknown where the tracker does not
        tell whether it was deleted, or we may not see it."""

    def moved_issue(self, ref: str) -> Issue | None:
        """The issue where it was moved to be shut in, by its reference here and without its events;
        what is written to it in this run goes there. None where it is not there, or not for us to
        see."""

    def dashboard(self, prefers: Callable[[Issue], bool] = anything) -> Issue | None:
        """The issue that was opened as our dashboard, with our comments that hold its memory and
        no other history; its text only where it was read. Of several that look like it the oldest
        that ``prefers`` takes, else the oldest."""

    def dashboard_of_another(self, ours: Callable[[Issue], bool]) -> Issue | None:
        """The dashboard that ``ours`` takes, whoever opened it, where it is among the issues that
        changed last."""

    def also_us(self, accounts: Iterable[str]) -> None:
        """These accounts were ours."""

    def open(self, draft: Draft) -> str:
        """Open an issue, linked as the draft says, and return its reference."""

    def update(self, ref: str, update: Update) -> None:
        """Change labels, assignees, the due date and state in one write."""

    def unassigned(self, ref: str) -> tuple[str, ...]:
        """Logins that our writes on the issue could not assign, though they did not fail; each
        is told once."""

    def exposed(self, ref: str) -> str:
        """Why our write could not hide the issue; empty where it could. Told once."""

    def renamed(self) -> Mapping[str, str]:
        """Logins that people had, by those that they have now: the same people."""

    def show_severity(self, ref: str, severity: str) -> None:
        """Make ours the tracker's own severity of an incident, where it has one."""

    def record(self, ref: str, happened: Sequence[Happened], links: Mapping[str, str]) -> None:
        """Put on the tracker's own timeline of an incident, and among its links (text and where it
        leads), what is not there, where it has such."""

    def comment(self, ref: str, body: str) -> str:
        """Comment on the issue and return the comment's id."""

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        """Replace the text of a comment."""

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        """Replace title or body."""

    def edited_by(self, ref: str, comment: str) -> str | None:
        """Who edited a comment last; None where the tracker does not tell."""

    def description_edited_at(self, ref: str) -> datetime | None:
        """When the issue's text was edited last, where none of its events say so; else None."""

    def receipt(self, ref: str, comment: str) -> None:
        """React to a command: seen and done."""

    def link(self, ref: str, other: str) -> None:
        """Link two issues, once."""

    def labels(self) -> list[Label]:
        """The project's labels."""

    def also_ours(self, names: Collection[str]) -> None:
        """Labels of these names make an issue ours, too: they are renamed ones."""

    def label_memory(self, seen: Iterable[str]) -> Mapping[str, Row]:
        """What the dashboard is to remember of our labels, now that those of ``seen`` are on
        issues. Empty where labels are not told apart by their ids."""

    def create_label(self, label: Label) -> None: ...

    def change_label(self, name: str, label: Label) -> None:
        """Rename, recolour or describe the label called ``name``; issues keep it."""

    def delete_label(self, name: str) -> None: ...

    def exclusive(self) -> AbstractContextManager[None]:
        """Hold off other passes of IMA while one observes and applies."""

    def close(self) -> None:
        """Let go of connections and files."""
