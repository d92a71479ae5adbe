"""Prometheus: what a real one holds becomes verdicts; what a sick one says becomes a line."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.errors import PolicyError, ServiceError
from automation.model.issue import Sample
from automation.policy.outside_services import MetricsSettings
from automation.policy.policy import SLO, Policy, Queries, Service
from automation.policy.slo import judge
from automation.reconcile.observe import judge_services
from automation.services.opening import open_services
from automation.services.prometheus.prometheus import Prometheus, bearer, prometheus_wire
from automation.services.wire import TRIES
from automation.times.durations import Duration
from tests.build import at, policy
from tests.counterparts.messages import Answer, Request
from tests.counterparts.monitoring import PROGRAMS, Values, backfill, prometheus
from tests.counterparts.prometheus import Series
from tests.counterparts.prometheus import prometheus as prometheus_of
from tests.counterparts.small import SmallServer
from tests.leaks import secret

NOW = at(60)
TOKEN = secret("prometheus")
PASSWORD = secret("prometheus-password")
BAD, GOOD = 0.5, 0.0001
SERIES: Values = {
    'errors{type="good"}': [GOOD] * 12,
    'errors{type="out"}': [BAD] * 12,
    'errors{type="degraded"}': [0.0015] * 12,
    'errors{type="young"}': [GOOD, *[BAD] * 8],
    'errors{type="nan"}': [*[BAD] * 6, "NaN", *[BAD] * 5],
    'errors{type="gap"}': [*[BAD] * 5, None, None, *[BAD] * 5],
    'errors{type="stale"}': [*[BAD] * 12, None, None, None],
    'errors{type="two",part="a"}': [BAD] * 12,
    'errors{type="two",part="b"}': [GOOD] * 12,
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    backfill(folder, SERIES, NOW)
    with prometheus(folder) as url:
        yield url


def judged(url: str, query: str, **more: Any) -> tuple[str, str]:
    web = Service(name="web", slo=SLO(errors=0.001), metrics=Queries(errors=query))
    rules = replace(policy(), metrics=MetricsSettings(kind="prometheus"))
    samples = Prometheus(prometheus_wire(url, **more), rules.slo).samples([web], NOW)
    verdict = judge(web, samples.get("web", {}), rules, NOW)
    return verdict.word, verdict.figures[0].why


@pytest.mark.needs(*PROGRAMS[:2])
@pytest.mark.parametrize(
    ("query", "word", "why"),
    [
        ('errors{type="good"}', "operational", ""),
        ('errors{type="out"}', "outage", ""),
        ('errors{type="degraded"}', "degraded", ""),
        ('errors{type="young"}', "unknown", "cover less than 5m"),
        ('errors{type="nan"}', "unknown", "is no number"),
        ('errors{type="gap"}', "unknown", "too few samples"),
        ('errors{type="stale"}', "unknown", "stale"),
        ('errors{type="none"}', "unknown", "no samples"),
        ('errors{type="two"}', "unknown", "2 series, not one"),
        ('sum(errors{type="stale"})', "unknown", "record the expression as a rule"),
        ('errors{type=~"go{2}d"}', "operational", ""),
        ('{__name__="errors",type="out"}', "outage", ""),
        ("errors[5m]", "unknown", "no name with labels"),
        ("errors{type}", "unknown", "Prometheus does not take `services.web.metrics.errors`"),
    ],
)
def test_samples_of_a_real_prometheus_become_verdicts(
    real: str, query: str, word: str, why: str
) -> None:
    got, said = judged(real, query)
    assert got == word
    assert why in said


@pytest.fixture
def server() -> Iterator[SmallServer]:
    """Says that everything is out."""

    def answering(request: Request) -> Answer:
        now = float(request.query["time"][0])
        values = [[now - 30 * nth, str(BAD)] for nth in range(12)]
        data = {"resultType": "matrix", "result": [{"metric": {}, "values": values}]}
        return Answer(200, {"status": "success", "data": data})

    error = {"status": "error", "errorType": "internal", "error": "the store is closed"}
    with SmallServer(answering, error=error) as server:
        yield server


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (401, "401 Unauthorized"),
        (403, "403 Forbidden"),
        (404, "404 Not Found"),
        (429, "429 Too Many Requests"),
        (500, "500 Internal Server Error"),
        (503, "503 Service Unavailable"),
        ("hang", "no answer from"),
        ("reset", "the connection to"),
        ("half", "the connection to"),
        ("html", "sent a web page instead of data"),
    ],
)
def test_a_sick_prometheus_is_one_line_and_everything_is_unknown(
    server: SmallServer, how: Any, said: str
) -> None:
    server.fail("GET", "/api/v1/query", how=how, times=TRIES * 3)
    wire = prometheus_wire(server.url, bearer(lambda: TOKEN), timeout=0.3, sleep=lambda _: None)
    rules = asking()
    verdicts, findings = judge_services(Prometheus(wire, rules.slo), rules, NOW)
    assert {verdict.word for verdict in verdicts.values()} == {"unknown"}
    assert [said in finding.text for finding in findings] == [True]
    assert findings[0].failed
    assert TOKEN not in findings[0].text
    server.faults.clear()
    verdicts, findings = judge_services(
        Prometheus(prometheus_wire(server.url), rules.slo), rules, NOW
    )
    assert findings == []
    assert {verdict.word for verdict in verdicts.values()} == {"outage"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"status": "error", "error": "the store is closed"}, "says: the store is closed"),
        ({"status": "success", "data": {"resultType": "vector", "result": []}}, "no series"),
        ({"status": "success", "data": {}}, "answers oddly: "),
        ({"status": "success"}, "answers oddly: "),
        ([], "answers oddly: "),
        (None, "answers oddly: "),
        (
            {"status": "success", "data": {"resultType": "matrix", "result": [{"values": 7}]}},
            "answers oddly: ",
        ),
    ],
)
def test_an_answer_of_another_form_is_unknown(body: Any, why: str) -> None:
    with SmallServer(lambda request: Answer(200, body)) as server:
        got, said = judged(server.url, "errors")
    assert got == "unknown"
    assert why in said


def test_it_asks_once_for_each_query_with_what_it_was_told(server: SmallServer) -> None:
    rules = asking()
    wire = prometheus_wire(server.url, bearer(lambda: TOKEN), "acme")
    judge_services(Prometheus(wire, rules.slo), rules, NOW)
    assert len(server.log) == 2
    for logged in server.log:
        assert logged.headers["authorization"] == f"Bearer {TOKEN}"
        assert logged.headers["x-scope-orgid"] == "acme"
    assert TOKEN not in repr(wire)


def test_a_mimir_is_asked_for_its_tenant_and_may_be_a_minute_late(tmp_path: Path) -> None:
    user = base64.b64encode(f"ima:{PASSWORD}".encode()).decode()
    asks_for = {"authorization": f"Basic {user}", "x-scope-orgid": "acme"}
    series = Series(asks_for, timedelta(minutes=1))
    series.held = {
        n: [Sample(NOW - timedelta(seconds=30 * i), BAD) for i in range(20)] for n in "ea"
    }
    given = {"IMA_PROMETHEUS_USER": "ima", "IMA_PROMETHEUS_PASSWORD": PASSWORD}
    with prometheus_of(series) as server:
        for lag, tenant, word in [
            ("1m", "acme", "outage"),
            ("1s", "acme", "unknown"),
            ("1m", "", "unknown"),
        ]:
            rules = asking(server.url, tenant)
            rules = replace(rules, slo=replace(rules.slo, lag=Duration.parse(lag)))
            services = open_services(rules, tmp_path, lambda: NOW, given)
            found, _ = judge_services(services.metrics, rules, NOW + timedelta(seconds=29))
            assert found["web"].word == word, (lag, tenant)
            assert PASSWORD not in repr(services)
            assert user not in repr(services)


@pytest.mark.parametrize(
    ("environment", "error"),
    [
        ({"IMA_PROMETHEUS_USER": "ima"}, "IMA_PROMETHEUS_PASSWORD is not set"),
        ({"IMA_PROMETHEUS_PASSWORD": PASSWORD}, "IMA_PROMETHEUS_USER is not set"),
        ({"IMA_PROMETHEUS_USER": "a:b", "IMA_PROMETHEUS_PASSWORD": PASSWORD}, "has a colon"),
    ],
)
def test_half_a_login_is_said(tmp_path: Path, environment: dict[str, str], error: str) -> None:
    rules = asking("https://prometheus.test")
    with pytest.raises(ServiceError, match=error):
        open_services(rules, tmp_path, lambda: NOW, environment).metrics.samples(
            rules.services.values(), NOW
        )


def test_a_password_goes_over_an_encrypted_line_only(tmp_path: Path) -> None:
    given = {"IMA_PROMETHEUS_USER": "ima", "IMA_PROMETHEUS_PASSWORD": PASSWORD}
    with pytest.raises(PolicyError, match="is no https address"):
        open_services(asking("http://prometheus.test"), tmp_path, lambda: NOW, given)


def asking(url: str = "", tenant: str = "") -> Policy:
    slo, metrics = SLO(errors=0.001, apdex=0.9), Queries(errors="e", apdex="a")
    web = Service(name="web", slo=slo, metrics=metrics)
    settings = MetricsSettings(kind="prometheus", url=url, tenant=tenant)
    return replace(policy(), metrics=settings, services={"web": web})


@pytest.mark.parametrize(
    ("url", "environment", "error"),
    [
        ("http://prometheus.test", {"IMA_PROMETHEUS_TOKEN": TOKEN}, "is no https address"),
        ("prometheus.test", {}, "is no address"),
        ("", {}, "is no address"),
        ("https://prometheus.test", {"IMA_PROMETHEUS_TOKEN": "a b"}, "characters"),
    ],
)
def test_what_cannot_be_asked_is_said(
    tmp_path: Path, url: str, environment: Mapping[str, str], error: str
) -> None:
    with pytest.raises((PolicyError, ServiceError), match=error):
        open_services(asking(url), tmp_path, lambda: NOW, environment).metrics.samples(
            asking().services.values(), NOW
        )


@pytest.mark.parametrize("environment", [{}, {"IMA_PROMETHEUS_TOKEN": TOKEN}])
def test_the_address_may_come_from_the_environment(
    tmp_path: Path, server: SmallServer, environment: Mapping[str, str]
) -> None:
    more = {"IMA_PROMETHEUS_URL": server.url, **environment}
    services = open_services(asking(), tmp_path, lambda: NOW, more)
    assert (
        judge_services(services.metrics, asking(), NOW + timedelta(hours=1))[0]["web"].word
        == "outage"
    )
