"""Requests to a forge: pages, retries, and errors that people can read.

What is repeated, and why that is safe:

- a read, after 429, 5xx, no answer or a broken connection, at most `TRIES` times in all;
- anything that was refused for there being too many requests, or because somebody else was
  writing it just then: nothing was done;
- a write once, after a broken connection or 502 to 504, where twice is as good as once: absolute
  texts and states, all the assignees, a set's delta (add, remove);
- nothing else: it may have been done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from automation.http.answers import Failure, Refusal
from automation.http.shapes import Odd, Shape, listed, listed_apart, nothing
from automation.http.side_by_side import make_ahead
from automation.records import dataclass
from automation.trackers.action_in_words import Doing
from automation.trackers.request_budget import Budget

PAGE = 100
PARTS = 10  # of a page that is too large
AT_ONCE = 8  # pages
MOST_PAGES = 2_000  # of a list: two hundred thousand rows
TRIES = 3
_AGAIN_WRITE = (502, 503, 504)
_NO_ROOM = 429
_CONFLICT, _LOCKED = 409, "resource lock"  # GitLab's words for a write that met another
_DIGITS = 9  # of a page's number, more than anybody turns
_CURSORS = {"after", "before", "cursor"}  # in a link: its list has no numbered pages
ABSOLUTE = ("put", "patch")  # verbs whose requests may be made twice


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON of an answer, and what asks for the next page of a list."""

    data: Any
    status: int
    following: dict[str, Any] | None
    last: int = 0  # page of the list, where it has numbers and says how many
    at: datetime | None = None  # by the server's clock


class Line(Protocol):
    """One connection."""

    def send(
        self,
        verb: str,
        path: str,
        query: Mapping[str, Any] | None,
        data: Mapping[str, Any] | None,
    ) -> Answer | Failure: ...

    def close(self) -> None: ...


Explain = Callable[[Failure, Doing, str], Refusal]


