"""The least that the requests of a sweep can take, by whoever makes them: raw HTTP on kept-alive
connections, all that can be side by side, in the order that any sweep must keep:

- of a list with cursors (GitHub) each page names the next one; of one with numbered pages (GitLab)
  the first says how many there are;
- what was closed is listed after all that is open: else what is closed meanwhile is on neither;
- which issues are read is known from the lists;
- writes come last, for one plan is made of all that was read: it holds back what is too much at
  once, and writes the gravest first.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.benchmarks.forges import Forge

HEADERS = {"gitlab": {"private-token": "t-ima"}, "github": {"authorization": "Bearer t-ima"}}
CONNECTIONS = 8  # at once
Request = dict[str, Any]  # as the counterpart logs it


def floor(forge: Forge, url: str, requests: Iterable[Request]) -> float:
    """Seconds that it takes to make these requests again and to parse the answers."""
    lines = [HTTPConnection(urlsplit(url).netloc) for _ in range(CONNECTIONS)]
    start = perf_counter()
    for step in _steps(forge, list(requests)):
        queue: SimpleQueue[Request] = SimpleQueue()
        for request in step:
            queue.put(request)
        several = lines[: len(step)]
        threads = [threading.Thread(target=_drain, args=(forge, line, queue)) for line in several]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    took = perf_counter() - start
    for line in lines:
        line.close()
    return took


def _steps(forge: Forge, requests: list[Request]) -> Iterator[list[Request]]:
    """What can be made side by side; each step once the one before is done."""
    writes = [each for each in requests if each["method"] != "GET"]
    reads = [each for each in requests if each["method"] == "GET"]
    opened, closed = (
        [each for each in reads if _state(each).startswith(state)] for state in ("open", "closed")
    )
    if forge.cursors:
        yield from ([page] for page in opened)
    else:
        yield from (opened[:1], opened[1:])
    yield closed
    yield [each for each in reads if each not in opened and each not in closed]
    yield writes


def _state(request: Request) -> str:
    """The state of the issues that a list shows; nothing where it is no such list."""
    return str(request["query"].get("state", [""])[-1])


def _drain(forge: Forge, line: HTTPConnection, queue: SimpleQueue[Request]) -> None:
    while True:
        try:
            request = queue.get_nowait()
        except Empty:
            return
        path = f"{forge.api}{request['path']}?{urlencode(request['query'], doseq=True)}"
        body = json.dumps(request["body"]) if request["body"] else None
        headers = HEADERS[forge.kind] | {"content-type": "application/json"}
        line.request(request["method"], path, body, headers)
        answer = line.getresponse()
        text = answer.read()
        assert answer.status < 300, (path, answer.status, text[:200])
        if text:
            json.loads(text)
