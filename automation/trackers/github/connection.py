"""What PyGithub's requester sends its requests through, in place of its own connection.

Each answer is read in one piece. Redirects are not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, Session
from requests.exceptions import TooManyRedirects

from automation.http.bounded import limit, settle

_REDIRECTS = (301, 302, 307, 308)


class Connection:
    """To the server of ``url``. ``hear`` is told the headers of every answer, good or bad."""

    def __init__(self, url: str, timeout: float, hear: Callable[[Mapping[str, str]], None]) -> None:
        parts = urlsplit(url)
        self._server = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._timeout = timeout
        self._hear = hear
        self._session = session = settle(limit(Session()), url)
        self._adapter = session.get_adapter(url)
        self._request: tuple[str, str, Any, dict[str, str]]
        self.headers: Mapping[str, str] = {}  # of the last answer
        self.body = b""

    def request(
        self, verb: str, path: str, data: Any, headers: dict[str, str], _stream: bool = False
    ) -> None:
        """Say what `getresponse` is to ask for."""
        self._request = (verb, path, data, headers)

    def getresponse(self) -> Answered:
        """Ask, and read the answer. Raises RequestException."""
        verb, path, data, headers = self._request
        request, session = PreparedRequest(), self._session  # no cookies, no hooks: half the time
        request.prepare(verb, f"{self._server}{path}", {**session.headers, **headers}, data=data)
        response = self._adapter.send(
            request,
            timeout=self._timeout,
            verify=session.verify or True,
            proxies=session.proxies,
        )
        self._note(response)
        self.headers, self.body = response.headers, response.content
        return Answered(response.status_code)

    def _note(self, response: Response) -> None:
        self._hear(response.headers)
        if response.status_code in _REDIRECTS:
            # It would take the token along, and of a list forget what was asked.
            response.close()
            raise TooManyRedirects(response=response)

    def close(self) -> None:
        self._session.close()


class Answered:
    """An answer as the requester looks at it: without the headers, in which it would want numbers,
    and the body, which it would want as text."""

    def __init__(self, status: int) -> None:
        self.status = status

    def getheaders(self) -> list[tuple[str, str]]:
        return []

    def read(self) -> str:
        return ""
