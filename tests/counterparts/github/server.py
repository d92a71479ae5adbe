"""The server before emulate: remembers the requests, checks them, and fails when told to."""

from __future__ import annotations

import json
import re
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from tests.counterparts.faults import Fault, Faults
from tests.counterparts.frail import Frail
from tests.counterparts.github import graphql, lagging, node, paging, renaming, seeding
from tests.counterparts.github.beyond import Beyond
from tests.counterparts.github.grants import Grant, grant_of
from tests.counterparts.github.limits import SECONDARY, Limits
from tests.counterparts.github.oracle import VERSION, Oracle
from tests.counterparts.github.people import People
from tests.counterparts.log import WRITES, Logged, like, writes
from tests.counterparts.messages import Answer, Request
from tests.counterparts.wire import Listener

PASSED_ON = ("authorization", "content-type", "accept", "user-agent", "x-github-api-version")
_ISSUE = re.compile(r"/repos/[^/]+/[^/]+/issues/(\d+)(?=/|$)")
_COMMENT = re.compile(r"/issues/comments/(\d+)$")
_LIST = re.compile(r"/repos/[^/]+/[^/]+/issues")
LEFT_OUT = ("connection", "transfer-encoding", "content-length", "keep-alive", "date")
Clock = Callable[[], datetime]


