"""Shapes: what a YAML value may be. The one truth for validation, JSON Schema and reference.

``shape.read(node, mistakes)`` gives the Python value and notes every mistake; after a mistake
its value means nothing, so ask ``mistakes.raise_if_any()`` before using it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from automation.mistakes import Mistakes, quoted, suggestion
from automation.scalars import DurationShape, Flag, LocalMoment, Moment, Number, Text, Whole, Zone
from automation.shape import Shape, anchor, as_json
from automation.source import Node

__all__ = [
    "DurationShape",
    "Either",
    "Field",
    "Flag",
    "ListOf",
    "LocalMoment",
    "MapOf",
    "Mistakes",
    "Moment",
    "Number",
    "OneOrMany",
    "Record",
    "Shape",
    "Text",
    "Whole",
    "Zone",
]


class ListOf(Shape):
    """A list of one shape, as a tuple."""

    __slots__ = ("item",)

    def __init__(self, item: Shape) -> None:
        self.item = item

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind != "list":
            return self.refuse(node, mistakes)
        return tuple(self.item.read(each, mistakes) for each in node.items)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.json_schema()}

    def describe(self) -> str:
        return f"a list, each {self.item.describe()}"

    def wanted(self) -> str:
        return f"it takes a list, each {self.item.short()}"

    def records(self) -> list[Record]:
        return self.item.records()


class OneOrMany(ListOf):
    """One value, or a list of them; always read as a tuple."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind == "list":
            return super().read(node, mistakes)
        return (self.item.read(node, mistakes),)

    def json_schema(self) -> dict[str, Any]:
        return {"anyOf": [self.item.json_schema(), super().json_schema()]}

    def describe(self) -> str:
        return f"{self.item.describe()}; or a list of such"


class MapOf(Shape):
    """Names, each with a value of one shape."""

    __slots__ = ("key", "value")

    def __init__(self, value: Shape, key: Text | None = None) -> None:
        self.value = value
        self.key = key or Text()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind != "map":
            return self.refuse(node, mistakes)
        read = {}
        for key, (line, child) in node.entries.items():
            if self.key.problem(key):
                where = mistakes.label(node)
                remedy = self.key.remedy(key)
                mistakes.add(child, f"{where} has no {quoted(key)}", remedy, line)
            read[key] = self.value.read(child, mistakes)
        return read

    def json_schema(self) -> dict[str, Any]:
        schema = {"type": "object", "additionalProperties": self.value.json_schema()}
        names = {k: v for k, v in self.key.json_schema().items() if k != "type"}
        return schema | ({"propertyNames": names} if names else {})

    def describe(self) -> str:
        return f"a map of names, each with {self.value.describe()}"

    def wanted(self) -> str:
        return f"it takes a map of names, each with {self.value.short()}"

    def records(self) -> list[Record]:
        return self.value.records()


class Either(Shape):
    """``plain``, or ``mapping`` where a map is written."""

    __slots__ = ("mapping", "plain")

    def __init__(self, plain: Shape, mapping: Shape) -> None:
        self.plain = plain
        self.mapping = mapping

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        return (self.mapping if node.kind == "map" else self.plain).read(node, mistakes)

    def json_schema(self) -> dict[str, Any]:
        return {"anyOf": [self.plain.json_schema(), self.mapping.json_schema()]}

    def describe(self) -> str:
        return f"{self.plain.describe()}; or {self.mapping.describe()}"

    def records(self) -> list[Record]:
        return [*self.plain.records(), *self.mapping.records()]


class Field:
    """One key of a `Record`. ``default`` is a Python value, as its shape would read it."""

    __slots__ = ("attribute", "default", "doc", "name", "required", "shape")

    def __init__(
        self, name: str, shape: Shape, *, required: bool = False, default: Any = None, doc: str = ""
    ) -> None:
        self.name: Final = name
        self.shape: Final = shape
        self.required: Final = required
        self.default: Final = default
        self.doc: Final = doc
        self.attribute: Final = name.replace("-", "_")

    def json_schema(self) -> dict[str, Any]:
        """That of its shape, with the doc and the default."""
        schema = self.shape.json_schema()
        if self.doc:
            schema["description"] = self.doc
        if self.default not in (None, ""):
            schema["default"] = as_json(self.default)
        return schema


class Record(Shape):
    """A map with known keys, read as a dict by field name ("-" becomes "_").

    Every field is in the dict, with its default where nothing is written.
    """

    __slots__ = ("fields", "title")

    def __init__(self, title: str, *fields: Field) -> None:
        self.title: Final = title
        self.fields: Final[Mapping[str, Field]] = {field.name: field for field in fields}

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind != "map":
            return self.refuse(node, mistakes)
        self._refuse_unknown(node, mistakes)
        return {
            field.attribute: self._field(field, node, mistakes) for field in self.fields.values()
        }

    def defaults(self) -> dict[str, Any]:
        """What an empty map reads as (if nothing is required)."""
        return {field.attribute: field.default for field in self.fields.values()}

    def _refuse_unknown(self, node: Node, mistakes: Mistakes) -> None:
        where = mistakes.label(node, self.title)
        for key, (line, child) in node.entries.items():
            if key not in self.fields:
                remedy = suggestion(key, self.fields)
                mistakes.add(child, f"{where} has no {quoted(key)}", remedy, line)

    def _field(self, field: Field, node: Node, mistakes: Mistakes) -> Any:
        if field.name in node.entries:
            return field.shape.read(node.entries[field.name][1], mistakes)
        if field.required:
            where = mistakes.label(node, self.title)
            remedy = f"add `{field.name}: …` ({field.doc or field.shape.describe()})"
            mistakes.add(node, f"{where} needs `{field.name}`", remedy)
        return field.default

    def json_schema(self) -> dict[str, Any]:
        required = [field.name for field in self.fields.values() if field.required]
        return {
            "type": "object",
            "properties": {name: field.json_schema() for name, field in self.fields.items()},
            "additionalProperties": False,
        } | ({"required": required} if required else {})

    def describe(self) -> str:
        return f"[{self.title}](#{anchor(self.title)})"

    def short(self) -> str:
        return "a map"

    def wanted(self) -> str:
        return f"it takes a map of {', '.join(self.fields)}" if self.fields else "write `{}`"

    def records(self) -> list[Record]:
        inner = [record for field in self.fields.values() for record in field.shape.records()]
        return [self, *inner]
