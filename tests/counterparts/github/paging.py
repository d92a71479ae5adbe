"""Pages of a repository's issues as github.com has them since 2025: with a cursor, without an end.

`rel="last"` is gone, and large repositories refuse a page number that somebody made himself
(google/go-github #3564, #3565). Here all do, so that nobody comes to rely on one.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qsl, urlencode

from tests.counterparts.messages import Answer, Request

_ISSUES = re.compile(r"/repos/[^/]+/[^/]+/issues$")
_NEXT = re.compile(r'<([^>]*[?&]page=(\d+)[^>]*)>; rel="next"')
_SAID = "Pagination with the page parameter is not supported for large datasets, please use"


def refusal(request: Request) -> Answer | None:
    """What GitHub says to a page number without its cursor."""
    query = request.query
    if not _of_issues(request) or query.get("page", ["1"]) == ["1"] or "after" in query:
        return None
    said = f"{_SAID} cursor based pagination (after/before)"
    return Answer(422, {"message": said, "documentation_url": "https://docs.github.com/rest"})


def headers(request: Request, link: str) -> dict[str, str]:
    """The links of a list's page: those of issues lead on by a cursor, and nowhere else."""
    if not _of_issues(request):
        return {"link": link}
    if (found := _NEXT.search(link)) is None:
        return {}
    cursor = base64.b64encode(f"cursor:v2:{found[2]}".encode()).decode().rstrip("=")
    url, _, query = found[1].partition("?")
    asked = dict(parse_qsl(query)) | {"after": cursor}
    return {"link": f'<{url}?{urlencode(asked)}>; rel="next"'}


def _of_issues(request: Request) -> bool:
    return request.method == "GET" and _ISSUES.search(request.path) is not None
