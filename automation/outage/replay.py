"""``ima replay``: carrying issues from one tracker into another, with what happened to them.

First what is carried, as drafts and histories (pure), then reading, finding what is there already
and writing the rest. The order of the writes survives a kill anywhere: issues are opened first,
each with the marker by which the next run finds it; then, one by one, links, the end, and the
comment that makes it whole. Until that comment is there a pass leaves the issue alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from automation.changes.comments import WriteCard
from automation.history.command_parsing import MOST_COMMANDS, command_lines
from automation.model.incident import Fact, Incident, unassignable
from automation.model.issue import Capabilities, Comment, Draft, Issue, Update
from automation.model.secrecy import shown_title
from automation.planning.incident_view import time_in_words
from automation.planning.plan import Snapshot, by_ref
from automation.policy.planning_input import Context
from automation.reconcile.apply import World, apply
from automation.reconcile.observe import observe
from automation.reconcile.one_pass import Run
from automation.records import dataclass
from automation.stored_state.card import short_digest
from automation.stored_state.carried_history import (
    REPLAYED,
    History,
    history_mark,
    with_carried_history,
)
from automation.text.escaping import (
    ZERO_WIDTH_SPACE,
    escape_inline,
    mark,
    marker_in,
    unmarked,
    without_mentions,
)
from automation.trackers import Tracker

# An issue that others refer to is carried over before them.
_ORDER_OF_KINDS = ("incident", "maintenance", "other", "review", "action")
_MARKERS_OF_OURS = (
    "review",
    "action",
)  # kept, beside `declared`, where our account opened the issue
_LONGEST_COMMENT = 1000  # characters of a person's comment in the timeline
_LONGEST_OF_OURS = 120  # and of a comment of IMA's
_EVENT_IN_WORDS = {
    "labelled": "put on {}",
    "unlabelled": "took off {}",
    "assigned": "assigned {}",
    "unassigned": "unassigned {}",
    "closed": "closed it {}",
    "reopened": "reopened it",
    "edited": "edited the {}",
}
_COMMAND = re.compile(r"^((?:[^\S\n]|>)*)/", re.MULTILINE)
_BEGIN_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_SKEW = timedelta(days=1)  # between the clocks of two trackers


@dataclass(frozen=True, slots=True)
class CarriedIssue:
    """One issue to be carried over, and the incident that it was on its old tracker."""

    issue: Issue
    incident: Incident

    @property
    def source(self) -> str:
        """A fingerprint that tells it from any other issue, wherever the old tracker's file is
        moved to; the new issue remembers it."""
        issue = self.issue
        return short_digest([issue.ref, issue.opened_at.isoformat(), issue.author])


@dataclass(frozen=True, slots=True)
class NewNames:
    """What people, issues and the project of the old tracker are called on the new one."""

    project: str  # of the new tracker
    me: str  # our account on the new tracker
    old_me: str  # our account on the old one
    refs: Mapping[str, str]  # new reference by old one, of what was carried over so far
    all: frozenset[str]  # every reference of the old tracker

    def person(self, login: str | None) -> str | None:
        """The login of the same person on the new tracker: only our own account has another."""
        return self.me if login == self.old_me else login

    def text(self, text: str) -> str:
        """People's words, in which a reference means the same issue as before. One to an issue
        that is not carried over is made no reference."""

        def new_ref(found: re.Match[str]) -> str:
            ref = found[0]
            not_carried = f"#{ZERO_WIDTH_SPACE}{ref[1:]}" if ref in self.all else ref
            return self.refs.get(ref, not_carried)

        return re.sub(r"(?<![\w&/#])#\d+\b", new_ref, text.replace(f"{self.project}#", "#"))


def issues_to_carry(issues: Iterable[Issue], judged: Mapping[str, Incident]) -> list[CarriedIssue]:
    """Which issues are carried over: incidents, reviews, actions and near misses, in this order."""
    known = [CarriedIssue(issue, judged[issue.ref]) for issue in issues if issue.ref in judged]
    ours = (
        carried
        for carried in known
        if carried.incident.kind != "other" or carried.incident.near_miss
    )
    return sorted(ours, key=lambda c: (_ORDER_OF_KINDS.index(c.incident.kind), by_ref(c.issue.ref)))


def draft_of_carried(
    carried: CarriedIssue, names: NewNames, ctx: Context, can: Capabilities
) -> Draft:
    """The issue for the new tracker: as it is now, with all that happened as a table."""
    issue = carried.issue
    where = f"*Carried over by `ima replay`; it was #{ZERO_WIDTH_SPACE}{issue.ref[1:]} there.*"
    head = (
        f"{_escaped_body(issue.body, names)}\n\n## Timeline\n\n{where}\n\n| When | Who | What |\n"
    )
    marks = "\n".join(_markers(carried, names))
    characters = can.body_limit - len(head) - len(marks) - 1000  # left for the table
    table = _timeline_table(carried, names, ctx, characters)
    return Draft(
        without_mentions(issue.title),
        f"{head}| --- | --- | --- |\n{table}\n\n{marks}\n",
        tuple(sorted(issue.labels)),
        tuple(names.person(login) or login for login in issue.assignees),
        carried.incident.confidential,
        issue.due,
        incident=ctx.policy.labels.name("incident") in issue.labels,
    )


def _escaped_body(body: str, names: NewNames) -> str:
    """The body, still as Markdown, but so that it mentions nobody, starts no quick action and hides
    no text from people."""
    text = unmarked(body).replace("\r", "").replace("<", "&lt;").rstrip()
    text = without_mentions(text)
    return names.text(_COMMAND.sub(rf"\1{ZERO_WIDTH_SPACE}/", text))


def _markers(carried: CarriedIssue, names: NewNames) -> Iterator[str]:
    """The markers that the new body keeps, with new references, and the one of this replay."""
    issue = carried.issue
    kinds = ("declared", *(_MARKERS_OF_OURS if issue.author == names.old_me else ()))
    for kind in kinds:
        if data := marker_in(kind, issue.body):
            known = {k: names.refs.get(v, v) if isinstance(v, str) else v for k, v in data.items()}
            yield mark(kind, known)
    declared = carried.incident.declared_at or issue.opened_at
    data = {"from": carried.source, "declared_at": declared.isoformat()}
    yield mark(REPLAYED, data | {"by": carried.incident.author or ""})


def _timeline_table(carried: CarriedIssue, names: NewNames, ctx: Context, characters: int) -> str:
    """The rows of the timeline's table, as many as fit in so many ``characters``."""
    lines: list[str] = []
    rows = _timeline_rows(carried, names)
    for number, (at, who, what) in enumerate(rows):
        words = escape_inline(what, _LONGEST_OF_OURS if who == names.me else _LONGEST_COMMENT)
        cells = time_in_words(at, ctx), escape_inline(who or "somebody"), names.text(words)
        line = f"| {' | '.join(cells)} |"
        characters -= len(line) + 1
        if characters < 0:
            return "\n".join([*lines, f"| | | {len(rows) - number} more; the file has them |"])
        lines.append(line)
    return "\n".join(lines)


