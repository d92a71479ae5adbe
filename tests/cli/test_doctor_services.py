"""`ima doctor` really asks Slack, Google and Prometheus."""

from __future__ import annotations

from datetime import timedelta

import pytest

from automation.model.issue import Sample
from tests.counterparts.google import FOLDER, TEMPLATE, GoogleServer
from tests.counterparts.prometheus import Series, prometheus
from tests.counterparts.slack import SlackServer
from tests.counterparts.slack_parts import TOKEN, Channel

from .conftest import POLICY, START, Ima, Result
from .test_doctor import with_environment

SLACK = """
chat: {kind: slack, channel: "#production", groups: {advocates: "@advocates"}}
stakeholders: C0MANAGERS
people: {erin: {chat: U0ERIN}, ian: {chat: U0IAN}, cara: {chat: U0CARA}, sam: {chat: U0SAM}}
"""
GOOGLE = f"documents: {{kind: google, template: {TEMPLATE}, folder: {FOLDER}}}\n"


def test_slack_in_order_and_not(ima: Ima) -> None:
    ima.policy(f"{POLICY}{SLACK}")
    with SlackServer(channels=[f"c{n}" for n in range(1001)]) as server:
        keys = {"IMA_SLACK_TOKEN": TOKEN, "IMA_SLACK_URL": f"{server.url}/api"}
        server.channels += [
            Channel("C0PRODUCTION", "production"),
            Channel("C0MANAGERS", "managers"),
        ]
        done = with_environment(ima, **keys)("doctor")
        assert done.code == 0, done.out
        for said in ("ima in Acme", "we are in #production", "we are in C0MANAGERS", "there (1)"):
            assert said in done.out
        server.channels[-2].member, server.channels[-1].archived = False, True
        server.teams.clear()
        ima.policy(f"{POLICY}{SLACK}".replace("ian: {chat: U0IAN}", "ian: {}"))
        done = with_environment(ima, **keys)("doctor")
        assert done.code == 3
        for said in (
            "! chat       we are not in #production\n",
            "! chat       C0MANAGERS is archived\n",
            "! chat       there is no user group advocates\n",
            "! chat       nobody knows who @ian is there\n",
            "set `people.ian.chat`",
        ):
            assert said in done.out
        server.channels.clear()
        server.scopes -= {"usergroups:read"}
        done = with_environment(ima, **keys)("doctor")
        assert "! chat       there is no channel #production\n" in done.out
        assert "! chat       there is no channel C0MANAGERS\n" in done.out
        assert "? chat       the groups: missing_scope: usergroups:read\n" in done.out
        server.scopes -= {"channels:read"}
        done = with_environment(ima, **keys)("doctor")
        assert "? chat       the channel #production: missing_scope: channels:read\n" in done.out
        assert server.errors == []


@pytest.mark.parametrize(
    ("token", "said"),
    [("sekret-of-nobody", "slack: asking who we are failed: invalid_auth"), ("", "is not set")],
)
def test_slack_with_a_wrong_token_and_with_none(ima: Ima, token: str, said: str) -> None:
    ima.policy(f"{POLICY}{SLACK}")
    with SlackServer() as server:
        keys = {"IMA_SLACK_URL": f"{server.url}/api"} | (
            {"IMA_SLACK_TOKEN": token} if token else {}
        )
        done = with_environment(ima, **keys)("doctor")
    assert done.code == 1
    assert said in done.out
    assert "sekret" not in done.out


def test_google_in_order_and_not(ima: Ima) -> None:
    ima.policy(f"{POLICY}{GOOGLE}")
    with GoogleServer() as server:
        keys = {"IMA_GOOGLE_URL": server.url, "IMA_GOOGLE_CREDENTIALS": server.credentials()}
        asking = with_environment(ima, **keys)
        assert "✓ documents  the template can be copied into the folder\n" in asking("doctor").out
        assert server.documents() == []
        server.shared = False
        done = with_environment(ima, **keys)("doctor")
        assert done.code == 3
        assert "! documents  google: `documents.folder` is in no shared drive\n" in done.out
        server.visible = False
        done = with_environment(ima, **keys)("doctor")
        assert "404 Not Found (File not found: template-1.)\n" in done.out
        assert "let the account itself make the template" in done.out
        server.fail("GET", "/files/", how="html")
        assert with_environment(ima, **keys)("doctor").code == 1
        ima.policy(f"{POLICY}{GOOGLE}".replace(TEMPLATE, FOLDER))
        server.faults.clear()
        done = with_environment(ima, **keys)("doctor")
        assert "! documents  google: `documents.template` is no document\n" in done.out


def test_a_doctor_without_them_asks_neither(ima: Ima) -> None:
    done = ima("doctor")
    for about in ("chat", "documents", "metrics", "status page", "pager"):
        assert about not in done.out


METRICS = """
metrics: {kind: prometheus}
services:
  web: {slo: {errors: 0.001, apdex: 0.95}, metrics: {errors: 'errors{type="web"}', apdex: apdex}}
  api: {slo: {errors: 0.001}, metrics: {errors: 'errors{type="api"}', apdex: apdex}}
  git: {metrics: {errors: null, apdex: null}}
  pages: {metrics: {errors: null, apdex: null}}
  registry: {metrics: {errors: null, apdex: null}}
"""


def measured(value: float) -> list[Sample]:
    return [Sample(START - timedelta(seconds=30 * nth), value) for nth in range(12)]


def test_prometheus_is_asked_for_each_figure(ima: Ima) -> None:
    ima.policy(f"{POLICY}{METRICS}")
    series = Series()
    series.held = {'errors{type="web"}': measured(0), "apdex": measured(0.99)}
    with prometheus(series) as server:

        def doctor() -> Result:
            ima.session = ima.fresh()
            return with_environment(ima, IMA_PROMETHEUS_URL=server.url)("doctor")

        done = doctor()
        assert done.code == 3
        assert "✓ metrics    measured: web (operational)\n" in done.out
        assert "! metrics    of api we do not know all (error ratio: no samples)\n" in done.out
        assert "what is in `services.api.metrics`" in done.out
        series.held['errors{type="api"}'] = measured(0.5)
        done = doctor()
        assert done.code == 0
        assert "✓ metrics    measured: web (operational), api (outage)\n" in done.out
        server.fail("GET", "/api/v1/query", how=401, times=99)
        done = doctor()
        assert done.code == 1
        assert "✗ metrics    prometheus: asking for the " in done.out
        assert "set IMA_PROMETHEUS_TOKEN to a token that may read" in done.out
        assert done.out.count(" metrics ") == 1


def test_metrics_of_a_file_and_of_nothing(ima: Ima) -> None:
    ima.policy(f"{POLICY}\nmetrics: {{kind: file}}\n")
    done = ima("doctor")
    assert "! metrics    of web we do not know all (error ratio: no samples, apdex: " in done.out
    assert "let something write it to .ima/samples.json every 30s" in done.out
    nothing = METRICS.replace("slo: {errors: 0.001}, ", "").replace("apdex: apdex", "apdex: null")
    nothing = nothing.replace("""'errors{type="web"}'""", "null").replace(
        """'errors{type="api"}'""", "null"
    )
    ima.policy(f"{POLICY}{nothing}")
    done = with_environment(ima, IMA_PROMETHEUS_URL="https://prometheus.invalid")("doctor")
    assert "! metrics    no service has an SLO with a figure to hold against it\n" in done.out
