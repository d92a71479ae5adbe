"""What a changed policy changes: two plans of the same instant, compared. Pure.

A change that both plans make is no difference, whichever rule makes it: so a rule that only has
another name does nothing anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from functools import partial
from typing import Any

from automation.changes.comments import Message, Say
from automation.changes.issue_changes import Change
from automation.model.incident import Incident
from automation.model.secrecy import bare_row
from automation.planning.finding import Finding
from automation.planning.incident_view import deadlines, time_in_words
from automation.planning.plan import Plan, by_ref
from automation.planning.set_aside import SetAside
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.rules import rules_of

CLOCK, FINDING = "clock", "finding"  # kinds of differences, beside those of changes
PAGES = ("page", "page person", "repeat")
PUBLIC = ("publish", "publish maintenance")
_UNSEEN = {"rule", "why", "since", "of", "how", "by", "nth", "key", "anew"}  # nobody reads these
_STARTS = {  # how a value of a change is said
    "assignee": "for",
    "whom": "for",
    "broadcast": "passed on by",
    **{key: key for key in ("due", "severity", "status", "state", "services", "template", "text")},
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that would be done, found or due otherwise on an issue."""

    ref: str
    sign: str  # "+" only by the proposed policy, "-" only by the present one, "~" otherwise by it
    kind: str
    said: str
    rule: str = ""
    why: str = ""
    keys: tuple[str, ...] = ()  # of the files: what makes the difference

    @property
    def identity(self) -> tuple[str, str, str, str]:
        return self.ref, self.sign, self.kind, self.said

    def row(self) -> dict[str, Any]:
        """The difference as JSON."""
        return {
            "issue": self.ref,
            "sign": self.sign,
            "kind": self.kind,
            "said": self.said,
            "rule": self.rule,
            "why": self.why,
            "keys": list(self.keys),
        }


@dataclass(frozen=True, slots=True)
class TextDifference:
    """What a template writes otherwise."""

    template: str
    on: str  # the incident's reference; empty: a sample
    lines: tuple[str, ...]  # of a diff

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {"template": self.template, "issue": self.on, "diff": list(self.lines)}


@dataclass(frozen=True, slots=True)
class Preview:
    """What the proposed files would change about what goes on now."""

    base: Plan  # by the present files
    head: Plan  # by the proposed ones
    differences: tuple[Difference, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)  # rules: their present name, the new
    labels: Mapping[str, str] = field(default_factory=dict)  # the same
    templates: tuple[str, ...] = ()  # that say something else
    texts: tuple[TextDifference, ...] = ()  # what these write
    notes: tuple[str, ...] = ()  # what else a reader must know, in sentences
    handbook: tuple[str, ...] = ()  # what the handbook says otherwise: lines of a diff

    @property
    def empty(self) -> bool:
        return not (self.differences or self.templates)

    @property
    def live(self) -> Incident | None:
        """One that goes on, for its texts: the first on which something changes, else any."""
        refs = [*filter(None, self.refs), *sorted(self.head.world, key=by_ref)]
        found = (self.head.world.get(ref) for ref in refs if not self.confidential(ref))
        return next((one for one in found if one and one.active), None)

    @property
    def failed(self) -> list[Finding]:
        """The findings of both plans about something that did not answer: neither plan could know
        it."""
        return [each for each in self.base.findings if each.failed and each in self.head.findings]

    @property
    def refs(self) -> list[str]:
        """References of the issues on which something differs, in order; "" stands for the
        project."""
        found = {each.ref for each in self.differences}
        return sorted(found - {""}, key=by_ref) + [""] * ("" in found)

    def of(self, ref: str) -> list[Difference]:
        return [each for each in self.differences if each.ref == ref]

    def incident(self, ref: str) -> Incident | None:
        """The issue by the present policy, else by the proposed one."""
        return self.base.before.incidents.get(ref) or self.head.before.incidents.get(ref)

    def confidential(self, ref: str) -> bool:
        """Is the issue confidential by either policy? Then only its reference is told (P-16)."""
        worlds = (self.base.before.incidents, self.head.before.incidents, self.base.world)
        return any(one.confidential for world in worlds if (one := world.get(ref)))

    def more(self, *kinds: str) -> int:
        """How many more changes of these kinds the proposed policy makes; less than zero where it
        makes fewer."""
        counts = Counter(each.sign for each in self.differences if each.kind in kinds)
        return counts["+"] - counts["-"]

    def as_json(self) -> dict[str, Any]:
        """What ``ima preview --format json`` prints."""
        rows: list[dict[str, Any]] = []
        for each in self.differences:
            row = bare_row(each.ref) if self.confidential(each.ref) else each.row()
            if row not in rows[-1:]:
                rows.append(row)
        return {
            "issues": len([ref for ref in self.refs if ref]),
            "pages": self.more(*PAGES),
            "public posts": self.more(*PUBLIC),
            "differences": rows,
            "renamed": {"rules": dict(self.renamed), "labels": dict(self.labels)},
            "templates": list(self.templates),
            "texts": [each.row() for each in self.texts],
            "notes": list(self.notes),
            "handbook": list(self.handbook),
            "digest": self.head.digest,
        }


