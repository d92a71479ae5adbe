"""References, and texts on their way to GitLab: nothing that we write may run there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from automation.errors import ServiceError
from automation.text import ZERO_WIDTH_SPACE

TITLE_LIMIT = 255  # characters
_REF = re.compile(r"#([1-9][0-9]{0,14})")
_COMMENT = re.compile(r"[1-9][0-9]{0,17}")
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # NUL, and halves of surrogate pairs
_ACTION = re.compile(
    r"^([ \t\v\f]*)(?=/(?!ima(?:[ \t]|$))[^\s/]+(?:\s|$))", re.IGNORECASE | re.MULTILINE
)


def iid_of(ref: str) -> int | None:
    """The number in "#42"; None if it is no reference to an issue of the project."""
    found = _REF.fullmatch(ref)
    return int(found[1]) if found else None


def note_of(comment: str) -> int | None:
    """The number in "678"; None if it is no comment's id."""
    return int(comment) if _COMMENT.fullmatch(comment) else None


def clean(text: str) -> str:
    """``text`` with a replacement character for what GitLab refuses."""
    return _UNSENDABLE.sub("\ufffd", text)


def guard(text: str) -> str:
    """``text`` with no line that GitLab would execute as a quick action.

    In front of a `/word` at the start of a line goes a zero-width space, in code and quotations
    too, as GitLab's versions differ in what they take for code (`quick_actions/extractor.rb`:
    a regular expression first, Markdown paragraphs since 16.x). Any word, because the list of
    actions grows; but `/ima`, which is ours. GitLab deletes carriage returns before it looks, so
    they become line ends here.
    """
    lines = clean(text).replace("\r\n", "\n").replace("\r", "\n")
    return _ACTION.sub(rf"\1{ZERO_WIDTH_SPACE}", lines)


def fits(what: str, text: str | None, limit: int) -> None:
    """Refuse a ``text`` that is longer than ``limit`` characters; ``what`` is for people."""
    if text is not None and len(text) > limit:
        problem = f"gitlab: {what} has {len(text):,} characters; it may have {limit:,}"
        raise ServiceError(problem, "shorten it")


def single(labels: Iterable[str], where: str) -> list[str]:
    """``labels`` in order; refuses a name with a comma, which GitLab takes for two labels."""
    names = sorted(labels)
    for name in names:
        if "," in name:
            problem = f"gitlab: label {name!r} cannot go on {where}: it has a comma"
            raise ServiceError(problem, "rename it in labels.yml; GitLab would make two of it")
    return names
