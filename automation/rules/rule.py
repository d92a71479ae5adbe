"""What every rule has: a name, a reason, a condition, and one effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from automation.changes import Change
from automation.context import Context
from automation.incident import Incident
from automation.schema import Record
from automation.when import When


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One named sentence of the policy."""

    name: str
    why: str
    when: When

    word: ClassVar[str]
    shape: ClassVar[Record]

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        """The first reason why the rule does not apply, as a sentence, or None."""
        return self.when.mismatch(incident, ctx)

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        """What should be so, whether or not it already is."""
        raise NotImplementedError

    def undoes(self, incident: Incident, ctx: Context) -> bool:
        """Does the rule open again what somebody has closed?"""
        return False
