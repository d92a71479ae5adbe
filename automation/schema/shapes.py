"""Shapes: what a YAML value may be. The one truth for validation, JSON Schema and reference.

``shape.read(node, mistakes)`` gives the Python value and notes every mistake; after a mistake
its value means nothing, so ask ``mistakes.raise_if_any()`` before using it.

Which shape a key has is read off a dataclass where there is one: `described.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from automation.errors import PolicyError
from automation.mistakes import Mistakes, quoted, suggestion
from automation.schema.yaml_nodes import Node
from automation.times.durations import Duration, zone_named
from automation.times.moments import local_moment, moment


class Shape:
    """What a YAML value may be."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        """The Python value of ``node``; every mistake is noted, none is raised."""
        raise NotImplementedError

    def read_named(self, name: str, node: Node, mistakes: Mistakes) -> Any:
        """The same, where ``node`` stands in a map under ``name``."""
        return self.read(node, mistakes)

    def json_schema(self) -> dict[str, Any]:
        """The same as JSON Schema (draft 2020-12)."""
        raise NotImplementedError

    def describe(self) -> str:
        """The same for people: a phrase, in Markdown."""
        raise NotImplementedError

    def wanted(self) -> str:
        """What to write instead of something that is of another kind."""
        return f"it takes {self.short()}"

    def short(self) -> str:
        """`describe` for a message on a terminal, where a link is of no use."""
        return self.describe()

    def records(self) -> list[Record]:
        """The records in it, outermost first: each gets a table in the reference."""
        return []

    def texts(self, node: Node) -> Iterator[tuple[Text, Node]]:
        """Each text in ``node``, with the shape that says what it may be."""
        yield from ()

    def refuse(self, node: Node, mistakes: Mistakes) -> None:
        """Note that ``node`` is of another kind."""
        mistakes.add(node, f"{mistakes.label(node)} is {node_in_words(node)}", self.wanted())


def node_in_words(node: Node) -> str:
    """What ``node`` is, as a part of a message: "a list", "empty", "'foo'"."""
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


def words_as_code(words: tuple[str, ...]) -> str:
    """Words as code, with *or* before the last: "`a`, `b` or `c`"."""
    code = [f"`{word}`" for word in words]
    return " or ".join([", ".join(code[:-1]), code[-1]] if len(code) > 1 else code)


def heading_anchor(title: str) -> str:
    """The link target of a Markdown heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def default_as_json(value: Any) -> Any:
    """A default value as JSON has it: durations and dates as text, tuples as lists."""
    if isinstance(value, dict):
        return {key: default_as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [default_as_json(each) for each in value]
    return value if isinstance(value, str | bool | int | float) else str(value)


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
            mistakes.add(node, f"{where} is {node_in_words(node)}", f'quote it: "{node.raw[:60]}"')
        else:
            super().refuse(node, mistakes)

    def texts(self, node: Node) -> Iterator[tuple[Text, Node]]:
        if node.kind == "text":
            yield self, node

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
            return words_as_code(self.choices)
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
                node, f"{mistakes.label(node)} is {node.raw or node_in_words(node)}", self.wanted()
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
    ``repeats`` refuses no time at all: what comes again after it would never end.
    """

    __slots__ = ("exact", "names", "repeats")

    def __init__(
        self, names: tuple[str, ...] = (), exact: bool = False, repeats: bool = False
    ) -> None:
        self.names = tuple(names)
        self.exact = exact
        self.repeats = repeats

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind == "text" and node.raw in self.names:
            return node.raw
        where = mistakes.label(node)
        if node.kind not in ("text", "whole"):
            return mistakes.add(node, f"{where} is {node_in_words(node)}", self.wanted())
        try:
            duration = Duration.parse(node.raw)
        except PolicyError as error:
            return mistakes.add(node, f"{where} is {error.problem}", self._remedy(node.raw, error))
        if self.exact and duration.unit in ("wd", "eod"):
            mistakes.add(node, f"{where} is '{duration}', which needs a calendar", self.wanted())
        if self.repeats and not duration.amount:
            what = f"{where} is '{duration}', and what repeats needs some time in between"
            mistakes.add(node, what, "write at least `1s`")
        return duration

    def _remedy(self, text: str, error: PolicyError) -> str:
        guess = suggestion(text, self.names) if self.names else ""
        return guess if guess.startswith("did you mean") else error.remedy

    def json_schema(self) -> dict[str, Any]:
        units = "s|m|h|d|w" if self.exact else "s|m|h|d|w|wd"
        eod = "" if self.exact else "|eod"
        number = "(?!0+[a-z])[0-9]{1,9}" if self.repeats else "[0-9]{1,9}"
        literal = {"type": "string", "pattern": f"^({number}({units}){eod})$"}
        return {"anyOf": [literal, {"enum": list(self.names)}]} if self.names else literal

    def describe(self) -> str:
        such = "`90s`, `30m`, `2h`, `3d` or `1w`" if self.exact else "`30m`, `3d`, `5wd` or `eod`"
        named = f"; or {words_as_code(self.names)}" if self.names else ""
        return f"a duration such as {such}{named}"


class Moment(Shape):
    """A time as in RFC 3339, or a local time and its zone; read as an aware datetime in UTC."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        try:
            return self.value(node.raw if node.kind == "text" else "")
        except PolicyError as error:
            where = mistakes.label(node)
            return mistakes.add(
                node, f"{where} is {node_in_words(node)}", error.remedy or self.wanted()
            )

    def value(self, text: str) -> datetime:
        return moment(text)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d"}

    def describe(self) -> str:
        return "a time such as `2026-03-02T08:00:00Z` or `2026-03-02T09:00 Europe/Berlin`"


class DayShape(Shape):
    """A day of the calendar, read as a date."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        try:
            return date.fromisoformat(node.raw if _DAY.fullmatch(node.raw) else "")
        except ValueError:
            what = quoted(node.raw) + ", which is not a day" if node.raw else node_in_words(node)
            return mistakes.add(node, f"{mistakes.label(node)} is {what}", self.wanted())

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "pattern": f"^{_DAY.pattern}$"}

    def describe(self) -> str:
        return "a day such as `2026-12-25`"


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class LocalMoment(Moment):
    """A time, read as an aware datetime in the zone in which it is written."""

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


class ListOf(Shape):
    """A list of ``least`` or more of one shape, as a tuple."""

    __slots__ = ("item", "least")

    def __init__(self, item: Shape, least: int = 0) -> None:
        self.item = item
        self.least = least

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind != "list":
            return self.refuse(node, mistakes)
        if len(node.items) < self.least:
            what = f"{mistakes.label(node)} is an empty list, and means nothing so"
            mistakes.add(node, what, f"name at least one: {self.item.short()}")
        return tuple(self.item.read(each, mistakes) for each in node.items)

    def json_schema(self) -> dict[str, Any]:
        least = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.item.json_schema()} | least

    def describe(self) -> str:
        return f"a list, each {self.item.describe()}"

    def wanted(self) -> str:
        return f"it takes a list, each {self.item.short()}"

    def records(self) -> list[Record]:
        return self.item.records()

    def texts(self, node: Node) -> Iterator[tuple[Text, Node]]:
        for each in node.items:
            yield from self.item.texts(each)


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

    def texts(self, node: Node) -> Iterator[tuple[Text, Node]]:
        return super().texts(node) if node.kind == "list" else self.item.texts(node)


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
            read[key] = self.value.read_named(key, child, mistakes)
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

    def texts(self, node: Node) -> Iterator[tuple[Text, Node]]:
        for key, (line, child) in node.entries.items():
            yield self.key, Node("text", key, child.file, line, child.path, key)
            yield from self.value.texts(child)


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

    def texts(self, node: Node) -> Iterator[tuple[Text, Node]]:
        return (self.mapping if node.kind == "map" else self.plain).texts(node)


class Field:
    """One key of a `Record`. ``default`` is a Python value, as its shape would read it."""

    __slots__ = ("attribute", "default", "doc", "name", "required", "shape")

    def __init__(
        self,
        name: str,
        shape: Shape,
        *,
        attribute: str = "",
        required: bool = False,
        default: Any = None,
        doc: str = "",
    ) -> None:
        self.name: Final = name
        self.shape: Final = shape
        self.required: Final = required
        self.default: Final = default
        self.doc: Final = doc
        self.attribute: Final = attribute or name.replace("-", "_")

    @property
    def shown_default(self) -> Any:
        """The default as JSON; None where there is nothing to show: what is empty, and a map
        whose own keys have their defaults."""
        none = self.default in (None, "", (), {}) or isinstance(self.shape, Record)
        return None if none else default_as_json(self.default)

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of its shape, with its documentation and its default."""
        schema = self.shape.json_schema()
        if self.doc:
            schema["description"] = self.doc
        if (default := self.shown_default) is not None:
            schema["default"] = default
        return schema


class Record(Shape):
    """A map with known keys.

    It is read as ``build`` of its values by attribute; without ``build`` as a dict of them. Every
    attribute is there, with its default where nothing is written. ``map_key`` is the attribute for
    the name under which a map holds it. ``least`` keys have to be written.
    """

    __slots__ = ("build", "fields", "least", "map_key", "title")

    def __init__(
        self,
        title: str,
        *fields: Field,
        build: Callable[..., Any] | None = None,
        map_key: str = "",
        least: int = 0,
    ) -> None:
        self.title: Final = title
        self.fields: Final[Mapping[str, Field]] = {field.name: field for field in fields}
        self.build: Final = build
        self.map_key: Final = map_key
        self.least: Final = least

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        return self.read_named("", node, mistakes)

    def read_named(self, name: str, node: Node, mistakes: Mistakes) -> Any:
        before = len(mistakes)
        values = self.values(node, mistakes)
        if self.build is None or values is None:
            return values
        key = {self.map_key: name} if self.map_key else {}
        return self.build(**key, **values) if len(mistakes) == before else None

    def values(self, node: Node, mistakes: Mistakes) -> dict[str, Any] | None:
        """The values by attribute, of whatever could be read; None if ``node`` is no map."""
        if node.kind != "map":
            return self.refuse(node, mistakes)  # type: ignore[func-returns-value]
        self._refuse_unknown(node, mistakes)
        if len(node.entries) < self.least:
            what = f"{mistakes.label(node, self.title)} is empty, and does nothing so"
            mistakes.add(node, what, f"say at least one of {words_as_code(tuple(self.fields))}")
        return {
            field.attribute: self._field(field, node, mistakes) for field in self.fields.values()
        }

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
            **({"minProperties": self.least} if self.least else {}),
            **({"required": required} if required else {}),
        }

    def describe(self) -> str:
        return f"[{self.title}](#{heading_anchor(self.title)})"

    def short(self) -> str:
        return "a map"

    def wanted(self) -> str:
        return f"it takes a map of {', '.join(self.fields)}" if self.fields else "write `{}`"

    def records(self) -> list[Record]:
        inner = [record for field in self.fields.values() for record in field.shape.records()]
        return [self, *inner]

    def texts(self, node: Node) -> Iterator[tuple[Text, Node]]:
        for name, field in self.fields.items():
            if child := node.get(name):
                yield from field.shape.texts(child)
