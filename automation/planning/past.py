"""Incidents of the past by two policies: what each would have done when, compared. Pure.

People do in both lives what they did then. So all that differs is IMA's own doing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any

from automation.changes.comments import Message, Say
from automation.changes.issue_changes import Call, Change
from automation.changes.service_calls import Open, Page, Repeat
from automation.model.facts import is_action
from automation.model.secrecy import bare_row
from automation.model.team_words import TeamWords
from automation.planning.preview import PAGES, PUBLIC, Difference
from automation.policy.due_dates import due_zone
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.rules import rules_of
from automation.times.durations import zone_named

TOLD = ("say", "message", "message person", "post notice")
COUNTED = ("announce", "announce move", "reannounce", "document", "end call", "call off")
TIMED = ("call", *PAGES, *PUBLIC, "open", "close", "reopen", "set")  # when it was, matters
NIGHT = range(22, 31)  # hours of the person's own clock, on to seven in the morning
ALMOST_ALL, ENOUGH = 0.9, 10  # the share of incidents, and of how many, that a rule fires on
_A_MOMENT = timedelta(minutes=1)  # less is no difference to anybody
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Act:
    """What IMA does, when, and whom it is about."""

    at: datetime
    change: Change
    who: str = ""


@dataclass(frozen=True, slots=True)
class Lived:
    """An incident, and what belongs to it, lived by both policies."""

    ref: str
    title: str
    began: datetime
    confidential: bool
    base: tuple[Act, ...]
    head: tuple[Act, ...]
    lost: int = 0  # acts of people that cannot be made by the proposed policy: on no review
    cut: bool = False  # one of the lives came to no end


@dataclass(frozen=True, slots=True)
class RuleUse:
    """How often a rule did something, and on how many incidents."""

    name: str
    times: int = 0
    incidents: int = 0
    new: bool = False  # the present policy has no such rule

    def row(self) -> dict[str, Any]:
        return {"rule": self.name, "times": self.times, "incidents": self.incidents}


@dataclass(frozen=True, slots=True)
class Figures:
    """How much a policy did in that time."""

    called: int
    pages: int
    at_night: int
    public: int
    comments: int
    reviews: int
    actions: int

    def row(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Past:
    """The incidents of some days, by the present policy and by the proposed one."""

    since: datetime
    until: datetime
    lived: tuple[Lived, ...]
    base: Figures
    head: Figures
    rules: tuple[RuleUse, ...]  # of the proposed policy
    differences: tuple[Difference, ...]
    earlier: int = 0  # minutes by which people are called earlier, all together
    later: int = 0
    unread: int = 0  # incidents of that time that could not be read now
    notes: tuple[str, ...] = ()

    @property
    def weeks(self) -> float:
        return max((self.until - self.since) / WEEK, 1 / 7)

    @property
    def refs(self) -> list[str]:
        """The incidents on which something differs, the newest first."""
        found = {each.ref for each in self.differences}
        newest = sorted(self.lived, key=lambda one: one.began, reverse=True)
        return [one.ref for one in newest if one.ref in found]

    def of(self, ref: str) -> list[Difference]:
        return [each for each in self.differences if each.ref == ref]

    def incident(self, ref: str) -> Lived | None:
        return next((one for one in self.lived if one.ref == ref), None)

    def confidential(self, ref: str) -> bool:
        one = self.incident(ref)
        return one is None or one.confidential

    @property
    def never(self) -> list[str]:
        """Rules that did nothing in that time. Of few incidents that says something of a new rule
        only."""
        few = len(self.lived) < ENOUGH
        return [use.name for use in self.rules if not use.times and (use.new or not few)]

    @property
    def nearly_always(self) -> list[str]:
        most = ALMOST_ALL * len(self.lived)
        enough = len(self.lived) >= ENOUGH
        return [use.name for use in self.rules if enough and use.incidents >= most]

    def as_json(self) -> dict[str, Any]:
        """What ``ima preview --days --format json`` prints of it."""
        rows: list[dict[str, Any]] = []
        for ref in self.refs:
            rows += (
                [bare_row(ref)] if self.confidential(ref) else [each.row() for each in self.of(ref)]
            )
        return {
            "since": self.since,
            "until": self.until,
            "incidents": len(self.lived),
            "changed": len(self.refs),
            "not read": self.unread,
            "now": self.base.row(),
            "proposed": self.head.row(),
            "minutes earlier": self.earlier,
            "minutes later": self.later,
            "differences": rows,
            "rules": [use.row() for use in self.rules],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Outlook:
    """Two policies, and what the second calls the rules of the first."""

    base: Policy
    head: Policy
    renamed: Mapping[str, str] = field(default_factory=dict)


def past_of(
    lived: Iterable[Lived],
    outlook: Outlook,
    since: datetime,
    until: datetime,
    unread: int = 0,
    notes: Sequence[str] = (),
) -> Past:
    """What these lives come to."""
    found = tuple(lived)
    differences: list[Difference] = []
    earlier = later = 0
    for one in found:
        made = list(_differences(one, outlook.head.words))
        differences += (each for each, _ in made)
        moved = [minutes for each, minutes in made if each.kind == "call"]
        earlier += sum(minutes for minutes in moved if minutes > 0)
        later -= sum(minutes for minutes in moved if minutes < 0)
    return Past(
        since,
        until,
        found,
        _figures((act for one in found for act in one.base), outlook.base),
        _figures((act for one in found for act in one.head), outlook.head),
        tuple(_uses(found, outlook)),
        tuple(differences),
        earlier,
        later,
        unread,
        tuple(notes),
    )


def _differences(one: Lived, words: TeamWords) -> Iterator[tuple[Difference, int]]:
    """What is otherwise on an incident, each with how many minutes earlier it comes."""
    now, then = _by_topic(one.base), _by_topic(one.head)
    for topic in dict.fromkeys((*then, *now)):
        before, after = now.get(topic, []), then.get(topic, [])
        if topic[0] in TIMED:
            yield from _moved(one, before, after, words)
        elif len(before) != len(after):
            yield _counted(one, before, after, words), 0


def _by_topic(acts: Sequence[Act]) -> dict[tuple[str, ...], list[Act]]:
    """The acts that people notice, by what they are about, in order."""
    found: dict[tuple[str, ...], list[Act]] = {}
    for act in acts:
        if act.change.kind in (*TIMED, *TOLD, *COUNTED):
            found.setdefault(_topic(act), []).append(act)
    return found


def _topic(act: Act) -> tuple[str, ...]:
    change = act.change
    if isinstance(change, Say | Message):
        return change.kind, change.describe()  # whom it is for, too
    if isinstance(change, Call | Page | Repeat):
        return change.kind, change.role
    if isinstance(change, Open):
        return change.kind, "action" if is_action(change.what) else change.what
    if change.kind in PUBLIC:
        return change.kind, str(getattr(change, "state", ""))
    if change.kind in ("close", "reopen", "end call", "call off"):
        return change.kind, change.ref
    return change.kind, change.subject()


def _moved(
    one: Lived, before: Sequence[Act], after: Sequence[Act], words: TeamWords
) -> Iterator[tuple[Difference, int]]:
    for old, new in zip(before, after, strict=False):
        other = isinstance(new.change, Call) and old.who != new.who
        if abs(new.at - old.at) >= _A_MOMENT or other:
            whom = f"@{old.who} " if other else ""
            said = f"{_what(new, words)} {_at(new.at, one)} instead of {whom}{_at(old.at, one)}"
            minutes = round((old.at - new.at) / _A_MOMENT)
            yield _difference("~", one, new, said), minutes
    for old in before[len(after) :]:
        yield _difference("-", one, old, f"{_what(old, words)} {_at(old.at, one)}"), 0
    for new in after[len(before) :]:
        yield _difference("+", one, new, f"{_what(new, words)} {_at(new.at, one)}"), 0


def _counted(
    one: Lived, before: Sequence[Act], after: Sequence[Act], words: TeamWords
) -> Difference:
    more = len(after) - len(before)
    act = (after or before)[-1]
    sign = "+" if more > 0 else "-"
    return _difference(
        sign, one, act, f"{abs(more)} × {_what(act, words)}" if abs(more) > 1 else _what(act, words)
    )


def _difference(sign: str, one: Lived, act: Act, said: str) -> Difference:
    change = act.change
    return Difference(one.ref, sign, change.kind, said, change.rule, change.why)


def _what(act: Act, words: TeamWords) -> str:
    said = act.change.describe(words)
    if act.change.kind == "page":  # whom, and not only which role
        return f"{said} (@{act.who})" if act.who else said
    return said


def _at(when: datetime, one: Lived) -> str:
    """The time in UTC, with the day where that is another one than that on which it began."""
    day = "" if when.date() == one.began.date() else f"{when.day} {when:%b} "
    return f"{day}{when:%H:%M}"


def _figures(acts: Iterable[Act], policy: Policy) -> Figures:
    counts: Counter[str] = Counter()
    for act in acts:
        change, kind = act.change, act.change.kind
        counts["called"] += kind == "call"
        counts["pages"] += kind in PAGES
        counts["at_night"] += kind in PAGES and _is_night(act, policy)
        counts["public"] += kind in PUBLIC
        counts["comments"] += kind == "say"
        if isinstance(change, Open):
            counts["actions" if is_action(change.what) else "reviews"] += 1
    return Figures(**{name: counts[name] for name in Figures.__slots__})


def _is_night(act: Act, policy: Policy) -> bool:
    hour = act.at.astimezone(zone_named(due_zone(policy, [act.who]))).hour
    return hour in NIGHT or hour + 24 in NIGHT


def _uses(lived: Sequence[Lived], outlook: Outlook) -> Iterator[RuleUse]:
    """Of each rule of the proposed policy what it did, in the order of its file."""
    times: Counter[str] = Counter()
    incidents: Counter[str] = Counter()
    for one in lived:
        times.update(act.change.rule for act in one.head)
        incidents.update({act.change.rule for act in one.head})
    known = {outlook.renamed.get(rule.name, rule.name) for rule in rules_of(outlook.base)}
    for rule in rules_of(outlook.head):
        new = rule.name not in known
        yield RuleUse(rule.name, times[rule.name], incidents[rule.name], new)
