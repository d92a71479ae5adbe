"""Finds `/ima` commands in comments. Whether they count is up to `command_judgement.py`. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Container, Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice, pairwise

from automation.history.internal_notes import without_reasons
from automation.model import bounds
from automation.model.commands import USAGE
from automation.model.issue import Comment, Issue
from automation.model.replacing import replace
from automation.model.sameness import Same
from automation.records import dataclass
from automation.text.escaping import clean
from automation.text.own_words import Line, own_words
from automation.text.typed import (
    DASHES,
    MARKUP,
    POINTS,
    before_reason,
    has_step,
    narrow,
    person_named,
    plain,
    plain_quotes,
    said_in,
    without_invisible_start,
    words_of,
)

_MENTION = re.compile(r"@(\w[\w.-]{0,254})(?![\w.-]*/\w)")  # no team, which has a slash
LONGEST = bounds.COMMAND
MOST_COMMANDS = bounds.COMMANDS

# Commands whose text may have several lines. To the second set the lines below belong only where
# some of the text stands on the command's own line.
_TEXT_GOES_ON = {"publish", "withhold", "reopen", "tell-next"}
_TEXT_GOES_ON_ONCE_BEGUN = {"resolve", "state", "need", "maintenance"}

_MAY_TELL_OF_COMMANDS = {"action", "tell-next", "waive", "need", "withhold"}
_MENTIONS_IMA = re.compile(r"(?:[/／]\s?|^\W{0,9})(?:ima|ｉｍａ)", re.IGNORECASE | re.MULTILINE)
_LINE = re.compile(r"/ima(?:\s*[:,：，]\s*|\s+|[?!.]*$)(.*)", re.IGNORECASE | re.DOTALL)
_QUOTE_MARKS = "*_~`\"'“”„‟‘’«»"  # what stands around a command that is shown and not given
_WORDS = "|".join(USAGE)
_SHOWN_COMMAND = re.compile(
    rf"(?P<around>[{_QUOTE_MARKS}]*)\\?[/／]+\s?ima[^\w\n]*(?P<rest>(?:{_WORDS})\b.*)",
    re.I,
)
# What people type who miss the sign before it; only where a value follows, for it may be prose
_WITHOUT_SIGN = re.compile(
    r"[!@#.]?\s?ima[:,]?\s+(?P<rest>(?:declare|severity|state|status|engage|page|handover|need)"
    r"\s+(?!(?:is|was|are|were|of|the|to|will|has|should|may|this|that)\b)[\w~@\"“„].*)",
    re.I,
)
_CHECKBOX = re.compile(r"\[[ xX]?\]\s+(?=[/／])")
# Without a way back: else a stranger's empty lines would take us for ever
_INDENTED = re.compile(r"(?:[^\S\n]*+\n)*+(?: {4}|\t)[^\S\n]*+(/ima\s.*)", re.I)
# Behind a line's end that is none for the forge, behind another command, or behind a greeting:
# "ok /ima resolve"
_FALSE_LINE_END = re.compile(r"[\u2028\u2029\u0085\x0b\x0c]\s{0,99}(?=[/／]ima\s)", re.I)
_ANOTHER_COMMAND = re.compile(rf"(?<=\S)\s{{1,99}}(?=/ima\s+(?:{_WORDS})\b)", re.I)
_GREETING = r"ok|okay|yes|yep|no|so|now|then|done|right|please|pls|thanks|hi|hey|hello|well|sorry"
_AFTER_GREETING = re.compile(
    rf"(?:(?:@[\w.-]{{1,255}}|{_GREETING})[.,:;!]*\s+){{1,4}}(?P<rest>[/／]ima\s.*)",
    re.I | re.DOTALL,
)
_HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NAME_AND_TEXT = re.compile(
    r"([^\s:：=]*[:：=]?)\s?(.*)", re.DOTALL
)  # of a command, and what follows it
_WITHOUT_HYPHENS = {word.replace("-", ""): word for word in USAGE}  # "standdown", "re-open"


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or what looks like one: what was typed, by whom, when."""

    of: str  # its identity: after an edit of the comment only what is new in it is carried out
    comment: str  # the id of the comment
    at: datetime  # when it counts from: of the comment, or of the edit that added it
    by: str | None  # the login of its author
    name: str  # as `model/commands.py` has it, if there is such a command
    text: str  # all that follows the name
    words: tuple[str, ...]  # the text in words; what stands in quotation marks is one word
    shown: str = ""  # as it was typed, where it looks like a command and is none
    internal: bool = False  # it stands in an internal note
    as_typed: str = ""  # the text before words of the team became keys, where that was done

    @property
    def people(self) -> tuple[str, ...]:
        """The `@people` among the words; not those of a reason."""
        return tuple(filter(None, map(person_named, before_reason(self.words))))

    @property
    def mentioned(self) -> tuple[str, ...]:
        """Whoever could be meant by it, however it is spelt: their rights must be known."""
        return tuple(name.rstrip(".") for name in _MENTION.findall(narrow(self.text)))

    @property
    def value(self) -> str:
        """The first word, without what people put behind and around it."""
        words = (word.strip(POINTS + MARKUP + "\"'()[]=") for word in self.words)
        return next(filter(None, words), "")

    @property
    def said(self) -> str:
        """The text as one line, without what people put before and around all of it."""
        return said_in(clean(self.text))

    @property
    def is_quoted(self) -> bool:
        """Does it stand in code, quotation marks or the like?"""
        return self.shown[:1] in (*_QUOTE_MARKS,)

    @property
    def is_behind_words(self) -> bool:
        """Does it look like a command that stands behind something else, or lacks its sign?"""
        return bool(self.shown) and not _SHOWN_COMMAND.match(self.shown)

    @property
    def is_misplaced(self) -> bool:
        """Is it typed as it should be, but where a line does not begin?"""
        return _LINE.fullmatch(self.shown) is not None

    @property
    def typed(self) -> str:
        if self.internal:
            return f"/ima {self.name}".strip()
        return self.shown or f"/ima {self.name} {clean(self.as_typed or self.text)}".strip()


