"""One connection to GitHub, through PyGithub's requester: plain data in and out.

Its pages, retries, pauses and redirects are off: `wire` knows which are safe and what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import sleep
from typing import Any

from automation.http.answers import NOT_SENT, Failure, failure_of, read_json
from automation.trackers.github.budget import HOUR, Pace, asked_to_wait, is_limit, window
from automation.trackers.github.errors import explain, said_in
from automation.trackers.request_budget import Budget, server_time
from automation.trackers.tokens import GITHUB as TOKENS
from automation.trackers.tokens import checked_token
from automation.trackers.wire import PAGE, Answer, Wire, paging

GRAPHQL = "graphql"  # in place of a path
_HEADERS = {
    "Accept": "application/vnd.github+json",
    # Later ones change issues and timelines; GitHub serves this one until March 2028.
    "X-GitHub-Api-Version": "2022-11-28",
}


def github_wire(
    url: str,
    token: str,
    *,
    timeout: float,
    share: float,
    patience: float,
    at_once: int = 8,
    apart: float = 1.0,
    sleep: Callable[[float], None] = sleep,
    hear: Callable[[Mapping[str, str]], None] | None = None,
) -> Wire:
    """The wire to GitHub's API at ``url``; writes are ``apart`` seconds from each other, and
    ``at_once`` requests under way at most. ``hear`` is told the headers of every answer. Raises
    ServiceError where the token cannot be one."""
    checked_token(token, "github", TOKENS[0])
    budget = Budget("github", share, patience, sleep, window, HOUR)
    url = url.rstrip("/")

    def heard(headers: Mapping[str, str]) -> None:
        budget.hear(headers)
        if hear:
            hear(headers)

    # No partial: it would show the token to whoever prints it.
    return Wire(
        url,
        lambda: Line(url, token, timeout, heard),
        budget,
        explain,
        Pace(apart, sleep),
        at_once,
    )


class Line:
    """One connection. ``hear`` is told the headers of every answer, good or bad."""

    def __init__(self, url: str, token: str, timeout: float, hear: Callable[..., None]) -> None:
        from github import Auth, Github  # late: a sixth of a second

        from automation.trackers.github.connection import Connection

        self._requester = Github(
            base_url=url,
            auth=Auth.Token(token),
            per_page=PAGE,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
        ).requester
        self._connection: Any = Connection(url, timeout, hear)

    def send(
        self,
        verb: str,
        path: str,
        query: Mapping[str, Any] | None,
        data: Mapping[str, Any] | None,
    ) -> Answer | Failure:
        where = self._requester.graphql_url if path == GRAPHQL else path
        asked = dict(query or {})
        try:
            status, _, _ = self._requester.requestJson(
                verb.upper(), where, asked, dict(_HEADERS), data, self._connection
            )
        except NOT_SENT as error:
            return failure_of(error)
        return read(status, self._connection.headers, self._connection.body)

    def close(self) -> None:
        self._connection.close()


def read(status: int, headers: Mapping[str, Any], body: bytes) -> Answer | Failure:
    """An answer as data."""
    from requests.structures import CaseInsensitiveDict
    from requests.utils import parse_header_links

    try:
        data = read_json(body) if body.strip() else None
    except ValueError:
        kind = "answer" if status >= 400 else "not json"
        return Failure(kind, status)  # type: ignore[arg-type]
    headers = CaseInsensitiveDict(headers)
    if status >= 400:
        said = said_in(data)
        busy = is_limit(status, headers, said)
        seconds = asked_to_wait(headers) if busy or "retry-after" in headers else None
        return Failure("answer", status, said, seconds, busy)
    return Answer(
        data,
        status,
        *paging(parse_header_links(str(headers.get("link", "")))),
        at=server_time(headers),
    )
