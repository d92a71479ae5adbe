"""The incident process as a document for people, made from the policy. Pure.

It changes when the policy does, and never else: nothing of the present stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from difflib import unified_diff

from automation.history.step_times import length_in_words
from automation.model.commands import GRANTED, RIGHT_OF, USAGE, in_their_words
from automation.model.issue import OPERATIONAL, STATES, STATUSES
from automation.planning.digest import places_in_words
from automation.policy.ownership import who_in_words
from automation.policy.policy import Policy, Role, Severity
from automation.rules import rules_of
from automation.text.escaping import escape_inline
from automation.times.durations import Duration
from automation.writing.rule_sentences import condition_of, duration_in_words, effect_of

MOST = 40  # lines of a difference
_SOURCES = re.compile(r"\s*\((?:P-\d\d(?:, )?)+\)$")  # the requirement that a rule comes from


def handbook(policy: Policy, checklists: Mapping[str, str]) -> str:
    """The handbook as Markdown. ``checklists``: what each role owes, by its key."""
    parts = (
        _beginning(policy),
        _roles(policy),
        _severities(policy),
        _states(policy),
        _public(policy),
        _rules(policy),
        _commands(policy),
        _checklists(policy, checklists),
    )
    return "\n".join("\n".join(part) + "\n" for part in parts)


def handbook_difference(present: Policy, proposed: Policy) -> tuple[str, ...]:
    """What the handbook of the proposed policy says otherwise, checklists aside: the changed lines,
    at most `MOST` of them."""
    now, then = (handbook(policy, {}).splitlines() for policy in (present, proposed))
    lines = list(unified_diff(now, then, lineterm="", n=0))[2:]
    changed = [line for line in lines if not line.startswith("@@") and line[1:].strip()]
    left = len(changed) - MOST
    return (*changed[:MOST], *([f"… {left} more lines"] if left > 0 else []))


def _beginning(policy: Policy) -> Iterator[str]:
    yield f"# The incident process of {escape_inline(policy.project)}"
    yield ""
    yield "Made by `ima handbook` from `policy.yml`: change that, and this changes with it."
    yield ""
    label = policy.labels.name("incident")
    who = who_in_words(policy, policy.may.get("declare", ()))
    yield (
        f"**Something is wrong?** Open an issue with the label `{label}`, or run "
        f"`ima declare TITLE`. Who may: {who}."
    )
    if policy.room:
        yield ""
        yield f"**Where people meet:** {escape_inline(policy.room, 500)}"
    if week := policy.weekly_digest:
        where, zone = places_in_words(policy), policy.calendar.zone
        places = " and ".join(escape_inline(where[place]) for place in week.to)
        yield ""
        yield f"**The week** is told each {week.every.capitalize()} ({zone}), {places}."
    yield ""


def _roles(policy: Policy) -> Iterator[str]:
    chain = [role for role in policy.roles.values() if role.name in policy.chain]
    yield "## Roles"
    yield ""
    owners = [role.shown for role in chain if role.owns == "always"]
    if owners:
        yield (
            "Each incident has one owner. That is the first of these who is here, and the next one "
            f"once they come: {', then '.join(f'the {escape_inline(each)}' for each in owners)}."
        )
        yield ""
    rows = ((role.shown, role.title, _on_call(role)) for role in policy.roles.values())
    yield from _table(("role", "what it is", "who is on call"), rows)
    yield from _answers(policy)


def _answers(policy: Policy) -> Iterator[str]:
    within = {name: policy.answer_within.get(name) for name in policy.severities}
    if any(within.values()):
        yield (
            f"Who is called comes, or says so, within {_by_severity(within)}. Then they are paged "
            "again, and others hear of it."
        )
        yield ""


def _on_call(role: Role) -> str:
    if role.schedule or role.escalation:
        return f"the pager's {role.schedule or role.escalation}"
    if role.rota:
        return f"in turn: {', '.join(role.rota.who)}"
    return role.on_call or "nobody is named"


def _severities(policy: Policy) -> Iterator[str]:
    yield "## Severities"
    yield ""
    head = ("severity", "means", "wakes", "announced", "on the status page", "review", "actions")
    yield from _table(head, (_severity(each, policy) for each in policy.severities.values()))
    if policy.severity_within:
        within = duration_in_words(policy.severity_within)
        yield f"Its owner is asked for the severity after {within} without one."
        yield ""


_PUBLIC = {"ask": "its owner is asked", "auto": "by itself", "no": "no"}


def _severity(severity: Severity, policy: Policy) -> tuple[str, ...]:
    woken = ", ".join(policy.words.role(role) for role in severity.page)
    told = [*(["yes"] if severity.announce else []), *severity.tell]
    due = (severity.review_due, severity.action_due)
    return (
        severity.name,
        severity.means,
        woken or "nobody by itself",
        ", ".join(told) or "no",
        _PUBLIC[severity.public],
        *(f"within {duration_in_words(each)}" if each else "none" for each in due),
    )


def _states(policy: Policy) -> Iterator[str]:
    words = policy.words
    yield "## States and statuses"
    yield ""
    yield f"An incident goes from {', then '.join(words.state(state) for state in STATES)}."
    if policy.monitor_for:
        times = (
            f"{duration_in_words(length)} after {words.status(status)}"
            for status, length in policy.monitor_for.items()
        )
        watched = ", ".join(times)
        yield f"Without a reason it is resolved only after it was watched for {watched}."
    yield ""
    statuses = ", ".join(words.status(each) for each in STATUSES)
    unsaid = words.status(OPERATIONAL)
    yield f"What users notice is its status: {statuses}. Without a word it is {unsaid}."
    yield ""


def _public(policy: Policy) -> Iterator[str]:
    yield "## What users are told"
    yield ""
    sentences = {state: text for state, text in policy.sentences.items() if text}
    yield from _table(
        ("state", "sentence of the status page"),
        ((policy.words.state(state), text) for state, text in sentences.items()),
    )
    names = list(policy.severities)
    rows = (
        (policy.words.state(state), *(_maybe(every.get(name)) for name in names))
        for state, every in policy.update_every.items()
    )
    yield "How often there is an update while it shows an incident:"
    yield ""
    yield from _table(("state", *names), rows)


def _rules(policy: Policy) -> Iterator[str]:
    rules = list(rules_of(policy))
    clocks = [rule for rule in rules if rule.has_clock]
    yield "## What happens by itself"
    yield ""
    for title, some in (
        ("At once", [rule for rule in rules if rule not in clocks]),
        ("After some time", clocks),
    ):
        yield f"### {title}"
        yield ""
        for rule in some:
            why = escape_inline(_SOURCES.sub("", rule.why), 500)
            when = escape_inline(condition_of(rule, policy), 1000)
            then = escape_inline(effect_of(rule, policy), 1000)
            yield f"- **{when[:1].upper()}{when[1:]}**: {then}. *{why}* `{rule.name}`"
        yield ""
    yield "A rule with a time can be waived on one incident: `/ima waive RULE REASON until TIME`."
    yield ""


def _commands(policy: Policy) -> Iterator[str]:
    yield "## What people type"
    yield ""
    yield "A line of its own in a comment on the issue:"
    yield ""
    rows = []
    for name in (*GRANTED, *RIGHT_OF):
        right = policy.may.get(RIGHT_OF.get(name, name), ("member",))
        usage = in_their_words(USAGE[name], policy.words).replace("|", "\\|")
        rows.append(f"| `/ima {usage}` | {escape_inline(who_in_words(policy, right))} |")
    yield "| what | who may |"
    yield "|--|--|"
    yield from rows
    yield ""


def _checklists(policy: Policy, checklists: Mapping[str, str]) -> Iterator[str]:
    if not any(checklists.values()):
        return
    yield "## Checklists"
    yield ""
    for name, text in checklists.items():
        if text.strip():
            yield f"### {escape_inline(policy.roles[name].title)}"
            yield ""
            yield text.strip()
            yield ""


def _by_severity(durations: Mapping[str, Duration | None]) -> str:
    """Equal ones together: "5 min (S1), 10 min (S2), 15 min (S3, S4)"."""
    together: dict[str, list[str]] = {}
    for name, length in durations.items():
        if length:
            together.setdefault(duration_in_words(length), []).append(name)
    return ", ".join(f"{length} ({', '.join(names)})" for length, names in together.items())


def _maybe(length: Duration | None) -> str:
    return length_in_words(length.length) if length and length.length > timedelta() else "no"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(map(escape_inline, head))} |"
    yield f"|{'--|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(escape_inline(each, 500) for each in row)} |"
    yield ""
