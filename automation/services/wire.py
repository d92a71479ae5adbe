"""Requests to an outside service: time-outs, safe retries, errors that people can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

from automation.errors import ServiceError
from automation.http.answers import (
    NOT_SENT,
    Failure,
    Refusal,
    failure_of,
    no_answer_in_words,
    read_json,
    redirect_target,
    remedy_when_unsure,
    server_message,
    status_in_words,
)
from automation.http.bounded import limit, settle
from automation.http.known_secrets import remember
from automation.http.shapes import Odd, Shape, nothing
from automation.services.pace import Pace
from automation.services.retries import TOO_MANY_REQUESTS, TRIES, Attempts

if TYPE_CHECKING:
    from requests import Response, Session

__all__ = ["TRIES", "Wire", "part"]
_TOO_MANY = {420: TOO_MANY_REQUESTS}  # as Statuspage says it
_SECRET = ("authorization", "x-api-id", "x-api-key")  # headers


def part(name: object) -> str:
    """An id as one part of a path: whatever it is, the path leads to nothing else."""
    quoted = quote(str(name), safe="")
    if not quoted.strip("."):  # whoever sends it would go up by it
        problem = f"no request can be made for the id {str(name)!r}"
        raise ServiceError(problem, "correct it where it comes from: policy.yml, or the service")
    return quoted


class Wire:
    """The service called ``name`` at ``url``, asked with ``headers`` that hold our secrets.

    ``remedies`` says by status what to do about a refusal; ``patience`` is how many seconds a
    run waits in all where it is asked to; requests are ``apart`` seconds from each other.
    """

    def __init__(
        self,
        name: str,
        url: str,
        headers: Callable[[], Mapping[str, str]],
        *,
        remedies: Mapping[int, str] | None = None,
        timeout: float = 10.0,
        patience: float = 20.0,
        sleep: Callable[[float], None] = sleep,
        bundle: str = "",
        apart: float = 0.0,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        self.name, self.url = name, url.rstrip("/")
        self._headers, self._remedies = headers, dict(remedies or {})
        self._timeout, self._attempts = timeout, Attempts(patience, sleep)
        self._pace = Pace(apart, sleep, ticks)
        self._bundle = bundle  # certificates of an authority of its own
        self._session: Session | None = None
        self.asked = 0  # requests made

    def __repr__(self) -> str:
        return f"<Wire {self.name} at {self.url}>"

    def get(
        self, doing: str, path: str, shape: Shape, query: Mapping[str, Any] | None = None
    ) -> Any:
        """What is at ``path``, as far as it is of that ``shape``; else it is refused. ``doing`` is
        what for: "asking who is on call"."""
        return self.send("get", doing, path, shape, query=query, again=True)

    def post(
        self, doing: str, path: str, data: Any, shape: Shape = nothing, *, again: bool = False
    ) -> Any:
        return self.send("post", doing, path, shape, data=data, again=again)

    def put(self, doing: str, path: str, data: Any, shape: Shape = nothing) -> Any:
        return self.send("put", doing, path, shape, data=data, again=True)

    def send(
        self,
        verb: str,
        doing: str,
        path: str,
        shape: Shape = nothing,
        *,
        query: Mapping[str, Any] | None = None,
        data: Any = None,
        again: bool = False,
    ) -> Any:
        """The answer, read by its ``shape``. Raises ServiceError: where somebody has answered, or
        could have, a `Refusal`."""
        headers = dict(self._headers())
        remember(*_secrets(headers))
        asked = {"params": query, "json": data, "headers": headers}
        once = partial(self._once, verb, path, asked)
        answer = self._attempts.answer_of(once, again)
        if isinstance(answer, Failure):
            self._raise(answer, doing, verb)
        return self.shaped(doing, answer[0], shape, writes=verb != "get")

    def shaped(self, doing: str, answer: Any, shape: Shape, *, writes: bool) -> Any:
        """The answer, as far as it is of that ``shape``. Raises `Refusal`."""
        try:
            return shape(answer)
        except Odd as odd:
            self._raise(Failure("shape", said=str(odd)), doing, "post" if writes else "get")

    def close(self) -> None:
        if self._session is not None:
            self._session.close()

    def _once(self, verb: str, path: str, asked: dict[str, Any]) -> tuple[Any] | Failure:
        self.asked += 1
        self._session = self._session or session_for(self.url)
        try:
            with self._pace:
                response = self._session.request(
                    verb.upper(),
                    self.url + path,
                    **asked,
                    timeout=self._timeout,
                    verify=self._bundle or None,
                    allow_redirects=False,  # it would take our secrets along
                )
            return read_answer(response)
        except NOT_SENT as error:
            return failure_of(error)

    def _raise(self, failure: Failure, doing: str, verb: str) -> NoReturn:
        writes = verb != "get"
        if failure.kind == "answer":
            why, remedy = status_in_words(failure), self._remedy(failure, writes)
        else:
            why, remedy = no_answer_in_words(failure, self.url, self.name, writes)
        problem = f"{self.name.lower()}: {doing} failed: {why}"
        raise Refusal(failure, problem, remedy) from None

    def _remedy(self, failure: Failure, writes: bool) -> str:
        if said := self._remedies.get(failure.status):
            return said
        if failure.status == TOO_MANY_REQUESTS:
            return "too many requests: the rest waits for the next run"
        if failure.status >= 500:
            return remedy_when_unsure(f"{self.name} itself failed", writes)
        return f"{self.name} does not take what was sent; what it says is in brackets"


def _secrets(headers: Mapping[str, str]) -> Iterator[str]:
    """Some services repeat the key that they refuse."""
    for name, value in headers.items():
        if name.lower() in _SECRET:
            yield from re.split(r"[\s=]+", value)


def session_for(url: str) -> Session:
    """A connection on which nothing, not even a .netrc, changes who we are."""
    from requests import Session

    session = settle(limit(Session()), url)
    session.auth = lambda request: request  # nor a password in the address
    return session


def read_answer(response: Response) -> tuple[Any] | Failure:
    """The JSON of an answer, in a tuple; else what is wrong with it."""
    if 300 <= response.status_code < 400:
        return Failure("redirect", response.status_code, redirect_target(response.headers))
    if response.status_code >= 400:
        status = _TOO_MANY.get(response.status_code, response.status_code)
        return Failure("answer", status, server_message(response.content), _asked(response))
    if not response.content:
        return (None,)
    try:
        return (read_json(response.content),)
    except ValueError:
        return Failure("not json", response.status_code)


def _asked(response: Response) -> float | None:
    """Seconds that a 429 or 503 asks us to wait; None if it does not say."""
    for name in ("Retry-After", "ratelimit-reset"):  # the second is PagerDuty's, in seconds too
        try:
            return max(1.0, float(response.headers[name]))
        except (KeyError, ValueError):
            continue
    return None
