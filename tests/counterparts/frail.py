"""A server that fails as planned: before its work, behind it, or for good."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.counterparts.faults import ODD, Fault, Faults, How
from tests.counterparts.log import WRITES
from tests.counterparts.messages import Answer, Request
from tests.counterparts.odd import odd
from tests.counterparts.wire import Half, Hang, Reset


@dataclass
class Frail:
    """``work`` answers a request and logs it; ``missed`` logs one that was not worked on, with
    the status that it got; ``refusal`` is how the server says a status; ``flush`` follows every
    answer."""

    faults: Faults
    work: Callable[[Request, Fault | None], Answer]
    missed: Callable[[Request, int], None]
    refusal: Callable[[int, Fault], Answer]
    flush: Callable[[], None] = lambda: None
    latency: float = 0.0  # seconds, before each answer

    def serve(self, request: Request) -> tuple[Answer, Callable[[], None]]:
        """The answer, and what is to be done when it is sent."""
        if self.latency:
            time.sleep(self.latency)
        if self.faults.down:
            raise Reset
        fault = self.faults.for_request(request.method, request.target)
        if fault and not fault.works:
            self.missed(request, fault.how if isinstance(fault.how, int) else 0)
            return self._broken(fault.how, fault, None), _nothing
        answer = self.work(request, fault)
        if fault and fault.how in ODD:
            self.flush()
            return odd(fault, answer), _nothing
        if fault and fault.how not in ("twice", "empty"):
            self.flush()
            return self._broken(fault.how, fault, answer), _nothing
        return self._finished(request, answer)

    def _broken(self, how: How, fault: Fault, answer: Answer | None) -> Answer:
        if how == "hang":
            raise Hang
        if how == "reset":
            raise Reset
        if how == "half" and answer is not None:
            raise Half(answer)
        assert isinstance(how, int)
        return self.refusal(how, fault)

    def _finished(self, request: Request, answer: Answer) -> tuple[Answer, Callable[[], None]]:
        if request.method not in WRITES or answer.status >= 400:
            return answer, self.flush
        kill = self.faults.written()
        if kill is None:
            return answer, self.flush
        if self.faults.answered:
            return answer, lambda: self._killed(kill)
        self._killed(kill)
        raise Reset

    def _killed(self, kill: Callable[[], None]) -> None:
        self.flush()
        kill()


def _nothing() -> None: ...
