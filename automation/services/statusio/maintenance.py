"""Planned work on a page of status.io: scheduled, started, finished; found again by its mark.

Its times cannot be changed there once it is scheduled: a message says the new ones. What is called
off before it began is told so and taken off the page. The times are sent in UTC, without a zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from automation.http.shapes import Shape, name, nothing
from automation.model.maintenance import CANCELLED, IN_PROGRESS
from automation.model.status_page import Notice, PageIncident, PageMessage
from automation.services.statusio import vocabulary as words
from automation.services.statusio.rows import WORKS
from automation.services.wire import part

Result = Callable[..., Any]
ACTIVE, UPCOMING, RESOLVED = (
    "active_maintenances",
    "upcoming_maintenances",
    "resolved_maintenances",
)
_LEADS_TO = {"schedule": UPCOMING, "start": ACTIVE, "finish": RESOLVED}  # by what is posted
SUBJECT = "Maintenance Notification"  # of its e-mails


class PlannedWork:
    """The planned work of one page."""

    def __init__(self, result: Result, page: str) -> None:
        self._result, self._page = result, page
        self._upcoming: frozenset[str] = frozenset()  # has not begun there
        self.ids: set[str] = set()  # what we know to be planned work
        self._listed: dict[str, list[dict[str, Any]]] | None = None  # as the page shows them now

    def find(self, notice: Notice) -> PageIncident | None:
        """The planned work of an issue on the page: what is not over, else the last; None without
        any."""
        doing = f"looking for {notice.ref} on the page"
        if self._listed is None:
            self._listed = self._result(
                "get", doing, f"/maintenance/list/{part(self._page)}", WORKS
            )
        answer = self._listed
        self._upcoming = frozenset(str(row["_id"]) for row in answer[UPCOMING])
        mark = re.compile(re.escape(notice.mark) + r"(?!\w)")
        ours = [
            self._shown(row, kind == RESOLVED, notice)
            for kind in (ACTIVE, UPCOMING, RESOLVED)
            for row in answer[kind]
            if any(mark.search(str(each.get("details") or "")) for each in row["messages"] or ())
        ]
        return next((each for each in ours if not each.over), ours[-1] if ours else None)

    def _shown(self, row: Mapping[str, Any], over: bool, notice: Notice) -> PageIncident:
        """The incident on the page with its messages. Until the work is started there, nothing
        counts as said."""
        id_ = str(row["_id"])
        self.ids.add(id_)
        texts = [str(each.get("details") or "") for each in row["messages"] or ()]
        if notice.post.state == IN_PROGRESS and id_ in self._upcoming:
            texts = []
        said = [PageMessage(notice.post.state, notice.post.status, text) for text in texts]
        return PageIncident(id_, str(row.get("name") or ""), notice.ref, over, tuple(said))

    def create(self, notice: Notice, affected: list[str]) -> str:
        """Schedule the work and, where its time has come, start it; returns its id. Work that was
        called off is not shown."""
        if notice.post.state == CANCELLED or notice.window is None:
            return ""
        start, end = notice.window.start, notice.window.end
        told = "1" if notice.post.broadcast else "0"
        data = {
            "statuspage_id": self._page,
            "infrastructure_affected": affected,
            "all_infrastructure_affected": "0" if notice.post.services else "1",
            "automation": "0",
            "maintenance_name": notice.title,
            "maintenance_details": words.details(notice),
            "date_planned_start": f"{start:%m/%d/%Y}",
            "time_planned_start": f"{start:%H:%M}",
            "date_planned_end": f"{end:%m/%d/%Y}",
            "time_planned_end": f"{end:%H:%M}",
            "maintenance_notify_now": told,
            "maintenance_notify_1_hr": "0",
            "maintenance_notify_24_hr": "0",
            "maintenance_notify_72_hr": "0",
            "message_subject": SUBJECT,
        }
        made = str(self._post("schedule", "", notice, data, name))
        self.ids.add(made)
        self._upcoming |= {made}
        if notice.post.state == IN_PROGRESS:
            self._say("start", made, notice)
        return made

    def update(self, shown: str, notice: Notice) -> None:
        begins = notice.post.state == IN_PROGRESS and shown in self._upcoming
        self._say("start" if begins else "update", shown, notice)

    def resolve(self, shown: str, notice: Notice) -> None:
        if shown and notice.post.state == CANCELLED and shown in self._upcoming:
            self._say("update", shown, notice)
            data = {"statuspage_id": self._page, "maintenance_id": shown}
            self._post("delete", shown, notice, data)
        elif shown:
            if shown in self._upcoming:  # only what has begun can be finished there
                self._say("start", shown, notice)
            self._say("finish", shown, notice)

    def _say(self, verb: str, shown: str, notice: Notice) -> None:
        if verb == "start":
            self._upcoming -= {shown}
        data = {
            "statuspage_id": self._page,
            "maintenance_id": shown,
            "maintenance_details": words.details(notice),
            **words.flags(notice.post.broadcast),
            "message_subject": SUBJECT,
        }
        self._post(verb, shown, notice, data)

    def _post(
        self, verb: str, shown: str, notice: Notice, data: dict[str, Any], shape: Shape = nothing
    ) -> Any:
        """The result of a post. Where it is not known whether it was made, the lists are asked for
        again before anything else is."""
        before, self._listed = self._listed, None
        doing, path = f"publishing {notice.ref}", f"/maintenance/{verb}"
        made = self._result("post", doing, path, shape, data)
        if before is not None:
            self._listed = _lists_after(before, verb, shown or str(made), notice)
        return made


def _lists_after(
    before: Mapping[str, list[dict[str, Any]]], verb: str, id_: str, notice: Notice
) -> dict[str, list[dict[str, Any]]]:
    """The lists of the page after a post on the work with this id."""
    stood = next((kind for kind, rows in before.items() for row in rows if row["_id"] == id_), "")
    row = next((row for row in before.get(stood, ()) if row["_id"] == id_), {"messages": ()})
    after = {kind: [row for row in rows if row["_id"] != id_] for kind, rows in before.items()}
    if verb != "delete":
        said = [*(row["messages"] or ()), {"details": words.details(notice)}]
        after[_LEADS_TO.get(verb, stood or ACTIVE)] += [
            {"_id": id_, "name": notice.title, "messages": said}
        ]
    return after
