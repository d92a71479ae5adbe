"""Requests to PagerDuty's REST API v2, and what must be in its answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from automation.errors import ServiceError
from automation.http.answers import server_message
from automation.http.known_secrets import Secret
from automation.http.shapes import Shape, anything, flag, listed, maybe, record
from automation.policy.outside_services import PagerSettings
from automation.services.pagerduty.rows import WRITTEN
from automation.services.wire import Wire

HOSTS = {"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}
PAGE_SIZE, MOST_PAGES = 100, 5  # entries of a page, pages that are read at most
TOKEN = "IMA_PAGERDUTY_TOKEN"  # noqa: S105 - its name
OAUTH_TOKEN = "IMA_PAGERDUTY_OAUTH_TOKEN"  # noqa: S105 - its name
_REMEDIES = {
    400: "check `pager: {service, from}` and `roles.*.escalation`; `ima doctor` asks for each",
    401: f"set {TOKEN} to a REST API key of this account and region (`pager: {{region: eu}}`)",
    402: "the plan of this PagerDuty account does not have it",
    403: f"give the key in {TOKEN} full access: a read-only one cannot page",
    404: "check the ids in `pager.service`, `roles.*.schedule` and `roles.*.escalation`",
}


_REMEDIES_OF_OAUTH = _REMEDIES | {
    401: f"set {OAUTH_TOKEN} to a new token: each ends after a time (docs/services.md)",
    403: f"give the app of the token in {OAUTH_TOKEN} the scopes that docs/services.md lists",
}


def pagerduty_wire(
    settings: PagerSettings, url: str, token: Secret, *, oauth: bool = False, **how: Any
) -> Wire:
    """A connection to the API at ``url``, or to that of the account's region. ``oauth``: the token
    is a scoped one of OAuth, and no API key."""
    remedies = _REMEDIES_OF_OAUTH if oauth else _REMEDIES

    def headers() -> dict[str, str]:
        return {
            "Authorization": f"Bearer {token()}" if oauth else f"Token token={token()}",
            "Accept": "application/vnd.pagerduty+json;version=2",
            "From": settings.sender,
        }

    return Wire("PagerDuty", url or HOSTS[settings.region], headers, remedies=remedies, **how)


def ask(wire: Wire, doing: str, path: str, key: str, shape: Shape) -> Any:
    """What stands under ``key`` in the answer, read by its ``shape``. Raises ServiceError."""
    return _read(wire, doing, wire.get(doing, path, anything), key, shape)[key]


def ask_all(
    wire: Wire,
    doing: str,
    path: str,
    key: str,
    shape: Shape,
    query: Mapping[str, Any] | None = None,
) -> Iterable[dict[str, Any]]:
    """The entries under ``key``, each read by its ``shape``. Pages are asked for as far as somebody
    reads on. Raises ServiceError."""
    for page in range(MOST_PAGES):
        asked = {**(query or {}), "limit": PAGE_SIZE, "offset": page * PAGE_SIZE}
        answer = wire.get(doing, path, anything, asked)
        found = _read(wire, doing, answer, key, listed(shape))
        yield from found[key]
        if not found["more"]:
            return


def check_made(wire: Wire, doing: str, answer: Any, key: str) -> dict[str, Any]:
    """What was written, which stands under ``key``. Raises ServiceError where the answer has no
    such key, whatever its status."""
    made: dict[str, Any] = _read(wire, doing, answer, key, WRITTEN, writes=True)[key]
    return made


def _read(
    wire: Wire, doing: str, answer: Any, key: str, shape: Shape, *, writes: bool = False
) -> dict[str, Any]:
    if isinstance(answer, dict) and key not in answer and "error" in answer:
        raise ServiceError(
            f"pagerduty: {doing} failed: it says {server_message(answer)!r}",
            "check PagerDuty's address; if it is right, it is run again by the next run",
        )
    whole = record(more=maybe(flag), **{key: shape})
    found: dict[str, Any] = wire.shaped(doing, answer, whole, writes=writes)
    return found


def moment(value: object) -> datetime | None:
    """A time in UTC; None for anything else."""
    try:
        when = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def reference(value: object) -> dict[str, Any]:
    """Another object that an entry refers to; an empty map where there is none."""
    return value if isinstance(value, dict) else {}
