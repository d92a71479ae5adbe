"""What a job shows of a pass where people look: a summary, marks, a test report. Pure.

Of a confidential incident there is nothing but its reference, as in the log (P-16).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape
from typing import Literal

from automation.errors import ImaError
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.records import dataclass
from automation.text.escaping import clean, escape_inline
from automation.writing.plan_text import (
    changes_markdown,
    done_groups,
    done_sentence,
    hidden_in_words,
)

Level = Literal["error", "warning"]
LIMIT = 1_000_000  # bytes of a summary: GitHub shows none above a mebibyte
MARKS = 10  # of each level that GitHub shows of a step
_LONGEST = 1000  # characters


@dataclass(frozen=True, slots=True)
class Need:
    """What needs a person: of which issue, and what. Lines of an error stand behind each other."""

    level: Level
    issue: str  # "acme/production#42"; empty: the whole project
    text: str


def needs(plan: Plan, report: Report, failed: bool) -> list[Need]:
    """All that needs a person, what failed first. In a run that did not fail all are warnings."""
    project = plan.before.ctx.policy.project
    found = [Need("error" if failed else "warning", "", _one_line(said)) for said in report.said]
    for finding in plan.findings:
        level: Level = "error" if failed and finding.fails else "warning"
        issue = project + finding.ref if finding.ref else ""
        found.append(Need(level, clean(issue), _one_line(finding.text)))
    return sorted(dict.fromkeys(found), key=lambda need: need.level)


def needs_of(error: ImaError, level: Level) -> list[Need]:
    """A run that came to nothing."""
    return [Need(level, "", _one_line(str(error)))]


def summary(plan: Plan, report: Report, wanted: Iterable[Need]) -> str:
    """Markdown: one sentence, what needs a person, what was done."""
    parts = [f"**{escape_inline(done_sentence(plan, report), _LONGEST)}**"]
    parts += [_needs_table(wanted)] if (wanted := list(wanted)) else []
    parts += changes_markdown(done_groups(replace(plan, findings=()), report))
    return _cut("\n\n".join(parts) + "\n")


def summary_of_error(wanted: Iterable[Need], card: str) -> str:
    """Markdown of a run that came to nothing; ``card`` says how people go on (P-41)."""
    lines = [f"- {escape_inline(line, _LONGEST)}" for line in card.splitlines()]
    return _cut("\n\n".join([_needs_table(wanted), *(["\n".join(lines)] if lines else [])]) + "\n")


def _needs_table(wanted: Iterable[Need]) -> str:
    rows = (
        f"| {escape_inline(need.issue)} | {escape_inline(need.text, _LONGEST)} |" for need in wanted
    )
    return "\n".join(["| needs a person | |", "|--|--|", *rows])


def _cut(text: str) -> str:
    """Whole lines as far as they fit; of a table that is cut, the rows so far."""
    data = text.encode()
    if len(data) <= LIMIT:
        return text
    return data[:LIMIT].rpartition(b"\n")[0].decode() + "\n\n… the job's log has the rest.\n"


def marks(wanted: Iterable[Need]) -> Iterator[str]:
    """GitHub's commands that mark a job. No word in them is a command of its own: the runner looks
    for one at the beginning of a line, and these have no line ends."""
    wanted = list(wanted)
    for level in ("error", "warning"):
        of_level = [need for need in wanted if need.level == level]
        for number, need in enumerate(of_level[:MARKS], 1):
            over = len(of_level) - MARKS if number == MARKS else 0
            more = f" (and {over} more: see the summary)" if over > 0 else ""
            title = f"title={_property(need.issue or 'IMA')}"
            yield f"::{level} {title}::{_data(need.text + more)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def junit(plan: Plan, report: Report, wanted: Iterable[Need]) -> str:
    """A test report: each change has passed, and what needs a person has failed."""
    cases: list[str] = []
    for group in done_groups(replace(plan, findings=()), report):
        said = [words for _, words in group.changes]
        said += [hidden_in_words(group)] if group.hidden else []
        cases += [_case(group.name, each, "") for each in said]
    return _suite([*cases, *_failed_cases(wanted)])


def junit_of_error(wanted: Iterable[Need]) -> str:
    """The same of a run that came to nothing."""
    return _suite([*_failed_cases(wanted)])


def _failed_cases(wanted: Iterable[Need]) -> Iterator[str]:
    for need in wanted:
        said = escape(need.text)
        failure = f'<failure message="{said}">{said}</failure>'
        yield _case(need.issue or "IMA", need.text, failure)


def _case(issue: str, said: str, inside: str) -> str:
    names = f'classname="{escape(issue)}" name="{escape(said)}"'
    return f"<testcase {names}>{inside}</testcase>"


def _suite(found: list[str]) -> str:
    cases = list(dict.fromkeys(found))
    failed = sum("<failure" in case for case in cases)
    head = f'<testsuite name="IMA" tests="{len(cases)}" failures="{failed}">'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", head, *cases]
    return "\n".join([*lines, "</testsuite>", "</testsuites>", ""])


def _one_line(text: str) -> str:
    """The lines of an error behind each other: what is wrong; what to do."""
    lines = [clean(line) for line in text.splitlines() if line.strip()]
    line = "; ".join(lines)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
