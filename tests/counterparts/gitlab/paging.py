"""Offset paging, as GitLab does it: at most 100 rows, and no totals for long lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.counterparts.gitlab.call import Call, number
from tests.counterparts.gitlab.world import Refused
from tests.counterparts.messages import Answer

LIMIT = 100
T = TypeVar("T")


def paged(call: Call, rows: Sequence[T], show: Callable[[T], Any]) -> Answer:
    """The page that was asked for. Only its rows are shown, so that a page costs a page."""
    page, per_page = _asked(call, "page", 1), min(_asked(call, "per_page", 20), LIMIT)
    start = (page - 1) * per_page
    if call.world.max_offset is not None and start > call.world.max_offset:
        allowed = f"Offset pagination has a maximum allowed offset of {call.world.max_offset}"
        raise Refused(405, allowed, key="error")
    body = [show(row) for row in rows[start : start + per_page]]
    return Answer(200, body, _headers(call, page, per_page, len(rows)))


def _asked(call: Call, name: str, default: int) -> int:
    value = call.one(name)
    if value is None:
        return default
    asked = number(value, name)
    if asked < 1:
        raise Refused(400, f"{name} does not have a valid value", key="error")
    return asked


def _headers(call: Call, page: int, per_page: int, total: int) -> dict[str, str]:
    pages = -(-total // per_page)
    following = str(page + 1) if page * per_page < total else ""
    previous = str(page - 1) if page > 1 else ""
    counted = total <= call.world.count_limit
    headers = {
        "x-page": str(page),
        "x-per-page": str(per_page),
        "x-next-page": following,
        "x-prev-page": previous,
    }
    if counted:
        headers |= {"x-total": str(total), "x-total-pages": str(pages)}
    rels = [("prev", previous), ("next", following), ("first", "1")]
    if counted:
        rels.append(("last", str(max(pages, 1))))
    headers["link"] = ", ".join(
        f'<{_url(call, at, per_page)}>; rel="{rel}"' for rel, at in rels if at
    )
    return headers


def _url(call: Call, page: str, per_page: int) -> str:
    query = call.query | {"page": [page], "per_page": [str(per_page)]}
    query.pop("private_token", None)
    return f"{call.world.url}{call.path}?{urlencode(query, doseq=True)}"
