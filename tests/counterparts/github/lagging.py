"""What GitHub's lists show for some seconds after a write: the world as it was before it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.counterparts.messages import Answer, Request

_LISTS = re.compile(r"/repos/[^/]+/[^/]+/issues(/\d+/(comments|timeline))?")
_ISSUE = re.compile(r"/repos/[^/]+/[^/]+/issues/\d+")


def behind(
    request: Request, answer: Answer, since: datetime, ask: Callable[[Request], Answer]
) -> None:
    """Take what was made after ``since`` out of an answer, and out of how many there are."""
    if request.method != "GET" or answer.status != 200:
        return
    if _LISTS.fullmatch(request.path):
        rows = json.loads(answer.body or b"[]")
        answer.body = json.dumps([row for row in rows if not _newer(row, since)]).encode()
    elif _ISSUE.fullmatch(request.path):
        row = json.loads(answer.body or b"{}")
        said = ask(Request("GET", f"{request.path}/comments?per_page=100", request.headers, b""))
        new = sum(_newer(each, since) for each in json.loads(said.body or b"[]"))
        answer.body = json.dumps(row | {"comments": row["comments"] - new}).encode()


def _newer(row: dict[str, Any], since: datetime) -> bool:
    made = str(row.get("created_at") or "")
    return made != "" and datetime.fromisoformat(made) >= since
