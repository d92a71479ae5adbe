"""``ima init``: a folder of one's own policy, labels, templates and scenarios."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import click

from automation.cli import init_github, init_gitlab, output
from automation.cli.git_origin import origin, repository
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.config.service_labels import components, label_lines
from automation.errors import PolicyError
from automation.mistakes import quoted
from automation.policy.outside_services import is_project
from automation.schema.yaml_nodes import parse
from automation.workspace.files import (
    EXAMPLE,
    LABELS,
    POLICY,
    TEMPLATES,
    example,
    read,
    read_templates,
    shipped_folder,
    shipped_labels,
)
from automation.workspace.lock_file import ALL_USES, LOCK, locked_requirements, uses_of
from automation.writing.plan_text import count

FORGES = {"gitlab": init_gitlab, "github": init_github}
_IGNORE_FILE, _IGNORED = ".gitignore", ".ima/"
POLICY_SCHEMA, LABELS_SCHEMA = "policy.schema.json", "labels.schema.json"
_EDITOR = "# yaml-language-server: $schema="  # editors check the file while it is written
_POLICY = f"""\
{_EDITOR}{POLICY_SCHEMA}
"""
_POLICY += """\
# Only what differs from the process that ima ships; all else is inherited: `ima policy show`.
version: 1

{tracker}

# Who is on call, until a pager says so: one person, or people in turn.
# roles:
#   eoc: {{on_call: erin}}
#   imoc: {{rota: {{who: [ian, mia], from: "2026-03-02T09:00 UTC", every: 7d}}}}
#   cmoc: {{on_call: cara}}
#   security: {{on_call: sam}}

{own}

# The outside services; docs/services.md of ima says how, and which token each wants.
# pager: {{kind: pagerduty, service: ID, from: ima@acme.example}}  # and each role its ids there
{pager}# status_page: {{kind: status.io, page: ID, host: status.acme.example}}
# status_page: {{kind: statuspage, page: ID}}   # Atlassian's
{chat}# documents: {{kind: google, template: ID, folder: ID}}
# metrics: {{kind: prometheus, url: "https://prometheus.acme.example"}}

since: {since}       # incidents from before are left alone
"""
_CHAT = """\
# chat: {kind: slack, channel: "#incidents"}   # the quotes are needed: # begins a comment
"""
_OWN = """\
# What users see. Each service has a label: `- {name: "Service::Shop", means: {service: shop},
# many: true}` in labels.yml.
# services:
#   shop: {component: Shop}

# working_hours: {zone: Europe/London}  # else UTC: times on cards show it beside UTC
# room: https://meet.acme.example/incidents   # where people meet: it stands on each card"""
_GITLAB_PAGER = """\
# pager: {kind: gitlab}  # with Premium: its on-call schedules; and `issue_type: incident` above
"""
_LOCAL = """\
tracker:
  kind: local
  project: {name}
  path: .ima/incidents.db"""
_SCENARIO = """\
# A test of your process that anybody can read: people act, time passes, IMA makes a pass.
# `ima test` plays all files of this folder.
scenario: Thirty minutes without a cause goes to the IMOC
source: P-22
start: 2026-03-02T12:00:00Z         # a Monday; the clock is virtual
on_call: {eoc: erin, imoc: ian, cmoc: cara, security: sam}
steps:
  - by: rita
    opens: {title: Git pushes fail, labels: [Incident, S3]}
    expect:
      "#1": {owner: erin, labels: [Incident, S3, "State::Investigating"], open: true}
  - by: erin
    comments: {"#1": looking}       # she is here: the clock counts from now
  - after: 29m
    expect: nothing                 # the pass changes nothing at all
  - after: 2m
    expect:
      "#1": {owner: erin, roles: {eoc: erin, imoc: ian}, here: [eoc]}  # called is not here
      paged: [imoc]
  - by: ian
    after: 3m
    comments: {"#1": "I am here."}
    expect:
      "#1": {owner: ian, here: [eoc, imoc]}
"""


