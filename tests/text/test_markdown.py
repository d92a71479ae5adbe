"""What stands under which heading of a review, and whether it says anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.text.markdown import heading_name, is_filled, issues_named, sections, ticked_lines


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param("a\nb", {}, id="no heading"),
        pytest.param("## Impact\nall users", {"impact": "all users"}, id="one"),
        pytest.param("# IMPACT ##\nx", {"impact": "x"}, id="any level, any case, closed"),
        pytest.param("## **Impact**:\nx", {"impact": "x"}, id="with emphasis"),
        pytest.param("##Impact\nx", {}, id="no space is no heading"),
        pytest.param("    ## Impact\nx", {}, id="indented code is no heading"),
        pytest.param("## A\nx\n## B\ny", {"a": "x", "b": "y"}, id="two"),
        pytest.param("## A\n### B\ny\n## C", {"a": "y", "b": "y", "c": ""}, id="one below"),
        pytest.param("### A\nx\n## B\ny", {"a": "x", "b": "y"}, id="a higher one ends it"),
        pytest.param("## A\nx\n## a\ny", {"a": "x\ny"}, id="the same twice"),
        pytest.param("## A\n```\n## B\n```", {"a": "```\n## B\n```"}, id="not in code"),
        pytest.param("## A\n<!-- \n## B\nx -->y", {"a": "y"}, id="not in an HTML comment"),
        pytest.param("## A\n<!-- x", {"a": ""}, id="an HTML comment without end"),
        pytest.param("Impact\n---\nx", {"impact": "x"}, id="underlined"),
        pytest.param("## A\r\nx\r## B\ry", {"a": "x", "b": "y"}, id="any end of a line"),
        pytest.param("## A\n> ## B\n\n- ## C", {"a": "> ## B\n\n- ## C"}, id="not in a quote"),
        pytest.param("## A\n<div>\n## B\n</div>", {"a": "<div>\n## B\n</div>"}, id="nor in HTML"),
    ],
)
def test_sections(text: str, found: dict[str, str]) -> None:
    assert sections(text) == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", False),
        ("\n \n", False),
        ("*Missing: who was affected?*", False),
        ("  _missing: who?_  ", False),
        ("*Missing: who was affected?*\nEverybody.", True),
        ("*Missing: who?* Everybody.", True),
        ("- \n---\n| | |\n|--|--|", False),
        ("- 誰も", True),
        ("![a graph](x.png)", True),
        ("### *Missing: x*", True),
    ],
)
def test_whether_a_section_says_anything(text: str, says: bool) -> None:
    assert is_filled(text) is says


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("- [x] done\n- [ ] not yet", ["done"]),
        ("* [X] done", ["done"]),
        ("```\n- [x] done\n```", []),
        ("<!-- \n- [x] done\n-->", []),
        ("[x] done", []),
        ("1. [x] done\n   - [x] below", ["done", "below"]),
        ("> - [x] somebody else's", []),
        ("- see\n\n  [x] no box", []),
        ("- [x] done <!-- [ ] -->", ["done"]),
    ],
)
def test_ticked_boxes(text: str, lines: list[str]) -> None:
    assert ticked_lines(text) == lines


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("see #5, #17.", {"#5", "#17"}),
        ("we are more careful", set()),
        ("abc#5 and &#53; and #0", set()),
        ("(https://git.example/a/-/issues/5).", {"https://git.example/a/-/issues/5"}),
    ],
)
def test_what_a_text_names(text: str, what: set[str]) -> None:
    assert issues_named(text) == what


@pytest.mark.property
@given(st.text("#*_-[]x `~<!>\nMissing:ab") | st.text())
def test_no_text_stops_us(text: str) -> None:
    found = sections(text)
    assert all(name == heading_name(name) for name in found)
    for line in ticked_lines(text):
        assert line in text


def test_a_hostile_text_takes_no_time() -> None:
    for text in ("# " + " #" * 200_000, "<!--" * 200_000, "[" * 400_000, "```\n" * 100_000):
        assert all(is_filled(section) in (True, False) for section in sections(text).values())
        assert ticked_lines(text) == []
