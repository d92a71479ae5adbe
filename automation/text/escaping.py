"""Text that crosses a border: our markers, and strangers' words made harmless. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_MARK = re.compile(r"^<!-- ima:([a-z]+) (\{.*\}) -->\r?$", re.MULTILINE)  # on a line of its own
_NO_CHARACTERS = "".join(chr(n + low) for n in range(0xFFFE, 0x110000, 0x10000) for low in (0, 1))
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    rf"\ufdd0-\ufdef{_NO_CHARACTERS}]"
)
_COLOUR_OR_CONTROL = re.compile(rf"(\x1b\[[0-9;]*m)|{_CONTROL.pattern}")
_MENTION = re.compile(r"@(?=[\w-])")
_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
ZERO_WIDTH_SPACE = "\u200b"


def mark(kind: str, data: dict[str, Any]) -> str:
    """A marker that people do not see, with ``data``. No text in it can end the HTML comment."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    text = text.replace("<", r"\u003c").replace(">", r"\u003e")
    return f"<!-- ima:{kind} {text} -->"


def marker_in(kind: str, body: str) -> dict[str, Any] | None:
    """The data of the first readable marker of this kind in ``body``; None if there is none."""
    if f"<!-- ima:{kind} " not in body:
        return None
    for found in _MARK.finditer(body):
        if found[1] == kind:
            try:
                data = json.loads(found[2])
            except (ValueError, RecursionError):
                continue
            return data if isinstance(data, dict) else None
    return None


def with_marker(kind: str, body: str, data: dict[str, Any]) -> str:
    """``body`` with ``data`` in its markers of this kind."""
    return _MARK.sub(lambda found: mark(kind, data) if found[1] == kind else found[0], body)


def without_marker(kind: str, body: str) -> str:
    """``body`` without its markers of this kind."""
    return _MARK.sub(lambda found: "" if found[1] == kind else found[0], body)


Marks = Callable[[str, dict[str, Any] | None], dict[str, Any]]


def with_each_marker(body: str, change: Marks) -> str:
    """``body`` with each of our markers replaced: ``change`` gets its kind and its data, None where
    it cannot be read, and returns the new data."""

    def marked(found: re.Match[str]) -> str:
        try:
            data = json.loads(found[2])
            return mark(found[1], change(found[1], data if isinstance(data, dict) else None))
        except (ValueError, RecursionError):  # deeper than can be read, or written again
            return mark(found[1], change(found[1], None))

    return _MARK.sub(marked, body) if "<!-- ima:" in body else body


def unmarked(body: str) -> str:
    """``body`` as people see it, without our markers."""
    return _MARK.sub("", body)


def clean(text: str) -> str:
    """``text`` in one line, without characters that control a terminal or the direction of
    writing."""
    return " ".join(_CONTROL.sub("", text.replace("\t", " ")).split())


def without_controls(text: str, *, colours: bool = False) -> str:
    """``text`` in its lines, without what controls a terminal, but for ``colours``."""
    if not colours:
        return _CONTROL.sub("", text)
    return _COLOUR_OR_CONTROL.sub(lambda found: found[1] or "", text)


def without_mentions(text: str) -> str:
    """``text`` in which nobody is mentioned, for places without markup."""
    return _MENTION.sub("@" + ZERO_WIDTH_SPACE, text)


def escape_inline(text: str, most: int = 200) -> str:
    """A stranger's words within a line of ours: nothing in them is markup, and nobody is
    mentioned."""
    line = clean(text)
    line = line if len(line) <= most else line[: most - 1] + "…"
    line = without_mentions(line)
    line = _SPECIAL.sub(r"\\\1", line)
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"^(/|!|[#+-]+ )", ZERO_WIDTH_SPACE + r"\1", line)


def escape_block(text: str, most: int = 2000) -> str:
    """A stranger's words as a quotation in lines of their own. Each line but the last ends with a
    backslash: GitLab joins lines that do not."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    lines = (escape_inline(line, most) for line in text.splitlines() if line.strip())
    return "\\\n".join(f"> {line}" for line in lines)


def in_code_block(text: str) -> str:
    """A stranger's words unchanged, in a code block that they cannot end."""
    lines = [_CONTROL.sub("", line.replace("\t", "    ")) for line in text.strip().splitlines()]
    body = "\n".join(lines)
    longest = max(map(len, re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{body}\n{fence}"


def escape_for_log(text: str) -> str:
    """``text`` for a job's log. GitHub obeys `::word::` at the beginning of a line, and `##[word]`
    anywhere."""
    text = text.replace("##[", f"##{ZERO_WIDTH_SPACE}[")
    return re.sub(r"^([^\S\n]*:)(?=:)", rf"\1{ZERO_WIDTH_SPACE}", text, flags=re.MULTILINE)


def mention(login: str) -> str:
    """``@login``, where somebody is to be told. Anything else than a login is shown and mentions
    nobody."""
    rings_many = login.casefold() in ("all", "here", "channel", "everyone")
    return escape_inline(login) if rings_many or not is_login(login) else f"@{login}"


def is_login(text: str) -> bool:
    """Can it be the login of a person?"""
    return re.fullmatch(r"\w[\w.-]{0,254}", text) is not None
