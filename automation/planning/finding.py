"""What only a person can mend, as a value that a plan carries (P-52)."""

from __future__ import annotations

from dataclasses import field

from automation.records import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that only a person can mend."""

    text: str
    ref: str = ""
    failed: bool = False  # not all was done, as when a service did not answer: the run exits 1
    key: str = ""  # what it is about, where its words may change
    grave: bool = False  # somebody is told of it in the chat, once
    new: bool = False  # grave, and not known to be so before this run
    lasting: bool = True  # else it is news of one pass, and not for the dashboard
    alarming: bool = False  # the run fails each time
    trace: str = field(default="", compare=False)  # of a bug of ours: where it was, for `-v`

    @property
    def name(self) -> str:
        """A name that tells the finding from the others, the same in every run."""
        return self.key or self.text

    @property
    def fails(self) -> bool:
        """Does a run with this finding exit with 1?"""
        return self.failed or self.new or self.alarming
