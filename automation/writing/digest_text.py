"""The week for people, on one screen, and as JSON for programs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from automation.model.team_words import TeamWords
from automation.planning.digest import Counts, Digest, PersonWeek
from automation.policy.planning_input import Context
from automation.policy.team_time import team_zone
from automation.stored_state.dashboard import DIGEST, Row
from automation.text.escaping import mark
from automation.times.durations import zone_named
from automation.writing.templates import Templates

MARKDOWN, PLAIN = "digest.md.j2", "chat/digest.txt.j2"
_INCIDENTS, _DUE, _DONE, _PEOPLE = 5, 4, 3, 5  # rows: all of it is read on one screen
_REFS = 6  # of one person
_TITLE = 60  # characters of one
T = TypeVar("T")


def digest_comment(digest: Digest, ctx: Context, templates: Templates) -> str:
    """The comment in the dashboard's thread, with the mark by which a later run finds it."""
    text = digest_in_words(digest, ctx, templates, MARKDOWN)
    return f"{text}\n\n{mark(DIGEST, {'until': digest.until.isoformat()})}\n"


def digest_message(digest: Digest, ctx: Context, templates: Templates) -> str:
    """The message in the chat. What each did is the team's own affair: without the policy's consent
    (`stats.people`) nobody is named."""
    told = digest if ctx.policy.stats.people else without_people(digest)
    return digest_in_words(told, ctx, templates, PLAIN)


def without_people(digest: Digest) -> Digest:
    """The same, with nobody's name in it."""
    return replace(
        digest,
        incidents=tuple({**row, "owner": ""} for row in digest.incidents),
        due=tuple({**row, "owner": ""} for row in digest.due),
        people=(),
    )


def digest_in_words(digest: Digest, ctx: Context, templates: Templates, template: str) -> str:
    """The week by one of the two templates."""
    return templates.render(template, digest_values(digest, ctx, templates)).strip()


def digest_values(digest: Digest, ctx: Context, templates: Templates) -> dict[str, Any]:
    """What the templates of a digest may use. Of each list the first rows, and how many more there
    are."""
    words = templates.words
    busy = [week for week in digest.people if week.pages or week.incidents or week.due]
    return {
        "period": _period(digest, ctx),
        "counts": _counts_row(digest.counts),
        "before": _counts_row(digest.before) if digest.before else None,
        "hidden": digest.hidden,
        "drills": digest.drills,
        "unread": len(digest.unread),
        "incidents": _first(
            digest.incidents,
            _INCIDENTS,
            lambda row: _short({**row, "state": words.state(row["state"])}),
        ),
        "due": _first(digest.due, _DUE, _short),
        "done": _first(digest.done, _DONE, _short),
        "better": [dict(row) for row in digest.better],
        "people": _first(busy, _PEOPLE, lambda week: _person_line(week, words)),
        "quiet": [week.who for week in digest.people if week not in busy],
    }


def _first(rows: Sequence[T], most: int, shown: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    return {"rows": list(map(shown, rows[:most])), "more": max(0, len(rows) - most)}


def _short(row: Row) -> dict[str, Any]:
    title = row["title"]
    return {**row, "title": title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…"}


def _period(digest: Digest, ctx: Context) -> str:
    """The first and the last day, by the team's clock: "2 Mar to 9 Mar 2026", "28 Dec 2026 to
    4 Jan 2027"."""
    zone = zone_named(team_zone(ctx.policy))
    first, last = digest.since.astimezone(zone), digest.until.astimezone(zone)
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%b}{year} to {last.day} {last:%b %Y}"


def _counts_row(counts: Counts) -> dict[str, int]:
    return {
        "incidents": counts.incidents,
        "near_misses": counts.near_misses,
        "pages": counts.pages,
        "out_of_hours": counts.out_of_hours,
    }


def _person_line(week: PersonWeek, words: TeamWords) -> dict[str, Any]:
    """The row of a person in words; of many references the first ones."""
    row, lists = _person_row(week), {"incidents": week.incidents, "due": week.due}
    shown = {name: _some(refs) for name, refs in lists.items()}
    return {**row, "roles": list(map(words.role, week.roles)), **shown}


def _some(refs: Sequence[str]) -> list[str]:
    more = len(refs) - _REFS
    return list(refs) if more <= 1 else [*refs[:_REFS], f"{more} more"]


def _person_row(week: PersonWeek) -> dict[str, Any]:
    return {
        "who": week.who,
        "roles": list(week.roles),
        "pages": week.pages,
        "out_of_hours": week.out_of_hours,
        "incidents": list(week.incidents),
        "due": list(week.due),
    }


def digest_as_json(digest: Digest) -> dict[str, Any]:
    """What ``ima digest --format json`` prints: everything, in the keys of the policy."""
    return {
        "since": digest.since,
        "until": digest.until,
        "counts": _counts_json(digest.counts),
        "before": _counts_json(digest.before) if digest.before else None,
        "confidential": digest.hidden,
        "drills": digest.drills,
        "incidents": [_with_time(row, "since") for row in digest.incidents],
        "due": [
            _with_time(row, "begins") | {"overdue": bool(row["overdue"])} for row in digest.due
        ],
        "done": [dict(row) for row in digest.done],
        "better": [dict(row) for row in digest.better],
        "people": [_person_row(week) for week in digest.people],
        "unread": list(digest.unread),
    }


def _with_time(row: Row, name: str) -> dict[str, Any]:
    """The row with a time, or null, where people read words."""
    at = f"{name}_at"
    return {key: value for key, value in row.items() if key != at} | {name: row[at] or None}


def _counts_json(counts: Counts) -> dict[str, float | None]:
    times = {"acknowledge": counts.acknowledge, "resolve": counts.resolve}
    minutes = {name: None if took is None else round(took / 60, 1) for name, took in times.items()}
    return {**_counts_row(counts), **minutes}
