"""status.io over HTTP: what is sent, what is found again, what people read when it fails."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.model.status_page import ref_in, reference
from automation.policy.outside_services import MEDIA
from automation.policy.policy import Service
from automation.services.post_once import post_once
from tests.counterparts.small import SmallServer
from tests.counterparts.statusio import StatusIo
from tests.counterparts.statusio_page import COMPONENTS, PAGE
from tests.services.statusio.life import END, ISSUE, notice, page, pair


def sent(server: SmallServer, end: str) -> Any:
    return json.loads(server.requests("POST", f"/incident/{end}$")[-1].body)


def test_a_life_on_the_page(counterpart: StatusIo, server: SmallServer) -> None:
    ours = page(server)
    id_, link = post_once(ours, notice())
    assert link == f"https://status.acme.test/pages/incident/{PAGE}/{id_}"
    post_once(ours, notice("We know why.", "Identified", "Partial Service Disruption"))
    post_once(ours, notice("We watch it.", "Monitoring", "Operational"))
    [now] = counterpart.incidents()
    assert (now.state, now.status, now.resolved) == (300, 100, False)
    assert post_once(ours, END) == (id_, link)
    [now] = counterpart.incidents()
    assert (now.state, now.status, now.resolved) == (300, 100, True)
    assert now.updates == ("Pages do not load.", "We know why.", "We watch it.", "All is well.")
    assert (now.marker, now.name) == (ISSUE, "Incident: Web")
    assert now.infrastructure == ("Web/EU", "Web/US")
    assert set(now.heard) == {frozenset({"notify_email", "slack"})}
    assert len(server.requests("GET", "component/list")) == 1


def test_what_a_new_incident_says(server: SmallServer) -> None:
    post_once(page(server), notice(services=("git", "api")))
    data = sent(server, "create")
    assert data.pop("infrastructure_affected") == [pair(server, "Git", "SSH"), pair(server, "API")]
    assert data == {
        "statuspage_id": PAGE,
        "incident_name": "Incident: Web",
        "incident_details": f"Pages do not load.\n\n{ISSUE}",
        "current_status": 500,
        "current_state": 100,
        "notify_email": "1",
        "notify_sms": "0",
        "notify_webhook": "0",
        "social": "0",
        "irc": "0",
        "hipchat": "0",
        "msteams": "0",
        "slack": "1",
        "all_infrastructure_affected": "0",
        "message_subject": "Status Notification",
    }


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("Operational", 100),
        ("Degraded Performance", 300),
        ("Partial Service Disruption", 400),
        ("Service Disruption", 500),
        ("Security Issue", 600),
    ],
)
def test_codes_of_a_status(
    counterpart: StatusIo, server: SmallServer, status: str, code: int
) -> None:
    post_once(page(server), notice(status=status))
    assert counterpart.incidents()[0].status == code
    assert page(server).active()[0].said[0].status == status


@pytest.mark.parametrize(("word", "field"), MEDIA.items())
def test_who_hears_of_it(counterpart: StatusIo, server: SmallServer, word: str, field: str) -> None:
    first = notice()
    post_once(page(server), replace(first, post=replace(first.post, broadcast=(word, "pigeon"))))
    assert counterpart.incidents()[0].heard == (frozenset({field}),)


def test_an_incident_that_names_no_service_is_about_all(
    counterpart: StatusIo, server: SmallServer
) -> None:
    post_once(page(server), notice(services=()))
    assert sent(server, "create")["all_infrastructure_affected"] == "1"
    everything = sorted(f"{name}/{place}" for name, all_ in COMPONENTS.items() for place in all_)
    assert sorted(counterpart.incidents()[0].infrastructure) == everything


@pytest.mark.parametrize(
    ("service", "problem", "remedy"),
    [
        (
            Service(name="web", component="Wbe"),
            "status.io: publishing #42 failed: the page has no component “Wbe”",
            "set `services.web.component` to one that it has: Web, API, Git, Pages, Registry",
        ),
        (
            Service(name="web", component="Web", container="Asia"),
            "status.io: publishing #42 failed: the page has no container “Asia”",
            "set `services.web.container` to one that it has: EU, US",
        ),
    ],
)
def test_a_name_that_the_page_does_not_know(
    counterpart: StatusIo, server: SmallServer, service: Service, problem: str, remedy: str
) -> None:
    with pytest.raises(ServiceError) as error:
        post_once(page(server, {"web": service}), notice())
    assert (error.value.problem, error.value.remedy) == (problem, remedy)
    assert counterpart.incidents() == []


def test_an_answer_that_was_lost_doubles_nothing(
    counterpart: StatusIo, server: SmallServer
) -> None:
    life = [
        ("create", notice()),
        ("update", notice("Still so.", nth=1)),
        ("update", notice("Still so.", nth=2)),
        ("resolve", END),
    ]
    for end, each in life:
        server.fail("POST", f"/incident/{end}$", how="reset", after=True)
        with pytest.raises(ServiceError, match="it may have been done all the same"):
            post_once(page(server), each)
        post_once(page(server), each)  # the next run
    [now] = counterpart.incidents()
    assert now.updates == ("Pages do not load.", "Still so.", "Still so.", "All is well.")
    assert now.resolved


def test_what_the_page_does_to_a_text_does_not_double_it(
    counterpart: StatusIo, server: SmallServer
) -> None:
    post_once(page(server), notice("Pages & images do not load."))
    [row] = counterpart.kinds(lambda row: row)["active_incidents"]
    row["messages"][0]["details"] = (
        f'<p>Pages &amp; images do not  load.</p>\n<p><a href="{ISSUE}">{ISSUE}</a></p>'
    )
    post_once(page(server), notice("Pages & images do not load."))
    assert len(counterpart.incidents()[0].updates) == 1


def test_one_that_was_reopened_is_a_new_one_on_the_page(
    counterpart: StatusIo, server: SmallServer
) -> None:
    for each in (notice(), END, notice("It is back."), notice("Still so.")):
        post_once(page(server), each)
    first, second = counterpart.incidents()
    assert (first.resolved, second.resolved) == (True, False)
    assert second.updates == ("It is back.", "Still so.")


def test_one_that_was_over_before_anybody_heard_of_it(
    counterpart: StatusIo, server: SmallServer
) -> None:
    for _ in range(2):
        post_once(page(server), END)
    [now] = counterpart.incidents()
    assert now.resolved
    assert set(now.updates) == {"All is well."}


def test_one_that_somebody_ended_on_the_page_is_left_so(
    counterpart: StatusIo, server: SmallServer
) -> None:
    id_, _ = post_once(page(server), notice())
    counterpart.resolve_by_hand(id_)
    assert post_once(page(server), END)[0] == id_
    assert len(server.requests("POST")) == 1


def test_only_ours_is_touched(counterpart: StatusIo, server: SmallServer) -> None:
    counterpart.by_hand("DB", f"See {ISSUE}7 and {ISSUE.replace('site', 'sites')}")
    post_once(page(server), notice())
    theirs, ours = counterpart.incidents()
    assert len(theirs.updates) == len(ours.updates) == 1
    assert [shown.ref for shown in page(server).active()] == ["#427", "#42"]


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        (f"Down.\n\n{ISSUE}", "#42"),
        ("https://forge.test/acme/site/-/work_items/7", "#7"),
        ("https://github.com/Acme/site/issues/7#issuecomment-1", "#7"),
        ("https://forge.test/git/acme/site/-/issues/7", "#7"),
        ("https://other.test/x/acme/site/-/issues/7", ""),
        ("https://forge.test/acme/site-b/-/issues/7", ""),
        (f"Reference: {reference('acme/site', '#9')}", "#9"),
        (f"Reference: {reference('acme/other', '#9')}", ""),
        ("on 2026-03022026", ""),
    ],
)
def test_marks(text: str, ref: str) -> None:
    assert ref_in(text, "acme/site", "https://forge.test/git") == ref


def test_a_code_that_nobody_knows_is_not_operational(
    counterpart: StatusIo, server: SmallServer
) -> None:
    counterpart.by_hand("Upgrade", "Tonight.", 200)
    assert page(server).active()[0].said[0].status == ""
    assert page(server).overall() == ""
    counterpart.overall = 100
    assert page(server).overall() == "Operational"
