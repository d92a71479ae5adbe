"""Drive and Docs, asked with one token; what Google refuses, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from time import sleep
from typing import Any

from automation.errors import ServiceError
from automation.http.answers import Refusal, server_message
from automation.http.shapes import Shape, anything, nothing
from automation.services.google.login import Login
from automation.services.retries import Attempts
from automation.services.wire import Wire

DRIVE, DOCS = "https://www.googleapis.com/drive/v3", "https://docs.googleapis.com/v1"
STORAGE = (
    "an account of its own has no storage: set `documents.folder` to a folder of a shared drive,"
    " and make the account Content manager there"
)
_OFF = "turn on the Google Drive API and the Google Docs API in the project of the account"
_REMEDIES = {
    401: "make a new key for the service account, and set IMA_GOOGLE_CREDENTIALS to it",
    403: "make the account Content manager of the shared drive",
}


class GoogleWires:
    """Connections to Drive and Docs, opened with a token at the first request. ``url`` is another
    address for both; ``acts_as`` is the person in whose name the account asks, if in one's."""

    def __init__(
        self,
        credentials: str,
        scope: str = "drive.file",
        url: str = "",
        *,
        acts_as: str = "",
        timeout: float = 10.0,
        patience: float = 20.0,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self._login = Login(credentials, scope, Attempts(patience, sleep), url, timeout, acts_as)
        self._how: dict[str, Any] = {"timeout": timeout, "patience": patience, "sleep": sleep}
        self._drive_url = f"{url}/drive/v3" if url else DRIVE
        self._docs_url = f"{url}/v1" if url else DOCS
        self._wires: tuple[Wire, Wire] | None = None

    def __repr__(self) -> str:
        return f"<GoogleWires at {self._drive_url}>"

    def drive(self, verb: str, doing: str, path: str, shape: Shape = nothing, **how: Any) -> Any:
        """An answer of Drive, read by its ``shape``. Raises ServiceError."""
        return _sent(self._opened()[0], verb, doing, path, shape, how)

    def docs(self, verb: str, doing: str, path: str, shape: Shape = nothing, **how: Any) -> Any:
        """An answer of Docs, read by its ``shape``. Raises ServiceError."""
        return _sent(self._opened()[1], verb, doing, path, shape, how)

    def _opened(self) -> tuple[Wire, Wire]:
        if self._wires is None:
            held = {"Authorization": f"Bearer {self._login.token()}"}

            def headers() -> dict[str, str]:
                return held

            self._wires = (
                Wire("Google", self._drive_url, headers, remedies=_REMEDIES, **self._how),
                Wire("Google", self._docs_url, headers, remedies=_REMEDIES, **self._how),
            )
        return self._wires


def _sent(wire: Wire, verb: str, doing: str, path: str, shape: Shape, how: dict[str, Any]) -> Any:
    try:
        answer = wire.send(verb, doing, path, anything, **how)
    except Refusal as refusal:
        said = refusal.failure.said.lower()
        if refusal.failure.status == 403 and "storage" in said and "quota" in said:
            refusal = Refusal(refusal.failure, refusal.problem, STORAGE)
        elif refusal.failure.status == 403 and "has not been used" in said:
            refusal = Refusal(refusal.failure, refusal.problem, _OFF)
        elif refusal.failure.status == 403 and "rate limit" in said:
            refusal = Refusal(refusal.failure, refusal.problem, "the rest waits for the next run")
        raise refusal from None
    if isinstance(answer, dict) and "error" in answer:
        problem = f"google: {doing} failed: it says {server_message(answer)!r}"
        raise ServiceError(problem, "check `documents.url`: is it Google?")
    return wire.shaped(doing, answer, shape, writes=verb != "get")
