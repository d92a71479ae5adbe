"""``ima mirror``: what is open, and the runbooks, to be read while the tracker is away. Pure.

Texts of people stand in code blocks, as they wrote them; of a secret issue there is only its
bare reference, in the index (P-16, P-42).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from automation.model.incident import Incident
from automation.model.issue import Issue
from automation.planning.incident_view import time_in_words
from automation.planning.plan import Snapshot, by_ref
from automation.policy.planning_input import Context
from automation.text.escaping import escape_inline, in_code_block, unmarked

INDEX, MANIFEST = "index.md", ".ima-mirror.json"
_FOLDERS = {"incident": "incidents", "review": "reviews"}


def open_issues(snapshot: Snapshot, kind: str) -> list[Incident]:
    """The open incidents or reviews, by number."""
    found = [one for one in snapshot.incidents.values() if one.kind == kind and _open(one)]
    return sorted(found, key=lambda one: by_ref(one.ref))


def _open(one: Incident) -> bool:
    return one.active if one.kind == "incident" else not one.closed


def is_kept_in(one: Incident, snapshot: Snapshot) -> bool:
    """Is it, or what it reviews, to be kept in?"""
    of = snapshot.incidents.get(one.review_of)
    return one.confidential or (of is not None and of.confidential)


def mirror(
    snapshot: Snapshot, issues: Iterable[Issue], runbooks: Mapping[str, str]
) -> dict[str, str]:
    """Name below the folder → text. ``issues`` as they were read last: one that has become
    confidential since is left out."""
    texts = {issue.ref: issue for issue in issues if not issue.confidential}
    files = {f"runbooks/{name}": text for name, text in runbooks.items()}
    for kind in _FOLDERS:
        for one in open_issues(snapshot, kind):
            if (issue := texts.get(one.ref)) and not is_kept_in(one, snapshot):
                files[_name(one)] = _page(one, issue, snapshot.ctx)
    return {INDEX: _index(snapshot, files), **files}


def _name(one: Incident) -> str:
    return f"{_FOLDERS[one.kind]}/{one.ref.lstrip('#')}.md"


def _index(snapshot: Snapshot, files: Mapping[str, str]) -> str:
    ctx = snapshot.ctx
    lines = [
        f"# {escape_inline(ctx.policy.project)}: a copy to be read",
        f"As of {time_in_words(snapshot.now, ctx)}. What is changed here is lost at the next copy.",
        "## On call",
        "\n".join(_on_call(ctx)),
        *_places(ctx),
    ]
    for kind, title in (("incident", "Open incidents"), ("review", "Open reviews")):
        rows = [_row(one, files) for one in open_issues(snapshot, kind)]
        lines += [f"## {title}", "\n".join(rows) or "None."]
    books = [
        f"- [{escape_inline(name[9:])}](<{name}>)" for name in files if name.startswith("runbooks/")
    ]
    lines += ["## Runbooks", "\n".join(books) or "None: the policy names none."]
    return "\n\n".join(lines) + "\n"


def _on_call(ctx: Context) -> Iterator[str]:
    for name, role in ctx.policy.roles.items():
        person = ctx.on_call.person(name)
        unsure = " (last known: nobody answered)" if person and name in ctx.on_call.unknown else ""
        who = f"@{escape_inline(person)}" if person else "nobody"
        yield f"- {name.upper()} ({escape_inline(role.title)}): {who}{unsure}"


def _places(ctx: Context) -> Iterator[str]:
    """Where people meet and write."""
    if ctx.policy.room:
        yield f"Room: {ctx.policy.room}"
    if ctx.policy.outage.document:
        yield f"While the tracker is away, write here: {ctx.policy.outage.document}"


def _row(one: Incident, files: Mapping[str, str]) -> str:
    if _name(one) not in files:
        return f"- {one.ref} (confidential)"
    return (
        f"- [{one.ref}]({_name(one)}) {escape_inline(one.title)}: {', '.join(_facts(one).values())}"
    )


def _facts(one: Incident) -> dict[str, str]:
    """How it stands."""
    if one.kind == "review":
        due = {"due": f"{one.due}"} if one.due else {}
        owner = one.assignees[0] if one.assignees else ""
        return {"owner": f"@{escape_inline(owner)}" if owner else "nobody"} | due
    named = {"services": ", ".join(map(escape_inline, one.services))} if one.services else {}
    return {
        "severity": one.severity.value if one.severity else "no severity",
        "state": one.state_now,
        "status": one.status_now,
        "owner": f"@{escape_inline(one.owner)}" if one.owner else "nobody",
        **named,
    }


def _page(one: Incident, issue: Issue, ctx: Context) -> str:
    """The issue with all that was said on it."""
    seats = (
        f"- {s.role}: @{escape_inline(s.person)}{'' if s.here_at else ' (called, not here yet)'}"
        for s in one.seats.values()
    )
    facts = (f"- {what}: {said}" for what, said in _facts(one).items())
    lines = [f"# {one.ref} {escape_inline(issue.title)}", "\n".join([*facts, *seats])]
    lines += [f"Opened by {_who(issue.author)}, {time_in_words(issue.opened_at, ctx)}"]
    lines += _text(issue.body)
    for comment in issue.comments:
        text = _text(comment.body)
        lines += (
            [f"## {_who(comment.author)}, {time_in_words(comment.at, ctx)}", *text] if text else []
        )
    return "\n\n".join(lines) + "\n"


def _who(login: str | None) -> str:
    return f"@{escape_inline(login)}" if login else "a deleted account"


def _text(body: str) -> list[str]:
    text = unmarked(body).strip()
    return [in_code_block(text)] if text else []
