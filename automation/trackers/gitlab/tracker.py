"""GitLab as a `Tracker`: REST v4, plain JSON in and out, one request where one will do.

Reads: `me` 1, once; the tier 1, once; `outsiders` ⌈members/100⌉, once; `heads` ⌈N/100⌉; `issues`
⌈N/100⌉ and three for each issue that matters; `dashboard` 1 where it is known.
Writes: 1 each, and one more for each link of a draft and each assignee never seen before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from itertools import chain
from time import sleep
from typing import Any
from urllib.parse import quote

from automation.doctor.gitlab import DEVELOPER, REPORTER, has_premium, role_of
from automation.errors import ServiceError
from automation.model.issue import Capabilities, Draft, Fate, Happened, Head, Issue, Label, Update
from automation.stored_state.dashboard import MEMORY, PAGE
from automation.stored_state.dashboard import Row as Remembered
from automation.trackers import anything, preferred, tokens
from automation.trackers.action_in_words import Doing
from automation.trackers.gitlab.history_merging import comment_of, login
from automation.trackers.gitlab.incident_record import IncidentRecord
from automation.trackers.gitlab.issue_reader import Reader
from automation.trackers.gitlab.labels import ProjectLabels
from automation.trackers.gitlab.merge_requests import MergeRequests
from automation.trackers.gitlab.native_incidents import NativeIncidents
from automation.trackers.gitlab.people import People
from automation.trackers.gitlab.records import issue_of
from automation.trackers.gitlab.rows import TIER
from automation.trackers.gitlab.wire import gitlab_wire
from automation.trackers.gitlab.writer import BODY_LIMIT, IssueType, Writer
from automation.trackers.list_rows import or_one_of
from automation.trackers.ordered_history import Row, as_time
from automation.trackers.refs import comment_number, number_of
from automation.trackers.unreadable import Unreadable

TOKENS = tokens.GITLAB
_CAN = Capabilities(
    tells_deleted=False,
    ordered_assignees=False,
    closing_reasons=False,
    body_limit=BODY_LIMIT,
    anchor="#note_{}",
)


class GitLabTracker:
    """Issues of ``project`` ("acme/production", whose number may be ``project_id``) at ``url``.

    Where ``one_assignee`` or ``exclusive_labels`` is None, the project is asked for its tier when
    it is needed first, and with it, for the ``timeline`` of incidents, for our ``role``. ``ours``
    tells which labels can make an issue ours: without it, the history of every issue is read.
    ``dashboard_ref``, ``dashboard_memory`` (which comment, when the issue was opened), ``members``
    (which count until ``members_until``) and ``known_labels`` are what an earlier run found out, if
    it kept them. ``native``: how
    GitLab's own incidents count. ``share`` is our part of the server's rate limit, ``patience``
    how many seconds a run waits in all.
    """

    def __init__(
        self,
        project: str,
        *,
        url: str = "https://gitlab.com",
        token: str,
        project_id: int | None = None,
        issue_type: IssueType = "issue",
        native: NativeIncidents | None = None,
        one_assignee: bool | None = None,
        exclusive_labels: bool | None = None,
        timeline: bool = False,
        role: int | None = None,
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
        ca_file: str = "",
        workers: int = 8,
        thorough: bool = False,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self.project = project
        self.dashboard_ref = dashboard_ref
        self.dashboard_memory = {**(dashboard_memory or {})}
        self._can = replace(_CAN, writers=workers)
        self._said = {"one_assignee": one_assignee, "exclusive_labels": exclusive_labels}
        self._timeline, self.role = timeline, role
        self._ours = self._by_file = ours
        self._former = set(former)  # accounts that were ours
        self.proven: set[str] = set()  # of them those that the signed dashboard told
        target = str(project_id or project)
        self._path = path = "/projects/" + quote(target, safe="")
        limits: Any = {"share": share, "patience": patience, "at_once": workers}
        limits |= {"timeout": timeout, "sleep": sleep, "ca_file": ca_file}
        self._wire = wire = gitlab_wire(url, token, **limits)
        self._people = people = People(wire, path, project, members, me, members_until, account)
        self._labels = ProjectLabels(wire, path, project, known_labels)
        self.proposals = MergeRequests(wire, path, project, people.me)
        self._reader = Reader(
            wire, path, project, people, workers=workers, thorough=thorough, native=native,
            former=self._former,
        )  # fmt: skip
        self._writer = Writer(
            wire, target, project, people, path=path, issue_type=issue_type,
            one_assignee=lambda: self.can.one_assignee)  # fmt: skip
        self._record = IncidentRecord(wire, project)

    def __repr__(self) -> str:
        return f"<GitLabTracker {self.project} at {self._wire.url}>"

    @property
    def can(self) -> Capabilities:
        """What GitLab can do: several assignees, exclusive labels and linked resources come with
        Premium, the timeline with a role."""
        if None in self._said.values() or (self._timeline and self.role is None):
            doing = Doing("asking for the tier of", self.project, writes=False)
            project = self._wire.get(doing, self._path, TIER)
            paid, self.role = has_premium(project), role_of(project)
            tier = {"one_assignee": not paid, "exclusive_labels": paid}
            self._said = {key: tier[key] if it is None else it for key, it in self._said.items()}
        one, exclusive = self._said["one_assignee"], self._said["exclusive_labels"]
        role = self.role or 0 if self._timeline else 0
        return replace(
            self._can,
            one_assignee=bool(one),
            exclusive_labels=bool(exclusive),
            timeline=role >= DEVELOPER,
            resources=role >= REPORTER and not one,
        )

    @can.setter
    def can(self, can: Capabilities) -> None:
        self._can = can
        self._said = {
            "one_assignee": can.one_assignee,
            "exclusive_labels": can.exclusive_labels,
        }

    @property
    def premium(self) -> bool | None:
        """The tier, if it was asked for: for the next run."""
        one = self._said["one_assignee"]
        return None if one is None else not one

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return self._wire.asked

    @property
    def members(self) -> frozenset[str]:
        """Logins that belong to the project, as far as was asked: for the next run."""
        return self._people.members

    @property
    def members_asked_at(self) -> datetime | None:
        """When this run asked anew who belongs, by GitLab's clock; None if it did not."""
        return self._people.asked_at

    @property
    def known_labels(self) -> frozenset[str]:
        """Names of the labels that are ours: for the next run."""
        return frozenset(self._labels.known)

    def me(self) -> str:
        """The login of the token's account."""
        return self._people.me()

    def left_out(self) -> Mapping[str, ServiceError]:
        """Rows of lists that are of no shape that we can read."""
        return self._wire.left_out

    def time(self) -> datetime | None:
        """By the `Date` of an answer. No request."""
        return self._wire.time()

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        """Those who are no members, not even of a group above, or who are blocked."""
        return self._people.outsiders(logins)

    def issues(
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: Unreadable | None = None,
    ) -> list[Issue]:
        """See `Tracker.issues`. Of all issues, those that cannot matter come without text.

        Links are those of the system notes; reactions are read only where they matter.
        """
        if refs is None:
            return self._reader.current(closed_since, self._ours, unreadable)
        iids = [iid for ref in dict.fromkeys(refs) if (iid := number_of(ref)) is not None]
        return self._reader.complete(self._reader.numbered(iids), unreadable)

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        """See `Tracker.heads`. A request for each hundred; ten thousand take 3 MB."""
        return self._reader.heads(since, closed_since)

    def moved_issue(self, ref: str) -> Issue | None:
        """None: here an issue is hidden where it is."""
        return None

    def dashboard(self, prefers: Callable[[Issue], bool] = anything) -> Issue | None:
        """See `Tracker.dashboard`. Where an earlier run found it, its memory alone is read; else
        it is looked for among all issues that we opened. GitLab's search would be one request,
        but counts against a limit of ten a minute.
        """
        page = self._known_page() or self._page(prefers)
        if page is None and self.dashboard_ref and self._people.has_another_name():
            page = self._known_page() or self._page(prefers)
        if page is None:  # a row that was left out may be it: there shall never be a second one
            self._wire.refuse_left_out()
        return page

    def _known_page(self) -> Issue | None:
        """What is known of it, and the comment that was its memory; None if that is not there."""
        iid = number_of(self.dashboard_ref)
        comment = comment_number(self.dashboard_memory.get("comment", ""))
        opened = as_time(self.dashboard_memory.get("opened_at", ""))
        note = self._reader.note(iid, comment) if iid and comment and opened else None
        if note is None or not opened or MEMORY not in (note["body"] or ""):
            return None
        memory = comment_of(note)
        if memory.author not in (self.me(), *sorted(self._former)):
            return None
        moved, ref = memory.edited_at or memory.at, self.dashboard_ref
        return Issue(ref, "", "", memory.author, opened, moved, comments=(memory,))

    def _page(self, prefers: Callable[[Issue], bool]) -> Issue | None:
        accounts = (self.me(), *sorted(self._former))
        known = number_of(self.dashboard_ref)
        lists = (self._reader.rows(author_username=account) for account in accounts)
        rows = chain(self._reader.numbered([known]) if known else (), *lists)
        pages = (issue_of(row) for row in rows if self._is_dashboard(row, accounts))
        page = preferred(pages, prefers)
        return self._with_memory(page) if page else None

    def _with_memory(self, page: Issue) -> Issue:
        """The issue with our comments that hold its memory; the next run knows the first."""
        notes = (comment_of(note) for note in self._reader.notes(page.ref))
        ours = tuple(c for c in notes if c.author == page.author and MEMORY in c.body)
        self.dashboard_ref = page.ref
        self.dashboard_memory = {"opened_at": page.opened_at.isoformat()}
        self.dashboard_memory |= {"comment": ours[0].id} if len(ours) == 1 else {}
        return replace(page, comments=ours)

    def _is_dashboard(self, row: Row, accounts: Collection[str]) -> bool:
        """Ours, marked, and no issue of the process: those have labels of ours."""
        marked = PAGE in (row["description"] or "")
        ours = self._ours and any(map(self._ours, row["labels"]))
        return marked and login(row["author"]) in accounts and not ours

    def dashboard_of_another(self, ours: Callable[[Issue], bool]) -> Issue | None:
        """See `Tracker.dashboard_of_another`. A request for each hundred, of a thousand."""
        rows = (r for r in self._reader.moved_last() if PAGE in (r["description"] or ""))
        page = next(filter(ours, map(issue_of, rows)), None)
        return self._with_memory(page) if page else None

    def also_us(self, accounts: Iterable[str]) -> None:
        """These accounts were ours: what they wrote is read as ours is."""
        self.proven |= set(accounts)
        self._former |= self.proven

    def open(self, draft: Draft) -> str:
        """Open an issue, linked as the draft says, and return its reference."""
        ref = self._writer.open(draft)
        if draft.dashboard and (now := self.time()):
            self.dashboard_ref, self.dashboard_memory = ref, {"opened_at": now.isoformat()}
        return ref

    def update(self, ref: str, update: Update) -> None:
        """Change labels, assignees and state in one request."""
        self._writer.update(ref, update)

    def fate(self, ref: str) -> Fate:
        """GitLab answers alike for what is deleted and for what our token may not see; what is
        moved stays where it was."""
        return "here" if self._reader.numbered([self._writer.iid(ref)]) else "unknown"

    def unassigned(self, ref: str) -> tuple[str, ...]:
        """Whom GitLab left out, without saying so: no such account, blocked, or kept out."""
        return tuple(self._writer.dropped.pop(ref, ()))

    def exposed(self, ref: str) -> str:
        """Nothing: what shall be hidden is."""
        return ""

    def renamed(self) -> dict[str, str]:
        """Logins that accounts had, as far as an earlier run saw them: what each is now."""
        return self._people.renamed

    def show_severity(self, ref: str, severity: str) -> None:
        """Choose GitLab's own severity of an incident."""
        self._writer.show_severity(ref, severity)

    def record(self, ref: str, happened: Sequence[Happened], links: Mapping[str, str]) -> None:
        """On the incident's timeline, and among its linked resources."""
        iid = self._writer.iid(ref)
        number = self._reader.ids.get(iid)
        if number is None:
            number = next((row.get("id") for row in self._reader.numbered([iid])), None)
        if number is not None:
            self._record.keep(ref, number, happened, links)

    def comment(self, ref: str, body: str) -> str:
        """Comment on the issue and return the comment's id."""
        made = self._writer.comment(ref, body)
        if ref == self.dashboard_ref and MEMORY in body:
            self.dashboard_memory["comment"] = made
        return made

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        """Replace the text of a comment."""
        self._writer.edit_comment(ref, comment, body)

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        """Replace title or body."""
        self._writer.edit(ref, title, body)

    def edited_by(self, ref: str, comment: str) -> str | None:
        """As GraphQL tells. One request."""
        return self._reader.editor(ref, comment)

    def description_edited_at(self, ref: str) -> datetime | None:
        """The events say so."""
        return None

    def receipt(self, ref: str, comment: str) -> None:
        """React to a command with a check mark, once."""
        self._writer.receipt(ref, comment)

    def link(self, ref: str, other: str) -> None:
        """Link two issues, once. An issue is not linked to itself."""
        self._writer.link(ref, other)

    def labels(self) -> list[Label]:
        """The labels of the project and, never ours, those of its groups, by name."""
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
        """Delete a label of the project; issues lose it."""
        self._labels.delete(name)

    def exclusive(self) -> AbstractContextManager[None]:
        """Nothing: `resource_group` in .gitlab-ci.yml keeps passes apart."""
        return nullcontext()

    def close(self) -> None:
        """Let go of the connections."""
        self._wire.close()
