"""The lines of a comment that its author says, as a forge shows them: no quotes, no code. Pure.

A line ends at a line feed, a carriage return, or both, as for the forges; so nobody's words leave
the quote that they stand in. Read with markdown-it-py, which is imported only here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from functools import cache
from typing import Any

from automation.records import dataclass

MOST_READ = 100_000  # characters of a comment that are read
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*+)[^<>]*>")
_WHOLE_TAG = re.compile(  # as CommonMark has it: what stands in an attribute is no tag
    r"<(/?)([A-Za-z][A-Za-z0-9-]*+)"
    r"(?:\s+[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s\"'=<>`]++|'[^']*+'|\"[^\"]*+\"))?)*+\s*/?>",
    re.ASCII,
)
_BEGUN_TAG = re.compile(r"<()([A-Za-z][A-Za-z0-9-]*+)")
_NOT_SAID = {  # what stands between these tags is code, a quote, or shown to nobody
    *("blockquote", "code", "kbd", "noscript", "pre", "samp", "script", "style", "svg"),
    *("template", "textarea", "title", "xmp", "iframe", "math", "object", "audio", "video"),
    *("q", "tt", "listing", "plaintext", "noembed", "noframes"),
}
_NEVER_OPEN = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
_HIDDEN = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"'])*?\shidden[\s=/>]""", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_LONG_QUOTE = re.compile(r" {0,3}(>{3,})\s*")
_MOST_LOOKED_AT = 200_000  # lines, for the ends of the formulas of one comment
_FORMULA = "$$"  # around lines that a forge shows as mathematics


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comment."""

    number: int  # in the comment
    text: str  # without the bullet or number of a list
    whole: str  # as it stands there
    said: bool  # its beginning is neither code nor hidden


def own_words(comment: str) -> Iterator[Line]:
    """The lines of its author, in order: in lists and in what can be unfolded, too."""
    text = re.sub(r"\r\n?", "\n", comment[:MOST_READ])
    source = text.split("\n")
    html = _Html()
    quotes = 0
    below = ""  # the mark of the heading that we are in
    for token in _blocks().parse(text):
        if token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        elif token.type == "heading_open":
            below = token.markup
        elif token.type == "html_block" and not quotes:
            yield from _of_html(token, source, html)
        elif token.type == "inline" and token.map and not below.startswith("#"):
            for line in _of_paragraph(token, source, _Html() if quotes else html):
                if not quotes or line.text == line.whole.strip():  # typed right below a quote
                    yield line
        if token.type == "heading_close":
            below = ""


def _of_paragraph(token: Any, source: list[str], html: _Html) -> Iterator[Line]:
    content: str = token.content
    lines = content.split("\n")
    found: list[tuple[int, str]] = []
    _blocks().inline.parse(content, _blocks(), {_FOUND: found}, [])
    starts = {0: html.shows}  # by index of a line: whether its beginning is shown
    index = last = 0
    for at, tag in found:
        if tag == "\n":
            index, last = index + 1 + content.count("\n", last, at), at + 1
            starts[index] = html.shows
        else:
            html.read(tag)
    for index, text in enumerate(lines):
        number = token.map[0] + index
        yield Line(number, text.strip(), source[number], starts.get(index, False))


def _of_html(token: Any, source: list[str], html: _Html) -> Iterator[Line]:
    """Text between tags is shown as text; what begins as a declaration is not."""
    lines = token.content.rstrip("\n").split("\n")
    hidden = lines[0].lstrip().startswith(("<!", "<?"))
    for index, text in enumerate(lines):
        number = token.map[0] + index
        yield Line(number, text.strip(), source[number], html.shows and not hidden)
        html.read(text + "\n")
    html.odd = html.odd and not html.shows


@dataclass
class _Html:
    """Which tags are open; a comment, too. Behind an ``odd`` tag, whose end no two readers see at
    the same place, nothing that is open ends any more."""

    open: Counter[str] = field(default_factory=Counter)
    comment: bool = False
    odd: bool = False

    @property
    def shows(self) -> bool:
        return not self.comment and not +self.open

    def read(self, html: str) -> None:
        at = 0
        while True:
            if self.comment:
                if (end := html.find("-->", at)) < 0:
                    return
                self.comment, at = False, end + 3
            if (at := html.find("<", at)) < 0:
                return
            if html.startswith("<!--", at):
                self.comment, at = True, at + 4
                continue
            at = self._read_tag(html, at)

    def _read_tag(self, html: str, at: int) -> int:
        """Read what may be a tag; where to go on."""
        tag = whole = _WHOLE_TAG.match(html, at)
        if not whole:
            tag = _TAG.match(html, at) or _BEGUN_TAG.match(html, at)
            self.odd = self.odd or bool(tag and (tag.re is _BEGUN_TAG or {*"\"'"} & {*tag[0]}))
        if tag and self._hides(tag) and not (tag[1] and self.odd):
            name = tag[2].lower()
            self.open[name] = max(0, self.open[name] + (-1 if tag[1] else 1))
        return whole.end() if whole else at + 1

    def _hides(self, tag: re.Match[str]) -> bool:
        name = tag[2].lower()
        if name in _NOT_SAID or self.open[name]:
            return True
        return name not in _NEVER_OPEN and bool(_HIDDEN.match(tag[0]))


_LOOKED_AT = "looked at"
_FOUND = "found"  # under which the reader of a paragraph keeps line ends and tags


@cache
def _blocks() -> Any:
    """A reader of blocks. Within a paragraph it only tells where lines begin, and what is HTML."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark")
    reader.core.ruler.enableOnly(["normalize", "block"])
    reader.block.ruler.before(
        "blockquote", "long_quote", _long_quote, {"alt": ["paragraph", "reference", "list"]}
    )
    reader.block.ruler.before("blockquote", "formula", _formula, {"alt": ["paragraph", "list"]})
    reader.block.ruler.disable("reference")
    reader.inline.ruler.enableOnly(["text", "escape", "backticks"])
    reader.inline.ruler2.enableOnly([])
    reader.inline.ruler.before("escape", "line_or_tag", _note_line_or_tag)
    return reader


