"""Texts about the project as a whole: the dashboard, and what the next on call is told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from automation.planning.findings import Telling
from automation.planning.handover import Handover
from automation.planning.incident_view import minutes_in_words
from automation.policy.due_dates import midnight_after, parse_day
from automation.policy.planning_input import Context
from automation.stored_state import dashboard
from automation.stored_state.dashboard import Dashboard, Row, Texts
from automation.text.chat_text import harmless_line
from automation.text.escaping import escape_inline
from automation.times.team_clock import TeamClock
from automation.writing.templates import Safe, Templates, Values

# What a row may lack that an older ima wrote.
_NO_DAY = {"due": "", "overdue": "", "zone": ""}
_NO_TASK = dict.fromkeys(("rank", "began", "todo", "next", "then", "card"), "")


def handover_text(turn: Handover, ctx: Context, templates: Templates) -> str:
    """The message to the next one on call (P-46)."""
    values = {
        "whom": turn.whom,
        "title": ctx.policy.roles[turn.role].title,
        "active": _active_rows(turn.active, templates),
        "due": [{"what": what, "rows": list(_due(rows))} for what, rows in turn.due.items()],
        "left": _left(turn.left, harmless_line),
    }
    return templates.render("chat/handover.txt.j2", values).strip()


def _active_rows(rows: Mapping[str, Row], templates: Templates) -> list[dict[str, str]]:
    """Active incidents, in the words of the team. A row that an older IMA wrote may lack some."""
    words, kept = templates.words, ("state", "status")
    return [
        {"ref": ref, **row, **{key: words.value(key, row[key]) for key in kept if key in row}}
        for ref, row in rows.items()
    ]


def _left(rows: Mapping[str, Row], harmless: Callable[..., str]) -> list[dict[str, Any]]:
    """What somebody left for the next one; longer than a cell of a table may be."""
    return [
        {"ref": row["ref"], "by": row["by"], "text": Safe(harmless(row["text"], 500))}
        for row in rows.values()
    ]


def _due(rows: Mapping[str, Row]) -> Iterator[dict[str, str]]:
    for ref, row in rows.items():
        due = " ".join(filter(None, (row.get("due"), _in_zone(row))))
        yield {"ref": ref, "title": row["title"], "owner": row["owner"], "due": due}


def _in_zone(row: Row) -> str:
    """Where the day that something is due ends."""
    return f"({row['zone']})" if row.get("zone") else ""


def findings_text(told: Telling, project: str, templates: Templates) -> str:
    """The message about grave findings (P-52)."""
    lines = [f"{project}: {found.text}" for found in told.findings]
    return templates.render("chat/finding.txt.j2", {"findings": lines}).strip()


def dashboard_texts(
    board: Dashboard, templates: Templates, zone: str = "UTC", figures: str = ""
) -> Texts:
    """What the dashboard shows, with times of the team's ``zone`` and a link to the page of
    ``figures``, and what it remembers."""
    shown = Values(partial(_shown_on_dashboard, board, templates, zone, figures))
    return dashboard.encode(board, templates.render("dashboard.md.j2", shown))


def _shown_on_dashboard(
    board: Dashboard, templates: Templates, zone: str, figures: str
) -> dict[str, Any]:
    clock = TeamClock(zone, year=board.beat.year if board.beat else 0)
    return {
        "active": _gravest_first(_active_rows(board.active, templates)),
        "reviews": _overdue_first(board.reviews, board.beat),
        "actions": _overdue_first(board.actions, board.beat),
        "planned": [
            {
                **row,
                "begins": clock.words(_utc(row["start"])),
                "ends": clock.words(_utc(row["end"])),
            }
            for row in planned_rows(board)
        ],
        "old": list(board.old),
        "left": _left(board.tell, escape_inline),
        "late": [
            {
                "at": _minute(row.at),
                "time": clock.words(row.at),
                "ref": row.ref,
                "rule": row.rule,
                "by": minutes_in_words(row.seconds),
            }
            for row in sorted(board.late, key=lambda row: -row.seconds)[:10]
        ],
        "flappy": flappy_rows(board),
        "findings": [
            {
                "text": row["text"],
                "since": _minute(datetime.fromisoformat(row["since"])),
                "found": clock.words(datetime.fromisoformat(row["since"])),
                "grave": row.get("grave", ""),
                "told": row.get("told", ""),
            }
            for row in sorted(board.findings.values(), key=lambda row: not row.get("grave"))
        ],
        "figures": figures,
        "policy": _policy_row(board, clock),
        "beat": _minute(board.beat) if board.beat else "",
        "written": clock.words(board.beat),
        "on_call": [
            {
                "role": templates.words.role(role),
                "person": duties[-1].person,
                "unknown": role in board.unknown,
            }
            for role, duties in board.shifts.items()
        ],
    }


def _gravest_first(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return sorted((_NO_TASK | row for row in rows), key=lambda row: row["rank"] or "~")


def _overdue_first(rows: Mapping[str, Row], now: datetime | None) -> list[dict[str, str]]:
    found = [{"ref": ref, **_NO_DAY, **row, "late": _late(row, now)} for ref, row in rows.items()]
    return sorted(found, key=lambda row: (not row["overdue"], row["due"] or "~"))


def _late(row: Row, now: datetime | None) -> str:
    """For how many whole days it has been overdue; "" for less. A quiet dashboard is not written
    each day, and what says "more than" stays true meanwhile."""
    day = parse_day(row.get("due"))
    if now is None or day is None or day >= date.max or not row.get("overdue"):
        return ""
    days = (now - midnight_after(day, row.get("zone") or "UTC")).days
    return f"{days} day{'s' if days > 1 else ''}" if days > 0 else ""


def _policy_row(board: Dashboard, clock: TeamClock) -> dict[str, str] | None:
    if board.policy_since is None:
        return None
    since = board.policy_since
    return {"digest": board.policy, "since": _minute(since), "from": clock.words(since)}


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def planned_rows(board: Dashboard) -> list[dict[str, str]]:
    """Planned work that is confirmed and not over, the next first."""
    rows = [
        {
            "ref": ref,
            "title": row["title"],
            "phase": row["phase"],
            "start": _minute(datetime.fromisoformat(row["from"])),
            "end": _minute(datetime.fromisoformat(row["to"])),
            "services": row["services"].replace(",", ", "),
            "owner": row["owner"],
        }
        for ref, row in board.planned.items()
    ]
    return sorted(rows, key=lambda row: row["start"])


def flappy_rows(board: Dashboard) -> list[dict[str, Any]]:
    """The flappy alerts and the incidents that they opened."""
    return [
        {"alert": name, "incidents": [ref for _, ref in board.alerts.get(name, ())]}
        for name in board.flappy
    ]
