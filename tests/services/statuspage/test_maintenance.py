"""Planned work on Statuspage: what is sent, and what people see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from automation.services.post_once import post_once
from tests.counterparts.small import SmallServer
from tests.counterparts.statuspage import Statuspage
from tests.services.statuspage.life import WINDOW, notice, page, work


def test_planned_work_is_scheduled_started_and_finished(
    counterpart: Statuspage, server: SmallServer
) -> None:
    id_, link = post_once(page(server), work("Scheduled", "We will work."))
    assert link == f"https://stspg.test/{id_}"
    assert counterpart.level("API") == "operational"
    post_once(page(server), work("In progress", "We work."))
    assert counterpart.level("API") == "under_maintenance"
    assert post_once(page(server), work("Completed", "It is over.")) == (id_, link)
    assert counterpart.level("API") == "operational"
    [now] = counterpart.works()
    assert now.states == ("scheduled", "in_progress", "completed")
    assert now.updates == ("We will work.", "We work.", "It is over.")
    assert now.window == ("2026-03-02T22:00:00Z", "2026-03-03T01:30:00Z")
    assert (now.name, now.impact, {*now.levels}) == ("Maintenance: API", "maintenance", {"API"})
    assert counterpart.incidents() == []


def test_its_times_move_there_too(counterpart: Statuspage, server: SmallServer) -> None:
    post_once(page(server), work("Scheduled", "We will work."))
    later = replace(WINDOW, end=datetime(2026, 3, 3, 4, tzinfo=UTC))
    post_once(page(server), work("Scheduled", "It takes longer.", later))
    assert counterpart.works()[0].window == ("2026-03-02T22:00:00Z", "2026-03-03T04:00:00Z")


@pytest.mark.parametrize("state", ["Scheduled", "In progress", "Completed", "Cancelled"])
def test_what_was_said_is_not_said_again(
    counterpart: Statuspage, server: SmallServer, state: str
) -> None:
    post_once(page(server), work("Scheduled", "We will work."))
    post_once(page(server), work(state, "Now."))
    once = counterpart.works()
    post_once(page(server), work(state, "Now."))
    assert counterpart.works() == once


def test_the_same_words_before_and_during_it_start_it_all_the_same(
    counterpart: Statuspage, server: SmallServer
) -> None:
    for state in ("Scheduled", "In progress"):
        post_once(page(server), work(state, "New switches."))
    assert counterpart.works()[0].states == ("scheduled", "in_progress")


def test_what_is_confirmed_late_begins_at_once(
    counterpart: Statuspage, server: SmallServer
) -> None:
    post_once(page(server), work("In progress", "We work."))
    assert counterpart.works()[0].states == ("in_progress",)
    assert counterpart.level("API") == "under_maintenance"


def test_what_is_called_off_is_said_and_taken_off_the_page(
    counterpart: Statuspage, server: SmallServer
) -> None:
    post_once(page(server), work("Scheduled", "We will work."))
    post_once(page(server), work("Cancelled", "Not now."))
    assert counterpart.works() == []
    assert [u["body"] for u in counterpart.deleted[0]["incident_updates"]] == [
        "Not now.",
        "We will work.",
    ]
    post_once(page(server), work("Cancelled", "Not now."))
    assert counterpart.works() == []


def test_what_is_called_off_in_the_middle_is_over(
    counterpart: Statuspage, server: SmallServer
) -> None:
    post_once(page(server), work("In progress", "We work."))
    post_once(page(server), work("Cancelled", "Not now."))
    assert counterpart.works()[0].over
    assert counterpart.level("API") == "operational"


def test_a_service_that_is_broken_meanwhile_is_not_said_to_work(
    counterpart: Statuspage, server: SmallServer
) -> None:
    post_once(page(server), work("In progress", "We work."))
    post_once(page(server), notice(ref="#43", services=("api",)))
    post_once(page(server), work("Completed", "It is over."))
    assert counterpart.level("API") == "major_outage"


def test_an_issue_may_have_both(counterpart: Statuspage, server: SmallServer) -> None:
    post_once(page(server), work("Scheduled", "We will work."))
    post_once(page(server), notice())
    assert (len(counterpart.works()), len(counterpart.incidents())) == (1, 1)
