"""Requests to an outside service: time-outs, safe retries, errors that people can read.

What is repeated, and why that is safe:

- a read, after 429, 5xx, no answer or a broken connection, at most `TRIES` times in all;
- anything after 429, which is answered before anything is done;
- a write that the caller says may come ``again``, because twice is as good as once;
- never any other write: it may have been done. The caller looks first, the next time.

A service that gave no answer at all is not asked again by this run: others wait behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import sleep
from typing import TYPE_CHECKING, Any, NoReturn

from automation.answers import Failure, Refusal, afterwards, not_sent, reason, said_by, silence

if TYPE_CHECKING:
    from requests import Response, Session

TRIES = 3
_NO_ROOM = 429
_SILENT = ("timeout", "refused", "name", "tls")


class Wire:
    """The service called ``name`` at ``url``, asked with ``headers`` that hold our secrets.

    ``remedies`` says by status what to do about a refusal; ``patience`` is how many seconds a
    run waits in all where it is asked to; ``opened`` makes the connection, if it needs more.
    """

    def __init__(
        self,
        name: str,
        url: str,
        headers: Mapping[str, str],
        *,
        remedies: Mapping[int, str] | None = None,
        timeout: float = 10.0,
        patience: float = 20.0,
        sleep: Callable[[float], None] = sleep,
        opened: Callable[[], Session] | None = None,
    ) -> None:
        self.name, self.url = name, url.rstrip("/")
        self._headers, self._remedies = dict(headers), dict(remedies or {})
        self._timeout, self._patience, self._sleep = timeout, patience, sleep
        self._opened, self._session = opened or _session, None
        self._gone: Failure | None = None
        self.asked = 0  # requests made

    _session: Session | None

    def __repr__(self) -> str:
        return f"<Wire {self.name} at {self.url}>"

    def get(self, doing: str, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The JSON at ``path``. ``doing`` is what for: "asking who is on call"."""
        return self.send("get", doing, path, query=query, again=True)

    def post(self, doing: str, path: str, data: Any, *, again: bool = False) -> Any:
        return self.send("post", doing, path, data=data, again=again)

    def put(self, doing: str, path: str, data: Any) -> Any:
        return self.send("put", doing, path, data=data, again=True)

    def send(
        self,
        verb: str,
        doing: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        data: Any = None,
        again: bool = False,
    ) -> Any:
        """The answer's JSON, None where there is none. Raises `Refusal`."""
        if self._gone:
            self._raise(self._gone, doing, verb)
        tried = 0
        while True:
            answer = self._once(verb, path, query, data)
            if not isinstance(answer, Failure):
                return answer[0]
            tried += 1
            pause = _pause(answer, again, tried)
            if pause is None or not self._waits(pause):
                if answer.kind in _SILENT:
                    self._gone = answer
                self._raise(answer, doing, verb)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()

    def _waits(self, seconds: float) -> bool:
        if seconds > self._patience:
            return False
        self._patience -= seconds
        self._sleep(seconds)
        return True

    def _once(
        self, verb: str, path: str, query: Mapping[str, Any] | None, data: Any
    ) -> tuple[Any] | Failure:
        from requests.exceptions import RequestException

        self.asked += 1
        self._session = self._session or self._opened()
        try:
            response = self._session.request(
                verb.upper(),
                self.url + path,
                params=query,
                json=data,
                headers=self._headers,
                timeout=self._timeout,
                allow_redirects=False,  # it would take our secrets along
            )
            return _read(response)
        except (RequestException, UnicodeError) as error:
            return not_sent(error)

    def _raise(self, failure: Failure, doing: str, verb: str) -> NoReturn:
        writes = verb != "get"
        if failure.kind == "answer":
            why, remedy = reason(failure), self._remedy(failure, writes)
        else:
            why, remedy = silence(failure, self.url, self.name, writes)
        problem = f"{self.name.lower()}: {doing} failed: {why}"
        raise Refusal(failure, problem, remedy) from None

    def _remedy(self, failure: Failure, writes: bool) -> str:
        if said := self._remedies.get(failure.status):
            return said
        if failure.status == _NO_ROOM:
            return "too many requests: the rest waits for the next run"
        if failure.status >= 500:
            return afterwards(f"{self.name} itself failed", writes)
        return f"{self.name} does not take what was sent; what it says is in brackets"


def _session() -> Session:
    """A connection on which nothing, not even a .netrc, changes who we are."""
    from requests import Session

    session = Session()
    session.auth = lambda request: request
    return session


def _read(response: Response) -> tuple[Any] | Failure:
    if 300 <= response.status_code < 400:
        return Failure("redirect", response.status_code, _target(response))
    if response.status_code >= 400:
        return Failure("answer", response.status_code, said_by(response.content), _asked(response))
    if not response.content:
        return (None,)
    try:
        return (response.json(),)
    except ValueError:
        return Failure("not json", response.status_code)


def _target(response: Response) -> str:
    """Host and path that a redirect leads to; no query, for it may hold secrets."""
    from urllib.parse import urlsplit

    parts = urlsplit(response.headers.get("Location", ""))
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"[:200]


def _asked(response: Response) -> float | None:
    """Seconds that a 429 or 503 asks us to wait; None if it does not say."""
    for name in ("Retry-After", "ratelimit-reset"):  # the second is PagerDuty's, in seconds too
        try:
            return max(1.0, float(response.headers[name]))
        except (KeyError, ValueError):
            continue
    return None


def _pause(failure: Failure, again: bool, tried: int) -> float | None:
    """Seconds until this may be tried again; None if it may not. See the module's text."""
    if tried >= TRIES:
        return None
    growing = 0.5 * 2.0 ** (tried - 1)
    if failure.status == _NO_ROOM:
        return failure.seconds or growing
    silent = failure.kind in ("broken", "refused", "timeout")
    if again and (silent or failure.status >= 500):
        return failure.seconds or growing
    return None
