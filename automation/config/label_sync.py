"""What ``ima labels sync`` does: from the labels a tracker has to those of ``labels.yml``. Pure.

A label that is not ours is not touched, unless ``adopt`` says that it may be renamed, recoloured
and described. Nobody's label is deleted but ours, and only when it is retired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from automation.changes.label_changes import (
    NO_COLOR,
    ChangeLabel,
    CreateLabel,
    DeleteLabel,
    LabelChange,
    RenameLabel,
)
from automation.model.issue import Label
from automation.policy.labels import LabelEntry, Labels


def label_changes(
    labels: Labels,
    existing: list[Label],
    today: date,
    adopt: bool = False,
    in_use: Mapping[str, Sequence[str]] | None = None,
    renamed: Mapping[str, tuple[str, str]] | None = None,
) -> tuple[list[LabelChange], list[str]]:
    """The changes that make the tracker's labels as ``labels`` says, in the order of the file; and
    what only a person can settle, two lines each: what is wrong, what to do.

    ``existing`` are the labels of the tracker; ``adopt`` allows to change those that IMA did not
    create. ``in_use``: open issues, by the labels that they have. ``renamed``: what was renamed on
    the tracker, and what to do, by the name in the file: no second one is made.
    """
    sync = _LabelComparison(existing, today, adopt, in_use or {}, renamed or {})
    changes = [change for entry in labels.entries for change in sync.entry(entry)]
    return changes, sync.findings


class _LabelComparison:
    """Compares the labels of a tracker with the entries of the file, one after the other."""

    def __init__(
        self,
        existing: list[Label],
        today: date,
        adopt: bool,
        in_use: Mapping[str, Sequence[str]],
        renamed: Mapping[str, tuple[str, str]],
    ) -> None:
        self._renamed = renamed
        self._in_use = in_use
        self._has = {label.name: label for label in existing}
        self._folded: dict[str, list[str]] = {}
        for name in self._has:
            self._folded.setdefault(name.casefold(), []).append(name)
        self._today = today
        self._adopt = adopt
        self.findings: list[str] = []

    def entry(self, entry: LabelEntry) -> Iterator[LabelChange]:
        """What has to change for one entry of the file."""
        if entry.retired:
            yield from self._retire(entry, entry.retired)
            return
        if entry.name in self._renamed:
            self._find(*self._renamed[entry.name])
            return
        old = next((name for name in entry.previously if name in self._has), None)
        if label := self._has.get(entry.name):
            if old:
                remedy = f"move the issues of '{old}' to '{entry.name}' and delete '{old}'"
                self._find(f"labels '{old}' and '{entry.name}' both exist", remedy)
            yield from self._change_if_different(entry, label)
        elif twin := self._name_but_for_case(entry.name, old):
            remedy = f"rename it to '{entry.name}', or say '{twin}' in labels.yml"
            self._find(f"label '{twin}' differs from '{entry.name}' only in case", remedy)
        elif old:
            yield from self._rename(entry, self._has[old])
        else:
            yield CreateLabel(entry.name, entry.color or NO_COLOR, entry.description)

    def _find(self, problem: str, remedy: str) -> None:
        self.findings.append(f"{problem}\n  {remedy}")

    def _name_but_for_case(self, name: str, old: str | None) -> str | None:
        """A label of the tracker that differs from ``name`` only in case; not ``old``, which is
        going to be renamed."""
        twins = self._folded.get(name.casefold(), ())
        return next((twin for twin in twins if twin != old), None)

    def _retire(self, entry: LabelEntry, retired: date) -> Iterator[LabelChange]:
        label = self._has.get(entry.name)
        if label is None or self._today <= retired:
            return
        if refs := self._in_use.get(entry.name):
            shown = ", ".join(refs[:5]) + (" …" if len(refs) > 5 else "")
            remedy = "take it off there; it is deleted once no open issue has it"
            self._find(f"label '{entry.name}' is retired, but {shown} still have it", remedy)
        elif label.ours:
            yield DeleteLabel(entry.name, retired)
        else:
            remedy = "delete it by hand, or take its entry out of labels.yml"
            self._find(f"label '{entry.name}' is retired but ima did not create it", remedy)

    def _rename(self, entry: LabelEntry, label: Label) -> Iterator[LabelChange]:
        if label.ours or self._adopt:
            yield RenameLabel(label.name, entry.name, *_wanted_look(entry, label))
        else:
            remedy = "`ima labels sync --adopt` renames it"
            self._find(f"label '{label.name}' is now '{entry.name}', but not ours", remedy)

    def _change_if_different(self, entry: LabelEntry, label: Label) -> Iterator[LabelChange]:
        wanted = _wanted_look(entry, label)
        differs = wanted != (_bare_hex_digits(label.color), label.description)
        if differs and (label.ours or self._adopt):
            yield ChangeLabel(entry.name, *wanted)


def _wanted_look(entry: LabelEntry, label: Label) -> tuple[str, str]:
    """Colour and description of the entry; where it says nothing, those of the label."""
    return entry.color or _bare_hex_digits(label.color), entry.description or label.description


def _bare_hex_digits(color: str) -> str:
    return color.removeprefix("#").lower()