def with_searched_comments(issue: Issue, me: str) -> Issue:
    """The issue, in which of each person so much is searched for commands and no more: to read
    what may hold one takes time, and others wait for it."""
    read: Counter[str | None] = Counter()
    beyond: set[str] = set()
    for comment in issue.comments:
        if comment.author != me and _MENTIONS_IMA.search(comment.typed):
            read[comment.author] += min(len(comment.typed), bounds.COMMENT)
            if read[comment.author] > bounds.SEARCHED:
                beyond.add(comment.id)
    if not beyond:
        return issue
    left = [replace(c, unsearched=True) if c.id in beyond else c for c in issue.comments]
    return replace(issue, comments=tuple(left))


def command_lines(body: str) -> Iterator[str]:
    """What follows `/ima` on lines that begin with it and are their author's own words."""
    return (text for text, shown in _commands_or_shown(body) if not shown)


def commands_in(comment: Comment, known: Container[str]) -> list[Command]:
    """The commands of a comment; ``known`` are the identities of those that a pass has judged. In
    an edited comment a command that is not known counts from the edit."""
    found = []
    for command, before in _typed_in(Same(comment)):
        old = before in known and command.of not in known and not comment.edited_at
        of = before if old else command.of
        at = comment.at if of in known else comment.edited_at or comment.at
        same = (of, at) == (command.of, command.at)
        found.append(command if same else replace(command, of=of, at=at))
    return found


@lru_cache(maxsize=256)  # those of one issue are asked for again and again
def _typed_in(of: Same[Comment]) -> tuple[tuple[Command, str], ...]:
    """The commands of a comment, each with the identity that version 0.1.0 gave it, if that was
    another one."""
    comment = of.value
    seen: Counter[str] = Counter()
    found = []
    for text, shown in islice(_commands_or_shown(comment.typed), MOST_COMMANDS):
        command = _parse_command(comment, text, shown)
        if comment.internal and shown:
            continue  # its answer would repeat it
        line = shown or text
        seen[line] += 1
        kept = (
            f"{command.name} {command.text}" if comment.internal else line
        )  # a digest can be guessed
        first = line if comment.internal else line.partition("\n")[0]
        before = f"{comment.id}/{_short_hash(first, 1)}" if first != kept else ""
        identity = f"{comment.id}/{_short_hash(kept, seen[line])}"
        found.append((replace(command, of=identity), before))
    return tuple(found)


def _short_hash(line: str, nth: int) -> str:
    return hashlib.sha256(f"{line}\n{nth}".encode(errors="replace")).hexdigest()[:8]