def _timeline_rows(
    carried: CarriedIssue, names: NewNames
) -> list[tuple[datetime, str | None, str]]:
    """All that happened, in order: when, who, what. IMA's card is left out: the new issue gets
    one."""
    issue = carried.issue
    rows = [(issue.opened_at, -1, carried.incident.author, "opened it")]
    for event in issue.events:
        did = _EVENT_IN_WORDS.get(event.kind, f"{event.kind} {{}}").format(event.subject).strip()
        rows.append((event.at, event.order, event.actor, did))
    for comment in issue.comments:
        if comment.author != names.old_me or "<!-- ima:card " not in comment.body:
            rows.append((comment.at, comment.order, comment.author, unmarked(comment.body)))
    ordered = sorted(rows, key=lambda row: row[:2])
    return [(at, names.person(who), what) for at, _, who, what in ordered]


def history_body(carried: CarriedIssue, names: NewNames, missed: Iterable[str] = ()) -> str:
    """The comment that holds the old history. It is written last, when all that it refers to is
    there: an issue with it is carried over. ``missed`` are people whom the tracker could not
    assign."""
    text = "Carried over. The card and the clocks go on from the times of the timeline."
    history = _history_of(carried, names)
    history = replace(history, said=history.said | {unassignable(login) for login in missed})
    return f"{text}\n\n{history_mark(history)}\n"


