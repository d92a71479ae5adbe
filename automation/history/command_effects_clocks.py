"""Commands about time: who is needed, what is waived, what the next shift must know. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from automation.errors import PolicyError
from automation.history.command_effects import Refused
from automation.history.command_parsing import USAGE, Command
from automation.history.issue_state import IssueState
from automation.mistakes import suggestion
from automation.model.incident import Fact
from automation.text.escaping import clean
from automation.times.durations import Duration

LONGEST_NOTE = 500  # characters
_UNTIL = re.compile(r"(?P<reason>.*)\buntil\s+(?P<date>\S+(?:\s+\d\d:\d\d)?)\s*", re.DOTALL | re.I)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::\d\d)?Z?)?", re.ASCII)


def people_waited_for(case: IssueState) -> list[Fact]:
    """Who is needed and has not been heard since (P-47)."""
    needs = [fact for fact in case.facts if fact.kind == "needed"]
    return [need for need in needs if not (heard := case.heard.get(need.who)) or heard <= need.at]


def _need(case: IssueState, order: Command) -> None:
    if not order.people:
        raise Refused("say who is needed", USAGE["need"])
    person = case.login(order.people[0])
    if person == order.by or person == "me":
        raise Refused("you are here already", USAGE["need"])
    if any(need.who == person for need in people_waited_for(case)):
        raise Refused(f"{person} is being waited for already")
    reason = clean(order.text.partition(order.people[0])[2])[:200]
    case.remember(Fact("needed", order.at, who=person, by=order.by or "", of=order.of, text=reason))


def _waive(case: IssueState, order: Command) -> None:
    name, _, rest = order.text.partition(" ")
    clocks = [rule.name for rule in case.ctx.policy.rules if rule.has_clock]
    if name not in clocks:
        known = ", ".join(sorted(clocks))
        near = suggestion(name, clocks) if name else ""
        near = f"; {near}" if near.startswith("did you mean") else ""
        raise Refused(f"the rules with a clock are {known}{near}", USAGE["waive"])
    if not (found := _UNTIL.fullmatch(rest.strip())) or not clean(found["reason"]):
        raise Refused("say why, and until when", USAGE["waive"])
    until = _moment(found["date"].rstrip(".,;!"), order.at, case.ctx.policy.calendar.zone)
    if until is None:
        raise Refused(
            "the end is a date, a time of today (UTC), or a duration",
            f"waive {name} REASON until 2026-03-05",
        )
    if until <= order.at:
        raise Refused("that time is over", USAGE["waive"])
    case.remember(
        Fact(
            "waived",
            order.at,
            by=order.by or "",
            of=order.of,
            what=name,
            text=clean(found["reason"])[:200],
            until=until.isoformat(),
        )
    )


def _tell_next(case: IssueState, order: Command) -> None:
    text = order.said[:LONGEST_NOTE]
    if not text:
        raise Refused("say what the next engineer on call should know", USAGE["tell-next"])
    case.remember(Fact("tell next", order.at, by=order.by or "", of=order.of, text=text))


def _moment(text: str, now: datetime, zone: str) -> datetime | None:
    """ "2026-03-05" is the end of that day in the working zone; "14:30" the next such time in
    UTC; "2h" from now. None for anything else."""
    try:
        if found := _DAY.fullmatch(text):
            return _day(found[1], found[2], zone)
        if re.fullmatch(r"\d\d:\d\d", text, re.ASCII):
            at = datetime.combine(now.date(), time.fromisoformat(text), UTC)
            return at if at > now else at + timedelta(days=1)
        duration = Duration.parse(text)
        return now + duration.length if duration.unit not in ("wd", "eod") else None
    except (PolicyError, ValueError, OverflowError):
        return None


def _day(day: str, hour: str | None, zone: str) -> datetime:
    if hour:
        return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=UTC)
    midnight = datetime.fromisoformat(day) + timedelta(days=1)
    return midnight.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


DO: dict[str, Callable[[IssueState, Command], None]] = {
    "need": _need,
    "waive": _waive,
    "tell-next": _tell_next,
}
