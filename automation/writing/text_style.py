"""How text is to look: how wide, with reasons or not, in colours or plain. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a text without changes, such as a table, needs none of their classes
    from automation.changes.issue_changes import Change

Paint = Callable[[str, str], str]  # a text and its style: "head", "rule", or a sign


def plain(text: str, style: str) -> str:
    """No colours."""
    return text


@dataclass(frozen=True, slots=True)
class Look:
    """How the text is to look: ``width`` in cells (None: a log), ``verbose`` with reasons."""

    width: int | None = None
    verbose: bool = False
    paint: Paint = plain
    text: Callable[[Change], str] | None = None  # what a change writes for people