def _history_of(carried: CarriedIssue, names: NewNames) -> History:
    issue, incident = carried.issue, carried.incident
    ids = {event.id for event in issue.events} | {comment.id for comment in issue.comments}

    def with_new_refs(text: str) -> str:
        """A key of IMA's, such as that of a page, with the new ids and references in it."""
        text = names.refs.get(text, text)
        text = re.sub(
            r"(?<![^:])[ec]\d+(?=$|[/@:])",
            lambda found: f"replay/{found[0]}" if found[0] in ids else found[0],
            text,
        )
        new = f"{names.project}{names.refs[issue.ref]}"
        return re.sub(rf"(?<![^:])[^\s:#]+{issue.ref}(?=$|:)", lambda _found: new, text)

    def fact(known: Fact) -> Fact:
        who, by = names.person(known.who), names.person(known.by)
        new_by = names.refs.get(by or "", by or "")
        told = "" if known.kind == "announced" else known.text  # what was announced stays as it is
        return replace(
            known,
            who=who or "",
            by=new_by,
            of=with_new_refs(known.of),
            what=with_new_refs(known.what),
            text=told,
        )

    return History(
        author=names.person(issue.author),
        opened_at=issue.opened_at,
        tracked=incident.tracked,
        events=tuple(
            replace(
                event,
                id=f"replay/{event.id}",
                actor=names.person(event.actor),
                subject=names.person(event.subject) or "",
            )
            for event in issue.events
        ),
        comments=tuple(
            replace(comment, id=f"replay/{comment.id}", body=_commands_of(comment))
            for comment in issue.comments
            if comment.author != names.old_me
        ),
        facts=tuple(fact(known) for known in incident.facts),
        said=frozenset(with_new_refs(key) for key in incident.said),
        labels_set=incident.labels_set,
    )


def _commands_of(comment: Comment) -> str:
    """What of a comment's words the history needs: its commands."""
    lines = list(command_lines(comment.body))[:MOST_COMMANDS]
    return "\n".join(f"/ima {line}" for line in lines)


@dataclass(frozen=True, slots=True)
class ReplayedIssue:
    """What becomes of one issue of the old tracker."""

    was: str  # its reference on the old tracker
    title: str
    state: str  # of an incident; else "open" or "closed"
    ref: str = ""  # its reference on the new tracker; empty: none yet
    whole: bool = False  # an earlier run has carried it over already
    left: str = ""  # why it is left where it is
    unassigned: tuple[str, ...] = ()  # whom the tracker could not assign


