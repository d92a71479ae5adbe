"""Is a value that an adapter gives what its class says? Answers that lie must not get past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

PLAIN: dict[str, type] = {"str": str, "bool": bool, "int": int, "float": float}


def unsound(value: Any, where: str = "") -> Iterator[str]:
    """What is not of its kind, and where."""
    if isinstance(value, datetime):
        if value.tzinfo is None or not 1970 <= value.year < 2200:
            yield f"{where}: {value!r}"
    elif not isinstance(value, str | int | float | date | None):
        yield from _within(value, where)


def _within(value: Any, where: str) -> Iterator[str]:
    if is_dataclass(value):
        for each in fields(value):
            inner, name = getattr(value, each.name), f"{where}.{each.name}"
            kind = PLAIN.get(str(each.type))
            if kind and type(inner) is not kind:
                yield f"{name}: {inner!r} is no {each.type}"
            yield from unsound(inner, name)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from unsound(inner, f"{where}[{key!r}]")
    elif isinstance(value, tuple | list | frozenset | set):
        for number, inner in enumerate(value):
            yield from unsound(inner, f"{where}[{number}]")
    else:
        yield f"{where}: {value!r}"
