"""Headless Chromium, as far as pages are looked at: by its DevTools protocol over a pipe.

One browser serves all pages. It knows no host but files of this machine: each request is noted.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = "chromium"
_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # it is root in a container, and reads only files that we wrote
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@dataclass
class Browser:
    """A running Chromium with one page. Use it as a context."""

    requests: list[str] = field(default_factory=list)  # the addresses that pages asked for
    complaints: list[str] = field(default_factory=list)  # what it wrote into its console

    def __enter__(self) -> Browser:
        self._profile = tempfile.mkdtemp(prefix="chromium-")
        to_browser, ours_out = os.pipe()
        ours_in, from_browser = os.pipe()

        def as_three_and_four() -> None:
            os.dup2(to_browser, 13), os.dup2(from_browser, 14)
            os.dup2(13, 3), os.dup2(14, 4)

        self._process = subprocess.Popen(
            [PROGRAM, *_FLAGS, f"--user-data-dir={self._profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=as_three_and_four,
            pass_fds=(3, 4),
            start_new_session=True,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._out, self._in = os.fdopen(ours_out, "wb", 0), os.fdopen(ours_in, "rb", 0)
        self._left, self._last = b"", 0
        self._events: list[dict[str, Any]] = []
        self._session = ""
        (page,) = (
            each for each in self.call("Target.getTargets")["targetInfos"] if each["type"] == "page"
        )
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *why: object) -> None:
        self._session = ""
        if self._process.poll() is None:
            self._send("Browser.close")
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._out.close()
        self._in.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def look(self, width: int, height: int = 844, scheme: str = "light") -> None:
        """What the pages are shown on from now on."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def open(self, path: Path) -> None:
        """Show a file, and wait until all of it is there."""
        self._events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(each["method"] == "Page.loadEventFired" for each in self._events):
            self._events.append(self._read())
        for event in self._events:
            told = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            elif event["method"] == "Log.entryAdded":
                self.complaints.append(told["entry"]["text"])

    def run(self, script: str) -> Any:
        """What an expression of JavaScript gives on the page; a promise is waited for."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def picture(self, kind: str = "png") -> bytes:
        """The screen as a picture: "png", or "webp", which is smaller."""
        quality = {"quality": 60} if kind == "webp" else {}
        answer = self.call("Page.captureScreenshot", format=kind, **quality)
        return base64.b64decode(answer["data"])

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol, and its answer."""
        number = self._send(method, **parameters)
        while True:
            told = self._read()
            if told.get("id") == number:
                assert "error" not in told, (method, told["error"])
                answer: dict[str, Any] = told["result"]
                return answer
            if "method" in told:
                self._events.append(told)

    def _send(self, method: str, **parameters: Any) -> int:
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        return self._last

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            more = self._in.read(1 << 20)
            assert more, "Chromium has ended"
            self._left += more
        first, _, self._left = self._left.partition(b"\0")
        told: dict[str, Any] = json.loads(first)
        return told
