"""A scenario file as typed values that know their lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field, fields
from datetime import datetime, timedelta

from automation.errors import PolicyError
from automation.mistakes import Mistakes
from automation.model.issue import Capabilities
from automation.records import dataclass
from automation.scenarios.expectation_format import Anything, check_expect
from automation.scenarios.metrics import SLO
from automation.schema.shapes import (
    DurationShape,
    Field,
    Flag,
    ListOf,
    MapOf,
    Moment,
    OneOrMany,
    Record,
    Text,
    Whole,
)
from automation.schema.yaml_nodes import Node, Source, parse
from automation.times.durations import Duration

ACTIONS = (
    "opens",
    "comments",
    "labels",
    "assigns",
    "closes",
    "reopens",
    "deletes",
    "moves",
    "renames_label",
    "edits",
    "edits_comment",
    "reacts",
    "on_call",
    "acknowledges",
    "escalates",
    "pager",
    "alerts",
    "fails",
    "slo",
    "runs",
    "runner_clock",
)
SERVICES = ("pagerduty", "slack", "status.io", "google", "prometheus", "tracker")
CLOCK = r"(\d+[smhd]) (ahead|behind)|right"
_CAPABILITIES = tuple(f.name for f in fields(Capabilities))
_TEXTS = MapOf(Text(empty=True))
_ALERT = Record(
    "alert",
    Field("labels", _TEXTS, required=True),
    Field("annotations", _TEXTS, default={}),
    Field("status", Text(choices=("firing", "resolved")), default="firing"),
    Field("startsAt", Moment()),
)
_ISSUE = Text(pattern=r"#[1-9]\d*", says="an issue such as `#1`")
_PAGER = Record(
    "pager",
    Field("resolves", OneOrMany(_ISSUE)),
    Field("snoozes", OneOrMany(_ISSUE)),
    Field("merges", OneOrMany(_ISSUE)),
    Field("reassigns", MapOf(Text(), key=_ISSUE)),
    Field("escalates", MapOf(Text(), key=_ISSUE)),
    Field(
        "triggers",
        Record(
            "triggers",
            Field("service", Text(), required=True),
            Field("title", Text(), required=True),
            Field("to", Text(), required=True),
        ),
    ),
)


_STEP = Record(
    "step",
    Field("by", Text(), default="rita"),
    Field("after", DurationShape(exact=True)),
    Field("at", Moment()),
    Field("settles", Flag(), default=True),
    Field("dies_after", Whole(minimum=0)),
    *(Field(name, Anything()) for name in ACTIONS),
    Field("expect", Anything()),
)
_SCENARIO = Record(
    "scenario",
    Field("scenario", Text(), required=True, doc="one sentence"),
    Field("source", OneOrMany(Text()), default=(), doc="the requirements that it proves"),
    Field("start", Moment(), required=True, doc="the virtual clock"),
    Field("on_call", Anything()),
    Field("policy", Anything()),
    Field("tracker", MapOf(Anything(), key=Text(choices=_CAPABILITIES)), default={}),
    Field("outsiders", OneOrMany(Text()), default=()),
    Field("needs", OneOrMany(Text(choices=_CAPABILITIES)), default=()),
    Field("steps", ListOf(_STEP), required=True),
)


@dataclass(frozen=True, slots=True)
class Step:
    """What happens at one time, and what must be so after IMA's pass."""

    node: Node
    by: str
    actions: tuple[tuple[str, Node], ...]
    after: Duration | None = None
    at: datetime | None = None
    settles: bool = True
    dies_after: int | None = None
    expect: Node | None = None

    def when(self, now: datetime) -> datetime:
        """The time of this step if the one before was at ``now``."""
        if self.at is not None:
            return self.at
        return now + (self.after.length if self.after else timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Scenario:
    """People and time played against the policy."""

    file: str
    title: str
    start: datetime
    steps: tuple[Step, ...]
    sources: tuple[str, ...] = ()
    on_call: Mapping[str, str | None] = field(default_factory=dict)
    policy: Node | None = None
    can: Capabilities = field(default_factory=Capabilities)
    outsiders: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()


def read_scenario(source: Source) -> Scenario:
    """The scenario in a file. Raises PolicyError with every mistake found."""
    node = parse(source.text, source.file, pasted=True)
    mistakes = Mistakes()
    values = _SCENARIO.read(node, mistakes)
    steps = tuple(_step(step, mistakes) for step in _items(node.get("steps")))
    mistakes.raise_if_any()
    capabilities = {name: value.plain() for name, value in values["tracker"].items()}
    return Scenario(
        source.file,
        values["scenario"],
        values["start"],
        steps,
        tuple(re.findall(r"P-\d+", " ".join(values["source"]))),
        people_on_call(values["on_call"]),
        values["policy"],
        Capabilities(**capabilities),
        frozenset(values["outsiders"]),
        values["needs"],
    )


def people_on_call(node: Node | None) -> dict[str, str | None]:
    """Role: person. Nothing where nothing is written."""
    plain = node.plain() if node else None
    return dict(plain) if isinstance(plain, dict) else {}


def _items(node: Node | None) -> list[Node]:
    return [item for item in node.items if item.kind == "map"] if node else []


def _step(node: Node, mistakes: Mistakes) -> Step:
    values = _STEP.read(node, mistakes)
    actions = tuple((key, child) for key, (_, child) in node.entries.items() if key in ACTIONS)
    for name, child in actions:
        _check_action(name, child, mistakes)
    expect = values["expect"]
    if expect is not None:
        check_expect(expect, mistakes)
    return Step(
        node,
        values["by"],
        actions,
        values["after"],
        values["at"],
        values["settles"],
        values["dies_after"],
        expect,
    )


def _check_action(name: str, node: Node, mistakes: Mistakes) -> None:
    shapes = {
        "comments": MapOf(OneOrMany(Text(empty=True)), key=_ISSUE),
        "labels": MapOf(ListOf(Text(pattern=r"[+-].+")), key=_ISSUE),
        "assigns": MapOf(ListOf(Text(pattern=r"[+-].+")), key=_ISSUE),
        "reopens": OneOrMany(_ISSUE),
        "deletes": OneOrMany(_ISSUE),
        "moves": OneOrMany(_ISSUE),
        "renames_label": MapOf(Text()),
        "acknowledges": OneOrMany(_ISSUE),
        "reacts": OneOrMany(_ISSUE),
        "escalates": MapOf(Text(), key=_ISSUE),
        "pager": _PAGER,
        "alerts": ListOf(_ALERT),
        "edits": MapOf(
            Record("edit", Field("title", Text()), Field("body", Text(empty=True))), key=_ISSUE
        ),
        "edits_comment": MapOf(Text(empty=True), key=_ISSUE),
        "fails": MapOf(Anything(), key=Text(choices=SERVICES)),
        "slo": SLO,
        "runs": Text(),
        "runner_clock": Text(pattern=CLOCK, says="such as `7m ahead`, `7m behind` or `right`"),
    }
    if shape := shapes.get(name):
        shape.read(node, mistakes)


def regex(node: Node) -> re.Pattern[str]:
    """A regular expression of a scenario. Raises PolicyError where it is none."""
    try:
        return re.compile(str(node.value))
    except re.error as error:
        raise PolicyError(
            f"{node.file}:{node.line}: not a regular expression: {error}", "check it"
        ) from error


def strings(node: Node) -> Iterable[str]:
    """One text, or a list of such."""
    return [str(item.value) for item in node.items] if node.kind == "list" else [str(node.value)]
