"""The file in which a run leaves for the next what it has told of failures. It may be lost at any
time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from automation.reconcile.failures import ToldFailure, decode, encode

FAILURES = ".ima/failures.json"
LONGEST = 1_000_000  # bytes


class FailureFile:
    """The file, in ``folder`` beside the cache."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FAILURES

    def read(self) -> dict[str, ToldFailure]:
        try:
            if self._path.stat().st_size > LONGEST:
                return {}
            return decode(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def write(self, known: Mapping[str, ToldFailure]) -> None:
        """Put the new file in the place of the old one, or leave the old one where that fails."""
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(encode(known), encoding="utf-8")
            fresh.replace(self._path)
        except OSError:
            return  # the next run tells it all again
