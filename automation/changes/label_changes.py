"""What can be done to the labels of a project: made, changed, renamed, deleted. Pure."""

from __future__ import annotations

from datetime import date

from automation.records import dataclass

NO_COLOR = "ededed"  # of a label whose entry names none


@dataclass(frozen=True, slots=True)
class CreateLabel:
    """Make a label of a new name. ``color``: six hexadecimal digits, without the #."""

    name: str
    color: str
    description: str = ""

    def describe(self) -> str:
        """The change in a few words for a person."""
        return f"create label '{self.name}' ({self.color})"


@dataclass(frozen=True, slots=True)
class ChangeLabel:
    """Give a label another colour or description; what stays as it is stands here, too."""

    name: str
    color: str
    description: str = ""

    def describe(self) -> str:
        """The change in a few words for a person."""
        return f"change label '{self.name}' to {self.color}, '{self.description}'"


@dataclass(frozen=True, slots=True)
class RenameLabel:
    """Rename a label, on the issues that have it, too, and give it this colour and description."""

    name: str
    to: str
    color: str
    description: str = ""

    def describe(self) -> str:
        """The change in a few words for a person."""
        return f"rename label '{self.name}' to '{self.to}'; issues keep it"


@dataclass(frozen=True, slots=True)
class DeleteLabel:
    """Delete a label whose last day of use, ``retired``, has passed; issues lose it."""

    name: str
    retired: date

    def describe(self) -> str:
        """The change in a few words for a person."""
        return f"delete label '{self.name}', retired on {self.retired}"


LabelChange = CreateLabel | ChangeLabel | RenameLabel | DeleteLabel
