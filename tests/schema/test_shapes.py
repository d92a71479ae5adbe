from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.errors import PolicyError
from automation.mistakes import Mistakes
from automation.schema.shapes import (
    DurationShape,
    Either,
    Field,
    Flag,
    ListOf,
    MapOf,
    Moment,
    Number,
    OneOrMany,
    Record,
    Shape,
    Text,
    Whole,
    Zone,
)
from automation.schema.yaml_nodes import parse
from automation.times.durations import Duration

case = pytest.param
WHEN = Record(
    "when",
    Field("severity", OneOrMany(Text(choices=("S1", "S2", "unset")))),
    Field("for", DurationShape(names=("severity_within",))),
    Field("near-miss", Flag(), default=False, doc="Only near misses"),
    Field("role", Text(), required=True, doc="A role"),
)


def read(shape: Shape, text: str) -> Any:
    mistakes = Mistakes()
    value = shape.read(parse(text, "x.yml"), mistakes)
    mistakes.raise_if_any()
    return value


def complaint(shape: Shape, text: str) -> str:
    with pytest.raises(PolicyError) as error:
        read(shape, text)
    return str(error.value)


@pytest.mark.parametrize(
    ("shape", "text", "value"),
    [
        case(Text(), "hello", "hello", id="text"),
        case(Text(empty=True), '""', "", id="no text where none is needed"),
        case(Whole(0), "3", 3, id="a whole number"),
        case(Number(0, 1), "0.5", 0.5, id="a number"),
        case(Number(0, 1), "1", 1, id="a whole number is a number"),
        case(Flag(), "true", True, id="a flag"),
        case(DurationShape(), "5wd", Duration(5, "wd"), id="a duration"),
        case(DurationShape(names=("soon",)), "soon", "soon", id="the name of a duration"),
        case(OneOrMany(Text()), "a", ("a",), id="one is a tuple of one"),
        case(OneOrMany(Text()), "[a, b]", ("a", "b"), id="many are a tuple"),
        case(ListOf(Whole()), "[]", (), id="an empty list"),
        case(MapOf(Whole()), "{a: 1}", {"a": 1}, id="a map of names"),
        case(Either(Text(), MapOf(Text())), "a", "a", id="either a text"),
        case(Either(Text(), MapOf(Text())), "{a: b}", {"a": "b"}, id="or a map"),
        case(Zone(), "UTC", "UTC", id="a time zone"),
    ],
)
def test_values(shape: Shape, text: str, value: object) -> None:
    assert read(shape, text) == value


@pytest.mark.parametrize(
    "text",
    [
        case("2026-03-02T08:00:00Z", id="in UTC"),
        case("2026-03-02T09:00:00+01:00", id="with an offset"),
        case("2026-03-02T09:00 Europe/Berlin", id="in a zone"),
        case("2026-03-02 08:00 UTC", id="with a blank"),
    ],
)
def test_moments_are_utc(text: str) -> None:
    moment = read(Moment(), text)
    assert (moment, moment.tzinfo) == (datetime(2026, 3, 2, 8, tzinfo=UTC), UTC)


def test_a_record_is_a_dict_with_every_field() -> None:
    assert read(WHEN, "{role: eoc, near-miss: true}") == {
        "severity": None,
        "for": None,
        "near_miss": True,
        "role": "eoc",
    }


