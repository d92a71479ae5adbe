"""Whole passes with status.io as the status page: it follows, once, whatever breaks between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.counterparts.statusio_page import Shown
from tests.services.statusio.test_faults import FAULTS
from tests.services.statusio.world import OPENS, World, world

LIFE = (
    "/ima publish Pages do not load.",
    '/ima status "Partial Service Disruption"',
    "/ima publish We are still on it.",
    "/ima publish We are still on it.",
    "/ima state identified -- the cache",
    "/ima state monitoring",
    "/ima resolve It was the cache.",
)


@pytest.fixture
def on(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as found:
        yield found


def lived(on: World, dies_after: int | None = None) -> tuple[list[Shown], bool]:
    """The life of one incident; each pass is killed at that write of it, and made again."""
    killed = False
    on.does(OPENS)
    on.says('/ima status "Service Disruption"')
    for text in LIFE:
        on.stage.meter.most = None
        act = on.says
        if dies_after is None:
            act(text)
        else:
            killed |= dying(on, text, dies_after)
            on.does()
    shown = [each._replace(id="") for each in on.counterpart.incidents()]
    return shown, killed


def dying(on: World, text: str, writes: int) -> bool:
    run = on.stage.run_pass
    on.stage.run_pass = lambda dies_after=None: run(writes)  # type: ignore[method-assign]
    try:
        return on.says(text).killed
    finally:
        on.stage.run_pass = run  # type: ignore[method-assign]


def test_the_page_follows_to_the_end(on: World) -> None:
    [shown], _ = lived(on)
    assert shown.name == "Incident: Web"
    assert shown.marker.startswith("Reference: 1-")
    assert shown.resolved
    assert (shown.state, shown.status) == (300, 100)
    assert shown.updates[0] == "Pages do not load."
    assert shown.updates.count("We are still on it.") == 2
    assert len(shown.updates) == len(LIFE)
    assert set(shown.heard) == {frozenset({"social"})}
    assert "It was the cache" not in " ".join(shown.updates)


def test_a_job_killed_at_any_write_doubles_and_loses_nothing(tmp_path: Path) -> None:
    with world(tmp_path / "whole") as whole:
        wanted, _ = lived(whole)
    for writes in range(12):
        with world(tmp_path / str(writes)) as on:
            found, killed = lived(on, writes)
            assert found == wanted, writes
        if not killed:
            break
    assert writes > 3
    assert not killed


def test_the_card_links_to_the_page_and_remembers_it(on: World) -> None:
    on.public()
    id_ = on.counterpart.incidents()[0].id
    link = f"https://status.acme.test/pages/incident/{on.counterpart.page}/{id_}"
    [fact] = on.facts("shown")
    assert (fact.what, fact.by) == (id_, link)
    assert any(f"| Status page | [status.acme.test]({link}) |" in body for body in on.comments())
    on.says("/ima publish More.")
    assert len(on.facts("shown")) == 1
    assert on.does().plan.empty  # type: ignore[union-attr]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault[0].values())))
@pytest.mark.parametrize("path", ["/incident/list/", "/component/list/", "/incident/create$"])
def test_the_tracker_goes_on_and_the_post_is_made_once(on: World, path: str, fault: Any) -> None:
    how, problem, _ = fault
    on.does(OPENS)
    on.server.fail("*", path, times=99, **how)
    passed = on.says('/ima publish Pages do not load.\n/ima status "Service Disruption"')
    assert passed.exit == 1
    told = [line for line in passed.findings if "status.io" in line]
    assert len(told) == 1
    assert problem in told[0]
    assert "Status::Service Disruption" in on.stage.issues()[0].labels
    assert [fact.done for fact in on.facts("published")] == [False]
    on.server.faults.clear()
    for _ in range(2):
        assert on.does().exit == 0
    assert [fact.done for fact in on.facts("published")] == [True]
    assert [shown.updates for shown in on.counterpart.incidents()] == [("Pages do not load.",)]


# What the page cannot follow


def test_the_owner_hears_once_of_services_that_it_cannot_show(on: World) -> None:
    on.public()
    on.label("Service::API")
    on.does()
    told = [body for body in on.comments() if "cannot change there" in body]
    assert len(told) == 1
    assert "@erin, edit [the incident on the status page](" in told[0]  # ian is not here
    assert "still names Web, and this issue now names API, Web." in told[0]
    assert f"(https://status.acme.test/pages/incident/{on.counterpart.page}/" in told[0]
    on.label("Service::API", add=False)
    on.label("Service::API")
    assert sum("cannot change there" in body for body in on.comments()) == 1


# What somebody changed there


def drift(on: World, grave: bool = False) -> list[str]:
    passed = on.does()
    assert passed.exit == grave  # what is grave, and new (P-52)
    assert on.stage.run_pass().findings == passed.findings  # told again, and nothing else done
    return [line for line in passed.findings if "status page" in line]


def test_all_agrees(on: World) -> None:
    on.public()
    assert drift(on) == []


def test_one_that_is_resolved_here_but_not_there(on: World) -> None:
    on.public()
    on.close()
    [shown] = on.counterpart.incidents()
    assert shown.resolved
    on.counterpart.reopen_by_hand(shown.id)
    [line] = drift(on)
    assert "still shows “Incident: Web” (https://status.acme.test/pages/incident/" in line
    assert "#1 is resolved: end it there" in line


def test_a_public_duplicate_ends_on_the_page_too(on: World) -> None:
    on.public()
    on.says("/ima resolve duplicate of #7")
    assert on.counterpart.incidents()[0].resolved
    assert drift(on) == []


def test_one_that_nobody_knows(on: World) -> None:
    on.does(OPENS)
    from automation.model.status_page import reference

    mark = reference(on.stage.policy.project, "#77")
    on.counterpart.by_hand("Git is slow", f"We look.\n\nReference: {mark}")
    [line] = drift(on)
    assert "shows “Git is slow” (https://" in line
    assert "of #77, and there is no such issue: end it there" in line


def test_one_that_is_of_no_issue(on: World) -> None:
    on.counterpart.by_hand("Upgrade\nof @all", "Tonight.")
    [line] = drift(on)
    assert "also shows “Upgrade of @all”" in line
    assert "leave it to who posted it" in line


def test_one_that_the_card_does_not_know(on: World) -> None:
    on.does(OPENS)
    from automation.model.status_page import reference

    on.counterpart.by_hand("Web", f"We look. Reference: {reference(on.stage.policy.project, '#1')}")
    [line] = drift(on)
    assert "of #1, whose card knows of no post" in line


def test_a_page_that_somebody_set_to_operational(on: World) -> None:
    on.public()
    on.counterpart.overall = 100
    [line] = drift(on)
    assert "as a whole says Operational while it shows #1" in line


def test_one_that_somebody_ended_on_the_page(on: World) -> None:
    on.public()
    on.counterpart.resolve_by_hand(on.counterpart.incidents()[0].id)
    [line] = drift(on, grave=True)
    assert "#1 is public and Service Disruption, but not on the status page" in line


def test_a_page_that_does_not_answer_is_one_line(on: World) -> None:
    on.public()
    on.server.fail("GET", "/incident/list/", how=500, times=99)
    passed = on.does()
    assert passed.exit == 1
    assert len(passed.findings) == 1
    assert passed.plan.empty  # type: ignore[union-attr]


def test_a_quiet_sweep_costs_one_request_or_two(on: World) -> None:
    on.does(OPENS)
    on.server.log.clear()
    on.does()
    assert len(on.server.log) == 1
    on.says('/ima status "Service Disruption"')
    on.says("/ima publish Pages do not load.")
    on.server.log.clear()
    on.does()
    assert len(on.server.log) == 2
