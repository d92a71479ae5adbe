"""An Atlassian Statuspage for tests on 127.0.0.1, after its published API description (v1).

``python -m tests.counterparts.statuspage --port N``: says what to set, then serves. Page
``kctbh9vrtdwd`` has the components of the shipped policy; Web is a group of two.
"""

from __future__ import annotations

import argparse
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple

from tests.counterparts.messages import Answer, Request
from tests.counterparts.program import stay
from tests.counterparts.small import SmallServer
from tests.leaks import secret

KEY, PAGE = secret("statuspage"), "kctbh9vrtdwd"
COMPONENTS = {  # those of the shipped policy; a group has components of its own
    "Web": ("EU", "US"),
    "API": (),
    "Git": ("SSH", "HTTPS"),
    "Pages": (),
    "Registry": (),
}
LEVELS = (
    "operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage",
)  # fmt: skip
IMPACTS = ("none", "maintenance", "minor", "major", "critical")
REALTIME = ("investigating", "identified", "monitoring", "resolved")
SCHEDULED = ("scheduled", "in_progress", "verifying", "completed")
ENDS = ("resolved", "completed")
KEYS = {  # that an incident may be written with
    "name", "status", "body", "components", "component_ids", "impact_override", "metadata",
    "deliver_notifications", "scheduled_for", "scheduled_until", "scheduled_remind_prior",
    "scheduled_auto_in_progress", "scheduled_auto_completed",
    "auto_transition_to_maintenance_state", "auto_transition_to_operational_state",
}  # fmt: skip
A_MINUTE, MOST = 60.0, 60  # requests of one key in a rolling window
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


class Refused(Exception):
    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


class Shown(NamedTuple):
    """An incident or planned work, as a test looks at it."""

    name: str
    state: str
    impact: str
    override: str  # of the impact, by the last that was written
    updates: tuple[str, ...]  # the oldest first
    states: tuple[str, ...]  # of each update
    heard: tuple[bool, ...]  # whether subscribers were told of each
    levels: Mapping[str, str]  # of its components now, "Web/EU"
    metadata: Mapping[str, Any]
    window: tuple[str, str]  # of planned work
    id: str

    @property
    def over(self) -> bool:
        return self.state in ENDS


