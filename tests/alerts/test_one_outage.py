"""One outage is one incident (P-17): bodies as Alertmanager really sends them, one after the
other."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from automation.alerts.alert_payload import read_alerts
from automation.model.issue import Draft
from automation.reconcile.alert_arrival import Arrival, arrive
from automation.scenarios.world import Stage
from automation.text.escaping import unmarked
from tests.build import at
from tests.payloads import an_alert, single_alert
from tests.worlds import stage


def many(first: int, last: int, **how: Any) -> list[dict[str, Any]]:
    return [single_alert(host=f"host{number:02}", **how) for number in range(first, last)]


def told(world: Stage, *alerts: dict[str, Any], **more: Any) -> list[Arrival]:
    """A body arrives, and a pass is made."""
    group = read_alerts(json.dumps(an_alert(*alerts, **more)), world.policy)
    arrived = arrive(group, world.run)
    world.run_pass()
    return arrived


def table(world: Stage, ref: str = "#1") -> str:
    """What people see of the alerts."""
    (issue,) = [each for each in world.issues() if each.ref == ref]
    (found,) = [c.body for c in issue.comments if "<!-- ima:alerts " in c.body]
    return unmarked(found)


def rows(world: Stage) -> list[str]:
    return [line for line in table(world).splitlines() if line.startswith("| DiskFull")]


def paged(world: Stage) -> list[str]:
    return [str(page["role"]) for page in world.outbox.entries("page")]


STORM = {"truncatedAlerts": 40, "group": '{}:{alertname="DiskFull"}'}


def test_of_a_storm_that_was_cut_the_table_says_how_many_it_does_not_know() -> None:
    world = stage()
    (what,) = told(world, *many(0, 20), **STORM)
    assert (what.did, what.table.firing, paged(world)) == ("opened", 20, ["eoc"])
    assert len(rows(world)) == 20
    assert "40 more that it did not send" in table(world)


def test_a_body_that_was_cut_is_never_read_as_resolved() -> None:
    world = stage()
    told(world, *many(0, 20), **STORM)
    for status in ("firing", "resolved"):
        told(world, *many(0, 20, ended=5), **STORM, status=status)
        assert "40 more that it did not send" in table(world)
        assert "have resolved" not in table(world)
    told(world, *many(0, 20, ended=5), group=STORM["group"])
    assert "All of them have resolved" in table(world), "this one was whole"


@pytest.mark.parametrize("status", ["firing", "resolved"])
def test_a_cut_body_that_nobody_knows_opens_an_incident_for_what_it_does_not_say(
    status: str,
) -> None:
    world = stage()
    (what,) = told(world, *many(0, 20, ended=5), **STORM, status=status)
    assert (what.did, paged(world)) == ("opened", ["eoc"])
    assert "have resolved" not in table(world)


@pytest.mark.parametrize("resolved", [60, 130])
def test_where_the_table_is_cut_those_that_fire_come_first(resolved: int) -> None:
    world = stage()
    alerts = [
        *many(0, resolved, ended=5),
        *(single_alert(host=f"new{n}", since=6) for n in range(5)),
    ]
    (what,) = told(world, *alerts)
    assert (what.did, what.table.firing) == ("opened", 5)
    assert ["**firing**" in row for row in rows(world)] == [True] * 5 + [False] * 45
    assert f"And {resolved - 45} more." in table(world)


def test_more_that_fire_than_have_a_row_are_counted_as_firing() -> None:
    world = stage()
    told(world, *many(0, 60))
    assert len(rows(world)) == 50
    assert "And 10 more, 10 of them firing." in table(world)


def test_an_edited_route_opens_no_second_incident_nor_does_another_receiver() -> None:
    world = stage()
    told(world, *many(0, 20), **STORM)
    for how in ({"group": '{}/{severity="critical"}:{}'}, {"receiver": "pager", "group": "x"}):
        (what,) = told(world, *many(0, 60), **how)
        assert (what.ref, what.table.firing) == ("#1", 60)
        assert "did not send" not in table(world), "all sixty are known by now"
    last = many(52, 60)  # they have no row of their own
    assert [w.ref for w in told(world, *last, group="other")] == ["#1"]
    assert (len(world.issues()), paged(world)) == (1, ["eoc"])


def test_the_same_alert_is_in_no_second_incident_though_its_service_has_one() -> None:
    world = stage()
    told(world, single_alert("A", service="api"), group="1")
    world.now = at(60 * 7)
    told(world, single_alert("B", service="api", since=420), group="2")
    (what,) = told(world, single_alert("A", service="api"), group="3", receiver="other")
    assert what.ref == "#1", "it was told of this firing first"
    assert len(world.issues()) == 2


def test_rows_are_told_apart_by_the_labels_that_differ() -> None:
    world = stage()
    alerts = [
        single_alert("Slow", "a", zone="eu", job="web"),
        single_alert("Slow", "b", zone="eu", job="web"),
    ]
    told(world, *alerts)
    assert re.findall(r"host=\w|zone=\w+|job=\w+", table(world)) == ["host=a", "host=b"]


def test_of_a_single_alert_nothing_is_told_apart() -> None:
    world = stage()
    told(world, single_alert(zone="eu"))
    assert "zone" not in table(world)


def test_told_again_nothing_is_written() -> None:
    world = stage()
    told(world, *many(0, 130), **STORM)
    before = [issue.updated_at for issue in world.issues()]
    world.now = at(3)
    (what,) = told(world, *many(0, 130), **STORM)
    assert what.did == "unchanged"
    assert [issue.updated_at for issue in world.issues()] == before


def test_a_resolve_in_a_group_that_nobody_knows_opens_nothing() -> None:
    world = stage()
    told(world, single_alert("A", service="api"))
    (what,) = told(world, single_alert("B", ended=5, service="api"), group="2")
    assert what.did == "nothing"
    assert "B" not in re.findall(r"^\| (\w+) ", table(world), re.MULTILINE)


def test_an_incident_of_several_services_is_joined_by_alerts_of_each() -> None:
    world = stage()
    labels = ("Incident", "Service::API", "Service::Web")
    world.tracker.acting("rita").open(Draft("All is slow", labels=labels))
    world.run_pass()
    for number, service in enumerate(("api", "web"), 1):
        (what,) = told(world, single_alert(service, service=service), group=str(number))
        assert what.ref == "#1"


def test_of_two_incidents_of_a_service_the_older_one_is_joined() -> None:
    world = stage()
    for title in ("First", "Second"):
        world.tracker.acting("rita").open(Draft(title, labels=("Incident", "Service::API")))
    world.run_pass()
    assert [what.ref for what in told(world, single_alert("A", service="api"))] == ["#1"]
