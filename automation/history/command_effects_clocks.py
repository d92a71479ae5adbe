"""Commands about time: who is needed, what is waived, what the next shift must know. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from automation.errors import PolicyError
from automation.history.command_effects import Refused
from automation.history.command_parsing import Command
from automation.history.issue_state import IssueState
from automation.mistakes import suggestion
from automation.model import bounds
from automation.model.commands import USAGE
from automation.model.incident import Fact
from automation.text.escaping import clean, is_login
from automation.text.typed import DASHES, MARKUP, POINTS, QUOTES, narrow_signs, reason_and_end
from automation.times.durations import Calendar, Duration

_PERSON = re.compile(
    r"(?:[\s,;&+/|\"'`*([]|-\s|(?:and|or|und|oder|et|ou)\b)*@(\w[\w.-]*)(?:\]\([^\s()]*\))?[\"'`*)\]]*",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::\d\d)?)?", re.ASCII)


def people_waited_for(state: IssueState) -> list[Fact]:
    """For each person who is needed and has not been heard of since, the fact that says so
    (P-47)."""
    needs = [fact for fact in state.facts if fact.kind == "needed"]
    return [need for need in needs if not (heard := state.heard.get(need.who)) or heard <= need.at]


def _ask_for_people(state: IssueState, command: Command) -> None:
    """Wait for the people whom the line names first; the rest of it says why they are needed.

    Those whom nobody here knows are refused, and the others are waited for all the same."""
    names, reason = _people_and_reason(command)
    if not names and (role := state.ctx.policy.words.role_named(command.value)):
        typed = state.ctx.policy.words.typed(role)
        raise Refused("that is a role, and somebody is on call for it", f"engage {typed}")
    if not names:
        raise Refused("say who is needed", _need_usage(state, command.words[:1]))
    people = [command.by or "" if name == "me" else state.login(name) for name in names]
    waited = {need.who for need in people_waited_for(state)}
    strangers = [who for who in people if not _is_known(state, who)]
    others = [who for who in people if who not in strangers and who != command.by]
    new = [who for who in dict.fromkeys(others) if who not in waited]
    for nth, who in enumerate(new):
        of = (
            f"{command.of}@{who}" if nth or strangers else command.of
        )  # the command itself has one fact
        need = Fact("needed", command.at, who=who, by=command.by or "", of=of, text=reason)
        state.remember(replace(need, page=True))
    if strangers:
        whom = ", ".join(f"@{who}" for who in strangers)
        raise Refused(f"nobody here knows {whom}", _need_usage(state, strangers))
    if not others:
        raise Refused("you are here already", USAGE["need"])
    if not new:
        raise Refused(f"{', '.join(others)} is being waited for already", USAGE["need"])


def _people_and_reason(command: Command) -> tuple[list[str], str]:
    """The logins that the line begins with, and the reason that follows them."""
    names = []
    rest = narrow_signs(command.text)
    while found := _PERSON.match(rest):
        if is_login(name := found[1].rstrip(".")):
            names.append(name)
        rest = rest[found.end() :]
    return names, clean(rest.lstrip(",;:- "))[: bounds.REASON]


def _is_known(state: IssueState, who: str) -> bool:
    """A member of the project, or somebody of another team whom the policy names."""
    return state.ctx.takes_part(who) or (
        who in state.ctx.policy.people and not state.ctx.is_us(who)
    )


def _need_usage(state: IssueState, typed: Sequence[str]) -> str:
    """What to type instead, with the person who is meant, where a name that is known is like it."""
    from difflib import get_close_matches

    known = {who.casefold(): who for who in state.people() if _is_known(state, who)}
    for word in typed:
        if near := get_close_matches(word.strip("@,").casefold(), known, 1, 0.6):
            return f"need @{known[near[0]]} [REASON]"
    return USAGE["need"]


def _waive_rule(state: IssueState, command: Command) -> None:
    typed, _, rest = command.text.partition(" ")
    name = re.sub(f"[{DASHES}]", "-", typed.strip(f"{POINTS}{MARKUP}{QUOTES}").lower())
    clocks = [rule.name for rule in state.ctx.policy.rules if rule.has_clock]
    if name not in clocks:
        known = ", ".join(sorted(clocks))
        near = suggestion(name, clocks) if name else ""
        near = f"; {near}" if near.startswith("did you mean") else ""
        raise Refused(f"the rules with a clock are {known}{near}", USAGE["waive"])
    reason, end = reason_and_end(rest)
    if not clean(reason):
        raise Refused("say why, and until when", USAGE["waive"])
    until = _end_named(end, command.at, state.ctx.policy.calendar)
    if until is None:
        raise Refused(
            "the end is a date, a time of today (UTC), or a duration",
            f"waive {name} REASON until 2026-03-05",
        )
    if until <= command.at:
        raise Refused("that time is over", USAGE["waive"])
    if until - command.at > bounds.AHEAD:
        raise Refused("that is more than a year ahead", f"waive {name} REASON until 2h")
    state.remember(
        Fact(
            "waived",
            command.at,
            by=command.by or "",
            of=command.of,
            what=name,
            text=clean(reason)[: bounds.REASON],
            until=until.isoformat(),
        )
    )


def _leave_note_for_next_shift(state: IssueState, command: Command) -> None:
    text = command.said[: bounds.NOTE]
    if not text:
        policy = state.ctx.policy
        who = policy.words.called(policy.chain[0], "engineer on call")
        raise Refused(f"say what the next {who} should know", USAGE["tell-next"])
    state.remember(Fact("tell next", command.at, by=command.by or "", of=command.of, text=text))


def _end_named(text: str, now: datetime, calendar: Calendar) -> datetime | None:
    """ "2026-03-05" is the end of that day in the working zone; "14:30" the next such time in
    UTC; "2h" from now; in "3d" at the same time of day. None for anything else."""
    try:
        if found := _DAY.fullmatch(text):
            return _instant_of_day(found[1], found[2], calendar.zone)
        if re.fullmatch(r"\d\d:\d\d", text, re.ASCII):
            at = datetime.combine(now.date(), time.fromisoformat(text), UTC)
            return at if at > now else at + timedelta(days=1)
        duration = Duration.parse(text)
        return duration.after(now, calendar) if duration.unit not in ("wd", "eod") else None
    except (PolicyError, ValueError, OverflowError):
        return None


def _instant_of_day(day: str, hour: str | None, zone: str) -> datetime:
    if hour:
        return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=UTC)
    midnight = datetime.fromisoformat(day) + timedelta(days=1)
    return midnight.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


EFFECTS: dict[str, Callable[[IssueState, Command], None]] = {
    "need": _ask_for_people,
    "waive": _waive_rule,
    "tell-next": _leave_note_for_next_shift,
}
