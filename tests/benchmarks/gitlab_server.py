"""A GitLab in a process of its own, so that its work is not counted as ours.

``python -m tests.benchmarks.gitlab_server COUNT`` serves one with so many tracked issues.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.counterparts.gitlab import GitLabServer

LATENCY = 0.05  # seconds, before each answer
PROJECT = "acme/production"
TEXT = "Errors since the deploy.\n\n" + "The graphs show nothing unusual before. " * 10
Logged = dict[str, Any]


class Server:
    """Started on entering, with ``count`` tracked issues, and stopped on leaving."""

    def __init__(self, count: int = 0) -> None:
        self._count = count

    def __enter__(self) -> Server:
        command = [sys.executable, "-m", "tests.benchmarks.gitlab_server", str(self._count)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        self._line = HTTPConnection(urlsplit(self.url).netloc)
        return self

    def __exit__(self, *_why: object) -> None:
        self._line.close()
        self._process.kill()
        self._process.wait()

    def latency(self, seconds: float) -> None:
        self._order("POST", "latency", {"seconds": seconds})

    def does(self, who: str, what: str, *words: Any, **options: Any) -> Any:
        """Somebody does something on the site: open, comment, unlabel …"""
        order = {"who": who, "does": what, "with": words, "options": options}
        return self._order("POST", "person", order)["result"]

    def forget(self) -> None:
        """From here on requests are logged."""
        self._order("DELETE", "log")

    def log(self) -> list[Logged]:
        """The requests since, in the order in which they came."""
        found: list[Logged] = self._order("GET", "log")
        return found

    def _order(self, verb: str, what: str, data: Any = None) -> Any:
        self._line.request(verb, f"/_control/{what}", json.dumps(data or {}))
        answer = self._line.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return json.loads(text) if text else None


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Incidents of the days before, with text, labels and an owner."""
    start = datetime.now(UTC) - timedelta(days=20)
    labels = ["Incident", "S3", "State::Investigating", "Status::Operational"]
    for number in range(count):
        yield {
            "title": f"API errors {number}",
            "description": TEXT,
            "author": "rita",
            "labels": labels,
            "assignees": ["erin"],
            "created_at": start + timedelta(seconds=number),
        }


def main() -> int:
    with GitLabServer() as server:
        server.limits.requests = 1_000_000
        server.seed_issues(rows(int(sys.argv[1])))
        print(server.url, flush=True)
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
