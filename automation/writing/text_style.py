"""How text for people is set: how wide, with reasons or not, in colours or plain. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from automation.records import dataclass

if TYPE_CHECKING:  # a text without changes, such as a table, needs none of their classes
    from automation.changes.issue_changes import Change

Paint = Callable[[str, str], str]  # a text and its style: "head", "rule", or a sign


def plain(text: str, style: str) -> str:
    """No colours."""
    return text


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How text for people is set, such as a plan."""

    width: int | None = None  # cells of a line; None: a log, where nothing is cut
    verbose: bool = False  # with the reason of each change
    paint: Paint = plain
    text: Callable[[Change], str] | None = (
        None  # the text that a change would write for people, shown with ``verbose``
    )
