"""Label text ↔ meaning, from ``labels.yml`` and nowhere else. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, NamedTuple

from automation.errors import PolicyError
from automation.mistakes import Mistakes, quoted, suggestion
from automation.model.issue import STATES, STATUSES
from automation.policy.key_types import Color
from automation.records import dataclass
from automation.schema.shapes import Either, MapOf, Text
from automation.schema.yaml_nodes import Node

WORDS = (  # meanings without a value
    "incident",
    "review",
    "near_miss",
    "action",
    "security",
    "maintenance",
    "drill",
)
FAMILIES: dict[str, tuple[str, ...]] = {  # meanings with a value; (): the policy names them
    "severity": (),
    "state": STATES,
    "status": STATUSES,
    "service": (),
}
REQUIRED = (
    *(("incident", ""), ("review", ""), ("near_miss", ""), ("action", "")),
    *((family, value) for family, values in FAMILIES.items() for value in values),
)


_SERVICE = re.compile(r"[a-z0-9][a-z0-9_-]*")


class Meaning(NamedTuple):
    """What a label means: ("incident", ""), or a family and its value: ("severity", "S1")."""

    family: str
    value: str = ""


class MeaningShape(Either):
    """A word, or a map of one family and its value; read as a `Meaning`, if it is one."""

    __slots__ = ()

    def __init__(self) -> None:
        family = MapOf(Text(), key=Text(choices=tuple(FAMILIES)))
        super().__init__(Text(choices=WORDS), family)

    def json_schema(self) -> dict[str, Any]:
        values = {
            name: {"enum": list(known)} if known else {"type": "string"}
            for name, known in FAMILIES.items()
        }
        family = {"type": "object", "properties": values, "additionalProperties": False}
        one = {"minProperties": 1, "maxProperties": 1}
        return {"anyOf": [self.plain.json_schema(), family | one]}

    def read(self, node: Node, mistakes: Mistakes) -> Meaning | None:
        means = super().read(node, mistakes)
        if not isinstance(means, dict):
            return Meaning(means) if means else None
        if len(means) != 1:
            remedy = "write one family and its value, such as {severity: S1}"
            mistakes.add(node, f"`means` names {len(means)} families, not one", remedy)
            return None
        ((family, value),) = means.items()
        known = FAMILIES.get(family, ())
        if value and known and value not in known:
            what = f"there is no {family} {quoted(value)}"
            mistakes.add(node, what, suggestion(value, known))
        elif value and family == "service" and not _SERVICE.fullmatch(value):
            remedy = "write the key that it has in policy.yml, such as web"
            mistakes.add(node, f"{quoted(value)} cannot be a service", remedy)
        return Meaning(family, value or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEntry:
    """One entry of ``labels.yml``, and with it each of its keys: see `schema/described.py`."""

    name: Annotated[str, "The label's text"]
    color: Annotated[str, Color(), "Six hex digits, in quotes"] = ""  # lower case; "": any
    description: Annotated[str, Text(empty=True), "Shown by the tracker"] = ""  # "": any
    means: Annotated[
        Meaning | None, MeaningShape(), "What it means: a word, or a family and its value"
    ] = None
    many: Annotated[bool, "An issue may have several of this family"] = False
    previously: Annotated[tuple[str, ...], "Names to rename to this one"] = ()
    retired: Annotated[date | None, "The last day of its use; ours are deleted after it"] = None

    @property
    def family(self) -> str:
        """The family or word that it means; empty if it means nothing to ima."""
        return self.means.family if self.means else ""

    @property
    def value(self) -> str:
        """The value of its family; empty if it has none."""
        return self.means.value if self.means else ""


class Labels:
    """The labels of the process. All questions are answered by dict look-ups."""

    __slots__ = (
        "_by_fold",
        "_by_name",
        "_names",
        "_values",
        "entries",
        "exclusive",
        "file",
        "lines",
    )

    def __init__(
        self,
        entries: Iterable[LabelEntry],
        file: str = "labels.yml",
        lines: Mapping[str, int] | None = None,
    ) -> None:
        self.file = file
        self.lines = lines or {}  # by name, where it stands in the file
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

    def has(self, family: str) -> bool:
        """Is there a label that means ``family``? Not each file has one for what came later."""
        return any(entry.family == family for entry in self.entries)

    def place(self, family: str) -> str:
        """Where the labels of a family stand: "labels.yml:23"."""
        names = [entry.name for entry in self.entries if entry.family == family]
        lines = [self.lines[name] for name in names if name in self.lines]
        return f"{self.file}:{min(lines)}" if lines else self.file

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
