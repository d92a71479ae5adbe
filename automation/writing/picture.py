"""A small picture of an incident, in the words of Mermaid, which both forges draw. Pure.

Names in it come from people and from the policy: what means something to Mermaid is left out of
them (https://mermaid.js.org/syntax/gantt.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from automation.history.step_times import state_spans
from automation.history.timeline import has_woken
from automation.model.incident import Incident
from automation.model.issue import OPERATIONAL
from automation.model.publicity import posts
from automation.model.team_words import TeamWords
from automation.policy.planning_input import Context
from automation.policy.team_time import team_zone
from automation.times.durations import zone_named

MOST = 40  # bars and marks: a longer story is read in the table
_NAME = 40  # characters
_NO_NAME = re.compile(r"[^\w .()/+-]|_{2,}")


class Bar(NamedTuple):
    """A line of the picture. Without an end it is a mark."""

    section: str
    name: str
    start: datetime
    end: datetime | None = None


def picture_of(incident: Incident, ctx: Context) -> str:
    """The incident as a fenced block of Mermaid: its states and statuses, who was here, what was
    published, who was paged, by the team's clock. "" where there is nothing to see."""
    bars = [bar for bar in _bars(incident, ctx) if bar.end is None or bar.end > bar.start]
    if not any(bar.end for bar in bars) or len(bars) > MOST:
        return ""
    zone = team_zone(ctx.policy)
    local = zone_named(zone)
    whole = max(bar.end or bar.start for bar in bars) - min(bar.start for bar in bars)
    axis = "%H:%M" if whole < timedelta(hours=20) else "%d %b %H:%M"
    lines = ["gantt", f"    title {zone.rpartition('/')[2].replace('_', ' ')} time"]
    lines += ["    dateFormat YYYY-MM-DD HH:mm:ss", f"    axisFormat {axis}", "    todayMarker off"]
    for section in dict.fromkeys(bar.section for bar in bars):
        lines.append(f"    section {section}")
        lines += [_line(bar, local) for bar in bars if bar.section == section]
    return "\n".join(["```mermaid", *lines, "```"])


def _line(bar: Bar, local: tzinfo) -> str:
    name = " ".join(_NO_NAME.sub(" ", bar.name).split())[:_NAME] or "?"
    start = _moment(bar.start, local)
    if bar.end is None:
        return f"    {name} :milestone, {start}, 0m"
    return f"    {name} :{start}, {_moment(bar.end, local)}"


def _moment(when: datetime, local: tzinfo) -> str:
    return f"{when.astimezone(local):%Y-%m-%d %H:%M:%S}"


def _bars(incident: Incident, ctx: Context) -> Iterator[Bar]:
    end, words = incident.resolution.at if incident.resolution else ctx.now, ctx.policy.words
    for state, start, until in state_spans(incident, ctx):
        yield Bar("State", words.state(state), start, until)
    for status, start, until in _statuses(incident, end):
        yield Bar("Status", words.status(status), start, until)
    yield from _people(incident, end, words)
    for post in posts(incident):
        stands = f"{words.state(post.state)} {words.status(post.status)}"
        yield Bar("Published", stands, post.at)
    for fact in incident.facts:
        paged = fact.kind in ("paged", "repeated") and fact.done
        if paged and has_woken(fact, ctx.policy):
            yield Bar("Paged", f"{words.role(fact.role)} {fact.who}", fact.at)


def _statuses(incident: Incident, end: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    chosen, choice = [(end, "")], incident.status
    while choice is not None:
        chosen.append((choice.at, choice.value))
        choice = choice.before
    for (start, value), (until, _) in pairwise(sorted(chosen)):
        if value not in ("", OPERATIONAL):
            yield value, start, until


def _people(incident: Incident, end: datetime, words: TeamWords) -> Iterator[Bar]:
    """Who was here in which role, from when to when."""
    turns = ("engaged", "handed", "stood down")
    facts = sorted((f for f in incident.facts if f.kind in turns), key=lambda fact: fact.at)
    for role in dict.fromkeys(fact.role for fact in facts):
        mine = [fact for fact in facts if fact.role == role]
        for fact, until in zip(mine, [*(f.at for f in mine[1:]), end], strict=True):
            if fact.kind != "stood down":
                yield Bar("Here", f"{words.role(role)} {fact.who}", fact.at, until)
