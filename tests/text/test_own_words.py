"""Which lines of a comment its author says: what a forge shows as a quote or as code is none."""

from __future__ import annotations

import time

import pytest

from automation.text.own_words import own_words


def said(text: str) -> list[str]:
    return [line.text for line in own_words(text) if line.said]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("a\rb\r\nc\nd", ["a", "b", "c", "d"], id="the ends of a line"),
        pytest.param("- a\n* b\n1. c\n2) d", ["a", "b", "c", "d"], id="lists of any kind"),
        pytest.param("- a\n  - b", ["a", "b"], id="lists in lists"),
        pytest.param("> a\n> b\n\nc", ["c"], id="a quote"),
        pytest.param("> > a\n> b\n\nc", ["c"], id="a quote of a quote"),
        pytest.param("- > a\n\n  b", ["b"], id="a quote in a list"),
        pytest.param("> a\nb", ["b"], id="typed right below a quote"),
        pytest.param("> a\u2028b\n\nc", ["c"], id="what ends no line leaves no quote"),
        pytest.param(">>>\na\n\nb\n>>>\nc", ["c"], id="GitLab's long quote"),
        pytest.param("a\n>>>\nb", ["a"], id="one that nobody ended goes on"),
        pytest.param(">>>\n```\n>>>\n```\na\n>>>\nb", ["b"], id="no end in code within it"),
        pytest.param(">>>>\n>>>\na\n>>>>\nb", ["b"], id="a shorter one ends nothing"),
        pytest.param("```\na\n```\nb", ["b"], id="fenced code"),
        pytest.param("- a\n  ```\n  b\n  ```", ["a"], id="fenced code in a list"),
        pytest.param("    a\n\nb", ["b"], id="indented code"),
        pytest.param("- a\n\n      b", ["a"], id="indented code in a list"),
        pytest.param("a\n      b", ["a", "b"], id="deep in the middle of a paragraph"),
        pytest.param("a `b\nc\nd` e\nf", ["a `b", "f"], id="code over several lines"),
        pytest.param(r"a \`b" + "\nc`", [r"a \`b", "c`"], id="a backtick that is one"),
        pytest.param("<pre>\na\n</pre>\nb", ["b"], id="preformatted"),
        pytest.param("a <pre>\nb\n</pre> c\nd", ["a <pre>", "d"], id="within a paragraph"),
        pytest.param("<blockquote>\n\na\n\n</blockquote>\n\nb", ["b"], id="a quote in HTML"),
        pytest.param("<!--\na\n\nb\n-->\nc", ["c"], id="an HTML comment"),
        pytest.param("a <!--\nb\n--> c\nd", ["a <!--", "d"], id="one within a paragraph"),
        pytest.param("<!-- a --> <!-- b\n\nc", [], id="one that nobody ended"),
        pytest.param("# a\nb", ["b"], id="a heading is no line of talk"),
        pytest.param("a\n--\nb", ["a", "b"], id="a signature below"),
        pytest.param("> <pre>\n> a\n\nb", ["b"], id="HTML in a quote ends with it"),
    ],
)
def test_what_is_said(text: str, lines: list[str]) -> None:
    assert [line for line in said(text) if not line.startswith("<")] == lines


@pytest.mark.parametrize(
    "text",
    [
        "<details>\n<summary>More</summary>\n\n/ima help\n\n</details>",
        "<details>\n<summary>More</summary>\n/ima help\n</details>",
        "<details><summary>More</summary>\n\n- /ima help\n</details>",
    ],
)
def test_what_can_be_unfolded_is_said(text: str) -> None:
    assert "/ima help" in said(text)


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "`",
        "> ",
        "- ",
        "<a ",
        "<pre>",
        "[[",
        ">>>\n",
        "```\n",
        "\\`",
        "- a\n",
        "> a\n",
        "*a",
        "- $$\n",
        "$$",
        "1. $$\n",
        "<b hidden ",
    ],
)
def test_a_megabyte_of_anything_is_read_in_seconds(piece: str) -> None:
    began = time.process_time()
    list(own_words(piece * (1_000_000 // len(piece))))
    assert time.process_time() - began < 10
