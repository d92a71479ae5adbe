"""``ima plan``: what IMA would change, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from automation.changes.issue_changes import Change
from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.issue_selection import Refs, check_known, event_of, scope, scope_options
from automation.cli.options import command
from automation.cli.own_token import as_ima_sees_it, tell_plan_is_a_guess, without_missing_key
from automation.errors import PolicyError
from automation.planning.plan import Plan
from automation.stored_state.card import short_digest
from automation.times.durations import Duration
from automation.times.moments import moment
from automation.writing import plan_text
from automation.writing.text_style import TextStyle

TO_DO = 3
FAILED = 1
_CANNOT = {
    "page": "pages cannot go out",
    "announce": "nothing can be announced",
    "document": "no document can be made",
    "publish": "nothing can be published",
}


@command(
    "plan",
    formats=("text", "markdown", "json"),
    examples=[
        "ima plan",
        "ima plan --issue 1 -v",
        "ima plan --out plan.json",
        "ima plan --since 30d",
    ],
)
@scope_options
@click.option("--out", metavar="FILE", help="Save the plan, for `ima apply FILE`.")
@click.option("--check", is_flag=True, help="Exit 3 when there is something to do.")
@click.option(
    "--since", metavar="TIME", help="As if IMA had begun then: such as 30d, for 30 days ago."
)
def plan(
    call: Call,
    issues: Sequence[str],
    event: str | None,
    out: str | None,
    check: bool,
    since: str | None,
) -> int:
    """What IMA would change, and why. Changes nothing.

    + adds, ~ changes, - removes, ! needs a person. Incidents from before `since` of the policy are
    left alone; --since looks past it.
    """
    call = as_ima_sees_it(call)
    if since:
        if out:
            raise click.UsageError("--since only looks: what is applied follows the policy's")
        call = replace(call, session=call.session.begun(_moment_of(call, since)))
    refs = scope(call, issues, event_of(call, event))
    if refs == []:
        return 0
    run = replace(call.run, cache=None) if since else call.run  # it knows nothing of what is older
    made = run.plan(refs)
    check_known(call, issues, made)
    if out:
        _save(made, refs, call.path(out))
    made, unchecked = without_missing_key(call, made)
    _show_plan(made, call)
    if unchecked and not call.quiet:
        output.tell(
            "what IMA remembers here is signed, and the key stays with the jobs: this plan takes it"
            " as it stands"
        )
    if not call.quiet:
        _warn_of_unset_secrets(made, call)
    if made.visible and call.format == "text" and not call.quiet:
        tell_plan_is_a_guess(call)
    output.tell_traces(made.findings, call.verbose)
    if any(finding.failed for finding in made.findings):
        return FAILED
    return TO_DO if check and (made.visible or made.held) else 0


def _warn_of_unset_secrets(made: Plan, call: Call) -> None:
    """What of this plan cannot be done from here, before a pass has failed at it."""
    from automation.services.opening import unset_secrets

    kinds = {change.kind for change in made.visible}
    unset = unset_secrets(call.session.policy, call.session.environment)
    for what, names in unset.items():
        if what in kinds:
            verb = "is" if len(names) == 1 else "are"
            output.tell(
                f"! {_CANNOT[what]}: {' and '.join(names)} {verb} not set here\n"
                "  set it where `ima apply` runs, as in the jobs: `ima doctor` there says whether"
                " it is right"
            )


def _moment_of(call: Call, said: str) -> datetime:
    """How long ago, or when. Raises PolicyError."""
    try:
        return moment(said) if "T" in said else call.session.clock() - Duration.parse(said).length
    except PolicyError as error:
        remedy = "write how long ago, such as 30d, or a time such as 2026-03-02T00:00:00Z"
        raise PolicyError(f"--since: {error.problem}", remedy) from error


def _show_plan(made: Plan, call: Call) -> None:
    if call.format == "json":
        output.show_json(made.as_json())
    elif call.format == "markdown":
        output.show(plan_text.plan_markdown(made))
    else:
        output.show(plan_text.plan_text(made, _style(made, call)))


def _style(made: Plan, call: Call) -> TextStyle:
    """With -v also the texts that would be written, as they would stand there."""
    if not call.verbose:
        return call.style()
    from automation.changes.service_calls import Declare
    from automation.text.escaping import unmarked
    from automation.writing.new_issues import declared_draft, text_of_change

    ctx, templates = made.before.ctx, call.session.templates

    def text(change: Change) -> str:
        if isinstance(change, Declare):
            return unmarked(declared_draft(change, ctx, templates).body).strip()
        return text_of_change(change, made.world[change.ref], ctx, templates)

    return replace(call.style(), text=text)


def digest_of_saved(plan: Mapping[str, Any]) -> str:
    """Of all that a saved plan says, but for this digest itself: who edits the file sees nothing of
    it done."""
    return short_digest({key: value for key, value in plan.items() if key != "whole"})


def _save(made: Plan, refs: Refs | None, path: Path) -> None:
    """The plan with what it was made for: the same plan is found again only there."""
    saved = made.as_json() | {"issues": refs}
    text = json.dumps(saved | {"whole": digest_of_saved(saved)}, indent=2, sort_keys=True)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        remedy = "name a file that you may write"
        raise PolicyError(f"--out {path}: cannot be written: {reason}", remedy) from error
