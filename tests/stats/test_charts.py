"""The figures as charts: what each counts, what its picture and its files say, who is not named."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from automation.model.facts import Fact, Resolution
from automation.model.incident import Incident
from automation.stats.charts import Chart
from automation.stats.csv_text import csv_text
from automation.stats.drawing import Drawing, Series, svg
from automation.stats.pages import PAGE, charts_as_csv, figure_files
from tests.build import START, a_fact, an_incident, at, chosen
from tests.site.sample_sites import shipped_templates
from tests.stats.sample_figures import HOSTILE, SAMPLES, WITH_PEOPLE, page_of

DAY = 1440
DOWN = "Service Disruption"


def incident(number: int = 1, minutes: float = 0, **fields: object) -> Incident:
    """An incident declared so many minutes after the start, a Monday at noon."""
    made = an_incident(ref=f"#{number}", opened_at=at(minutes), declared_at=at(minutes))
    return replace(made, **fields)  # type: ignore[arg-type]


def paged(minutes: float, person: str = "erin", **rest: object) -> Fact:
    return a_fact("paged", minutes, role="eoc", who=person, done=True, **rest)


def chart(name: str, incidents: Iterable[Incident], **how: object) -> Chart:
    page = page_of(incidents, **how)  # type: ignore[arg-type]
    return next(each for each in page.charts if each.name == name)


def test_a_week_begins_on_monday_and_one_without_incidents_is_there() -> None:
    told = [
        incident(1, severity=chosen("S1")),
        incident(2, 6 * DAY, severity=chosen("S2")),  # a Sunday
        incident(3, 15 * DAY, severity=chosen("S3")),
    ]
    assert chart("incidents", told, days=20).rows == (
        ("2026-03-02", 1, 1, 0, 0, 0),
        ("2026-03-09", 0, 0, 0, 0, 0),
        ("2026-03-16", 0, 0, 1, 0, 0),
    )


def lasting(number: int, day: float, minutes: float) -> Incident:
    over = Resolution(at(day * DAY + minutes), "erin")
    return incident(number, day * DAY, resolution=over)


def test_times_go_month_by_month_with_their_trend() -> None:
    first = [lasting(n, n, 60) for n in range(1, 4)]
    later = [lasting(n + 10, 40 + n, 20) for n in range(1, 4)]
    told = chart("resolve", first + later, days=60)
    assert told.rows == (
        ("2026-03", 3, 60.0, 60.0), ("2026-04", 3, 20.0, 20.0), ("2026-05", 0, None, None),
    )  # fmt: skip
    assert told.told.endswith("Faster: median 20 min since 1 April 2026, 1 h before.")
    assert "Too few for a trend." in chart("resolve", first + later[:2], days=60).told


def test_the_budget_is_of_the_whole_month_and_nothing_is_below_nothing() -> None:
    down = incident(status=chosen(DOWN), services=("git",), resolution=Resolution(at(30), "erin"))
    (march,) = chart("budget", [down], days=10).rows
    allowed = round((29 * DAY + 720) * 0.0005, 1)  # from the start, noon, to the end of March
    assert march[2:] == (allowed, 30.0, 0.0, round(30 - allowed, 1))
    git = next(row for row in chart("services", [down], days=10).rows if row[0] == "git")
    assert git == ("git", 0.997916, 7.2, 30.0, 0.0, 22.8)
    (quiet,) = chart("budget", [], days=10).rows
    assert quiet == ("2026-03", 1.0, allowed, 0.0, allowed, 0.0)


def test_pages_are_counted_by_the_hour_of_the_team_and_repeated_ones_too() -> None:
    again = a_fact("repeated", 10, role="eoc", who="erin", done=True)
    not_made = a_fact("paged", 11, role="eoc", who="erin", done=False)
    told = [incident(facts=(paged(1), again, not_made)), incident(2, drill=True, facts=(paged(2),))]
    counts = {str(row[0]): row[1] for row in chart("pages", told).rows}
    assert {hour: count for hour, count in counts.items() if count} == {"13:00": 2}  # in Berlin


def test_persons_are_counted_only_where_the_policy_says_so() -> None:
    told = [incident(facts=(paged(1), paged(2, "ravi"), paged(11 * 60)))]
    assert "people" not in {each.name for each in page_of(told).charts}
    assert chart("people", told, says=WITH_PEOPLE).rows == (("erin", 1, 1), ("ravi", 1, 0))


def test_alerts_that_were_for_nothing_stand_first() -> None:
    none = Resolution(at(5), "erin", reason="not planned")
    told = [
        incident(1, alerts=("Slow",), resolution=none),
        incident(2, 5, alerts=("Slow", "Errors")),
        incident(3, 9, alerts=("Errors",)),
    ]
    assert chart("alerts", told).rows == (("Slow", 1, 1), ("Errors", 0, 2))


def test_what_is_overdue_is_listed_with_how_late_it_is() -> None:
    due = (START + timedelta(days=2)).date()
    told = [replace(an_incident(ref="#7", kind="action"), due=due, assignees=("mia",))]
    listed = chart("overdue", told, days=12)
    assert listed.rows == (("#7", "action", "2026-03-04", 10, "mia"),)
    shown = dict(zip(listed.drawing.labels, listed.drawing.series[1].values, strict=True))
    assert shown == {"≤ 1 week": 0, "≤ 1 month": 1, "≤ 3 months": 0, "longer": 0}


def test_a_confidential_incident_is_a_count_and_nothing_else() -> None:
    secret = incident(
        security_at=START, confidential=True, services=("git",), alerts=("Leak",),
        severity=chosen("S1"), facts=(paged(1, "sam"),), resolution=Resolution(at(30), "sam"),
    )  # fmt: skip
    follows = replace(
        an_incident(ref="#8", kind="review"),
        review_of="#1", due=START.date(), assignees=("sam",), title="Leak",
    )  # fmt: skip
    page = page_of([secret, follows], WITH_PEOPLE, days=5)
    whole = "".join(figure_files(page, shipped_templates()).values())
    for word in ("sam", "Leak", "#1", "#8"):
        assert not re.search(rf"(?<![\w&]){word}\b(?!;)", whole), word
    counts = {each.name: each.rows for each in page.charts}
    assert counts["incidents"][0][1] == 1
    assert ("13:00", 1) in counts["pages"]
    assert counts["alerts"] == counts["people"] == counts["overdue"] == ()
    assert "1 more are confidential" in whole


def test_only_one_service() -> None:
    told = [
        incident(1, services=("git",), facts=(paged(1),), alerts=("Slow",)),
        incident(2, services=("web",), facts=(paged(1),), alerts=("Errors",)),
    ]
    page = page_of(told, only="git", days=5)
    counts = {each.name: each.rows for each in page.charts}
    assert counts["incidents"][0][-1] == 1
    assert ("13:00", 1) in counts["pages"]
    assert counts["alerts"] == (("Slow", 0, 1),)
    assert "services" not in counts
    assert "<bdi>git</bdi>" in figure_files(page, shipped_templates())[PAGE]


def test_it_begins_with_the_last_month_that_is_over() -> None:
    down = incident(
        severity=chosen("S2"), status=chosen(DOWN), resolution=Resolution(at(30), "erin")
    )
    short = page_of([down], days=40).glance
    assert short.months == ("April 2026, so far", "March 2026 from 2 March on")
    assert short.said.startswith("March 2026 from 2 March on: 1 incident. The goal of 99.95 % was")
    assert short.met is False
    assert dict(short.rows)["Incidents"] == ("0", "1: 1 S2")
    assert page_of([down], days=3).glance.said.startswith(
        "March 2026 from 2 March on, so far: 1 inc"
    )
    assert page_of([], days=0).glance.said == "Nothing has been observed yet."


@pytest.mark.parametrize("kind", ["stacked", "beside", "lines", "lying"])
def test_a_chart_is_still_and_asks_for_nothing(kind: str) -> None:
    labels = ("a", "<b>&\x07", "c")
    series = (Series("x", "bad", (1, None, 3)), Series("y", "work", (2.5, 4, 0)))
    made = svg(Drawing(kind, labels, series, "minutes"), "What <this> shows")  # type: ignore[arg-type]
    root = ElementTree.fromstring(made)
    assert {each.tag for each in root.iter()} <= {
        "svg", "title", "g", "path", "rect", "circle", "text",
    }  # fmt: skip
    names = {name for each in root.iter() for name in each.attrib}
    assert names <= set("class viewBox role transform x y width height cx cy r d".split())
    assert root[0].text == "What <this> shows"
    assert "<b>&" in {each.text for each in root.iter("text")}
    assert "tone-bad" in made
    assert "tone-work" in made
    assert "http" not in made
    assert made == svg(Drawing(kind, labels, series, "minutes"), "What <this> shows")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (("≤ 1 week", "≤ 1 month", "≤ 3 months", "longer"), 4),
        (tuple(f"{n} Mar" for n in range(10, 25)), 5),
        (tuple(f"{n % 9} Mar {n}" for n in range(100)), 5),
    ],
)
def test_not_more_labels_than_there_is_place_for(labels: tuple[str, ...], shown: int) -> None:
    made = svg(Drawing("stacked", labels, (Series("x", "bad", (1,) * len(labels)),)), "x")
    words = [word for word in re.findall(r"<text[^>]*>([^<]*)</text>", made) if word in labels]
    assert len(words) == shown


def test_a_page_shows_what_is_newest_on_top() -> None:
    page = figure_files(SAMPLES["team"](), shipped_templates())[PAGE]
    assert page.index("<bdi>2026-06-08</bdi>") < page.index("<bdi>2026-03-02</bdi>")


def test_a_bar_says_its_value_where_a_mouse_points() -> None:
    made = svg(Drawing("stacked", ("2 Mar", "9 Mar"), (Series("S1", "bad", (3, 1)),)), "x")
    assert "<title>2 Mar: 3</title>" in made


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    (row,) = list(csv.reader(io.StringIO(csv_text(("a",), [(text,)]))))[1:]
    assert row[0].startswith("'")
    assert row[0][1:] == text.strip()


def test_hostile_names_stay_text_in_every_file() -> None:
    page = SAMPLES["hostile"]()
    files = figure_files(page, shipped_templates())
    for name, text in {**files, "all": charts_as_csv(page.charts)}.items():
        if name != PAGE:
            cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert "<script" not in files[PAGE]
    assert "onclick" not in re.sub(r"&lt;b onclick=x&gt;", "", files[PAGE])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in files[PAGE]
    assert HOSTILE[5][:17] in re.sub("&lt;", "<", re.sub("&gt;", ">", files[PAGE]))


def test_all_figures_are_one_table_of_csv() -> None:
    head, *rows = csv.reader(io.StringIO(charts_as_csv(SAMPLES["team"]().charts)))
    assert head == ["figure", "of", "measure", "value"]
    assert {len(row) for row in rows} == {4}
    assert ["incidents", "2026-03-02", "S1", "1"] in rows
    assert ["overdue", "#200", "kind", "review"] in rows
