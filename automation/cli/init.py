"""``ima init``: a folder of one's own policy, labels, templates and scenarios."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import click

from automation.cli import init_again as again
from automation.cli import init_gitlab, output
from automation.cli.git_origin import origin, repository
from automation.cli.init_questions import SEVERITIES, Answers, ask, name_of
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.config.service_labels import components, label_lines, with_severities, words_of
from automation.config.tracker_section import Moved, Tracker
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

FIRST = "scenarios/first.yml"
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

{roles}

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
_ROLES = """\
# Who is on call, until a pager says so: one person, or people in turn. A team that calls a role
# otherwise says so beside it: `name: engineer, title: Engineer on duty`. `cmoc: none` has none.
"""
_IN_TURN = """\
#   imoc: {rota: {who: [ian, mia], from: "2026-03-02T09:00 UTC", every: 7d}}
"""
_NO_ROLES = f"""\
# roles:
#   eoc: {{on_call: erin}}
{_IN_TURN}#   cmoc: {{on_call: cara}}
#   security: {{on_call: sam}}"""
_SERVICES = """\
# What users see. Each service has a label: `- {name: "Service::Shop", means: {service: shop},
# many: true}` in labels.yml.
"""
_NO_SERVICES = """\
# services:
#   shop: {component: Shop}
"""
_SEVERITIES = """\
# Your severities, the gravest first; each is treated as that of IMA at its place, S1 to S4. Then
# `ima init` once more: labels and forms follow, where nobody has edited them.
# severities: {SEV1: {}, SEV2: {}, SEV3: {}}

"""
_OWN = """\
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
    "--forge",
    type=click.Choice(["local", *again.FORGES]),
    help="Where issues live. Default: local.",
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
    call: Call, folder: str, forge: str | None, said: str, like: str | None, force: bool, lock: bool
) -> None:
    """Write policy, labels, templates and a first scenario into DIR; for a forge, its pipeline
    and a page of what to set there, too.

    In a terminal, without any option, it asks six questions first. A file that is there already is
    kept as it is; of a policy that is there only the tracker changes, where --forge or --project
    names another one. What it wrote and nobody has edited follows the policy: labels, forms."""
    root = call.path(folder)
    if lock:
        _write_lock(root, folder, call.session.policy_file)
        return
    policy = "" if force else _text_of(root / POLICY)
    there = again.tracker_that_is_there(policy)
    answers = Answers(forge or there.kind or "local", said)
    if output.is_dialogue() and not (forge or said or like or force or policy):
        answers = ask(root)
    place = _place(root, answers, there, call.session.environment)
    moved = again.moved(policy, place.tracker, said) if policy and (forge or said) else None
    names = _severities_of(policy) or answers.severities
    before = _texts_before(root, there, call.session.environment) if policy else {}
    anew = {POLICY} | ({LOCK} if there.kind != place.forge else set()) if moved else set()
    since = f"{call.session.clock():%Y-%m-%dT%H:%M:%SZ}"
    process = dict(_process_files(since, place.tracker, policy, answers, by_example=bool(like)))
    process |= {POLICY: moved.text} if moved else {}
    written: list[str] = []
    kept: list[str] = []
    try:
        for name, text in chain(process.items(), _files_of_forge(root, place, policy)):
            if policy and not (forge or said) and name not in process and name not in before:
                continue  # nobody asks for jobs
            text = _in_their_words(name, text, names)
            ours = name in before and _text_of(root / name) == before[name] != text
            sign = _write(root / name, text, force or ours or name in anew)
            (written if sign else kept).append(f"{sign}{name}")
        if _ignore_tracker_files(root / _IGNORE_FILE):
            written.append(f"+ {_IGNORE_FILE} ({_IGNORED})")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        remedy = "name a folder that you may write"
        raise PolicyError(f"{folder}: cannot be written: {reason}", remedy) from error
    _show_written(written, kept, moved)
    if not call.quiet:
        left = again.left_over(root, moved, kept, there, place.forge)
        steps = [*_steps(root, place, there, names), *left]
        people = bool(answers.on_call) or again.has_people(policy)
        _show_steps(folder, steps, has_people=people)


def _texts_before(root: Path, there: Tracker, environment: Mapping[str, str]) -> dict[str, str]:
    """What this command has written here, as far as it follows the policy: by the tracker that is
    ``there``, and in the words of the labels. Who has edited a file finds another text here."""
    try:
        names, services = words_of(parse(_text_of(root / LABELS), LABELS))
    except PolicyError:
        return {}
    names = names or SEVERITIES
    found = {LABELS: _labels(names, services), FIRST: _SCENARIO}
    found |= again.texts_of_forge(root, there, environment)
    found = {name: _in_their_words(name, text, names) for name, text in found.items()}
    return {name: text for name, text in found.items() if (root / name).exists()}


class _Place(NamedTuple):
    """Where the team's issues live."""

    forge: str
    files: ModuleType | None  # which knows the forge's files; None without a forge
    url: str
    project: str
    said: str  # the project, where it was said or stands in the policy
    tracker: str  # the section of the policy


