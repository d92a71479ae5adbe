"""The six questions of ``ima init`` in a terminal; each has an answer that Enter gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TypeVar

import click

from automation.cli.git_origin import origin
from automation.policy.outside_services import is_project
from automation.records import dataclass

SEVERITIES = ("S1", "S2", "S3", "S4")
_ROLES = ("eoc", "imoc", "cmoc", "security")
_NOBODY = "-"  # also in the place of one role of several
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SEVERITY = re.compile(r"[^\W_][\w.+-]{0,29}")
_SERVICE = re.compile(r"[^\n,\"\\{}\[\]]{1,40}")
_CHANNEL = re.compile(r"#?[\w.-]{1,80}")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Answers:
    """What a team says of itself; nothing, where nobody was asked."""

    forge: str = "local"
    project: str = ""
    services: Mapping[str, str] = field(default_factory=dict)  # name: as people call it
    severities: tuple[str, ...] = SEVERITIES
    on_call: Mapping[str, str] = field(default_factory=dict)  # role: login
    channel: str = ""


def ask(root: Path) -> Answers:
    """Ask a person. What cannot be right is asked for again."""
    click.echo("Six questions; Enter takes what stands in brackets. All can be changed later.\n")
    known = {forge: origin(root, forge)[1] for forge in ("github", "gitlab")}
    likely = _likely_forge(root, known)
    forge = click.prompt(
        "1. Where are your issues?",
        type=click.Choice(["gitlab", "github", "local"]),
        default=likely,
    )
    return Answers(
        forge,
        _project(root, forge, known.get(forge, "")),
        _prompt("3. What do users see? (such as Shop, Payments; - for none)", "-", _services),
        _prompt("4. Your severities, the gravest first", ", ".join(SEVERITIES), _severities),
        _prompt(
            "5. Who is on call now: engineer, incident manager, communications, security?\n"
            "   (logins, such as erin, ian; - for nobody yet)",
            "-",
            _people,
        ),
        _prompt(
            "6. The Slack channel for announcements (such as #incidents; - for none)", "-", _channel
        ),
    )


def _likely_forge(root: Path, known: Mapping[str, str]) -> str:
    url = origin(root, "github")[0] or origin(root, "gitlab")[0]
    if "github" in url or (root / ".github").is_dir():
        return "github"
    if "gitlab" in url or (root / ".gitlab-ci.yml").is_file():
        return "gitlab"
    return "gitlab" if any(known.values()) else "local"


def name_of(root: Path) -> str:
    """The name of a folder, where it can be that of a project."""
    name = root.resolve().name
    return name if re.fullmatch(r"[A-Za-z][\w.-]*", name) else "incidents"


def _project(root: Path, forge: str, known: str) -> str:
    if forge == "local":
        return _prompt("2. What stands before each issue's number?", name_of(root), _word)

    def path(said: str) -> str:
        if not is_project(forge, said):
            raise click.BadParameter("write it as in the address bar, such as acme/production")
        return said

    return _prompt("2. Which project?", known or None, path)


def _prompt(question: str, default: str | None, read: Callable[[str], _Answer]) -> _Answer:
    answer: _Answer = click.prompt(question, default=default, value_proc=read)
    return answer


def _word(said: str) -> str:
    if not re.fullmatch(r"[A-Za-z][\w./-]*", said):
        raise click.BadParameter("one word, such as incidents")
    return said


def _parts(said: str) -> list[str]:
    parts = [part.strip() for part in said.split(",")]
    return [part for part in parts if part] if said.strip() != _NOBODY else []


def _services(said: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for shown in _parts(said):
        name = re.sub(r"[^a-z0-9_-]+", "-", shown.casefold()).strip("-_")
        if not name or not _SERVICE.fullmatch(shown) or name in found:
            raise click.BadParameter(
                f"{shown!r}: names with letters, each once, with commas between"
            )
        found[name] = shown
    return found


def _severities(said: str) -> tuple[str, ...]:
    found = tuple(_parts(said))
    if not found or len({name.casefold() for name in found}) < len(found):
        raise click.BadParameter("name each once, the gravest first")
    for name in found:
        if not _SEVERITY.fullmatch(name):
            raise click.BadParameter(f"{name!r}: one word each, such as SEV1, SEV2")
    return found


def _people(said: str) -> dict[str, str]:
    logins = [login.removeprefix("@") for login in _parts(said)]
    for login in logins:
        if login != _NOBODY and not _LOGIN.fullmatch(login):
            raise click.BadParameter(f"{login!r} is no login")
    if len(logins) > len(_ROLES):
        raise click.BadParameter("four at most, one for each; turns can be written into policy.yml")
    named = zip(_ROLES, logins, strict=False)
    return {role: login for role, login in named if login != _NOBODY}


def _channel(said: str) -> str:
    if said.strip() == "-":
        return ""
    if not _CHANNEL.fullmatch(said):
        raise click.BadParameter("a channel, such as #incidents")
    return f"#{said.removeprefix('#')}"
