"""Plain HTTP for tests of the counterparts: one request, one answer, nothing in between."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

API = "/api/v4"


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: Any


def ask(
    url: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    token: str | None = "t-ima",
    timeout: float = 5.0,
) -> Got:
    """A path that starts with ``/_`` is taken as it is, others are below the API."""
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=timeout)
    headers = {"Content-Type": "application/json"} | ({"PRIVATE-TOKEN": token} if token else {})
    try:
        target = path if path.startswith("/_") else API + path
        sent = None if body is None else json.dumps(body)
        connection.request(method, target, sent, headers)
        answer = connection.getresponse()
        raw = answer.read().decode()
        is_json = answer.getheader("content-type", "").startswith("application/json")
        shown = json.loads(raw) if is_json else raw
        return Got(answer.status, {k.lower(): v for k, v in answer.getheaders()}, shown)
    finally:
        connection.close()


def until(happened: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for another thread to have done something."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.001)
