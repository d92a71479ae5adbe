"""Checking what a scenario expects against what is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automation.incident import Incident
from automation.model import Comment, Issue
from automation.moments import moment
from automation.observe import observe
from automation.scenarios.mismatch import Mismatch
from automation.scenarios.script import Step, regex
from automation.source import Node
from automation.text import unmarked

if TYPE_CHECKING:
    from automation.scenarios.play import Before
    from automation.scenarios.stage import Passed, Stage


@dataclass(frozen=True, slots=True)
class Looked:
    """What the expectations of one step are checked against."""

    stage: Stage
    before: Before
    passed: Passed
    issues: dict[str, Issue]
    incidents: dict[str, Incident]
    writes: int


def check(stage: Stage, step: Step, before: Before, passed: Passed, writes: int) -> list[Mismatch]:
    """All that is not as ``step.expect`` says."""
    failing, stage.meter.failing = stage.meter.failing, {}
    snapshot = observe(stage.tracker, stage.services, stage.policy, stage.now)
    stage.meter.failing = failing
    issues = {issue.ref: issue for issue in stage.issues()}
    looked = Looked(stage, before, passed, issues, dict(snapshot.incidents), writes)
    expect = step.expect
    if expect is None:
        return []
    return [
        Mismatch(node, wanted, actual, passed.plan)
        for node, wanted, actual in _all(expect, looked)
        if wanted != actual
    ]


Pair = tuple[Node, str, str]


def _all(expect: Node, looked: Looked) -> Iterator[Pair]:
    if expect.value == "nothing":
        yield (
            expect,
            "no write at all",
            f"{looked.writes} writes" if looked.writes else "no write at all",
        )
        return
    for key, (_, node) in expect.entries.items():
        if key.startswith("#"):
            yield from _issue(key, node, looked)
        else:
            yield from _STEP[key](node, looked)
    if "exit" not in expect.entries and not looked.passed.killed:
        yield expect, "exit 0", f"exit {looked.passed.exit}{_why(looked)}"


def _why(looked: Looked) -> str:
    return f" ({'; '.join(looked.passed.findings)})" if looked.passed.exit else ""


def _issue(ref: str, node: Node, looked: Looked) -> Iterator[Pair]:
    issue = looked.issues.get(ref)
    if issue is None:
        yield node, f"there is {ref}", "there is no such issue"
        return
    for key, (_, wanted) in node.entries.items():
        yield from _ISSUE[key](wanted, issue, looked)


def each(node: Node) -> list[Node]:
    """One value, or a list of them."""
    return node.items if node.kind == "list" else [node]


def _has_all(wanted: Node, present: Any) -> Iterator[Pair]:
    for item in each(wanted):
        is_there = "there" if item.value in present else f"not among {sorted(present)}"
        yield item, "there", is_there


def _has_none(wanted: Node, present: Any) -> Iterator[Pair]:
    for item in each(wanted):
        yield item, "not there", "there" if item.value in present else "not there"


def _is(wanted: Node, actual: Any) -> Iterator[Pair]:
    yield wanted, repr(wanted.plain()), repr(actual)


def _owner(wanted: Node, issue: Issue, looked: Looked) -> Iterator[Pair]:
    incident = looked.incidents.get(issue.ref)
    first = issue.assignees[0] if issue.assignees else None
    if incident is None or incident.kind != "incident":
        yield from _is(wanted, first if incident and incident.kind == "review" else None)
        return
    yield from _is(wanted, incident.owner)
    if incident.active and wanted.value is not None:
        yield (
            wanted,
            f"{wanted.value!r} first among the assignees",
            f"{first!r} first among the assignees",
        )


def _roles(wanted: Node, issue: Issue, looked: Looked) -> Iterator[Pair]:
    seats = looked.incidents[issue.ref].seats if issue.ref in looked.incidents else {}
    for role, (_, person) in wanted.entries.items():
        yield from _is(person, seats[role].person if role in seats else None)


def _ours(issue: Issue, looked: Looked) -> list[Comment]:
    me = looked.stage.tracker.me()
    return [comment for comment in issue.comments if comment.author == me]


def _comments(wanted: Node, issue: Issue, looked: Looked) -> Iterator[Pair]:
    bodies = [unmarked(comment.body) for comment in _ours(issue, looked)]
    for item in each(wanted):
        found = any(regex(item).search(body) for body in bodies)
        actual = "\n---\n".join(bodies) or "no comment"
        yield (
            item,
            f"a comment that matches {item.value!r}",
            (f"a comment that matches {item.value!r}" if found else actual),
        )


def _new_comments(wanted: Node, issue: Issue, looked: Looked) -> Iterator[Pair]:
    new = [
        comment
        for comment in _ours(issue, looked)
        if comment.id not in looked.before.comments and "<!-- ima:card " not in comment.body
    ]
    told = "".join(f"\n---\n{unmarked(comment.body)}" for comment in new)
    same = len(new) == wanted.value
    yield wanted, str(wanted.value), str(wanted.value) if same else f"{len(new)}{told}"


def _state_since(wanted: Node, issue: Issue, looked: Looked) -> Iterator[Pair]:
    incident = looked.incidents[issue.ref]
    at = incident.resolution.at if incident.resolution else incident.state and incident.state.at
    yield wanted, str(moment(str(wanted.value))), str(at)


def _title_like(wanted: Node, issue: Issue, looked: Looked) -> Iterator[Pair]:
    found = regex(wanted).search(issue.title)
    yield wanted, f"matches {wanted.value!r}", f"matches {wanted.value!r}" if found else issue.title


IssueCheck = Callable[[Node, Issue, Looked], Iterator[Pair]]
_ISSUE: dict[str, IssueCheck] = {
    "open": lambda wanted, issue, _: _is(wanted, not issue.closed),
    "owner": _owner,
    "assignees": lambda wanted, issue, _: _is(wanted, list(issue.assignees)),
    "roles": _roles,
    "labels": lambda wanted, issue, _: _has_all(wanted, issue.labels),
    "not_labels": lambda wanted, issue, _: _has_none(wanted, issue.labels),
    "title": lambda wanted, issue, _: _is(wanted, issue.title),
    "title~": _title_like,
    "confidential": lambda wanted, issue, _: _is(wanted, issue.confidential),
    "author": lambda wanted, issue, _: _is(wanted, issue.author),
    "comments": _comments,
    "new_comments": _new_comments,
    "state_since": _state_since,
    "links": lambda wanted, issue, _: _has_all(wanted, issue.links),
    "due": lambda wanted, issue, _: _is(wanted, issue.due.isoformat() if issue.due else None),
}


def _opened(wanted: Node, looked: Looked) -> Iterator[Pair]:
    new = [
        issue
        for ref, issue in looked.issues.items()
        if ref not in looked.before.issues and ref not in looked.stage.people
    ]
    told = ", ".join(f"{issue.ref} {issue.title!r}" for issue in new) or "none"
    yield (
        wanted,
        f"{len(wanted.items)} opened",
        f"{len(new)} opened" + ("" if len(new) == len(wanted.items) else f": {told}"),
    )
    for item, issue in zip(wanted.items, new, strict=False):
        for key, (_, node) in item.entries.items():
            yield from _ISSUE[key](node, issue, looked)


def _paged(wanted: Node, looked: Looked) -> Iterator[Pair]:
    pages = list(looked.stage.outbox.entries("page"))[looked.before.pages :]
    yield wanted, str(sorted(wanted.plain())), str(sorted(str(page["role"]) for page in pages))


def _announced(wanted: Node, looked: Looked) -> Iterator[Pair]:
    posts = list(looked.stage.outbox.entries("announcement"))[looked.before.posts :]
    channels = sorted(str(post["channel"]).lstrip("#") for post in posts)
    yield wanted, str(sorted(str(c).lstrip("#") for c in wanted.plain())), str(channels)


def _published(wanted: Node, looked: Looked) -> Iterator[Pair]:
    yield wanted, str(wanted.plain()), "{}"  # nothing is ever published yet


def _documents(wanted: Node, looked: Looked) -> Iterator[Pair]:
    from automation.scenarios.play import count_documents

    yield from _is(wanted, count_documents(looked.stage) - looked.before.documents)


def _findings(wanted: Node, looked: Looked) -> Iterator[Pair]:
    said = looked.passed.findings
    for item in each(wanted):
        found = any(regex(item).search(text) for text in said)
        yield item, "said", "said" if found else f"not among {said}"


def _exit(wanted: Node, looked: Looked) -> Iterator[Pair]:
    if not looked.passed.killed or looked.passed.ran:
        yield wanted, f"exit {wanted.value}", f"exit {looked.passed.exit}"


_STEP: dict[str, Callable[[Node, Looked], Iterator[Pair]]] = {
    "opened": _opened,
    "paged": _paged,
    "announced": _announced,
    "published": _published,
    "documents": _documents,
    "findings": _findings,
    "exit": _exit,
}
