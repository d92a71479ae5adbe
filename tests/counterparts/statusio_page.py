"""What the status.io for tests keeps, and what may be done with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tests.counterparts.statusio_work import Works
from tests.leaks import secret

PAGE = "5b36dc6502d06804c08349f7"
COMPONENTS = {  # those of the shipped policy
    "Web": ("EU", "US"),
    "API": ("Main",),
    "Git": ("SSH", "HTTPS"),
    "Pages": ("Main",),
    "Registry": ("Main",),
}
FLAGS = ("notify_email", "notify_sms", "notify_webhook", "social")  # required, by a vendor's test
MORE_FLAGS = ("irc", "hipchat", "msteams", "slack")
STATES, STATUS = (100, 200, 300), (100, 200, 300, 400, 500, 600)
NAMES = {
    100: "Operational",
    200: "Planned Maintenance",
    300: "Degraded Performance",
    400: "Partial Service Disruption",
    500: "Service Disruption",
    600: "Security Event",
}
_MARK = re.compile(r"(?:https?://\S+|Reference: \S+)\s*$")


class Refused(Exception):
    """Answered with 200 and ``error: "yes"``."""


class Shown(NamedTuple):
    """An incident as a test looks at it. Codes are status.io's."""

    marker: str  # the address, or the reference
    name: str
    state: int
    status: int
    updates: tuple[str, ...]  # what users read, without the marker, the oldest first
    resolved: bool
    id: str
    infrastructure: tuple[str, ...]  # names: "Web/EU"
    heard: tuple[frozenset[str], ...]  # for each update the media that it was passed on to