@dataclass(frozen=True, slots=True)
class Replay:
    """Carries issues from the tracker ``source`` into the tracker of ``run``."""

    source: Tracker
    run: Run

    def rows(self, write: bool = True) -> list[ReplayedIssue]:
        """Carry over what is not on the new tracker yet; without ``write`` only say what would be.
        Returns what becomes of each issue. Raises ServiceError."""
        issues_found, judged = self._read_source()
        if not issues_found:
            return []
        target = self.run.tracker
        with target.exclusive():
            there = self._opened_before(issues_found)
            refs = {c.issue.ref: there[c.source].ref for c in issues_found if c.source in there}
            done = {
                ref for ref, issue in there.items() if with_carried_history(issue, target.me())[1]
            }
            missing = [c for c in issues_found if c.source not in done]
            missed = self._carry_over(missing, refs, judged) if write else {}
        return [
            replace(
                self._row_of(carried, refs, carried.source in done),
                unassigned=missed.get(carried.source, ()),
            )
            for carried in issues_found
        ]

    def _read_source(self) -> tuple[list[CarriedIssue], Snapshot]:
        """All issues of the old tracker that are carried over, judged by their old history."""
        run, heads = self.run, self.source.heads(closed_since=_BEGIN_OF_TIME)
        refs = [head.ref for head in heads if head.ref != "#0"]
        judged = observe(self.source, run.services, run.policy, run.clock, refs)
        return issues_to_carry(self.source.issues(refs), judged.incidents), judged

    def _opened_before(self, issues_found: Sequence[CarriedIssue]) -> dict[str, Issue]:
        """The issues on the new tracker that an earlier run has opened, by `CarriedIssue.source`;
        of two with the same source the older one."""
        target = self.run.tracker
        me, first = target.me(), min(carried.issue.opened_at for carried in issues_found)
        ours = [head.ref for head in target.heads(first - _CLOCK_SKEW) if head.author == me]
        there: dict[str, Issue] = {}
        for issue in target.issues(ours):
            if (data := marker_in(REPLAYED, issue.body)) and issue.author == me:
                there.setdefault(str(data.get("from")), issue)
        return there

    def _carry_over(
        self, missing: Sequence[CarriedIssue], refs: dict[str, str], judged: Snapshot
    ) -> dict[str, tuple[str, ...]]:
        """Open the issues that are missing, then finish each; ``refs`` gets the new references.
        Returns whom the tracker could not assign, by `CarriedIssue.source`."""
        target = self.run.tracker
        everything = frozenset(judged.incidents)
        names = NewNames(target.project, target.me(), self.source.me(), refs, everything)
        missed: dict[str, tuple[str, ...]] = {}
        allowed = [carried for carried in missing if not self._why_left(carried)]
        for carried in allowed:
            if carried.issue.ref not in refs:
                ref = target.open(draft_of_carried(carried, names, judged.ctx, target.can))
                refs[carried.issue.ref] = ref
                missed[carried.source] = target.unassigned(ref)
        for carried in allowed:
            self._finish(carried, names, missed.get(carried.source, ()))
        if allowed:
            self._write_cards([refs[carried.issue.ref] for carried in allowed])
        return missed

    def _finish(self, carried: CarriedIssue, names: NewNames, missed: Sequence[str]) -> None:
        """Link the new issue, close it if the old one is closed, and write its history."""
        target, ref = self.run.tracker, names.refs[carried.issue.ref]
        for other in sorted(carried.issue.links & names.refs.keys()):
            target.link(ref, names.refs[other])
        if carried.issue.closed:
            target.update(ref, Update(closed=True))
        target.comment(ref, history_body(carried, names, missed))

    def _write_cards(self, refs: Sequence[str]) -> None:
        """Write the cards. An issue on which more is to do is left to the next pass."""
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

    def _why_left(self, carried: CarriedIssue) -> str:
        """Why an issue stays on the old tracker; "" where it is carried over."""
        if carried.incident.confidential and not self.run.tracker.can.confidential:
            return "it is confidential, and this tracker would show it to everybody"
        return ""

    def _row_of(self, carried: CarriedIssue, refs: dict[str, str], before: bool) -> ReplayedIssue:
        issue, incident = carried.issue, carried.incident
        state = "closed" if issue.closed else "open"
        if incident.kind == "incident":
            state = incident.state_now
        title = shown_title(incident)
        left = "" if issue.ref in refs else self._why_left(carried)
        return ReplayedIssue(issue.ref, title, state, refs.get(issue.ref, ""), before, left)
