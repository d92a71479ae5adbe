"""The strict reader: what must stand in an answer. Only that is kept, and all else ignored. Pure.

A shape gives the value that it is asked to read, or raises `Odd`: what was found, and where.

    NOTE = record(id=number, body=maybe(text), author=maybe(USER), created_at=moment)
    NOTES = listed(NOTE)
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from automation.records import dataclass

Shape = Callable[[Any], Any]
YEARS = range(1970, 2200)  # of a time that can be
LARGEST = 2**53  # of a number that every JSON reader understands
_NAME = re.compile(r"[^\s\x00-\x1f\x7f]{1,255}")
_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]{1,2000}")
_ABSENT = object()


class Odd(Exception):
    """Something else stands in an answer than its shape says."""

    def __init__(self, wanted: str, found: Any = _ABSENT) -> None:
        super().__init__(wanted)
        self._wanted, self._found = wanted, found
        self._where = ""

    def within(self, step: str | int) -> Odd:
        """The same error, with the step that leads to its place."""
        inner = self._where
        dot = "." if inner and inner[0] != "[" else ""
        self._where = f"{f'[{step}]' if isinstance(step, int) else step}{dot}{inner}"
        return self

    def __str__(self) -> str:
        where = f"in its answer, `{self._where}`" if self._where else "its answer"
        if self._found is _ABSENT:
            return f"{where} is missing"
        return f"{where} is {_kind(self._found)}, not {self._wanted}"


def _kind(value: Any) -> str:
    """What kind of value it is, without its content, which may be hostile, long or secret."""
    if value is None:
        return "null"
    kinds: dict[type, str] = {
        bool: "true or false", str: "text", list: "a list", dict: "an object",
    }  # fmt: skip
    return kinds.get(type(value), "a number")


def nothing(_value: Any) -> None:
    """For an answer that is not read."""


def anything(value: Any) -> Any:
    """The value as it is, for what is checked elsewhere."""
    return value


def text(value: Any) -> str:
    """A text, which may be empty."""
    if type(value) is not str:
        raise Odd("text", value)
    return value


def name(value: Any) -> str:
    """A login or an id: not empty, and without blanks."""
    if type(value) is not str or not _NAME.fullmatch(value):
        raise Odd("a name", value)
    return value


def address(value: Any) -> str:
    """An address that a person can open."""
    if not _ADDRESS.fullmatch(value if type(value) is str else ""):
        raise Odd("an address", value)
    return str(value)


def flag(value: Any) -> bool:
    """True or false."""
    if type(value) is not bool:
        raise Odd("true or false", value)
    return value


def number(value: Any) -> int:
    """A whole number, not negative."""
    if type(value) is not int or not 0 <= value < LARGEST:
        raise Odd("a number", value)
    return value


def identity(value: Any) -> int:
    """A whole number that identifies something, and is not zero."""
    if type(value) is not int or not 0 < value < LARGEST:
        raise Odd("a number", value)
    return value


def moment(value: Any) -> str:
    """A time with its zone, in ISO 8601; it stays a text."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Odd("a time", value) from None
    if at.tzinfo is None or at.year not in YEARS:
        raise Odd("a time", value)
    return value  # type: ignore[no-any-return]


def day(value: Any) -> str:
    """A date in ISO 8601; it stays a text."""
    try:
        date.fromisoformat(text(value))
    except (Odd, ValueError):
        raise Odd("a date", value) from None
    return str(value)


def file_text(value: Any) -> str:
    """The text of a file, as both forges pack it."""
    try:
        return base64.b64decode(text(value)).decode("utf-8", "replace")
    except (Odd, ValueError):
        raise Odd("a text in base64", value) from None


def listed(shape: Shape) -> Shape:
    """A list of values of this shape."""

    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Odd("a list", value)
        found: list[Any] = []
        try:
            for each in value:
                found.append(shape(each))
        except Odd as odd:
            raise odd.within(len(found)) from None
        return found

    return read


def mapped(shape: Shape) -> Shape:
    """An object whose fields, whatever they are called, are such or null."""

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Odd("an object", value)
        return {key: None if each is None else shape(each) for key, each in value.items()}

    return read


FEW = 5  # wrong items that a list may have, though it has no right one


def listed_apart(shape: Shape, apart: Callable[[Any, Odd], None]) -> Shape:
    """A list of values of this shape. A value that is none is left out, and ``apart`` gets it and
    the reason; where all of many are wrong, the list is refused."""

    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Odd("a list", value)
        found: list[Any] = []
        wrong: list[tuple[Any, Odd]] = []
        for number, each in enumerate(value):
            try:
                found.append(shape(each))
            except Odd as odd:
                wrong.append((each, odd.within(number)))
        if len(wrong) > FEW and not found:
            raise wrong[0][1]
        for each, why in wrong:
            apart(each, why)
        return found

    return read


@dataclass(frozen=True, slots=True)
class Perhaps:
    """A field that may be null or missing. ``told`` says that a missing one counts as null."""

    shape: Shape
    told: bool


def maybe(shape: Shape) -> Perhaps:
    """A value of this shape, or null; a missing one is null, too."""
    return Perhaps(shape, told=True)


def if_there(shape: Shape) -> Perhaps:
    """A value of this shape, or null; a missing one stays missing."""
    return Perhaps(shape, told=False)


def partly(**fields: Shape) -> Shape:
    """An object with these fields, as far as they are there."""
    return record(**{key: if_there(shape) for key, shape in fields.items()})


def record(**fields: Shape | Perhaps) -> Shape:
    """An object with these fields; others are left out."""
    rows = [
        (key, each.shape, True, each.told)
        if isinstance(each, Perhaps)
        else (key, each, False, False)
        for key, each in fields.items()
    ]

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Odd("an object", value)
        found: dict[str, Any] = {}
        key, get = "", value.get
        try:
            for key, shape, free, told in rows:
                each = get(key, _ABSENT)
                if each is _ABSENT:
                    if not free:
                        raise Odd("")
                    if told:
                        found[key] = None
                elif each is None and free:
                    found[key] = None
                else:
                    found[key] = shape(each)
        except Odd as odd:
            raise odd.within(key) from None
        return found

    return read


def only(key: str, shape: Shape) -> Shape:
    """An object of which one field is read: its value is given in the object's place."""

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise Odd("an object", value)
        try:
            if (each := value.get(key, _ABSENT)) is _ABSENT:
                raise Odd("")
            return shape(each)
        except Odd as odd:
            raise odd.within(key) from None

    return read
