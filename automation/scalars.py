"""Shapes of single values (see `automation.schema`, which has them all)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from automation.durations import Duration, zone_named
from automation.errors import PolicyError
from automation.mistakes import quoted, suggestion
from automation.moments import local_moment, moment
from automation.shape import Shape, one_of, shown

if TYPE_CHECKING:
    from automation.mistakes import Mistakes
    from automation.source import Node


class Text(Shape):
    """A text: one of ``choices``, or whole matching ``pattern`` (described by ``says``)."""

    __slots__ = ("choices", "empty", "pattern", "says")

    def __init__(
        self,
        pattern: str = "",
        choices: tuple[str, ...] = (),
        empty: bool = False,
        says: str = "",
    ) -> None:
        self.pattern = re.compile(pattern) if pattern else None
        self.choices = tuple(choices)
        self.empty = empty
        self.says = says

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind != "text":
            return self.refuse(node, mistakes)
        if problem := self.problem(node.raw):
            where = mistakes.label(node)
            mistakes.add(node, f"{where} is {problem}", self.remedy(node.raw))
        return node.raw

    def refuse(self, node: Node, mistakes: Mistakes) -> None:
        if node.kind in ("whole", "number", "flag"):
            where = mistakes.label(node)
            mistakes.add(node, f"{where} is {shown(node)}", f'quote it: "{node.raw[:60]}"')
        else:
            super().refuse(node, mistakes)

    def problem(self, text: str) -> str:
        """What is wrong with ``text``, or nothing."""
        if self.choices:
            return "" if text in self.choices else quoted(text)
        if self.pattern:
            return "" if self.pattern.fullmatch(text) else quoted(text)
        return "" if text.strip() or self.empty else "empty"

    def remedy(self, text: str) -> str:
        """What to write instead of ``text``."""
        return suggestion(text, self.choices) if self.choices else self.wanted()

    def json_schema(self) -> dict[str, Any]:
        if self.choices:
            return {"type": "string", "enum": list(self.choices)}
        if self.pattern:
            return {"type": "string", "pattern": f"^(?:{self.pattern.pattern})$"}
        return {"type": "string"} | ({} if self.empty else {"minLength": 1})

    def describe(self) -> str:
        if self.choices:
            return one_of(self.choices)
        return self.says or (f"text like `{self.pattern.pattern}`" if self.pattern else "text")


class Number(Shape):
    """A number, whole or not."""

    __slots__ = ("maximum", "minimum")
    kinds: tuple[str, ...] = ("whole", "number")
    name = "number"

    def __init__(self, minimum: float | None = None, maximum: float | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind not in self.kinds or not self._within(node.value):
            mistakes.add(
                node, f"{mistakes.label(node)} is {node.raw or shown(node)}", self.wanted()
            )
        return node.value

    def _within(self, value: float) -> bool:
        low = value >= (float("-inf") if self.minimum is None else self.minimum)
        return low and value <= (1e15 if self.maximum is None else self.maximum)

    def json_schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.minimum, "maximum": self.maximum}
        kind = "integer" if self.kinds == ("whole",) else "number"
        return {"type": kind} | {key: value for key, value in bounds.items() if value is not None}

    def describe(self) -> str:
        match self.minimum, self.maximum:
            case None, None:
                return f"a {self.name}"
            case low, None:
                return f"a {self.name}, {low} or more"
            case None, high:
                return f"a {self.name}, {high} or less"
            case low, high:
                return f"a {self.name} from {low} to {high}"


class Whole(Number):
    """A whole number."""

    __slots__ = ()
    kinds = ("whole",)
    name = "whole number"


class Flag(Shape):
    """true or false."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        return node.value if node.kind == "flag" else self.refuse(node, mistakes)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def describe(self) -> str:
        return "`true` or `false`"


class DurationShape(Shape):
    """A `Duration`; or one of ``names`` (of policy durations), which is read as that name.

    ``exact`` refuses what depends on a calendar: working days and the end of the day.
    """

    __slots__ = ("exact", "names")

    def __init__(self, names: tuple[str, ...] = (), exact: bool = False) -> None:
        self.names = tuple(names)
        self.exact = exact

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind == "text" and node.raw in self.names:
            return node.raw
        where = mistakes.label(node)
        if node.kind not in ("text", "whole"):
            return mistakes.add(node, f"{where} is {shown(node)}", self.wanted())
        try:
            duration = Duration.parse(node.raw)
        except PolicyError as error:
            return mistakes.add(node, f"{where} is {error.problem}", self._remedy(node.raw, error))
        if self.exact and duration.unit in ("wd", "eod"):
            mistakes.add(node, f"{where} is '{duration}', which needs a calendar", self.wanted())
        return duration

    def _remedy(self, text: str, error: PolicyError) -> str:
        guess = suggestion(text, self.names) if self.names else ""
        return guess if guess.startswith("did you mean") else error.remedy

    def json_schema(self) -> dict[str, Any]:
        units = "s|m|h|d|w" if self.exact else "s|m|h|d|w|wd"
        eod = "" if self.exact else "|eod"
        literal = {"type": "string", "pattern": f"^([0-9]{{1,9}}({units}){eod})$"}
        return {"anyOf": [literal, {"enum": list(self.names)}]} if self.names else literal

    def describe(self) -> str:
        such = "`90s`, `30m`, `2h`, `3d` or `1w`" if self.exact else "`30m`, `3d`, `5wd` or `eod`"
        named = f"; or {one_of(self.names)}" if self.names else ""
        return f"a duration such as {such}{named}"


class Moment(Shape):
    """RFC 3339, or a local time and its zone; read as an aware datetime in UTC."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        try:
            return self.value(node.raw if node.kind == "text" else "")
        except PolicyError as error:
            where = mistakes.label(node)
            return mistakes.add(node, f"{where} is {shown(node)}", error.remedy or self.wanted())

    def value(self, text: str) -> datetime:
        return moment(text)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d"}

    def describe(self) -> str:
        return "a time such as `2026-03-02T08:00:00Z` or `2026-03-02T09:00 Europe/Berlin`"


class LocalMoment(Moment):
    """The same, kept in the zone in which it was written."""

    __slots__ = ()

    def value(self, text: str) -> datetime:
        return local_moment(text)


class Zone(Shape):
    """The name of a time zone."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind != "text":
            return self.refuse(node, mistakes)
        try:
            zone_named(node.raw)
        except PolicyError as error:
            mistakes.add(node, f"{mistakes.label(node)} is {error.problem}", error.remedy)
        return node.raw

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}

    def describe(self) -> str:
        return "a time zone such as `UTC` or `Europe/Berlin`"
