"""References, and texts on their way to a forge. Pure."""

from __future__ import annotations

import re

from automation.errors import ServiceError

_REF = re.compile(r"#([1-9][0-9]{0,14})")
_COMMENT = re.compile(r"[1-9][0-9]{0,17}")
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # NUL, and halves of surrogate pairs


def number_of(ref: str) -> int | None:
    """The number in "#42"; None if it is no reference to an issue of the project."""
    found = _REF.fullmatch(ref)
    return int(found[1]) if found else None


def comment_number(comment: str) -> int | None:
    """The number in "678"; None if it is no comment's id."""
    return int(comment) if _COMMENT.fullmatch(comment) else None


def sendable(text: str) -> str:
    """``text`` with a replacement character for what forges refuse."""
    return _UNSENDABLE.sub("\ufffd", text)


def check_fits(forge: str, what: str, text: str | None, limit: int) -> None:
    """Refuse a ``text`` that is longer than ``limit`` characters; ``what`` is for people."""
    if text is not None and len(text) > limit:
        problem = f"{forge}: {what} has {len(text):,} characters; it may have {limit:,}"
        raise ServiceError(problem, "shorten it")


def no_issue(forge: str, project: str, ref: str) -> ServiceError:
    """The error for a text that is no reference to an issue of the project."""
    problem = f"{forge}: {project} has no issue {sendable(ref)!r}"
    return ServiceError(problem, "an issue of the project is called #42 here")


def no_comment(forge: str, where: str, comment: str) -> ServiceError:
    """The error for a text that is no id of a comment."""
    problem = f"{forge}: {where} has no comment {sendable(comment)!r}"
    return ServiceError(problem, "run again: it may be gone")
