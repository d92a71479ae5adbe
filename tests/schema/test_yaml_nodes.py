from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from automation.errors import PolicyError
from automation.schema import yaml_nodes
from automation.schema.yaml_nodes import Node, parse

case = pytest.param


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_nodes, "_LOADER", getattr(yaml, request.param, yaml.SafeLoader))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        case("a: true", {"a": True}, id="true is a flag"),
        case(
            "a: on\nb: no\nc: yes\nd: off",
            {"a": "on", "b": "no", "c": "yes", "d": "off"},
            id="on and no are text",
        ),
        case("a: 3\nb: -1\nc: 0", {"a": 3, "b": -1, "c": 0}, id="whole numbers"),
        case("a: 0.5\nb: 1e3", {"a": 0.5, "b": 1000.0}, id="numbers as JSON writes them"),
        case(
            "a: 0777\nb: 0x1F\nc: 1_000\nd: 12:30",
            {"a": "0777", "b": "0x1F", "c": "1_000", "d": "12:30"},
            id="what JSON does not know is text",
        ),
        case(
            "a: 2026-03-02\nb: 2026-03-02T00:00:00Z",
            {"a": "2026-03-02", "b": "2026-03-02T00:00:00Z"},
            id="dates are text",
        ),
        case(
            "a:\nb: ~\nc: null", {"a": None, "b": None, "c": None}, id="three ways to say nothing"
        ),
        case("a: '3'\nb: \"true\"", {"a": "3", "b": "true"}, id="quotes make text"),
        case("a: [x, {b: [y]}]", {"a": ["x", {"b": ["y"]}]}, id="lists and maps"),
        case("", None, id="an empty file is nothing"),
        case("# only a comment\n", None, id="so is a comment"),
        case("\ufeffa: 1", {"a": 1}, id="a byte order mark is passed over"),
        case("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}, id="text of several lines"),
        case("a: é ☃ 🙂", {"a": "é ☃ 🙂"}, id="text of the world"),
    ],
)
def test_values(text: str, value: object) -> None:
    assert parse(text, "x.yml").plain() == value


def test_nodes_know_their_place() -> None:
    root = parse("rules:\n  - name: a\n    when: {for:\n      30m}\n", "x.yml")
    rules = root.get("rules")
    assert rules
    when = rules.items[0].get("when")
    assert when
    line, node = when.entries["for"]
    assert (node.file, line, node.line, node.path) == ("x.yml", 3, 4, "rules[0].when.for")
    assert node.at("rules.a.when.for").path == "rules.a.when.for"


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        case("a: 1\nb: [", ": not valid YAML", "look for a missing quote", id="an open bracket"),
        case(
            "a: 1\na: 2",
            "x.yml:2: 'a' a second time (first on line 1)",
            "keep one of the two",
            id="a key twice",
        ),
        case("a: &x 1", "x.yml:1: an anchor or alias (&x)", "write the value out", id="an anchor"),
        case("a: *x", "x.yml:1: an anchor or alias (*x)", "write the value out", id="an alias"),
        case("a: !!python/object x", "x.yml:1: a YAML tag", "write plain values", id="a tag"),
        case(
            "a: 1\n---\nb: 2", "x.yml:2: a second document", "remove the `---`", id="two documents"
        ),
        case("1: a", "x.yml:1: '1' as a key", "write the key in quotes", id="a number as a key"),
        case("? [a]\n: b", "a list as a key", "write the key in quotes", id="a list as a key"),
        case(
            "[" * 60 + "]" * 60, "nested more than 50 levels", "write it flatter", id="a deep nest"
        ),
        case("[" * 9000, "nested more than 50 levels", "write it flatter", id="a bottomless nest"),
        case("a: 1\nb: x\x07", "x.yml:2: a control character", "take it out", id="a bell"),
        case(
            'a: "\\a"',
            "x.yml:1: a control character",
            "take the escape out",
            id="a bell in disguise",
        ),
        case("a: \ud800", "x.yml:1: a control character", "take it out", id="half a character"),
        case(
            "a" * 1_000_001, "x.yml:1: longer than 1 MB", "is it the right file?", id="a megabyte"
        ),
    ],
)
def test_refusals(text: str, problem: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as error:
        parse(text, "x.yml")
    first, second = str(error.value).split("\n")[-2:]
    assert problem in first
    assert second.startswith("  ")
    assert remedy in second


def test_all_mistakes_of_a_file_at_once() -> None:
    with pytest.raises(PolicyError) as error:
        parse("a: 1\na: 2\nb: &x 3\n4: c\na: 5\n", "x.yml")
    places = [line.split(" ")[0] for line in str(error.value).split("\n")[::2]]
    assert places == ["x.yml:2:", "x.yml:3:", "x.yml:4:", "x.yml:5:"]


def _read(text: str) -> Any:
    try:
        node = parse(text, "x.yml")
    except PolicyError as error:
        lines = str(error).split("\n")
        assert len(lines) % 2 == 0
        assert all(line.startswith("x.yml:") for line in lines[::2])
        assert all(line.startswith("  ") for line in lines[1::2])
    else:
        assert isinstance(node, Node)
        node.plain()


_CRUMBS = st.sampled_from(
    [*"abz019-:?[]{},&*!|>%@`'\"#~\\ \n\t\r\x00\x85\u2028\ud800", ": ", "- ", "<<", "---", "..."]
)


@given(st.text())
def test_no_text_gives_a_traceback(text: str) -> None:
    _read(text)


@given(st.lists(_CRUMBS, max_size=40).map("".join))
def test_no_crumbs_of_yaml_give_a_traceback(text: str) -> None:
    _read(text)


@given(st.binary())
def test_no_bytes_give_a_traceback(content: bytes) -> None:
    _read(content.decode("latin-1"))
    _read(content.decode("utf-8", "surrogateescape"))


def test_a_long_name_above_many_values_takes_no_memory() -> None:
    text = "? " + "a" * 20_000 + "\n: [" + "1," * 9_000 + "1]\n"
    with pytest.raises(PolicyError, match="than this file may"):
        parse(text, "policy.yml")
