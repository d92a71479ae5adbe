"""``make demo SERVICES=all`` says how everything stands at the end."""

from __future__ import annotations

import pytest

from tests import demo


def test_the_demo_with_all_services_shows_each_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main() == 0
    said = capsys.readouterr().out
    _, end = said.split("Where everything stands now:")
    for line in (
        "GitLab     #1 ApiErrors: closed, @erin, @ian, @cara",
        "PagerDuty  EOC erin was called; resolved",
        "status.io  Incident: API: resolved, 5 updates",
        "Slack      @sre-oncall is erin",
        "Google     #1 ApiErrors: https://",
    ):
        assert line in end
    assert "failed" not in said
    assert end.count("@advocates Incident #1: ApiErrors (S1, resolved)") == 2
