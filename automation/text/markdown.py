"""What stands in a text of Markdown: headings, ticked boxes, issues that it names. Pure.

Its blocks are read by markdown-it-py, imported only where a review is read: so code, quotes and
HTML comments are what they are on a forge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_MISSING = re.compile(r"[*_]Missing: .*[*_]", re.IGNORECASE)  # what our templates ask for
_SAYS = re.compile(r"[^\W_]")
_TICKED = re.compile(r"\[[xX]\][ \t]")
_ISSUE = re.compile(r"(?<![\w&])#([1-9]\d{0,8})\b")
_LINK = re.compile(r"https?://[^\s<>()\"']+[^\s<>()\"'.,;:]")


def visible(text: str) -> str:
    """``text`` without HTML comments."""
    return _HIDDEN.sub("", text)


def sections(text: str) -> dict[str, str]:
    """The text below each heading, by its name in small letters; that of headings below it is
    included. Two headings with the same name count as one."""
    source = _lines(text)
    headings = [*_headings(text), (len(source), len(source), 0, "")]
    found: dict[str, list[str]] = {}
    above: list[tuple[int, str]] = []  # level and name of the headings that we are under
    for (_, start, level, name), (end, *_) in pairwise(headings):
        above = [*(each for each in above if each[0] < level), (level, name)]
        found.setdefault(name, [])
        for _, each in above:
            found[each] += source[start:end]
    return {name: visible("\n".join(of)) for name, of in found.items()}


def _headings(text: str) -> Iterator[tuple[int, int, int, str]]:
    """For each heading outside of lists and quotes: its first line, the line below it, its level
    from 1 to 6, and its name."""
    tokens = _blocks().parse(text)
    for opened, said in pairwise(tokens):
        if opened.type == "heading_open" and not opened.level:
            first, below = opened.map
            yield first, below, int(opened.tag[1:]), heading_name(said.content)


def line_numbers_under(text: str, name: str) -> list[int]:
    """The numbers of the lines between the first heading of this name and the next heading, without
    code."""
    source = _lines(text)
    headings = [*_headings(text), (len(source), len(source), 0, "")]
    spans = [(start, end) for (_, start, _, each), (end, *_) in pairwise(headings) if each == name]
    blocks = (token for token in _blocks().parse(text) if token.type in ("fence", "code_block"))
    code = {number for token in blocks for number in range(*token.map)}
    return [number for number in range(*spans[0]) if number not in code] if spans else []


def heading_name(text: str) -> str:
    """The name by which headings are compared, without upper case and emphasis."""
    return " ".join(text.strip(" \t*_:#").split()).casefold()


def is_filled(text: str) -> bool:
    """Does a section say anything that its template has not said?"""
    said = (line.strip() for line in text.splitlines())
    return any(_SAYS.search(line) and not _MISSING.fullmatch(line) for line in said)


def ticked_lines(text: str) -> list[str]:
    """The text behind each ticked box of a list."""
    source = _lines(text)
    quotes, in_item = 0, False
    found: list[str] = []
    for token in _blocks().parse(text):
        if token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        elif token.type == "list_item_open":
            in_item = True  # and nothing stands before what comes next
        elif token.content:
            box = _TICKED.match(token.content) if token.type == "inline" else None
            if box and in_item and not quotes:
                found.append(visible(source[token.map[0]].partition(box[0])[2]).strip())
            in_item = False
    return found


def issues_named(text: str) -> frozenset[str]:
    """The issues and addresses that a text names."""
    issues = (f"#{number}" for number in _ISSUE.findall(text))
    return frozenset(issues) | frozenset(_LINK.findall(text))


def _lines(text: str) -> list[str]:
    """The lines of ``text`` as the reader of blocks counts them."""
    return re.sub(r"\r\n?", "\n", text).split("\n")


@cache
def _blocks() -> Any:
    """A reader that leaves the text within a block as it is: no links, no emphasis."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark")
    reader.core.ruler.enableOnly(["normalize", "block"])
    return reader
