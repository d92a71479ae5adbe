"""A GitHub in processes of its own, so that its work is not counted as ours.

``python -m tests.benchmarks.github_server COUNT`` serves one with so many tracked issues, and
takes orders as lines of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from tests.benchmarks.gitlab_server import PROJECT, Logged, rows
from tests.counterparts.github import GitHubServer

MANY = 1_000  # rows of one order


class Server:
    """Started on entering, with ``count`` tracked issues, and stopped on leaving."""

    def __init__(self, count: int = 0) -> None:
        self._count = count

    def __enter__(self) -> Server:
        command = [sys.executable, "-m", "tests.benchmarks.github_server", str(self._count)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.url = self._line()
        return self

    def __exit__(self, *_why: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()  # its emulate goes with it
        self._process.wait(10)

    def latency(self, seconds: float) -> None:
        self._order(latency=seconds)

    def does(self, who: str, what: str, *words: Any, **options: Any) -> Any:
        """Somebody does something on the site: open, comment, unlabel …"""
        if "description" in options:
            options["body"] = options.pop("description")
        return self._order(does=what, words=[who, *words], options=options)

    def forget(self) -> None:
        """From here on requests are logged."""
        self._order(forget=True)

    def log(self) -> list[Logged]:
        """The requests since, in the order in which they came."""
        found: list[Logged] = self._order(log=True)
        return found

    def _order(self, **said: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(said) + "\n")
        self._process.stdin.flush()
        return json.loads(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, "the server is gone"
        return line


def _done(server: GitHubServer, order: dict[str, Any]) -> Any:
    if "latency" in order:
        server.latency = order["latency"]
    if "forget" in order:
        server.forget()
    if "does" in order:
        return getattr(server.people, order["does"])(*order["words"], **order["options"])
    return [asdict(each) for each in server.log] if "log" in order else None


def _seed(server: GitHubServer, count: int) -> None:
    several: list[dict[str, Any]] = []
    for nth, row in enumerate(rows(count), 1):
        row["body"], row["created_at"] = row.pop("description"), f"{row['created_at']:%FT%TZ}"
        several.append(row)
        if len(several) == MANY or nth == count:
            server.order("issues", repo=PROJECT, rows=several)
            several.clear()


def main() -> int:
    names = [label for row in rows(1) for label in row["labels"]]
    repo = {"members": dict.fromkeys(("ima", "rita", "erin", "ian", "cara"), "write")}
    with GitHubServer({"repos": {PROJECT: repo | {"labels": [*names, "S1"]}}}) as server:
        server.limits.requests = 1_000_000
        _seed(server, int(sys.argv[1]))
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        for line in sys.stdin:
            sys.stdout.write(json.dumps(_done(server, json.loads(line))) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
