"""Issues that are set aside: what fails on one issue while it is judged, planned or written is a
finding with its reference, and all the others go on. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from automation.errors import ImaError, ServiceError
from automation.planning.plan import Finding

if TYPE_CHECKING:
    from traceback import StackSummary

T = TypeVar("T")


class SetAside:
    """The issues that were set aside, each with its finding; "" stands for what belongs to none."""

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}

    def __contains__(self, ref: str) -> bool:
        return ref in self.findings

    def attempt(self, ref: str, do: Callable[[], T]) -> T | None:
        """What ``do`` returns; None where it fails, and the issue is set aside."""
        try:
            return do()
        except ServiceError:
            raise
        except Exception as error:
            self.add(ref, error)
            return None

    def add(self, ref: str, error: Exception) -> None:
        """Note that something failed on this issue: nothing more is done on it in this pass."""
        self.findings.setdefault(ref, finding_of(error, ref))


def finding_of(error: Exception, ref: str = "") -> Finding:
    """What failed, as a finding. A person's mistake stands there in its own words, a bug of ours by
    its kind and place. The text of an unexpected error is never shown: it may quote a confidential
    issue."""
    if isinstance(error, ImaError):
        text = error.problem if ref in error.problem else f"{ref}: {error.problem}"
        return Finding(f"{text}: {error.remedy}" if error.remedy else text, ref, failed=True)
    from traceback import extract_tb  # only where something failed: it takes long to import

    start = f"{ref}: set aside, for" if ref else "not everything was done, for"
    found = extract_tb(error.__traceback__)
    where = f" at {_place(found)}" if found else ""
    text = f"{start} a bug of IMA's: {type(error).__name__}{where}; report it, with `-v`"
    return Finding(text, ref, failed=True, trace=_trace(found))


def _place(found: StackSummary) -> str:
    """The place of the last line of ours that led to the error, such as
    "automation/rules/when.py:12"."""
    for frame in reversed(found):
        if ours := re.search(r"\b(automation|tests)/[\w/]+\.py$", frame.filename):
            return f"{ours[0]}:{frame.lineno}"
    return f"line {found[-1].lineno}"


def _trace(found: StackSummary) -> str:
    """The lines of code that led to the error, without any value."""
    return "".join(found.format()).rstrip()
