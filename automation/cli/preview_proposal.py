"""``ima preview --proposal``: a merge or pull request, previewed by who is not its author.

Run from the default branch, whose files hold. What is proposed is read through the forge's API and
is data: none of it runs, no template of it is written. It is looked at in a process with limits of
time and memory, and whatever is wrong with it is one line of the comment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from automation.cli import output
from automation.cli.invocation import Call
from automation.errors import ImaError, PolicyError, ServiceError
from automation.model.proposal import Proposal
from automation.records import dataclass

if TYPE_CHECKING:
    from automation.planning.past import Past
    from automation.planning.preview import Preview
    from automation.trackers.proposals import Proposals
    from automation.workspace.files import ProcessFiles

STATUS = "ima/preview"
_FILES = 100  # of ours that one proposal may change
_SECONDS, _PAST_SECONDS = 300.0, 240.0
_FAILED = 1
_NO_END = PolicyError(
    "looking at what they would do came to no end, or took too much memory",
    "look for a time that is far too short, or for far too many rules",
)
_TOO_LONG = (
    "**The past.** To live it again took too long: only what goes on now is shown. Fewer days are"
    " faster (`--days`)."
)
Compare = Callable[[Call, "ProcessFiles", bool], "Preview"]
LookBack = Callable[[Call, "ProcessFiles", bool], "Past"]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a proposal comes to."""

    body: str  # Markdown, without what it is of
    said: str  # in one line
    passes: bool
    failed: str = ""  # why nobody knows what it comes to
    plan: str = ""  # its digest
    policy: str = ""  # the same
    memory: str = ""  # by which the first pass knows it again


def preview_proposal(
    call: Call, number: int, post: bool, compare: Compare, look_back: LookBack | None
) -> int:
    """Shows what the merge or pull request would change, and what it would have changed where
    somebody is to ``look_back``; with ``post`` says so there."""
    proposals = call.session.proposals
    found = proposals.find(number)
    branch = call.session.environment.get("CI_DEFAULT_BRANCH", "")
    if branch and found.target != branch:
        call.progress(
            f"it shall be merged into {found.target}, which IMA does not run: nothing to do"
        )
        return 0
    looked = _looked_at(call, proposals, found, compare, look_back)
    if looked is None:
        call.progress("it changes no file of the process: nothing to do")
        looked = Looked("**Nothing changes.**", "Nothing changes.", passes=True)
        if not post or not proposals.say(found, _comment(call, found, looked), anew=False):
            return 0
    elif post:
        proposals.say(found, _comment(call, found, looked))
    output.show(looked.body)
    if looked.failed:
        output.tell(looked.failed)
    if post and not found.fork:
        _show_status(call, proposals, found, looked)
    return _FAILED if looked.failed else 0


def _comment(call: Call, found: Proposal, looked: Looked) -> str:
    from automation.writing.preview_text import proposal_comment

    now = call.session.clock()
    made = proposal_comment(looked.body, found.commit, looked.plan, looked.policy, now)
    return f"{made}\n\n{looked.memory}".rstrip()


def _show_status(call: Call, proposals: Proposals, found: Proposal, looked: Looked) -> None:
    """Set the status of the proposal's commit. Where we may not, the comment says the same."""
    environment = call.session.environment
    url = environment.get("CI_JOB_URL", "")
    if run := environment.get("GITHUB_RUN_ID", ""):
        server, project = (environment.get(f"GITHUB_{n}", "") for n in ("SERVER_URL", "REPOSITORY"))
        url = f"{server}/{project}/actions/runs/{run}"
    try:
        proposals.show_status(found, STATUS, looked.passes, looked.said, url)
    except ServiceError as error:
        call.progress(str(error))


def _looked_at(
    call: Call,
    proposals: Proposals,
    found: Proposal,
    compare: Compare,
    look_back: LookBack | None,
) -> Looked | None:
    """What the proposal comes to; None where it changes no file of the process."""
    from automation.workspace import files, limited_child

    try:
        changes = _changed_files(call, proposals, found)
        if not changes:
            return None
        session = call.session
        name = session.policy_file.name if session.policy_file else files.POLICY
        proposed = files.with_changes(session.files, changes, name)
    except PolicyError as error:
        return _refused(error)

    def made() -> list[Any]:
        try:
            return [*_made(call, proposed, found, compare, look_back)]
        except PolicyError as error:
            return ["refused", error.problem, error.remedy]
        except ImaError as error:
            return ["failed", error.problem, error.remedy]
        except Exception as error:  # a bug of ours: by its kind, for its text may quote anything
            return ["failed", f"a bug of IMA's: {type(error).__name__}", "report it"]

    with limited_child.in_a_child(made, _SECONDS + (_PAST_SECONDS if look_back else 0)) as answer:
        told = answer()
    match told:
        case ["made", body, said, plan, policy, memory]:
            return Looked(body, said, True, "", plan, policy, memory)
        case ["failed", problem, remedy]:
            line = f"Nobody knows what this would change: {problem.partition(': ')[0]} failed."
            return Looked(f"**{line}**", line, False, f"{problem}\n  {remedy}")
        case ["refused", problem, remedy]:
            return _refused(PolicyError(problem, remedy))
        case _:
            return _refused(_NO_END)