def _note_line_or_tag(state: Any, silent: bool) -> bool:
    """Notes where a line begins, and each piece of HTML, which code is not."""
    text, at = state.src, state.pos
    if text[at] == "\n":
        state.env[_FOUND].append((at, "\n"))
    elif text.startswith("<!--", at):
        end = text.find("-->", at + 4) if state.env.get("ends", True) else -1
        if end < 0:
            state.env["ends"] = False
            return False
        state.env[_FOUND].append((at, text[at : end + 3]))
        state.pos = end + 3
        return True
    elif text.startswith(_FORMULA, at) and (end := text.find(_FORMULA, at + 2)) > 0:
        state.pos = end + 2
        return True
    elif text[at] == "<" and (tag := _WHOLE_TAG.match(text, at) or _TAG.match(text, at)):
        state.env[_FOUND].append((at, tag[0]))
        state.pos = tag.end()
        return True
    return False


def _long_quote(state: Any, start: int, last: int, silent: bool) -> bool:
    """GitLab's quote of many lines, from `>>>` to `>>>`, or to the end: nothing in it is said."""
    opened = _LONG_QUOTE.fullmatch(_line(state, start))
    if not opened or state.is_code_block(start):
        return False
    if silent:
        return True
    fence = ""
    for number in range(start + 1, last):
        line = _line(state, number)
        if found := _FENCE.fullmatch(line):
            fence = _in_fence(fence, found[1], found[2])
        closed = _LONG_QUOTE.fullmatch(line) if not fence else None
        if closed and len(closed[1]) >= len(opened[1]):
            state.line = number + 1
            return True
    state.line = last
    return True


def _formula(state: Any, start: int, last: int, silent: bool) -> bool:
    """Lines of mathematics, empty ones between them, too: nothing in them is said."""
    if _line(state, start).rstrip() != _FORMULA or state.is_code_block(start):
        return False
    lines = range(start + 1, last)
    end = next((number for number in lines if _line(state, number).rstrip() == _FORMULA), None)
    looked_at = state.env[_LOOKED_AT] = state.env.get(_LOOKED_AT, 0) + (end or last) - start
    if looked_at > _MOST_LOOKED_AT:  # nobody writes so many: of what is left nothing is said
        end = last - 1
    if end is not None and not silent:
        state.line = end + 1
    return end is not None


def _in_fence(inside: str, mark: str, rest: str) -> str:
    """The mark of the code that we are in behind this line."""
    if not inside:
        return "" if mark[0] == "`" and "`" in rest else mark
    return "" if mark[0] == inside[0] and len(mark) >= len(inside) and not rest.strip() else inside


def _line(state: Any, number: int) -> str:
    text: str = state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
    return text
