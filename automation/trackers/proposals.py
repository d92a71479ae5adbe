"""The seam to merge and pull requests: the files that they propose, as data, and what is said."""

from __future__ import annotations

from typing import Protocol

from automation.errors import PolicyError
from automation.model.proposal import Proposal, ProposedFile

LONGEST_FILE = 1_000_000  # bytes


class Proposals(Protocol):
    """Those of one project."""

    def find(self, number: int) -> Proposal:
        """The one with this number. Raises ServiceError where there is none."""

    def changed(self, proposal: Proposal) -> list[ProposedFile]:
        """The files that it changes."""

    def content(self, proposal: Proposal, path: str) -> bytes:
        """A file at its commit. Raises PolicyError where it is too long."""

    def say(self, proposal: Proposal, body: str, anew: bool = True) -> bool:
        """Our one comment on it, edited in place; where there is none, only ``anew``. Whether it
        stands there now."""

    def merged_as(self, commit: str) -> list[str]:
        """Our comments on the one that became this commit; none where there is no such, or we may
        not see it."""

    def show_status(self, proposal: Proposal, name: str, passes: bool, said: str, url: str) -> None:
        """How its commit is. Raises ServiceError where we may not say so."""


def too_long(path: str) -> PolicyError:
    """The error of a file that no policy needs."""
    return PolicyError(f"{path}: longer than 1 MB", "ima's files are short; is it the right one?")
