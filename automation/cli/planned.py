"""``ima maintenance`` and ``ima drill``: open planned work, or an exercise, and its first pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from automation.cli import output
from automation.cli.declare import (
    SEVERITY,
    first_pass,
    issue_options,
    open_as,
    services_named,
    severity_named,
    title_of,
)
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.errors import PolicyError
from automation.model.maintenance import Window
from automation.times.moments import two_moments
from automation.writing.declaration import Declaration, incident_draft, maintenance_draft

_TIMES = 'both, the end to come, in UTC: `--from "2026-03-02 22:00" --to 23:30`'


@command(
    "maintenance",
    formats=("text", "json"),
    examples=['ima maintenance "New switches" --from "2026-03-02 22:00" --to 23:30 --service web'],
)
@click.argument("title")
@click.option("--from", "begins", metavar="TIME", required=True, help="When it begins, in UTC.")
@click.option("--to", "ends", metavar="TIME", required=True, help="When it ends.")
@issue_options("Worked on", "What is done.")
def maintenance(
    call: Call,
    title: str,
    begins: str,
    ends: str,
    services: Sequence[str],
    body: str,
    login: str | None,
) -> int:
    """Plan work on the systems: opens its issue. It counts once who may publish confirms it there
    with `/ima maintenance confirm`; nobody is paged."""
    span = two_moments(f"{begins} to {ends}")
    if span is None or span[1] <= call.now():
        raise PolicyError("--from and --to: say when it begins and when it ends", _TIMES)
    policy, templates, by = call.session.policy, call.session.templates, call.person(login)
    window = Window(*span, services_named(call, services))
    draft = maintenance_draft(title_of(title), by, window, body, policy, templates)
    ref = open_as(call, by, draft)
    if call.format == "text":
        output.show(f"{policy.project}{ref}  {draft.title}")
    return first_pass(call, ref, None)


@command("drill", formats=("text", "json"), examples=['ima drill "Data centre lost" --severity S1'])
@click.argument("title")
@SEVERITY
@issue_options(body="What is played.")
def drill(
    call: Call,
    title: str,
    severity: str,
    services: Sequence[str],
    body: str,
    login: str | None,
) -> int:
    """Open an exercise, without a severity, so that nobody is paged. It begins once its owner, the
    engineer on call, types `/ima drill S1` on it; until then it counts as real."""
    policy, templates, by = call.session.policy, call.session.templates, call.person(login)
    if not policy.labels.has("drill"):
        remedy = "add `- {name: Drill, means: drill}` and run `ima labels sync`"
        raise PolicyError("labels.yml has no label that means `drill`", remedy)
    said = Declaration(title=title_of(title), by=by, body=body, drill=True)
    said = replace(said, services=services_named(call, services))
    grade = severity_named(call, severity) or next(iter(policy.severities))
    ref = open_as(call, by, incident_draft(said, policy, templates))
    if call.format == "text":
        output.show(f"{policy.project}{ref}  {said.title}")
        begins = f"/ima drill {grade}"
        output.show(f"Next:  its owner begins it with `{begins}` on {ref}.")
    return first_pass(call, ref, None)
