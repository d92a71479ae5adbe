"""The labels of one exclusive family on an issue: who chose what, and what holds. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from automation.model.incident import Choice
from automation.model.issue import SEVERITIES

FAMILIES = ("severity", "state", "status")
IMPACT = {value: len(SEVERITIES) - rank for rank, value in enumerate(SEVERITIES)}


@dataclass(slots=True)
class Family:
    """The labels of one exclusive family that are on the issue, with who chose each and when."""

    name: str
    present: dict[str, Choice] = field(default_factory=dict)
    last: Choice | None = None
    chosen: dict[str, datetime] = field(default_factory=dict)  # by people, though we took it off
    gone_at: datetime | None = None

    def add(self, choice: Choice) -> None:
        """A label was put on; what is there already stays until somebody takes it off."""
        stood = self.stands()
        if stood is not None and stood is not choice:
            choice = replace(choice, before=stood)
        self.present.pop(choice.value, None)
        self.present[choice.value] = choice
        if choice.by is not None:
            self.chosen[choice.value] = choice.at
        self.last = self.current()

    def choose(self, choice: Choice) -> None:
        """A choice that leaves nothing else, but for severities chosen at the same time."""
        self.add(choice)
        alone = self.name != "severity"
        self.present = {
            value: chosen
            for value, chosen in self.present.items()
            if value == choice.value or (chosen.at == choice.at and not alone)
        }
        self.last = self.current()

    def note(self, text: str) -> None:
        """The step that was agreed on, filled in for the choice that stands."""
        if stood := self.stands():
            filled = replace(stood, note=text)
            self.present = {
                value: filled if chosen is stood else chosen
                for value, chosen in self.present.items()
            }
            self.last = filled

    def restart(self, choice: Choice) -> None:
        """A choice whose clock looks back on nothing."""
        choice = replace(choice, before=self.stands(), anew=True)
        self.present, self.last = {choice.value: choice}, choice

    def remove(self, value: str, at: datetime, by_us: bool) -> None:
        if not by_us:
            self.chosen.pop(value, None)
        if self.present.pop(value, None) and not self.present:
            self.gone_at = at

    def current(self) -> Choice | None:
        """The latest choice; of severities chosen at one time the one of higher impact (P-11)."""
        ranked = list(enumerate(self.present.values()))
        if not ranked:
            return None
        return max(ranked, key=lambda item: (item[1].at, IMPACT.get(item[1].value, 0), item[0]))[1]

    def stands(self) -> Choice | None:
        """The choice that holds. A state or status whose label was taken off still does."""
        return self.current() or (None if self.name == "severity" else self.last)

    def together(self) -> list[str]:
        """Values that were chosen at the very time of the current one, it first."""
        if not (current := self.current()):
            return []
        others = [v for v, at in self.chosen.items() if at == current.at and v != current.value]
        return [current.value, *others] if others else []
