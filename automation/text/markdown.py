"""Markdown as far as we read it: what is code, what stands under which heading. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_HEADING = re.compile(r"^ {0,3}(#{1,6})([ \t].*)?$")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_MISSING = re.compile(r"[*_]Missing: .*[*_]", re.IGNORECASE)  # what our templates ask for
_SAYS = re.compile(r"[^\W_]")
_TICKED = re.compile(r"^ {0,3}[-*+] \[[xX]\] (.*)$")
_ISSUE = re.compile(r"(?<![\w&])#([1-9]\d{0,8})\b")
_LINK = re.compile(r"https?://[^\s<>()\"']+[^\s<>()\"'.,;:]")


def lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to a code block."""
    fence = ""
    for line in text.splitlines():
        if found := _FENCE.match(line):
            fence = _fence(fence, found[1], found[2])
            yield line, True
        else:
            yield line, bool(fence)


def _fence(inside: str, mark: str, rest: str) -> str:
    """The mark of the code block that we are in behind this line (CommonMark 4.5)."""
    if not inside:
        return "" if mark[0] == "`" and "`" in rest else mark
    closes = mark[0] == inside[0] and len(mark) >= len(inside) and not rest.strip()
    return "" if closes else inside


def visible(text: str) -> str:
    """``text`` without HTML comments."""
    return _HIDDEN.sub("", text)


def sections(text: str) -> dict[str, str]:
    """What stands under each heading (in small letters), that of the headings below it included.
    Of two with one name, both."""
    found: dict[str, list[str]] = {}
    open_: list[tuple[int, str]] = []
    for line, code in lines(visible(text)):
        if not code and (heading := _HEADING.match(line)):
            level, name = len(heading[1]), heading_name(heading[2] or "")
            open_ = [*(each for each in open_ if each[0] < level), (level, name)]
            found.setdefault(name, [])
            continue
        for _, name in open_:
            found[name].append(line)
    return {name: "\n".join(of) for name, of in found.items()}


def heading_name(text: str) -> str:
    """A heading as it is compared: whatever its case and its emphasis."""
    return " ".join(text.strip(" \t*_:#").split()).casefold()


def is_filled(text: str) -> bool:
    """Does a section say anything besides what its template asks for?"""
    said = (line.strip() for line in text.splitlines())
    return any(_SAYS.search(line) and not _MISSING.fullmatch(line) for line in said)


def ticked_lines(text: str) -> list[str]:
    """The lines whose box is ticked."""
    found = (_TICKED.match(line) for line, code in lines(visible(text)) if not code)
    return [box[1].strip() for box in found if box]


def issues_named(text: str) -> frozenset[str]:
    """The issues and addresses that a text names."""
    issues = (f"#{number}" for number in _ISSUE.findall(text))
    return frozenset(issues) | frozenset(_LINK.findall(text))
