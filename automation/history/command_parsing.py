"""`/ima` commands as they stand in comments. Parsed only: `command_judgement.py` judges. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice, pairwise

from automation.history.internal_notes import without_reasons
from automation.model import bounds
from automation.model.commands import USAGE
from automation.model.issue import Comment
from automation.text.escaping import clean, is_login
from automation.text.own_words import Line, own_words
from automation.text.typed import (
    DASHES,
    POINTS,
    narrow,
    plain,
    unquoted,
    without_invisible_start,
    words_of,
)

_MENTION = re.compile(r"@(\w[\w.-]{0,254})")
LONGEST = bounds.COMMAND
MOST = bounds.COMMANDS

# A text of several lines belongs to these: all that follows, or only once it has begun.
_TAKES_LINES = {"publish", "withhold", "reopen", "tell-next"}
_GOES_ON = {"resolve", "state", "need", "maintenance"}

_MAYBE = re.compile(r"[/／]\s?ima", re.IGNORECASE)
_LINE = re.compile(r"/ima(?:\s*[:,：，]\s*|\s+|$)(.*)", re.IGNORECASE | re.DOTALL)
_AROUND = "*_~`\"'“”„‟‘’«»"  # what stands around a command that is shown and not given
_ALMOST = re.compile(
    rf"(?P<around>[{_AROUND}]*)\\?[/／]+\s?ima[^\w\n]*(?P<rest>(?:{'|'.join(USAGE)})\b.*)", re.I
)
# Behind a line's end that is none for the forge, or behind a greeting: "ok /ima resolve"
_BREAK = re.compile(r"[\u2028\u2029\u0085\x0b\x0c]\s*(?=[/／]ima\s)", re.I)
_GREETING = r"ok|okay|yes|yep|no|so|now|then|done|right|please|pls|thanks|hi|hey|hello|well|sorry"
_LEAD = re.compile(
    rf"(?:(?:@[\w.-]+|{_GREETING})[.,:;!]*\s+){{1,4}}(?P<rest>[/／]ima\s.*)", re.I | re.DOTALL
)
_MAY_QUOTE = frozenset('`<"“”„«»')
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
_NAME = re.compile(r"([^\s:：=]*[:：=]?)\s?(.*)", re.DOTALL)  # of a command, and what follows it


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what was typed, by whom, when."""

    of: str  # its identity: an edited comment runs only what is new in it
    comment: str
    at: datetime
    by: str | None
    name: str
    text: str  # all behind the name
    words: tuple[str, ...]  # the same, what stands in quotation marks as one
    shown: str = ""  # it looks like a command and is none: as it was typed
    internal: bool = False  # it stands in an internal note

    @property
    def people(self) -> tuple[str, ...]:
        """The `@people` among the words."""
        named = (word.lstrip("([") for word in self.words)
        names = (word[1:].rstrip(POINTS + ")]") for word in named if word.startswith("@"))
        return tuple(name for name in names if is_login(name))

    @property
    def mentioned(self) -> tuple[str, ...]:
        """Whoever could be meant by it, however it is spelt: their rights must be known."""
        return tuple(name.rstrip(".") for name in _MENTION.findall(narrow(self.text)))

    @property
    def value(self) -> str:
        """The first word, without what people put behind and around it."""
        words = (word.strip(POINTS + "\"'()[]=") for word in self.words)
        return next(filter(None, words), "")

    @property
    def said(self) -> str:
        """The text as one line, without quotation marks around all of it."""
        return unquoted(clean(self.text))

    @property
    def is_quoted(self) -> bool:
        """Does it stand in code, quotation marks or the like?"""
        return self.shown[:1] in (*_AROUND,)

    @property
    def is_behind_words(self) -> bool:
        """Does it look like a command that stands behind something else?"""
        return bool(self.shown) and not _ALMOST.match(self.shown)

    @property
    def typed(self) -> str:
        if self.internal:
            return f"/ima {self.name}".strip()
        return self.shown or f"/ima {self.name} {clean(self.text)}".strip()


def command_lines(body: str) -> Iterator[str]:
    """What follows `/ima` on lines that begin with it and are their author's own words."""
    return (text for text, shown in _found(body) if not shown)