@pytest.mark.parametrize(
    ("shape", "text", "problem", "remedy"),
    [
        case(Text(), "12", "is 12, which YAML reads as a number", 'quote it: "12"', id="a number"),
        case(Text(), "true", "is true, which YAML", 'quote it: "true"', id="a flag for a text"),
        case(Text(), "[a]", "is a list", "it takes text", id="a list for a text"),
        case(Text(), '""', "is empty", "it takes text", id="an empty text"),
        case(Text("[a-z]"), "B", "is 'B'", "it takes text like `[a-z]`", id="another pattern"),
        case(Text(choices=("ask", "no")), "aks", "is 'aks'", "did you mean 'ask'?", id="a typo"),
        case(Text(choices=("ask", "no")), "x", "is 'x'", "known here: ask, no", id="a stranger"),
        case(Text(choices=("ask",)), "Ask", "is 'Ask'", "did you mean 'ask'?", id="another case"),
        case(Whole(1), "0", "is 0", "it takes a whole number, 1 or more", id="too few"),
        case(Whole(), "1.5", "is 1.5", "it takes a whole number", id="a half"),
        case(Number(0, 1), "2e5000", "is 2e5000", "it takes a number from 0 to 1", id="infinity"),
        case(Flag(), "yes", "is 'yes'", "it takes `true` or `false`", id="yes is not true"),
        case(
            DurationShape(),
            "30",
            "is '30', which is not",
            "write a number and a unit",
            id="no unit",
        ),
        case(DurationShape(names=("soon",)), "soom", "'soom'", "did you mean 'soon'?", id="a name"),
        case(DurationShape(exact=True), "eod", "needs a calendar", "`1w`", id="an exact duration"),
        case(DurationShape(), "[]", "is a list", "it takes a duration such", id="a list of none"),
        case(Moment(), "2026-03-02", "is '2026-03-02'", "it takes a time such as", id="no hour"),
        case(Moment(), "2026-02-30T09:00Z", "is '2026-02-30", "it takes a time", id="no such day"),
        case(Moment(), "0001-01-01T00:00+14:00", "is '0001", "it takes a time", id="before time"),
        case(Moment(), "2026-03-02T09:00 Berlin", "is '2026", "did you mean", id="half a zone"),
        case(Zone(), "Mars", "which is not a time zone", "write a zone of", id="another planet"),
        case(ListOf(Text()), "a", "is 'a'", "it takes a list, each text", id="a text for a list"),
        case(
            MapOf(Text()),
            "[a]",
            "is a list",
            "it takes a map of names, each with text",
            id="a list for a map",
        ),
        case(
            MapOf(Text(), Text(choices=("S1",))),
            "{S11: a}",
            "has no 'S11'",
            "did you mean 'S1'?",
            id="a key",
        ),
        case(
            WHEN, "a", "is 'a'", "it takes a map of severity, for, near-miss, role", id="no record"
        ),
        case(WHEN, "{}", "needs `role`", "add `role: …` (A role)", id="what is needed"),
        case(
            WHEN,
            "{role: a, severty: S1}",
            "has no 'severty'",
            "did you mean 'severity'?",
            id="a misspelt key",
        ),
        case(WHEN, "{role: }", "`role` is empty", "it takes text", id="a key without a value"),
    ],
)
def test_mistakes(shape: Shape, text: str, problem: str, remedy: str) -> None:
    first, second = complaint(shape, text).split("\n")
    assert first.startswith("x.yml:1: ")
    assert problem in first
    assert second.startswith("  ")
    assert remedy in second


def test_mistakes_name_the_rule_and_the_path() -> None:
    root = parse("\n\n- name: x\n  when: {\n    severty: S1}\n", "policy.yml").items[0]
    mistakes = Mistakes()
    shape = Record("Rule", Field("name", Text()), Field("when", WHEN))
    shape.read(root, mistakes.within("rule 'imoc-on-user-impact'", root))
    with pytest.raises(PolicyError) as error:
        mistakes.raise_if_any()
    assert str(error.value) == (
        "policy.yml:4: rule 'imoc-on-user-impact': `when` needs `role`\n"
        "  add `role: …` (A role)\n"
        "policy.yml:5: rule 'imoc-on-user-impact': `when` has no 'severty'\n"
        "  did you mean 'severity'?"
    )


def test_reading_goes_on_after_a_mistake() -> None:
    text = "{severity: [S9, S1, S8], for: 3x, near-miss: 1, rol: eoc}"
    assert complaint(WHEN, text).count("x.yml:1: ") == 6


def test_json_schema() -> None:
    assert WHEN.json_schema() == {
        "type": "object",
        "properties": {
            "severity": {
                "anyOf": [
                    {"type": "string", "enum": ["S1", "S2", "unset"]},
                    {"type": "array", "items": {"type": "string", "enum": ["S1", "S2", "unset"]}},
                ]
            },
            "for": {
                "anyOf": [
                    {"type": "string", "pattern": "^([0-9]{1,9}(s|m|h|d|w|wd)|eod)$"},
                    {"enum": ["severity_within"]},
                ]
            },
            "near-miss": {"type": "boolean", "description": "Only near misses", "default": False},
            "role": {"type": "string", "minLength": 1, "description": "A role"},
        },
        "additionalProperties": False,
        "required": ["role"],
    }


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text("abS1:\x85\u2028 '\"", max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abr", max_size=2), inner),
    max_leaves=8,
)
_SHAPES = [
    WHEN,
    Text(),
    Text("[a-z]"),
    Whole(0, 9),
    Number(),
    Flag(),
    DurationShape(),
    Moment(),
    Zone(),
    OneOrMany(WHEN),
    ListOf(Text(choices=("a",))),
    MapOf(WHEN, Text(choices=("a",))),
    Either(Text(), MapOf(Text())),
]


@given(st.sampled_from(_SHAPES), _JSON | st.fixed_dictionaries({"role": _JSON, "for": _JSON}))
def test_any_value_is_read_or_refused_with_a_remedy(shape: Shape, value: object) -> None:
    mistakes = Mistakes()
    try:
        shape.read(parse(json.dumps(value, ensure_ascii=False), "x.yml"), mistakes)
        mistakes.raise_if_any()
    except PolicyError as error:
        lines = str(error).split("\n")
        assert all(line.startswith("x.yml:") for line in lines[::2])
        assert all(len(line) > 4 and line.startswith("  ") for line in lines[1::2])
