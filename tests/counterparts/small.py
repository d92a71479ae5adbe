"""A small counterpart: a service of a few ends, that can fail when it is told to."""

from __future__ import annotations

import re
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from tests.counterparts.faults import ODD, Fault, Faults, How
from tests.counterparts.messages import Answer, Request
from tests.counterparts.odd import odd
from tests.counterparts.seconds import Seconds
from tests.counterparts.wire import Half, Hang, Listener, Reset

Answering = Callable[[Request], Answer]
PAGE = "<!doctype html><title>Sign in</title><p>Please sign in."


@dataclass(frozen=True, slots=True)
class Logged:
    """A request that came. ``status`` is 0 if nothing was answered."""

    method: str
    target: str
    body: bytes
    headers: Mapping[str, str]
    status: int


class SmallServer:
    """Answers on 127.0.0.1 as ``answering`` says, one request at a time.

    ``error`` makes the service's own way of saying, with status 200, that something is wrong.
    """

    def __init__(
        self, answering: Answering, *, error: Any = None, port: int = 0, latency: float = 0.0
    ) -> None:
        self._answering, self._error = answering, error
        self._port, self.latency = port, latency
        self.faults = Faults()
        self.refuses: Callable[[], int | None] = lambda: None  # a status for whatever is asked
        self.log: list[Logged] = []
        self.errors: list[str] = []  # our own mistakes: should stay empty
        self.url = ""
        self.seconds = Seconds()  # for those that mind how fast they are asked
        self._lock = threading.RLock()
        self._listener: Listener | None = None

    def start(self) -> Self:
        self._listener = Listener(self._port, self._serve, self._mistake)
        self._port = int(self._listener.server_address[1])  # the same when it is started again
        self.url = f"http://127.0.0.1:{self._port}"
        run = self._listener.serve_forever
        threading.Thread(target=run, args=(0.01,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_why: object) -> None:
        self.stop()

    def fail(self, method: str, path: str, **how: Any) -> Fault:
        """See `Faults.plan`: ``server.fail("POST", "/incidents$", how="reset", after=True)``."""
        return self.faults.plan(method, path, **how)

    def requests(self, method: str | None = None, path: str = "") -> list[Logged]:
        """The requests so far whose target is like ``path``, a regular expression."""
        return [
            each
            for each in list(self.log)
            if method in (None, each.method) and re.search(path, each.target)
        ]

    def _serve(self, request: Request) -> tuple[Answer, Callable[[], None]]:
        if self.latency:
            time.sleep(self.latency)
        if self.faults.down:
            raise Reset
        if (status := self.refuses()) is not None:
            self._note(request, status)
            return Answer(status, {"error": {"message": "out of order"}}), _nothing
        fault = self.faults.for_request(request.method, request.target)
        if fault and not fault.works:
            self._note(request, fault.how if isinstance(fault.how, int) else 0)
            return self._broken(fault, None), _nothing
        answer = self._work(request)
        if fault and fault.how == "twice":
            answer = self._work(request)
        elif fault and fault.how in ODD:
            return odd(fault, answer), _nothing
        elif fault:
            return self._broken(fault, answer), _nothing
        return answer, _nothing

    def _work(self, request: Request) -> Answer:
        with self._lock:
            try:
                answer = self._answering(request)
            except Exception:
                self._mistake(f"{request.method} {request.target}\n")
                answer = Answer(500, {"error": "a mistake of the counterpart"})
            self._note(request, answer.status)
        return answer

    def _broken(self, fault: Fault, answer: Answer | None) -> Answer:
        how: How = fault.how
        if how == "hang":
            raise Hang
        if how == "reset":
            raise Reset
        if how == "half" and answer is not None:
            raise Half(answer)
        if how == "html":
            return Answer(200, PAGE, {"x-kind": "text/html"})
        if how == "error":
            return Answer(200, self._error)
        assert isinstance(how, int)
        waits = {"retry-after": str(fault.retry_after)} if fault.retry_after else {}
        return Answer(how, {"error": {"message": f"{how} on demand"}}, waits)

    def _mistake(self, where: str = "") -> None:
        self.errors.append(where + traceback.format_exc())

    def _note(self, request: Request, status: int) -> None:
        logged = Logged(request.method, request.target, request.body, request.headers, status)
        self.log.append(logged)


def _nothing() -> None: ...
