"""Compares what a scenario expects of one issue after a step with what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from automation.model.incident import Incident
from automation.model.issue import Comment, Issue
from automation.records import dataclass
from automation.scenarios.scenario_file import regex
from automation.schema.yaml_nodes import Node
from automation.text.escaping import unmarked
from automation.times.moments import moment

if TYPE_CHECKING:
    from automation.scenarios.before import BeforeStep
    from automation.scenarios.world import PlayedStep, Stage

# One comparison: where the expectation stands in the scenario, what it wants and what is there, in
# words for people. The two texts are equal where the expectation is met.
Comparison = tuple[Node, str, str]
_MOST_EVENTS = 1000  # no step has more, and each takes one tick of the played clock


@dataclass(frozen=True, slots=True)
class AfterStep:
    """What the expectations of one step are compared with."""

    stage: Stage
    before: BeforeStep  # what was there before the step
    passed: PlayedStep  # what the step's pass or command said
    issues: dict[str, Issue]  # by the scenario's names, such as "#1"
    incidents: dict[str, Incident]  # the same issues, judged
    writes: int  # how many the step made on the tracker


def values_of(node: Node) -> list[Node]:
    """The values of an expectation, which is one value or a list of them."""
    return node.items if node.kind == "list" else [node]


def _check_all_there(wanted: Node, present: Any) -> Iterator[Comparison]:
    for item in values_of(wanted):
        is_there = "there" if item.value in present else f"not among {sorted(present)}"
        yield item, "there", is_there


def _check_none_there(wanted: Node, present: Any) -> Iterator[Comparison]:
    for item in values_of(wanted):
        yield item, "not there", "there" if item.value in present else "not there"


def check_equal(wanted: Node, actual: Any) -> Iterator[Comparison]:
    """What is there must equal what the scenario says."""
    yield wanted, repr(wanted.plain()), repr(actual)


def _check_owner(wanted: Node, issue: Issue, after: AfterStep) -> Iterator[Comparison]:
    incident = after.incidents.get(issue.ref)
    first = issue.assignees[0] if issue.assignees else None
    if incident is None or incident.kind != "incident":
        yield from check_equal(wanted, first if incident and incident.kind == "review" else None)
        return
    yield from check_equal(wanted, incident.owner)
    if incident.active and wanted.value is not None:
        ordered = after.stage.tracker.can.ordered_assignees
        where = "first among" if ordered else "among"
        there = first if ordered or wanted.value not in issue.assignees else wanted.value
        yield wanted, f"{wanted.value!r} {where} the assignees", f"{there!r} {where} the assignees"


def _check_assignees(wanted: Node, issue: Issue, after: AfterStep) -> Iterator[Comparison]:
    """The assignees in order. Where the tracker keeps none, the owner on the card counts as the
    first."""
    people, incident = list(issue.assignees), after.incidents.get(issue.ref)
    if not after.stage.tracker.can.ordered_assignees:
        owner = incident.owner if incident else None
        first = [login for login in people if login == owner]
        rest = [login for login in people if login != owner]
        order = {item.value: place for place, item in enumerate(wanted.items)}
        people = [*first, *sorted(rest, key=lambda login: order.get(login, len(order)))]
    yield from check_equal(wanted, people)


def _check_roles(wanted: Node, issue: Issue, after: AfterStep) -> Iterator[Comparison]:
    """The person of each role, called or here; while one hands it over to another, either of
    them."""
    seats = after.incidents[issue.ref].seats if issue.ref in after.incidents else {}
    for role, (_, person) in wanted.entries.items():
        seat = seats.get(role)
        holder = seat.holder.person if seat and seat.holder else None
        there = holder if holder and holder == person.value else seat and seat.person
        yield from check_equal(person, there)


def _check_people_here(wanted: Node, issue: Issue, after: AfterStep) -> Iterator[Comparison]:
    incident = after.incidents.get(issue.ref)
    over = incident and incident.resolution and not incident.resolution.contested
    here = incident.here if incident and not over else {}  # at its end everybody leaves (P-51)
    yield wanted, str(sorted(wanted.plain())), str(sorted(here))


def _our_comments(issue: Issue, after: AfterStep) -> list[Comment]:
    me = after.stage.tracker.me()
    return [comment for comment in issue.comments if comment.author == me]


def _check_comments(wanted: Node, issue: Issue, after: AfterStep) -> Iterator[Comparison]:
    bodies = [unmarked(comment.body) for comment in _our_comments(issue, after)]
    for item in values_of(wanted):
        found = any(regex(item).search(body) for body in bodies)
        actual = "\n---\n".join(bodies) or "no comment"
        yield (
            item,
            f"a comment that matches {item.value!r}",
            (f"a comment that matches {item.value!r}" if found else actual),
        )


def _check_new_comments(wanted: Node, issue: Issue, after: AfterStep) -> Iterator[Comparison]:
    new = [
        comment
        for comment in _our_comments(issue, after)
        if comment.id not in after.before.comments and "<!-- ima:card " not in comment.body
    ]
    texts = "".join(f"\n---\n{unmarked(comment.body)}" for comment in new)
    same = len(new) == wanted.value
    yield wanted, str(wanted.value), str(wanted.value) if same else f"{len(new)}{texts}"


def _check_state_since(wanted: Node, issue: Issue, after: AfterStep) -> Iterator[Comparison]:
    incident = after.incidents[issue.ref]
    last = incident.resolution or incident.state
    since, tick = moment(str(wanted.value)), after.stage.tracker.tick
    same = last is not None and abs(last.at - since) <= _MOST_EVENTS * tick
    yield wanted, str(since), str(since if same else last and last.at)


def _check_title(wanted: Node, issue: Issue, after: AfterStep) -> Iterator[Comparison]:
    found = regex(wanted).search(issue.title)
    yield wanted, f"matches {wanted.value!r}", f"matches {wanted.value!r}" if found else issue.title


def _check_due(wanted: Node, issue: Issue, after: AfterStep) -> Iterator[Comparison]:
    """The tracker's due date or, where it has none, the one that the body says."""
    due = issue.due
    if not after.stage.tracker.can.due_dates and issue.ref in after.incidents:
        due = after.incidents[issue.ref].due
    yield from check_equal(wanted, due.isoformat() if due else None)


CheckOfIssue = Callable[[Node, Issue, AfterStep], Iterator[Comparison]]
ISSUE_CHECKS: dict[str, CheckOfIssue] = {
    "open": lambda wanted, issue, _: check_equal(wanted, not issue.closed),
    "owner": _check_owner,
    "assignees": _check_assignees,
    "roles": _check_roles,
    "here": _check_people_here,
    "labels": lambda wanted, issue, _: _check_all_there(wanted, issue.labels),
    "not_labels": lambda wanted, issue, _: _check_none_there(wanted, issue.labels),
    "title": lambda wanted, issue, _: check_equal(wanted, issue.title),
    "title~": _check_title,
    "confidential": lambda wanted, issue, _: check_equal(wanted, issue.confidential),
    "locked": lambda wanted, issue, _: check_equal(wanted, issue.locked),
    "author": lambda wanted, issue, _: check_equal(wanted, issue.author),
    "comments": _check_comments,
    "new_comments": _check_new_comments,
    "state_since": _check_state_since,
    "links": lambda wanted, issue, _: _check_all_there(wanted, issue.links),
    "due": _check_due,
}
