"""A rule of the policy as a sentence for people: when it applies, and what it does. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from automation.history.step_times import length_in_words
from automation.model.issue import UNSET
from automation.policy.policy import NAMED_DURATIONS, Policy
from automation.rules.rule import Rule
from automation.rules.when import When
from automation.times.durations import Duration

_KINDS = {"incident": "Any incident", "review": "A review", "action": "A corrective action"}
_ORIGINS = {"label": "labelled", "declare": "declared", "report": "reported", "alert": "an alert"}
_PUBLIC = {
    "ask": "it may be public, and is not yet",
    "auto": "it is public by itself",
    "no": "it is not public",
    "yes": "the status page shows it",
}
_WANTED = {"announcement": "an announcement", "document": "a document", "review": "a review"}


def duration_in_words(duration: Duration) -> str:
    """A duration of the policy: "15 min", "5 working days", "the end of the work day"."""
    if duration.unit == "eod":
        return "the end of the work day"
    if duration.unit == "wd":
        return f"{duration.amount} working day{'s' if duration.amount != 1 else ''}"
    return length_in_words(duration.length)


def condition_of(rule: Rule, policy: Policy) -> str:
    """When the rule applies: "S1 or S2, for 15 min"."""
    when = rule.when
    kind = "Any near miss" if when.kind == "near miss" else _KINDS[when.kind]
    parts = list(_conditions(when, policy))
    said = ", and ".join(parts) if parts else kind.lower()
    if parts and when.kind != "incident":
        said = f"{kind.lower()}: {said}"
    return f"{said}{_lasting(when, policy)}"


def _conditions(when: When, policy: Policy) -> Iterator[str]:
    words = policy.words
    for family, values in (("severity", when.severity), ("state", when.state),
                           ("status", when.status)):  # fmt: skip
        named = [words.value(family, each) for each in values if each != UNSET]
        named += [f"no {family} is chosen"] if UNSET in values else []
        if named:
            yield either(named)
    if when.service:
        yield f"it affects {either(when.service)}"
    for roles, said in (
        (when.engaged, "the {} is here"),
        (when.here, "the {} is here"),
        (when.vacant, "there is no {}"),
        (when.awaited, "the {} was paged and does not answer"),
        (when.acknowledged, "the {} has acknowledged the page"),
    ):
        yield from (said.format(words.role(role)) for role in roles)
    if when.origin:
        yield f"it came as {either(_ORIGINS[each] for each in when.origin)}"
    if when.alerts:
        yield "its alerts fire"
    if when.wants:
        yield f"{_WANTED[when.wants]} is wanted"
    if when.public:
        yield either(_PUBLIC[each] for each in when.public)
    yield from _yes_or_no(when)


def _yes_or_no(when: When) -> Iterator[str]:
    said = (
        (when.attended, "somebody is at it", "nobody is at it"),
        (when.security, "it is a security incident", "it is no security incident"),
        (when.touched, "its owner has begun it", "its owner has not begun it"),
        (when.closed or None, "it is closed", ""),
        (when.actions, "it has corrective actions", "it has no corrective action"),
        (when.overdue, "the day is over that it was due", "it is not overdue"),
        (when.step, "a step was agreed on", "no step was agreed on"),
    )
    yield from (yes if value else no for value, yes, no in said if value is not None)
    if when.of:
        yield f"it is of {'a near miss' if when.of == 'near miss' else 'an incident'}"


def _lasting(when: When, policy: Policy) -> str:
    lasting = when.lasting
    if isinstance(lasting, str) and lasting in NAMED_DURATIONS:
        lasting = cast("Duration | None", getattr(policy, lasting))
    if lasting is None:
        return ""
    if isinstance(lasting, str):
        return ", each time that the next update is due"
    if lasting.unit == "eod":
        return ", when the work day ends"
    return f", for {duration_in_words(lasting)}"


def effect_of(rule: Rule, policy: Policy) -> str:
    """What the rule does: "the IMOC is called and paged"."""
    return _EFFECTS[rule.word](rule, policy)


def either(values: Iterable[str]) -> str:
    """Values in a sentence: "S1, S2 or S3"."""
    *most, last = values
    return f"{', '.join(most)} or {last}" if most else last


def _who(name: str, policy: Policy) -> str:
    if name == "speaker":
        return "who speaks to users"
    if name in policy.roles and name not in policy.chain:
        return f"the {policy.roles[name].title}"
    return f"the {policy.words.role(name)}" if name in policy.roles else f"the {name}"


_ASKED = {
    "severity": "the severity",
    "status": "the status",
    "step": "the next step",
    "publish": "telling users",
    "update": "the next update",
    "review": "the review",
    "action": "the action",
    "actions": "corrective actions",
}


def _engage(rule: Any, policy: Policy) -> str:
    return f"{_who(rule.role, policy)} is called{' and paged' if rule.page else ''}"


def _page(rule: Any, policy: Policy) -> str:
    named = [_who(role, policy) for role in rule.roles if role in policy.roles]
    named += ["whom its severity names"] if "by_severity" in rule.roles else []
    return f"{' and '.join(named)} {'are' if len(named) > 1 else 'is'} paged"


def _escalate(rule: Any, policy: Policy) -> str:
    again = duration_in_words(rule.again)
    return (
        "who was called and does not come is paged once more, others hear of it, then the next "
        f"role is called; it is said again every {again}"
    )


def _ask(rule: Any, policy: Policy) -> str:
    said = f"{_who(rule.whom, policy)} is asked about {_ASKED.get(rule.about, rule.about)}"
    if isinstance(rule.every, Duration):
        said += f", again every {duration_in_words(rule.every)}"
    elif rule.every:
        said += " each time"
    said += f", {rule.most} times in a row at most" if rule.most else ""
    if rule.then:
        said += f"; then {' and '.join(_who(each, policy) for each in rule.then)} hear"
    return said + (", in working hours" if rule.hours == "working" else "")


def _announce(rule: Any, policy: Policy) -> str:
    if rule.about:
        return "the channel hears who comes"
    where = {"": policy.chat.channel or "the chat", "stakeholders": "the stakeholders' channel"}
    return f"it is announced in {where.get(rule.channel, rule.channel)}"


def _set(rule: Any, policy: Policy) -> str:
    chosen = {"severity": rule.severity, "state": rule.state, "status": rule.status}
    named = (f"{name} {policy.words.value(name, value)}" for name, value in chosen.items() if value)
    return f"it gets {' and '.join(named)}"


_EFFECTS: Mapping[str, Callable[[Any, Policy], str]] = {
    "engage": _engage,
    "page": _page,
    "escalate": _escalate,
    "ask": _ask,
    "tell": lambda rule, policy: f"{_who(rule.whom, policy)} is told ({rule.about})",
    "chase": lambda rule, policy: (
        f"{either(_who(each, policy) for each in rule.tell)} hears of "
        "whoever is needed and has not answered"
    ),
    "announce": _announce,
    "publish": lambda rule, policy: "the status page says the sentence of its state",
    "document": lambda rule, policy: "a shared document is made for it",
    "review": lambda rule, policy: f"a review is opened for {_who(rule.assign, policy)}",
    "set": _set,
    "propose": lambda rule, policy: f"the figures of its services propose a {rule.family}",
    "gate": lambda rule, policy: "a review is opened again as long as something is missing",
}
