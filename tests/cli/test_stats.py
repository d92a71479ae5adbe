"""``ima stats``: as text, Markdown and JSON."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from automation.model.engagement import REPEATED
from automation.stats.figures import Stats
from automation.stats.metrics import Standing, as_metrics

from .conftest import POLICY, START, Ima

DOCS = (Path(__file__).parents[2] / "docs" / "stats.md").read_text(encoding="utf-8")


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


def metrics(text: str) -> dict[str, dict[str, float]]:
    """The samples by metric and labels, as the strict parser of OpenMetrics reads them."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            assert sample.timestamp is None  # node_exporter refuses a file with times
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def test_metrics(ima: Ima) -> None:
    live(ima)
    ima('declare "API slow" --severity S2 --service api')
    done = ima("stats --since 2026-03-02 --metrics")
    assert done.code == 0
    told = metrics(done.out)
    assert told["ima_incidents_open"] == {f"severity=S{n}": n == 2 for n in range(1, 5)} | {
        "severity=none": 0
    }
    assert told["ima_incidents_declared"]["severity=S3"] == 1
    assert told["ima_step_median_seconds"]["step=resolve"] == 3600
    outbox = (ima.folder / ".ima" / "outbox.jsonl").read_text("utf-8").splitlines()
    pages = [entry for entry in map(json.loads, outbox) if entry["kind"] == "page"]
    first = [entry["role"] for entry in pages if not entry["key"].endswith(REPEATED)]
    roles = ("eoc", "imoc", "cmoc", "security")
    assert told["ima_pages"] == {f"role={role}": first.count(role) for role in roles}
    assert sum(told["ima_pages"].values()) > 1
    assert told["ima_service_availability_ratio"]["service=git"] == pytest.approx(21 / 22)
    assert told["ima_service_status_seconds"]["service=git,status=Service Disruption"] == 3600
    assert told["ima_status_seconds"]["status=Service Disruption"] == 3600
    assert told["ima_follow_ups_open"] == {"kind=review": 0, "kind=action": 0}
    assert told["ima_sign_of_life_timestamp_seconds"] == {"": ima.now.timestamp()}
    assert not {"erin", "ian", "rita"} & set(re.findall(r"\w+", done.out))


def test_metrics_count_what_is_confidential_and_say_no_more(ima: Ima) -> None:
    ima('declare "Keys leaked" --severity S1 --service git --security')
    told = metrics(ima("stats --metrics").out)
    assert told["ima_incidents_open"]["severity=S1"] == 1
    assert sum(told["ima_service_status_seconds"].values()) == 0


def test_a_value_of_a_label_ends_no_line_of_the_metrics(ima: Ima) -> None:
    odd = 'a"b\\c'
    now = Standing({odd: 1}, {}, {}, {}, None)
    since = START - timedelta(days=1)
    told = metrics(as_metrics(Stats(since, START, 0.9995), now))
    assert told["ima_incidents_open"] == {f"severity={odd}": 1}


@pytest.mark.needs("promtool")
def test_promtool_has_nothing_to_say_of_the_metrics(ima: Ima) -> None:
    live(ima)
    assert promtool("metrics", text=ima("stats --metrics").out) == (0, "")


def promtool(what: str, *files: str, text: str = "") -> tuple[int, str]:
    line = ["promtool", "check", what, *files]
    done = subprocess.run(line, input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_docs_have_each_metric(ima: Ima) -> None:
    live(ima)
    told = set(re.findall(r"`(ima_\w+)[`{]", DOCS))
    assert told >= set(metrics(ima("stats --metrics").out))


@pytest.mark.needs("promtool")
def test_the_alerts_of_the_docs_are_rules(tmp_path: Path) -> None:
    fences = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    (rules,) = (text for text in fences if "expr:" in text)
    file = tmp_path / "rules.yml"
    file.write_text(rules, encoding="utf-8")
    assert promtool("rules", str(file))[0] == 0


@pytest.mark.parametrize("besides", ["--service git", "--format json", "--format markdown"])
def test_metrics_are_a_form_of_their_own(ima: Ima, besides: str) -> None:
    done = ima(f"stats --metrics {besides}")
    assert done.code == 2
    assert "--metrics is a form of its own" in done.err
