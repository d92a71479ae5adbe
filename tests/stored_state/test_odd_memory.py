"""What IMA remembers may be edited by whoever may edit its comments: no value in it ends a run."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.model.issue import Comment
from automation.stored_state import card, dashboard
from automation.stored_state.card import CardText, short_digest
from automation.stored_state.dashboard import Dashboard
from automation.stored_state.signatures import judge, keys_of, signed
from automation.text.escaping import mark, with_each_marker
from tests.build import a_fact, an_issue, at

ODD: tuple[Any, ...] = (None, 7, [], {}, [None], [7], {"x": None}, "x", True)
CARD = CardText((a_fact("paged", 1),), frozenset({"a"}), frozenset({"S1"}), "d")


def odd(kind: str, body: str, key: str, value: Any) -> str:
    """The memory in ``body`` with another value, its sum right."""
    data = json.loads(body.partition(f"<!-- ima:{kind} ")[2].rpartition(" -->")[0])
    data = {name: each for name, each in data.items() if name != "sum"} | {key: value}
    return mark(kind, data | {"sum": short_digest(data)})


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("key", ["facts", "said", "wrote", "digest"])
def test_a_card_of_another_shape_is_a_garbled_one(key: str, value: Any) -> None:
    read = card.decode(odd("card", card.encode(CARD, ""), key, value))
    assert read is None or all(isinstance(each, str) for each in (*read.said, *read.labels_set))
    if read is not None:
        card.encode(replace(read, comment=""), "")


def known(key: str, value: Any) -> Dashboard | None:
    """What is read of a dashboard with another value in its memory."""
    texts = dashboard.encode(Dashboard("#2"), "")
    memory = Comment("c1", at(0), "ima", odd("memory", texts.memory, key, value))
    page = replace(an_issue(author="ima"), comments=(memory,))
    return dashboard.read(page)


ROWS = ("active", "reviews", "actions", "tell", "findings", "planned", "alerting")


@pytest.mark.parametrize("row", ODD, ids=repr)
@pytest.mark.parametrize("key", ROWS)
def test_a_row_of_the_dashboard_that_is_none_is_not_there(key: str, row: Any) -> None:
    read = known(key, {"#1": row})
    assert read is not None
    assert getattr(read, key) in ({}, {"#1": {}}), "an alerting row may be empty"


@given(st.sampled_from(["since", "beat"]), st.sampled_from(ODD))
def test_a_time_of_the_dashboard_that_is_none_is_not_there(key: str, value: Any) -> None:
    read = known(key, value)
    assert read is not None
    assert getattr(read, key) is None


@pytest.mark.parametrize("value", [*ODD, ["a"], ["a", "b"], [None, None]], ids=repr)
def test_a_policy_of_the_dashboard_that_is_none_ends_nothing(value: Any) -> None:
    assert known("policy", value) is not None


def test_no_depth_of_a_forged_memory_ends_a_run() -> None:
    """Between what one reader can read and the next, called from deeper, can write, lies a depth
    for each of them."""
    keys = keys_of("acme/production", "k" * 32, "")
    stamp = json.dumps({"key": keys.now.name if keys.now else "", "mac": "0"})
    for depth in range(850, 1000, 2):
        deep = '{"x":' * depth + "1" + "}" * depth
        body = f'<!-- ima:card {{"facts":{deep},"signed":{stamp}}} -->'
        held: list[bool] = []

        def judged(kind: str, data: dict[str, Any] | None, held: list[bool] = held) -> Any:
            held.append(judge(kind, data, ["acme/production#1"], keys).holds)
            return data or {}

        with_each_marker(body, judged)
        signed(body, "acme/production#1", keys, lambda kind: {})
        assert not any(held)
