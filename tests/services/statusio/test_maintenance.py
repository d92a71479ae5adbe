"""Planned work on a page of status.io: what is sent, and what people see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from automation.model.maintenance import Window
from automation.model.status_page import Notice
from automation.services.post_once import post_once
from tests.counterparts.small import SmallServer
from tests.counterparts.statusio import StatusIo
from tests.counterparts.statusio_page import PAGE
from tests.counterparts.statusio_work import ACTIVE, RESOLVED, UPCOMING
from tests.services.statusio.life import notice, page, pair

WINDOW = Window(
    datetime(2026, 3, 2, 22, tzinfo=UTC), datetime(2026, 3, 3, 1, 30, tzinfo=UTC), ("api",)
)


def work(state: str, text: str) -> Notice:
    status = "Maintenance" if state == "In progress" else "Operational"
    return replace(notice(text, state, status, services=("api",)), window=WINDOW, title="Work: API")


def stands(counterpart: StatusIo) -> list[tuple[str, list[str]]]:
    """Where each stands, and what it says, without the mark, the oldest first."""
    return [
        (kind, [str(each["details"]).partition("\n")[0] for each in reversed(row["messages"])])
        for kind, row in counterpart.works.rows.values()
    ]


def test_planned_work_is_scheduled_started_and_finished(
    counterpart: StatusIo, server: SmallServer
) -> None:
    id_, link = post_once(page(server), work("Scheduled", "We will work."))
    assert link == f"https://status.acme.test/pages/maintenance/{PAGE}/{id_}"
    assert stands(counterpart) == [(UPCOMING, ["We will work."])]
    post_once(page(server), work("In progress", "We work."))
    assert stands(counterpart) == [(ACTIVE, ["We will work.", "We work."])]
    assert post_once(page(server), work("Completed", "It is over.")) == (id_, link)
    assert stands(counterpart) == [(RESOLVED, ["We will work.", "We work.", "It is over."])]
    assert counterpart.incidents() == []


def test_what_is_scheduled_says_when_and_what(counterpart: StatusIo, server: SmallServer) -> None:
    id_, _ = post_once(page(server), work("Scheduled", "We will work."))
    asked = counterpart.works.rows[id_][1]["asked"]
    assert (asked["date_planned_start"], asked["time_planned_start"]) == ("03/02/2026", "22:00")
    assert (asked["date_planned_end"], asked["time_planned_end"]) == ("03/03/2026", "01:30")
    assert asked["infrastructure_affected"] == [pair(server, "API")]
    assert asked["maintenance_name"] == "Work: API"


def test_the_same_words_before_and_during_it_start_it_all_the_same(
    counterpart: StatusIo, server: SmallServer
) -> None:
    for state in ("Scheduled", "In progress"):
        post_once(page(server), work(state, "New switches."))
    assert stands(counterpart) == [(ACTIVE, ["New switches.", "New switches."])]


@pytest.mark.parametrize("state", ["Scheduled", "In progress", "Completed", "Cancelled"])
def test_what_was_said_is_not_said_again(
    counterpart: StatusIo, server: SmallServer, state: str
) -> None:
    post_once(page(server), work("Scheduled", "We will work."))
    if state == "Completed":
        post_once(page(server), work("In progress", "We work."))
    post_once(page(server), work(state, "Now."))
    once = stands(counterpart)
    post_once(page(server), work(state, "Now."))
    assert stands(counterpart) == once


def test_what_is_confirmed_late_begins_at_once(counterpart: StatusIo, server: SmallServer) -> None:
    post_once(page(server), work("In progress", "We work."))
    assert stands(counterpart) == [(ACTIVE, ["We work.", "We work."])]


def test_what_is_called_off_is_taken_off_the_page(
    counterpart: StatusIo, server: SmallServer
) -> None:
    post_once(page(server), work("Scheduled", "We will work."))
    post_once(page(server), work("Cancelled", "Not now."))
    assert stands(counterpart) == []


def test_what_no_pass_has_seen_begin_is_started_before_it_is_finished(
    counterpart: StatusIo, server: SmallServer
) -> None:
    post_once(page(server), work("Scheduled", "We will work."))
    post_once(page(server), work("Completed", "It is over."))
    assert stands(counterpart) == [(RESOLVED, ["We will work.", "It is over.", "It is over."])]
