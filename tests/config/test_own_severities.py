"""A team's own severities: what the shipped policy says of S1 to S4 is said of theirs."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from automation.errors import PolicyError
from automation.policy.policy import Policy
from automation.rules import rules_of
from automation.schema.yaml_nodes import Source
from tests.worlds import shipped


def with_severities(text: str, *names: str) -> Policy:
    """The policy of a team that writes ``text``, with a label for each of ``names``."""
    files = shipped()
    rest = [line for line in files.labels.text.splitlines() if "{severity:" not in line]
    rest += [f"- {{name: '{name}', means: {{severity: {name}}}}}" for name in names]
    labels = Source("labels.yml", "\n".join(rest))
    return replace(files, user=Source("policy.yml", text), labels=labels).policy()


def asked_for_by(rule: str, policy: Policy) -> tuple[str, ...]:
    (found,) = (each for each in rules_of(policy) if each.name == rule)
    return found.when.severity


def test_they_follow_the_shipped_ones_by_their_place() -> None:
    policy = with_severities("severities: {red: {}, amber: {}, green: {}}", "red", "amber", "green")
    assert list(policy.severities) == ["red", "amber", "green"]
    assert policy.severities["amber"].page == ("eoc", "imoc")
    assert policy.severities["green"].page == ()
    assert policy.answer_within.keys() == {"red", "amber", "green"}
    assert policy.update_every["Monitoring"].keys() == {"red", "amber", "green"}
    assert asked_for_by("imoc-on-user-impact", policy) == ("red", "amber")
    assert policy.gate.severity == ("red", "amber")
    assert policy.slo.severity == {"degraded": "green", "outage": "amber", "all": "red"}
    assert policy.least_severity == "green"


def test_the_reasons_of_shipped_rules_name_theirs() -> None:
    policy = with_severities("severities: {red: {}, amber: {}, green: {}}", "red", "amber", "green")
    why = {rule.name: rule.why for rule in policy.rules}
    assert why["imoc-on-user-impact"] == "red and amber need an incident manager. (P-15)"
    assert not re.search(r"\bS[1-4]\b", " ".join(why.values()))


def test_beyond_the_fourth_they_follow_the_last() -> None:
    names = ["P0", "P1", "P2", "P3", "P4"]
    policy = with_severities(f"severities: {{{', '.join(f'{n}: {{}}' for n in names)}}}", *names)
    assert policy.answer_within["P4"] == policy.answer_within["P3"]
    assert policy.severity_by_word["p1"] == "P1"  # not the one that the shipped word proposes
    assert policy.severity_by_word["critical"] == "P0"
    assert [policy.common_word(n) for n in names] == ["critical", "high", "medium", "low", "low"]


def test_one_may_be_like_another_and_its_own_words_count() -> None:
    text = "severities: {bad: {}, worse-still: {like: S1}, mild: {like: S4, page: [eoc]}}"
    policy = with_severities(text, "bad", "worse-still", "mild")
    assert list(policy.severities) == ["bad", "worse-still", "mild"]
    assert asked_for_by("imoc-on-user-impact", policy) == ("bad", "worse-still")
    assert policy.severities["mild"].page == ("eoc",)
    assert policy.slo.severity["degraded"] == "mild"


def test_where_all_names_are_shipped_ones_nothing_changes() -> None:
    policy = replace(shipped(), user=Source("policy.yml", "severities: {S3: {}, S4: }")).policy()
    assert list(policy.severities) == ["S1", "S2", "S3", "S4"]
    assert policy.severities["S4"].action is None


@pytest.mark.parametrize(
    ("text", "names", "problem", "remedy"),
    [
        pytest.param(
            "severities: {red: {}, amber: {like: S7}}",
            ("red", "amber"),
            "policy.yml:1: severity 'amber': there is none 'S7' to be like",
            "known here: S1, S2, S3, S4",
            id="like none",
        ),
        pytest.param(
            "severities: {red: {}}\nanswer_within: {S1: 5m}",
            ("red",),
            "policy.yml:2: `answer_within.S1`: there is no severity 'S1'",
            "known here: red",
            id="a shipped one that is none here",
        ),
        pytest.param(
            "severities: {red: {}, amber: {}}",
            ("red",),
            "policy.yml:1: `severities` has 'amber', and no label of labels.yml means it",
            "add `- {name: …, means: {severity: amber}}` there",
            id="without a label",
        ),
        pytest.param(
            "severities: {red: {}}",
            ("red", "amber"),
            "labels.yml:30: label 'amber': there is no severity 'amber'",
            "known here: red",
            id="a label of none",
        ),
        pytest.param(
            "severities: [red, amber]",
            ("red", "amber"),
            "policy.yml:1: `severities` is a list",
            "write a map, for each may say more: `severities: {red: {}, amber: {}}`",
            id="a list",
        ),
        pytest.param(
            'severities: {"very bad": {}}',
            ("very",),
            "`severities` has no 'very bad'",
            "in one word",
            id="two words",
        ),
    ],
)
def test_what_is_refused(text: str, names: tuple[str, ...], problem: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as refused:
        with_severities(text, *names)
    said = str(refused.value)
    assert problem in said
    assert remedy in said[re.search(re.escape(problem), said).end() :]  # type: ignore[union-attr]
