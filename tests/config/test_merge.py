from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.config.merge import merge, origin_of_each_value, yaml_with_origins
from automation.config.policy_file import Source, merged
from automation.errors import PolicyError
from automation.schema.yaml_nodes import Node, parse

case = pytest.param
SHIPPED = Source(
    "policy.yml", (Path(__file__).parents[2] / "base/policy.yml").read_text(encoding="utf-8")
)
BASE = """\
room: here
services:
  web: {component: Web}
  api: {component: API}
roles: {eoc: {title: E, chain: true}}
may: {resolve: [owner]}
rules:
  - {name: a, why: A., when: {state: Resolved}, engage: {role: eoc, page: true}}
  - {name: b, why: B., engage: {role: eoc}}
"""


def over(user: str) -> Any:
    return merged(Source("base.yml", BASE), Source("mine.yml", user)).plain()


@pytest.mark.parametrize(
    ("user", "path", "value"),
    [
        case("", "room", "here", id="an empty file changes nothing"),
        case("room: there", "room", "there", id="a single value is replaced"),
        case(
            "roles: {eoc: {title: F}}", "roles", {"eoc": {"title": "F", "chain": True}}, id="maps"
        ),
        case("may: {resolve: [cmoc]}", "may", {"resolve": ["cmoc"]}, id="lists are replaced"),
        case("services: {web: }", "services", {"api": {"component": "API"}}, id="empty takes away"),
        case(
            "services:",
            "services",
            {"web": {"component": "Web"}, "api": {"component": "API"}},
            id="an empty section says nothing",
        ),
        case("chat: {kind: log}", "chat", {"kind": "log"}, id="a new section is added"),
    ],
)
def test_what_a_user_says(user: str, path: str, value: object) -> None:
    assert over(user)[path] == value


def test_a_rule_keeps_what_is_not_said_again() -> None:
    rules = over("rules: [{name: a, when: {}}, {name: c, why: C.}]")["rules"]
    assert [rule["name"] for rule in rules] == ["a", "b", "c"]
    assert (rules[0]["why"], rules[0]["when"]) == ("A.", {})
    assert rules[0]["engage"] == {"role": "eoc", "page": True}


@pytest.mark.parametrize(
    ("user", "problem", "remedy"),
    [
        case(
            "rules: [{name: a}, {name: a}]",
            "rule 'a' a second time (first on line 1)",
            "rename",
            id="twice",
        ),
        case(
            "rules: [{name: aa, disabled: true, why: x}]",
            "no rule 'aa' to disable",
            "did you mean 'a'?",
            id="unknown",
        ),
        case(
            "rules: [{name: a, disabled: true}]",
            "disabled without a `why`",
            "add `why: …`",
            id="in silence",
        ),
        case("[a]", "the policy is not a map", "write keys and values", id="a list"),
    ],
)
def test_refusals(user: str, problem: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as error:
        over(user)
    first, second = str(error.value).split("\n")
    assert first.startswith("mine.yml:1: ")
    assert problem in first
    assert remedy in second


def test_every_value_knows_where_it_was_written() -> None:
    root = merged(Source("base.yml", BASE), Source("mine.yml", "\nroles: {eoc: {title: F}}"))
    known = origin_of_each_value(root)
    assert known["roles.eoc.title"] == "mine.yml:2"
    assert known["roles.eoc.chain"] == "base.yml:5"
    assert known["may.resolve[0]"] == "base.yml:6"
    assert known["rules.a.engage.role"] == "base.yml:8"


def test_the_shipped_policy_over_itself_is_itself() -> None:
    assert merged(SHIPPED, None, SHIPPED).plain() == merged(SHIPPED).plain()


def test_show() -> None:
    user = Source("mine.yml", 'room: "no"\nrules: [{name: b, disabled: true, why: "#1, or so"}]')
    shown = yaml_with_origins(merged(Source("base.yml", BASE), user))
    lines = shown.split("\n")
    assert lines[0].split("  ")[0] == 'room: "no"'
    assert f"{'    component: Web':<64}  # base.yml:3" in lines
    assert f"{'  resolve: [owner]':<64}  # base.yml:6" in lines
    assert f"{'  - name: b':<64}  # mine.yml:2" in lines
    assert [line for line in lines if line.startswith('    why: "#1, or so"')]


def test_what_is_shown_is_the_same_policy() -> None:
    root = merged(SHIPPED)
    assert parse(yaml_with_origins(root), "shown.yml").plain() == root.plain()


_WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff")
) | st.sampled_from(["no", "Null", "~", "1e3", "3d", "12:30", "- a", "a: b", "a #b", ".inf", "<<"])
_VALUES = st.recursive(
    _WORDS.map(lambda text: Node("text", text, "x.yml", 1, raw=text)),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: Node("list", items, "x.yml", 1))
        | st.dictionaries(_WORDS, inner, max_size=4).map(
            lambda found: Node("map", {k: (1, v) for k, v in found.items()}, "x.yml", 1)
        )
    ),
)


@given(_VALUES)
def test_anything_shown_reads_as_before(node: Node) -> None:
    assert parse(yaml_with_origins(node), "x.yml").plain() == node.plain()


@given(_VALUES)
def test_a_map_over_itself_is_itself(node: Node) -> None:
    root = Node("map", {"a": (1, node)}, "x.yml", 1)
    assert merge(root, root).plain() == root.plain()
