"""What a request to a forge was for, in words for the error of one that fails. Pure."""

from __future__ import annotations

from automation.model.issue import Update
from automation.records import dataclass


@dataclass(frozen=True, slots=True)
class Doing:
    """What a request is for. The project and ``ref`` are said after ``what``."""

    what: str  # "assigning @ian to"
    project: str  # "acme/production"
    ref: str = ""
    writes: bool = True
    right: str = "issues"  # which it needs, as GitHub's workflows call it

    @property
    def where(self) -> str:
        return f"{self.project}{self.ref}"

    def __str__(self) -> str:
        return f"{self.what} {self.where}"


def naming(update: Update) -> str:
    """An update in words that an issue's reference can follow, such as "assigning @ian to"."""
    words = []
    if update.add_labels or update.remove_labels:
        words.append("labelling")
    if update.assignees is not None:
        people = ", ".join(f"@{person}" for person in update.assignees)
        words.append(f"assigning {people} to" if people else "unassigning everybody from")
    if update.confidential is not None:
        words.append("hiding" if update.confidential else "showing")
    if update.due is not None:
        words.append("setting the due date of")
    if update.closed is not None:
        words.append("closing" if update.closed else "reopening")
    return words[0] if len(words) == 1 else "updating"
