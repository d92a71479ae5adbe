"""Writes to stdout, a terminal with width and colours or a log, and tells the rest on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from automation.http.known_secrets import veiled
from automation.planning.finding import Finding
from automation.text import columns
from automation.text.escaping import clean, escape_for_log, escape_inline, without_controls
from automation.times.json_answer import json_answer
from automation.writing.text_style import TextStyle, plain

if TYPE_CHECKING:  # `ima --help` and `ima show` need no planner
    from automation.reconcile.apply import Progress

_STYLES: dict[str, dict[str, Any]] = {
    "head": {"bold": True},
    "rule": {"dim": True},
    "+": {"fg": "green"},
    "~": {"fg": "yellow"},
    "-": {"fg": "red"},
    "!": {"fg": "magenta", "bold": True},
}


def is_terminal() -> bool:
    """Does a person look at stdout, on a terminal that can do more than print lines?"""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def is_dialogue() -> bool:
    """Can a person answer questions here?"""
    return is_terminal() and sys.stdin.isatty()


def width() -> int | None:
    """How many cells a line of the terminal has; None in a log, where nothing is cut."""
    if not is_terminal():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def has_colours() -> bool:
    """May the answer be in colours? Not where NO_COLOR is set (https://no-color.org)."""
    return is_terminal() and not os.environ.get("NO_COLOR")


def paint(text: str, style: str) -> str:
    """``text`` in the colours of ``style``."""
    return click.style(text, **_STYLES[style])


def style(verbose: bool = False) -> TextStyle:
    """How text for people is set on this stdout."""
    return TextStyle(width(), verbose, paint if has_colours() else plain)


def show(text: str) -> None:
    """Write a part of the answer on stdout, in which nothing but our colours acts."""
    click.echo(escape_for_log(without_controls(text, colours=has_colours())))


def show_json(data: Mapping[str, Any]) -> None:
    """Write the answer for a program on stdout. Whatever has a time in it is given as a time here,
    and never in words."""
    click.echo(json_answer(data).replace("##[", r"##\u005b"))


def tell(text: str) -> None:
    """Write lines for a person on stderr, without secrets and without what moves a cursor."""
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip(" "))]
        click.echo(escape_for_log(indent + clean(veiled(line))), err=True)


def tell_findings(findings: Iterable[Finding], verbose: bool = False) -> int:
    """Tell the findings of what failed; with ``verbose`` where a bug of ours is. Returns the exit
    code: 1 where anything failed."""
    failed = [finding for finding in findings if finding.failed]
    for finding in failed:
        tell(finding.text)
    tell_traces(failed, verbose)
    return 1 if failed else 0


def tell_traces(findings: Iterable[Finding], verbose: bool) -> None:
    """With ``verbose`` tell where in our code the bugs are that findings name."""
    for finding in findings if verbose else ():
        if finding.trace:
            tell(f"{finding.ref}:\n{finding.trace}")


def progress_bar(quiet: bool) -> Progress:
    """A function that shows how many issues of how many are done: on a terminal in one line that
    counts, in a log in a line for each hundred issues; with ``quiet`` nowhere."""

    def on_terminal(done: int, of: int) -> None:
        if of > 1:
            click.echo(f"\r\033[K{done}/{of} issues", err=True, nl=done == of)

    def in_log(done: int, of: int) -> None:
        if done and (done % 100 == 0):
            click.echo(f"{done}/{of} issues", err=True)

    if quiet:
        return lambda done, of: None
    return on_terminal if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else in_log


def show_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], form: str, giving_way: int = -1
) -> None:
    """Write a table as aligned text or, with the ``form`` "markdown", as Markdown. ``giving_way``
    is the index of the column that is cut where the terminal is too narrow."""
    if form == "markdown":
        show(_markdown(head, rows))
        return
    tidy = [[clean(text) for text in row] for row in rows]
    for line in columns.table(head, tidy, width(), giving_way):
        show(line)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["--"] * len(head), *([escape_inline(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
