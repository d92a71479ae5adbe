"""Who is on call, and who was. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from automation.model.issue import Duty
from automation.records import dataclass


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call, and who was: an act is judged by the shift in which it was made (P-08). A
    time for which the schedule is empty is a duty of ""."""

    shifts: Mapping[str, tuple[Duty, ...]] = field(default_factory=dict)  # oldest first
    unknown: frozenset[str] = (
        frozenset()
    )  # roles of which the pager said nothing: the last answer is used

    def person(self, role: str) -> str | None:
        """The login of whoever is on call now; where the pager did not answer, of whoever was by
        the last answer. None for nobody."""
        duties = self.shifts.get(role)
        return (duties[-1].person or None) if duties else None

    def last_known(self, role: str) -> str | None:
        """The login of whoever was on call last, also if the schedule is empty now."""
        known = (duty.person for duty in reversed(self.shifts.get(role, ())) if duty.person)
        return next(known, None)

    def serves(self, role: str, person: str | None, when: datetime) -> bool:
        """Was this person on call at ``when``? At the instant when a shift changes both are."""
        if not person:
            return False
        if self.at(role, when) == person:
            return True
        duties = self.shifts.get(role, ())
        ends = {duty.since for duty in duties}
        return any(
            duty.person == person and duties[number + 1].since == when
            for number, duty in enumerate(duties[:-1])
            if when in ends
        )

    def knows(self, person: str) -> bool:
        """Is or was this person on call for anything?"""
        return any(duty.person == person for duties in self.shifts.values() for duty in duties)

    def at(self, role: str, when: datetime) -> str | None:
        """The login of whoever was on call at ``when``, as far as IMA remembers; None for
        nobody."""
        duties = self.shifts.get(role, ())
        for duty in reversed(duties):
            if duty.since is None or duty.since <= when:
                return duty.person or None
        return (duties[0].person or None) if duties else None
