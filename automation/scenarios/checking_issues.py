"""Checking what a scenario expects of one issue against what is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automation.model.incident import Incident
from automation.model.issue import Comment, Issue
from automation.scenarios.scenario_file import regex
from automation.schema.yaml_nodes import Node
from automation.text.escaping import unmarked
from automation.times.moments import moment

if TYPE_CHECKING:
    from automation.scenarios.before import BeforeStep
    from automation.scenarios.world import PlayedStep, Stage

Pair = tuple[Node, str, str]
_TICKS = 1000  # of the played clock: no step has more events


@dataclass(frozen=True, slots=True)
class AfterStep:
    """What the expectations of one step are checked against."""

    stage: Stage
    before: BeforeStep
    passed: PlayedStep
    issues: dict[str, Issue]
    incidents: dict[str, Incident]
    writes: int


def each_of(node: Node) -> list[Node]:
    """One value, or a list of them."""
    return node.items if node.kind == "list" else [node]


def _has_all(wanted: Node, present: Any) -> Iterator[Pair]:
    for item in each_of(wanted):
        is_there = "there" if item.value in present else f"not among {sorted(present)}"
        yield item, "there", is_there


def _has_none(wanted: Node, present: Any) -> Iterator[Pair]:
    for item in each_of(wanted):
        yield item, "not there", "there" if item.value in present else "not there"


def is_as(wanted: Node, actual: Any) -> Iterator[Pair]:
    yield wanted, repr(wanted.plain()), repr(actual)


def _owner(wanted: Node, issue: Issue, after_step: AfterStep) -> Iterator[Pair]:
    incident = after_step.incidents.get(issue.ref)
    first = issue.assignees[0] if issue.assignees else None
    if incident is None or incident.kind != "incident":
        yield from is_as(wanted, first if incident and incident.kind == "review" else None)
        return
    yield from is_as(wanted, incident.owner)
    if incident.active and wanted.value is not None:
        ordered = after_step.stage.tracker.can.ordered_assignees
        where = "first among" if ordered else "among"
        there = first if ordered or wanted.value not in issue.assignees else wanted.value
        yield wanted, f"{wanted.value!r} {where} the assignees", f"{there!r} {where} the assignees"


def _assignees(wanted: Node, issue: Issue, after_step: AfterStep) -> Iterator[Pair]:
    """Where the tracker keeps no order, the first of them is the owner of the card."""
    people, incident = list(issue.assignees), after_step.incidents.get(issue.ref)
    if not after_step.stage.tracker.can.ordered_assignees:
        owner = incident.owner if incident else None
        first = [login for login in people if login == owner]
        rest = [login for login in people if login != owner]
        order = {item.value: place for place, item in enumerate(wanted.items)}
        people = [*first, *sorted(rest, key=lambda login: order.get(login, len(order)))]
    yield from is_as(wanted, people)


def _roles(wanted: Node, issue: Issue, after_step: AfterStep) -> Iterator[Pair]:
    """Who is called for each role or has it: both, while one is to hand it over to the other."""
    seats = after_step.incidents[issue.ref].seats if issue.ref in after_step.incidents else {}
    for role, (_, person) in wanted.entries.items():
        seat = seats.get(role)
        holder = seat.holder.person if seat and seat.holder else None
        there = holder if holder and holder == person.value else seat and seat.person
        yield from is_as(person, there)


def _people_here(wanted: Node, issue: Issue, after_step: AfterStep) -> Iterator[Pair]:
    one = after_step.incidents.get(issue.ref)
    over = one and one.resolution and not one.resolution.contested
    here = one.here if one and not over else {}  # with its end nobody is (P-51)
    yield wanted, str(sorted(wanted.plain())), str(sorted(here))


def _our_comments(issue: Issue, after_step: AfterStep) -> list[Comment]:
    me = after_step.stage.tracker.me()
    return [comment for comment in issue.comments if comment.author == me]


def _comments(wanted: Node, issue: Issue, after_step: AfterStep) -> Iterator[Pair]:
    bodies = [unmarked(comment.body) for comment in _our_comments(issue, after_step)]
    for item in each_of(wanted):
        found = any(regex(item).search(body) for body in bodies)
        actual = "\n---\n".join(bodies) or "no comment"
        yield (
            item,
            f"a comment that matches {item.value!r}",
            (f"a comment that matches {item.value!r}" if found else actual),
        )


def _new_comments(wanted: Node, issue: Issue, after_step: AfterStep) -> Iterator[Pair]:
    new = [
        comment
        for comment in _our_comments(issue, after_step)
        if comment.id not in after_step.before.comments and "<!-- ima:card " not in comment.body
    ]
    told = "".join(f"\n---\n{unmarked(comment.body)}" for comment in new)
    same = len(new) == wanted.value
    yield wanted, str(wanted.value), str(wanted.value) if same else f"{len(new)}{told}"


def _state_since(wanted: Node, issue: Issue, after_step: AfterStep) -> Iterator[Pair]:
    incident = after_step.incidents[issue.ref]
    last = incident.resolution or incident.state
    since, tick = moment(str(wanted.value)), after_step.stage.tracker.tick
    same = last is not None and abs(last.at - since) <= _TICKS * tick
    yield wanted, str(since), str(since if same else last and last.at)


def _title_like(wanted: Node, issue: Issue, after_step: AfterStep) -> Iterator[Pair]:
    found = regex(wanted).search(issue.title)
    yield wanted, f"matches {wanted.value!r}", f"matches {wanted.value!r}" if found else issue.title


def _due(wanted: Node, issue: Issue, after_step: AfterStep) -> Iterator[Pair]:
    """The tracker's due date or, where it has none, the one that the body says."""
    due = issue.due
    if not after_step.stage.tracker.can.due_dates and issue.ref in after_step.incidents:
        due = after_step.incidents[issue.ref].due
    yield from is_as(wanted, due.isoformat() if due else None)


IssueCheck = Callable[[Node, Issue, AfterStep], Iterator[Pair]]
ISSUE: dict[str, IssueCheck] = {
    "open": lambda wanted, issue, _: is_as(wanted, not issue.closed),
    "owner": _owner,
    "assignees": _assignees,
    "roles": _roles,
    "here": _people_here,
    "labels": lambda wanted, issue, _: _has_all(wanted, issue.labels),
    "not_labels": lambda wanted, issue, _: _has_none(wanted, issue.labels),
    "title": lambda wanted, issue, _: is_as(wanted, issue.title),
    "title~": _title_like,
    "confidential": lambda wanted, issue, _: is_as(wanted, issue.confidential),
    "locked": lambda wanted, issue, _: is_as(wanted, issue.locked),
    "author": lambda wanted, issue, _: is_as(wanted, issue.author),
    "comments": _comments,
    "new_comments": _new_comments,
    "state_since": _state_since,
    "links": lambda wanted, issue, _: _has_all(wanted, issue.links),
    "due": _due,
}
