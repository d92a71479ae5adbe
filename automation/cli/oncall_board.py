"""``ima oncall`` and ``ima board``: who is on call, and what is going on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.cli.other_account import REMEDY, kept_by_another
from automation.cli.own_token import as_ima_sees_it
from automation.errors import PolicyError
from automation.mistakes import quoted, suggestion
from automation.model.issue import Duty
from automation.planning.dashboard_rows import dashboard_now
from automation.planning.incident_view import time_of_words
from automation.planning.set_aside import SetAside
from automation.policy.policy import Policy
from automation.policy.team_time import team_zone
from automation.services.duties import next_duty
from automation.stored_state.dashboard import Dashboard
from automation.times.team_clock import TeamClock
from automation.writing.project_texts import flappy_rows, planned_rows

_LEAST_LETTERS = 3  # letters by which a project is known
FORMATS = ("text", "markdown", "json")


@command("oncall", formats=FORMATS, examples=["ima oncall", "ima oncall imoc", "ima oncall prod"])
@click.argument("words", metavar="[prod] [ROLE]", nargs=-1)
def oncall(call: Call, words: tuple[str, ...]) -> None:
    """Who is on call, for each role or for one; by a rota of the policy, also who is next.

    `prod`, or the project's name, may stand before the role, as people type it in a chat.
    """
    policy = call.session.policy
    wanted = _roles(" ".join(words).split(), policy)
    now = call.session.clock()
    answer = call.session.services.pager.on_call(now)
    duties = [_duty_row(policy, name, answer.get(name), now) for name in wanted]
    if call.format == "json":
        output.show_json({"on_call": duties})
        return
    clock = TeamClock(team_zone(policy))
    rows = [
        (
            policy.words.typed(d["role"]),
            "" if d["title"] == policy.words.role(d["role"]) else d["title"],
            f"@{d['person']}" if d["person"] else "nobody",
            clock.dated(d["since"]),
            f"@{d['next']['person']} {clock.dated(d['next']['from'])}" if d["next"] else "",
        )
        for d in duties
    ]
    heads = ("role", "", "person", "since", "next")
    shown = max(3, *(place + 1 for row in rows for place, cell in enumerate(row) if cell))
    output.show_table(heads[:shown], [row[:shown] for row in rows], call.format, 1)


def _roles(words: list[str], policy: Policy) -> list[str]:
    """The roles that are asked for: all of them where none is named."""
    known = policy.words.role_named
    if words and not known(words[0]) and _is_production(words[0].lower(), policy):
        words = words[1:]
    found = {word: known(word) for word in words}
    for word, role in found.items():
        if role is None:
            names = [*map(policy.words.typed, policy.roles), *policy.roles]
            remedy = suggestion(word, names, policy.place("roles"))
            raise PolicyError(f"there is no role {quoted(word)}", remedy)
    return [role for role in found.values() if role] or list(policy.roles)


def _is_production(word: str, policy: Policy) -> bool:
    """Is it a word for what this project is responsible for: `prod`, or the beginning of the
    project's name?"""
    project = policy.project.rpartition("/")[2].lower()
    return word in ("prod", "production") or (
        len(word) >= _LEAST_LETTERS and project.startswith(word)
    )


def _duty_row(policy: Policy, name: str, duty: Duty | None, now: datetime) -> dict[str, Any]:
    follows = next_duty(policy.roles[name], now)
    return {
        "role": name,
        "title": policy.roles[name].title,
        "person": duty.person if duty else "",
        "since": duty.since if duty else None,
        "next": {"person": follows.person, "from": follows.since} if follows else None,
    }


