"""Answers as they were, with one thing in them that cannot be: a seed says what, and where."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

WRONG: tuple[Any, ...] = (
    None,
    {},
    [],
    "",
    "x",
    0,
    -1,
    1.5,
    10**18,
    True,
    False,
    [None],
    [{}],
    [[]],
    {"x": None},
    "#",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2026-03-02T09:00:00",
    "2026-13-45",
    "yesterday",
    "a\u0000b\nc\u2028d",
    "é" * 5_000,
    "javascript:alert(1)",
    "\ud800",  # half a character
    10**400,
    float("inf"),
)
NAMES = ("", "x", "#1", "#0", "#-1", "#1/../2", "\ud800", "#" + "1" * 5_000, "é" * 500, "#1\n#2")
Place = tuple[Any, ...]


def lie(data: Any, seed: str) -> Any:
    """A copy of ``data`` in which one value is another, or gone, there twice or misnamed."""
    chance = Random(seed)
    places = list(_places(data))
    place = chance.choice(places)
    return _changed(deepcopy(data), place, chance)


def _places(data: Any, at: Place = ()) -> Iterator[Place]:
    yield at
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _places(value, (*at, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _places(value, (*at, number))


def _changed(data: Any, place: Place, chance: Random) -> Any:
    if not place:
        return deepcopy(chance.choice(WRONG))
    *way, last = place
    inside = data
    for step in way:
        inside = inside[step]
    how = chance.choice(("wrong", "wrong", "wrong", "gone", "more", "renamed"))
    if how == "gone":
        del inside[last]
    elif how == "more" and isinstance(inside, list):
        inside.insert(last, deepcopy(chance.choice((*WRONG, inside[last]))))
    elif how == "more":
        inside[last] = [inside[last]]
    elif how == "renamed" and isinstance(inside, dict):
        inside[chance.choice(NAMES)] = inside.pop(last)
    else:
        inside[last] = deepcopy(chance.choice(WRONG))
    return data