@dataclass
class Page:
    """One page: its components and incidents."""

    components: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: COMPONENTS)
    page: str = PAGE
    clock: Callable[[], datetime] | None = None  # what it says of the time

    def __post_init__(self) -> None:
        self._made = 0
        self._active: list[dict[str, Any]] = []
        self._resolved: list[dict[str, Any]] = []
        self._levels: dict[str, int] = {}
        self._heard: dict[str, dict[str, str]] = {}  # by message: its flags
        self.lines = [self._line(name, places) for name, places in self.components.items()]
        self.works = Works(Refused, self._id)  # planned
        self.overall: int | None = None  # what somebody set by hand

    def incidents(self) -> list[Shown]:
        """All of them, the oldest first."""
        rows = [(row, False) for row in self._active] + [(row, True) for row in self._resolved]
        rows.sort(key=lambda each: str(each[0]["datetime_open"]))
        return [self._shown(row, over) for row, over in rows]

    def by_hand(self, name: str, details: str, status: int = 300) -> str:
        """Somebody opens one in the dashboard, for everything."""
        flags = dict.fromkeys((*FLAGS, *MORE_FLAGS), "0")
        data = {"incident_name": name, "all_infrastructure_affected": "1", **flags}
        levels = {"current_status": status, "current_state": 100, "incident_details": details}
        return str(self.create({**data, **levels, "infrastructure_affected": []}))

    def reopen_by_hand(self, id_: str) -> None:
        self._active.append(row := self.found(id_))
        self._resolved.remove(row)

    def resolve_by_hand(self, id_: str) -> None:
        self._end(self.found(id_))

    def create(self, data: dict[str, Any]) -> str:
        _need(data, "incident_name", "incident_details", *FLAGS)
        pairs = data.get("infrastructure_affected")
        if not isinstance(pairs, list):
            raise Refused("infrastructure_affected must be an array")
        known = {pair for line in self.lines for pair in _pairs(line)}
        everything = data.get("all_infrastructure_affected") == "1"
        affected = sorted(known) if everything else [pair for pair in pairs if pair in known]
        if not affected or set(pairs) - known:
            raise Refused("Invalid infrastructure_affected")
        row = {
            "_id": self._id("incident"),
            "name": data["incident_name"],
            "kind": "incident",
            "statuspage": self.page,
            "datetime_open": self._now(),
            "infrastructure_affected": affected,
            "messages": [],
        }
        self._active.append(self._say(row, data))
        return str(row["_id"])

    def update(self, data: dict[str, Any]) -> bool:
        _need(data, "incident_id", "incident_details", *FLAGS)
        self._say(self._going_on(data["incident_id"]), data)
        return True

    def resolve(self, data: dict[str, Any]) -> bool:
        """Without a status the parts keep their last level."""
        _need(data, "incident_id", "incident_details", *FLAGS)
        row = self._going_on(data["incident_id"])
        last = row["messages"][-1]
        levels = {"current_state": last["state"], "current_status": last["status"]}
        self._say(row, {**levels, **data})
        self._end(row)
        return True

    def delete(self, data: dict[str, Any]) -> bool:
        row = self.found(data.get("incident_id"))
        for rows in (self._active, self._resolved):
            if row in rows:
                rows.remove(row)
        return True

    def set_level(self, data: dict[str, Any]) -> bool:
        """True even where the ids are wrong."""
        _need(data, "component", "container", "details", "current_status")
        self._levels[f"{data['component']}-{data['container']}"] = data["current_status"]
        return True

    def _say(self, row: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        state, status = data.get("current_state"), data.get("current_status")
        if type(state) is not int or state not in STATES:
            raise Refused("Invalid current_state")
        if type(status) is not int or status not in STATUS:
            raise Refused("Invalid current_status")
        flags = {name: data.get(name, "0") for name in (*FLAGS, *MORE_FLAGS)}
        if not set(flags.values()) <= {"0", "1"}:
            raise Refused("Invalid notification flag")
        made = {
            "_id": self._id("message"),
            "incident": row["_id"],
            "details": data["incident_details"],
            "state": state,
            "status": status,
            "datetime": self._now(),
            "source": "API",
        }
        row["messages"].insert(0, made)  # the newest first: the order is not to be relied on
        self._heard[made["_id"]] = flags
        self._levels |= dict.fromkeys(row["infrastructure_affected"], status)
        return row

    def _end(self, row: dict[str, Any]) -> None:
        self._active.remove(row)
        self._resolved.append(row)

    def _going_on(self, id_: object) -> dict[str, Any]:
        row = self.found(id_)
        if row not in self._active:
            raise Refused("Incident is resolved")
        return row

    def found(self, id_: object) -> dict[str, Any]:
        for row in (*self._active, *self._resolved):
            if row["_id"] == id_:
                return row
        raise Refused("Incident not found")

    def message(self, id_: str) -> dict[str, Any]:
        for row in (*self._active, *self._resolved):
            for message in row["messages"]:
                if message["_id"] == id_:
                    return {**message, "user_email": "", "user_full_name": ""}
        raise Refused("Message not found")

    def kinds(self, show: Callable[[dict[str, Any]], Any]) -> dict[str, list[Any]]:
        return {
            "active_incidents": [show(row) for row in self._active],
            "resolved_incidents": [show(row) for row in self._resolved],
        }

    def summary(self) -> dict[str, Any]:
        worst = max([*self._levels.values(), 100])
        code = worst if self.overall is None else self.overall
        overall = {"status": NAMES[code], "status_code": code, "updated": self._now()}
        maintenance: dict[str, Any] = {"active": [], "upcoming": []}
        incidents = list(self._active)
        return {"status_overall": overall, "incidents": incidents, "maintenance": maintenance}

    def _shown(self, row: dict[str, Any], over: bool) -> Shown:
        said = sorted(row["messages"], key=lambda each: str(each["datetime"]))
        texts = [str(each["details"]) for each in said]
        flags = [self._heard[each["_id"]] for each in said]
        marks = [found[0].strip() for text in texts if (found := _MARK.search(text))]
        names = {pair: name for line in self.lines for pair, name in _pairs(line).items()}
        return Shown(
            marks[0] if marks else "",
            str(row["name"]),
            said[-1]["state"],
            said[-1]["status"],
            tuple(_MARK.sub("", text).strip() for text in texts),
            over,
            str(row["_id"]),
            tuple(names[pair] for pair in row["infrastructure_affected"]),
            tuple(frozenset(k for k, on in each.items() if on == "1") for each in flags),
        )

    def _line(self, name: str, places: tuple[str, ...]) -> dict[str, Any]:
        containers = [
            {"_id": self._id(f"{name}/{place}"), "name": place, "location": place}
            for place in places
        ]
        return {
            "_id": self._id(name),
            "name": name,
            "position": len(containers),
            "hook_key": secret(f"hook-{name}"),  # a credential: must be nowhere in what ima says
            "statuspage": self.page,
            "containers": containers,
        }

    def _id(self, what: str) -> str:
        self._made += 1
        return hashlib.sha256(f"{what}{self._made}".encode()).hexdigest()[:24]

    def _now(self) -> str:
        self._made += 1
        start = datetime(2026, 3, 2, 12, tzinfo=UTC)
        now = self.clock() if self.clock else start
        now += timedelta(milliseconds=self._made)  # no two at the same time
        return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"


def _need(data: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if data.get(name) in (None, ""):
            raise Refused(f"Missing {name}")


def _pairs(line: Mapping[str, Any]) -> dict[str, str]:
    """Id and name of each part of a component."""
    return {
        f"{line['_id']}-{place['_id']}": f"{line['name']}/{place['name']}"
        for place in line["containers"]
    }
