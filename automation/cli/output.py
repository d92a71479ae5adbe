"""Where the answer goes: a terminal, with width and colours, or a log. stderr for the rest."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from automation.http.known_secrets import veiled
from automation.planning.finding import Finding
from automation.text import columns
from automation.text.escaping import clean, escape_for_log, escape_inline
from automation.writing.text_style import Look, plain

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


def terminal() -> bool:
    """Does a person look at stdout?"""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int | None:
    """Cells of a line on a terminal; None in a log, where nothing is cut."""
    if not terminal():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def coloured() -> bool:
    """https://no-color.org"""
    return terminal() and not os.environ.get("NO_COLOR")


def paint(text: str, style: str) -> str:
    """``text`` in the colours of ``style``."""
    return click.style(text, **_STYLES[style])


def look(verbose: bool = False) -> Look:
    """How text is to look on this stdout."""
    return Look(width(), verbose, paint if coloured() else plain)


def show(text: str) -> None:
    """A part of the answer."""
    click.echo(escape_for_log(text))


def show_json(data: Any) -> None:
    """The answer for a program: keys in order, pure ASCII."""
    click.echo(json.dumps(data, indent=2, sort_keys=True).replace("##[", r"##\u005b"))


def tell(text: str) -> None:
    """Lines for a person on stderr, without anything that moves their cursor."""
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip(" "))]
        click.echo(escape_for_log(indent + clean(veiled(line))), err=True)


def tell_findings(findings: Iterable[Finding], verbose: bool = False) -> int:
    """What only a person can mend; with -v where a bug of ours is. The exit code: 1 where not
    all was done."""
    failed = [finding for finding in findings if finding.failed]
    for finding in failed:
        tell(finding.text)
    tell_traces(failed, verbose)
    return 1 if failed else 0


def tell_traces(findings: Iterable[Finding], verbose: bool) -> None:
    """With -v, where a bug of ours is that a finding names."""
    for finding in findings if verbose else ():
        if finding.trace:
            tell(f"{finding.ref}:\n{finding.trace}")


def progress_bar(quiet: bool) -> Progress:
    """Where a person watches, one line that counts; in a log a line each hundred issues."""

    def terminal(done: int, of: int) -> None:
        if of > 1:
            click.echo(f"\r\033[K{done}/{of} issues", err=True, nl=done == of)

    def log(done: int, of: int) -> None:
        if done and (done % 100 == 0):
            click.echo(f"{done}/{of} issues", err=True)

    if quiet:
        return lambda done, of: None
    return terminal if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else log


def show_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], form: str, giving_way: int = -1
) -> None:
    """Rows as aligned text or as a Markdown table."""
    if form == "markdown":
        show(_markdown(head, rows))
        return
    tidy = [[clean(text) for text in row] for row in rows]
    for line in columns.table(head, tidy, width(), giving_way):
        show(line)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["--"] * len(head), *([escape_inline(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
