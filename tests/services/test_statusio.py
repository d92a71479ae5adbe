"""status.io over HTTP: what is sent, what is found again, what people read when it fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.model import Post
from automation.notices import Notice, ref_in, reference
from automation.outside import StatusIo as Settings
from automation.policy import Service
from automation.services.posting import posted
from automation.services.statusio import StatusIoPage, statusio_wire
from tests.counterparts.small import SmallServer
from tests.counterparts.statusio import ID, KEY, StatusIo
from tests.counterparts.statusio_page import PAGE

ISSUE = "https://forge.test/acme/site/-/issues/42"
AT = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
SERVICES = {
    "web": Service(name="web", component="Web"),
    "api": Service(name="api", component="api", container="main"),
    "git": Service(name="git", component="Git", container="SSH"),
}
SECRETS = (ID, KEY, "hook-secret")


@pytest.fixture
def there() -> StatusIo:
    return StatusIo()


@pytest.fixture
def server(there: StatusIo) -> Iterator[SmallServer]:
    with there.serve() as server:
        yield server
    assert server.errors == []


def page(server: SmallServer, services: Any = None, id_: str = PAGE, key: str = KEY) -> Any:
    wire = statusio_wire(ID, key, server.url, timeout=0.3, sleep=lambda _: None)
    settings = Settings(page=id_, host="status.acme.test")
    return StatusIoPage(wire, settings, services or SERVICES, "acme/site")


def notice(
    text: str = "Pages do not load.",
    state: str = "Investigating",
    status: str = "Service Disruption",
    services: tuple[str, ...] = ("web",),
    **more: Any,
) -> Notice:
    post = Post(AT, state, status, text, services, broadcast=("email", "slack"))
    more = {"title": "Incident: Web", "mark": ISSUE, **more}
    return Notice("#42", post, **more)


END = notice("All is well.", "Resolved", "Operational")


def sent(server: SmallServer, end: str) -> Any:
    return json.loads(server.requests("POST", f"/incident/{end}$")[-1].body)


def test_a_life_on_the_page(there: StatusIo, server: SmallServer) -> None:
    ours = page(server)
    id_, link = posted(ours, notice())
    assert link == f"https://status.acme.test/pages/incident/{PAGE}/{id_}"
    posted(ours, notice("We know why.", "Identified", "Partial Service Disruption"))
    posted(ours, notice("We watch it.", "Monitoring", "Operational"))
    [now] = there.incidents()
    assert (now.state, now.status, now.resolved) == (300, 100, False)
    assert posted(ours, END) == (id_, link)
    [now] = there.incidents()
    assert (now.state, now.status, now.resolved) == (300, 100, True)
    assert now.updates == ("Pages do not load.", "We know why.", "We watch it.", "All is well.")
    assert (now.marker, now.name) == (ISSUE, "Incident: Web")
    assert now.infrastructure == ("Web/EU", "Web/US")
    assert set(now.heard) == {frozenset({"notify_email", "slack"})}
    assert len(server.requests("GET", "component/list")) == 1


def test_what_a_new_incident_says(server: SmallServer) -> None:
    posted(page(server), notice(services=("git", "api")))
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


def pair(server: SmallServer, component: str, container: str = "Main") -> str:
    import requests

    headers = {"x-api-id": ID, "x-api-key": KEY}
    url = f"{server.url}/v2/component/list/{PAGE}"
    rows = requests.get(url, headers=headers, timeout=5).json()["result"]
    line = next(row for row in rows if row["name"] == component)
    place = next(each for each in line["containers"] if each["name"] == container)
    return f"{line['_id']}-{place['_id']}"


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
def test_codes_of_a_status(there: StatusIo, server: SmallServer, status: str, code: int) -> None:
    posted(page(server), notice(status=status))
    assert there.incidents()[0].status == code
    assert page(server).active()[0].said[0].status == status


def test_an_incident_that_names_no_service_is_about_all(
    there: StatusIo, server: SmallServer
) -> None:
    posted(page(server), notice(services=()))
    assert sent(server, "create")["all_infrastructure_affected"] == "1"
    everything = ("Web/EU", "Web/US", "API/Main", "Git/SSH", "Git/HTTPS")
    assert sorted(there.incidents()[0].infrastructure) == sorted(everything)


@pytest.mark.parametrize(
    ("service", "problem", "remedy"),
    [
        (
            Service(name="web", component="Wbe"),
            "status.io: publishing #42 failed: the page has no component “Wbe”",
            "set `services.web.component` to one that it has: Web, API, Git",
        ),
        (
            Service(name="web", component="Web", container="Asia"),
            "status.io: publishing #42 failed: the page has no container “Asia”",
            "set `services.web.container` to one that it has: EU, US",
        ),
    ],
)
def test_a_name_that_the_page_does_not_know(
    there: StatusIo, server: SmallServer, service: Service, problem: str, remedy: str
) -> None:
    with pytest.raises(ServiceError) as error:
        posted(page(server, {"web": service}), notice())
    assert (error.value.problem, error.value.remedy) == (problem, remedy)
    assert there.incidents() == []


def test_an_answer_that_was_lost_doubles_nothing(there: StatusIo, server: SmallServer) -> None:
    life = [
        ("create", notice()),
        ("update", notice("Still so.", nth=1)),
        ("update", notice("Still so.", nth=2)),
        ("resolve", END),
    ]
    for end, each in life:
        server.fail("POST", f"/incident/{end}$", how="reset", after=True)
        with pytest.raises(ServiceError, match="it may have been done all the same"):
            posted(page(server), each)
        posted(page(server), each)  # the next run
    [now] = there.incidents()
    assert now.updates == ("Pages do not load.", "Still so.", "Still so.", "All is well.")
    assert now.resolved


def test_what_the_page_does_to_a_text_does_not_double_it(
    there: StatusIo, server: SmallServer
) -> None:
    posted(page(server), notice("Pages & images do not load."))
    [row] = there.kinds(lambda row: row)["active_incidents"]
    row["messages"][0]["details"] = (
        f'<p>Pages &amp; images do not  load.</p>\n<p><a href="{ISSUE}">{ISSUE}</a></p>'
    )
    posted(page(server), notice("Pages & images do not load."))
    assert len(there.incidents()[0].updates) == 1


def test_one_that_was_reopened_is_a_new_one_on_the_page(
    there: StatusIo, server: SmallServer
) -> None:
    for each in (notice(), END, notice("It is back."), notice("Still so.")):
        posted(page(server), each)
    first, second = there.incidents()
    assert (first.resolved, second.resolved) == (True, False)
    assert second.updates == ("It is back.", "Still so.")


def test_one_that_was_over_before_anybody_heard_of_it(there: StatusIo, server: SmallServer) -> None:
    for _ in range(2):
        posted(page(server), END)
    [now] = there.incidents()
    assert now.resolved
    assert set(now.updates) == {"All is well."}


def test_one_that_somebody_ended_on_the_page_is_left_so(
    there: StatusIo, server: SmallServer
) -> None:
    id_, _ = posted(page(server), notice())
    there.resolve_by_hand(id_)
    assert posted(page(server), END)[0] == id_
    assert len(server.requests("POST")) == 1


def test_only_ours_is_touched(there: StatusIo, server: SmallServer) -> None:
    there.by_hand("DB", f"See {ISSUE}7 and {ISSUE.replace('site', 'sites')}")
    posted(page(server), notice())
    theirs, ours = there.incidents()
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


def test_a_code_that_nobody_knows_is_not_operational(there: StatusIo, server: SmallServer) -> None:
    there.by_hand("Upgrade", "Tonight.", 200)
    assert page(server).active()[0].said[0].status == ""
    assert page(server).overall() == ""
    there.overall = 100
    assert page(server).overall() == "Operational"


FIRST, MORE = notice(), notice("More.")
ENDS: list[tuple[str, list[Notice], Callable[[Any], Any]]] = [
    ("/component/list/", [], lambda ours: posted(ours, FIRST)),
    ("/incident/list/", [], lambda ours: posted(ours, FIRST)),
    ("/incident/create$", [], lambda ours: posted(ours, FIRST)),
    ("/incident/update$", [FIRST], lambda ours: posted(ours, MORE)),
    ("/incident/resolve$", [FIRST], lambda ours: posted(ours, END)),
    ("/status/summary/", [], lambda ours: ours.overall()),
]
FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"how": "hang"}, "no answer from 127.0.0.1", ""),
    ({"how": "reset"}, "the connection to 127.0.0.1", ""),
    ({"how": 401}, "401 Unauthorized", "set IMA_STATUSIO_ID and IMA_STATUSIO_KEY"),
    ({"how": 403}, "403 Forbidden", "one that may write to this page"),
    ({"how": 404}, "404 Not Found", "check `status_page.page`"),
    ({"how": 429}, "429 Too Many Requests", "the rest waits for the next run"),
    ({"how": 429, "retry_after": 60}, "429 Too Many Requests", "waits for the next run"),
    ({"how": 500}, "500 Internal Server Error", "status.io itself failed"),
    ({"how": "half"}, "the connection to 127.0.0.1", ""),
    ({"how": "html"}, "sent a web page instead of data", "check status.io's address"),
    ({"how": "error"}, "it was refused (Something went wrong)", "`ima doctor` asks for both"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault[0].values())))
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end[0])
def test_what_fails_is_one_clear_line_and_is_made_good_once(
    there: StatusIo, server: SmallServer, end: Any, fault: Any
) -> None:
    (path, before, act), (how, problem, remedy) = end, fault
    for each in before:
        posted(page(server), each)
    server.fail("*", path, times=3, **how)
    with pytest.raises(ServiceError) as error:
        act(page(server))
    assert error.value.problem.startswith("status.io: ")
    assert problem in error.value.problem
    assert "\n" not in error.value.problem
    assert remedy in error.value.remedy
    assert error.value.remedy
    assert not any(secret in str(error.value) for secret in SECRETS)
    server.faults.clear()
    act(page(server))
    act(page(server))
    said = {"create": 1, "list": 1, "update": 2, "resolve": 2}.get(
        path.strip("/$").split("/")[1], 0
    )
    assert [len(each.updates) for each in there.incidents()] == ([said] if said else [])


def test_it_is_away(server: SmallServer) -> None:
    server.stop()
    ours = page(server)
    for _ in range(2):
        with pytest.raises(ServiceError, match=r"^status.io: looking for #42 .* refuses the con"):
            posted(ours, notice())
    assert repr(ours).find(KEY) == -1


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ({"id_": "x" * 24}, r"was refused \(Invalid statuspage_id\)"),
        ({"key": "nobodys-key"}, "401 Unauthorized"),
    ],
)
def test_a_wrong_page_and_a_wrong_key(
    server: SmallServer, how: dict[str, str], problem: str
) -> None:
    with pytest.raises(ServiceError, match=problem) as error:
        posted(page(server, **how), notice())
    assert "nobodys-key" not in str(error.value)


@pytest.mark.parametrize("body", [[], {}, "x", {"status": {"error": "no"}, "result": {"a": 1}}])
def test_an_answer_that_is_none(body: Any) -> None:
    from tests.counterparts.messages import Answer

    with SmallServer(lambda request: Answer(200, body)) as server:
        for act in (lambda ours: posted(ours, notice()), lambda ours: ours.overall()):
            with pytest.raises(ServiceError, match=r"instead of data|none of status\.io's"):
                act(page(server))