def _place(root: Path, answers: Answers, there: Tracker, environment: Mapping[str, str]) -> _Place:
    """As was said, else as the policy says that is ``there``, else as git does. Raises PolicyError
    where --project is no path."""
    forge, said = answers.forge, answers.project
    if forge == there.kind and forge in again.FORGES:
        said = said or there.project
    files, (url, project) = _forge_and_project(root, said, forge, environment)
    tracker = files.tracker(url, project) if files else _local_tracker(root, said)
    return _Place(forge, files, url, project, said, tracker)


def _files_of_forge(root: Path, place: _Place, policy: str) -> Iterator[tuple[str, str]]:
    """Asked for one after the other: they look at the policy as it has been written by then."""
    if place.files:
        yield from place.files.extra_files(root, place.url, place.project)
        uses = _uses(root / POLICY) if policy else frozenset({place.forge})
        yield LOCK, locked_requirements(uses)


def _steps(root: Path, place: _Place, there: Tracker, names: Sequence[str]) -> Iterator[str]:
    """The last step, in lines."""
    if place.files:
        was_there = there.kind == place.forge
        yield from place.files.next_steps(root, place.url, place.project, was_there)
        yield from _warnings(root, place.said, place.forge)
    else:
        severity = names[min(2, len(names) - 1)]
        yield f'`ima declare "A first try" --severity {severity}`, then `ima board`.'


def _write_lock(root: Path, folder: str, policy: Path | None) -> None:
    uses = _uses(policy or root / POLICY)
    try:
        _write(root / LOCK, locked_requirements(uses), force=True)
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


def _forge_and_project(
    root: Path, project: str, forge: str, environment: Mapping[str, str]
) -> tuple[ModuleType | None, tuple[str, str]]:
    """The module that knows the forge's files (None without a forge), and the address and the
    project. Raises PolicyError where --project is no path."""
    if forge == "local":
        if project and "/" in project:
            raise PolicyError("--project is a forge's", "say which: `--forge gitlab`")
        return None, ("", "")
    if project and not is_project(forge, project):
        remedy = "write it as in the address bar, such as acme/production"
        raise PolicyError(f"--project: {quoted(project)} is no path of a project", remedy)
    files = again.FORGES[forge]
    return files, files.project_address(root, project, environment)


def _warnings(root: Path, said: str, forge: str) -> Iterator[str]:
    if not said and origin(root, forge) == ("", ""):
        yield "! git knows no origin there: is the project in policy.yml yours? Else"
        yield f"  `ima init --forge {forge} --project PATH --force` names it."
    if (above := repository(root)) not in (None, root.resolve()):
        policy = (root.resolve() / POLICY).relative_to(above).as_posix()
        yield f"! Jobs run only from files at the root of the repository, {above}:"
        yield f"  move {_JOBS[forge]} there, and set IMA_OPTIONS to `--policy {policy}`."


_JOBS = {"gitlab": init_gitlab.PIPELINE, "github": ".github"}


def _local_tracker(root: Path, said: str) -> str:
    """The section `tracker:` of the policy. Unless it is said, it is called as the folder is: the
    name stands before the number of each issue."""
    return _LOCAL.format(name=said or name_of(root))


def _severities_of(policy: str) -> tuple[str, ...]:
    """The severities that a policy has of its own."""
    said = parse(policy, POLICY).get("severities") if policy else None
    names = tuple(said.entries) if said else ()
    return () if set(names) <= set(SEVERITIES) else names


def _in_their_words(name: str, text: str, severities: Sequence[str]) -> str:
    """A file of a team's, in which the severities are called as theirs are."""
    theirs = name.startswith((TEMPLATES, POLICY, LABELS)) or not name.endswith((".md", ".yml"))
    if theirs or tuple(severities) == SEVERITIES:
        return text
    last = len(severities) - 1
    return _SHIPPED_SEVERITY.sub(lambda found: severities[min(int(found[1]) - 1, last)], text)


