from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.config.policy_file import Source, json_schema, load, reference
from automation.errors import PolicyError
from automation.policy.policy import Policy, Rota
from automation.rules import rules_of
from automation.schema.yaml_nodes import parse
from automation.times.durations import Calendar, Duration

case = pytest.param
ROOT = Path(__file__).parents[2]
SHIPPED = Source("policy.yml", (ROOT / "base/policy.yml").read_text(encoding="utf-8"))
LABELS = Source("labels.yml", (ROOT / "labels.yml").read_text(encoding="utf-8"))
EVERYTHING = """
version: 1
tracker: {kind: local, project: acme/other, path: x.db, url: "https://git.example"}
people:
  erin: {pager: erin@acme.example, chat: U0ERIN, zone: Europe/Berlin, manager: mona}
roles:
  eoc: {schedule: PABC123, on_call: erin}
  imoc: {rota: {who: [erin, mia], from: "2026-03-02T09:00 Europe/Berlin", every: 7d}}
  cmoc: {owns: never}
severities:
  S3: {page: eoc, document: true, public: auto, review: {due: 5wd}}
update_every:
  Investigating: {S1: 10m, S2: 15m}
services:
  web: {slo: {errors: 0.001, apdex: 0.95, outage: 2}, metrics: {errors: 'sum(x)', apdex: 'y'}}
  mail: {}
room: https://zoom.example/j/1
chat: {kind: log, channel: "#ops", path: out.jsonl}
status_page: {kind: site}
pager: {kind: policy}
documents: {kind: files, path: docs}
metrics: {kind: none}
since: 2026-03-02T00:00:00Z
working_hours: {zone: Europe/Berlin, days: [Mon, Tue], hours: 9:30-17:30, holidays: [2026-12-25]}
severity_within: 10m
cmoc_after: 1h
look_back: 1w
limits: {pages: 1}
may:
  resolve: [owner, "@mia", security]
  next-update: anyone
rules:
  - {name: remind-review, disabled: true, why: We have other ways.}
  - {name: imoc-on-disruption, engage: {role: imoc, page: false}}
  - name: cmoc-later
    why: Long incidents need a voice.
    when: {state: Identified, vacant: cmoc, service: [mail], for: cmoc_after}
    engage: {role: cmoc}
"""


def loaded(user: str = "", **more: Any) -> Policy:
    return load(SHIPPED, Source("mine.yml", user), LABELS, **more)


def test_the_shipped_policy() -> None:
    policy = load(SHIPPED, None, LABELS)
    assert policy.chain == ("eoc", "imoc", "cmoc")
    assert policy.roles["cmoc"].owns == "never"
    assert policy.severities["S2"].review_due == Duration(5, "wd")
    assert (policy.calendar.days, policy.calendar.hours) == ("Mon-Fri", "9-17")
    assert (policy.chat.channel, policy.room, policy.services) == ("", "", {})
    assert (policy.calendar.zone, policy.project) == ("UTC", "incidents")
    assert policy.may["stand-down"] == ("owner", "holder")
    assert len(rules_of(policy)) == SHIPPED.text.count("- name: ")
    asked = next(rule for rule in rules_of(policy) if rule.name == "ask-severity")
    assert asked.when.lasting == Duration(5, "m")


def test_the_whole_format() -> None:
    policy = loaded(EVERYTHING)
    assert (policy.project, policy.tracker.path, policy.documents.path) == (
        "acme/other",
        "x.db",
        "docs",
    )
    assert policy.people["erin"].manager == "mona"
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert policy.roles["imoc"].rota == Rota(
        who=("erin", "mia"), start=start, every=Duration(7, "d")
    )
    assert policy.roles["imoc"].title == "Incident Manager On Call"
    assert policy.roles["eoc"].on_call == "erin"
    assert policy.severities["S3"].page == ("eoc",)
    assert policy.severities["S3"].action_due == Duration(60, "d")
    assert policy.services["mail"].component == "mail"
    assert policy.since == datetime(2026, 3, 2, tzinfo=UTC)
    holidays = frozenset({date(2026, 12, 25)})
    assert policy.calendar == Calendar("Europe/Berlin", "Mon,Tue", "9:30-17:30", holidays)
    assert (policy.limits.pages, policy.limits.posts) == (1, 5)
    assert policy.may["next-update"] == ("anyone",)


