"""Shapes that only ``policy.yml`` needs: names, kinds of services, working hours. Pure."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from typing import Any

from automation.errors import PolicyError
from automation.mistakes import Mistakes, quoted
from automation.schema.shapes import (
    Field,
    ListOf,
    OneOrMany,
    Record,
    Shape,
    Text,
    Whole,
    Zone,
    shown,
)
from automation.schema.yaml_nodes import Node
from automation.times.durations import Calendar

VERSION = 1
DURATIONS = ("severity_within", "cmoc_after")  # a rule's `for` may name them
TOLD = ("owner", "assignee", "author")  # besides roles, whom a rule may tell something
COMMANDS = (
    "help",
    "declare",
    "severity",
    "state",
    "status",
    "engage",
    "page",
    "stand-down",
    "handover",
    "resolve",
    "reopen",
    "near-miss",
    "adopt",
    "explain",
    "security",
    "publish",
    "next-update",
    "withhold",
    "review",
    "document",
    "announce",
    "action",
    "need",
    "tell-next",
    "waive",
)
NAME = Text(r"[a-z0-9][a-z0-9_-]*", says="a name in lower case, such as `web` or `git-ssh`")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LOGIN = Text(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[bot\])?", says="a login, without the @")


class Version(Whole):
    """The version of the format."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.value != VERSION or node.kind != "whole":
            remedy = f"write `version: {VERSION}`, or use the release of ima that it is for"
            what = f"this ima reads `version: {VERSION}` of the format, not {node.raw or node.kind}"
            mistakes.add(node, what, remedy)
        return VERSION

    def json_schema(self) -> dict[str, Any]:
        return {"const": VERSION}

    def describe(self) -> str:
        return f"`{VERSION}`"


class Kind(Text):
    """Which implementation of a service."""

    __slots__ = ()

    def __init__(self, *known: str) -> None:
        super().__init__(choices=known)

    def remedy(self, text: str) -> str:
        if close := get_close_matches(text, self.choices, 1, 0.75):  # github is not gitlab
            return f"did you mean {quoted(close[0])}?"
        *others, last = self.choices
        before = f"{', '.join(others)} and " if others else ""
        return f"this version of ima knows only {before}{last}"


class Day(Shape):
    """A day of the calendar, read as a date."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        try:
            return date.fromisoformat(node.raw if _DAY.fullmatch(node.raw) else "")
        except ValueError:
            what = quoted(node.raw) + ", which is not a day" if node.raw else shown(node)
            return mistakes.add(node, f"{mistakes.label(node)} is {what}", self.wanted())

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "pattern": f"^{_DAY.pattern}$"}

    def describe(self) -> str:
        return "a day such as `2026-12-25`"


class Hours(Record):
    """Working hours, read as a `Calendar`."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(
            "Working hours",
            Field("zone", Zone(), default="UTC", doc="Where the hours are"),
            Field("days", OneOrMany(Text()), default=("Mon-Fri",), doc="`Mon-Fri`, `[Mon, Wed]`"),
            Field("hours", Text(), default="9-17", doc="`9-17`, `9:30-17:30`"),
            Field("holidays", ListOf(Day()), default=(), doc="Days on which nobody works"),
        )

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        before = len(mistakes)
        values = super().read(node, mistakes)
        if len(mistakes) > before:
            return None
        values["days"] = ",".join(values["days"])
        values["holidays"] = frozenset(values["holidays"])
        for key in ("days", "hours"):
            try:
                Calendar(**{key: values[key]})
            except PolicyError as error:
                child = node.get(key) or node
                mistakes.add(child, f"{mistakes.label(child)} is {error.problem}", error.remedy)
        return Calendar(**values) if len(mistakes) == before else None


class People(Text):
    """Who may give a command: a word, a role (checked later) or a login."""

    __slots__ = ()
    words = ("owner", "holder", "chain", "member", "anyone")

    def __init__(self) -> None:
        super().__init__(
            r"@[A-Za-z0-9][A-Za-z0-9._-]*(\[bot\])?|[a-z0-9][a-z0-9_-]*",
            says=f"{', '.join(f'`{word}`' for word in self.words)}, a role, or a login: `@mia`",
        )
