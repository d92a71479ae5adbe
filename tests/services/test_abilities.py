"""What the pagers are said to be able to do (docs/services.md), they can, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.model.engagement import BY_COMMENT
from automation.model.issue import Duty
from automation.services.embedded.embedded import Outbox, PolicyPager
from automation.services.gitlab.gitlab import GitLabPager
from automation.services.pagerduty.pagerduty import PagerDuty
from tests.build import policy
from tests.counterparts.pagerduty.usual import LONG_AGO
from tests.services.pagerduty.world import KEY, NOW, PEOPLE, Clock, account, pager

GIVEN_ON = ("snooze", "merge", "reassign")


def test_pagerduty_can_all_of_it() -> None:
    clock = Clock()
    with account(clock) as server:
        server.account.add_user("mia")
        calls = pager(server)
        able = {"schedules": calls.on_call(NOW)["eoc"] == Duty("erin", LONG_AGO)}
        for role, person in PEOPLE.items():
            calls.page(role, person, KEY.replace("eoc", role), "#7 API: you are needed")
        able |= {"wakes": True, "roles": len(server.account.pages()) == len(PEOPLE)}
        calls.page("imoc", "mia", "acme/production#8:imoc:1", "#8: you are needed")
        able["stand_ins"] = server.account.pages()[-1][2] == "mia"
        clock.go(minutes=15)
        server.account.escalate(KEY)
        able["goes_on"] = [a.did for a in pager(server).acks({KEY: ""})[KEY]] == ["passed"]
        server.account.acknowledge(KEY, "ian")
        able["answers"] = "acknowledged" in [a.did for a in pager(server).acks({KEY: ""})[KEY]]
        able["given_on"] = all(_noticed(server, clock, how) for how in GIVEN_ON)
        calls.end({KEY: ""}, "why")
        able["words"] = (KEY, "why") in server.account.ended()
    assert able == {name: getattr(PagerDuty.can, name) for name in PagerDuty.can.__slots__}


def _noticed(server: Any, clock: Clock, how: str) -> bool:
    key = f"acme/production#9:{how}:1"
    number = pager(server).page("eoc", "erin", key, "#9: you are needed")
    clock.go(minutes=1)
    if how == "merge":
        server.account.merge(key, server.account.trigger("PAPI", "API", "ian"), "mia")
    elif how == "reassign":
        server.account.reassign(key, "erin", "mia")
    else:
        server.account.snooze(key, "mia")
    return bool(pager(server).acks({key: number}))


def test_the_policy_names_people_and_writes_pages_down(tmp_path: Path) -> None:
    can, outbox = PolicyPager.can, Outbox(tmp_path / "out.jsonl", lambda: NOW)
    calls = PolicyPager(policy("roles: {eoc: {on_call: erin}}"), outbox)
    assert not can.schedules
    assert not can.goes_on
    assert calls.on_call(NOW + timedelta(days=9))["eoc"] == Duty("erin")
    calls.page("imoc", "mia", KEY, "wake up")
    assert [page["person"] for page in outbox.entries("page")] == ["mia"] * can.stand_ins
    calls.end({KEY: ""}, "why")
    assert [each["text"] for each in outbox.entries("page ended")] == ["why"] * can.words


@pytest.mark.parametrize("role", ["", "cmoc"])
def test_gitlab_pages_no_stand_in_and_one_role_at_a_time(role: str) -> None:
    """Without an escalation policy, nobody is asked: there the comment is the page."""
    can = GitLabPager.can
    assert (can.stand_ins, can.roles, can.wakes) == (False, False, False)
    nobody: Any = None  # the wire: it must not be needed
    assert GitLabPager(nobody, policy()).page(role, "mia", KEY, "wake up") == BY_COMMENT
