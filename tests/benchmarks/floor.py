"""The least that requests can take: raw HTTP, kept-alive connections, nothing read twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
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
    queue: SimpleQueue[Request] = SimpleQueue()
    for request in requests:
        queue.put(request)
    threads = [
        threading.Thread(target=_drain, args=(forge, url, queue)) for _ in range(CONNECTIONS)
    ]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return perf_counter() - start


def _drain(forge: Forge, url: str, queue: SimpleQueue[Request]) -> None:
    line = HTTPConnection(urlsplit(url).netloc)
    while True:
        try:
            request = queue.get_nowait()
        except Empty:
            return line.close()
        path = f"{forge.api}{request['path']}?{urlencode(request['query'], doseq=True)}"
        body = json.dumps(request["body"]) if request["body"] else None
        headers = HEADERS[forge.kind] | {"content-type": "application/json"}
        line.request(request["method"], path, body, headers)
        answer = line.getresponse()
        text = answer.read()
        assert answer.status < 300, (path, answer.status, text[:200])
        if text:
            json.loads(text)
