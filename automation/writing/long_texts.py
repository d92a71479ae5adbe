"""Texts that must fit: what a tracker has no room for goes into a follow-up, at its lines. Pure.

Our markers are never cut: what cannot be shown can still be remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from automation.model.incident import Fact

T = TypeVar("T")
FOLLOWS = "*It goes on in the next comment.*"
_SHORTENED = "*The rest has no room here.*"
_MARKER = "<!-- ima:"
_LASTING = ("published", "command", "late", "undone", "waived", "needed")  # never changed again


def shortened(body: str, limit: int) -> str:
    """``body`` without the lines that have no room, if it is too long."""
    shown, rest = _split(body, limit, _SHORTENED)
    return shown if rest else body


def parts(body: str, limit: int) -> list[str]:
    """``body`` as comments that fit; the markers stand in the last, for only then all is said."""
    if len(body) <= limit:
        return [body]
    text, marks = _apart(body)
    found: list[str] = []
    while len(text) + len(marks) > limit and text:
        shown, text = _cut(text, limit - len(FOLLOWS) - 2)
        found.append(f"{shown}\n\n{FOLLOWS}" if text else shown)
    return [*found, f"{text}{marks}"]


def first_and_rest(body: str, limit: int) -> tuple[str, list[str]]:
    """``body`` as the text of an issue with its markers, and comments with what has no room."""
    shown, rest = _split(body, limit, FOLLOWS)
    return (shown, parts(rest, limit)) if rest else (body, [])


def grouped(
    items: Sequence[T], text: Callable[[Sequence[T]], str], limit: int
) -> Iterator[tuple[Sequence[T], str]]:
    """``items`` as told together where that fits, else in halves; one alone may be too long."""
    body = text(items)
    if len(body) <= limit or len(items) < 2:
        yield items, body
        return
    half = len(items) // 2
    yield from grouped(items[:half], text, limit)
    yield from grouped(items[half:], text, limit)


def oldest_settled_facts(
    facts: Sequence[Fact], too_many: int, length: Callable[[Fact], int]
) -> list[Fact]:
    """The oldest facts that nothing changes any more, of ``too_many`` characters together."""
    found: list[Fact] = []
    for fact in facts:
        if too_many <= 0:
            break
        if fact.kind in _LASTING and fact.done:
            found.append(fact)
            too_many -= length(fact)
    return found


def _split(body: str, limit: int, note: str) -> tuple[str, str]:
    if len(body) <= limit:
        return body, ""
    text, marks = _apart(body)
    shown, rest = _cut(text, limit - len(marks) - len(note) - 4)
    return f"{shown}\n\n{note}\n\n{marks}", rest


def _apart(body: str) -> tuple[str, str]:
    """What people see, and our markers."""
    lines = body.splitlines()
    marks = [line for line in lines if line.startswith(_MARKER)]
    text = "\n".join(line for line in lines if not line.startswith(_MARKER)).rstrip()
    return text + "\n\n", "\n".join([*marks, ""])


def _cut(text: str, room: int) -> tuple[str, str]:
    """What fits into ``room`` characters, at the end of a line if there is one; and the rest."""
    if len(text) <= room:
        return text, ""
    room = max(room, 0)
    end = text.rfind("\n", 0, room + 1)
    end = end if end > 0 else room
    return text[:end].rstrip(), text[end:].lstrip("\n")
