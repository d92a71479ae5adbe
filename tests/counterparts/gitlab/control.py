"""``/_control``: everything that the object in the process can do, for other processes.

GET    /_control/log                 the requests so far
DELETE /_control/log                 forget them
POST   /_control/fail                {"method", "path", "how", "nth", "times", "after"}
POST   /_control/clear               no more failures, up again
POST   /_control/kill_after          {"writes": 3}: then every connection is reset
POST   /_control/clock               {"now": "2026-03-02T09:00:00Z"} or {"advance": seconds}
POST   /_control/latency             {"seconds": 0.05}
POST   /_control/limits              {"requests": 100, "notes": 60, "issues": 200}
POST   /_control/person              {"who": "erin", "does": "comment", "with": [1, "text"]}
GET    /_control/hooks               hooks that were sent
GET    /_control/violations          answers that do not fit the schemas
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.counterparts.gitlab.call import parse_time
from tests.counterparts.gitlab.world import Refused
from tests.counterparts.messages import Answer, Request

if TYPE_CHECKING:
    from tests.counterparts.gitlab.server import GitLabServer

PREFIX = "/_control/"
DOES = "open update comment edit_comment label unlabel assign unassign close reopen react link push"


def answer(server: GitLabServer, request: Request) -> Answer:
    order = ORDERS.get((request.method, request.path.removeprefix(PREFIX)))
    if order is None:
        return Answer(404, {"error": "no such order", "orders": [" ".join(key) for key in ORDERS]})
    try:
        return Answer(200, order(server, json.loads(request.body or b"{}")))
    except Refused as refused:
        return Answer(refused.status, refused.body)
    except (KeyError, TypeError, ValueError) as error:
        return Answer(400, {"error": repr(error)})


def _log(server: GitLabServer, _sent: dict[str, Any]) -> Any:
    return [asdict(each) for each in list(server.log)]


def _forget(server: GitLabServer, _sent: dict[str, Any]) -> Any:
    server.forget()


def _fail(server: GitLabServer, sent: dict[str, Any]) -> Any:
    server.fail(sent.pop("method", "*"), sent.pop("path", ""), **sent)


def _clear(server: GitLabServer, _sent: dict[str, Any]) -> Any:
    server.faults.clear()


def _kill_after(server: GitLabServer, sent: dict[str, Any]) -> Any:
    server.kill_after(int(sent["writes"]), answered=bool(sent.get("answered", True)))


def _clock(server: GitLabServer, sent: dict[str, Any]) -> Any:
    at: datetime
    if "now" in sent:
        at = parse_time("now", sent["now"])
    else:
        at = server.world.now() + timedelta(seconds=float(sent["advance"]))
    server.clock = lambda: at
    return {"now": at.isoformat()}


def _latency(server: GitLabServer, sent: dict[str, Any]) -> Any:
    server.latency = float(sent["seconds"])


def _limits(server: GitLabServer, sent: dict[str, Any]) -> Any:
    for name in ("requests", "notes", "issues"):
        if name in sent:
            setattr(server.limits, name, sent[name])


def _person(server: GitLabServer, sent: dict[str, Any]) -> Any:
    if sent["does"] not in DOES.split():
        raise ValueError(f"people do: {DOES}")
    act = getattr(server.people, sent["does"])
    return {"result": act(sent["who"], *sent.get("with", ()), **sent.get("options", {}))}


def _hooks(server: GitLabServer, _sent: dict[str, Any]) -> Any:
    return [asdict(each) for each in list(server.deliveries)]


def _violations(server: GitLabServer, _sent: dict[str, Any]) -> Any:
    return server.violations


ORDERS: dict[tuple[str, str], Callable[[GitLabServer, dict[str, Any]], Any]] = {
    ("GET", "log"): _log,
    ("DELETE", "log"): _forget,
    ("POST", "fail"): _fail,
    ("POST", "clear"): _clear,
    ("POST", "kill_after"): _kill_after,
    ("POST", "clock"): _clock,
    ("POST", "latency"): _latency,
    ("POST", "limits"): _limits,
    ("POST", "person"): _person,
    ("GET", "hooks"): _hooks,
    ("GET", "violations"): _violations,
}