@dataclass
class Statuspage:
    """One page: its components and incidents, and its API."""

    components: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: COMPONENTS)
    clock: Callable[[], datetime] | None = None  # what it says of the time
    seconds: Callable[[], float] | None = None  # by which it measures; None: it does not

    def __post_init__(self) -> None:
        self._made = 0
        self._asked: deque[float] = deque()
        self.rows: list[dict[str, Any]] = []  # incidents, the oldest first
        self.deleted: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        for name, members in self.components.items():
            line = self._line(name, group=bool(members))
            self.lines += [line, *(self._line(each, of=line["id"]) for each in members)]

    def serve(self, port: int = 0, *, paced: bool = True, **more: Any) -> SmallServer:
        server = SmallServer(self.paced, error={"error": "Something broke"}, port=port, **more)
        self.seconds = server.seconds if paced else None
        return server

    def paced(self, request: Request) -> Answer:
        """One request a second is too many once there were sixty in a minute."""
        if self.seconds is not None:
            now = self.seconds()
            while self._asked and self._asked[0] <= now - A_MINUTE:
                self._asked.popleft()
            if len(self._asked) >= MOST:
                return Answer(420, {"error": "Too many requests"})
            self._asked.append(now)
        return self.answer(request)

    def answer(self, request: Request) -> Answer:
        try:
            if request.headers.get("authorization") != f"OAuth {KEY}":
                raise Refused(401, "Could not authenticate")
            found = re.fullmatch(rf"/v1/pages/{PAGE}(/.*)?", request.path)
            if found is None:
                raise Refused(404, "Not found")
            return self._answered(request, found[1] or "")
        except Refused as refused:
            return Answer(refused.status, {"error": str(refused)})

    def _answered(self, request: Request, path: str) -> Answer:
        if request.method == "GET" and path in _LISTS:
            return Answer(200, self._page(request, _LISTS[path](self)))
        if request.method == "POST" and path == "/incidents":
            return Answer(201, self.create(self._said(request)))
        found = re.fullmatch(r"/incidents/(\w+)", path)
        row = found and next((row for row in self.rows if row["id"] == found[1]), None)
        if not row:
            raise Refused(404, "Not found")
        if request.method == "GET":
            return Answer(200, row)
        if request.method == "PATCH":
            return Answer(200, self.change(row, self._said(request)))
        if request.method == "DELETE":
            self.rows.remove(row)
            self.deleted.append(row)
            return Answer(200, row)
        raise Refused(404, "Not found")

    def _page(self, request: Request, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        query = {name: all_[0] for name, all_ in request.query.items()}
        most = int(query.get("limit") or query.get("per_page") or 100)
        if not 0 < most <= 100:
            raise Refused(400, "per_page does not have a valid value")
        first = (int(query.get("page") or 1) - 1) * most
        return rows[first : first + most]

    def _said(self, request: Request) -> dict[str, Any]:
        said = request.json().get("incident")
        if not isinstance(said, dict) or set(said) - KEYS:
            raise Refused(400, "incident is invalid")
        self._judge(said)
        return said

    def _judge(self, said: Mapping[str, Any]) -> None:
        known = {line["id"] for line in self.lines if not line["group"]}
        named = {*said.get("components", {}), *said.get("component_ids", ())}
        if named - known:
            raise Refused(422, f"Component(s) {sorted(named - known)} not found")
        if set(said.get("components", {}).values()) - {*LEVELS}:
            raise Refused(422, "Components status is invalid")
        if said.get("impact_override") not in (None, *IMPACTS):
            raise Refused(422, "Impact override is invalid")
        if not all(isinstance(each, dict) for each in said.get("metadata", {}).values()):
            raise Refused(422, "Metadata top-level values must be objects")
        if len(said.get("name", "")) > 255 or len(said.get("body", "")) > 25_000:
            raise Refused(422, "Name or body is too long")
        for key in ("scheduled_for", "scheduled_until"):
            if key in said and not _TIME.fullmatch(said[key]):
                raise Refused(422, f"{key} is invalid")

    def create(self, said: dict[str, Any]) -> dict[str, Any]:
        if not said.get("name"):
            raise Refused(422, "Name can't be blank")
        planned = "scheduled_for" in said
        status = said.get("status", "scheduled" if planned else "investigating")
        if status not in (SCHEDULED if planned else REALTIME):
            raise Refused(422, "Status is invalid")
        id_ = self._id("incident")
        row: dict[str, Any] = {
            "id": id_,
            "page_id": PAGE,
            "name": said["name"],
            "status": status,
            "impact": "maintenance" if planned else "none",
            "shortlink": f"https://stspg.test/{id_}",
            "created_at": self._now(),
            "resolved_at": None,
            "scheduled_for": None,
            "scheduled_until": None,
            "metadata": {},
            "components": [],
            "incident_updates": [],
        }
        self.rows.append(row)
        return self._write(row, {**said, "status": status})

    def change(self, row: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
        planned = row["scheduled_for"] is not None
        if row["status"] in ENDS:
            raise Refused(422, "Incident is resolved")  # whether it really is so is not known
        if said.get("status", row["status"]) not in (SCHEDULED if planned else REALTIME):
            raise Refused(422, "Status is invalid")
        return self._write(row, said)

    def _write(self, row: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
        levels: dict[str, str] = said.get("components", {})
        for line in self.lines:
            line["status"] = levels.get(line["id"], line["status"])
        for key in ("name", "status", "metadata", "scheduled_for", "scheduled_until"):
            row[key] = said.get(key, row[key])
        there = {each["id"] for each in row["components"]} | {*levels}
        ids = {*said["component_ids"]} if "component_ids" in said else there
        row["components"] = [line for line in self.lines if line["id"] in ids | {*levels}]
        row["impact_override"] = said.get("impact_override")
        row["impact"] = said.get("impact_override") or self._impact(row)
        row["resolved_at"] = self._now() if row["status"] in ENDS else None
        if said.get("body"):
            update = {
                "id": self._id("update"),
                "incident_id": row["id"],
                "status": row["status"],
                "body": said["body"],
                "created_at": self._now(),
                "deliver_notifications": said.get("deliver_notifications", True),
            }
            row["incident_updates"].insert(0, update)
        return row

    def _impact(self, row: dict[str, Any]) -> str:
        worst = {"degraded_performance": "minor", "partial_outage": "major"}
        worst["major_outage"] = "critical"
        now = [worst.get(line["status"], "none") for line in row["components"]]
        return max([str(row["impact"]), *now], key=IMPACTS.index)

    def incidents(self) -> list[Shown]:
        """Those that are no planned work, the oldest first."""
        return [self._shown(row) for row in self.rows if row["scheduled_for"] is None]

    def works(self) -> list[Shown]:
        """Planned work, the oldest first; without what was deleted."""
        return [self._shown(row) for row in self.rows if row["scheduled_for"] is not None]

    def level(self, name: str) -> str:
        """Of a component: "API", "Web/EU"."""
        return next(str(line["status"]) for line in self.lines if self.name_of(line) == name)

    def id_of(self, name: str) -> str:
        return next(str(line["id"]) for line in self.lines if self.name_of(line) == name)

    def name_of(self, line: Mapping[str, Any]) -> str:
        group = next((g["name"] for g in self.lines if g["id"] == line["group_id"]), "")
        return f"{group}/{line['name']}" if group else str(line["name"])

    def by_hand(self, name: str, body: str, **more: Any) -> dict[str, Any]:
        """Somebody opens one in the dashboard."""
        return self.create({"name": name, "body": body, **more})

    def end_by_hand(self, id_: str) -> None:
        row = next(row for row in self.rows if row["id"] == id_)
        row["status"], row["resolved_at"] = "resolved", self._now()

    def reopen_by_hand(self, id_: str) -> None:
        row = next(row for row in self.rows if row["id"] == id_)
        row["status"], row["resolved_at"] = "monitoring", None

    def shown_row(self, row: dict[str, Any]) -> Shown:
        return self._shown(row)

    def _shown(self, row: dict[str, Any]) -> Shown:
        said = row["incident_updates"][::-1]
        return Shown(
            row["name"],
            row["status"],
            row["impact"],
            str(row["impact_override"] or ""),
            tuple(each["body"] for each in said),
            tuple(each["status"] for each in said),
            tuple(each["deliver_notifications"] for each in said),
            {self.name_of(line): line["status"] for line in row["components"]},
            row["metadata"],
            (str(row["scheduled_for"] or ""), str(row["scheduled_until"] or "")),
            row["id"],
        )

    def _line(self, name: str, *, group: bool = False, of: str | None = None) -> dict[str, Any]:
        return {
            "id": self._id(name),
            "name": name,
            "status": "operational",
            "group": group,
            "group_id": of,
            "page_id": PAGE,
        }

    def _id(self, what: str) -> str:
        self._made += 1
        return f"{re.sub(r'[^a-z]', '', what.lower())[:4]}{self._made:08}"

    def _now(self) -> str:
        self._made += 1
        now = self.clock() if self.clock else datetime(2026, 3, 2, 12, tzinfo=UTC)
        now += timedelta(milliseconds=self._made)  # no two at the same time
        return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"


def _newest_first(page: Statuspage, like: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    return [row for row in reversed(page.rows) if like(row)]


_LISTS: dict[str, Callable[[Statuspage], list[dict[str, Any]]]] = {
    "/components": lambda page: page.lines,
    "/incidents": lambda page: _newest_first(page, lambda row: True),
    "/incidents/unresolved": lambda page: _newest_first(
        page, lambda row: row["status"] in REALTIME[:-1]
    ),
    "/incidents/upcoming": lambda page: _newest_first(
        page, lambda row: row["status"] == "scheduled"
    ),
    "/incidents/active_maintenance": lambda page: _newest_first(
        page, lambda row: row["status"] in ("in_progress", "verifying")
    ),
}


def main() -> None:
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("statuspage", description=__doc__, formatter_class=style)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    page = Statuspage()
    with page.serve(parser.parse_args().port) as server:
        page.seconds = monotonic
        stay(IMA_STATUSPAGE_URL=server.url, IMA_STATUSPAGE_KEY=KEY)


if __name__ == "__main__":
    main()
