"""``ima check``, ``schema`` and ``policy show``: the files, without any tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import Family, command
from automation.errors import ImaError, PolicyError

if TYPE_CHECKING:
    from automation.policy.policy import Policy
    from automation.workspace.files import ProcessFiles


@command("check", formats=("text", "json"), examples=["ima check"])
def check(call: Call) -> None:
    """Validate policy, labels and templates, offline: all mistakes at once.

    Templates are written with samples, rules are played against each other. Issue forms in
    .github and .gitlab must not set labels that are called otherwise now. What is no mistake, such
    as a rule that rests, is told as a note."""
    files = call.session.files
    mistakes: list[ImaError] = []
    known: Policy | None = None
    try:
        known = files.policy()
    except PolicyError as error:
        mistakes.append(error)
    from automation.workspace.files_check import mistakes_in
    from automation.workspace.form_check import mistakes_in_forms, plain_issues_in_forms
    from automation.workspace.lock_file import mistakes_in_lock
    from automation.workspace.site_logo import read_logo

    if known:
        mistakes += mistakes_in_forms(call.session.folder, known.labels)
        mistakes += plain_issues_in_forms(call.session.folder, known)
        mistakes += mistakes_in_lock(call.session.folder, known)
        try:
            read_logo(known.site.logo, call.policy_folder)
        except PolicyError as error:
            mistakes.append(error)
    mistakes += mistakes_in(files, known, call.session.clock())
    if mistakes:
        raise PolicyError.of(mistakes)
    names = [(files.user or files.shipped).file, files.labels.file]
    notes = _notes(files, known) if known else []
    if call.format == "json":
        found = {"policy": names[0], "labels": names[1], "templates": len(files.templates)}
        said = [{"problem": note.problem, "remedy": note.remedy} for note in notes]
        output.show_json({**found, "notes": said})
    else:
        whose = "" if files.user else "There is no policy.yml here; what ima ships holds. "
        shown = ("policy.yml", "labels.yml") if not files.user else names
        output.show(f"{whose}{shown[0]}, {shown[1]} and {len(files.templates)} templates are fine.")
        for note in () if call.quiet else notes:
            output.show(f"Note: {note.problem}\n  {note.remedy}")


def _notes(files: ProcessFiles, policy: Policy) -> list[PolicyError]:
    from automation.config.policy_file import merged
    from automation.config.policy_notes import nobody_on_call, notes_on
    from automation.doctor.not_said import not_said
    from automation.workspace.files_check import templates_that_nobody_uses

    left_out = [PolicyError(f"{line.about}: {line.said}", line.remedy) for line in not_said(policy)]
    idle = templates_that_nobody_uses(files)
    root = merged(*files.layers)
    return [*nobody_on_call(root), *notes_on(root, policy.labels), *idle, *left_out]


@command("schema", examples=["ima schema", "ima schema labels"])
@click.argument("file", required=False, default="policy", type=click.Choice(["policy", "labels"]))
def schema(call: Call, file: str) -> None:
    """The JSON Schema of policy.yml or labels.yml, for editors."""
    import json

    from automation.config import label_file, policy_file

    of = {"policy": policy_file.json_schema, "labels": label_file.json_schema}
    output.show(json.dumps(of[file](), indent=2))


@click.group(cls=Family, examples=["ima policy show"])
def policy() -> None:
    """The policy that holds."""


@command("show", formats=("text", "json"), examples=["ima policy show"])
def show(call: Call) -> None:
    """The merged policy, and where each value came from."""
    from automation.config import policy_file
    from automation.config.merge import origin_of_each_value, yaml_with_origins

    files = call.session.files
    files.policy()  # mistakes first
    root = policy_file.merged(*files.layers)
    if call.format == "json":
        output.show_json({"policy": root.plain(), "origins": origin_of_each_value(root)})
    else:
        output.show(yaml_with_origins(root).rstrip())


policy.add_command(show)
