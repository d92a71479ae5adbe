"""Keys of a file, read off the dataclass that holds their values: each is described once.

A field is a key if its annotation carries a sentence:

    every: Annotated[Period, "How long each one's turn is"]
    chain: Annotated[bool, "Whether it passes the ownership on"] = True

From such a field come validation, JSON Schema and the reference: its name, what its type may be,
its default (without one it is required) and its documentation. A field without a sentence is the
program's own. What the type alone cannot say stands beside the sentence:

- a `Shape`, such as ``Whole(0)``, in place of the one that the type gives;
- `Key`, where the file's word is none of Python's, such as ``from``;
- `AT_LEAST_ONE`, for a list that must not be empty;
- `MAP_KEY` in place of a sentence, for the name under which a map holds the value.

An alias such as ``Login = Annotated[str, Text("[a-z]+")]`` says it for many fields.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from datetime import date, datetime
from inspect import get_annotations
from types import NoneType, UnionType
from typing import Any, Final, Literal, NamedTuple, Union, get_args, get_origin

from automation.schema.shapes import (
    DayShape,
    DurationShape,
    Field,
    Flag,
    MapOf,
    Moment,
    Number,
    OneOrMany,
    Record,
    Shape,
    Text,
    Whole,
)
from automation.times.durations import Duration


class Key(NamedTuple):
    """The file's word for a field."""

    name: str


class _Mark(NamedTuple):
    means: str


AT_LEAST_ONE: Final = _Mark("a list that must not be empty")
MAP_KEY: Final = _Mark("the name under which a map holds the value")
_SIMPLE: Final[dict[Any, Shape]] = {
    str: Text(),
    bool: Flag(),
    int: Whole(),
    float: Number(),
    Duration: DurationShape(),
    datetime: Moment(),
    date: DayShape(),
}


def record_of(cls: type) -> Record:
    """The map that is read as a ``cls``."""
    names = (field.name for field, hint in _own_fields(cls) if MAP_KEY in _notes(hint))
    return Record(_words(cls.__name__), *keys_of(cls), build=cls, map_key=next(names, ""))


def keys_of(cls: type) -> tuple[Field, ...]:
    """The keys that ``cls`` itself describes, in its order; not those of its parents."""
    return tuple(
        _key(field, sentence, hint)
        for field, hint in _own_fields(cls)
        for sentence in _notes(hint)
        if isinstance(sentence, str)
    )


def _own_fields(cls: type) -> Iterator[tuple[dataclasses.Field[Any], Any]]:
    fields = cls.__dataclass_fields__  # type: ignore[attr-defined]
    for name, hint in get_annotations(cls, eval_str=True).items():
        if name in fields and hasattr(hint, "__metadata__"):
            yield fields[name], hint


def _notes(hint: Any) -> tuple[Any, ...]:
    return getattr(hint, "__metadata__", ())


def _key(field: dataclasses.Field[Any], sentence: str, hint: Any) -> Field:
    default: Any = field.default
    if field.default_factory is not MISSING:
        default = field.default_factory()
    return Field(
        next((note.name for note in _notes(hint) if isinstance(note, Key)), field.name),
        _shape(hint),
        attribute=field.name,
        required=default is MISSING,
        default=None if default is MISSING else default,
        doc=sentence,
    )


def _shape(hint: Any) -> Shape:
    """What a value of the type ``hint`` may be."""
    notes = _notes(hint)
    for note in reversed(notes):
        if isinstance(note, Shape):
            return note
    kind = hint.__origin__ if notes else hint
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        (only,) = (each for each in inner if each is not NoneType)
        return _shape(only)
    if origin is Literal:
        return Text(choices=inner)
    if origin is tuple:
        return OneOrMany(_shape(inner[0]), least=int(AT_LEAST_ONE in notes))
    if origin is Mapping:
        key = _shape(inner[0])
        assert isinstance(key, Text)
        return MapOf(_shape(inner[1]), key)
    return record_of(kind)


def _words(name: str) -> str:
    """ "StatusPageSettings" as a heading: "Status page"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub("(Settings|Entry)$", "", name))
    return words[0] + words[1:].lower() if not words.isupper() else words