@command(
    "init",
    examples=[
        "ima init",
        "ima init --forge github --project acme/production my-process",
        "ima init --lock",
    ],
)
@click.argument("folder", metavar="[DIR]", default=".")
@click.option(
    "--forge", type=click.Choice(["local", *FORGES]), default="local", help="Where issues live."
)
@click.option(
    "--project", "said", metavar="PATH", default="", help="On the forge. Default: git's origin."
)
@click.option(
    "--example",
    "like",
    type=click.Choice([EXAMPLE]),
    help="With the services, room and chat of a company that is made up.",
)
@click.option("--force", is_flag=True, help="Overwrite files that exist, your policy too.")
@click.option("--lock", is_flag=True, help="Only ima.lock, anew: after an update of ima.")
def init(
    call: Call, folder: str, forge: str, said: str, like: str | None, force: bool, lock: bool
) -> None:
    """Write policy, labels, templates and a first scenario into DIR; for a forge, its pipeline
    and a page of what to set there, too."""
    root = call.path(folder)
    if lock:
        _write_lock(root, folder, call.session.policy_file)
        return
    since = f"{call.session.clock():%Y-%m-%dT%H:%M:%SZ}"
    forge_files, (url, project) = _forge_and_project(root, said, forge, call.session.environment)
    if forge_files and not force:
        _check_tracker(root / POLICY, forge, said, forge_files.tracker(url, project))
    tracker = forge_files.tracker(url, project) if forge_files else _local_tracker(root)
    kept_policy = "" if force else _text_of(root / POLICY)
    files = [*_process_files(since, tracker, kept_policy, by_example=bool(like))]
    if forge_files:
        files += forge_files.extra_files(root, url, project)
        new = force or not (root / POLICY).is_file()
        uses = frozenset({forge}) if new else _uses(root / POLICY)
        files.append((LOCK, locked_requirements(uses)))
    steps = (
        [*forge_files.next_steps(root, url, project), *_warnings(root, said, forge)]
        if forge_files
        else []
    )
    written: list[str] = []
    kept: list[str] = []
    try:
        for name, text in files:
            (written if _write_unless_there(root / name, text, force) else kept).append(name)
        if _ignore_tracker_files(root / _IGNORE_FILE):
            written.append(f"{_IGNORE_FILE} ({_IGNORED})")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        remedy = "name a folder that you may write"
        raise PolicyError(f"{folder}: cannot be written: {reason}", remedy) from error
    _show_written(folder, written, kept, steps)


def _write_lock(root: Path, folder: str, policy: Path | None) -> None:
    uses = _uses(policy or root / POLICY)
    try:
        _write_unless_there(root / LOCK, locked_requirements(uses), force=True)
    except OSError as error:
        problem = f"{folder}: cannot be written: {error.strerror}"
        raise PolicyError(problem, "name a folder that you may write") from error
    output.show(f"~ {LOCK} (for {', '.join(sorted(uses))})")


def _uses(policy: Path) -> frozenset[str]:
    """What ima.lock is for: what the policy needs; where none can be read, all that ima can."""
    try:
        return uses_of(read(policy).policy())
    except PolicyError:
        return ALL_USES


def _check_tracker(policy: Path, forge: str, said: str, wanted: str) -> None:
    """Raises PolicyError where there is a policy that works elsewhere, on another forge or another
    project than ``said``: it would be kept, and the jobs be green and do nothing here."""
    text = _text_of(policy)
    if not text:
        return
    tracker = parse(text, policy.name).get("tracker")
    kind, known = (tracker and tracker.get(key) for key in ("kind", "project"))
    if kind is None or kind.value != forge:
        problem = f"its tracker is not {forge}: the jobs would work on nothing there"
    elif said and known and known.value != said:
        problem = f"its project is {quoted(str(known.value))}, not {said}"
    else:
        return
    lines = wanted.replace("\n", "\n    ")
    raise PolicyError(
        f"{policy.name}: {problem}",
        f"write this into it in place of its `tracker:`, then run the same again:\n    {lines}",
    )


