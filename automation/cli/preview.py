"""``ima preview``: what a changed policy would change on what goes on now."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from automation.cli import output
from automation.cli.idle_event import NAMED_BY, named_payload
from automation.cli.invocation import Call
from automation.cli.issue_selection import check_known, read_file
from automation.cli.options import command
from automation.cli.own_token import as_ima_sees_it, tell_plan_is_a_guess
from automation.errors import PolicyError

if TYPE_CHECKING:
    from automation.planning.past import Past
    from automation.planning.preview import Preview, TextDifference
    from automation.policy.policy import Policy
    from automation.workspace.files import ProcessFiles
    from automation.workspace.session import Session

CHANGES = 3
_NOT_LOOKED_AT = "What is confidential is not looked at here: this comes from another project."


@command(
    "preview",
    formats=("text", "markdown", "json"),
    examples=[
        "ima preview --base installed",
        "ima preview --base installed --issue 1 --check",
        "ima preview --base installed --days 90",
    ],
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
    "--proposal",
    type=click.IntRange(1, 10**9),
    metavar="NUMBER",
    help="What a merge or pull request proposes, read from the forge; this folder holds.",
)
@click.option(
    "--event",
    metavar="[FILE]",
    is_flag=False,
    flag_value="",
    help="The merge or pull request of a webhook's payload; without FILE that of this CI job.",
)
@click.option("--post", is_flag=True, help="Say it there, in one comment, and as its status.")
@click.option(
    "--issue", "issues", metavar="REF", multiple=True, help="Only this issue. May be repeated."
)
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    metavar="NUMBER",
    help="Also what it would have done on the incidents of so many days.",
)
@click.option("--check", is_flag=True, help="Exit 3 where something changes.")
def preview(
    call: Call,
    base: str | None,
    head: str | None,
    proposal: int | None,
    event: str | None,
    post: bool,
    issues: Sequence[str],
    days: int | None,
    check: bool,
) -> int:
    """What a changed policy would change on the incidents of now. Changes nothing.

    + would be done, - would no longer be done, ~ otherwise, ! needs a person."""
    if proposal is not None or event is not None:
        _refuse_together(base, head, issues, check)
        number = proposal or _proposal_of(call, event or "")
        return _of_proposal(call, number, post, days) if number else 0
    if post:
        remedy = "name the merge or pull request: `--proposal NUMBER`"
        raise PolicyError("--post: nobody knows where", remedy)
    if days and issues:
        problem = "--days: the past is that of all incidents"
        raise PolicyError(problem, "leave out --issue")
    return _of_files(call, base, head, issues, check, days)


def _refuse_together(*said: object) -> None:
    if any(said):
        problem = "a merge or pull request says itself what is compared"
        raise PolicyError(problem, "leave out --base, --head, --issue and --check")


def _proposal_of(call: Call, file: str) -> int:
    """The number of the open one that the payload is about; 0 where it is about none."""
    from automation.alerts.webhook_events import proposal_in

    path, _ = named_payload(file, call.session.environment)
    if not path:
        problem = f"--event: neither {' nor '.join(NAMED_BY)} names a payload"
        raise PolicyError(problem, "name the file: `--event FILE`")
    number, project = proposal_in(read_file(call, path, "--event: "))
    ours = call.session.policy.project
    if number and (not project or project.casefold() == ours.casefold()):
        return number
    call.progress("the event is about no open merge or pull request of ours: nothing to do")
    return 0


def _of_proposal(call: Call, number: int, post: bool, days: int | None) -> int:
    from automation.cli.preview_proposal import preview_proposal

    def compare(there: Call, proposed: ProcessFiles, foreign: bool) -> Preview:
        return _made(there, there.session, proposed, (), None, foreign)[0]

    def look_back(there: Call, proposed: ProcessFiles, foreign: bool) -> Past:
        session = there.session
        wanted = replace(proposed.policy(), tracker=session.policy.tracker)
        with closing(session.tracker):
            return _past(session, wanted, days or 0, foreign)

    return preview_proposal(call, number, post, compare, look_back if days else None)


def _of_files(
    call: Call,
    base: str | None,
    head: str | None,
    issues: Sequence[str],
    check: bool,
    days: int | None,
) -> int:
    from automation.workspace import git_files, proposal

    session = call.session
    where = base or git_files.default_ref(session.folder)
    here = session.folder, session.policy_file
    present = proposal.files_of(where, *here)
    proposed = proposal.files_of(head, *here) if head else session.files
    _refuse_broken_templates(present, proposed)
    call = as_ima_sees_it(replace(call, session=session.with_files(present)))
    made, past = _made(call, call.session, proposed, issues, days)
    if made.templates:
        made = replace(made, texts=_texts(made, present, proposed))
    _show(call, made, past)
    if call.format == "text" and not call.quiet:
        tell_plan_is_a_guess(call)
    failed = output.tell_findings(made.failed, call.verbose)
    changes = not made.empty or bool(past and past.refs)
    return failed or (CHANGES if check and changes else 0)


def _made(
    call: Call,
    session: Session,
    proposed: ProcessFiles,
    issues: Sequence[str],
    days: int | None,
    foreign: bool = False,
) -> tuple[Preview, Past | None]:
    """What changes from the files of ``session`` to the ``proposed`` ones, and what would have
    changed in so many ``days``. What is ``foreign`` is told nothing of what is confidential: by its
    rules it could ask anything about it. Raises PolicyError for what no run could work with."""
    from automation.reconcile.preview import preview as compared
    from automation.workspace import proposal
    from automation.writing.handbook import handbook_difference

    policy = session.policy
    wanted = proposed.policy()
    templates = proposal.changed_templates(session.files, proposed)
    notes = proposal.not_asked(session.files.policy(), wanted)
    wanted = replace(wanted, tracker=policy.tracker)
    parts = proposal.changed_parts(session.files, proposed, policy, wanted)
    refs = [call.ref(issue) for issue in issues] or None
    with closing(session.tracker):
        made = compared(session.run, wanted, parts, refs, session.duties_of(wanted))
        if foreign:
            notes.append(_NOT_LOOKED_AT)
            public = [ref for ref in made.base.before.incidents if not made.confidential(ref)]
            made = compared(session.run, wanted, parts, public, session.duties_of(wanted))
        check_known(call, issues, made.base)
        past = _past(session, wanted, days, foreign) if days else None
    says = handbook_difference(policy, wanted)
    return replace(made, templates=tuple(templates), notes=tuple(notes), handbook=says), past


def _past(session: Session, wanted: Policy, days: int, foreign: bool) -> Past:
    from automation.past.preview import past_preview
    from automation.writing.templates import NoWords

    since = session.clock() - timedelta(days=days)
    texts = NoWords(session.files.templates, session.files.shipped_templates)
    return past_preview(
        session.run, wanted, since, texts, session.past, session.duties_of, public=foreign
    )


def _refuse_broken_templates(present: ProcessFiles, proposed: ProcessFiles) -> None:
    from automation.workspace.files_check import mistakes_in_templates
    from automation.workspace.proposal import changed_templates

    if not changed_templates(present, proposed):
        return
    if mistakes := mistakes_in_templates(proposed, proposed.policy()):
        raise PolicyError.of(mistakes)


def _texts(
    made: Preview, present: ProcessFiles, proposed: ProcessFiles
) -> tuple[TextDifference, ...]:
    """What the templates write otherwise; nothing where that comes to no end."""
    from automation.planning.preview import TextDifference
    from automation.workspace.limited_child import in_a_child
    from automation.workspace.template_diff import template_differences

    ctx, live = made.head.before.ctx, made.live
    of = ctx.policy, present.templates, proposed.templates, (live, ctx) if live else None

    def written() -> list[Any]:
        return [[each.template, each.on, each.lines] for each in template_differences(*of)]

    with in_a_child(written) as answer:
        told = answer() or ()
    return tuple(TextDifference(name, on, tuple(lines)) for name, on, lines in told)


def _show(call: Call, made: Preview, past: Past | None) -> None:
    from automation.writing import past_text, preview_text

    project = made.base.before.ctx.policy.project
    if call.format == "json":
        output.show_json(made.as_json() | ({"past": past.as_json()} if past else {}))
    elif call.format == "markdown":
        told = [past_text.past_markdown(past, project)] if past else []
        output.show("\n\n".join([preview_text.preview_markdown(made), *told]))
    else:
        told = [past_text.past_text(past, project, call.style())] if past else []
        output.show("\n\n".join([preview_text.preview_text(made, call.style()), *told]))
