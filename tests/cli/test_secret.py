"""Of a confidential incident nothing leaves it but its bare reference, whatever is run (P-16)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from automation.model.issue import Draft

from .conftest import POLICY, Ima

WORD = re.compile(r"zanzibar|zelda|[a-z]+`? of #2", re.IGNORECASE)
TYPED = (
    "/ima severity S1",
    "/ima engage imoc @zelda",
    "/ima state identified -- block the path of zanzibar",
    "/ima need @zelda zanzibar again",
    "/ima tell-next zanzibar is not over",
    "/ima withhold zanzibar would know",
    "/ima waive unacknowledged zanzibar sleeps until 2026-03-09",
    "/ima action Rotate the key of zanzibar @zelda",
    "/ima action Tell zanzibar",
    "/ima review",
    "/ima explain",
    "/ima publish zanzibar",
    "/ima engage zanzibar",
    "/ima frobnicate zanzibar",
)
LINES = (
    "plan",
    "plan -v",
    "plan -v --format markdown",
    "plan -v --format json",
    "plan -v --issue 2 --out plan.json",
    "plan -v --issue 2 --check",
    "apply -v",
    "apply -v --format markdown --hourly",
    "apply -v --format json",
    "board -v",
    "board --format markdown",
    "board --format json",
    "stats -v",
    "stats --format markdown",
    "stats --format json",
    "gate -v --service web",
    "gate --format json",
    "mirror -v copy",
    "mirror copy --format json",
    "site -v public",
    "site public --format json",
    "slo",
    "oncall",
    "check",
    "doctor",
    "labels sync --check",
    "chat board",
    "chat 'show 2'",
    "chat 'explain 2'",
    "chat oncall",
)
SHIFTED = POLICY.replace("eoc: {on_call: erin}", "eoc: {on_call: nora, group: '@eoc'}")


def told(ima: Ima, *lines: str) -> dict[str, str]:
    """What each line said, on both channels."""
    said = {line: ima(line) for line in lines}
    return {line: done.out + done.err for line, done in said.items()}


def kept(folder: Path) -> dict[str, str]:
    """Every file of the folder but the incidents themselves."""
    files = (path for path in folder.rglob("*") if path.is_file() and ".db" not in path.name)
    return {str(p.relative_to(folder)): p.read_text("utf-8", errors="replace") for p in files}


def outside(ima: Ima) -> dict[str, str]:
    """What everybody sees: the dashboard, and the incident that is not confidential."""
    dashboard = ima.session.tracker.dashboard()
    assert dashboard
    open_one = ima.session.tracker.issues(["#1"])[0]
    return {"dashboard": dashboard.body, "#1": "".join(c.body for c in open_one.comments)}


@pytest.fixture
def secret(ima: Ima, can_hide: bool) -> Ima:
    """An open incident that everybody may see, and #2, of which nobody may hear anything."""
    ima.policy(POLICY + 'chat: {channel: ""}\n')
    confine(ima, can_hide)
    ima('declare "Pushes fail" --severity S2')
    labels = ("Incident", "Security", "Service::Git")
    text = "Key of zanzibar leaked by zelda"
    ima.session.acting().open(Draft(text, text, labels, ("zelda",), confidential=can_hide))
    return ima


def confine(ima: Ima, can_hide: bool) -> None:
    tracker = ima.session.tracker
    tracker.can = replace(tracker.can, confidential=can_hide)


def typed(ima: Ima) -> dict[str, str]:
    """Each command of people on it, with the passes that follow."""
    said: dict[str, str] = {}
    for minutes, command in enumerate(TYPED):
        ima.after(1)
        ima(["say", "2", command, "--as", ("zelda", "ian", "erin")[minutes % 3]])
        said |= {
            f"{command}, {line}": text for line, text in told(ima, "apply -v", "board -v").items()
        }
    return said


@pytest.mark.parametrize("can_hide", [True, False], ids=["where it can hide", "where it cannot"])
def test_nothing_of_it_is_said_anywhere(secret: Ima, can_hide: bool) -> None:
    """What `test_canaries.py` does not come to: a handover, and what is overdue months later."""
    ima, said = secret, typed(secret)
    ima.after(300)  # every clock has run out, and the pass is late
    ima.policy(SHIFTED + 'chat: {channel: "#production"}\n')
    confine(ima, can_hide)
    said |= {f"handed over, {line}": text for line, text in told(ima, *LINES).items()}
    ima(["say", "2", "/ima resolve zanzibar is safe", "--as", "zelda"])
    ima(["edit", "2", "--close", "--as", "ian"])
    said |= {f"over, {line}": text for line, text in told(ima, "apply -v", "board -v").items()}
    ima.after(60 * 24 * 120)  # its review and its actions are overdue
    said |= {f"overdue, {line}": text for line, text in told(ima, *LINES).items()}
    everything = said | kept(ima.folder) | outside(ima)
    leaks = {where: WORD.findall(text) for where, text in everything.items() if WORD.search(text)}
    assert leaks == {}
    assert "#2" in said["handed over, board -v"], "its bare reference is shown"
    assert said["over, apply -v"] != said["overdue, apply -v"], "it was closed by whoever may"


def test_what_was_announced_before_loses_its_title_everywhere(ima: Ima) -> None:
    ima.policy(POLICY + 'chat: {channel: "#production"}\nstakeholders: "#managers"\n')
    ima('declare "zanzibar is open" --severity S1 --doc')
    ima.after(1)
    ima('say 1 "/ima security" --as erin')
    ima("apply")
    lines = (ima.folder / ".ima" / "outbox.jsonl").read_text("utf-8").splitlines()
    said = [json.loads(line) for line in lines]
    posts = {e["channel"]: e["text"] for e in said if e["kind"].startswith("announcement")}
    assert set(posts) == {"#production", "#managers"}
    assert not WORD.search("".join(posts.values()))
    assert all("#1" in text for text in posts.values())
    assert "zanzibar" not in said[-1].get("text", ""), "nor is it read out to who is paged"
