"""A line typed in a chat: as a command of ours, and the answer as chats take it. Pure.

A line is words of the shell's kind, but no shell ever sees it. What it may say is a closed list:
no option that acts for somebody else, reads a file or leads to another tracker.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from automation.mistakes import quoted, suggestion
from automation.text.escaping import ZERO_WIDTH_SPACE, clean
from automation.text.typed import DASHES, plain, plain_quotes

MOST = 3_400  # bytes: GitLab sends only a link where a reply has 3.5 KB
_POINTS = ".,:;!?"
_CHATOPS_WORDS = ("/chatops", "chatops", "run")  # as people are used to type it
_WHOLE_CHANNEL = re.compile(r"@(?=(?:all|here|channel|everyone)\b)", re.IGNORECASE)
_LINKS = re.compile(r"<(?=\S)")


@dataclass(frozen=True, slots=True)
class Form:
    """What may follow a command: how it is shown, options with a value, those without."""

    usage: str
    does: str
    takes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    words: int = 0  # of the argument: 0 none, 1 one or none, 2 a whole title


_FLAGS = ("doc", "announce", "page-imoc", "page-cmoc")
FORMS = {
    "oncall": Form("oncall [prod] [ROLE]", "who is on call", words=2),
    "declare": Form(
        "declare TITLE [--severity S1] [--security]",
        "declare an incident",
        ("severity", "status", "service", "body", "imoc", "cmoc", "from", "to"),
        ("security", *(f"{no}{flag}" for flag in _FLAGS for no in ("", "no-"))),
        words=2,
    ),
    "report": Form(
        "report TITLE", "page the engineer on call", ("severity", "service", "body"), words=2
    ),
    "near-miss": Form(
        "near-miss TITLE", "open the review of a near miss", ("severity", "owner"), words=2
    ),
    "maintenance": Form(
        "maintenance TITLE --from TIME --to TIME",
        "plan work on the systems",
        ("from", "to", "service", "body"),
        words=2,
    ),
    "drill": Form("drill TITLE", "open an exercise", ("severity", "service", "body"), words=2),
    "board": Form("board", "active incidents"),
    "show": Form("show N", "an issue", words=1),
    "explain": Form("explain N", "every rule on an issue", words=1),
    "help": Form("help", "these lines", words=2),
}


def parse_line(line: str) -> tuple[list[str], str]:
    """The command as arguments of ``ima``, or none and what is wrong (nothing: help was asked)."""
    words = _words(line)
    while words and words[0].lower() in _CHATOPS_WORDS:
        words.pop(0)
    name, *rest = words or ["help"]
    name = name.lower().rstrip(_POINTS)
    if name not in FORMS:
        return [], f"there is no {quoted(name)}: {suggestion(name, FORMS)}"
    form = FORMS[name]
    if name == "help":
        return [], ""
    options, words, wrong = _sorted(form, rest)
    if wrong:
        return [], f"{name} {wrong}"
    if form.words == 2:
        words = [" ".join(words)] if words else []
    else:
        words = [word.rstrip(_POINTS) for word in words]
    if len(words) > min(form.words, 1):
        return [], f"{name} takes no {quoted(words[form.words])}"
    if not words and form.words and name != "oncall":
        return [], f"{name} needs {form.usage.split()[1]}"
    return [name, *options, *(["--", *words] if words else [])], ""


def _words(line: str) -> list[str]:
    """Words, those in double quotes together. An apostrophe is one, and no quote."""
    text = plain_quotes(plain(line)).replace("\x00", "")
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.quotes, lexer.commenters, lexer.escape = True, '"', "", ""
    try:
        return list(lexer)
    except ValueError:  # a quote that is left open
        return text.replace('"', " ").split()


def _sorted(form: Form, rest: Sequence[str]) -> tuple[list[str], list[str], str]:
    """Options and words apart; and what is wrong with them."""
    options: list[str] = []
    words: list[str] = []
    left = list(rest)
    while left:
        word = left.pop(0)
        found = re.fullmatch(rf"(?:--|[{DASHES}])([a-z-]+)(?:=(.*))?", word, re.DOTALL)
        if not found:
            words.append(word)
        elif found[1] in form.flags and found[2] is None:
            options.append(f"--{found[1]}")
        elif found[1] not in form.takes:
            return [], [], f"takes no {quoted(word)}"
        elif found[2] is None and not left:
            return [], [], f"--{found[1]} needs a value"
        else:
            options.append(f"--{found[1]}={found[2] if found[2] is not None else left.pop(0)}")
    return options, words, ""


def help_lines() -> list[str]:
    """What can be typed."""
    width = max(len(form.usage) for form in FORMS.values())
    return [f"{form.usage:<{width}}  {form.does}" for form in FORMS.values()]


def reply(text: str) -> str:
    """An answer for a chat: nothing in it rings everybody or hides a link; not too long."""
    lines = [_harmless(line) for line in text.rstrip().splitlines()]
    kept: list[str] = []
    room = MOST
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    if left := len(lines) - len(kept):
        kept.append(f"… and {left} more {'line' if left == 1 else 'lines'}")
    return "\n".join(kept)


def _harmless(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip(" "))]
    words = re.sub(r"\S(?:.*\S)?", lambda found: _visible(found[0]), line[len(indent) :])
    return indent + _LINKS.sub(
        "<" + ZERO_WIDTH_SPACE, _WHOLE_CHANNEL.sub("@" + ZERO_WIDTH_SPACE, words)
    )


def _visible(text: str) -> str:
    """Without control characters; columns of a table stay apart."""
    return "".join(clean(part) or " " * len(part) for part in re.split(r"( {2,})", text))
