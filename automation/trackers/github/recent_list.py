"""What one list has just shown of what moved last: of a quiet sweep or an event, often all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from automation.trackers.ordered_history import Row, parse_time
from automation.trackers.wire import Answer, Wire

LAST = 30  # issues that the list shows
QUERY = {"state": "all", "sort": "updated", "direction": "desc", "per_page": LAST}
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class Recent:
    """Rows of the list, each to be taken once, and none after we have written anything."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._rows: list[Row] = []
        self._unread: dict[int, Row] = {}
        self._since: datetime | None = None  # since when nothing is missing
        self._written = 0
        self.at: datetime | None = None  # when it was shown, by GitHub's clock

    def show(self, answer: Answer) -> None:
        """Keep what a list by `QUERY` shows. An empty one shows nothing, not that nothing is."""
        rows: Sequence[Row] = answer.data
        self._rows = list(rows)
        self._unread = {row["number"]: row for row in rows}
        moved = [parse_time(row["updated_at"]) for row in rows]
        self._since = _ALWAYS if 0 < len(rows) < LAST else min(moved, default=None)
        self._written, self.at = self._wire.written, answer.at

    def take(self, number: int) -> Row | None:
        """The row of an issue, the first time that it is asked for."""
        return self._unread.pop(number, None) if self._holds() else None

    def since(self, since: datetime) -> list[Row] | None:
        """The rows that moved since; None if the list does not reach back so far."""
        if self._since is None or self._since >= since or not self._holds():
            return None
        return [row for row in self._rows if parse_time(row["updated_at"]) >= since]

    def _holds(self) -> bool:
        return self._written == self._wire.written
