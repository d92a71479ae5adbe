"""``ima stats``: as text, Markdown and JSON."""

from __future__ import annotations

import sys

import pytest

from .conftest import POLICY, Ima


def live(ima: Ima) -> None:
    """An hour without Git, from 12:00 to 13:00; now it is 22:00."""
    ima('declare "Pushes fail" --severity S3 --service git --status "Service Disruption"')
    ima.after(30)
    ima('say 1 "/ima state monitoring" --as ian')
    ima("apply")
    ima.after(30)
    ima('say 1 "/ima resolve it is over" --as ian')
    ima("apply")
    ima.after(9 * 60)


def test_text(ima: Ima) -> None:
    live(ima)
    done = ima("stats --since 2026-03-02 --service git")
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines()]
    said = "From 2026-03-02 00:00 UTC to 2026-03-02 22:00 UTC. Service: git."
    assert done.out.startswith(f"{said}\n")
    figures = ["0", "0", "1", "0", "0", "0.0", "0.0", "0.0", "0.0", "60.0", "95.4545", "%"]
    assert ["2026-03", "git", *figures, "missed"] in lines
    assert ["resolve:", "declared", "to", "resolved", "1", "60.0", "60.0"] in lines
    assert ["mitigate:", "declared", "to", "Monitoring", "1", "30.0", "30.0"] in lines
    assert ["2026-Q1", "git", "0", "1"] in lines


def test_markdown(ima: Ima) -> None:
    live(ima)
    done = ima("stats --format markdown")
    assert "\n## Near misses\n\n| quarter | service | near misses | incidents |\n" in done.out
    assert "| 2026-03 | web | 0 | 0 | 0 | 0 | 0 |" in done.out


def test_json(ima: Ima) -> None:
    live(ima)
    told = ima("stats --since 2026-03-01 --service git --format json").json
    assert told["months"] == [
        {
            "month": "2026-03",
            "service": "git",
            "incidents": {"S1": 0, "S2": 0, "S3": 1, "S4": 0, "none": 0},
            "minutes": {
                "Operational": 0.0,
                "Degraded Performance": 0.0,
                "Security Issue": 0.0,
                "Partial Service Disruption": 0.0,
                "Service Disruption": 60.0,
            },
            "observed": 22 * 60,
            "availability": 0.954545,
        }
    ]
    assert told["goal"] == 0.9995
    assert told["times"]["resolve"] == {"count": 1, "median": 60.0, "ninetieth": 60.0}
    assert told["quarters"] == [
        {"quarter": "2026-Q1", "service": "git", "near_misses": 0, "incidents": 1}
    ]


def test_a_near_miss_is_counted_beside(ima: Ima) -> None:
    ima('near-miss "Wrong host" --severity S2')
    told = ima("stats --format json").json
    row = {"quarter": "2026-Q1", "near_misses": 1, "incidents": 0}
    assert told["quarters"] == [row | {"service": "all"}, row | {"service": "(none named)"}]


def test_closed_incidents_older_than_the_policy_looks_back_are_read(ima: Ima) -> None:
    live(ima)
    ima.after(60 * 24 * 60)  # look_back is 30 days
    months = ima("stats --since 2026-03-01 --service git --format json").json["months"]
    assert [each["incidents"]["S3"] for each in months] == [1, 0, 0]


def test_a_month_that_was_over_before_ima_knew_anything_has_no_data(ima: Ima) -> None:
    live(ima)
    done = ima("stats --since 2026-01-15 --service git")
    rows = [line.split() for line in done.out.splitlines() if line.startswith("2026-0")]
    assert rows[:2] == [["2026-01", "git", "no", "data"], ["2026-02", "git", "no", "data"]]
    assert rows[2][:2] == ["2026-03", "git"]
    assert "95.4545" in rows[2]
    months = ima("stats --since 2026-01-15 --service git --format json").json["months"]
    known = [(each["month"], each["availability"], each["incidents"]["S1"]) for each in months]
    assert known == [("2026-01", None, None), ("2026-02", None, None), ("2026-03", 0.954545, 0)]


def test_since_in_the_policy_is_no_knowledge_before_the_first_pass(ima: Ima) -> None:
    ima.policy(POLICY.replace("2026-03-02T00:00:00Z", "2026-01-01T00:00:00Z"))
    live(ima)
    months = ima("stats --since 2026-01-01 --service git --format json").json["months"]
    assert [each["availability"] is None for each in months] == [True, True, False]


