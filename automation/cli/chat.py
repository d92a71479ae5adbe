"""``ima chat``: one line from a chat job, as a command of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import click

from automation.cli.chat_line import help_lines, parse_line, reply
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.errors import ImaError, PolicyError
from automation.model.issue import Issue
from automation.model.secrecy import tellable_issue
from automation.text.escaping import clean, escape_for_log
from automation.workspace.address import issue_address

_FAILED = 1


@command("chat", examples=["ima chat oncall", "ima chat 'declare \"Pushes fail\" --severity S3'"])
@click.argument("text", required=False)
@click.option("--command", "first", metavar="NAME", help="What the line is for: oncall, declare …")
def chat(call: Call, text: str | None, first: str | None) -> int:
    """One line of a chat: TEXT, or CHAT_INPUT of this job. `ima chat help` shows what it may say.

    What is mistyped is answered, not failed: exit 1 only where something did not answer.
    """
    line = call.session.environment.get("CHAT_INPUT", "") if text is None else text
    return answer_line(call, f"{first or ''} {line}")


def answer_line(call: Call, line: str) -> int:
    """Carry out the command that a line of a chat says, and show the answer; the exit code."""
    words, wrong = parse_line(line)
    if words:
        code, answer = _carry_out(call, words)
    else:
        code, answer = 0, "\n".join([*([wrong, ""] if wrong else []), *help_lines()])
    _show_answer(call, escape_for_log(reply(answer)))
    return code


def _carry_out(call: Call, words: list[str]) -> tuple[int, str]:
    """Carry out a command that a chat may give: the exit code, and the answer for the chat."""
    name, last = words[0], words[-1]
    try:
        if name in ("show", "explain"):
            issue = call.issue(last)
            kept_in = call.is_kept_in(issue.ref)
            if name == "show" or kept_in:
                return 0, "\n".join(_issue_in_brief(call, issue, kept_in))
    except ImaError as error:
        return _FAILED * (not isinstance(error, PolicyError)), str(error)
    code, said, errors = _run(call, words)
    if code == 0:
        return 0, "\n".join([said.rstrip(), *_address_of_opened(call, said)])
    mistaken = code == PolicyError.exit_code
    return 0 if mistaken else _FAILED, f"{said}{_without_usage(errors)}"


def _without_usage(errors: str) -> str:
    """The error without click's two lines about the command line, which nobody in a chat has
    typed, and without the lines that mark a job."""
    left_out = ("Usage: ", "Try ", "::")
    lines = [line for line in errors.splitlines() if not line.startswith(left_out)]
    return "\n".join(line.removeprefix("Error: ") for line in lines).strip()


def _run(call: Call, words: list[str]) -> tuple[int, str, str]:
    """Run the command in this process: its exit code, what it wrote on stdout and on stderr."""
    from automation.cli import invoke

    said, errors = StringIO(), StringIO()
    with redirect_stdout(said), redirect_stderr(errors):
        code = invoke(words, call.session)
    return code, said.getvalue(), errors.getvalue()


def _issue_in_brief(call: Call, issue: Issue, kept_in: bool) -> Iterator[str]:
    """An issue in a few lines; of a confidential one only its reference and address (P-16)."""
    name = f"{call.session.policy.project}{issue.ref}"
    if told := tellable_issue(issue, kept_in):
        yield f"{name}  {clean(told.title)}"
        state = "closed" if told.closed else "open"
        yield f"{state}: {', '.join(map(clean, sorted(told.labels))) or 'no labels'}"
        people = ", ".join(f"@{clean(login)}" for login in told.assignees)
        yield f"Assigned: {people or 'nobody'}"
        opener = f"@{clean(told.author)}" if told.author else "somebody"
        yield f"Opened: {told.opened_at:%Y-%m-%d %H:%M} UTC by {opener}"
    else:
        yield f"{name} is confidential: read it there"
    if address := _address(call, issue.ref):
        yield address


def _address_of_opened(call: Call, said: str) -> Iterator[str]:
    """The address of the issue that a command has opened, if ``said`` begins with its reference."""
    policy = call.session.policy
    head, _, rest = said.partition("  ")
    ref = head.removeprefix(policy.project)
    if rest and ref[:1] == "#" and ref[1:].isdecimal() and (address := _address(call, ref)):
        yield address


def _address(call: Call, ref: str) -> str:
    return issue_address(call.session.policy, call.session.environment, ref)


def _show_answer(call: Call, text: str) -> None:
    """Show the answer; in a chat job between the marks of the section that GitLab sends to the
    chat."""
    if call.session.environment.get("CI_PIPELINE_SOURCE") != "chat":
        click.echo(text)
        return
    now = int(call.session.clock().timestamp())
    start, end = (f"section_{which}:{now}:chat_reply\r\033[0K" for which in ("start", "end"))
    click.echo(f"{start}\n{text}\n{end}", color=True)