def commands_in(comment: Comment, known: Container[str]) -> list[Command]:
    """The commands of a comment. A line that no card knows, in an edited comment, counts from
    the edit."""
    seen: Counter[str] = Counter()
    found = []
    for text, shown in _first(comment.typed):
        order = _order(comment, text, shown)
        if comment.internal and shown:
            continue  # its answer would repeat it
        line = shown or text
        seen[line] += 1
        kept = f"{order.name} {order.text}" if comment.internal else line  # a digest can be guessed
        of = f"{comment.id}/{_digest(kept, seen[line])}"
        first = line if comment.internal else line.partition("\n")[0]
        before = f"{comment.id}/{_digest(first, 1)}"  # as version 0.1.0 called it
        if first != kept and of not in known and before in known and not comment.edited_at:
            of = before
        at = comment.at if of in known else comment.edited_at or comment.at
        found.append(replace(order, of=of, at=at))
    return found


@lru_cache(maxsize=64)  # the texts of one issue are asked for again and again
def _first(body: str) -> tuple[tuple[str, str], ...]:
    return tuple(islice(_found(body), MOST))


def _digest(line: str, nth: int) -> str:
    return hashlib.sha256(f"{line}\n{nth}".encode(errors="replace")).hexdigest()[:8]


def _found(body: str) -> Iterator[tuple[str, str]]:
    """Each command, without its `/ima`; and, where it is only shown, how. One that is shown is
    enough for an answer."""
    if not _MAYBE.search(body):
        return
    answered = False
    lines = list(own_words(body))
    for n, line in enumerate(lines):
        if not line.said:
            continue
        text, behind = _at_a_break(without_invisible_start(line.text))
        shown = line.text
        if command := _LINE.fullmatch(text):
            first = (command[1] or "help").strip()
            yield "\n".join([first, *_following(first, lines[n:])])[:LONGEST], ""
            shown = behind
        if not answered and (text := _almost(shown, behind)):
            answered = True
            yield text[:LONGEST], shown[:LONGEST]


def _following(first: str, lines: list[Line]) -> Iterator[str]:
    """The lines below that belong to a command's text: up to an empty line, another command, or
    anything that is not the author's own words."""
    name, text = _name_and_text(first)
    if not (name in _TAKES_LINES or (name in _GOES_ON and text.strip())):
        return
    for before, line in pairwise(lines):
        if line.number != before.number + 1 or _LINE.fullmatch(without_invisible_start(line.text)):
            return
        yield line.whole.strip()


def _at_a_break(line: str) -> tuple[str, str]:
    """A line, and the command behind what looks like its end and is none; not in quotes or code."""
    text, *behind = _BREAK.split(line, maxsplit=1)
    return (text, behind[0]) if behind and not _MAY_QUOTE & {*text} else (line, "")


def _almost(line: str, behind: str = "") -> str:
    """The command that a line shows and does not give: in backticks, in quotation marks, behind
    something else …"""
    lead = _LEAD.fullmatch(line)
    amid = behind or (lead["rest"] if lead else "")
    if amid and (found := _ALMOST.fullmatch(amid)):
        return found["rest"].rstrip(POINTS)
    if not (found := _ALMOST.fullmatch(line)):
        return ""
    around, rest = found["around"], found["rest"].rstrip(POINTS)
    if not around:
        return rest
    inner = rest.rstrip(_AROUND)
    return inner if inner != rest and not set(inner) & set(around) else ""


def _name_and_text(line: str) -> tuple[str, str]:
    """ "Severity: S2" and "severity=S2": the command's name, and what stands behind it."""
    found = _NAME.fullmatch(plain(line))
    name, text = found.groups() if found else (line, "")
    return re.sub(f"[-{DASHES}]+", "-", narrow(name).lower()).rstrip(POINTS + "="), text


def _order(comment: Comment, line: str, shown: str) -> Command:
    name, text = _name_and_text(_HIDDEN.sub("", line))
    word, _, rest = text.partition(" ")
    for whole in (f"{name}-{word.lower()}", f"{name}{word.lower()}"):  # "stand down", "hand over"
        if name not in USAGE and whole in USAGE:
            name, text = whole, rest
    text = text.strip()
    if inside := bool(comment.internal):
        name = name if name in USAGE else ""
        text = without_reasons(name, text)
    return Command(
        "", comment.id, comment.at, comment.author, name, text, words_of(text), shown, inside
    )
