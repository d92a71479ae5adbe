"""The timeline of an incident for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from automation.history.step_times import length_in_words
from automation.history.timeline import Step, has_woken, steps
from automation.model.incident import Incident
from automation.planning.incident_view import time_in_words
from automation.policy.planning_input import Context
from automation.policy.team_time import team_zone
from automation.text.escaping import escape_inline
from automation.times.durations import zone_named

_LONG = timedelta(minutes=30)  # without anything that people have done


def timeline(incident: Incident, ctx: Context) -> list[dict[str, str]]:
    """What happened when, in the order of time: {"at", "what"} of each step. Templates of a team's
    own may have it as it was; ours tell the story."""
    told = steps(incident, ctx.policy)
    return [{"at": time_in_words(step.at, ctx), "what": step.what} for step in told]


def story_of(incident: Incident, ctx: Context) -> dict[str, object]:
    """What people did, and what IMA did by itself, as rows of two tables: {"at", "what"} of each;
    and what the times are, such as "Berlin (UTC)"."""
    people, ours = people_and_ours(steps(incident, ctx.policy))
    return {
        "clock": clock_name(ctx),
        "rows": list(story_rows(people, ctx)),
        "ours": list(story_rows(ours, ctx, gaps=False)),
    }


def people_and_ours(told: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """What people did, and what IMA did by itself."""
    return [step for step in told if not step.ours], [step for step in told if step.ours]


def clock_name(ctx: Context) -> str:
    """The heading of the column of times."""
    zone = team_zone(ctx.policy)
    return "UTC" if zone == "UTC" else f"{zone.rpartition('/')[2].replace('_', ' ')} (UTC)"


def story_rows(
    told: Sequence[Step], ctx: Context, before: datetime | None = None, *, gaps: bool = True
) -> Iterator[dict[str, str]]:
    """The rows of a table: a day once, a minute once, and a word where nothing was written down for
    long. ``before``: the time of the row above the first one."""
    zone = zone_named(team_zone(ctx.policy))
    for step in told:
        at, last = step.at.astimezone(zone), before and before.astimezone(zone)
        if before and gaps and step.at - before >= _LONG:
            silent = length_in_words(step.at - before)
            yield {"at": "", "what": f"{silent} without an entry", "kind": "gap"}
        if last is None or at.date() != last.date():
            yield {"at": "", "what": f"{at:%A}, {at.day} {at:%B %Y}", "kind": "day"}
            last = None
        same = last is not None and f"{at:%H:%M}" == f"{last:%H:%M}"
        words = f"{at:%H:%M}" if at.utcoffset() == timedelta() else f"{at:%H:%M} ({step.at:%H:%M})"
        yield {"at": "" if same else words, "what": step.what, "kind": "step"}
        before = step.at


def what_was_late(incident: Incident, ctx: Context) -> list[str]:
    """Who was paged once more because no answer came, and which of its clocks IMA acted on late."""
    found, first = [], dict[tuple[str, str], datetime]()
    for fact in sorted(incident.facts, key=lambda fact: fact.at):
        if fact.kind == "paged" and fact.done:
            first.setdefault((fact.role, fact.who), fact.at)
        elif fact.kind == "repeated" and fact.done and (fact.role, fact.who) in first:
            waited = length_in_words(fact.at - first[fact.role, fact.who])
            again = f" as {ctx.policy.words.role(fact.role)}" if fact.role else ""
            again += "" if has_woken(fact, ctx.policy) else ", by a comment only"
            found.append(f"{fact.who} had not answered after {waited} and was paged again{again}")
        elif fact.kind == "late" and fact.text.isdecimal():
            late = length_in_words(timedelta(seconds=int(fact.text)))
            found.append(f"IMA acted on {fact.what} {late} late: no pass ran in that time")
    return found


def short_line(text: str, most: int) -> str:
    """Words of people, made harmless, in one line of at most ``most`` characters."""
    length = most
    while len(line := escape_inline(text, length)) > most:
        length -= max(1, (len(line) - most) // 2)
    return line
