"""The planned work on the status.io for tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

UPCOMING, ACTIVE, RESOLVED = (
    "upcoming_maintenances",
    "active_maintenances",
    "resolved_maintenances",
)
_DAY, _HOUR = r"[01]\d/[0-3]\d/\d{4}", r"[0-2]\d:[0-5]\d"
_FORMS = {
    "date_planned_start": _DAY,
    "time_planned_start": _HOUR,
    "date_planned_end": _DAY,
    "time_planned_end": _HOUR,
    "maintenance_notify_now": "[01]",
    "maintenance_notify_1_hr": "[01]",
    "maintenance_notify_24_hr": "[01]",
    "maintenance_notify_72_hr": "[01]",
    "automation": "[01]",
}


class Works:
    """Scheduled, started, finished. ``refuse`` makes the error of a request that is wrong."""

    def __init__(self, refuse: Callable[[str], Exception], id_: Callable[[str], str]) -> None:
        self._refuse, self._id = refuse, id_
        self.rows: dict[str, tuple[str, dict[str, Any]]] = {}  # by id: where it stands, and it
        self.deleted: list[dict[str, Any]] = []

    def listed(self) -> dict[str, list[dict[str, Any]]]:
        kinds: dict[str, list[dict[str, Any]]] = {UPCOMING: [], ACTIVE: [], RESOLVED: []}
        for kind, row in self.rows.values():
            kinds[kind].append(row)
        return kinds

    def schedule(self, data: Mapping[str, Any]) -> str:
        self._need(data, "maintenance_name", "maintenance_details", *_FORMS)
        for name, form in _FORMS.items():
            if not re.fullmatch(form, str(data[name])):
                raise self._refuse(f"Invalid {name}")
        if not data.get("infrastructure_affected"):
            raise self._refuse("Invalid infrastructure_affected")
        id_ = self._id("maintenance")
        row = {"_id": id_, "name": data["maintenance_name"], "messages": [], "asked": dict(data)}
        self.rows[id_] = (UPCOMING, row)
        self._says(row, data)
        return id_

    def start(self, data: Mapping[str, Any]) -> bool:
        return self._moves(data, (UPCOMING,), ACTIVE)

    def update(self, data: Mapping[str, Any]) -> bool:
        return self._moves(data, (UPCOMING, ACTIVE), "")

    def finish(self, data: Mapping[str, Any]) -> bool:
        return self._moves(data, (ACTIVE,), RESOLVED)

    def delete(self, data: Mapping[str, Any]) -> bool:
        self.deleted.append(self._found(data)[1])
        del self.rows[str(data["maintenance_id"])]
        return True

    def _moves(self, data: Mapping[str, Any], where: tuple[str, ...], to: str) -> bool:
        self._need(data, "maintenance_details", "notify_email", "social")
        kind, row = self._found(data)
        if kind not in where:
            raise self._refuse("Invalid maintenance state")
        self.rows[row["_id"]] = (to or kind, row)
        self._says(row, data)
        return True

    def _says(self, row: dict[str, Any], data: Mapping[str, Any]) -> None:
        message = {"_id": self._id("message"), "details": data["maintenance_details"]}
        row["messages"].insert(0, message)

    def _found(self, data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        try:
            return self.rows[str(data.get("maintenance_id"))]
        except KeyError:
            raise self._refuse("Maintenance not found") from None

    def _need(self, data: Mapping[str, Any], *names: str) -> None:
        for name in names:
            if data.get(name) in (None, ""):
                raise self._refuse(f"Missing {name}")
