"""``ima slo``, and what a bad figure does in ``ima plan`` and ``ima apply``."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from .conftest import POLICY, Ima

MEASURED = POLICY + "metrics: {kind: file, path: samples.json}\n"
DECLARES = MEASURED + "slo: {declare: true}\n"
Values = dict[str, list[float]]


def give(ima: Ima, **services: Values) -> None:
    """Samples of every 30 seconds, ending now."""
    data = {
        service: {
            measure: [
                [(ima.now - timedelta(seconds=30 * place)).isoformat(), value]
                for place, value in enumerate(reversed(values))
            ]
            for measure, values in measures.items()
        }
        for service, measures in services.items()
    }
    (ima.folder / "samples.json").write_text(json.dumps(data), encoding="utf-8")


OUT: Values = {"errors": [0.2] * 10, "apdex": [0.99] * 10}
FINE: Values = {"errors": [0.0001] * 10, "apdex": [0.97] * 10}


def test_the_table(ima: Ima) -> None:
    ima.policy(MEASURED)
    give(ima, web=OUT, api=FINE)
    done = ima("slo web API git")
    assert done.code == 0, "whatever the verdict"
    assert done.err == ""
    assert [line.rstrip() for line in done.out.splitlines()] == [
        "service  verdict      figure       newest  worst  SLO   outage above",
        "web      outage       error ratio  20%     20%    0.1%  0.2%          "
        "outage at least since 2026-03-02 11:55:30 UTC",
        "                      apdex        0.99    0.99   0.95",
        "api      operational  error ratio  0.01%   0.01%  0.1%  0.2%",
        "                      apdex        0.97    0.97   0.95",
        "git      unknown      error ratio                 0.1%  0.2%          no samples",
        "                      apdex                       0.95                no samples",
    ]


def test_what_is_not_sustained_is_said(ima: Ima) -> None:
    ima.policy(MEASURED)
    give(ima, web={"errors": [*[0.0001] * 8, *[0.2] * 4], "apdex": [0.99] * 10})
    said = "above its SLO since 2026-03-02 11:58:30 UTC, not sustained for 5m"
    (row,) = [line for line in ima("slo web").out.splitlines() if line.startswith("web ")]
    assert row.split()[1] == "operational"
    assert row.endswith(said)
    figure = ima("slo web --format json").json["services"][0]["figures"][0]
    assert (figure["not_sustained_since"], figure["since"]) == ("2026-03-02T11:58:30Z", None)


def test_json_and_markdown(ima: Ima) -> None:
    ima.policy(MEASURED)
    give(ima, web=OUT)
    (web,) = ima("slo web --format json").json["services"]
    assert (web["service"], web["verdict"]) == ("web", "outage")
    assert web["figures"][0] == {
        "measure": "errors", "verdict": "outage", "newest": 0.2, "worst": 0.2, "slo": 0.001,
        "outage": 0.002, "since": "2026-03-02T11:55:30Z", "not_sustained_since": None, "why": "",
    }  # fmt: skip
    assert "| web | outage | error ratio | 20% |" in ima("slo --format markdown").out
    assert len(ima("slo --format json").json["services"]) == 5


def test_metrics_that_do_not_answer(ima: Ima) -> None:
    ima.policy(MEASURED)
    (ima.folder / "samples.json").write_text("no JSON")
    done = ima("slo web")
    assert done.code == 1
    assert "web      unknown  error ratio" in done.out
    assert "the metrics did not answer" in done.out
    assert "samples.json is not JSON\n  run again when the metrics answer\n" in done.err
    assert ima("plan").code == 1, "and a pass says so, too"


def test_without_metrics_it_says_what_to_configure(ima: Ima) -> None:
    done = ima("slo")
    assert done.code == 0
    assert "nobody is asked for figures" in done.out
    assert "metrics: {kind: file, path: .ima/samples.json}" in done.err


@pytest.mark.parametrize("form", ["text", "json"])
def test_without_an_slo_it_says_what_to_configure(ima: Ima, form: str) -> None:
    names = ("web", "api", "git", "pages", "registry")
    nothing = "".join(f"  {name}: {{slo: {{errors: null, apdex: null}}}}\n" for name in names)
    ima.policy(f"{MEASURED}services:\n{nothing}")
    done = ima(f"slo --format {form}")
    assert done.code == 0
    assert "web: {slo: {errors: 0.001, apdex: 0.95}" in (done.out if form == "text" else done.err)
    assert form == "text" or done.json == {"services": []}


def test_a_service_without_an_slo_and_one_that_there_is_not(ima: Ima) -> None:
    ima.policy(MEASURED + "services: {web: {slo: {errors: null, apdex: null}}}\n")
    done = ima("slo web")
    assert (done.code, done.out) == (0, "")
    assert "set `services.web.slo`" in done.err
    done = ima("slo wbe")
    problem, remedy = done.err.splitlines()
    assert (done.code, problem) == (2, "there is no service 'wbe'")
    assert remedy.startswith("  did you mean 'web'? (`services`, ")


def test_a_plan_shows_the_incident_that_it_would_open(ima: Ima) -> None:
    ima.policy(DECLARES)
    give(ima, web=OUT)
    done = ima("plan -v")
    assert "acme/production new incident" in done.out
    assert "declare 'Web: error ratio above the outage line' (Partial Service Disrup" in done.out
    assert "| Opened by IMA, because nobody had declared it: Web." in done.out
    (change,) = ima("plan --format json").json["changes"]
    assert (change["kind"], change["issue"]) == ("declare", "new incident")
    assert (change["services"], change["status"]) == (["web"], "Partial Service Disruption")
    assert ima("plan --issue 1").code == 2, "nothing was opened"


def test_a_saved_plan_opens_it_and_its_first_pass_follows(ima: Ima) -> None:
    ima.policy(DECLARES)
    give(ima, web=OUT)
    ima("plan --out plan.json")
    done = ima("apply plan.json --format json")
    assert done.code == 0
    kinds = [change["kind"] for change in done.json["changes"] if change["issue"] == "#1"]
    assert {"declare", "call", "page", "say"} <= set(kinds)
    assert ima("board --format json").json["active"][0]["owner"] == "erin"
    assert ima("apply --format json").json["changes"] == []


def test_a_pass_on_one_issue_opens_nothing(ima: Ima) -> None:
    ima.policy(DECLARES)
    ima('declare "Docs are down" --severity S4')
    give(ima, web=OUT)
    assert ima("apply --issue 1 --format json").json["changes"] == []
    opened = [c["kind"] for c in ima("apply --format json").json["changes"]]
    assert "declare" in opened
