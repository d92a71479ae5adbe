"""``ima explain``: every rule on one issue, and how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.model.incident import Incident
from automation.planning.incident_view import explain as explained
from automation.planning.issue_bounds import IssueBounds
from automation.planning.plan import Snapshot
from automation.text.columns import GAP, ends, pad, width, wrap
from automation.text.escaping import clean
from automation.writing.plan_text import standing_in_words
from automation.writing.text_style import Look

_NARROW = 30  # cells; a reason in fewer stands below its rule


@command("explain", formats=("text", "markdown", "json"), examples=["ima explain 1"])
@click.argument("ref")
def explain(call: Call, ref: str) -> int:
    """Every rule: it applies, or the first reason why not; owner, duties, next deadlines."""
    found = call.ref(ref)
    made, bounds = call.run.plan([found]), IssueBounds()
    snapshot = made.before
    data: dict[str, Any] = {}
    if (incident := snapshot.incidents.get(found)) is not None and not incident.confidential:
        data = bounds.attempt(found, partial(explained, incident, snapshot.ctx)) or {}
    elif incident is None and found not in snapshot.aside:
        raise call.unknown(found)
    if incident is not None and incident.confidential:
        _show_bare(call, found)
    elif incident is not None and data:
        _show(call, snapshot, incident, data | {"title": incident.title})
    about = (f for f in (*bounds.findings.values(), *made.findings) if f.ref == found)
    return output.tell_findings(about, call.verbose)


def _show_bare(call: Call, ref: str) -> None:
    """A job's log is read by many: of a confidential issue only its reference (P-16)."""
    if call.format == "json":
        output.show_json({"issue": ref, "kind": "confidential"})
    else:
        output.show(f"{call.session.policy.project}{ref} is confidential.")
        output.show("Comment `/ima explain` on it: the answer stands there.")


def _show(call: Call, snapshot: Snapshot, incident: Incident, data: dict[str, Any]) -> None:
    if call.format == "json":
        output.show_json(data)
    elif call.format == "markdown":
        template = call.session.templates.render("comments/explain.md.j2", {"explain": data})
        output.show(template.strip())
    else:
        name = f"{snapshot.ctx.policy.project}{incident.ref}{GAP}{clean(data['title'])}"
        for line in _lines(data, name, standing_in_words(incident), call.look()):
            output.show(line)


def _lines(data: dict[str, Any], name: str, stands: str, look: Look) -> Iterator[str]:
    left, right = ends(name, stands, look.width)
    yield look.paint(left, "head") + right
    column = max(width(row["rule"]) for row in data["rules"]) if data["rules"] else 0
    for row in data["rules"]:
        yield from _rule_lines(row, column, look)
    yield ""
    yield f"Owner: {_at(data['owner']) or 'nobody'}"
    for role in data["roles"] if data["kind"] == "incident" else ():
        yield from wrap(f"{role['title']}: {_role(role)}", look.width, GAP)
    yield "Next:" if data["deadlines"] else "Nothing falls due."
    for due in data["deadlines"]:
        yield from wrap(f"{due['at']}: {due['why']} ({due['rule']})", look.width, GAP)


def _rule_lines(row: dict[str, str], column: int, look: Look) -> Iterator[str]:
    sign = look.paint("✓", "+") if not row["not"] else " "
    said = clean(row["not"] or row["why"])
    room = None if look.width is None else look.width - column - 6
    if room is not None and room < _NARROW:
        yield f"  {sign} {row['rule']}"
        yield from wrap(said, look.width, " " * 6)
        return
    first, *rest = wrap(said, room)
    yield f"  {sign} {pad(row['rule'], column)}{GAP}{first}"
    yield from (f"{'':{column + 6}}{line}" for line in rest)


def _role(role: dict[str, str]) -> str:
    stand_in = f"; {_at(role['duties'])} has these duties" if role["duties"] else ""
    if not role["person"]:
        return f"not called{stand_in}"
    called = f"called {role['called']}" if role["called"] else ""
    if role["here"]:
        return ", ".join(filter(None, (_at(role["person"]), called, f"here since {role['here']}")))
    before = f"; {_at(role['before'])} has it until then" if role["before"] else stand_in
    return f"{_at(role['person'])}, {called}, not here yet{before}"


def _at(login: str) -> str:
    return f"@{clean(login)}" if login else ""