def test_the_rules_after_merging() -> None:
    rules = {rule.name: rule for rule in rules_of(loaded(EVERYTHING))}
    assert "remind-review" not in rules
    assert rules["imoc-on-disruption"].why.startswith("A service disruption")
    assert list(rules)[-1] == "cmoc-later"
    assert rules["cmoc-later"].when.lasting == Duration(1, "h")
    asked = rules["ask-severity"].when.lasting
    assert asked == Duration(10, "m")


def test_overrides_stand_over_both() -> None:
    overrides = parse("severity_within: 1m", "scenario.yml")
    rules = {rule.name: rule for rule in rules_of(loaded(EVERYTHING, overrides=overrides))}
    assert rules["ask-severity"].when.lasting == Duration(1, "m")


def test_the_digest_follows_the_meaning() -> None:
    one = load(SHIPPED, None, LABELS).digest
    assert re.fullmatch("[0-9a-f]{12}", one)
    assert loaded("# a comment\n").digest == one
    assert loaded("room: x").digest != one
    labels = Source("labels.yml", LABELS.text.replace("c00000", "c00001"))
    assert load(SHIPPED, None, labels).digest != one


def test_mistakes_of_all_files_at_once() -> None:
    labels = Source("labels.yml", LABELS.text.replace('"c00000"', "2e5000"))
    with pytest.raises(PolicyError) as error:
        load(SHIPPED, Source("mine.yml", "rom: x\nlimits: {pages: -1}"), labels)
    places = [line.split(" ")[0] for line in str(error.value).split("\n")[::2]]
    red = [n for n, line in enumerate(LABELS.text.split("\n"), 1) if '"c00000"' in line]
    assert places == [*(f"labels.yml:{n}:" for n in red), "mine.yml:1:", "mine.yml:2:"]


def test_the_example_of_the_style_guide() -> None:
    text = SHIPPED.text.replace("when: {severity: [S1, S2]}", "when: {severty: [S1, S2]}")
    with pytest.raises(PolicyError) as error:
        load(Source("policy.yml", text), None, LABELS)
    line = text[: text.index("severty")].count("\n") + 1
    assert str(error.value) == (
        f"policy.yml:{line}: rule 'imoc-on-user-impact': `when` has no 'severty'\n"
        "  did you mean 'severity'?"
    )


def test_templates_are_known_by_name() -> None:
    names = set(re.findall(r"[\w/]+\.md\.j2", SHIPPED.text))
    for effect, pattern in (("ask", "comments/ask_{}.md.j2"), ("tell", "comments/tell_{}.md.j2")):
        names |= set(map(pattern.format, re.findall(rf" {effect}: .*about: (\w+)", SHIPPED.text)))
    names |= set(
        map("chat/{}.txt.j2".format, re.findall(r"announce: .*about: (\w+)", SHIPPED.text))
    )
    assert loaded(templates=frozenset(names))
    with pytest.raises(PolicyError) as error:
        loaded(templates=frozenset(names - {"review.md.j2", "comments/ask_review.md.j2"}))
    said = str(error.value)
    assert "rule 'remind-review': there is no template 'comments/ask_review.md.j2'" in said
    assert "there is no template 'review.md.j2'\n  known here: " in said


def test_json_schema_asks_for_nothing_but_a_rules_name() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "required" not in schema
    assert schema["properties"]["rules"]["items"]["required"] == ["name"]
    assert schema["properties"]["roles"]["additionalProperties"]["anyOf"][1] == {"type": "null"}


def test_the_reference_has_every_key_and_every_effect() -> None:
    text = reference()
    keys = re.findall(r"^([a-z_]+):", SHIPPED.text, re.MULTILINE)
    assert all(f"| `{key}` |" in text for key in keys)
    assert all(f"### {word}\n" in text for word in ("when", "engage", "page", "ask", "set"))
    assert all(line.count("|") == 5 for line in text.split("\n") if line.startswith("|"))


_KEYS = ["name", "why", "when", "engage", "role", "due", "kind", "eoc", "S1", "disabled"]
_VALUES = st.recursive(
    st.sampled_from(["null", "true", "3", "x", "eoc", "30m", '""']),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=3,
        ).map(lambda found: "{" + ", ".join(f"{k}: {v}" for k, v in found.items()) + "}")
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(json_schema()["properties"])), _VALUES)
def test_no_value_anywhere_gives_a_traceback(key: str, value: str) -> None:
    try:
        loaded(f"{key}: {value}")
    except PolicyError as error:
        lines = str(error).split("\n")
        remedies = lines[1::2]
        assert all(len(line) > 4 and line.startswith("  ") for line in remedies)
