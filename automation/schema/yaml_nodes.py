"""YAML text → `Node` values that know where they stand. Pure; any text gives nodes or PolicyError.

The values are those of JSON: true, false, null, numbers as JSON writes them, and text. So ``on``,
``no``, ``0777``, ``12:30`` and dates are text. What no policy needs and few people can read is
refused: anchors, tags, several documents, deep nesting, control characters.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal, NamedTuple

import yaml

from automation.mistakes import Mistakes, quoted

Kind = Literal["map", "list", "text", "whole", "number", "flag", "null"]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LIMIT = 1_000_000  # characters: far more than any policy has
_DEEPEST = 50  # levels of maps and lists in each other
_PATHS = 50_000_000  # characters of the paths of all values; a file of 1 MB has a tenth of it
_WORDS_WITH_MEANING: dict[str, tuple[Kind, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), ("null", None)),
    **dict.fromkeys(("true", "True", "TRUE"), ("flag", True)),
    **dict.fromkeys(("false", "False", "FALSE"), ("flag", False)),
}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,99})(\.[0-9]{1,99})?([eE][-+]?[0-9]{1,9})?")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]"
)
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff\ufffe\uffff]")  # which no tracker keeps


class Source(NamedTuple):
    """The name and the text of a file that has been read."""

    file: str
    text: str


class Node:
    """A value of a file. ``value``: a dict of key → (line of the key, node), a list, a scalar."""

    __slots__ = ("file", "kind", "line", "path", "raw", "value")

    def __init__(
        self, kind: Kind, value: Any, file: str, line: int, path: str = "", raw: str = ""
    ) -> None:
        self.kind: Final[Kind] = kind
        self.value: Final = value
        self.file: Final = file
        self.line: Final = line  # 1-based
        self.path: Final = path  # "rules[2].when.for"; "" is the whole
        self.raw: Final = raw  # a scalar as it is written

    def __repr__(self) -> str:
        return f"<{self.kind} {self.file}:{self.line} {self.path}>"

    @property
    def entries(self) -> dict[str, tuple[int, Node]]:
        """The entries of a map, {key: (line of the key, node)}; {} for any other kind."""
        return self.value if self.kind == "map" else {}

    @property
    def items(self) -> list[Node]:
        """The items of a list; [] for any other kind."""
        return self.value if self.kind == "list" else []

    def get(self, key: str) -> Node | None:
        """The value of ``key``, if this is a map that has it."""
        found = self.entries.get(key)
        return found[1] if found else None

    def plain(self) -> Any:
        """The value as Python's dicts, lists and scalars."""
        if self.kind == "map":
            return {key: child.plain() for key, (_, child) in self.value.items()}
        return [child.plain() for child in self.value] if self.kind == "list" else self.value

    def at(self, path: str) -> Node:
        """The same at another path."""
        value = self.value
        if self.kind == "map":
            value = {
                key: (line, node.at(joined_path(path, key))) for key, (line, node) in value.items()
            }
        elif self.kind == "list":
            value = [node.at(f"{path}[{index}]") for index, node in enumerate(value)]
        return Node(self.kind, value, self.file, self.line, path, self.raw)


def parse(text: str, file: str, *, pasted: bool = False) -> Node:
    """The one document of ``text``. ``pasted``: its values stand for what people paste, in which
    an escape may give a character that nobody sees. Raises PolicyError with all mistakes."""
    mistakes = Mistakes()
    text = text.removeprefix("\ufeff")
    _refuse_bytes(text, file, mistakes)
    mistakes.raise_if_any()
    reader = _Reader(text, file, mistakes, _NO_TEXT if pasted else _CONTROL)
    try:
        root = reader.document()
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        root = Node("null", None, file, 1)
        _note_syntax(error, file, mistakes)
    except _TooMuch as error:
        root = Node("null", None, file, 1)
        mistakes.at(
            file, error.line, error.problem, "write it flatter; no file of ima needs so much"
        )
    mistakes.raise_if_any()
    return root


def _refuse_bytes(text: str, file: str, mistakes: Mistakes) -> None:
    if len(text) > _LIMIT:
        mistakes.at(file, 1, "longer than 1 MB", "ima's files are short; is it the right file?")
        return
    lines = {text.count("\n", 0, found.start()) + 1 for found in _first_control_characters(text)}
    for line in sorted(lines):
        remedy = "take it out; it may have come with a copied text"
        mistakes.at(file, line, "a control character, which nobody can see", remedy)


