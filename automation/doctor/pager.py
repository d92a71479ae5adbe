"""Does PagerDuty wake whom the process wants woken? Judges what it answered. Pure.

See `automation.doctor`. A line for the service and its account, for each role, for strangers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from automation.doctor.setup_check import Line, ok, todo
from automation.policy.policy import Policy, Role
from automation.rules import rules_of
from automation.rules.engage import EngageRule

_ACKNOWLEDGED_WITHIN = 15  # minutes (P-18)
_IN_ITS_SETTINGS = "in the settings of the service on PagerDuty"


def service(found: Mapping[str, Any] | None, service_id: str) -> Line:
    """Does the service exist, and do its pages stay as people left them?"""
    about = "pager service"
    if found is None:
        return todo(about, f"there is no service {service_id}", "set `pager.service` to its id")
    if found.get("status") == "disabled":
        return todo(about, f"{service_id} is disabled: it pages nobody", "enable it on PagerDuty")
    if found.get("status") == "maintenance":
        said = f"{service_id} is in maintenance: it pages nobody"
        return todo(about, said, "end its maintenance window on PagerDuty")
    wrong = []
    if seconds := found.get("auto_resolve_timeout"):
        wrong.append(f"ends pages by itself after {_duration_in_words(seconds)}")
    if seconds := found.get("acknowledgement_timeout"):
        wrong.append(f"calls again {_duration_in_words(seconds)} after an acknowledgement")
    if wrong:
        return todo(
            about, f"{service_id} {' and '.join(wrong)}", f"switch that off {_IN_ITS_SETTINGS}"
        )
    return ok(about, service_id)


def _duration_in_words(seconds: object) -> str:
    minutes = int(str(seconds)) // 60 if str(seconds).isdecimal() else 0
    hours, rest = divmod(minutes, 60)
    return f"{hours} h" if hours and not rest else f"{minutes} min"


def sender(found: bool, address: str, roles: Sequence[str] = ()) -> Line:
    """Is there an account with the address in whose name pages are made, and is it never on call?
    ``roles`` are those that it may be called for."""
    about = "pager account"
    if roles:
        said = (
            f"{address} is on call ({', '.join(roles)}): PagerDuty wakes nobody for what they make"
        )
        return todo(about, said, "set `pager.from` to the address of an account that is only IMA's")
    if found:
        return ok(about, address)
    said = f"no account with the address {address} was found"
    return todo(about, said, "set `pager.from` to the e-mail address of an account on PagerDuty")


def strangers(names: Sequence[str]) -> Line:
    """Is everybody who is on call in the pager known here?"""
    about = "pager people"
    if not names:
        return ok(about, "everybody on call there is somebody here")
    who = ", ".join(names)
    return todo(
        about, f"nobody knows who this is: {who}", "name them: `people: {LOGIN: {pager: ID}}`"
    )


def role(
    policy: Policy, name: str, found: Mapping[str, Any] | None, schedules: Mapping[str, bool]
) -> Line:
    """Does the role's escalation policy call whom the process wants? ``schedules`` says of those
    that were asked for whether they exist."""
    one, about = policy.roles[name], f"pager {policy.words.typed(name)}"
    if one.schedule and not schedules.get(one.schedule, True):
        said = f"there is no schedule {one.schedule}"
        return todo(about, said, f"set `roles.{name}.schedule` to the id of one")
    if found is None:
        said = f"there is no escalation policy {one.escalation}"
        return todo(about, said, f"set `roles.{name}.escalation` to the id of one")
    levels = [each for each in found.get("escalation_rules") or () if isinstance(each, Mapping)]
    if not levels or not _ids_called(levels[0]):
        return todo(about, f"{one.escalation} calls nobody", "add a level to it on PagerDuty")
    if one.schedule and one.schedule not in _ids_called(levels[0]):
        said = f"{one.escalation} does not call the schedule {one.schedule} first"
        return todo(about, said, "make that schedule its first level on PagerDuty")
    return _wrong_next_level(policy, one, levels) or ok(
        about, f"{one.escalation}{_levels_in_words(levels)}"
    )


def _wrong_next_level(
    policy: Policy, one: Role, levels: Sequence[Mapping[str, Any]]
) -> Line | None:
    """The line about whom the policy calls next, where that is not what a rule of the process says;
    else None."""
    if (rule_says := _next_role(policy, one.name)) is None:
        return None
    minutes, next_role = rule_says
    about, delay = (
        f"pager {policy.words.typed(one.name)}",
        levels[0].get("escalation_delay_in_minutes"),
    )
    who, schedule = policy.roles[next_role].shown, policy.roles[next_role].schedule
    if len(levels) < 2:
        said = f"{one.escalation} never goes on to the {who}"
        return todo(
            about, said, f"add a second level to it: {schedule or who}, after {minutes} min"
        )
    if delay != minutes:
        said = f"{one.escalation} goes on after {delay} min, not {minutes}"
        return todo(about, said, f"let its first level escalate after {minutes} minutes")
    if schedule and schedule not in _ids_called(levels[1]):
        said = f"{one.escalation} does not call the schedule {schedule} of the {who} next"
        return todo(about, said, "make that schedule its second level on PagerDuty")
    return None


def _next_role(policy: Policy, name: str) -> tuple[int, str] | None:
    """After how many minutes the next role is called, and which, by the rule of the policy (P-18);
    None without one."""
    for rule in rules_of(policy):
        if isinstance(rule, EngageRule) and rule.when.awaited == (name,):
            length = getattr(rule.when.lasting, "length", None)
            minutes = round(length.total_seconds() / 60) if length else _ACKNOWLEDGED_WITHIN
            return minutes, rule.role
    return None


def _ids_called(level: Mapping[str, Any]) -> list[str]:
    targets = level.get("targets") or ()
    return [str(each.get("id")) for each in targets if isinstance(each, Mapping)]


def _levels_in_words(levels: Sequence[Mapping[str, Any]]) -> str:
    """ " calls SEOC, after 15 min SIMOC"."""
    words = f" calls {' and '.join(_ids_called(levels[0]))}"
    for before, level in pairwise(levels):
        delay = before.get("escalation_delay_in_minutes")
        words += f", after {delay} min {' and '.join(_ids_called(level))}"
    return words