class GitHubServer:
    """A GitHub on localhost, with the people and repositories of ``seed``.

    Everything can be told and asked while it runs, from any thread. Without a clock it has the
    real time.
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
        self.clock = clock
        self.seed = seeding.read(seed)
        self.tokens: dict[str, str] = self.seed["tokens"]
        self.faults, self.limits = Faults(), Limits()
        self.editors: dict[int, str] = {}  # of comments: who edited each last
        self.edited_at: dict[int, str] = {}  # of issues: when its description was edited last
        self.renamed: dict[str, str] = {}  # what people are called now, by what emulate calls them
        self.pulls: set[int] = set()  # pull requests, by their number among the issues
        self.gone: dict[int, str] = {}  # issues that were deleted, or moved: to which address
        self._frail = Frail(self.faults, self._work, self._missed, self._refusal, latency=latency)
        self.lag = timedelta()  # so long lists do not show what is new
        self.log: list[Logged] = []
        self.errors: list[str] = []  # our own mistakes: should stay empty
        self.oracle = Oracle() if validate else None
        self.people, self.beyond = People(self), Beyond(self)
        self.settings: dict[str, Answer] = {}  # by path: what emulate has not; see `settings`
        self._port = port
        self._listener: Listener | None = None
        self._lock = threading.Lock()
        self.url = ""

    @property
    def latency(self) -> float:
        """Seconds, before each answer."""
        return self._frail.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._frail.latency = seconds

    @property
    def violations(self) -> list[str]:
        """What does not fit GitHub's OpenAPI, and mistakes of this server."""
        return [*(self.oracle.violations if self.oracle else []), *self.errors]

    def start(self) -> GitHubServer:
        self.emulate = node.lease()
        self.order("seed", **self.seed)
        self._listener = Listener(self._port, self._frail.serve, self._mistake)
        self.url = f"http://localhost:{self._listener.server_address[1]}"
        run = self._listener.serve_forever
        threading.Thread(target=run, args=(0.01,), name="github", daemon=True).start()
        return self

    def stop(self) -> None:
        if self._listener is not None:
            self._listener.stop()
            self._listener = None
            node.give_back(self.emulate)

    def __enter__(self) -> GitHubServer:
        return self.start()

    def __exit__(self, *_why: object) -> None:
        self.stop()

    def now(self) -> datetime:
        return self.clock() if self.clock else datetime.now(UTC)

    def order(self, what: str, **said: Any) -> Any:
        """See `emulate/control.mjs`."""
        return self.emulate.order(what, **said)

    def fail(self, method: str, path: str, **how: Any) -> Fault:
        """See `Faults.plan`: ``server.fail("POST", "/comments$", nth=2, how="reset")``."""
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
        """Clear the log of requests."""
        self.log.clear()

    def _note_edit(self, request: Request) -> None:
        issue, comment = _ISSUE.match(request.path), _COMMENT.search(request.path)
        if comment:
            self.editors[int(comment[1])] = self.who(request) or ""
        elif issue and self.clock and "body" in request.json():
            self.edited_at[int(issue[1])] = f"{self.clock():%Y-%m-%dT%H:%M:%SZ}"

    def ask(self, request: Request) -> Answer:
        """emulate's answer, now: neither counted nor checked."""
        if request.path == "/graphql":
            return graphql.answer(self, request)
        if refusal := self.grant(request).refusal(request, self.pulls):
            return refusal
        if request.method == "GET" and (known := self.settings.get(request.path)):
            return replace(known)
        if answer := self.beyond.answer(request):
            return answer
        found = _ISSUE.match(request.path)
        if found and (where := self.gone.get(int(found[1]))) is not None:
            moved = {"message": "Moved Permanently", "url": f"{self.url}{where}"}
            deleted = Answer(410, {"message": "This issue was deleted"})
            return Answer(301, moved, {"location": f"{self.url}{where}"}) if where else deleted
        headers = {k: request.headers[k] for k in PASSED_ON if k in request.headers}
        if self.clock:
            headers["x-moment"] = str(int(self.clock().timestamp() * 1000))
        with self._lock:  # one after the other, as they came
            status, said, body = self.emulate.ask(
                request.method, request.target, request.body, headers
            )
        if request.method == "PATCH" and status < 300:
            self._note_edit(request)
        mine, theirs = self.url.encode(), self.emulate.url.encode()
        kept = {name: value for name, value in said.items() if name not in LEFT_OUT}
        if "link" in kept:
            link = kept.pop("link").replace(f"http://{self.emulate.host}", self.url)
            kept |= paging.headers(request, link)
        if self.gone and body and request.method == "GET" and _LIST.fullmatch(request.path):
            rows = [row for row in json.loads(body) if row["number"] not in self.gone]
            body = json.dumps(rows).encode()
        return Answer(status, body.replace(theirs, mine) if body else None, kept)

    def _work(self, request: Request, fault: Fault | None) -> Answer:
        try:
            answer = self._answer(request)
            if fault and fault.how == "twice":
                answer = self._answer(request)
            if fault and fault.how == "empty" and (answer.body or b"")[:1] == b"[":
                answer.headers.pop("link", None)
                answer.body = b"[]"
        except Exception:
            self._mistake()
            answer = Answer(500, {"message": "Server Error"})
        self._note(request, answer.status)
        return answer

    def _answer(self, request: Request) -> Answer:
        who, now = self.who(request) or "", self.now()
        refusal = (
            self.limits.refusal(who, request, now) or paging.refusal(request) or _unknown(request)
        )
        answer = refusal or self._told_as_named_now(request)
        if self.lag:
            lagging.behind(request, answer, now - self.lag, self.ask)
        answer.headers |= self.limits.headers(who, now) | {
            "date": format_datetime(now, usegmt=True)
        }
        if self.oracle:
            self.oracle.check(request, answer)
        return answer

    def _told_as_named_now(self, request: Request) -> Answer:
        if not self.renamed:
            return self.ask(request)
        return renaming.told(self.ask(renaming.asked(request, self.renamed)), self.renamed)

    def _refusal(self, status: int, fault: Fault) -> Answer:
        headers = self.limits.headers("", self.now())
        if fault.retry_after:
            headers["retry-after"] = str(fault.retry_after)
        said = SECONDARY if status in (403, 429) else f"{status} on demand"
        return Answer(status, {"message": said}, headers)

    def who(self, request: Request) -> str | None:
        """The login behind the request's token."""
        return self.tokens.get(_token(request))

    def grant(self, request: Request) -> Grant:
        """What the request's token may."""
        return grant_of(_token(request), self.seed.get("grants", {}))

    def _missed(self, request: Request, status: int) -> None:
        self._note(request, status)

    def _note(self, request: Request, status: int) -> None:
        body = json.loads(request.body) if request.body and request.method in WRITES else {}
        who = self.who(request)
        self.log.append(Logged(request.method, request.path, request.query, status, who, body))

    def _mistake(self) -> None:
        self.errors.append(traceback.format_exc())


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").split(" ")[-1]


def _unknown(request: Request) -> Answer | None:
    """A version of the API that is not, or no longer, served is refused."""
    version = request.headers.get("x-github-api-version", VERSION)
    said = f"The X-GitHub-Api-Version {version} is not supported"
    return None if version == VERSION else Answer(400, {"message": said})
