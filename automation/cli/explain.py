"""``ima explain``: every rule on one issue, and how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.cli.own_token import as_ima_sees_it
from automation.model.secrecy import Tellable, bare_row, tellable
from automation.planning import incident_view
from automation.planning.plan import Snapshot
from automation.planning.set_aside import SetAside
from automation.text.columns import GAP, ends, pad, width, wrap
from automation.text.escaping import clean
from automation.times.team_clock import ProgramClock
from automation.writing.plan_text import standing_in_words
from automation.writing.text_style import TextStyle

_LEAST_CELLS = 30  # where fewer are left beside a rule, its reason stands below it


@command("explain", formats=("text", "markdown", "json"), examples=["ima explain 1"])
@click.argument("ref")
def explain(call: Call, ref: str) -> int:
    """Every rule: it applies, or the first reason why not; owner, duties, next deadlines."""
    call = as_ima_sees_it(call)
    found = call.ref(ref)
    made, set_aside = call.run.plan([found]), SetAside()
    snapshot = made.before
    data: dict[str, Any] = {}
    incident = snapshot.incidents.get(found)
    if told := tellable(incident):
        clock = ProgramClock() if call.format == "json" else None
        standing = partial(incident_view.explain, told, snapshot.ctx, clock)
        data = set_aside.attempt(found, standing) or {}
        if data:
            _show_rules(call, snapshot, told, data | {"title": told.title})
    elif incident is not None:
        _show_reference_only(call, found)
    elif found not in snapshot.aside:
        raise call.unknown(found)
    findings = (f for f in (*set_aside.findings.values(), *made.findings) if f.ref == found)
    return output.tell_findings(findings, call.verbose)


def _show_reference_only(call: Call, ref: str) -> None:
    """A job's log is read by many: of a confidential issue only its reference (P-16)."""
    if call.format == "json":
        output.show_json(bare_row(ref))
    else:
        output.show(f"{call.session.policy.project}{ref} is confidential.")
        output.show("Comment `/ima explain` on it: the answer stands there.")


def _show_rules(call: Call, snapshot: Snapshot, incident: Tellable, data: dict[str, Any]) -> None:
    if call.format == "json":
        output.show_json(data)
    elif call.format == "markdown":
        shown = {"explain": incident_view.in_words(data, snapshot.ctx.policy.words)}
        template = call.session.templates.render("comments/explain.md.j2", shown)
        output.show(template.strip())
    else:
        name = f"{snapshot.ctx.policy.project}{incident.ref}{GAP}{clean(data['title'])}"
        standing = standing_in_words(incident, snapshot.ctx.policy)
        for line in _lines(data, name, standing, call.style()):
            output.show(line)


def _lines(data: dict[str, Any], name: str, standing: str, style: TextStyle) -> Iterator[str]:
    """The answer for a terminal or a log. ``standing`` is how the issue stands, such as "S1 ·
    Fixing"."""
    left, right = ends(name, standing, style.width)
    yield style.paint(left, "head") + right
    column = max(width(row["rule"]) for row in data["rules"]) if data["rules"] else 0
    for row in data["rules"]:
        yield from _rule_lines(row, column, style)
    yield ""
    yield f"Owner: {_mention(data['owner']) or 'nobody'}"
    for role in data["roles"] if data["kind"] == "incident" else ():
        yield from wrap(f"{role['title']}: {_role_in_words(role)}", style.width, GAP)
    yield "Next:" if data["deadlines"] else "Nothing falls due."
    for due in data["deadlines"]:
        yield from wrap(f"{due['at']}: {due['why']} ({due['rule']})", style.width, GAP)


def _rule_lines(row: dict[str, str], column: int, style: TextStyle) -> Iterator[str]:
    sign = style.paint("✓", "+") if not row["not"] else " "
    reason = clean(row["not"] or row["why"])
    cells = None if style.width is None else style.width - column - 6
    if cells is not None and cells < _LEAST_CELLS:
        yield f"  {sign} {row['rule']}"
        yield from wrap(reason, style.width, " " * 6)
        return
    first, *rest = wrap(reason, cells)
    yield f"  {sign} {pad(row['rule'], column)}{GAP}{first}"
    yield from (f"{'':{column + 6}}{line}" for line in rest)


def _role_in_words(role: dict[str, str]) -> str:
    stand_in = f"; {_mention(role['duties'])} has these duties" if role["duties"] else ""
    if not role["person"]:
        return f"not called{stand_in}"
    called = f"called {role['called']}" if role["called"] else ""
    if role["here"]:
        return ", ".join(
            filter(None, (_mention(role["person"]), called, f"here since {role['here']}"))
        )
    before = f"; {_mention(role['before'])} has it until then" if role["before"] else stand_in
    return f"{_mention(role['person'])}, {called}, not here yet{before}"


def _mention(login: str) -> str:
    return f"@{clean(login)}" if login else ""
