"""`/ima` commands as they stand in comments. Parsed only: `command_judgement.py` judges. Pure."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from automation.model.issue import Comment
from automation.text.escaping import is_login
from automation.text.markdown import lines

_LINE = re.compile(r"^\s{0,3}/ima(?:\s+(.*))?$", re.IGNORECASE)
LONGEST = 2_000  # characters of a command that are read
MOST = 20  # commands of one comment that are read
USAGE = {  # the first word of `may:` and of cli.md
    "help": "help [severity]",
    "declare": "declare [S1|S2|S3|S4]",
    "severity": "severity S1|S2|S3|S4",
    "state": "state investigating|identified|monitoring",
    "status": 'status "Degraded Performance"',
    "engage": "engage imoc [@person]",
    "page": "page imoc",
    "handover": "handover [imoc] @person|@next|@me",
    "stand-down": "stand-down imoc",
    "resolve": "resolve [REASON]",
    "reopen": "reopen REASON",
    "near-miss": "near-miss S1|S2|S3|S4 [@person]",
    "security": "security",
    "publish": "publish TEXT",
    "next-update": "next-update 45m",
    "withhold": "withhold REASON",
    "review": "review",
    "action": "action TITLE [@person]",
    "need": "need @person [REASON]",
    "tell-next": "tell-next TEXT",
    "waive": "waive RULE REASON until DATE",
    "adopt": "adopt",
    "explain": "explain",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One command line: what was typed, by whom, when."""

    of: str  # the line's identity: an edited comment runs only what is new in it
    comment: str
    at: datetime
    by: str | None
    name: str
    text: str  # all behind the name
    words: tuple[str, ...]  # the same, split as a shell would

    @property
    def people(self) -> tuple[str, ...]:
        """The `@people` among the words."""
        named = (word[1:].rstrip(".,;:!?)") for word in self.words if word.startswith("@"))
        return tuple(name for name in named if is_login(name))

    @property
    def typed(self) -> str:
        return f"/ima {self.name} {self.text}".strip()


def command_lines(body: str) -> Iterator[str]:
    """What follows `/ima` on lines that begin with it, outside code blocks."""
    if "/ima" not in body.lower():
        return
    for line, code in lines(body):
        if not code and (found := _LINE.match(line)):
            yield (found[1] or "help").strip()[:LONGEST]


def commands_in(comment: Comment, known: Container[str]) -> list[Command]:
    """The commands of a comment. A line that no card knows, in an edited comment, counts from
    the edit."""
    seen: Counter[str] = Counter()
    found = []
    for line in islice(command_lines(comment.body), MOST):
        seen[line] += 1
        digest = hashlib.sha256(f"{line}\n{seen[line]}".encode(errors="replace")).hexdigest()[:8]
        of = f"{comment.id}/{digest}"
        at = comment.at if of in known else comment.edited_at or comment.at
        found.append(_order(of, comment, at, line))
    return found


def _order(of: str, comment: Comment, at: datetime, line: str) -> Command:
    name, _, text = line.partition(" ")
    return Command(of, comment.id, at, comment.author, name.lower(), text.strip(), _words(text))


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:  # a lone quotation mark is an apostrophe
        return tuple(text.split())
