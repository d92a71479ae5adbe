"""What people write into the description of planned work, as a window (P-56)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from automation.history.maintenance_form import said_window
from automation.model.maintenance import Window
from automation.policy.policy import Service

case = pytest.param
SERVICES = {name: Service(name=name, component=name.upper()) for name in ("web", "api", "git")}


def window(start: tuple[int, int], end: tuple[int, int], *services: str, days: int = 0) -> Window:
    return Window(
        datetime(2026, 3, 2, *start, tzinfo=UTC),
        datetime(2026, 3, 2 + days, *end, tzinfo=UTC),
        services,
    )


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        case(
            "### From\n\n2026-03-02 22:00\n\n### To\n\n2026-03-02 23:30"
            "\n\n### Services\n\nWEB, API",
            window((22, 0), (23, 30), "api", "web"),
            id="a form, whose services are components",
        ),
        case(
            "From: 2026-03-02 22:00 UTC\r\nTo: 23:30",
            window((22, 0), (23, 30)),
            id="lines, the end without a day",
        ),
        case(
            "- **Start**: 2026-03-02T22:00:00Z\n- **End**: 2026-03-02T23:30:00Z\n- Services: git",
            window((22, 0), (23, 30), "git"),
            id="a list, ISO times",
        ),
        case(
            "| Start (UTC) | 2026-03-02 22:00 |\n| End (UTC) | 2026-03-03 01:00 |",
            window((22, 0), (1, 0), days=1),
            id="a table, over midnight",
        ),
        case(
            "We swap switches from 2026-03-02 22:00 to 01:00 UTC.",
            window((22, 0), (1, 0), days=1),
            id="a sentence, over midnight",
        ),
        case(
            "From: 2026-03-02 22:00 Europe/Berlin\nTo: 2026-03-02 23:30 Europe/Berlin",
            window((21, 0), (22, 30)),
            id="a zone",
        ),
        case(
            "Window: 2026-03-02 22:00 – 23:30 +01:00",
            window((21, 0), (22, 30)),
            id="one offset for both",
        ),
        case("From: tonight\nTo: 23:30", None, id="no day"),
        case("From: 2026-03-02 23:00\nTo: 2026-03-02 22:00", None, id="the end comes first"),
        case("From: 2026-02-30 22:00\nTo: 23:30", None, id="no such day"),
        case("<!-- From: 2026-03-02 22:00\nTo: 23:30 -->", None, id="what nobody sees"),
        case("To whom it may concern: the switches are old.", None, id="no times"),
        case("", None, id="nothing"),
    ],
)
def test_a_description_says_when_the_work_is(body: str, wanted: Window | None) -> None:
    assert said_window(body, (), SERVICES) == wanted


def test_labels_name_services_besides_the_text() -> None:
    body = "From: 2026-03-02 22:00\nTo: 23:30\nServices: web"
    assert said_window(body, ["git"], SERVICES) == window((22, 0), (23, 30), "git", "web")


FORM = (Path(__file__).parents[2] / "templates" / "ci" / "gitlab-maintenance.md").read_text("utf-8")


def test_the_template_that_is_shipped_says_nothing_until_it_is_filled_in() -> None:
    assert said_window(FORM, (), SERVICES) is None
    filled = FORM.replace("<!-- such as 2026-03-02 22:00 UTC -->", "2026-03-02 22:00 UTC")
    filled = filled.replace("<!-- such as 2026-03-02 23:30 UTC -->", "23:30")
    filled = filled.replace("### Services\n", "### Services\nWEB and git\n")
    assert said_window(filled, (), SERVICES) == window((22, 0), (23, 30), "git", "web")


@pytest.mark.parametrize("line", ["to\n", "from\n", "services\n", "when\n"])
def test_a_field_that_is_named_without_end_is_read_at_once(line: str) -> None:
    began = time.process_time()
    assert said_window(line * 7_000, (), SERVICES) is None
    assert time.process_time() - began < 0.2