_SHIPPED_SEVERITY = re.compile(r"(?<![\w-])S([1-4])(?![\w-])")


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _process_files(
    since: str, tracker: str, kept: str, answers: Answers, *, by_example: bool = False
) -> Iterator[tuple[str, str]]:
    """The name and text of each file of the process that every tracker needs. ``kept`` is the
    policy that is there already: its services get labels."""
    from automation.config import label_file, policy_file

    shipped = shipped_folder()
    pager = _GITLAB_PAGER if "kind: gitlab" in tracker else ""
    own, chat, text = _own_sections(answers), _chat(answers), ""
    if by_example:
        text, chat = example().text, ""
        own = text.partition("\ntracker:")[2].partition("\n\n")[2].rstrip()
    services = components(parse(kept or text, POLICY)) or answers.services
    parts = {"own": own, "chat": chat, "pager": pager, "roles": _roles(answers)}
    yield POLICY, _POLICY.format(since=since, tracker=tracker, **parts)
    yield POLICY_SCHEMA, json.dumps(policy_file.json_schema(), indent=2) + "\n"
    names = _severities_of(kept) or answers.severities
    yield LABELS, _labels(names, services)
    yield LABELS_SCHEMA, json.dumps(label_file.json_schema(), indent=2) + "\n"
    for name, text in read_templates(shipped / TEMPLATES).items():
        yield f"{TEMPLATES}/{name}", text
    if len(names) > 2:  # it needs one for which nobody else is called at once
        yield FIRST, _SCENARIO


def _labels(names: Sequence[str], services: Mapping[str, str]) -> str:
    labels = with_severities(shipped_labels().text, names) + label_lines(services)
    return f"{_EDITOR}{LABELS_SCHEMA}\n{labels}"


def _roles(answers: Answers) -> str:
    if not answers.on_call:
        return _ROLES + _NO_ROLES
    lines = (f"  {role}: {{on_call: {login}}}" for role, login in answers.on_call.items())
    return "\n".join([f"{_ROLES}{_IN_TURN}roles:", *lines])


def _own_sections(answers: Answers) -> str:
    services = _NO_SERVICES
    if answers.services:
        each = (
            f"  {name}: {{component: {json.dumps(shown, ensure_ascii=False)}}}\n"
            for name, shown in answers.services.items()
        )
        services = "".join(["services:\n", *each])
    severities = _SEVERITIES
    if answers.severities != SEVERITIES:
        own = "".join(f"  {name}: {{}}\n" for name in answers.severities)
        severities = f"severities:   # each is treated as that of IMA at its place\n{own}\n"
    return f"{severities}{_SERVICES}{services}\n{_OWN}"


def _chat(answers: Answers) -> str:
    if not answers.channel:
        return _CHAT
    return f'chat: {{kind: slack, channel: "{answers.channel}"}}   # its token: IMA_SLACK_TOKEN\n'


def _write(path: Path, text: str, force: bool) -> str:
    """Write the file, unless there is one and not ``force``: how it is shown, or nothing where it
    was kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.exists()
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return ""
    return "~ " if there else "+ "


def _ignore_tracker_files(path: Path) -> bool:
    """Keep the embedded tracker's files out of the repository. Was there something to write?"""
    lines = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if _IGNORED in lines.splitlines():
        return False
    gap = "" if not lines or lines.endswith("\n") else "\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{gap}{_IGNORED}\n")
    return True


def _show_written(written: list[str], kept: list[str], moved: Moved | None) -> None:
    for line in [line for line in written if not line[2:].startswith(TEMPLATES)]:
        output.show(again.what_moved(moved) if moved and line[2:] == POLICY else line)
    if templates := sum(line[2:].startswith(TEMPLATES) for line in written):
        output.show(f"+ {TEMPLATES}/ ({count(templates, 'file')})")
    if kept:
        shown = ", ".join(kept[:4]) + (f" and {len(kept) - 4} more" if len(kept) > 4 else "")
        output.show(f"Kept as they are: {shown} (--force overwrites)")


def _show_steps(folder: str, last: Sequence[str], *, has_people: bool) -> None:
    """What to do next: the ``last`` step has several lines."""
    go_there = "" if folder == "." else f"`cd {folder}`, then "
    people = [] if has_people else [f"{go_there}put your people into `roles:` of {POLICY}."]
    go_there = go_there if has_people else ""
    check = f"{go_there}`ima check` validates the files, `ima policy show` prints all that holds."
    output.show("")
    for number, step in enumerate([*people, check, "\n   ".join(last)], 1):
        output.show(f"{number}. {step}")