@pytest.mark.parametrize("since", ["soon", "2027-01-01", "5wd", "eod", "30m", "0d"])
def test_a_since_that_is_none_is_a_mistake(ima: Ima, since: str) -> None:
    done = ima(f"stats --since {since}")
    assert done.code == 2
    assert "--since" in done.err


def test_it_writes_nothing(ima: Ima) -> None:
    ima('declare "Pushes fail" --severity S3')
    before = ima("show 1 --format json").json
    ima("stats")
    assert ima("show 1 --format json").json == before


def test_a_page_with_charts(ima: Ima) -> None:
    live(ima)
    done = ima("stats --since 2026-03-02 --service git --html figures")
    assert done.out.splitlines() == [
        "figures/index.html",
        "March 2026 from the 2. on, so far: 1 incident. The goal of 99.95 % is missed: 95.4545 %,"
        " 38.4 min more than the 21.6 of the goal.",
    ]
    page = (ima.folder / "figures" / "index.html").read_text("utf-8")
    assert page.count('<svg class="chart"') > 3
    assert "Service: <bdi>git</bdi>" in page
    weeks = (ima.folder / "figures" / "incidents.csv").read_text("utf-8")
    assert weeks == "week,S1,S2,S3,S4,none\n2026-03-02,0,0,1,0,0\n"
    told = ima("stats --service git --html figures --format json").json
    assert told["folder"] == "figures"
    assert {"index.html", "incidents.csv", "budget.csv"} <= set(told["files"])


def test_a_page_and_the_csv_at_once(ima: Ima) -> None:
    live(ima)
    told = ima("stats --format csv").out
    assert ima("stats --html figures --format csv").out == told
    assert (ima.folder / "figures" / "index.html").exists()


def test_figures_as_csv_and_json_have_the_same(ima: Ima) -> None:
    live(ima)
    lines = ima("stats --since 2026-03-02 --service git --format csv").out.splitlines()
    assert lines[0] == "figure,of,measure,value"
    assert {"incidents,2026-03-02,S3,1", "budget,2026-03,used,60.0"} <= set(lines)
    charts = ima("stats --since 2026-03-02 --service git --format json").json["charts"]
    assert charts["incidents"] == [
        {"week": "2026-03-02", "S1": 0, "S2": 0, "S3": 1, "S4": 0, "none": 0}
    ]
    assert charts["budget"][0]["used"] == 60.0


def test_persons_are_there_with_the_policys_consent(ima: Ima) -> None:
    live(ima)
    assert "people" not in ima("stats --format json").json["charts"]
    ima.policy(POLICY + "stats: {people: true}\n")
    assert "people" in ima("stats --format json").json["charts"]


def test_a_folder_that_is_not_ours_is_left_alone(ima: Ima) -> None:
    (ima.folder / "mine").mkdir()
    (ima.folder / "mine" / "letter.txt").write_text("x", "utf-8")
    done = ima("stats --html mine")
    assert done.code == 2
    assert "not empty, and not written by ima" in done.err


def test_without_the_library_it_says_what_to_do(ima: Ima, monkeypatch: pytest.MonkeyPatch) -> None:
    live(ima)
    monkeypatch.setitem(sys.modules, "pygal", None)
    done = ima("stats --html figures")
    assert done.code == 2
    assert done.err.splitlines()[0] == "pygal is not installed here"
    assert "stats: {page: …}" in done.err
    assert ima("stats").code == ima("stats --format csv").code == 0


def test_the_dashboard_leads_to_the_page(ima: Ima) -> None:
    live(ima)
    assert "Figures of the last months" not in dashboard(ima)
    ima.policy(POLICY + "stats: {page: 'https://figures.example/ima/'}\n")
    ima("apply")
    assert "\n[Figures of the last months](https://figures.example/ima/)\n" in dashboard(ima)
    before = dashboard(ima)
    ima("apply")
    assert dashboard(ima) == before


def dashboard(ima: Ima) -> str:
    page = ima.session.tracker.dashboard()
    assert page
    return page.body


@pytest.mark.parametrize("address", ["figures.example", "javascript:alert(1)", "https://a b/"])
def test_an_address_of_the_page_that_is_none_is_a_mistake(ima: Ima, address: str) -> None:
    ima.policy(POLICY + f"stats: {{page: '{address}'}}\n")
    done = ima("check")
    assert done.code == 2
    assert "stats" in done.err
    assert "such as `https://" in done.err