def preview_of(base: Plan, head: Plan) -> Preview:
    """The two plans, compared: ``base`` by the policy that holds, ``head`` by the proposed one."""
    now, then = base.before.ctx.policy, head.before.ctx.policy
    renamed = renamed_rules(now, then)
    found = [*_changes(base, head), *_clocks(base, head, renamed), *_findings(base, head)]
    ordered = sorted(found, key=lambda each: by_ref(each.ref))
    return Preview(base, head, tuple(ordered), renamed, renamed_labels(now, then))


def renamed_rules(base: Policy, head: Policy) -> dict[str, str]:
    """Rules that only have another name, by the one that they have now."""
    names = {rule.name for rule in rules_of(head)}
    old = [rule for rule in rules_of(base) if rule.name not in names]
    there = {rule.name for rule in rules_of(base)}
    new = [rule for rule in rules_of(head) if rule.name not in there]
    found: dict[str, str] = {}
    for rule in old:
        for other in new:
            same = replace(other, name=rule.name, why=rule.why)
            if type(other) is type(rule) and same == rule and other.name not in found.values():
                found[rule.name] = other.name
                break
    return found


def renamed_labels(base: Policy, head: Policy) -> dict[str, str]:
    """Labels that have another name and keep their issues: the new name by the old one."""
    before = {entry.name for entry in base.labels}
    return {
        old: entry.name
        for entry in head.labels
        for old in entry.previously
        if old in before and entry.name not in before
    }


def lost_labels(base: Policy, head: Policy) -> dict[str, str]:
    """Labels that mean nothing any more, though another one means what they did: that by the lost
    one."""
    known = {name for entry in head.labels for name in (entry.name, *entry.previously)}
    named = {entry.means: entry.name for entry in head.labels if entry.means}
    return {
        entry.name: named[entry.means]
        for entry in base.labels
        if entry.name not in known and entry.means in named
    }


def _changes(base: Plan, head: Plan) -> Iterator[Difference]:
    """The differences between the changes of both plans: those that only one makes, and those that
    both make with other values."""
    now = {change.slot: change for change in base.visible}
    then = {change.slot: change for change in head.visible}
    gone = [change for slot, change in now.items() if slot not in then]
    new = [change for slot, change in then.items() if slot not in now]
    pairs = list(_pairs(gone, new))
    paired = {id(change) for pair in pairs for change in pair}
    words = head.before.ctx.policy.words
    for change in head.visible:
        same = now.get(change.slot)
        said = change.describe(words)
        if same and (details := _details(same, change, said)):
            yield _difference("~", change, f"{said}: {details}")
    for before, after in pairs:
        said = after.describe(words)
        before_said = before.describe(words)
        if said == before_said:
            said += f": {_details(before, after, said) or 'another one of them'}"
        else:
            said += f" (now: {before_said})"
        yield _difference("~", after, said)
    for sign, changes in (("-", gone), ("+", new)):
        for change in changes:
            if id(change) not in paired:
                yield _difference(sign, change, change.describe(words))


