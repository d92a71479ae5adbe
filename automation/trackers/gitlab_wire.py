"""Requests to GitLab, through python-gitlab: pages, retries, and errors that people can read.

What is repeated, and why that is safe:

- a read, after 429, 5xx, no answer or a broken connection, at most `TRIES` times in all;
- anything after 429, which GitLab answers before it does anything;
- a `PUT` once, after a broken connection or 502 to 504: what we put is absolute (texts, states,
  all the assignees) or a set's delta (add, remove), so that twice is as good as once;
- never a `POST` or `DELETE` otherwise: they may have been done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from automation.answers import Failure, not_sent, said_by
from automation.trackers.gitlab_budget import Budget, asked_to_wait
from automation.trackers.gitlab_errors import Doing, explain

if TYPE_CHECKING:
    from gitlab import Gitlab
    from requests import Response

PAGE = 100
TRIES = 3
_AGAIN_PUT = (502, 503, 504)
_NO_ROOM = 429


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON of an answer, and what asks for the next page of a list."""

    data: Any
    status: int
    following: dict[str, Any] | None


class Line:
    """One connection. ``headers`` are those of the last answer, good or bad."""

    def __init__(self, url: str, token: str, timeout: float, hear: Callable[..., None]) -> None:
        from gitlab import Gitlab  # late: a tenth of a second

        self.client: Gitlab = Gitlab(
            url,
            private_token=token,
            timeout=timeout,
            per_page=PAGE,
            retry_transient_errors=False,
            keep_base_url=True,
        )
        self.headers: Mapping[str, str] = {}
        self._hear = hear
        # A redirect would take the token along, to wherever it leads.
        self.client.session.max_redirects = 0
        self.client.session.hooks["response"].append(self._note)

    def _note(self, response: Response, *_args: object, **_more: object) -> None:
        self.headers = response.headers
        self._hear(response.headers)


class Wire:
    """GitLab at ``url``. Threads may share it: each request has a line to itself."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float,
        share: float,
        patience: float,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._budget = Budget(share, patience, sleep)
        self._idle: SimpleQueue[Line] = SimpleQueue()

    def __repr__(self) -> str:
        return f"<Wire {self.url}>"

    @property
    def asked(self) -> int:
        """How many requests were made."""
        return self._budget.asked

    def pages(
        self, doing: Doing, path: str, query: Mapping[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """The rows of all pages of a list, page by page."""
        asked: dict[str, Any] | None = {"per_page": PAGE, **(query or {})}
        while asked is not None:
            answer = self._ask("get", doing, path, query=asked)
            if not isinstance(answer.data, list):
                raise explain(Failure("not json"), doing, self.url)
            yield from answer.data
            asked = answer.following if answer.following != asked else None

    def get(self, doing: Doing, path: str, query: Mapping[str, Any] | None = None) -> Any:
        return self._ask("get", doing, path, query=query).data

    def post(self, doing: Doing, path: str, data: Mapping[str, Any]) -> Any:
        return self._ask("post", doing, path, data=data).data

    def put(self, doing: Doing, path: str, data: Mapping[str, Any]) -> Any:
        return self._ask("put", doing, path, data=data).data

    def delete(self, doing: Doing, path: str) -> None:
        self._ask("delete", doing, path)

    def close(self) -> None:
        """Let go of all connections that are not in use."""
        while True:
            try:
                self._idle.get_nowait().client.session.close()
            except Empty:
                return

    def _ask(
        self,
        verb: str,
        doing: Doing,
        path: str,
        query: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The answer, after as many tries as are safe. Raises `Refusal`."""
        tried = 0
        while True:
            self._budget.admit()
            with self._line() as line:
                answer = _send(line, verb, path, query, data)
            if isinstance(answer, Answer):
                return answer
            tried += 1
            pause = pause_before_again(verb, answer, tried)
            if pause is None or not self._budget.wait(pause):
                raise explain(answer, doing, self.url) from None

    @contextmanager
    def _line(self) -> Iterator[Line]:
        try:
            line = self._idle.get_nowait()
        except Empty:
            line = Line(self.url, self._token, self._timeout, self._budget.hear)
        try:
            yield line
        finally:
            self._idle.put(line)


def pause_before_again(verb: str, failure: Failure, tried: int) -> float | None:
    """Seconds until this may be tried again; None if it may not. See the module's text."""
    if tried >= TRIES:
        return None
    growing = 0.5 * 2.0 ** (tried - 1)
    silent, status = failure.kind in ("broken", "refused", "timeout"), failure.status
    if status == _NO_ROOM:
        return failure.seconds or growing
    if verb == "get" and (silent or status >= 500):
        return failure.seconds or growing
    if verb == "put" and tried == 1 and (failure.kind == "broken" or status in _AGAIN_PUT):
        return failure.seconds or growing
    return None


def _send(
    line: Line,
    verb: str,
    path: str,
    query: Mapping[str, Any] | None,
    data: Mapping[str, Any] | None,
) -> Answer | Failure:
    from gitlab.exceptions import GitlabError
    from requests.exceptions import RequestException

    line.headers = {}
    try:
        response = line.client.http_request(
            verb,
            path,
            query_data=dict(query or {}),
            post_data=None if data is None else dict(data),
            obey_rate_limit=False,
            retry_transient_errors=False,
            max_retries=0,
        )
    except GitlabError as error:
        said = said_by(error.response_body or error.error_message)
        return Failure("answer", error.response_code or 0, said, asked_to_wait(line.headers))
    except (RequestException, UnicodeError) as error:
        return not_sent(error)
    return _read(response, dict(query or {}))


def _read(response: Response, query: dict[str, Any]) -> Answer | Failure:
    if response.status_code == 204 or not response.content:
        return Answer(None, response.status_code, None)
    try:
        data = response.json()
    except ValueError:
        return Failure("not json", response.status_code)
    return Answer(data, response.status_code, _following(response, query))


def _following(response: Response, query: dict[str, Any]) -> dict[str, Any] | None:
    """What asks for the next page: only the query of the link, never its host."""
    if link := response.links.get("next", {}).get("url"):
        return dict(parse_qs(urlsplit(link).query))
    if page := response.headers.get("X-Next-Page"):
        return {**query, "page": page}
    return None
