"""Posts of one incident, and the page of a status.io for tests that they go to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import requests

from automation.model.issue import Post
from automation.model.status_page import Notice
from automation.policy.outside_services import StatusPageSettings
from automation.policy.policy import Service
from automation.services.statusio.statusio import StatusIoPage, statusio_wire
from tests.counterparts.small import SmallServer
from tests.counterparts.statusio import ID, KEY
from tests.counterparts.statusio_page import PAGE

ISSUE = "https://forge.test/acme/site/-/issues/42"
AT = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
SERVICES = {
    "web": Service(name="web", component="Web"),
    "api": Service(name="api", component="api", container="main"),
    "git": Service(name="git", component="Git", container="SSH"),
}
SECRETS = (ID, KEY, "sekret")


def page(
    server: SmallServer,
    services: Any = None,
    id_: str = PAGE,
    key: str = KEY,
    timeout: float = 5,
) -> Any:
    """As a run opens it, at least a second after the one before."""
    server.seconds.sleep(1)
    how: dict[str, Any] = {"sleep": server.seconds.sleep, "ticks": server.seconds}
    wire = statusio_wire(lambda: ID, lambda: key, server.url, timeout=timeout, **how)
    settings = StatusPageSettings(kind="status.io", page=id_, host="status.acme.test")
    return StatusIoPage(wire, settings, services or SERVICES, "acme/site")


def notice(
    text: str = "Pages do not load.",
    state: str = "Investigating",
    status: str = "Service Disruption",
    services: tuple[str, ...] = ("web",),
    **more: Any,
) -> Notice:
    post = Post(AT, state, status, text, services, broadcast=("email", "slack"))
    more = {"title": "Incident: Web", "mark": ISSUE, **more}
    return Notice("#42", post, **more)


END = notice("All is well.", "Resolved", "Operational")


def pair(server: SmallServer, component: str, container: str = "Main") -> str:
    headers = {"x-api-id": ID, "x-api-key": KEY}
    url = f"{server.url}/v2/component/list/{PAGE}"
    server.seconds.sleep(1)
    rows = requests.get(url, headers=headers, timeout=5).json()["result"]
    line = next(row for row in rows if row["name"] == component)
    place = next(each for each in line["containers"] if each["name"] == container)
    return f"{line['_id']}-{place['_id']}"
