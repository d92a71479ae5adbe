"""One connection to GitHub: plain data in and out.

Nothing is repeated and no redirect followed here: `wire` knows what is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import sleep
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from automation.http.answers import NOT_SENT, Failure, failure_of, read_json, redirect_target
from automation.http.bounded import limit, settle
from automation.trackers.github.budget import HOUR, Pace, asked_to_wait, is_limit, window
from automation.trackers.github.errors import explain, said_in
from automation.trackers.request_budget import Budget, server_time
from automation.trackers.tokens import GITHUB as TOKENS
from automation.trackers.tokens import checked_token
from automation.trackers.wire import Answer, Wire, paging

GRAPHQL = "graphql"  # in place of a path
_HEADERS = {
    "Accept": "application/vnd.github+json",
    # Later ones change issues and timelines; GitHub serves this one until March 2028.
    "X-GitHub-Api-Version": "2022-11-28",
    "User-Agent": "ima",  # GitHub refuses whoever gives no name
}
_REDIRECTS = (301, 302, 307, 308)


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
        from requests import Session  # late: a tenth of a second

        parts = urlsplit(url)  # a login in it would go in place of the token
        self._url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._timeout, self._hear = timeout, hear
        self._session = session = settle(limit(Session()), url)
        session.headers.update({**_HEADERS, "Authorization": f"Bearer {token}"})
        self._adapter = session.get_adapter(url)

    def send(
        self,
        verb: str,
        path: str,
        query: Mapping[str, Any] | None,
        data: Mapping[str, Any] | None,
    ) -> Answer | Failure:
        from requests import PreparedRequest

        request, session = PreparedRequest(), self._session
        try:
            request.prepare(
                verb.upper(), self._address(path), session.headers, params=query, json=data
            )
            response = self._adapter.send(
                request,
                timeout=self._timeout,
                verify=session.verify or True,
                proxies=session.proxies,
            )
        except NOT_SENT as error:
            return failure_of(error)
        self._hear(response.headers)
        if response.status_code in _REDIRECTS:
            # It would take the token along, and of a list forget what was asked.
            return Failure("redirect", response.status_code, redirect_target(response.headers))
        return read(response.status_code, response.headers, response.content)

    def _address(self, path: str) -> str:
        """GraphQL of an enterprise server is beside the REST API: /api/graphql, and /api/v3."""
        return f"{self._url.removesuffix('/v3')}/{path}" if path == GRAPHQL else self._url + path

    def close(self) -> None:
        self._session.close()


def read(status: int, headers: Mapping[str, str], body: bytes) -> Answer | Failure:
    """An answer as data. The names of ``headers`` are found in any case."""
    from requests.utils import parse_header_links

    try:
        data = read_json(body) if body.strip() else None
    except ValueError:
        kind = "answer" if status >= 400 else "not json"
        return Failure(kind, status)  # type: ignore[arg-type]
    if status >= 400:
        said = said_in(data)
        busy = is_limit(status, headers, said)
        seconds = asked_to_wait(headers) if busy or "retry-after" in headers else None
        return Failure("answer", status, said, seconds, busy)
    return Answer(
        data,
        status,
        *paging(parse_header_links(headers.get("link", ""))),
        at=server_time(headers),
    )
