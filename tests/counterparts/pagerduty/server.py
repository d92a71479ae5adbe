"""The account over HTTP: who may ask, what is asked, in which shape it is answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.counterparts.messages import Answer, Request
from tests.counterparts.pagerduty import shapes
from tests.counterparts.pagerduty.account import Account
from tests.counterparts.small import SmallServer

LIMIT = 960  # requests a minute
_ERROR = {"error": {"message": "Something is wrong", "code": 2000, "errors": ["Just so"]}}


class PagerDutyServer(SmallServer):
    """See `Account` for what people do; `fail` makes it fail."""

    def __init__(
        self, clock: Callable[[], datetime] | None = None, *, port: int = 0, latency: float = 0.0
    ) -> None:
        super().__init__(self._answer, error=_ERROR, port=port, latency=latency)
        self.account = Account(clock)

    def _answer(self, request: Request) -> Answer:
        answer = self._refused(request) or self._routed(request)
        used = len(self.log) % LIMIT
        answer.headers |= {
            "ratelimit-limit": str(LIMIT),
            "ratelimit-remaining": str(LIMIT - used),
            "ratelimit-reset": "60",
        }
        return answer

    def _refused(self, request: Request) -> Answer | None:
        tokens = (f"Token token={self.account.token}", f"Bearer {self.account.oauth_token}")
        if request.headers.get("authorization") not in tokens:
            return _error(401, "Unauthorized")
        if "version=2" not in request.headers.get("accept", ""):
            return _error(406, "Not Acceptable")
        return None

    def _routed(self, request: Request) -> Answer:
        for method, pattern, work in _ROUTES:
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                return work(self, request, *found.groups())
        return _error(404, "Not Found")

    def _oncalls(self, request: Request) -> Answer:
        wanted = request.query.get("schedule_ids[]") or list(self.account.schedules)
        whole = "users" in request.query.get("include[]", [])
        rows = [row for each in wanted for row in shapes.on_call(self.account, each, whole)]
        return _page(request, "oncalls", rows)

    def _schedule(self, request: Request, number: str) -> Answer:
        if number not in self.account.schedules:
            return _error(404, "Not Found")
        return Answer(200, {"schedule": shapes.schedule(self.account, number)})

    def _policy(self, request: Request, number: str) -> Answer:
        if number not in self.account.policies:
            return _error(404, "Not Found")
        return Answer(200, {"escalation_policy": shapes.policy(self.account, number)})

    def _service(self, request: Request, number: str) -> Answer:
        if number not in self.account.services:
            return _error(404, "Not Found")
        shown = {**shapes.reference(number, "service"), **self.account.services[number]}
        return Answer(200, {"service": shown})

    def _users(self, request: Request) -> Answer:
        text = request.query.get("query", [""])[0].casefold()
        found = [
            shapes.user(self.account, number)
            for number, user in self.account.users.items()
            if text in user["name"].casefold() or text in user["email"].casefold()
        ]
        return _page(request, "users", found)

    def _user(self, request: Request, number: str) -> Answer:
        if number not in self.account.users:
            return _error(404, "Not Found")
        return Answer(200, {"user": shapes.user(self.account, number)})

    def _incidents(self, request: Request) -> Answer:
        asked = request.query
        statuses, keys = asked.get("statuses[]"), asked.get("incident_key")
        services = asked.get("service_ids[]", list(self.account.services))
        found = [
            shapes.incident(self.account, each)
            for each in sorted(self.account.incidents, key=lambda each: each.at, reverse=True)
            if (not statuses or each.status in statuses) and (not keys or each.key in keys)
            if (each.service or next(iter(self.account.services), "")) in services
        ]
        known = set(services) & set(self.account.services)
        return _page(request, "incidents", found if known else [])

    def _trigger(self, request: Request) -> Answer:
        told = request.json()["incident"]
        key, users = told.get("incident_key", ""), told.get("assignments") or []
        sender = self._sender(request)
        if not sender:
            return _error(400, "Requester User Not Found")
        if told["service"]["id"] not in self.account.services:
            return _error(400, "Invalid Input Provided", "Service not found")
        if self.account.asleep(told["service"]["id"]):
            return _error(400, "Invalid Input Provided", "Service triggers no incidents")
        if key and any(each.key == key for each in self.account.open(key)):
            said = "Open incident with matching dedup key already exists on this service"
            return _error(400, "Invalid Input Provided", said)
        policy = "" if users else told["escalation_policy"]["id"]
        if policy and policy not in self.account.policies:
            return _error(400, "Invalid Input Provided", "Escalation policy not found")
        called = [each["assignee"]["id"] for each in users]
        details = told.get("body", {}).get("details", "")
        made = self.account.make(key, told["title"], details, policy, called, sender)
        return Answer(201, {"incident": shapes.incident(self.account, made)})

    def _sender(self, request: Request) -> str:
        """The id of the user in whose name it is asked; "" for nobody's."""
        sender, users = request.headers.get("from", ""), self.account.users.items()
        return next((number for number, user in users if user["email"] == sender), "")

    def _change(self, request: Request, number: str) -> Answer:
        told = request.json()["incident"]
        for each in self.account.incidents:
            if each.id == number:
                if each.status == "resolved":
                    return _error(400, "Invalid Input Provided", "Incident Already Resolved")
                if told.get("status") == "acknowledged" and each.status == "triggered":
                    each.status, each.changed = "acknowledged", self.account.clock()
                    self.account.note(each, "acknowledge_log_entry", self._sender(request))
                if told.get("status") == "resolved":
                    self.account.end(each, self._sender(request), told.get("resolution", ""))
                return Answer(200, {"incident": shapes.incident(self.account, each)})
        return _error(404, "Not Found")

    def _incident(self, request: Request, number: str) -> Answer:
        for each in self.account.incidents:
            if each.id == number:
                return Answer(200, {"incident": shapes.incident(self.account, each)})
        return _error(404, "Not Found")

    def _log(self, request: Request, number: str) -> Answer:
        for each in self.account.incidents:
            if each.id == number:  # the newest first
                rows = [shapes.entry(self.account, made) for made in reversed(each.log)]
                return _page(request, "log_entries", rows)
        return _error(404, "Not Found")


_ID = "([^/]+)"
_ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", "/oncalls", PagerDutyServer._oncalls),
    ("GET", f"/schedules/{_ID}", PagerDutyServer._schedule),
    ("GET", f"/escalation_policies/{_ID}", PagerDutyServer._policy),
    ("GET", f"/services/{_ID}", PagerDutyServer._service),
    ("GET", "/users", PagerDutyServer._users),
    ("GET", f"/users/{_ID}", PagerDutyServer._user),
    ("GET", "/incidents", PagerDutyServer._incidents),
    ("POST", "/incidents", PagerDutyServer._trigger),
    ("GET", f"/incidents/{_ID}", PagerDutyServer._incident),
    ("PUT", f"/incidents/{_ID}", PagerDutyServer._change),
    ("GET", f"/incidents/{_ID}/log_entries", PagerDutyServer._log),
)


def _page(request: Request, key: str, rows: list[dict[str, Any]]) -> Answer:
    limit = min(100, int(request.query.get("limit", ["25"])[0]))
    offset = int(request.query.get("offset", ["0"])[0])
    more = len(rows) > offset + limit
    shown = rows[offset : offset + limit]
    return Answer(200, {key: shown, "limit": limit, "offset": offset, "more": more, "total": None})


def _error(status: int, message: str, *errors: str) -> Answer:
    return Answer(status, {"error": {"message": message, "code": 2001, "errors": list(errors)}})
