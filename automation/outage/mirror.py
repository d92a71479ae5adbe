"""``ima mirror``: what is open, and the runbooks, to be read while the tracker is away. Pure.

Texts of people stand in code blocks, as they wrote them; of a secret issue there is only its
bare reference, in the index (P-16, P-42).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from automation.model import secrecy
from automation.model.incident import Incident
from automation.model.issue import Issue
from automation.model.secrecy import Tellable, TellableIssue, tellable, tellable_issue
from automation.model.team_words import TeamWords
from automation.planning.incident_view import time_in_words
from automation.planning.plan import Snapshot, by_ref
from automation.policy.planning_input import Context
from automation.text.escaping import escape_inline, in_code_block, unmarked

INDEX, MANIFEST = "index.md", ".ima-mirror.json"
_FOLDERS = {"incident": "incidents", "review": "reviews"}


def open_issues(snapshot: Snapshot, kind: str) -> list[Incident]:
    """The open incidents or reviews, by number."""
    of_kind = (one for one in snapshot.incidents.values() if one.kind == kind)
    return sorted(filter(_is_open, of_kind), key=lambda incident: by_ref(incident.ref))


def _is_open(incident: Incident) -> bool:
    return incident.active if incident.kind == "incident" else not incident.closed


def to_be_copied(incident: Incident, snapshot: Snapshot) -> Tellable | None:
    """The incident or review; None where it, or what it reviews, is confidential."""
    told = tellable(incident)
    reviewed = snapshot.incidents.get(told.review_of) if told else None
    return told if reviewed is None or tellable(reviewed) else None


def mirror(
    snapshot: Snapshot, issues: Iterable[Issue], runbooks: Mapping[str, str]
) -> dict[str, str]:
    """Name below the folder → text. ``issues`` as they were read last: one that has become
    confidential since is left out."""
    shown = (tellable_issue(issue, issue.confidential) for issue in issues)
    texts = {issue.ref: issue for issue in shown if issue}
    files = {f"runbooks/{name}": text for name, text in runbooks.items()}
    for kind in _FOLDERS:
        for incident in open_issues(snapshot, kind):
            told = to_be_copied(incident, snapshot)
            if told and (issue := texts.get(told.ref)):
                files[_file_name(told)] = _page(told, issue, snapshot.ctx)
    return {INDEX: _index(snapshot, files), **files}


def _file_name(incident: Incident) -> str:
    return f"{_FOLDERS[incident.kind]}/{incident.ref.lstrip('#')}.md"


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
        rows = [
            _index_line(incident, files, ctx.policy.words)
            for incident in open_issues(snapshot, kind)
        ]
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
        yield f"- {escape_inline(role.in_full)}: {who}{unsure}"


def _places(ctx: Context) -> Iterator[str]:
    """Where people meet and write."""
    if ctx.policy.room:
        yield f"Room: {ctx.policy.room}"
    if ctx.policy.outage.document:
        yield f"While the tracker is away, write here: {ctx.policy.outage.document}"


def _index_line(incident: Incident, files: Mapping[str, str], words: TeamWords) -> str:
    told = tellable(incident)
    if told is None or _file_name(told) not in files:
        return f"- {incident.ref} {secrecy.TITLE}"
    title, standing = escape_inline(told.title), ", ".join(_standing(told, words).values())
    return f"- [{told.ref}]({_file_name(told)}) {title}: {standing}"


def _standing(incident: Tellable, words: TeamWords) -> dict[str, str]:
    """How it stands: what a person wants to know of it first, each by its name."""
    if incident.kind == "review":
        due = {"due": f"{incident.due}"} if incident.due else {}
        owner = incident.assignees[0] if incident.assignees else ""
        return {"owner": f"@{escape_inline(owner)}" if owner else "nobody"} | due
    named = (
        {"services": ", ".join(map(escape_inline, incident.services))} if incident.services else {}
    )
    return {
        "severity": incident.severity.value if incident.severity else "no severity",
        "state": words.state(incident.state_now),
        "status": words.status(incident.status_now),
        "owner": f"@{escape_inline(incident.owner)}" if incident.owner else "nobody",
        **named,
    }


def _page(incident: Tellable, issue: TellableIssue, ctx: Context) -> str:
    """The issue with all that was said on it."""
    words = ctx.policy.words
    seats = (
        f"- {words.typed(seat.role)}: @{escape_inline(seat.person)}"
        + ("" if seat.here_at else " (called, not here yet)")
        for seat in incident.seats.values()
    )
    facts = (f"- {what}: {said}" for what, said in _standing(incident, words).items())
    lines = [f"# {incident.ref} {escape_inline(issue.title)}", "\n".join([*facts, *seats])]
    lines += [f"Opened by {_author(issue.author)}, {time_in_words(issue.opened_at, ctx)}"]
    lines += _quoted(issue.body)
    for comment in issue.comments:
        text = _quoted(comment.body)
        lines += (
            [f"## {_author(comment.author)}, {time_in_words(comment.at, ctx)}", *text]
            if text
            else []
        )
    return "\n\n".join(lines) + "\n"


def _author(login: str | None) -> str:
    return f"@{escape_inline(login)}" if login else "a deleted account"


def _quoted(body: str) -> list[str]:
    text = unmarked(body).strip()
    return [in_code_block(text)] if text else []
