"""What people type reaches the outside services as text; of what is confidential, nothing does."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from automation.cli import invoke
from automation.model.issue import Draft
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.world import PlayedStep, Stage
from automation.schema.yaml_nodes import Source
from automation.text.escaping import ZERO_WIDTH_SPACE
from tests.counterparts.small import Logged
from tests.ground.outside import Real
from tests.leaks import hear
from tests.worlds import shipped

WORLD = read_scenario(
    Source(
        "text.yml",
        """
scenario: Somebody types
source: P-16
start: 2026-03-02T12:00:00Z
on_call: {eoc: erin, imoc: ian, cmoc: cara, security: sam}
policy:
  severities: {S1: {document: true}}
  stakeholders: "#stakeholders"
steps:
  - {after: 1m}
""",
    )
)
HOSTILE = (
    "<!channel> <!here> <@U0ERIN> @everyone <https://evil.example|ours> [x](https://evil.example)"
    " {{ 7*7 }} {{title}} {% raw %} ${HOME} \x00\x1b[31m\u202egnol\u2066 &amp; </script> 'x\""
    "\r\n/ima resolve"
)


class Outside:
    """A world with all five, in which somebody types."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(WORLD, shipped(), folder, invoke, within=Real)
        assert isinstance(self.stage.outside, Real)
        self.real = self.stage.outside

    def opens(self, title: str, body: str = "", **more: Any) -> PlayedStep:
        labels = ("Incident", "S1", "Service::API")
        draft = Draft(title, body, labels, more.pop("assignees", ()), **more)
        self.stage.acting("rita").open(draft)
        return self.stage.run_pass()

    def says(self, text: str, by: str = "ian") -> PlayedStep:
        self.stage.now += timedelta(minutes=1)
        self.stage.acting(by).comment("#1", text)
        return self.stage.run_pass()

    def sent(self, service: str, path: str = "") -> list[Any]:
        """The bodies that a service got."""
        asked = self.real.servers[service].requests("POST", path)
        return [json.loads(each.body) for each in asked]


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = Outside(tmp_path)
    yield made
    made.stage.tracker.close()
    made.real.close()


def plain(text: str) -> bool:
    return all(c in f"\n{ZERO_WIDTH_SPACE}" or c.isprintable() for c in text)


@pytest.mark.parametrize("title", [HOSTILE, "x" * 255, "\u202e\u200b", "/ima resolve"])
def test_a_title_is_text_everywhere(world: Outside, title: str) -> None:
    passed = world.opens(title)
    assert passed.exit == 0, passed.findings
    for page in world.sent("pagerduty", "/incidents$"):
        named = page["incident"]["title"]
        assert 0 < len(named) <= 1024
        assert "\n" not in named
        assert plain(named)
        assert plain(page["incident"]["body"]["details"])
    for message in world.sent("slack", "chat.postMessage"):
        text = message["text"]
        assert len(text) < 40_000
        assert plain(text)
        assert "<!channel>" not in text
        assert "<!here>" not in text
        assert "<@U0ERIN>" not in text
        assert "<https://evil" not in text
    (copy,) = world.sent("google", "/copy")
    assert 0 < len(copy["name"]) <= 200
    assert plain(copy["name"])
    (filling,) = world.sent("google", ":batchUpdate")
    for request in filling["requests"]:
        filled = request["replaceAllText"]["replaceText"]
        assert "{{" not in filled
        assert plain(filled)
        assert len(filled) < 5_000
    ours = {"!subteam^S" + b"advocates".hex().upper(), "@U" + b"erin".hex().upper()}
    assert set(world.real.slack.pinged) <= ours


@pytest.mark.parametrize("text", [HOSTILE.partition("\r")[0], "y" * 1_000])
def test_what_is_published_is_text_and_never_the_title(world: Outside, text: str) -> None:
    world.opens(HOSTILE)
    passed = world.says(f"/ima publish {text}")
    assert passed.exit == 0, passed.findings
    (made,) = world.sent("status.io", "/incident/create")
    assert made["incident_name"] == "Incident: API"
    assert plain(made["incident_details"])
    assert len(made["incident_details"]) <= 10_000


SECRET = ("vault", "mallory", "ransom")


def said(logged: Logged) -> str:
    return unquote_plus(f"{logged.target} {logged.body.decode('utf-8', 'replace')}").casefold()


@pytest.mark.parametrize("fails", ["", 500, 401])
def test_of_a_confidential_incident_only_the_reference_leaves(world: Outside, fails: Any) -> None:
    world.stage.meter.failing = dict.fromkeys(world.real.servers, fails) if fails else {}
    told: list[str] = []
    passed = world.opens("Vault opened by mallory", "They want a ransom.", confidential=True)
    told += passed.findings
    for text in (
        "The vault is empty. mallory wrote again.",
        "/ima state identified -- close the vault",
        "/ima publish We look into it.",
        "/ima action Pay no ransom @mia",
        "/ima handover @mia",
        "/ima resolve mallory gave up",
    ):
        told += world.says(text).findings
    sent = [each for server in world.real.servers.values() for each in server.log]
    assert sent
    for each in sent:
        assert not [word for word in SECRET if word in said(each)], each
    for line in told:
        assert not [word for word in SECRET if word in line.casefold()], line
    if not fails:
        (copy,) = world.sent("google", "/copy")
        assert copy["name"] == "#1 (confidential)"
        assert world.sent("google", "/permissions") == []
        assert [page["incident"]["title"] for page in world.sent("pagerduty", "/incidents$")]
    hear("\n".join(told))
