"""The command line: the only place that prints, prompts and exits.

Nothing heavy is imported before it is needed: ``ima --version`` is answered by bare Python,
and so is a webhook that asks for nothing.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automation.errors import ImaError
    from automation.workspace.session import Session

STOPPED = 130  # as shells say it of Ctrl-C
NO_READER = 141  # and of a closed pipe
COMPLETION = "_IMA_COMPLETE"  # in it, a shell asks what may come next


def main(args: list[str] | None = None) -> int:
    """Run the command line of this process; returns the exit code."""
    words = sys.argv[1:] if args is None else args
    _replace_closed_streams()
    if words == ["--version"]:
        from automation import __version__

        print(f"ima {__version__}")
        return 0
    if asked := os.environ.get(COMPLETION):
        return _complete(asked)
    if "--event" in words and (said := _why_idle(words)) is not None:
        if said:
            print(said, file=sys.stderr)
        return 0
    try:
        code = _run_in_new_session(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("stopped; the next run repairs what is half done", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        _forget_stdout()
        return NO_READER
    except OSError as error:
        if error.errno not in _NOWHERE_TO_WRITE:
            raise
        _forget_stdout()
        print(f"the answer cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    return code


def invoke(args: list[str], session: Session) -> int:
    """Run a command line in this process, in ``session``; returns the exit code.

    People's mistakes and failing services are told on stderr; our own bugs are raised.
    """
    import click

    from automation.cli.command_group import ima
    from automation.errors import ImaError

    try:
        with ima.make_context("ima", list(args), obj=session) as context:
            code = ima.invoke(context)
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except click.ClickException as mistake:
        mistake.show()
        return mistake.exit_code
    except ImaError as error:
        _tell_error(error, session)
        return error.exit_code
    except ModuleNotFoundError as error:
        from automation.workspace.lock_file import not_installed

        if (left_out := not_installed(error.name or "")) is None:
            raise
        _tell_error(left_out, session)
        return left_out.exit_code
    return code if isinstance(code, int) else 0


def _complete(asked: str) -> int:
    """Answer a shell: the script that it runs once, or what may come next."""
    from click.shell_completion import shell_complete

    from automation.cli.command_group import ima

    return shell_complete(ima, {}, "ima", COMPLETION, asked)


def _why_idle(words: list[str]) -> str | None:
    """What to say where the command line is about an event that asks for nothing; else None."""
    from automation.cli.idle_event import ends_here

    return ends_here(words, os.environ)


def _run_in_new_session(words: list[str]) -> int:
    from datetime import UTC, datetime

    from automation.cli.invocation import current_user
    from automation.workspace.session import Session

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a title may hold what a terminal cannot show
    user = current_user(os.environ)
    session = Session(clock=lambda: datetime.now(UTC), user=user, environment=os.environ)
    try:
        return invoke(words, session)
    finally:
        for name in ("tracker", "local"):
            if name in vars(session):
                getattr(session, name).close()


def _tell_error(error: ImaError, session: Session) -> None:
    """Tell an error; where the tracker does not answer, also how people go on without it (P-41)."""
    from automation.cli.job_report import leave_error
    from automation.cli.output import tell
    from automation.outage.outage_card import outage_card

    tell(str(error))
    card = ""
    if error.tracker_away:
        card = outage_card(session.policy, lambda: session.services.pager.on_call(session.clock()))
        tell(card)
    leave_error(session.environment, error, card)


_NOWHERE_TO_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def _replace_closed_streams() -> None:
    """Who starts us with a closed stdout or stderr wants to read nothing there."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def _forget_stdout() -> None:
    """Let Python's last flush of stdout, at its end, fail silently."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
