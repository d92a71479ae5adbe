"""A status.io for tests on 127.0.0.1, as ../shared/facts/services.md § 1 has it.

``python -m tests.counterparts.statusio --port N``: says what to set, then serves.
Page ``5b36dc6502d06804c08349f7`` has the components of the shipped policy. As its documents ask,
a request must begin at least a second after the last one's end; a faster one is refused.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import monotonic
from typing import Any

from tests.counterparts.messages import Answer, Request
from tests.counterparts.program import stay
from tests.counterparts.small import SmallServer
from tests.counterparts.statusio_page import Page, Refused
from tests.leaks import secret

ID, KEY = secret("statusio-id"), secret("statusio-key")
FAILED = {"status": {"error": "yes", "message": "Something went wrong"}, "result": False}


class Nowhere(Exception):
    """There is no such end."""


APART = 1.0  # seconds


class StatusIo(Page):
    """The page, and its API."""

    ended = float("-inf")  # the last request
    seconds: Callable[[], float] | None = None  # by which it measures; None: it does not

    def serve(self, port: int = 0, *, paced: bool = True, **more: Any) -> SmallServer:
        server = SmallServer(self.paced, error=FAILED, port=port, **more)
        self.seconds = server.seconds if paced else None
        return server

    def paced(self, request: Request) -> Answer:
        """The answer to a request that comes no sooner than it may."""
        if self.seconds is None:
            return self.answer(request)
        if self.seconds() - self.ended < APART:
            answer = Answer(429, {"status": {"error": "yes", "message": "Too many requests"}})
        else:
            answer = self.answer(request)
        self.ended = self.seconds()
        return answer

    def answer(self, request: Request) -> Answer:
        if (request.headers.get("x-api-id"), request.headers.get("x-api-key")) != (ID, KEY):
            return Answer(401, {"status": {"error": "yes", "message": "Unauthorized"}})
        path = request.path.removeprefix("/v2/")
        try:
            if request.method == "GET":
                result = self._read(path)
            elif request.headers.get("content-type", "").startswith("application/json"):
                result = self._write(path, request.json())
            else:
                raise Refused("Invalid request")
        except Nowhere:
            return Answer(404, {"status": {"error": "yes", "message": "Not found"}})
        except Refused as refused:
            text = str(refused)
            return Answer(200, {"status": {"error": "yes", "message": text}, "result": False})
        said = "Successfully deleted incident" if path == "incident/delete" else "OK"
        return Answer(200, {"status": {"error": "no", "message": said}, "result": result})

    def _read(self, path: str) -> Any:
        what, _, rest = path.partition(f"/{self.page}")
        if f"/{self.page}" not in path:
            raise Refused("Invalid statuspage_id")
        ends: dict[str, Callable[[], Any]] = {
            "component/list": lambda: self.lines,
            "incident/list": lambda: self.kinds(lambda row: row),
            "incidents": lambda: self.kinds(lambda row: row["_id"]),
            "incident": lambda: [self.found(rest.strip("/"))],  # a list of one
            "incident/message": lambda: self.message(rest.strip("/")),
            "maintenance/list": self.works.listed,
            "status/summary": self.summary,
        }
        if what not in ends:
            raise Nowhere
        return ends[what]()

    def _write(self, path: str, data: Any) -> Any:
        ends: dict[str, Callable[[dict[str, Any]], Any]] = {
            "incident/create": self.create,
            "incident/update": self.update,
            "incident/resolve": self.resolve,
            "incident/delete": self.delete,
            "maintenance/schedule": self.works.schedule,
            "maintenance/start": self.works.start,
            "maintenance/update": self.works.update,
            "maintenance/finish": self.works.finish,
            "maintenance/delete": self.works.delete,
            "component/status/update": self.set_level,
        }
        if path not in ends:
            raise Nowhere
        if not isinstance(data, dict) or data.get("statuspage_id") != self.page:
            raise Refused("Invalid statuspage_id")
        return ends[path](data)


def main() -> None:
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("statusio", description=__doc__, formatter_class=style)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    page = StatusIo()
    with page.serve(parser.parse_args().port) as server:
        page.seconds = monotonic
        stay(IMA_STATUSIO_URL=server.url, IMA_STATUSIO_ID=ID, IMA_STATUSIO_KEY=KEY)


if __name__ == "__main__":
    main()
