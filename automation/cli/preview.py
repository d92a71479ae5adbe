"""``ima preview``: what a changed policy would change on what goes on now."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.issue_selection import check_known
from automation.cli.options import command
from automation.errors import PolicyError
from automation.planning.plan import Finding

if TYPE_CHECKING:
    from automation.planning.preview import Preview
    from automation.policy.policy import Policy
    from automation.workspace.files import ProcessFiles
    from automation.workspace.session import Session

CHANGES = 3


@command(
    "preview",
    formats=("text", "markdown", "json"),
    examples=["ima preview --base installed", "ima preview --base installed --issue 1 --check"],
)
@click.option(
    "--base",
    metavar="WHERE",
    help="What holds now: a folder, a branch or commit of git, or `installed`: the process that"
    " ima ships, with your people, labels and services. Default: the default branch.",
)
@click.option(
    "--head", metavar="WHERE", help="What is proposed, said in the same way. Default: this folder."
)
@click.option(
    "--issue", "issues", metavar="REF", multiple=True, help="Only this issue. May be repeated."
)
@click.option("--check", is_flag=True, help="Exit 3 where something changes.")
def preview(
    call: Call, base: str | None, head: str | None, issues: Sequence[str], check: bool
) -> int:
    """What a changed policy would change on the incidents of now. Changes nothing.

    + would be done, - would no longer be done, ~ otherwise, ! needs a person."""
    from automation.workspace import git_files, proposal

    session = call.session
    where = base or git_files.default_ref(session.folder)
    here = session.folder, session.policy_file
    present = proposal.files_of(where, *here)
    proposed = proposal.files_of(head, *here) if head else session.files
    made = _made(call, session.with_files(present), proposed, issues)
    _show(call, made)
    failed = output.tell_findings(_failed(made), call.verbose)
    return failed or (CHANGES if check and not made.empty else 0)


def _made(call: Call, session: Session, proposed: ProcessFiles, issues: Sequence[str]) -> Preview:
    """What changes from the files of ``session`` to the ``proposed`` ones. Raises PolicyError for
    what no run could work with."""
    from automation.reconcile.preview import preview as compared
    from automation.workspace import proposal

    policy = session.policy
    wanted = proposed.policy()
    templates = proposal.changed_templates(session.files, proposed)
    if templates:
        _refuse_broken_templates(call, proposed, wanted)
    notes = proposal.not_asked(session.files.policy(), wanted)
    wanted = replace(wanted, tracker=policy.tracker)
    parts = proposal.changed_parts(session.files, proposed, policy, wanted)
    refs = [call.ref(issue) for issue in issues] or None
    with closing(session.tracker):
        made = compared(session.run, wanted, parts, refs, session.duties_of(wanted))
    check_known(call, issues, made.base)
    return replace(made, templates=tuple(templates), notes=tuple(notes))


def _refuse_broken_templates(call: Call, process: ProcessFiles, policy: Policy) -> None:
    from automation.workspace.files_check import mistakes_in_templates

    if mistakes := mistakes_in_templates(process, policy):
        raise PolicyError.of(mistakes)


def _failed(made: Preview) -> list[Finding]:
    """What neither plan could find out."""
    return [found for found in made.base.findings if found.failed and found in made.head.findings]


def _show(call: Call, made: Preview) -> None:
    from automation.writing import preview_text

    if call.format == "json":
        output.show_json(made.as_json())
    elif call.format == "markdown":
        output.show(preview_text.preview_markdown(made))
    else:
        output.show(preview_text.preview_text(made, call.style()))