def _refused(error: PolicyError) -> Looked:
    from automation.writing.preview_text import refusal_line

    return Looked(refusal_line(str(error)), "No run could work with these files.", passes=False)


def _made(
    call: Call,
    proposed: ProcessFiles,
    found: Proposal,
    compare: Compare,
    look_back: LookBack | None,
) -> list[str]:
    from automation.planning.previewed import memory_of
    from automation.workspace.template_check import check_syntax
    from automation.writing import preview_text

    if mistakes := check_syntax(proposed.templates, call.session.files.templates):
        raise PolicyError.of([*mistakes])
    made = compare(_in_another_process(call), proposed, found.fork)
    unknown = (f"Not known here: {found.text}." for found in made.failed)
    made = replace(made, notes=(*made.notes, *unknown))
    shown: dict[str, bool] = {"titles": False, "issues": not found.issues_hidden}
    body = preview_text.preview_markdown(made, **shown)
    if look_back:
        body += f"\n\n{_past(call, proposed, found.fork, look_back, shown)}"
    policy = made.head.before.ctx.policy.digest
    memory = memory_of(made.head, whole=not found.fork)
    return ["made", body, preview_text.totals(made), made.head.digest, policy, memory]


def _in_another_process(call: Call) -> Call:
    """The same with connections of its own."""
    session = replace(call.session)
    vars(session)["files"] = call.session.files
    return replace(call, session=session)


def _past(
    call: Call,
    proposed: ProcessFiles,
    foreign: bool,
    look_back: LookBack,
    shown: Mapping[str, bool],
) -> str:
    """What it would have done, as a part of the comment. It may take its time, and no more: what is
    known of now is shown in any case."""
    from automation.workspace import limited_child
    from automation.writing.past_text import past_markdown

    def lived() -> list[str]:
        try:
            past = look_back(_in_another_process(call), proposed, foreign)
        except ImaError as error:
            return [f"**The past.** Not known: {error.problem.partition(': ')[0]} failed."]
        return [past_markdown(past, call.session.policy.project, **shown)]

    with limited_child.in_a_child(lived, _PAST_SECONDS) as answer:
        told = answer()
    return told[0] if told else _TOO_LONG


def _changed_files(call: Call, proposals: Proposals, found: Proposal) -> Mapping[str, bytes | None]:
    """The new contents of the files of the process that the proposal changes, by their names below
    the policy's folder; None for one that it deletes. Raises PolicyError."""
    place = _folder(call)
    changed = {
        each.path.removeprefix(place): each
        for each in proposals.changed(found)
        if each.path.startswith(place) and _is_ours(call, each.path.removeprefix(place))
    }
    if len(changed) > _FILES:
        raise PolicyError(
            f"it changes {len(changed)} files of the process", "propose fewer at once"
        )
    if links := [name for name, each in changed.items() if each.link]:
        raise PolicyError(f"{links[0]}: it is a link, which is not followed", "put the file there")
    return {
        name: None if each.gone else proposals.content(found, each.path)
        for name, each in changed.items()
    }


def _folder(call: Call) -> str:
    """The policy's folder, from the root of the repository, where a job is, with a slash behind
    it. Raises PolicyError where it is elsewhere."""
    policy, here = call.session.policy_file, call.session.folder.resolve()
    if policy is None or policy.parent.resolve() == here:
        return ""
    if not policy.parent.resolve().is_relative_to(here):
        problem = f"--policy {policy}: it is not in this repository"
        raise PolicyError(problem, "run it where the repository is checked out")
    return f"{policy.parent.resolve().relative_to(here).as_posix()}/"


def _is_ours(call: Call, name: str) -> bool:
    from automation.workspace.files import LABELS, POLICY, TEMPLATES

    policy = call.session.policy_file.name if call.session.policy_file else POLICY
    template = name.startswith(f"{TEMPLATES}/") and not name.startswith(f"{TEMPLATES}/ci/")
    return name in (policy, LABELS) or template
