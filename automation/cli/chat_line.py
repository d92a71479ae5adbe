"""A line typed in a chat becomes arguments of ``ima``; an answer becomes text for a chat. Pure.

A line has words as a shell would have them, but no shell ever sees it. What it may say is a closed
list, without options that act for somebody else, read a file or lead to another tracker.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from automation.mistakes import quoted, suggestion
from automation.records import dataclass
from automation.text.escaping import ZERO_WIDTH_SPACE, clean
from automation.text.typed import DASHES, plain, plain_quotes, unquoted, without_markup

LONGEST_REPLY = 3_400  # bytes: GitLab sends only a link where a reply has 3.5 KB
_POINTS = ".,:;!?"
_CHATOPS_WORDS = ("/chatops", "chatops", "run", "/incident", "incident")  # as they are used to it
_ASKS_WHO = re.compile(r"who\b.{0,40}\bon[ -]?call\b|@?[\w-]*on[ -]?call\b", re.IGNORECASE)
_NO_ROLE = {"prod", "production", "please", "now", "for", "the", "as", "is", "today"}
_WHOLE_CHANNEL = re.compile(r"@(?=(?:all|here|channel|everyone)\b)", re.IGNORECASE)
_LINKS = re.compile(r"<(?=\S)")


@dataclass(frozen=True, slots=True)
class ChatCommand:
    """A command that a chat may give, and what may follow its name."""

    usage: str  # as the help shows it
    does: str  # in a few words, for the help
    takes: tuple[str, ...] = ()  # options with a value
    flags: tuple[str, ...] = ()  # options without
    words: int = 0  # how many the argument may have: 0 none, 1 one, 2 as many as a title needs


_FLAGS = ("doc", "announce", "page-imoc", "page-cmoc")
COMMANDS = {
    "oncall": ChatCommand("oncall [prod] [ROLE]", "who is on call", words=2),
    "declare": ChatCommand(
        "declare TITLE [--severity S1] [--security]",
        "declare an incident",
        ("severity", "status", "service", "body", "imoc", "cmoc", "engage", "from", "to"),
        ("security", *(f"{no}{flag}" for flag in _FLAGS for no in ("", "no-"))),
        words=2,
    ),
    "report": ChatCommand(
        "report TITLE", "page the engineer on call", ("severity", "service", "body"), words=2
    ),
    "near-miss": ChatCommand(
        "near-miss TITLE", "open the review of a near miss", ("severity", "owner"), words=2
    ),
    "maintenance": ChatCommand(
        "maintenance TITLE --from TIME --to TIME",
        "plan work on the systems",
        ("from", "to", "service", "body"),
        words=2,
    ),
    "drill": ChatCommand(
        "drill TITLE", "open an exercise", ("severity", "service", "body"), words=2
    ),
    "board": ChatCommand("board", "active incidents"),
    "gone": ChatCommand("gone N", "an incident's issue was deleted", words=1),
    "show": ChatCommand("show N", "an issue", words=1),
    "explain": ChatCommand("explain N", "every rule on an issue", words=1),
    "help": ChatCommand("help", "these lines", words=2),
}


def parse_line(line: str) -> tuple[list[str], str]:
    """The line as arguments of ``ima``, and "". Where it is no command: none, and what is wrong, or
    "" where help was asked for."""
    words = _words(without_markup(unquoted(line.strip())))
    while words and words[0].lower() in _CHATOPS_WORDS:
        words.pop(0)
    name, *rest = _name_first(words) or ["help"]
    name = name.lower().rstrip(_POINTS)
    if name not in COMMANDS:
        return [], f"there is no {quoted(name)}: {suggestion(name, COMMANDS)}"
    command = COMMANDS[name]
    if name == "help":
        return [], ""
    options, words, wrong = _options_and_words(command, rest)
    if wrong:
        return [], f"{name} {wrong}"
    if command.words == 2:
        words = [unquoted(" ".join(words))] if words else []
    else:
        words = [word.rstrip(_POINTS) for word in words]
    if len(words) > min(command.words, 1):
        return [], f"{name} takes no {quoted(words[command.words])}"
    if not words and command.words and name != "oncall":
        return [], f"{name} needs {command.usage.split()[1]}"
    return [name, *options, *(["--", *words] if words else [])], ""


def _name_first(words: list[str]) -> list[str]:
    """The words with the name of a command in one word, where people type it in two or as a
    question: "near miss", "who is on call?", "@sre-oncall"."""
    line = " ".join(words)
    if asked := _ASKS_WHO.match(line):
        rest = (word.strip(_POINTS) for word in line[asked.end() :].split())
        return ["oncall", *(word for word in rest if word and word.lower() not in _NO_ROLE)]
    joined = "-".join(words[:2]).lower()
    return [joined, *words[2:]] if joined in COMMANDS else words


def _words(line: str) -> list[str]:
    """The words of a line; what stands in double quotes is one word. An apostrophe is no quote."""
    text = plain_quotes(plain(line)).replace("\x00", "")
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.quotes, lexer.commenters, lexer.escape = True, '"', "", ""
    try:
        return list(lexer)
    except ValueError:  # a quote that is left open
        return text.replace('"', " ").split()


def _options_and_words(
    command: ChatCommand, rest: Sequence[str]
) -> tuple[list[str], list[str], str]:
    """The options, the words of the argument, and what is wrong with them ("" if nothing is)."""
    options: list[str] = []
    words: list[str] = []
    left = list(rest)
    while left:
        word = left.pop(0)
        found = re.fullmatch(rf"(?:--|[{DASHES}])([a-z-]+)(?:=(.*))?", word, re.DOTALL)
        if not found:
            words.append(word)
        elif found[1] in command.flags and found[2] is None:
            options.append(f"--{found[1]}")
        elif found[1] not in command.takes:
            return [], [], f"takes no {quoted(word)}"
        elif found[2] is None and not left:
            return [], [], f"--{found[1]} needs a value"
        else:
            options.append(f"--{found[1]}={found[2] if found[2] is not None else left.pop(0)}")
    return options, words, ""


def help_lines() -> list[str]:
    """A line about each command that can be typed in a chat."""
    width = max(len(command.usage) for command in COMMANDS.values())
    return [f"{command.usage:<{width}}  {command.does}" for command in COMMANDS.values()]


def reply(text: str) -> str:
    """An answer for a chat: nothing in it rings everybody or hides a link; not too long."""
    lines = [_harmless_line(line) for line in text.rstrip().splitlines()]
    kept: list[str] = []
    left_bytes = LONGEST_REPLY
    for line in lines:
        left_bytes -= len(line.encode()) + 1
        if left_bytes < 0:
            break
        kept.append(line)
    if left := len(lines) - len(kept):
        kept.append(f"… and {left} more {'line' if left == 1 else 'lines'}")
    return "\n".join(kept)


def _harmless_line(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip(" "))]
    words = re.sub(
        r"\S(?:.*\S)?", lambda found: _without_control_characters(found[0]), line[len(indent) :]
    )
    return indent + _LINKS.sub(
        "<" + ZERO_WIDTH_SPACE, _WHOLE_CHANNEL.sub("@" + ZERO_WIDTH_SPACE, words)
    )


def _without_control_characters(text: str) -> str:
    """``text`` without control characters; the columns of a table stay apart."""
    return "".join(clean(part) or " " * len(part) for part in re.split(r"( {2,})", text))
