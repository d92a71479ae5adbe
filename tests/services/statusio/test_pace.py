"""How fast status.io is asked: one request at a time, a second after the last one's end."""

from __future__ import annotations

from pathlib import Path

from automation.services.post_once import post_once
from tests.counterparts.small import SmallServer
from tests.counterparts.statusio import StatusIo
from tests.counterparts.statusio_work import RESOLVED
from tests.services.statusio.life import END, notice, page
from tests.services.statusio.test_maintenance import stands, work
from tests.services.statusio.world import OPENS, world


def test_no_request_of_a_run_comes_too_soon(server: SmallServer) -> None:
    ours = page(server)
    for each in (notice(), notice("More."), END):
        post_once(ours, each)
    assert {each.status for each in server.log} == {200}
    assert len(server.log) > 4


def test_a_request_that_fails_is_waited_for_as_well(server: SmallServer) -> None:
    server.fail("GET", "/incident/list/", how=500)
    server.fail("POST", "/incident/create$", how=429)
    post_once(page(server), notice())
    assert [each.status for each in server.log] == [500, 200, 200, 429, 200]


def test_time_that_passed_anyway_is_not_waited_for(server: SmallServer) -> None:
    ours = page(server)
    ours.find(notice())
    server.seconds.sleep(0.75)
    began = server.seconds()
    ours.overall()
    assert server.seconds() - began == 0.25


def test_a_run_lists_the_incidents_once(counterpart: StatusIo, server: SmallServer) -> None:
    ours = page(server)
    for each in (notice(), notice("More."), notice("More.", nth=2), END, notice("It is back.")):
        post_once(ours, each)
    assert ours.active()[0].said[-1].text.startswith("It is back.")
    assert len(server.requests("GET", "/incident/list/")) == 1
    first, second = counterpart.incidents()
    assert first.updates == ("Pages do not load.", "More.", "More.", "All is well.")
    assert second.updates == ("It is back.",)


def test_after_a_post_whose_answer_was_lost_the_same_run_looks_again(
    counterpart: StatusIo, server: SmallServer
) -> None:
    ours = page(server)
    server.fail("POST", "/incident/create$", how=500, after=True)
    for _ in range(2):
        try:
            post_once(ours, notice())
        except Exception:
            continue
    assert len(counterpart.incidents()) == 1
    assert counterpart.incidents()[0].updates == ("Pages do not load.",)


def test_a_pass_lists_them_once_for_all_that_it_compares_and_posts(tmp_path: Path) -> None:
    with world(tmp_path) as on:
        on.does(OPENS)
        on.says('/ima status "Service Disruption"')
        on.server.log.clear()
        on.says("/ima publish Pages do not load.")
        assert len(on.server.requests("GET", "/incident/list/")) == 1
        assert {each.status for each in on.server.log} == {200}


def test_a_run_lists_planned_work_once(counterpart: StatusIo, server: SmallServer) -> None:
    ours = page(server)
    for state in ("Scheduled", "In progress", "Completed"):
        post_once(ours, work(state, f"{state}."))
    post_once(ours, work("Completed", "Completed."))
    assert stands(counterpart) == [(RESOLVED, ["Scheduled.", "In progress.", "Completed."])]
    assert len(server.requests("GET", "/maintenance/list/")) == 1
