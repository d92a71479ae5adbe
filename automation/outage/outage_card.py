"""The outage card: how people go on while the tracker is away (P-41). Pure.

It is said with the error of a pass, because then nothing of ours can be read on an issue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from automation.errors import ImaError, ServiceError
from automation.model.issue import Duty
from automation.policy.policy import Policy

Ask = Callable[[], Mapping[str, Duty | None]]


def error_with_outage_card(error: ImaError, policy: Policy, on_call: Ask) -> str:
    """The error as text, with the outage card below it where the tracker gives no answer."""
    return f"{error}\n{outage_card(policy, on_call)}" if error.tracker_away else str(error)


def outage_card(policy: Policy, on_call: Ask) -> str:
    """Who is on call, where to meet, where to write, what to read, and how to declare."""
    lines = ["The issues cannot be reached. Go on without them:", *_people_lines(policy, on_call)]
    gravest = next(iter(policy.severities))
    places = {
        "room": policy.room,
        "write down what happens, with times": policy.outage.document,
        "open incidents and runbooks, as last copied": policy.outage.mirror,
        "declare an incident": f'ima declare "TITLE" --severity {gravest} --tracker local',
    }
    lines += [f"{what}: {where}" for what, where in places.items() if where]
    return "\n  ".join(lines)


def _people_lines(policy: Policy, on_call: Ask) -> Iterator[str]:
    try:
        duties = on_call()
    except ServiceError as error:
        yield f"who is on call: nobody knows, for the pager does not answer ({error.problem})"
        return
    for name, role in policy.roles.items():
        duty = duties.get(name)
        yield f"{role.in_full}: {f'@{duty.person}' if duty else 'nobody on call'}"
