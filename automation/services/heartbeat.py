"""A dead man's switch: an address that IMA calls after each sweep. It raises the alarm when it was
not called for too long."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from automation.errors import ServiceError
from automation.http.answers import NOT_SENT

if TYPE_CHECKING:
    from requests import Response

REMEDY = "check `heartbeat` of the policy, and whether that address can be reached from here"


class HeartbeatUrl:
    """See `Heartbeat`."""

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        self._url, self._timeout = url, timeout

    def __repr__(self) -> str:
        return f"<HeartbeatUrl at {self._host}>"

    @property
    def _host(self) -> str:
        return urlsplit(self._url).netloc

    def beat(self) -> None:
        """Raises ServiceError where nobody heard it."""
        try:
            status = self._ask().status_code
        except NOT_SENT as error:
            raise self._unheard(f"no answer ({type(error).__name__})") from None
        if not 200 <= status < 300:
            raise self._unheard(f"it answered {status}")

    def _ask(self) -> Response:
        """Call the address. Nothing on this machine adds to the request, not even a .netrc, and a
        redirect is no answer."""
        from requests import Session, TooManyRedirects

        with Session() as session:
            session.auth = lambda request: request
            session.max_redirects = 0  # where one leads is not even read
            try:
                response = session.get(self._url, timeout=self._timeout, stream=True)
            except TooManyRedirects as error:
                if (told := error.response) is None:
                    raise
                response = told
            response.close()  # what it says does not matter
            return response

    def _unheard(self, why: str) -> ServiceError:
        return ServiceError(f"heartbeat: telling {self._host} failed: {why}", REMEDY)
