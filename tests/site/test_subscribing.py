"""What can be subscribed: feeds, the calendar of planned work, and data for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.model.incident import Incident
from automation.site.pages import ENTRIES
from tests.build import START
from tests.pages import ATOM, feed_mistakes
from tests.site.sample_sites import DOWN, FINE, INVESTIGATING, RESOLVED, a_post, public, work
from tests.site.test_site import API, HOSTILE, down, over, written

ADDRESS = "https://status.example/"


def events(text: str) -> Iterator[dict[str, str]]:
    """What a calendar program reads: the lines unfolded, by the names of their values."""
    for event in text.replace("\r\n ", "").split("BEGIN:VEVENT\r\n")[1:]:
        lines = event.partition("END:VEVENT")[0].splitlines()
        yield dict(line.split(":", 1) for line in lines)


def test_a_calendar_has_planned_work_with_its_window() -> None:
    made = written(work(5, (0, "Scheduled")), down(6), address=ADDRESS)
    (event,) = events(made["maintenance.ics"])
    assert (event["DTSTART"], event["DTEND"]) == ("20260302T130000Z", "20260302T140000Z")
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", "0")
    assert event["SUMMARY"] == "Acme status: Maintenance: API"
    assert event["URL"] == "https://status.example/incidents/5.html"
    assert made["services/api.ics"].count("BEGIN:VEVENT") == 1
    assert made["services/web.ics"].count("BEGIN:VEVENT") == 0


@pytest.mark.parametrize(
    ("posts", "status", "end"),
    [
        pytest.param([(0, "Scheduled"), (9, "Cancelled")], "CANCELLED", "140000", id="called off"),
        pytest.param([(0, "Scheduled"), (60, "In progress"), (90, "Completed")], "CONFIRMED",
                     "133000", id="over early"),
        pytest.param([(0, "Scheduled"), (60, "In progress"), (121, "Completed")], "CONFIRMED",
                     "140000", id="over in time"),
    ],
)  # fmt: skip
def test_a_calendar_follows(posts: list[tuple[float, str]], status: str, end: str) -> None:
    before = next(events(written(work(5, (0, "Scheduled")))["maintenance.ics"]))
    after = next(events(written(work(5, *posts), now=130)["maintenance.ics"]))
    assert after["UID"] == before["UID"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert (after["STATUS"], after["DTEND"]) == (status, f"20260302T{end}Z")


def test_a_calendar_has_the_lines_that_rfc_5545_asks_for() -> None:
    text = written(work(5, (0, "Scheduled"), text="Ä" * 300))["maintenance.ics"]
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert next(events(text))["DESCRIPTION"] == "Ä" * 300


@pytest.mark.parametrize("text", [*HOSTILE.values(), "a\r\nEND:VEVENT\r\nX:1;,\\n"])
def test_no_post_breaks_out_of_a_calendar(text: str) -> None:
    made = written(work(5, (0, "Scheduled"), text=text))["maintenance.ics"]
    harmless = written(work(5, (0, "Scheduled"), text=""))["maintenance.ics"]
    assert [*next(events(made))] == [*next(events(harmless))]
    assert made.replace("\r\n ", "").count("\r\n") == harmless.replace("\r\n ", "").count("\r\n")


def test_a_service_has_a_feed_of_its_own() -> None:
    made = written(down(1), over(2), address=ADDRESS)
    feeds = {name: made[f"services/{name}.xml"] for name in ("web", "git", "pages")}
    assert [feed_mistakes(text) for text in feeds.values()] == [[], [], []]
    ids = {name: ElementTree.fromstring(text).findtext(f"{ATOM}id") for name, text in feeds.items()}
    assert len(set(ids.values())) == 3
    assert [text.count("<entry>") for text in feeds.values()] == [1, 1, 0]
    assert f'href="{ADDRESS}services/git.xml"' in feeds["git"]
    assert f'href="{ADDRESS}incidents/2.html"' in feeds["git"]
    assert 'href="../incidents/2.html"' in written(over(2))["services/git.xml"]


def test_a_feed_has_what_changed_last() -> None:
    old = public(1, a_post(0, INVESTIGATING, DOWN), a_post(9000, RESOLVED, FINE))
    many = [over(n, since=10 * n) for n in range(2, ENTRIES + 20)]
    feed = ElementTree.fromstring(written(old, *many, now=9999)["feed.xml"])
    titles = [each.findtext(f"{ATOM}title") for each in feed.iter(f"{ATOM}entry")]
    assert len(titles) == ENTRIES
    assert titles[0] == f"Resolved: {DOWN}", "also where it began long ago"


def answers(*incidents: Incident, **rest: Any) -> dict[str, Any]:
    made = written(*incidents, address=ADDRESS, **rest)
    return {name: json.loads(made[f"api/v2/{name}.json"]) for name in API}


def test_programs_that_read_statuspage_read_this() -> None:
    planned, running = work(5, (0, "Scheduled")), work(6, (0, "Scheduled"), (1, "In progress"))
    told = answers(down(1), over(2), planned, running)
    assert {next(iter(each)) for each in told.values()} == {"page"}
    assert told["summary"].keys() == {
        "page", "status", "components", "incidents", "scheduled_maintenances",
    }  # fmt: skip
    assert told["status"]["status"] == {"indicator": "critical", "description": DOWN}
    numbers = {
        name: [each["id"] for each in (rows.get("incidents") or rows["scheduled_maintenances"])]
        for name, rows in told.items()
        if name not in ("summary", "status", "components")
    }
    assert numbers == {
        "incidents": ["2", "1"],
        "incidents/unresolved": ["1"],
        "scheduled-maintenances": ["6", "5"],
        "scheduled-maintenances/upcoming": ["5"],
        "scheduled-maintenances/active": ["6"],
    }
    web, api, *_ = told["components"]["components"]
    assert (web["id"], web["name"], web["status"]) == ("web", "Web", "major_outage")
    assert api["status"] == "major_outage", "an outage weighs more than work"
    (row,) = told["scheduled-maintenances/active"]["scheduled_maintenances"]
    assert (row["status"], row["impact"]) == ("in_progress", "maintenance")
    assert row["scheduled_for"] == "2026-03-02T13:00:00.000Z"


def test_work_that_went_wrong_is_an_incident_beside_it() -> None:
    planned = work(5, (0, "Scheduled"), (1, "In progress"))
    both = replace(planned, facts=(*planned.facts, *down(5, since=9).facts))
    made = written(both, address=ADDRESS)
    assert "Maintenance: API" in made["incidents/5-work.html"]
    assert DOWN in made["incidents/5.html"]
    assert feed_mistakes(made["feed.xml"]) == [], "each has an entry of its own"
    ids = [each["id"] for rows in ("incidents", "scheduled-maintenances") for each in
           next(iter([*answers(both)[rows].values()][1:]))]  # fmt: skip
    assert ids == ["5", "5-work"]


def test_what_an_incident_says_to_programs() -> None:
    incident = answers(over(2))["incidents"]["incidents"][0]
    assert incident["status"] == "resolved"
    assert incident["impact"] == "major"
    assert incident["started_at"] == incident["created_at"] == "2026-03-02T12:10:00.000Z"
    assert incident["monitoring_at"] == "2026-03-02T12:15:00.000Z"
    assert incident["resolved_at"] == "2026-03-02T12:30:00.000Z"
    assert incident["shortlink"] == "https://status.example/incidents/2.html"
    changed = [each["affected_components"][0] for each in incident["incident_updates"]]
    assert [(each["old_status"], each["new_status"]) for each in changed] == [
        ("operational", "operational"),
        ("partial_outage", "operational"),
        ("operational", "partial_outage"),
    ]
    assert {each["code"] for each in changed} == {"git"}


def test_what_programs_read_changes_only_with_what_was_published() -> None:
    made = [written(over(), now=now) for now in (60, 600)]
    api = [name for name in made[0] if name.startswith("api/")]
    assert [name for name in api if made[0][name] != made[1][name]] == []


def test_a_service_for_programs() -> None:
    data = json.loads(
        written(over(2), now=60 * 24, since=START - timedelta(days=1))["services/git.json"]
    )
    assert data["component"]["id"] == "git"
    assert data["uptime_percent"] == 99.82
    assert [each["status"] for each in data["days"][-4:]] == [
        None, "operational", "partial_outage", "operational",
    ]  # fmt: skip
    assert data["days"][-2] == {
        "date": "2026-03-02", "status": "partial_outage", "minutes_down": 5,
    }  # fmt: skip
    assert [each["id"] for each in data["incidents"]] == ["2"]


def test_the_page_says_what_can_be_subscribed_how() -> None:
    text = written(address=ADDRESS)["subscribe.html"]
    links = re.findall(r'href="([^"]+)"', text)
    kinds = [
        f"services/{name}.{kind}" for name in ("web", "git") for kind in ("xml", "ics", "json")
    ]
    assert {"feed.xml", "maintenance.ics", "api/v2/summary.json", *kinds} <= {*links}
    assert "<code>https://status.example/feed.xml</code>" in text
    assert "sends no mail" in text
    assert "<code>https" not in written()["subscribe.html"], "an address that nobody knows"


@pytest.mark.property
@given(text=st.text())
def test_every_post_is_in_the_calendar_as_it_was_written(text: str) -> None:
    made = written(work(5, (0, "Scheduled"), text=f"A {text} Z"))["maintenance.ics"]
    said = next(events(made))["DESCRIPTION"].replace("\\n", " ")
    said = re.sub(r"\\([\\;,])", r"\1", said)
    assert [c for c in said if "!" <= c <= "~"] == [
        "A", *(c for c in text if "!" <= c <= "~"), "Z",
    ]  # fmt: skip
