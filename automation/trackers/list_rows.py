"""What the rows of any forge's lists have in common. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from sys import intern
from typing import Any

from automation.model.issue import Head, Issue
from automation.text.escaping import is_login


@lru_cache(maxsize=1024)
def label_set(names: tuple[str, ...]) -> frozenset[str]:
    """The names as a set: one object, with names of which there is one, for all issues alike."""
    return frozenset(map(intern, names))


def ref_in(key: str) -> Callable[[Any], str]:
    """The reference in a row that is wrong in something else; empty where that is wrong, too."""

    def named(row: Any) -> str:
        number = row.get(key) if isinstance(row, dict) else None
        return f"#{number}" if type(number) is int and number > 0 else ""

    return named


def person_in(key: str) -> Callable[[Any], str]:
    """Whom a row is about that is wrong in something else: "@mia"; empty where nobody knows."""

    def named(row: Any) -> str:
        login = row.get(key) if isinstance(row, dict) else None
        return f"@{login.lower()}" if isinstance(login, str) and is_login(login) else ""

    return named


def split_rows(
    rows: Iterable[Mapping[str, Any]],
    number: str,
    matters: Callable[[Mapping[str, Any]], bool],
    issue_without_text: Callable[[Mapping[str, Any]], Issue],
) -> tuple[list[Mapping[str, Any]], list[Issue]]:
    """The rows of the issues that matter, and all other issues without text and history: their rows
    are let go as soon as they are read.

    ``number`` is the key of the issue's number. Of an issue that a list shows twice, because it
    moved between two pages, only the last row counts.
    """
    kept: dict[int, Mapping[str, Any]] = {}
    others: dict[int, Issue] = {}
    for row in rows:
        kept.pop(row[number], None)
        others.pop(row[number], None)
        if matters(row):
            kept[row[number]] = row
        else:
            others[row[number]] = issue_without_text(row)
    return list(kept.values()), list(others.values())


def by_number(heads: Iterable[Head]) -> list[Head]:
    """One head of each issue, as it was last seen, in the order of their numbers."""
    found = {head.ref: head for head in heads}
    return sorted(found.values(), key=lambda head: int(head.ref[1:]))


def query_time(at: datetime) -> str:
    """A time for a query: in UTC, to the millisecond below."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def may_matter(
    talked: bool, mine: bool, body: str | None, labels: Iterable[str], ours: Callable[[str], bool]
) -> bool:
    """Whether an issue can matter: it is ours, talked about, marked, or has a label of ours."""
    return talked or mine or "<!-- ima:" in (body or "") or any(map(ours, labels))


def or_one_of(names: Collection[str], ours: Callable[[str], bool]) -> Callable[[str], bool]:
    """Whether a label is ours, or has one of these names."""
    return lambda name: name in names or ours(name)
