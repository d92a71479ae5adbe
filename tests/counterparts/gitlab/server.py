"""The server: listens, remembers the requests, and fails when it was told to."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from tests.counterparts.faults import Fault, Faults
from tests.counterparts.frail import Frail
from tests.counterparts.gitlab import control, hooks, limits, router, seeding, shown
from tests.counterparts.gitlab.call import Call
from tests.counterparts.gitlab.hooks import Delivery
from tests.counterparts.gitlab.oracle import Oracle
from tests.counterparts.gitlab.people import People, Where
from tests.counterparts.gitlab.world import Clock, World
from tests.counterparts.log import Logged, like, writes
from tests.counterparts.messages import Answer, Request
from tests.counterparts.wire import Listener


class GitLabServer:
    """A GitLab on 127.0.0.1, with the people and projects of ``seed``.

    ``with GitLabServer(clock=clock) as server:`` starts it; ``server.url`` is where. Everything
    can be told and asked while it runs, from any thread.
    """

    def __init__(
        self,
        seed: Mapping[str, Any] | str | Path | None = None,
        *,
        clock: Clock | None = None,
        validate: bool = False,
        port: int = 0,
        latency: float = 0.0,
    ) -> None:
        self.world = World()
        self.world.clock = clock
        self.faults, self.limits = Faults(), limits.Limits()
        self._frail = Frail(
            self.faults, self._work, self._missed, self._refusal, self.flush, latency
        )
        self.log: list[Logged] = []
        self.deliveries: list[Delivery] = []  # of hooks, in order
        self.errors: list[str] = []  # our own mistakes: should stay empty
        self.oracle = Oracle() if validate else None
        self.people = People(self.world, self.flush)
        seeding.sow(self.world, seed)
        self._port = port
        self._listener: Listener | None = None

    @property
    def url(self) -> str:
        return self.world.url

    @property
    def latency(self) -> float:
        """Seconds, before each answer."""
        return self._frail.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._frail.latency = seconds

    @property
    def clock(self) -> Clock | None:
        return self.world.clock

    @clock.setter
    def clock(self, clock: Clock | None) -> None:
        self.world.clock = clock

    @property
    def violations(self) -> list[str]:
        """Answers that do not fit the schemas, and mistakes of this server."""
        return [*(self.oracle.violations if self.oracle else []), *self.errors]

    def start(self) -> GitLabServer:
        self._listener = Listener(self._port, self._serve, self._mistake)
        self.world.url = f"http://127.0.0.1:{self._listener.server_address[1]}"
        run = self._listener.serve_forever
        threading.Thread(target=run, args=(0.01,), name="gitlab", daemon=True).start()
        return self

    def stop(self) -> None:
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    def __enter__(self) -> GitLabServer:
        return self.start()

    def __exit__(self, *_why: object) -> None:
        self.stop()

    def seed_issues(self, rows: Iterable[Mapping[str, Any]], project: Where = None) -> None:
        """More issues, in the seed's format. A hundred thousand take about a second."""
        seeding.sow_issues(self.world, self.world.project(project), rows)

    def issue(self, iid: int, project: Where = None) -> dict[str, Any]:
        """An issue as the API shows it, whoever may see it."""
        with self.world.lock:
            return shown.issue(self.world, self.world.project(project).issues[iid])

    def notes(self, iid: int, project: Where = None) -> list[dict[str, Any]]:
        """Its notes, the oldest first, system notes among them."""
        with self.world.lock:
            issue = self.world.project(project).issues[iid]
            return [shown.note(self.world, issue, note) for note in issue.notes]

    def fail(self, method: str, path: str, **how: Any) -> Fault:
        """See `Faults.plan`: ``server.fail("POST", "/notes$", nth=2, how="reset", after=True)``."""
        return self.faults.plan(method, path, **how)

    def kill_after(
        self, writes: int, action: Callable[[], None] | None = None, *, answered: bool = True
    ) -> None:
        """See `Faults.kill_after`."""
        self.faults.kill_after(writes, action, answered=answered)

    def requests(self, method: str | None = None, path: str = "") -> list[Logged]:
        """The requests so far whose path is like ``path``, a regular expression."""
        return like(self.log, method, path)

    def writes(self) -> list[Logged]:
        return writes(self.log)

    def forget(self) -> None:
        """Clear the log of requests and that of hooks."""
        self.log.clear()
        self.deliveries.clear()

    def flush(self) -> None:
        """Deliver the hooks that are waiting."""
        while self.world.outbox:
            delivery = self.world.outbox.pop(0)
            self.deliveries.append(delivery)
            hooks.deliver(delivery)

    def _serve(self, request: Request) -> tuple[Answer, Callable[[], None]]:
        if request.path.startswith(control.PREFIX):
            return control.answer(self, request), self.flush
        return self._frail.serve(request)

    def _work(self, request: Request, fault: Fault | None) -> Answer:
        with self.world.lock:
            answer, call = self._answer(request)
            if fault and fault.how == "twice":
                answer, call = self._answer(request)
            if fault and fault.how == "empty" and isinstance(answer.body, list):
                answer = Answer(200, [], {**answer.headers, "x-next-page": "", "link": ""})
            self._note(request, call, answer.status)
        if self.oracle and call:
            self.oracle.check(request.method, call.pattern, answer)
        return answer

    def _answer(self, request: Request) -> tuple[Answer, Call | None]:
        now, who = self.world.now(), request.headers.get("private-token", "")
        refusal = self.limits.refusal(who, request.method, request.path, now)
        if refusal is not None:
            answer, call = refusal, None
        else:
            answer, call = self._routed(request)
        told = {"date": format_datetime(now, usegmt=True), **self.limits.headers(who, now)}
        answer.headers = {**told, **answer.headers}
        return answer, call

    def _routed(self, request: Request) -> tuple[Answer, Call | None]:
        try:
            return router.answer(self.world, request)
        except Exception:
            self._mistake(f"{request.method} {request.target}\n")
            return Answer(500, {"message": "500 Internal Server Error"}), None

    def _mistake(self, where: str = "") -> None:
        self.errors.append(where + traceback.format_exc())

    def _refusal(self, status: int, fault: Fault) -> Answer:
        now = self.world.now()
        headers = self.limits.headers("", now)
        if status == 429:
            headers |= limits.retry_headers(now, fault.retry_after)
        why = "Resource lock" if status == 409 else "on demand"  # somebody else was writing it
        return Answer(status, {"message": f"{status} {why}"}, headers)

    def _missed(self, request: Request, status: int) -> None:
        self._note(request, None, status)

    def _note(self, request: Request, call: Call | None, status: int) -> None:
        path = request.path.removeprefix(router.API)
        user = call.user.username if call and call.user else None
        body = call.body if call else {}
        self.log.append(Logged(request.method, path, request.query, status, user, body))
