"""What every shape can do (see `automation.schema`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from automation.mistakes import quoted

if TYPE_CHECKING:
    from automation.mistakes import Mistakes
    from automation.schema import Record
    from automation.source import Node


class Shape:
    """What a YAML value may be."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        """The Python value of ``node``; every mistake is noted, none is raised."""
        raise NotImplementedError

    def json_schema(self) -> dict[str, Any]:
        """The same as JSON Schema (draft 2020-12)."""
        raise NotImplementedError

    def describe(self) -> str:
        """The same for people: a phrase, in Markdown."""
        raise NotImplementedError

    def wanted(self) -> str:
        """The remedy for something that is of another kind."""
        return f"it takes {self.short()}"

    def short(self) -> str:
        """`describe` for a message, where a link is of no use."""
        return self.describe()

    def records(self) -> list[Record]:
        """The records in it, outermost first: each gets a table in the reference."""
        return []

    def refuse(self, node: Node, mistakes: Mistakes) -> None:
        """Note that ``node`` is of another kind."""
        mistakes.add(node, f"{mistakes.label(node)} is {shown(node)}", self.wanted())


def shown(node: Node) -> str:
    """What ``node`` is, for a message."""
    match node.kind:
        case "map":
            return "a map"
        case "list":
            return "a list"
        case "null":
            return "empty"
        case "text":
            return quoted(node.raw)
        case _:
            return f"{node.raw[:40]}, which YAML reads as {_KINDS[node.kind]}"


_KINDS = {"flag": "true or false", "whole": "a number", "number": "a number"}


def one_of(words: tuple[str, ...]) -> str:
    """Words as code, with *or* before the last."""
    code = [f"`{word}`" for word in words]
    return " or ".join([", ".join(code[:-1]), code[-1]] if len(code) > 1 else code)


def anchor(title: str) -> str:
    """The link target of a Markdown heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def as_json(value: Any) -> Any:
    """A default as JSON can say it."""
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    return value if isinstance(value, str | bool | int | float) else str(value)
