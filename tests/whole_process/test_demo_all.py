"""``make demo SERVICES=all`` says how everything stands at the end."""

from __future__ import annotations

import pytest

from tests import demo


def test_the_demo_with_all_services_shows_each_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main() == 0
    said = capsys.readouterr().out
    played, end = said.split("Where everything stands now:")
    assert "PagerDuty calls somebody: erin for Apdex of the API below its SLO" in played
    assert played.index("PagerDuty calls") < played.index("Alertmanager tells of alerts: ApiErrors")
    for line in (
        "GitLab     #1 Apdex of the API below its SLO: closed, @erin, @ian, @cara",
        "PagerDuty  its own for API: Apdex of the API below its SLO; resolved",
        "PagerDuty  IMOC ian was called; resolved",
        "status.io  Incident: API: resolved, 5 updates",
        "Slack      @sre-oncall is erin",
        "Google     #1 Apdex of the API below its SLO: https://",
    ):
        assert line in end
    assert "EOC erin was called" not in end, "nobody is paged twice"
    assert "failed" not in said
    assert end.count("Incident #1: Apdex of the API below its SLO (S1, resolved)") == 2
    assert end.count("@advocates Incident #1") == 1, "they are told once, in the chat's channel"
