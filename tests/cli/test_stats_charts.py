"""``ima stats --html``, ``--format csv`` and ``charts`` in JSON: the figures as pictures."""

from __future__ import annotations

import sys

import pytest

from .conftest import POLICY, Ima
from .test_stats import live


def test_a_page_with_charts(ima: Ima) -> None:
    live(ima)
    done = ima("stats --since 2026-03-02 --service git --html figures")
    assert done.out.splitlines() == [
        "figures/index.html",
        "March 2026 from 2 March on, so far: 1 incident. The goal of 99.95 % is missed: 95.4545 %,"
        " 60.0 min down, 21.6 allowed.",
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
