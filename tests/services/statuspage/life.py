"""Posts of one incident, and the page of a Statuspage for tests that they go to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from automation.model.issue import Post
from automation.model.maintenance import Window
from automation.model.status_page import Notice
from automation.policy.outside_services import StatusPageSettings
from automation.policy.policy import Service
from automation.services.statuspage.statuspage import StatuspagePage, statuspage_wire
from tests.counterparts.small import SmallServer
from tests.counterparts.statuspage import KEY, PAGE

AT = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
SERVICES = {
    "web": Service(name="web", component="Web"),
    "api": Service(name="api", component="api"),
    "git": Service(name="git", component="Git", container="SSH"),
}
WINDOW = Window(
    datetime(2026, 3, 2, 22, tzinfo=UTC), datetime(2026, 3, 3, 1, 30, tzinfo=UTC), ("api",)
)


def page(server: SmallServer, services: Any = None, **more: Any) -> Any:
    """As a run opens it."""
    server.seconds.sleep(1)
    key, host = more.get("key", KEY), more.get("host", "")
    how: dict[str, Any] = {"sleep": server.seconds.sleep, "ticks": server.seconds}
    wire = statuspage_wire(lambda: key, server.url, timeout=more.get("timeout", 5), **how)
    settings = StatusPageSettings(kind="statuspage", page=more.get("id_", PAGE), host=host)
    return StatuspagePage(wire, settings, services or SERVICES, "acme/site")


def notice(
    text: str = "Pages do not load.",
    state: str = "Investigating",
    status: str = "Service Disruption",
    services: tuple[str, ...] = ("web",),
    **more: Any,
) -> Notice:
    broadcast = more.pop("broadcast", ("email",))
    post = Post(AT, state, status, text, services, broadcast=broadcast)
    more = {"title": "Service Disruption: Web", "mark": "Reference: 42-1f0c9a3e", **more}
    return Notice(more.pop("ref", "#42"), post, **more)


END = notice("All is well.", "Resolved", "Operational")


def work(state: str, text: str, window: Window = WINDOW) -> Notice:
    status = "Maintenance" if state == "In progress" else "Operational"
    made = notice(text, state, status, services=("api",), title="Maintenance: API")
    return replace(made, window=window)
