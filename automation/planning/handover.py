"""A handover to the next on call, as a value that a plan carries (P-46)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from automation.changes.comments import Say
from automation.records import dataclass
from automation.stored_state.dashboard import Dashboard, Row

REMEMBERED = 100  # notes, so that none is passed on twice


@dataclass(frozen=True, slots=True)
class Handover:
    """What whoever comes on call for the first role of the chain is told, once."""

    whom: str  # a login
    role: str
    key: str  # of the comments: each handover is told once
    before: str  # the shift whose handover was told last
    chat: bool  # told by a message of the chat; else by comments on the active incidents
    active: Mapping[str, Row]  # rows of the dashboard, by reference
    left: Mapping[str, Row]  # notes, by their command
    told: Mapping[str, str]  # notes that were passed on before
    due: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)  # "reviews due", …
    comments: tuple[Say, ...] = ()
    whole: bool = True  # every incident that must be commented on was read

    def describe(self) -> str:
        """In words for a plan, such as "2 open incidents, 1 note". It names no incident, for they
        may be confidential."""
        counts = {"open incident": len(self.active), "note": len(self.left)}
        counts |= {f"of the {what}": len(rows) for what, rows in self.due.items()}
        return ", ".join(_count(number, noun) for noun, number in counts.items() if number)

    @property
    def tells(self) -> bool:
        """Does this pass tell anybody anything?"""
        return self.chat or bool(self.comments)

    def dashboard_once_told(self, board: Dashboard) -> Dashboard:
        """The dashboard to be stored once the person was told."""
        if not self.whole:
            return self.dashboard_if_not_told(board)
        told = {**self.told, **{of: row["at"] for of, row in self.left.items()}}
        newest = sorted(told.items(), key=lambda item: item[1])[-REMEMBERED:]
        return replace(board, handed="", tell={}, told=dict(newest))

    def dashboard_if_not_told(self, board: Dashboard) -> Dashboard:
        """The dashboard to be stored if the person could not be told: the next pass tries again."""
        return replace(board, handed=self.before, tell=self.left, told=self.told)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("s" if number != 1 and not noun.startswith("of ") else "")
