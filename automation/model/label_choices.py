"""The labels of one exclusive family on an issue: who chose what, and what holds. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import datetime

from automation.model.incident import Choice
from automation.model.replacing import replace
from automation.records import dataclass

FAMILIES = ("severity", "state", "status")


@dataclass(slots=True)
class Family:
    """The labels of one family on an issue, of which one counts: who chose each, and when."""

    name: str
    rank: Callable[[str], int]  # of a severity: 0 for the gravest
    present: dict[str, Choice] = field(default_factory=dict)  # of labels that are there, by value
    last: Choice | None = None  # what counted last, also if its label is gone
    chosen: dict[str, datetime] = field(
        default_factory=dict
    )  # by people, also if IMA took the label off again
    gone_at: datetime | None = None  # when the last label of the family was taken off

    def add(self, choice: Choice) -> None:
        """A label was put on. Others that are there stay until somebody takes them off."""
        stood = self.stands()
        if stood is not None and stood is not choice:
            choice = replace(choice, before=stood)
        self.present.pop(choice.value, None)
        self.present[choice.value] = choice
        if choice.by is not None:
            self.chosen[choice.value] = choice.at
        self.last = self.current()

    def choose(self, choice: Choice) -> None:
        """A value was chosen, and takes the place of all others; only a severity that was chosen at
        the same time stays."""
        self.add(choice)
        alone = self.name != "severity"
        self.present = {
            value: chosen
            for value, chosen in self.present.items()
            if value == choice.value or (chosen.at == choice.at and not alone)
        }
        self.last = self.current()

    def note(self, text: str) -> None:
        """Fill in the step that was agreed on, without choosing anew."""
        if stood := self.stands():
            filled = replace(stood, note=text)
            self.present = {
                value: filled if chosen is stood else chosen
                for value, chosen in self.present.items()
            }
            self.last = filled

    def restart(self, choice: Choice) -> None:
        """Choose a value whose clock begins anew."""
        choice = replace(choice, before=self.stands(), anew=True)
        self.present, self.last = {choice.value: choice}, choice

    def remove(self, value: str, at: datetime, by_us: bool) -> None:
        """A label was taken off: ``by_us``, or by a person."""
        if not by_us:
            self.chosen.pop(value, None)
        if self.present.pop(value, None) and not self.present:
            self.gone_at = at

    def current(self) -> Choice | None:
        """The latest choice whose label is there; of severities chosen at the same time the graver
        one (P-11). None without any."""
        ranked = list(enumerate(self.present.values()))
        if not ranked:
            return None
        return max(ranked, key=lambda item: (item[1].at, -self.rank(item[1].value), item[0]))[1]

    def stands(self) -> Choice | None:
        """The choice that counts; None without any. A state or status counts on after its label was
        taken off."""
        return self.current() or (None if self.name == "severity" else self.last)

    def chosen_at_once(self) -> list[str]:
        """The current value and those that people chose at the same time; [] where there is only
        one."""
        if not (current := self.current()):
            return []
        others = [v for v, at in self.chosen.items() if at == current.at and v != current.value]
        return [current.value, *others] if others else []
