"""What is done for nobody is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automation.doctor.reach import reaching_nobody
from automation.policy.outside_services import ChatSettings, PagerSettings
from automation.policy.policy import Policy, TrackerSettings
from tests.worlds import shipped

FORGE = TrackerSettings(kind="gitlab", project="acme/production")
PAGER = PagerSettings(kind="pagerduty", service="P1")
CHAT = ChatSettings(kind="slack", channel="#production")


def on(**changes: object) -> Policy:
    return replace(shipped().policy(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "file", "job", "said"),
    [
        pytest.param(on(tracker=FORGE, pager=PAGER, chat=CHAT), True, True, [], id="all is there"),
        pytest.param(on(), True, False, [], id="a first try on one's own machine"),
        pytest.param(on(), True, True, ["tracker"], id="a file in a job"),
        pytest.param(on(), False, True, ["policy", "tracker"], id="no policy where the job runs"),
        pytest.param(
            on(tracker=FORGE, chat=CHAT), True, True, ["pager"], id="a pager that is a log"
        ),
        pytest.param(
            on(tracker=FORGE, pager=PAGER), True, True, ["chat"], id="a chat that is a file"
        ),
    ],
)
def test_what_reaches_nobody(policy: Policy, file: bool, job: bool, said: list[str]) -> None:
    assert [line.about for line in reaching_nobody(policy, file=file, job=job)] == said
