"""GitHub as a `Tracker`: REST, plain JSON in and out, one request where one will do.

Reads: `me` 1, once; `outsiders` 1 for each stranger, or ⌈collaborators/100⌉; `heads` ⌈N/100⌉;
`issues` two for each that matters; `dashboard` 1 where its reference is known. Writes: labels that
come 1, assignees and state 1, each label that goes 1, a comment 1, a card 1.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain, product
from time import sleep
from typing import Any

from automation.errors import ServiceError
from automation.model.issue import (
    Capabilities,
    Comment,
    Draft,
    Fate,
    Happened,
    Head,
    Issue,
    Label,
    Update,
)
from automation.stored_state.dashboard import MEMORY, PAGE, is_told_by
from automation.stored_state.dashboard import Row as Remembered
from automation.trackers import anything, preferred, tokens
from automation.trackers.github.commit_status import CommitStatuses
from automation.trackers.github.history_merging import comment_of, login
from automation.trackers.github.issue_reader import READS, Reader
from automation.trackers.github.labels import RepositoryLabels
from automation.trackers.github.people import People
from automation.trackers.github.pull_requests import PullRequests
from automation.trackers.github.records import issue_of, labels
from automation.trackers.github.teams import Teams
from automation.trackers.github.wire import github_wire
from automation.trackers.github.writer import BODY_LIMIT, Writer
from automation.trackers.list_rows import or_one_of
from automation.trackers.ordered_history import Row
from automation.trackers.refs import comment_number, number_of
from automation.trackers.unreadable import Unreadable

TOKENS = tokens.GITHUB
_READING = 0.6  # of our share of the hour; the rest is for what is written then
_CAN = Capabilities(
    ordered_assignees=False,
    confidential=False,
    due_dates=False,
    locks=True,
    body_limit=BODY_LIMIT,
    anchor="#issuecomment-{}",
)


class GitHubTracker:
    """Issues of the repository ``project`` ("acme/production"), by the API at ``url``.

    ``ours`` tells which labels can make an issue ours: without it, the history of every issue is
    read. ``dashboard_ref``, ``dashboard_memory`` (which comment, and its text), ``me``,
    ``members``, ``strangers`` (both count until ``members_until``) and ``known_labels`` are what an
    earlier run found out, if it kept them. ``share`` is our part of the token's hourly requests,
    ``patience`` how many seconds a run waits in all, ``pace`` how many are between writes that are
    more than a few, ``workers`` how many requests are made at once.
    Security incidents are moved to the repository ``private`` ("acme/security"), if it is named;
    where that is ``project`` itself, and private, they stay as they are. ``issue_type`` "incident":
    incidents are opened with the organisation's type of that name. ``dependencies``: what waits for
    an issue is shown as blocked by it.
    """

    def __init__(
        self,
        project: str,
        *,
        url: str = "https://api.github.com",
        token: str,
        ours: Callable[[str], bool] | None = None,
        dashboard_ref: str = "",
        dashboard_memory: Mapping[str, str] | None = None,
        me: str = "",
        account: str = "",
        former: Iterable[str] = (),
        members: Iterable[str] | None = None,
        members_until: datetime | None = None,
        known_labels: Iterable[str] = (),
        share: float = 0.5,
        patience: float = 300.0,
        timeout: float = 30.0,
        pace: float = 1.0,
        workers: int = 8,
        thorough: bool = False,
        private: str = "",
        strangers: Iterable[str] = (),
        issue_type: str = "issue",
        dependencies: bool = False,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self.project = project
        self.dashboard_ref = dashboard_ref
        self.dashboard_memory = {**(dashboard_memory or {})}
        self._can = replace(_CAN, writers=workers)
        self._ours = self._by_file = ours
        self._former = set(former)  # accounts that were ours
        self.proven: set[str] = set()  # of them those that the signed dashboard told
        path = f"/repos/{project}"
        limits: Any = {"share": share, "patience": patience, "at_once": workers, "apart": pace}
        self._wire = wire = github_wire(url, token, timeout=timeout, sleep=sleep, **limits)
        self._people = people = People(
            wire, path, project, token, members, me, account, strangers, members_until
        )
        self._labels = RepositoryLabels(wire, path, project, known_labels)
        rest = partial(_rest, sleep, pace)
        self._teams = Teams(wire)
        self.statuses = CommitStatuses(wire, path, project)
        self.proposals = PullRequests(wire, path, project, people.me)
        self._writer = Writer(
            wire, path, project, people, private, rest, issue_type == "incident", dependencies
        )
        self._reader = Reader(
            wire, path, project, people, self._writer, workers=workers, thorough=thorough
        )

    @property
    def can(self) -> Capabilities:
        """What GitHub can do, and how much of it we may still ask for."""
        left = min(self._wire.room(_READING) / READS, self._can.room)
        hiding = self._writer.hiding
        locks = self._can.locks and not hiding.is_home
        return replace(self._can, room=int(left), locks=locks, moves=hiding.moves)

    @can.setter
    def can(self, can: Capabilities) -> None:
        self._can = can

    def __repr__(self) -> str:
        return f"<GitHubTracker {self.project} at {self._wire.url}>"

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return self._wire.asked

    @property
    def members(self) -> frozenset[str]:
        """Logins that belong to the project, as far as was asked: for the next run."""
        return self._people.members

    @property
    def strangers(self) -> list[str]:
        """Logins that do not belong to it, as far as was asked: for the next run."""
        return self._people.strangers

    @property
    def members_asked_at(self) -> datetime | None:
        """When this run asked anew who belongs, by GitHub's clock; None if it did not."""
        return self._people.asked_at

    @property
    def known_labels(self) -> frozenset[str]:
        """Names of the labels that are ours: for the next run."""
        return frozenset(self._labels.known)

    def me(self) -> str:
        """The login of the token's account; that of a job's own is github-actions[bot]."""
        return self._people.me()

    def left_out(self) -> Mapping[str, ServiceError]:
        """Rows of lists that are of no shape that we can read, and what people may do."""
        return {**self._wire.left_out, **self._people.left_out}

    def time(self) -> datetime | None:
        """By the `Date` of an answer. No request."""
        return self._wire.time()

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        """Those who may not triage the repository, nor read it where it is private."""
        return self._people.outsiders(logins)

    def team(self, name: str) -> tuple[str, ...]:
        """Logins of who is in the team "acme/oncall". One request, once."""
        return self._teams.members(name)

    def issues(
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: Unreadable | None = None,
    ) -> list[Issue]:
        """See `Tracker.issues`. Of all issues, those that cannot matter come without text."""
        if refs is None:
            return self._reader.current(closed_since, self._ours, unreadable)
        numbers = [n for ref in dict.fromkeys(refs) if (n := number_of(ref)) is not None]
        return self._reader.numbered(numbers, unreadable)

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        """See `Tracker.heads`. A request for each hundred; ten thousand take 3 MB."""
        return self._reader.heads(since, closed_since)

    def moved_issue(self, ref: str) -> Issue | None:
        """The issue in the private repository, if that is where it went."""
        path = self._writer.hiding.follow(self._writer.number(ref))
        return self._reader.elsewhere(ref, path) if path else None

    def dashboard(self, prefers: Callable[[Issue], bool] = anything) -> Issue | None:
        """See `Tracker.dashboard`. Looked for at ``dashboard_ref``, with what moved last; if it is
        not there, among all issues that we opened; where there seems to be none, once more. Where
        it says that its memory is as the run before knew it, that is not read again.
        """
        page = self._page(prefers)
        if page is None and self.dashboard_ref and self._people.has_another_name():
            page = self._page(prefers)
        if page is None:  # a row that was left out may be it: there shall never be a second one
            self._wire.refuse_left_out()
        return page

    def _page(self, prefers: Callable[[Issue], bool]) -> Issue | None:
        accounts, known = (self.me(), *sorted(self._former)), number_of(self.dashboard_ref)
        if known:
            self._reader.list_last_moved()
        row = self._reader.row(known) if known else None
        if row and self._is_ours(row, accounts) and (page := self._known_page(row)):
            return page
        states = ("open", "closed", "all")  # of a job's own account, most are closed
        lists = (
            self._reader.rows(once=True, state=state, creator=account)
            for account, state in product(accounts, states)
        )
        rows = chain([row] if row else [], *lists)
        pages = (issue_of(row) for row in rows if self._is_dashboard(row, accounts))
        page = preferred(pages, prefers)
        return self._with_memory(page) if page else None

    def _known_page(self, row: Row) -> Issue | None:
        """The issue with the comment that was its memory; None if that is not there."""
        page, known = issue_of(row), self.dashboard_memory
        number = comment_number(known.get("comment", ""))
        text = known.get("text", "")
        if number and text and is_told_by(page.body, text):
            memory = Comment(str(number), page.updated_at, page.author, text)
            return replace(page, comments=(memory,))
        found = self._reader.comment(page.ref, number) if number else None
        if found is None or MEMORY not in (found["body"] or ""):
            return None
        memory = comment_of(found)
        return self._remembering(page, [memory]) if memory.author == page.author else None

    def _with_memory(self, page: Issue) -> Issue:
        """The issue with our comments that hold its memory."""
        said = map(comment_of, self._reader.comments(page.ref))
        return self._remembering(
            page, [c for c in said if c.author == page.author and MEMORY in c.body]
        )

    def _remembering(self, page: Issue, memory: Sequence[Comment]) -> Issue:
        """The issue with these comments; the next run knows what this one has seen."""
        self.dashboard_ref, self.dashboard_memory = page.ref, {}
        if len(memory) == 1:
            self.dashboard_memory = {"comment": memory[0].id, "text": memory[0].body}
        return replace(page, comments=tuple(memory))

    def _is_dashboard(self, row: Row, accounts: Collection[str]) -> bool:
        """Ours, and marked."""
        return PAGE in (row["body"] or "") and self._is_ours(row, accounts)

    def _is_ours(self, row: Row, accounts: Collection[str]) -> bool:
        """Opened by us, and no issue of the process: those have labels of ours."""
        ours = self._ours and any(map(self._ours, labels(row)))
        return login(row["user"]) in accounts and not ours

    def dashboard_of_another(self, ours: Callable[[Issue], bool]) -> Issue | None:
        """See `Tracker.dashboard_of_another`. A request for each hundred, of a thousand."""
        rows = (row for row in self._reader.moved_last() if PAGE in (row["body"] or ""))
        page = next(filter(ours, map(issue_of, rows)), None)
        return self._with_memory(page) if page else None

    def also_us(self, accounts: Iterable[str]) -> None:
        """These accounts were ours: what they wrote is read as ours is."""
        self.proven |= set(accounts)
        self._former |= self.proven

    def open(self, draft: Draft) -> str:
        """Open an issue, linked as the draft says, and return its reference."""
        ref = self._writer.open(draft)
        if draft.dashboard:
            self.dashboard_ref, self.dashboard_memory = ref, {}
        return ref

    def update(self, ref: str, update: Update) -> None:
        """Change labels, assignees and state, in as few requests as GitHub allows."""
        self._writer.update(ref, update)

    def fate(self, ref: str) -> Fate:
        """By the answer for the issue itself: 410 of what is deleted, 301 of what is moved."""
        return self._reader.fate(self._writer.number(ref))

    def unassigned(self, ref: str) -> tuple[str, ...]:
        """Who cannot be assigned, and whom GitHub left out without saying so."""
        return tuple(self._writer.dropped.pop(ref, ()))

    def exposed(self, ref: str) -> str:
        """Why a security incident could only be locked, though a private repository is named."""
        return self._writer.hiding.left.pop(ref, "")

    def switched_off_at(self) -> datetime | None:
        """When GitHub switches the schedule of the repository off, if it will."""
        return self._people.switched_off_at()

    def renamed(self) -> dict[str, str]:
        """Nobody: all that is read says what an account is called now."""
        return {}

    def show_severity(self, ref: str, severity: str) -> None:
        """Nothing: here only the label says it."""

    def record(self, ref: str, happened: Sequence[Happened], links: Mapping[str, str]) -> None:
        """Nothing: here only the history tells what happened."""

    def comment(self, ref: str, body: str) -> str:
        """Comment on the issue and return the comment's id."""
        made = self._writer.comment(ref, body)
        self._note_memory(ref, made, body)
        return made

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        """Replace the text of a comment."""
        self._writer.edit_comment(ref, comment, body)
        self._note_memory(ref, comment, body)

    def _note_memory(self, ref: str, comment: str, body: str) -> None:
        if ref == self.dashboard_ref and MEMORY in body:
            self.dashboard_memory = {"comment": comment, "text": body}

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        """Replace title or body."""
        self._writer.edit(ref, title, body)

    def edited_by(self, ref: str, comment: str) -> str | None:
        """By GitHub's history of the comment. Two requests."""
        return self._reader.editor(ref, comment)

    def description_edited_at(self, ref: str) -> datetime | None:
        """As GraphQL tells. One request."""
        return self._reader.description_edited_at(ref)

    def receipt(self, ref: str, comment: str) -> None:
        """React to a command with eyes, once."""
        self._writer.receipt(ref, comment)

    def link(self, ref: str, other: str) -> None:
        """Link two issues, once. An issue is not linked to itself."""
        self._writer.link(ref, other)

    def labels(self) -> list[Label]:
        """The labels of the repository, by name."""
        return self._labels.all()

    def also_ours(self, names: Collection[str]) -> None:
        """Labels of these names make an issue ours, too."""
        if self._by_file:
            self._ours = or_one_of(names, self._by_file)

    def label_memory(self, seen: Iterable[str]) -> Mapping[str, Remembered]:
        """Nothing: see `NamedLabels`."""
        return {}

    def create_label(self, label: Label) -> None:
        """Make a label of a new name."""
        self._labels.create(label)

    def change_label(self, name: str, label: Label) -> None:
        """Rename, recolour or describe the label called ``name``; issues keep it."""
        self._labels.change(name, label)

    def delete_label(self, name: str) -> None:
        """Delete a label of the repository; issues lose it."""
        self._labels.delete(name)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """`concurrency` in the workflow keeps passes apart; at the end of one what a killed one
        had to unlock is locked again."""
        yield
        self._writer.locks.lock_again()

    def close(self) -> None:
        """Let go of the connections."""
        self._wire.close()


def _rest(sleep: Callable[[float], None], pace: float, paces: float) -> None:
    if seconds := pace * paces:
        sleep(seconds)
