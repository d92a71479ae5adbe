"""The handbook is the policy in sentences, and changes when the policy does."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from automation.model.commands import USAGE
from automation.policy.policy import Policy
from automation.rules import KINDS, rules_of
from automation.schema.yaml_nodes import parse
from automation.writing.handbook import MOST, handbook, handbook_difference
from automation.writing.rule_sentences import condition_of, effect_of
from tests.worlds import shipped


def policy(more: str = "") -> Policy:
    return shipped().policy(parse(more, "policy.yml")) if more else shipped().policy()


NOW = policy()
TEXT = handbook(NOW, {"eoc": "1. Breathe."})


def test_every_part_of_the_process_stands_in_it() -> None:
    said = set(re.findall(r"`/ima ([a-z-]+)", TEXT))
    assert set(USAGE) <= said
    assert [rule.name for rule in rules_of(NOW) if f"`{rule.name}`" not in TEXT] == []
    for severity in NOW.severities.values():
        assert severity.means in TEXT
    assert [role.title for role in NOW.roles.values() if role.title not in TEXT] == []
    assert "### Engineer On Call\n\n1. Breathe." in TEXT


@pytest.mark.parametrize(
    ("name", "when", "then"),
    [
        ("stuck-investigating", "Investigating, and the EOC is here, for 30 min",
         "the IMOC is called and paged"),
        ("cmoc-when-it-lasts", "S1 or S2, for 15 min", "the CMOC is called and paged"),
        ("ask-severity", "no severity is chosen, for 5 min",
         "the owner is asked about the severity"),
        ("remind-review", "a review: its owner has not begun it, when the work day ends",
         "the assignee is asked about the review"),
        ("eoc-owns", "any incident", "the EOC is called"),
        ("remind-action", "a corrective action: the day is over that it was due",
         "the assignee is asked about the action, again every 7 d, in working hours"),
        ("security-on-call", "it is a security incident",
         "the Security Operations On Call and the IMOC are paged"),
    ],
)  # fmt: skip
def test_a_rule_is_a_sentence(name: str, when: str, then: str) -> None:
    (rule,) = (rule for rule in rules_of(NOW) if rule.name == name)
    assert (condition_of(rule, NOW), effect_of(rule, NOW)) == (when, then)


def test_every_kind_of_rule_has_a_sentence() -> None:
    from automation.writing.rule_sentences import _EFFECTS

    assert _EFFECTS.keys() == KINDS.keys()


def test_a_clock_that_changes_is_one_line_of_the_difference() -> None:
    rule = "{name: stuck-investigating, when: {state: Investigating, engaged: eoc, for: 20m}}"
    taken, given = handbook_difference(NOW, policy(f"rules: [{rule}]"))
    assert (taken[0], given[0]) == ("-", "+")
    assert "for 30 min" in taken
    assert "for 20 min" in given
    assert handbook_difference(NOW, NOW) == ()


def test_a_week_that_is_told_is_one_line_of_it() -> None:
    weekly = 'digest: {every: "monday 09:00", to: [dashboard, chat]}'
    added = handbook_difference(policy(), policy(weekly))
    assert added == (
        "+**The week** is told each Monday 09:00 (Europe/Berlin),"
        " on the dashboard and in #production.",
    )


def test_a_difference_is_no_book() -> None:
    other = replace(NOW, update_every={}, sentences={}, may={})
    lines = handbook_difference(NOW, other)
    assert len(lines) == MOST + 1
    assert lines[-1].endswith("more lines")


def test_words_of_a_policy_do_nothing_in_it() -> None:
    """A merge request may say anything: its handbook stands in a comment."""
    means = "'<img src=x> @all | ~S1 <!-- ima:card {} --> ](http://x)'"
    said = handbook(policy(f"severities: {{S1: {{means: {means}}}}}"), {})
    (row,) = [line for line in said.splitlines() if line.startswith("| S1 ")]
    assert not re.search(r"<img|@all|<!--|(?<!\\)\]\(", row)
    assert row.replace("\\|", "").count("|") == 8
