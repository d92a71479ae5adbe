"""``ima show``, ``say`` and ``edit``: read and change an issue of the embedded tracker, which has
no web page."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import click

from automation.cli import output
from automation.cli.invocation import Call, login_of
from automation.cli.options import command, people_option
from automation.errors import PolicyError
from automation.mistakes import quoted, suggestion
from automation.model.issue import Comment, Event, Issue, Update
from automation.model.secrecy import TellableIssue, tellable_issue
from automation.policy.team_time import team_zone
from automation.text.columns import GAP, ends, wrap
from automation.text.escaping import clean, unmarked
from automation.times.team_clock import TeamClock
from automation.workspace.address import issue_address

_NEXT_STEP = "`ima apply` acts on it."


@command("show", formats=("text", "json"), examples=["ima show 1"])
@click.argument("ref")
def show(call: Call, ref: str) -> None:
    """An issue: labels, people, history, comments. On a forge a confidential one is read there."""
    issue = call.issue(ref)
    told = tellable_issue(issue, call.embedded is None and call.is_kept_in(issue.ref))
    if told is None:
        _show_reference_only(call, issue.ref)
    elif call.format == "json":
        output.show_json(_issue_as_json(told))
    else:
        _show_text(call, told)


def _show_reference_only(call: Call, ref: str) -> None:
    """A confidential issue of a forge is read on its pages, which know who may read it (P-16)."""
    address = issue_address(call.session.policy, call.session.environment, ref)
    if call.format == "json":
        output.show_json({"issue": ref, "confidential": True, "url": address})
    else:
        output.show(f"{call.session.policy.project}{ref} is confidential: read it there")
        output.show(address)


def _show_text(call: Call, issue: TellableIssue) -> None:
    cells = output.width()
    name = f"{call.session.policy.project}{issue.ref}{GAP}{clean(issue.title)}"
    left, right = ends(name, "closed" if issue.closed else "open", cells)
    output.show(call.style().paint(left, "head") + right)
    clock = TeamClock(team_zone(call.session.policy))
    history = _history_lines(issue, clock)
    for line in (*_head_lines(issue, cells, clock), "", *_lines_of(issue.body), *history):
        output.show(line)


def _head_lines(issue: TellableIssue, cells: int | None, clock: TeamClock) -> Iterator[str]:
    yield from wrap(f"Labels: {', '.join(map(clean, sorted(issue.labels))) or 'none'}", cells)
    people = ", ".join(f"@{clean(login)}" for login in issue.assignees)
    yield from wrap(f"Assigned: {people or 'nobody'}", cells)
    yield f"Opened: {clock.dated(issue.opened_at)} by {_person(issue.author)}"
    if issue.confidential:
        yield "Confidential"
    if issue.links:
        yield f"Linked: {', '.join(sorted(issue.links))}"


def _history_lines(issue: TellableIssue, clock: TeamClock) -> Iterator[str]:
    """Events and comments in the order in which they happened."""
    acts: list[Event | Comment] = [*issue.events, *issue.comments]
    after_comment = True
    for act in sorted(acts, key=lambda act: (act.at, act.order)):
        if after_comment or isinstance(act, Comment):
            yield ""
        after_comment, when = isinstance(act, Comment), clock.dated(act.at)
        if isinstance(act, Event):
            yield f"{when}  {_person(act.actor)} {act.kind} {clean(act.subject)}".rstrip()
        else:
            how = " (edited)" * bool(act.edited_at) + " in an internal note" * bool(act.internal)
            yield f"{when}  {_person(act.author)} said{how}{':' * (not act.internal)}"
            yield from (f"{GAP}{line}".rstrip() for line in _lines_of(act.body))


def _lines_of(body: str) -> list[str]:
    """The lines of a text for a terminal, without our markers and all that moves a cursor."""
    lines = unmarked(body).strip().splitlines()
    return [line[: len(line) - len(line.lstrip(" "))] + clean(line) for line in lines]


def _person(login: str | None) -> str:
    return f"@{clean(login)}" if login else "somebody"


def _issue_as_json(issue: TellableIssue) -> dict[str, Any]:
    return {
        "issue": issue.ref,
        "title": issue.title,
        "body": unmarked(issue.body).strip(),
        "author": issue.author,
        "opened_at": issue.opened_at,
        "closed": issue.closed,
        "confidential": issue.confidential,
        "labels": sorted(issue.labels),
        "assignees": list(issue.assignees),
        "links": sorted(issue.links),
        "events": [
            {"at": e.at, "by": e.actor, "kind": e.kind, "subject": e.subject} for e in issue.events
        ],
        "comments": [
            {"at": c.at, "by": c.author, "body": unmarked(c.body).strip()} for c in issue.comments
        ],
    }


@command("say", examples=['ima say 1 "/ima severity S1"'])
@click.argument("ref")
@click.argument("text")
@people_option
def say(call: Call, ref: str, text: str, login: str | None) -> None:
    """Comment on an issue. TEXT "-" is read from stdin."""
    issue = call.issue(ref)
    words = sys.stdin.read() if text == "-" else text
    if not words.strip():
        raise PolicyError("there is nothing to say", 'write a text: `ima say 1 "It is the disk"`')
    call.acting(login).comment(issue.ref, words)
    output.show(f"Said on {issue.ref}. {_NEXT_STEP}")


@command(
    "edit",
    examples=[
        "ima edit 1 --label +S2 --label -S3",
        "ima edit 1 --assign +@mia",
        "ima edit 1 --close",
    ],
)
@click.argument("ref")
@click.option("--label", "labels", metavar="±LABEL", multiple=True, help="+S2 adds, -S3 removes.")
@click.option("--assign", metavar="±LOGIN", multiple=True, help="+mia assigns, -ian takes off.")
@click.option("--close/--reopen", "closed", default=None, help="Close it, or open it again.")
@click.option("--title", metavar="TEXT", help="A new title.")
@click.option("--body", metavar="TEXT", help="A new body.")
@people_option
def edit(
    call: Call,
    ref: str,
    labels: Sequence[str],
    assign: Sequence[str],
    closed: bool | None,
    title: str | None,
    body: str | None,
    login: str | None,
) -> None:
    """Change an issue: labels, people, open or closed, title, body."""
    issue = call.issue(ref)
    added, removed = _added_and_removed(labels, "--label", "+S2 or -S3")
    _check_labels(call, added)
    update = Update(frozenset(added), frozenset(removed), _assignees(issue, assign), closed)
    if not update and title is None and body is None:
        raise click.UsageError("say what to change: --label, --assign, --close, --title …")
    if title is not None and not clean(title):
        raise PolicyError("an issue needs a title", "write one, or leave --title out")
    tracker = call.acting(login)
    if title is not None or body is not None:
        tracker.edit(issue.ref, title=clean(title) if title else None, body=body)
    if update:
        tracker.update(issue.ref, update)
    output.show(f"Changed {issue.ref}. {_NEXT_STEP}")


def _added_and_removed(
    words: Sequence[str], option: str, example: str
) -> tuple[list[str], list[str]]:
    """The words behind a "+", and those behind a "-". Raises PolicyError for any other."""
    for word in words:
        if word[:1] not in ("+", "-") or not word[1:].strip():
            raise PolicyError(f"{option} {quoted(word)}: add or remove?", f"write {example}")
    added = [word[1:].strip() for word in words if word[0] == "+"]
    return added, [word[1:].strip() for word in words if word[0] == "-"]


def _check_labels(call: Call, names: Collection[str]) -> None:
    """Raises PolicyError for a label that does not exist: the tracker would make a new one of
    it."""
    known = [label.name for label in call.tracker.labels()]
    known += [entry.name for entry in call.session.policy.labels if not entry.retired]
    call.tracker.dashboard()  # it knows what people have renamed
    for name in names:
        if name not in known:
            remedy = suggestion(name, known, call.session.policy.labels.file)
            raise PolicyError(f"there is no label {quoted(name)}", remedy)


def _assignees(issue: Issue, words: Sequence[str]) -> tuple[str, ...] | None:
    """Who is assigned after ``--assign``; None where the command says nothing about it."""
    if not words:
        return None
    added, removed = _added_and_removed(words, "--assign", "+mia or -ian")
    gone = {login_of(word) for word in removed}
    people = [*issue.assignees, *(login_of(word) for word in added)]
    return tuple(dict.fromkeys(person for person in people if person not in gone))