def _difference(sign: str, change: Change, said: str) -> Difference:
    return Difference(change.ref, sign, change.kind, said, change.rule, change.why)


def _pairs(gone: Sequence[Change], new: Sequence[Change]) -> Iterator[tuple[Change, Change]]:
    """Changes that take the place of each other: each is the only one of its kind and topic on its
    issue in its plan."""
    before, after = Counter(map(_topic, gone)), Counter(map(_topic, new))
    for change in gone:
        topic = _topic(change)
        if before[topic] == after[topic] == 1:
            yield change, next(other for other in new if _topic(other) == topic)


def _topic(change: Change) -> tuple[str, ...]:
    if isinstance(change, Say | Message):
        about = change.note.template
    else:
        names = ("role", "channel", "family", "what", "label")
        about = " ".join(str(getattr(change, name, "")) for name in names)
    return change.ref, change.kind, about


def _details(before: Change, after: Change, said: str) -> str:
    """What people would read otherwise of two changes of a kind; of the second it is ``said``
    already what it does."""
    old, new = _shown(before), _shown(after)
    told = (
        _detail(key, new.get(key), old.get(key), said)
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    )
    return ", ".join(dict.fromkeys(told))


def _detail(key: str, new: Any, old: Any, said: str) -> str:
    """What is otherwise about a change, in words."""
    if key == "page":
        return "with a page" if new else "without a page"
    if (start := _STARTS.get(key)) is None:
        return "in other words"
    is_said = isinstance(new, str) and bool(new) and new in said
    return f"not {start} {_word(old)}" if is_said else f"{start} {_word(new)}, not {_word(old)}"


def _shown(change: Change) -> dict[str, Any]:
    row = change.row()
    note = row.pop("note", None)
    flat = row | (note if isinstance(note, dict) else {})
    return {key: value for key, value in flat.items() if key not in _UNSEEN}


def _word(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if value not in (None, "", [], False) else "none"


def _clocks(base: Plan, head: Plan, renamed: Mapping[str, str]) -> Iterator[Difference]:
    """Deadlines that move; and those that come or go on an issue on which the plans agree."""
    differ = {change.slot for change in base.visible} ^ {change.slot for change in head.visible}
    touched = {ref for ref, _, _ in differ}
    set_aside = SetAside()  # what fails on one issue has its finding already
    for ref in {*base.world, *head.world}:
        old = set_aside.attempt(ref, partial(_dues, ref, base)) or {}
        new = set_aside.attempt(ref, partial(_dues, ref, head)) or {}
        old = {renamed.get(name, name): due for name, due in old.items()}
        for name in sorted({*old, *new}):
            before, after = old.get(name), new.get(name)
            if before == after or (ref in touched and None in (before, after)):
                continue
            sign = "-" if after is None else "+" if before is None else "~"
            said = _clock_in_words(before, after, head)
            why = next((r.why for r in rules_of(head.before.ctx.policy) if r.name == name), "")
            yield Difference(ref, sign, CLOCK, said, name, why)


def _dues(ref: str, plan: Plan) -> dict[str, datetime]:
    incident = plan.world.get(ref)
    ctx = plan.before.ctx
    return {one.rule.name: one.at for one in deadlines(incident, ctx)} if incident else {}


def _clock_in_words(before: datetime | None, after: datetime | None, head: Plan) -> str:
    ctx = head.before.ctx
    if after is None:
        return f"no longer falls due {time_in_words(before, ctx)}"
    instead = f" instead of {time_in_words(before, ctx)}" if before else ""
    return f"falls due {time_in_words(after, ctx)}{instead}"


def _findings(base: Plan, head: Plan) -> Iterator[Difference]:
    """What a person would have to mend, and would no longer have to."""
    now = {(each.ref, each.name): each for each in base.findings}
    then = {(each.ref, each.name): each for each in head.findings}
    yield from (_finding("-", each) for key, each in now.items() if key not in then)
    yield from (_finding("+", each) for key, each in then.items() if key not in now)


def _finding(sign: str, found: Finding) -> Difference:
    said = found.text if sign == "+" else f"no longer: {found.text}"
    return Difference(found.ref, sign, FINDING, said)