def _forge_and_project(
    root: Path, project: str, forge: str, environment: Mapping[str, str]
) -> tuple[ModuleType | None, tuple[str, str]]:
    """The module that knows the forge's files (None without a forge), and the address and the
    project. Raises PolicyError where --project is no path."""
    if forge == "local":
        if project:
            raise PolicyError("--project is a forge's", "say which: `--forge gitlab`")
        return None, ("", "")
    if project and not is_project(forge, project):
        remedy = "write it as in the address bar, such as acme/production"
        raise PolicyError(f"--project: {quoted(project)} is no path of a project", remedy)
    return FORGES[forge], FORGES[forge].project_address(root, project, environment)


def _warnings(root: Path, said: str, forge: str) -> Iterator[str]:
    if not said and origin(root, forge) == ("", ""):
        yield "! git knows no origin there: is the project in policy.yml yours? Else"
        yield f"  `ima init --forge {forge} --project PATH --force` names it."
    if (above := repository(root)) not in (None, root.resolve()):
        policy = (root.resolve() / POLICY).relative_to(above).as_posix()
        yield f"! Jobs run only from files at the root of the repository, {above}:"
        yield f"  move {_JOBS[forge]} there, and set IMA_OPTIONS to `--policy {policy}`."


_JOBS = {"gitlab": init_gitlab.PIPELINE, "github": ".github"}


def _local_tracker(root: Path) -> str:
    """The section `tracker:` of the policy, called as the folder is: the name stands before the
    number of each issue."""
    name = root.resolve().name
    return _LOCAL.format(name=name if re.fullmatch(r"[A-Za-z][\w.-]*", name) else "incidents")


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _process_files(
    since: str, tracker: str, kept: str, *, by_example: bool = False
) -> Iterator[tuple[str, str]]:
    """The name and text of each file of the process that every tracker needs. ``kept`` is the
    policy that is there already: its services get labels."""
    from automation.config import label_file, policy_file

    shipped = shipped_folder()
    pager = _GITLAB_PAGER if "kind: gitlab" in tracker else ""
    own, chat, text = _OWN, _CHAT, ""
    if by_example:
        text, chat = example().text, ""
        own = text.partition("\ntracker:")[2].partition("\n\n")[2].rstrip()
    services = components(parse(kept or text, POLICY))
    yield (
        POLICY,
        _POLICY.format(since=since, tracker=tracker, own=own, pager=pager, chat=chat),
    )
    yield POLICY_SCHEMA, json.dumps(policy_file.json_schema(), indent=2) + "\n"
    labels = shipped_labels().text + label_lines(services)
    yield LABELS, f"{_EDITOR}{LABELS_SCHEMA}\n{labels}"
    yield LABELS_SCHEMA, json.dumps(label_file.json_schema(), indent=2) + "\n"
    for name, text in read_templates(shipped / TEMPLATES).items():
        yield f"{TEMPLATES}/{name}", text
    yield "scenarios/first.yml", _SCENARIO


def _write_unless_there(path: Path, text: str, force: bool) -> bool:
    """Write the file, unless there is one and not ``force``. Was it written?"""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _ignore_tracker_files(path: Path) -> bool:
    """Keep the embedded tracker's files out of the repository. Was there something to write?"""
    lines = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if _IGNORED in lines.splitlines():
        return False
    gap = "" if not lines or lines.endswith("\n") else "\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{gap}{_IGNORED}\n")
    return True


def _show_written(folder: str, written: list[str], kept: list[str], steps: Sequence[str]) -> None:
    for name in [name for name in written if not name.startswith(TEMPLATES)]:
        output.show(f"+ {name}")
    if templates := sum(name.startswith(TEMPLATES) for name in written):
        output.show(f"+ {TEMPLATES}/ ({count(templates, 'file')})")
    if kept:
        shown = ", ".join(kept[:4]) + (f" and {len(kept) - 4} more" if len(kept) > 4 else "")
        output.show(f"Kept as they are: {shown} (--force overwrites)")
    go_there = "" if folder == "." else f"`cd {folder}`, then "
    output.show("")
    output.show(f"1. {go_there}put your people into `roles:` of {POLICY}.")
    output.show("2. `ima check` validates the files, `ima policy show` prints all that holds.")
    if steps:
        first, *rest = steps
        output.show(f"3. {first}")
        for line in rest:
            output.show(f"   {line}")
    else:
        output.show('3. `ima declare "A first try" --severity S3`, then `ima board`.')