@command("board", formats=FORMATS, examples=["ima board", "ima board --format json"])
def board(call: Call) -> int:
    """Active incidents, their owners and next deadlines, planned work, open reviews and actions,
    flappy alerts."""
    call = as_ima_sees_it(call)
    made = call.run.plan()
    set_aside = SetAside()
    now = dashboard_now(made.before, made.before.incidents, set_aside=set_aside)
    active, reviews, actions = _active_rows(now), _review_rows(now), _action_rows(now)
    words = made.before.ctx.policy.words
    flappy, planned = flappy_rows(now), _planned_rows(now)
    if call.format == "json":
        output.show_json(
            {
                "active": [row | {"next": time_of_words(row["next"])} for row in active],
                "reviews": list(map(_due_as_json, reviews)),
                "actions": list(map(_due_as_json, actions)),
                "flappy": flappy,
                "planned": list(_planned_as_json(now)),
            }
        )
    else:
        shown = [
            row | {"state": words.state(row["state"]), "status": words.status(row["status"])}
            for row in active
        ]
        _show_rows("active incidents", shown, call, 1)
        output.show("")
        if planned:
            _show_rows("planned work", planned, call, 1)
            output.show("")
        _show_rows("open reviews", reviews, call, 1)
        output.show("")
        _show_rows("open corrective actions", actions, call, 1)
        if flappy:
            output.show("")
            _show_rows("flappy alerts", _flappy_alert_rows(flappy), call, 0)
    code = output.tell_findings((*made.findings, *set_aside.findings.values()), call.verbose)
    if problem := kept_by_another(made.before):
        output.tell(f"! {problem}: how it stands there is not known\n  {REMEDY}")
        return 1
    return code


def _show_rows(what: str, rows: list[dict[str, str]], call: Call, giving_way: int) -> None:
    if not rows:
        output.show(f"No {what}.")
        return
    head = tuple(key for key in rows[0] if key != "rule")
    lines = [[row[key] for key in head] for row in rows]
    output.show_table(head, lines, call.format, giving_way)


def _active_rows(board: Dashboard) -> list[dict[str, str]]:
    return [
        {
            "issue": ref,
            "title": row["title"],
            "severity": row["severity"] or "none",
            "state": row["state"],
            "status": row["status"],
            "owner": row["owner"] or "nobody",
            "next": row["due"],
            "rule": row["rule"],
        }
        for ref, row in board.active.items()
    ]


def _planned_rows(board: Dashboard) -> list[dict[str, str]]:
    return [
        {
            "issue": row["ref"],
            "planned work": row["title"],
            "now": row["phase"],
            "from": row["start"],
            "to": row["end"],
            "services": row["services"],
        }
        for row in planned_rows(board)
    ]


def _planned_as_json(board: Dashboard) -> Iterator[dict[str, Any]]:
    """The same for a program, the next first."""
    for shown in planned_rows(board):
        row = board.planned[shown["ref"]]
        yield {
            "issue": shown["ref"],
            "planned work": row["title"],
            "now": row["phase"],
            "from": datetime.fromisoformat(row["from"]),
            "to": datetime.fromisoformat(row["to"]),
            "services": row["services"].split(",") if row["services"] else [],
        }


def _due_as_json(row: dict[str, str]) -> dict[str, Any]:
    """The row of a review or an action for a program. Of a confidential one nothing is known."""
    begun = {"begun": row["begun"] == "yes" if row["begun"] else None} if "begun" in row else {}
    return row | begun | {"due": row["due"] or None, "overdue": bool(row["overdue"])}


def _flappy_alert_rows(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {"flappy alert": row["alert"], "incidents": ", ".join(row["incidents"])} for row in rows
    ]


def _review_rows(board: Dashboard) -> list[dict[str, str]]:
    return [
        {
            "issue": ref,
            "title": row["title"],
            "of": row["for"],
            "owner": row["owner"] or "nobody",
            "begun": row["begun"],
            "due": row["due"],
            "overdue": row["overdue"],
        }
        for ref, row in board.reviews.items()
    ]


def _action_rows(board: Dashboard) -> list[dict[str, str]]:
    return [
        {
            "issue": ref,
            "title": row["title"],
            "of": row["for"],
            "owner": row["owner"] or "nobody",
            "due": row["due"],
            "overdue": row["overdue"],
        }
        for ref, row in board.actions.items()
    ]
