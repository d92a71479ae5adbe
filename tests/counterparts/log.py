"""What a counterpart remembers of the requests that came."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(slots=True)
class Logged:
    """A request that came. ``status`` is 0 if nothing was answered."""

    method: str
    path: str  # as it came, without what all paths begin with
    query: dict[str, list[str]]
    status: int
    user: str | None = None
    body: dict[str, Any] = field(default_factory=dict)


def like(log: Iterable[Logged], method: str | None = None, path: str = "") -> list[Logged]:
    """The requests whose path is like ``path``, a regular expression."""
    return [
        each for each in list(log) if method in (None, each.method) and re.search(path, each.path)
    ]


def writes(log: Iterable[Logged]) -> list[Logged]:
    """Those that write; a question of GraphQL is posted, too."""
    asking = ("{", "query")
    return [
        each
        for each in list(log)
        if each.method in WRITES and not str(each.body.get("query", "")).startswith(asking)
    ]
