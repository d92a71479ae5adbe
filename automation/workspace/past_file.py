"""What a preview has read of the past, so that the next one need not read it again.

Whole issues that nobody may see less of than the project: of a confidential one nothing is here.
The file may be lost at any time. Whoever changes it is found out, for cards give rights.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from automation.model.issue import Comment, Event, Issue, Reaction

VERSION = 1
LONGEST = 50_000_000  # bytes of the file; what does not fit is read again
_SEAL = 64  # characters before the rest
_TIMES = ("at", "edited_at", "opened_at", "updated_at")
_WITHIN: dict[str, type] = {"events": Event, "comments": Comment, "reactions": Reaction}


class PastFile:
    """Issues in a file at ``path``, sealed with a ``secret``."""

    def __init__(self, path: Path, secret: str) -> None:
        self._path, self._secret = path, f"ima past\n{secret}".encode()

    def read(self) -> dict[str, Issue]:
        """The issues, by reference; none where the file is not whole, or not ours."""
        try:
            if self._path.stat().st_size > LONGEST:
                return {}
            data = self._path.read_bytes()
            seal, rest = data[:_SEAL], data[_SEAL:]
            if not hmac.compare_digest(seal, self._seal(rest)):
                return {}
            known = json.loads(zlib.decompress(rest))
            return {row["ref"]: _issue(row) for row in known["issues"] if known["v"] == VERSION}
        except (OSError, LookupError, RecursionError, TypeError, ValueError, zlib.error):
            return {}

    def write(self, issues: Iterable[Issue]) -> None:
        """Put these in the place of what was there; the confidential ones are left out. Where that
        fails, the next preview reads more."""
        rows = [_row(issue) for issue in issues if not issue.confidential]
        text = json.dumps({"v": VERSION, "issues": rows}, separators=(",", ":"))
        rest = zlib.compress(text.encode(), 1)
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(self._seal(rest) + rest)
            fresh.replace(self._path)
        except OSError:
            return

    def _seal(self, rest: bytes) -> bytes:
        return hmac.new(self._secret, rest, hashlib.sha256).hexdigest().encode()


def _row(value: Any) -> dict[str, Any]:
    """A value as JSON; what is as usual is left out."""
    return {
        field.name: _plain(found)
        for field in fields(value)
        if (found := getattr(value, field.name)) != field.default
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Event | Comment | Reaction):
        return _row(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _issue(row: Mapping[str, Any]) -> Issue:
    return Issue(**_values(row))


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TIMES:
        return datetime.fromisoformat(value).astimezone(UTC)
    if name == "due":
        return date.fromisoformat(value)
    if name in ("labels", "links"):
        return frozenset(value)
    if kind := _WITHIN.get(name):
        return tuple(kind(**_values(each)) for each in value)
    return tuple(value) if isinstance(value, list) else value
