"""A Prometheus of one end: raw samples of the series that it was given, at any virtual time. As a
Mimir it wants to know the tenant, and its rules are evaluated late.

The tests of the adapter ask the real one (`tests.counterparts.monitoring`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from automation.model.issue import Sample
from tests.counterparts.messages import Answer, Request
from tests.counterparts.small import SmallServer

ERROR = {"status": "error", "errorType": "internal", "error": "the store is closed"}
_RANGE = re.compile(r"(.+)\[(\d+)s\]", re.DOTALL)


class Series:
    """Samples by the text of a query. ``asks_for`` are headers without which it answers nobody,
    ``delay`` is how late a sample is there."""

    def __init__(
        self, asks_for: Mapping[str, str] | None = None, delay: timedelta = timedelta()
    ) -> None:
        self.held: dict[str, Sequence[Sample]] = {}
        self._asks_for, self._delay = asks_for or {}, delay

    def answering(self, request: Request) -> Answer:
        if any(request.headers.get(name) != value for name, value in self._asks_for.items()):
            return Answer(401, "no org id")
        if request.path != "/api/v1/query":
            return Answer(404, "404 page not found")
        found = _RANGE.fullmatch(request.query.get("query", [""])[0])
        if not found:
            return _answer(400, {**ERROR, "errorType": "bad_data", "error": "no range"})
        now = datetime.fromtimestamp(float(request.query["time"][0]), UTC)
        since = now - timedelta(seconds=int(found[2]))
        held = [s for s in self.held.get(found[1], ()) if since <= s.at <= now - self._delay]
        values = [[each.at.timestamp(), _number(each.value)] for each in held]
        result = [{"metric": {}, "values": values}] if values else []
        return _answer(200, {"status": "success", "data": _matrix(result)})


def _matrix(result: list[dict[str, Any]]) -> Mapping[str, Any]:
    return {"resultType": "matrix", "result": result}


def _answer(status: int, body: Mapping[str, Any]) -> Answer:
    return Answer(status, dict(body))


def _number(value: float) -> str:
    return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}.get(str(value), str(value))


def prometheus(series: Series, **how: Any) -> SmallServer:
    """Not started yet."""
    return SmallServer(series.answering, error=ERROR, **how)
