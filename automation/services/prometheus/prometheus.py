"""Prometheus, and what speaks like it (Mimir, Thanos): raw samples by instant queries.

Raw, because anything that is computed (an expression, a subquery, `query_range`) goes on with
the last value of a series that is gone for five minutes, which is as long as our window.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from automation.errors import ServiceError
from automation.http.answers import Refusal, server_message
from automation.http.known_secrets import Secret
from automation.http.shapes import YEARS, Odd, anything, listed, record, text
from automation.model.issue import Sample, Unmeasured
from automation.policy.policy import Service, Verdicts
from automation.policy.slo import NO_SELECTOR, is_selector
from automation.services import MetricsAbilities
from automation.services.wire import Wire

MEASURES = ("errors", "apdex")
AT_ONCE = 5  # queries
_WRONG = (400, 422)  # of this query; anything else is about all of them
_REMEDIES = {
    401: "set IMA_PROMETHEUS_TOKEN to a token that may read, or IMA_PROMETHEUS_USER and"
    " IMA_PROMETHEUS_PASSWORD; for Mimir `metrics: {tenant: …}`",
    403: "let the account of IMA_PROMETHEUS_TOKEN or _USER read, or set `metrics: {tenant: …}`",
    404: "check `metrics: {url: …}`: it is the address before /api/v1",
}


def bearer(token: Secret) -> Secret:
    """The authorization with a token."""
    return lambda: f"Bearer {token()}"


def basic(user: Secret, password: Secret) -> Secret:
    """The authorization with a name and a password. The functions raise ServiceError."""

    def told() -> str:
        name = user()
        if ":" in name:
            raise ServiceError(
                "prometheus: the name in IMA_PROMETHEUS_USER has a colon, which none may have",
                "set it to the name alone, and IMA_PROMETHEUS_PASSWORD to the password",
            )
        return f"Basic {b64encode(f'{name}:{password()}'.encode()).decode()}"

    return told


def prometheus_wire(
    url: str, authorization: Secret | None = None, tenant: str = "", **how: Any
) -> Wire:
    """A connection to the API at ``url``, with what it wants as authorization, such as "Bearer …",
    and the tenant."""
    asked_for = {"X-Scope-OrgID": tenant} if tenant else {}

    def headers() -> dict[str, str]:
        return {"Authorization": authorization(), **asked_for} if authorization else asked_for

    return Wire("Prometheus", url, headers, remedies=_REMEDIES, **how)


class Prometheus:
    """Samples of the services' queries, over a little more than the window of ``rule``."""

    can: ClassVar = MetricsAbilities()

    def __init__(self, wire: Wire, rule: Verdicts) -> None:
        self._wire, self._rule = wire, rule

    def samples(
        self, services: Iterable[Service], now: datetime
    ) -> Mapping[str, Mapping[str, Sequence[Sample] | Unmeasured]]:
        """See `Metrics.samples`. Each query is one request; several are made at once."""
        from concurrent.futures import ThreadPoolExecutor

        asked = [(each, name) for each in services for name in MEASURES if each.queries.get(name)]
        found: dict[str, dict[str, Sequence[Sample] | Unmeasured]] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = pool.map(lambda each: self._measured(each[0], each[1], now), asked)
            for (service, name), answer in zip(asked, answers, strict=True):
                found.setdefault(service.name, {})[name] = answer
        return found

    def _measured(
        self, service: Service, name: str, now: datetime
    ) -> Sequence[Sample] | Unmeasured:
        query = service.queries[name]
        if not is_selector(query):
            return Unmeasured(f"`services.{service.name}.metrics.{name}` is {NO_SELECTOR}")
        try:
            doing = f"asking for the {name} of {service.name}"
            answer = self._wire.get(doing, "/api/v1/query", anything, self._asked(query, now))
        except Refusal as refusal:
            if refusal.failure.status not in _WRONG:
                raise
            where = f"`services.{service.name}.metrics.{name}`"
            return Unmeasured(f"Prometheus does not take {where}: {refusal.failure.said}")
        return _samples(answer)

    def _asked(self, query: str, now: datetime) -> dict[str, str]:
        interval = max(1, round(self._rule.interval.length.total_seconds()))
        late = round(self._rule.lag.length.total_seconds())
        span = round(self._rule.window.length.total_seconds()) + late + 3 * interval
        when = f"{now.timestamp():.3f}"
        return {"query": f"{query.strip()}[{span}s]", "time": when, "timeout": "10s"}


def _samples(answer: Any) -> Sequence[Sample] | Unmeasured:
    """The values of the single series that a query may give."""
    try:
        if _STATUS(answer)["status"] != "success":
            return Unmeasured(f"Prometheus says: {server_message(answer)}")
        if _KIND(answer)["data"]["resultType"] != "matrix":
            return Unmeasured("the query gives no series")
        series = _SERIES(answer)["data"]["result"]
    except Odd as odd:
        return Unmeasured(f"Prometheus answers oddly: {odd}")
    if len(series) > 1:
        return Unmeasured(f"the query gives {len(series)} series, not one: narrow it, or sum")
    return [sample for each in series for sample in each["values"]]


def _sample(value: Any) -> Sample:
    """A pair of an answer: seconds since 1970, and a number as text."""
    if type(value) is not list or len(value) != 2 or type(value[0]) not in (int, float):
        raise Odd("a time and a value", value)
    try:
        at = datetime.fromtimestamp(value[0], UTC)
        measured = float(text(value[1]))
    except (OverflowError, OSError, ValueError):
        raise Odd("a time and a value", value) from None
    if at.year not in YEARS:
        raise Odd("a time and a value", value)
    return Sample(at, measured)


_STATUS = record(status=text)
_KIND = record(data=record(resultType=text))
_SERIES = record(data=record(result=listed(record(values=listed(_sample)))))
