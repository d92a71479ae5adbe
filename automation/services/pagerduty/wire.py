"""Requests to PagerDuty's REST API v2, and what must be in its answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from automation.errors import ServiceError
from automation.http.answers import server_message
from automation.policy.outside_services import PagerSettings
from automation.services.wire import Secret, Wire

HOSTS = {"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}
AT_ONCE, PAGES = 100, 5  # entries of a page, pages that are read at most
TOKEN = "IMA_PAGERDUTY_TOKEN"  # noqa: S105 - its name
_REMEDIES = {
    400: "check `pager: {service, from}` and `roles.*.escalation`; `ima doctor` asks for each",
    401: f"set {TOKEN} to a REST API key of this account and region (`pager: {{region: eu}}`)",
    402: "the plan of this PagerDuty account does not have it",
    403: f"give the key in {TOKEN} full access: a read-only one cannot page",
    404: "check the ids in `pager.service`, `roles.*.schedule` and `roles.*.escalation`",
}


def pagerduty_wire(settings: PagerSettings, url: str, token: Secret, **how: Any) -> Wire:
    """The API at ``url``, or of the account's region."""

    def headers() -> dict[str, str]:
        return {
            "Authorization": f"Token token={token()}",
            "Accept": "application/vnd.pagerduty+json;version=2",
            "From": settings.sender,
        }

    return Wire("PagerDuty", url or HOSTS[settings.region], headers, remedies=_REMEDIES, **how)


def ask(wire: Wire, doing: str, path: str, key: str, query: Mapping[str, Any] | None = None) -> Any:
    """What is under ``key`` in the answer."""
    return value_under(wire, doing, wire.get(doing, path, query), key)


def ask_all(
    wire: Wire, doing: str, path: str, key: str, query: Mapping[str, Any] | None = None
) -> Iterable[dict[str, Any]]:
    """The entries under ``key``, page by page, as far as somebody reads on."""
    for page in range(PAGES):
        asked = {**(query or {}), "limit": AT_ONCE, "offset": page * AT_ONCE}
        answer = wire.get(doing, path, asked)
        entries = value_under(wire, doing, answer, key)
        if not isinstance(entries, list):
            refuse_answer(wire, doing, answer, key)
        yield from (entry for entry in entries if isinstance(entry, dict))
        if not answer.get("more"):
            return


def value_under(wire: Wire, doing: str, answer: Any, key: str) -> Any:
    """What is under ``key``; an answer without it is none, whatever its status."""
    if not isinstance(answer, dict) or key not in answer:
        refuse_answer(wire, doing, answer, key)
    return answer[key]


def refuse_answer(wire: Wire, doing: str, answer: Any, key: str) -> NoReturn:
    said = server_message(answer) if isinstance(answer, dict) and "error" in answer else ""
    why = f"it says {said!r}" if said else f"its answer has no `{key}`"
    raise ServiceError(
        f"pagerduty: {doing} failed: {why}",
        "check PagerDuty's address; if it is right, it is run again by the next run",
    )


def moment(value: object) -> datetime | None:
    """A time in UTC; None for what is none."""
    try:
        when = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def reference(value: object) -> dict[str, Any]:
    """Another thing that an entry names; an empty map where there is none."""
    return value if isinstance(value, dict) else {}
