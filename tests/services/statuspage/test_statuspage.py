"""Statuspage over HTTP: what is sent, what is found again, what users see."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.model.status_page import reference
from automation.policy.policy import Service
from automation.services.post_once import post_once
from tests.counterparts.small import SmallServer
from tests.counterparts.statuspage import Statuspage
from tests.services.statuspage.life import END, notice, page

OURS = reference("acme/site", "#42")


def sent(server: SmallServer, verb: str) -> Any:
    return json.loads(server.requests(verb)[-1].body)["incident"]


def test_a_life_on_the_page(counterpart: Statuspage, server: SmallServer) -> None:
    ours = page(server)
    id_, link = post_once(ours, notice())
    assert link == f"https://stspg.test/{id_}"
    assert counterpart.level("Web/EU") == counterpart.level("Web/US") == "major_outage"
    post_once(ours, notice("We know why.", "Identified", "Partial Service Disruption"))
    assert counterpart.level("Web/EU") == "partial_outage"
    post_once(ours, notice("We watch it.", "Monitoring", "Operational"))
    assert counterpart.level("Web/EU") == "operational"
    assert post_once(ours, END) == (id_, link)
    [now] = counterpart.incidents()
    assert now.states == ("investigating", "identified", "monitoring", "resolved")
    assert now.updates == ("Pages do not load.", "We know why.", "We watch it.", "All is well.")
    assert (now.over, now.impact, set(now.heard)) == (True, "critical", {True})
    assert now.metadata["ima"]["reference"] == OURS
    assert OURS not in "".join(now.updates)  # users read only what was published


def test_what_a_new_incident_says(counterpart: Statuspage, server: SmallServer) -> None:
    post_once(page(server), notice(services=("git", "api"), broadcast=()))
    ids = [counterpart.id_of("Git/SSH"), counterpart.id_of("API")]
    data = sent(server, "POST")
    assert data.pop("metadata")["ima"].keys() == {"reference", "kind", "posts"}
    assert data == {
        "name": "Service Disruption: Web",
        "status": "investigating",
        "body": "Pages do not load.",
        "deliver_notifications": False,
        "component_ids": ids,
        "components": dict.fromkeys(ids, "major_outage"),
    }


@pytest.mark.parametrize(
    ("status", "level", "impact"),
    [
        ("Operational", "operational", "none"),
        ("Degraded Performance", "degraded_performance", "minor"),
        ("Partial Service Disruption", "partial_outage", "major"),
        ("Service Disruption", "major_outage", "critical"),
        ("Security Issue", "operational", "critical"),  # there is no level for it
    ],
)
def test_levels_of_a_status(
    counterpart: Statuspage, server: SmallServer, status: str, level: str, impact: str
) -> None:
    post_once(page(server), notice(status=status, services=("api",)))
    assert counterpart.level("API") == level
    assert counterpart.incidents()[0].impact == impact
    assert {*counterpart.incidents()[0].levels} == {"API"}


def test_an_incident_that_names_no_service_says_how_grave_it_is(
    counterpart: Statuspage, server: SmallServer
) -> None:
    ours = page(server)
    post_once(ours, notice(services=()))
    assert counterpart.incidents()[0].impact == "critical"
    assert counterpart.incidents()[0].levels == {}
    assert server.requests("GET", "/components") == []
    post_once(ours, notice("Better.", "Monitoring", "Degraded Performance", services=()))
    assert counterpart.incidents()[0].impact == "minor"


def test_its_name_and_what_it_affects_follow(counterpart: Statuspage, server: SmallServer) -> None:
    ours = page(server)
    post_once(ours, notice())
    more = notice("Now the API.", services=("api",), title="Service Disruption: API")
    post_once(ours, more)
    [now] = counterpart.incidents()
    assert now.name == "Service Disruption: API"
    assert counterpart.level("API") == "major_outage"
    assert counterpart.level("Web/EU") == "operational"  # it is named no more


def test_a_component_that_another_incident_names_does_not_work_again(
    counterpart: Statuspage, server: SmallServer
) -> None:
    other = counterpart.by_hand("DB", "It is slow.")
    counterpart.change(other, {"components": {counterpart.id_of("Web/EU"): "partial_outage"}})
    for each in (notice(), END):
        post_once(page(server), each)
    assert counterpart.level("Web/EU") == "major_outage"  # who opened the other one says so
    assert counterpart.level("Web/US") == "operational"


@pytest.mark.parametrize(
    ("service", "problem", "remedy"),
    [
        (
            Service(name="web", component="Wbe"),
            "statuspage: publishing #42 failed: the page has no component “Wbe”",
            "set `services.web.component` to one that it has: EU, US, API, SSH, HTTPS, Pages,"
            " Registry, Web, Git",
        ),
        (
            Service(name="web", component="Web", container="Asia"),
            "statuspage: publishing #42 failed: the page has no container “Asia”",
            "set `services.web.container` to one that it has: EU, US",
        ),
    ],
)
def test_a_name_that_the_page_does_not_know(
    counterpart: Statuspage, server: SmallServer, service: Service, problem: str, remedy: str
) -> None:
    with pytest.raises(ServiceError) as error:
        post_once(page(server, {"web": service}), notice())
    assert (error.value.problem, error.value.remedy) == (problem, remedy)
    assert counterpart.incidents() == []


def test_an_answer_that_was_lost_doubles_nothing(
    counterpart: Statuspage, server: SmallServer
) -> None:
    life = [
        ("POST", notice()),
        ("PATCH", notice("Still so.", nth=1)),
        ("PATCH", notice("Still so.", nth=2)),
        ("PATCH", END),
    ]
    for verb, each in life:
        server.fail(verb, "/incidents", how="reset", after=True)
        with pytest.raises(ServiceError, match="it may have been done all the same"):
            post_once(page(server), each)
        post_once(page(server), each)  # the next run
    [now] = counterpart.incidents()
    assert now.updates == ("Pages do not load.", "Still so.", "Still so.", "All is well.")
    assert now.over


def test_what_somebody_edits_on_the_page_does_not_double_a_post(
    counterpart: Statuspage, server: SmallServer
) -> None:
    post_once(page(server), notice())
    counterpart.rows[0]["incident_updates"][0]["body"] = "Pages do not load today."
    counterpart.rows[0]["metadata"]["theirs"] = {"ticket": "7"}
    post_once(page(server), notice())
    post_once(page(server), notice("More."))
    [now] = counterpart.incidents()
    assert now.updates == ("Pages do not load today.", "More.")
    assert now.metadata["theirs"] == {"ticket": "7"}


def test_one_that_was_reopened_is_a_new_one_on_the_page(
    counterpart: Statuspage, server: SmallServer
) -> None:
    for each in (notice(), END, notice("It is back."), notice("Still so.")):
        post_once(page(server), each)
    first, second = counterpart.incidents()
    assert (first.over, second.over) == (True, False)
    assert second.updates == ("It is back.", "Still so.")


def test_one_that_was_over_before_anybody_heard_of_it(
    counterpart: Statuspage, server: SmallServer
) -> None:
    for _ in range(2):
        post_once(page(server), END)
    [now] = counterpart.incidents()
    assert (now.states, now.updates) == (("resolved",), ("All is well.",))


def test_one_that_somebody_ended_on_the_page_is_left_so(
    counterpart: Statuspage, server: SmallServer
) -> None:
    id_, _ = post_once(page(server), notice())
    counterpart.end_by_hand(id_)
    assert post_once(page(server), END)[0] == id_
    assert server.requests("PATCH") == []


def test_one_that_goes_on_is_found_however_many_came_since(
    counterpart: Statuspage, server: SmallServer
) -> None:
    id_, _ = post_once(page(server), notice())
    for number in range(120):
        row = counterpart.by_hand(f"Old {number}", "It was slow.")
        counterpart.end_by_hand(row["id"])
    assert post_once(page(server), notice("More."))[0] == id_


def test_only_ours_is_touched(counterpart: Statuspage, server: SmallServer) -> None:
    theirs = counterpart.by_hand("DB", f"Reference: {OURS}")
    theirs["metadata"] = {"ima": "x", "theirs": {"reference": OURS}}
    post_once(page(server), notice())
    post_once(page(server), notice(ref="#427"))
    assert [len(each.updates) for each in counterpart.incidents()] == [1, 1, 1]
    assert [shown.ref for shown in page(server).active()] == ["#427", "#42", ""]


def test_the_link_leads_to_where_people_see_the_page(server: SmallServer) -> None:
    id_, link = post_once(page(server, host="https://status.acme.test/"), notice())
    assert link == f"https://status.acme.test/incidents/{id_}"


def test_a_run_lists_each_kind_once_and_asks_once_a_second(
    counterpart: Statuspage, server: SmallServer
) -> None:
    ours = page(server)
    began = server.seconds()
    for each in (notice(), notice("More."), notice("More.", nth=2), END, notice("It is back.")):
        post_once(ours, each)
    assert len(ours.active()) == 1
    lists = [
        each.target.partition("/incidents")[2] for each in server.requests("GET", "/incidents")
    ]
    assert sorted(lists) == sorted({*lists})
    assert server.seconds() - began == len(server.log) - 1
    assert [len(each.updates) for each in counterpart.incidents()] == [4, 1]


def test_sixty_posts_in_a_minute_are_not_too_many(
    counterpart: Statuspage, server: SmallServer
) -> None:
    for number in range(70):
        post_once(page(server), notice(f"Update {number}."))
    assert {each.status for each in server.log} == {200, 201}


def test_long_texts_are_cut_to_what_it_takes(counterpart: Statuspage, server: SmallServer) -> None:
    first = notice("x" * 30_000, title="y" * 300)
    post_once(page(server), first)
    post_once(page(server), first)
    [now] = counterpart.incidents()
    assert (len(now.name), len(now.updates[0]), len(now.updates)) == (255, 25_000, 1)


def test_who_hears_of_it(counterpart: Statuspage, server: SmallServer) -> None:
    silent = notice("More.")
    post_once(page(server), notice())
    post_once(page(server), replace(silent, post=replace(silent.post, broadcast=())))
    assert counterpart.incidents()[0].heard == (True, False)
