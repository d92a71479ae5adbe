"""Texts on their way to GitLab: nothing that we write may run there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from automation.errors import ServiceError
from automation.text.escaping import ZERO_WIDTH_SPACE
from automation.trackers.refs import sendable

TITLE_LIMIT = 255  # characters
_ACTION = re.compile(
    r"^([ \t\v\f]*)(?=/(?!ima(?:[ \t]|$))[^\s/]+(?:\s|$))", re.IGNORECASE | re.MULTILINE
)


def without_quick_actions(text: str) -> str:
    """``text`` with no line that GitLab would execute as a quick action.

    In front of a `/word` at the start of a line goes a zero-width space, in code and quotations
    too, as GitLab's versions differ in what they take for code (`quick_actions/extractor.rb`:
    a regular expression first, Markdown paragraphs since 16.x). Any word, because the list of
    actions grows; but `/ima`, which is ours. GitLab deletes carriage returns before it looks, so
    they become line ends here.
    """
    lines = sendable(text).replace("\r\n", "\n").replace("\r", "\n")
    return _ACTION.sub(rf"\1{ZERO_WIDTH_SPACE}", lines)


def checked_labels(labels: Iterable[str], where: str) -> list[str]:
    """``labels`` in order; refuses a name with a comma, which GitLab takes for two labels."""
    names = sorted(labels)
    for name in names:
        if "," in name:
            problem = f"gitlab: label {name!r} cannot go on {where}: it has a comma"
            raise ServiceError(problem, "rename it in labels.yml; GitLab would make two of it")
    return names
