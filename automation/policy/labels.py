"""Label text ↔ meaning, from ``labels.yml`` and nowhere else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from automation.errors import PolicyError
from automation.model.issue import SEVERITIES, STATES, STATUSES

WORDS = ("incident", "review", "near_miss", "action", "security")  # meanings without a value
FAMILIES: dict[str, tuple[str, ...]] = {  # meanings with a value; (): the policy names them
    "severity": SEVERITIES,
    "state": STATES,
    "status": STATUSES,
    "service": (),
}
REQUIRED = (
    *(("incident", ""), ("review", ""), ("near_miss", ""), ("action", "")),
    *((family, value) for family, values in FAMILIES.items() for value in values),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEntry:
    """One entry of ``labels.yml``."""

    name: str
    color: str = ""  # six hex digits, lower case; "": any
    description: str = ""  # "": any
    family: str = ""  # "": it means nothing to ima
    value: str = ""
    many: bool = False  # an issue may have several of this family
    previously: tuple[str, ...] = ()
    retired: date | None = None


class Labels:
    """The labels of the process. All questions are answered by dict look-ups."""

    __slots__ = ("_by_fold", "_by_name", "_names", "_values", "entries", "exclusive", "file")

    def __init__(self, entries: Iterable[LabelEntry], file: str = "labels.yml") -> None:
        self.file = file
        self.entries = tuple(entries)
        meant = [entry for entry in self.entries if entry.family]
        self._by_name = {entry.name: (entry.family, entry.value) for entry in meant}
        before = {old: (e.family, e.value) for e in meant for old in e.previously}
        self._by_name = before | self._by_name  # old events know the old name
        self._by_fold = {name.casefold(): means for name, means in self._by_name.items()}
        self._names = {(entry.family, entry.value): entry.name for entry in reversed(meant)}
        self._values: dict[str, tuple[str, ...]] = {}
        for entry in meant:
            if entry.value:
                self._values[entry.family] = (*self.values(entry.family), entry.value)
        several = {entry.family for entry in meant if entry.many}
        self.exclusive = frozenset(self._values) - several

    def meaning(self, name: str) -> tuple[str, str] | None:
        """(family, value) of a label, such as ("severity", "S1") or ("incident", "")."""
        return self._by_name.get(name) or self._by_fold.get(name.casefold())

    def name(self, family: str, value: str = "") -> str:
        """The label's text. Raises PolicyError if ``labels.yml`` has none for it."""
        try:
            return self._names[family, value]
        except KeyError:
            means = f"{{{family}: {value}}}" if value else family
            remedy = f"add `- {{name: …, means: {means}}}` and run `ima labels sync`"
            problem = f"{self.file}: no label means {value or family!r}"
            problem += f" ({family})" if value else ""
            raise PolicyError(problem, remedy) from None

    def values(self, family: str) -> tuple[str, ...]:
        """All values of a family that have a label, in the order of the file."""
        return self._values.get(family, ())

    def ours(self, name: str) -> bool:
        """Whether a label belongs to one of our families, so that we may write it."""
        return self.meaning(name) is not None

    def __iter__(self) -> Iterator[LabelEntry]:
        return iter(self.entries)

    def __repr__(self) -> str:
        return f"<Labels {self.file}: {len(self.entries)}>"
