"""What IMA writes looks the same on both forges. GitHub makes a new line of each line end in a
comment; GitLab joins such lines to one, as CommonMark does. So no text of ours has a line end
within a paragraph: a line is a paragraph, a row or an item of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from markdown_it import MarkdownIt

from automation.errors import ImaError
from automation.workspace import template_check
from automation.writing.templates import Safe, Templates
from tests.worlds import shipped

READER = MarkdownIt("gfm-like", {"linkify": False})
DETAILS = re.compile(r"<details>.*\n(?!\n)|(?<!\n)\n</details>")


class Collecting(Templates):
    """Templates that keep what they have written."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self.written: dict[str, set[str]] = {}

    def render(self, name: str, values: Mapping[str, Any]) -> Safe:
        text = super().render(name, values)
        self.written.setdefault(name, set()).add(text)
        return text


@cache
def written() -> Mapping[str, set[str]]:
    process = shipped()
    collecting = Collecting(process.templates)
    for rendering in template_check.renderings(process.policy(), process.templates, every=True):
        with suppress(ImaError):
            rendering(collecting)
    return collecting.written


MARKDOWN = sorted(name for name in shipped().templates if name.endswith(".md.j2"))


@pytest.mark.parametrize("name", MARKDOWN)
def test_no_line_ends_within_a_paragraph(name: str) -> None:
    assert written()[name]
    assert {line for text in written()[name] for line in joined_lines(text)} == set()


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_within_html_is_read_as_markdown(name: str) -> None:
    """Both forges read it so only below an empty line."""
    assert [text for text in written()[name] if DETAILS.search(text)] == []


@pytest.mark.parametrize("name", MARKDOWN)
def test_no_sentence_ends_twice_and_no_line_is_left_over(name: str) -> None:
    for text in written()[name]:
        assert not re.search(r"(?<!\.)[.!?]\.(?!\.)", text)
        assert "\n\n\n" not in text


def joined_lines(text: str) -> Iterator[str]:
    """The lines that GitLab would join with the next one."""
    for token in READER.parse(text):
        for child, after in zip(token.children or (), (token.children or ())[1:], strict=False):
            if after.type == "softbreak":
                yield child.content