def _commands_or_shown(body: str) -> Iterator[tuple[str, str]]:
    """Each command: its text without `/ima`, and "" or, where it is only shown and not given, the
    line as it was typed. Of those that are only shown the first is enough, for one answer."""
    if not _MENTIONS_IMA.search(body):
        return
    answered = False
    lines = list(own_words(body))
    if not lines and (indented := _INDENTED.match(body)):  # the whole comment is code by accident
        shown = indented[1].strip()[:LONGEST]
        yield _command_shown(shown) or "help", shown
    for n, line in enumerate(lines):
        if not line.said:
            continue
        typed = without_invisible_start(line.text.replace("&nbsp;", " "))
        text, behind = _split_at_false_end(typed)
        shown = _CHECKBOX.sub("", typed) if _CHECKBOX.match(typed) else line.text
        if command := _LINE.fullmatch(text):
            first = (command[1] or "help").strip()
            yield "\n".join([first, *_lines_of_text(first, lines[n:])])[:LONGEST], ""
            shown = behind
        if not answered and (text := _command_shown(shown, behind)):
            answered = True
            yield text[:LONGEST], shown[:LONGEST]


def _lines_of_text(first: str, lines: list[Line]) -> Iterator[str]:
    """The lines below that belong to a command's text: up to an empty line, another command, or
    anything that is not the author's own words."""
    name, text = _name_and_text(first)
    begun = bool(text.strip())
    if name == "state":  # of a move only a step goes on; the lines below are free
        begun = has_step(text)
    elif name == "maintenance":
        begun = len(text.split()) > 1
    if not (name in _TEXT_GOES_ON or (name in _TEXT_GOES_ON_ONCE_BEGUN and begun)):
        return
    for before, line in pairwise(lines):
        if line.number != before.number + 1 or _LINE.fullmatch(without_invisible_start(line.text)):
            return
        yield line.whole.strip()


def _split_at_false_end(line: str) -> tuple[str, str]:
    """A line, and the command behind what looks like its end and is none; not in quotes or code."""
    first = _LINE.fullmatch(line)
    tells = first is not None and _name_and_text(first[1])[0] not in _MAY_TELL_OF_COMMANDS
    for end in (_FALSE_LINE_END, *([_ANOTHER_COMMAND] if tells else [])):
        text, *behind = end.split(line, maxsplit=1)
        if behind and not _quotes(text):
            return text, behind[0]
    return line, ""


def _quotes(text: str) -> bool:
    """Is a quotation mark, a piece of code or a tag open at the end of the text?"""
    marks = plain_quotes(text)
    return any(marks.count(mark) % 2 for mark in '"`') or "<" in text


def _command_shown(line: str, behind: str = "") -> str:
    """The command that a line shows and does not give, such as one in backticks, in quotation
    marks or after a greeting; "" where there is none. ``behind`` is what follows a false end of
    the line."""
    line = narrow(line) if "ｉｍａ" in line.lower() else line
    if found := _WITHOUT_SIGN.fullmatch(line):
        return found["rest"].rstrip(POINTS)
    lead = _AFTER_GREETING.fullmatch(line)
    amid = behind or (lead["rest"] if lead else "")
    if amid and (found := _SHOWN_COMMAND.fullmatch(amid)):
        return found["rest"].rstrip(POINTS)
    if not (found := _SHOWN_COMMAND.fullmatch(line)):
        return ""
    around, rest = found["around"], found["rest"].rstrip(POINTS)
    if not around:
        return rest
    inner = rest.rstrip(_QUOTE_MARKS)
    return inner if inner != rest and not set(inner) & set(around) else ""


def _name_and_text(line: str) -> tuple[str, str]:
    """ "Severity: S2" and "severity=S2": the command's name, and what stands behind it."""
    found = _NAME_AND_TEXT.fullmatch(plain(line))
    name, text = found.groups() if found else (line, "")
    return re.sub(f"[-{DASHES}]+", "-", narrow(name).lower()).rstrip(POINTS + "="), text


def _parse_command(comment: Comment, line: str, shown: str) -> Command:
    name, text = _name_and_text(_HTML_COMMENT.sub("", line))
    word, _, rest = text.partition(" ")
    for whole in (f"{name}-{word.lower()}", f"{name}{word.lower()}"):  # "stand down", "hand over"
        if name not in USAGE and whole in USAGE:
            name, text = whole, rest
    name = name if name in USAGE else _WITHOUT_HYPHENS.get(name.replace("-", ""), name)
    text = text.strip()
    if inside := bool(comment.internal):
        name = name if name in USAGE else ""
        text = without_reasons(name, text)
    return Command(
        "", comment.id, comment.at, comment.author, name, text, words_of(text), shown, inside
    )