class Wire:
    """A forge at ``url``. Threads may share it: each request has a connection to itself, at most
    ``at_once`` are under way. ``before`` may hold a request back for a moment; it is told whether
    the request writes."""

    def __init__(
        self,
        url: str,
        connect: Callable[[], Line],
        budget: Budget,
        explain: Explain,
        before: Callable[[bool], None] = lambda writes: None,
        at_once: int = 8,
    ) -> None:
        self.url = url.rstrip("/")
        self._connect = connect
        self._budget = budget
        self._explain = explain
        self._before = before
        self._idle: SimpleQueue[Line] = SimpleQueue()
        self._under_way = threading.BoundedSemaphore(at_once)
        self.written = 0  # requests that were no reads
        self.left_out: dict[
            str, Refusal
        ] = {}  # rows of lists that cannot be read, by what they are
        self._told: tuple[datetime, float] | None = None  # the server's time, and when it said it

    def __repr__(self) -> str:
        return f"<Wire {self.url}>"

    @property
    def asked(self) -> int:
        """How many requests were made."""
        return self._budget.asked

    def time(self) -> datetime | None:
        """The time on the server's clock now, by its last answer; None before the first."""
        if self._told is None:
            return None
        at, heard = self._told
        return at + timedelta(seconds=round(monotonic() - heard))

    def is_before(self, at: datetime) -> bool:
        """Is it sure that it is earlier than ``at`` on the server's clock?"""
        now = self.time()
        return now is not None and now < at

    def room(self, part: float) -> float:
        """How many requests of this part of our share are left."""
        return self._budget.room(part)

    def pages(
        self,
        doing: Doing,
        path: str,
        row: Shape,
        query: Mapping[str, Any] | None = None,
        named: Callable[[Any], str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """The rows of all pages of a list, page by page."""
        for answer in self.answers(doing, path, row, query, named):
            yield from answer.data

    def answers(
        self,
        doing: Doing,
        path: str,
        row: Shape,
        query: Mapping[str, Any] | None = None,
        named: Callable[[Any], str] | None = None,
    ) -> Iterator[Answer]:
        """All pages of a list, in order; a few are asked for at a time, where the first says how
        many there are. With ``named`` a row that cannot be read is left out and noted in
        `left_out` by the name that this gives; else the list is refused."""
        asked = {"per_page": PAGE, **(query or {})}
        shape = self._leaving_out(row, named, doing, path) if named else listed(row)
        answer = self._list_page(doing, path, shape, asked)
        yield answer
        if answer.last > MOST_PAGES:
            raise self._endless(doing)
        others = [asked | {"page": number} for number in range(2, answer.last + 1)]
        for answer in make_ahead(partial(self._list_page, doing, path, shape), others, AT_ONCE):
            yield answer
        pages = 1 + len(others)
        while answer.following and answer.following != asked:
            if pages == MOST_PAGES:
                raise self._endless(doing)
            asked, pages = answer.following, pages + 1
            answer = self._list_page(doing, path, shape, asked)
            yield answer

    def refuse_left_out(self) -> None:
        """Raise the error of the first row that was left out, if there is one."""
        for refusal in self.left_out.values():
            raise refusal

    def _leaving_out(
        self, row: Shape, named: Callable[[Any], str], doing: Doing, path: str
    ) -> Shape:
        def apart(found: Any, odd: Odd) -> None:
            said = str(odd.within(path.rpartition("/")[2]))
            refusal = self._explain(Failure("shape", said=said), doing, self.url)
            self.left_out.setdefault(named(found), refusal)

        return listed_apart(row, apart)

    def _endless(self, doing: Doing) -> Refusal:
        return self._explain(Failure("endless", said=f"{MOST_PAGES:,}"), doing, self.url)

    def _list_page(self, doing: Doing, path: str, shape: Shape, asked: Mapping[str, Any]) -> Answer:
        try:
            answer = self._ask("get", doing, path, query=asked)
        except Refusal as refusal:
            if refusal.failure.kind != "large" or _number(asked, "per_page") < PARTS:
                raise
            return self._in_parts(doing, path, shape, asked)
        return replace(answer, data=self._read_shape(answer, shape, doing, path.rpartition("/")[2]))

    def _in_parts(self, doing: Doing, path: str, shape: Shape, asked: Mapping[str, Any]) -> Answer:
        """A page that is too large, read in smaller ones: a hundred long texts must not stop a
        list."""
        size, page = _number(asked, "per_page") // PARTS, _number(asked, "page")
        step = {**asked, "per_page": size}
        if "page" in asked:
            step["page"] = (page - 1) * PARTS + 1
        rows: list[Any] = []
        for _ in range(PARTS):
            answer = self._list_page(doing, path, shape, step)
            rows += answer.data
            if not answer.following:
                return replace(answer, data=rows, last=0)
            step = {**answer.following, "per_page": size}
        following = {**step, "per_page": size * PARTS}
        if "page" in following:
            following["page"] = page + 1
        return replace(answer, data=rows, following=following, last=0)

    def get(
        self, doing: Doing, path: str, shape: Shape, query: Mapping[str, Any] | None = None
    ) -> Any:
        """The answer at ``path``, read by its ``shape``. Raises ServiceError."""
        return self._read_shape(self._ask("get", doing, path, query=query), shape, doing)

    def page(self, doing: Doing, path: str, row: Shape, query: Mapping[str, Any]) -> Answer:
        """The first page of a list. Raises ServiceError."""
        return next(iter(self.answers(doing, path, row, query)))

    def post(
        self,
        doing: Doing,
        path: str,
        data: Mapping[str, Any],
        shape: Shape = nothing,
        *,
        delta: bool = False,
    ) -> Any:
        """The answer to a POST, read by its ``shape``; without one it is not read. ``delta`` says
        that it adds to a set, and may be done twice. Raises ServiceError."""
        return self._read_shape(
            self._ask("post", doing, path, data=data, twice=delta), shape, doing
        )

    def put(self, doing: Doing, path: str, data: Mapping[str, Any], shape: Shape = nothing) -> Any:
        return self._read_shape(self._ask("put", doing, path, data=data), shape, doing)

    def patch(
        self, doing: Doing, path: str, data: Mapping[str, Any], shape: Shape = nothing
    ) -> Any:
        return self._read_shape(self._ask("patch", doing, path, data=data), shape, doing)

    def _read_shape(self, answer: Answer, shape: Shape, doing: Doing, what: str = "") -> Any:
        try:
            return shape(answer.data)
        except Odd as odd:
            failure = Failure("shape", answer.status, str(odd.within(what) if what else odd))
            raise self._explain(failure, doing, self.url) from None

    def delete(self, doing: Doing, path: str, *, delta: bool = False) -> None:
        self._ask("delete", doing, path, twice=delta)

    def close(self) -> None:
        """Let go of all connections that are not in use."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _ask(
        self,
        verb: str,
        doing: Doing,
        path: str,
        query: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        twice: bool = False,
    ) -> Answer:
        """The answer, after as many tries as are safe. Raises `Refusal`."""
        tried, twice = 0, twice or verb in ABSOLUTE
        while True:
            self.written += verb != "get"
            self._before(verb != "get")
            self._budget.admit()
            with self._under_way, self._free_line() as line:
                answer = line.send(verb, path, query, data)
            if isinstance(answer, Answer):
                self._told = (answer.at, monotonic()) if answer.at else self._told
                return answer
            tried += 1
            pause = pause_before_again(verb, answer, tried, twice)
            if pause is None or not self._budget.wait(pause, limited=is_limited(answer)):
                raise self._explain(answer, doing, self.url) from None

    @contextmanager
    def _free_line(self) -> Iterator[Line]:
        try:
            line = self._idle.get_nowait()
        except Empty:
            line = self._connect()
        try:
            yield line
        finally:
            self._idle.put(line)


def paging(links: Iterable[Mapping[str, str]]) -> tuple[dict[str, Any] | None, int]:
    """What asks for the next page, and the number of the last one (0: not known), from the links of
    an answer. Only their query is used, never the host."""
    asked = {link.get("rel"): _query_of(link.get("url", "")) for link in links}
    following, last = asked.get("next"), asked.get("last", {}).get("page", [])
    numbered = following and not _CURSORS & following.keys() and last and last[0].isdecimal()
    return following or None, int(last[0][:_DIGITS]) if numbered else 0


def _number(asked: Mapping[str, Any], key: str) -> int:
    """What a query says of pages: a number, as text, or in a list; 1 where it says nothing."""
    said = asked.get(key, 1)
    text = str(said[0] if isinstance(said, list) else said)
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 1


def _query_of(url: str) -> dict[str, Any]:
    try:
        return parse_qs(urlsplit(url).query)
    except ValueError:
        return {}


def is_limited(failure: Failure) -> bool:
    """Was the request refused because there were too many?"""
    return failure.busy or failure.status == _NO_ROOM


def pause_before_again(verb: str, failure: Failure, tried: int, twice: bool) -> float | None:
    """How many seconds to wait before a request is repeated; None if it must not be. See this
    module's text."""
    if tried >= TRIES:
        return None
    growing = 0.5 * 2.0 ** (tried - 1)
    silent, status = failure.kind in ("broken", "refused", "timeout"), failure.status
    if is_limited(failure):
        return failure.seconds or growing
    if status == _CONFLICT and _LOCKED in failure.said.lower():
        return growing
    if verb == "get" and (silent or status >= 500):
        return failure.seconds or growing
    if twice and tried == 1 and (failure.kind == "broken" or status in _AGAIN_WRITE):
        return failure.seconds or growing
    return None
