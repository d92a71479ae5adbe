"""Text for a chat before it is known which one: what may act in it, such as a mention, is marked.
Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from automation.text.escaping import ZERO_WIDTH_SPACE, clean, without_mentions

Active = Literal["group", "person", "link"]
_MARKED = re.compile("\x02(group|person|link) ([^\x02\x03]*)\x03")
_HALF = re.compile("[\x02\x03]")


def active_markup(kind: Active, value: str) -> str:
    """``value`` marked as something that may act in a chat: a mention of a group or person, or a
    link."""
    return f"\x02{kind} {clean(value)}\x03"


def harmless_line(text: str, most: int = 200) -> str:
    """A stranger's words in one line, which mention nobody and lead nowhere."""
    line = clean(text)
    line = line if len(line) <= most else line[: most - 1] + "…"
    return without_mentions(line).replace("://", f":{ZERO_WIDTH_SPACE}//")


def translate_markup(
    text: str, alive: Callable[[str, str], str], plain: Callable[[str], str] = str
) -> str:
    """``text`` for a chat: ``alive`` writes what may act in it, ``plain`` everything else."""
    parts, last = [], 0
    for found in _MARKED.finditer(text):
        parts += [plain(_HALF.sub("", text[last : found.start()])), alive(found[1], found[2])]
        last = found.end()
    return "".join([*parts, plain(_HALF.sub("", text[last:]))])


def unmarked(text: str) -> str:
    """``text`` for a file, in which nothing acts."""
    return translate_markup(text, lambda _, value: value)
