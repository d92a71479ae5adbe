"""``ima gone``: a person says that an issue was deleted, where the tracker does not tell (P-58)."""

from __future__ import annotations

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.cli.own_token import refuse_pass_with_own_token
from automation.cli.plan import FAILED
from automation.errors import PolicyError
from automation.stored_state import dashboard
from automation.writing import plan_text


@command("gone", formats=("text", "json"), examples=["ima gone 42"])
@click.argument("issue", metavar="REF")
def gone(call: Call, issue: str) -> int:
    """An incident's issue was deleted for good: its pages are called off, its public entry ends.

    Only where the tracker does not tell a deleted issue from one that the token may not see.
    """
    refuse_pass_with_own_token(call)
    ref, tracker = call.ref(issue), call.tracker
    board = dashboard.read(tracker.dashboard())
    if board is None or ref not in board.active:
        _show_nothing(
            call, f"{ref} is no active incident that IMA knows of: nothing is to be ended."
        )
        return 0
    if tracker.fate(ref) == "here":
        raise PolicyError(f"{ref} is still there", "end it on the issue: `/ima resolve REASON`")
    made, report = call.run.apply_gone(ref)
    if call.format == "json":
        output.show_json(plan_text.done_json(made, report))
    else:
        output.show(plan_text.done_text(made, report, call.style()))
    for failure in report.said:
        output.tell(failure)
    return FAILED if report.exit(made.findings) == FAILED else 0


def _show_nothing(call: Call, said: str) -> None:
    if call.format == "json":
        output.show_json({"changes": [], "findings": []})
    else:
        output.show(said)