def _first_control_characters(text: str) -> list[re.Match[str]]:
    found = _CONTROL.finditer(text)
    return [match for match, _ in zip(found, range(100), strict=False)]


def _note_syntax(error: Exception, file: str, mistakes: Mistakes) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    context = getattr(error, "context", None)
    what = f"not valid YAML: {problem}" + (f" {context}" if context else "")
    remedy = "look for a missing quote, colon, bracket or indentation at this line or just before"
    mistakes.at(file, mark.line + 1 if mark else 1, what, remedy)


class _TooMuch(Exception):
    def __init__(self, line: int, problem: str) -> None:
        self.line, self.problem = line, problem


class _Reader:
    """Nodes from parse events: no recursion of PyYAML, and nothing of it is constructed."""

    def __init__(self, text: str, file: str, mistakes: Mistakes, refused: re.Pattern[str]) -> None:
        self._refused = refused
        self._next = _LOADER(text).get_event
        self._file = file
        self._mistakes = mistakes
        self._room = _PATHS

    def document(self) -> Node:
        self._next()  # the stream begins
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            return Node("null", None, self._file, 1)
        root = self._node(self._next(), "", 0)
        self._next()  # the document ends
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            self._note(after, "a second document in one file", "remove the `---` and what follows")
        return root

    def _note(self, event: Any, problem: str, remedy: str) -> None:
        self._mistakes.at(self._file, event.start_mark.line + 1, problem, remedy)

    def _node(self, event: Any, path: str, depth: int) -> Node:
        line = event.start_mark.line + 1
        if depth > _DEEPEST:
            raise _TooMuch(line, f"nested more than {_DEEPEST} levels deep")
        self._room -= len(path)
        if self._room < 0:
            raise _TooMuch(line, "longer names above more values than this file may have")
        self._refuse_anchors_and_tags(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, line, path)
        if isinstance(event, yaml.MappingStartEvent):
            return Node("map", self._entries(path, depth + 1), self._file, line, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node("list", self._items(path, depth + 1), self._file, line, path)
        return Node("null", None, self._file, line, path)  # an alias, noted

    def _refuse_anchors_and_tags(self, event: Any) -> None:
        if event.anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            what = f"an anchor or alias ({sign}{event.anchor})"
            self._note(event, what, f"write the value out, or quote a text that begins with {sign}")
        if getattr(event, "tag", None) is not None:
            what = f"a YAML tag ({quoted(event.tag)[1:-1]})"
            self._note(event, what, "write plain values, or quote a text that begins with !")

    def _scalar(self, event: Any, line: int, path: str) -> Node:
        raw = event.value
        if self._refused.search(raw):
            remedy = "take the escape out"
            self._note(event, "a control character, written as an escape", remedy)
        kind, value = scalar_kind(raw) if event.implicit[0] else ("text", raw)
        return Node(kind, value, self._file, line, path, raw)

    def _items(self, path: str, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, f"{path}[{len(items)}]", depth))
        return items

    def _entries(self, path: str, depth: int) -> dict[str, tuple[int, Node]]:
        entries: dict[str, tuple[int, Node]] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, path, depth)
            value = self._node(self._next(), joined_path(path, key.raw), depth)
            if key.kind != "text":
                what = f"{quoted(key.raw)} as a key" if key.raw else f"a {key.kind} as a key"
                self._note(event, f"{what}, which is not text", "write the key in quotes")
            elif key.raw in entries:
                what = f"{quoted(key.raw)} a second time (first on line {entries[key.raw][0]})"
                self._note(event, what, "keep one of the two")
            else:
                entries[key.raw] = (key.line, value)
        return entries


def scalar_kind(raw: str) -> tuple[Kind, Any]:
    """What a scalar without quotes is."""
    if raw in _WORDS_WITH_MEANING:
        return _WORDS_WITH_MEANING[raw]
    if found := _NUMBER.fullmatch(raw):
        return ("number", float(raw)) if found[1] or found[2] else ("whole", int(raw))
    return "text", raw


def joined_path(path: str, key: str) -> str:
    """The path of ``key`` in the map at ``path``."""
    return f"{path}.{key}" if path else key
