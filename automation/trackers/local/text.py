"""What comes in from callers: references, and texts that fit and can be stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from automation.errors import ServiceError
from automation.model.issue import Draft, Label

TITLE_LIMIT = 255  # characters, as on GitLab
NOWHERE = -1  # the number of what is no reference
HIDDEN, LOCKED = 1, 2  # in the column `confidential`
_REF = re.compile(r"#(0|[1-9][0-9]{0,14})")
_COMMENT = re.compile(r"c([1-9][0-9]{0,14})")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # NUL, and halves of surrogate pairs


def number_of(ref: str) -> int:
    """The number in "#42"; `NOWHERE` if it is no reference."""
    found = _REF.fullmatch(ref)
    return int(found[1]) if found else NOWHERE


def comment_of(comment: str) -> int:
    """The number in "c17"; `NOWHERE` if it is no comment's id."""
    found = _COMMENT.fullmatch(comment)
    return int(found[1]) if found else NOWHERE


def clean(text: str) -> str:
    """``text`` with a replacement character for what SQLite cannot keep."""
    return _UNSTORABLE.sub("\ufffd", text)


def clean_all(texts: Iterable[str]) -> tuple[str, ...]:
    """Each of ``texts``, clean."""
    return tuple(map(clean, texts))


def clean_draft(draft: Draft) -> Draft:
    """``draft`` with all its texts clean."""
    return replace(
        draft,
        title=clean(draft.title),
        body=clean(draft.body),
        labels=clean_all(draft.labels),
        assignees=clean_all(draft.assignees),
    )


def clean_label(label: Label) -> Label:
    """``label`` with all its texts clean."""
    name, color, description = clean_all((label.name, label.color, label.description))
    return Label(name, color, description, ours=label.ours)


def check_length(what: str, text: str | None, limit: int) -> None:
    """Refuse a ``text`` that is longer than ``limit`` characters; ``what`` is for people."""
    if text is not None and len(text) > limit:
        problem = f"local tracker: {what} has {len(text):,} characters; it may have {limit:,}"
        raise ServiceError(problem, "shorten it")
