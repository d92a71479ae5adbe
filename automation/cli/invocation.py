"""One call of a command: the session, and what the common options said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from automation.cli import output
from automation.errors import PolicyError
from automation.mistakes import quoted
from automation.records import dataclass

if TYPE_CHECKING:
    import click

    from automation.model.issue import Issue
    from automation.reconcile.one_pass import Run
    from automation.trackers import Tracker
    from automation.trackers.local.tracker import LocalTracker
    from automation.workspace.session import Session
    from automation.writing.text_style import TextStyle

META = "ima"
_LOGIN_VARIABLES = ("IMA_USER", "GITLAB_USER_LOGIN", "GITHUB_ACTOR")
_REF = re.compile(r"#?(0|[1-9][0-9]{0,14})")


def current_user(environment: Mapping[str, str]) -> str:
    """The login of whoever gives the commands: as a CI job's variables say, else of this
    machine."""
    for name in _LOGIN_VARIABLES:
        if login := environment.get(name, "").strip().removeprefix("@"):
            return login
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without users
        return "somebody"


@dataclass(frozen=True, slots=True)
class Call:
    """What a command works with: its session, and the values of the common options."""

    session: Session
    format: str = "text"
    verbose: bool = False
    quiet: bool = False

    @classmethod
    def of(cls, context: click.Context) -> Call:
        """The call of a command, with the common options that were given before or after its
        name."""
        said = {name: context.meta.get(f"{META}.{name}") for name in ("policy", "tracker")}
        session: Session = context.obj
        session.tracker_option = said["tracker"] or session.tracker_option
        if said["policy"]:
            _take_policy(session, session.folder / said["policy"])
        return cls(
            session,
            context.meta.get(f"{META}.format", "text"),
            bool(context.meta.get(f"{META}.verbose")),
            bool(context.meta.get(f"{META}.quiet")),
        )

    @property
    def tracker(self) -> Tracker:
        """The tracker as IMA's own account."""
        return self.session.tracker

    @property
    def run(self) -> Run:
        """A pass on that tracker."""
        return self.session.run

    def now(self) -> datetime:
        """By the tracker's clock, which is asked where it has not answered yet (P-60)."""
        from automation.reconcile.tracker_time import now_on_tracker

        if self.tracker.time() is None:
            self.tracker.dashboard()
        return now_on_tracker(self.tracker, self.session.clock)

    @property
    def policy_folder(self) -> Path:
        """Where the policy lies, and what it names beside it."""
        file = self.session.policy_file
        return file.parent if file else self.session.folder

    def path(self, text: str) -> Path:
        """The file that somebody named, from the session's folder."""
        return self.session.folder / text

    def person(self, login: str | None) -> str:
        """Who gives this command."""
        if login is None:
            return self.session.user
        return login_of(login)

    def doubt(self, login: str | None) -> str:
        """The begin of a remedy, where only this machine says who gives the command; else ""."""
        said = any(self.session.environment.get(name) for name in _LOGIN_VARIABLES)
        if login or said or self.embedded:
            return ""
        return f"if @{self.session.user} is not your login there, set IMA_USER to it; else "

    @property
    def embedded(self) -> LocalTracker | None:
        """The embedded tracker, if that is the policy's: there people act through ``ima``."""
        session = self.session
        return session.local if session.policy.tracker.kind == "local" else None

    def acting(self, login: str | None) -> LocalTracker:
        """The embedded tracker as the person who gives this command. Raises PolicyError."""
        if tracker := self.embedded:
            return tracker.acting(self.person(login))
        project = self.session.policy.project
        raise PolicyError(
            f"{project} is not kept in the embedded tracker", "write on the issue itself, there"
        )

    def ref(self, text: str) -> str:
        """The reference that somebody typed: "42", "#42" or "acme/production#42"."""
        found = _REF.fullmatch(text.strip().removeprefix(self.session.policy.project))
        if not found:
            remedy = "write its number, such as 42; `ima board` lists them"
            raise PolicyError(f"{quoted(text)} is no issue", remedy)
        return f"#{found[1]}"

    def issue(self, text: str) -> Issue:
        """The issue that somebody named. Raises PolicyError where there is none."""
        ref = self.ref(text)
        for issue in self.tracker.issues([ref]):
            return issue
        raise self.unknown(ref)

    def is_kept_in(self, ref: str) -> bool:
        """May only the reference of the issue be told (P-16)? Also where it cannot be judged, and
        as soon as somebody has typed the command that makes it a matter of security."""
        seen = self.run.plan([ref]).before
        return ref in seen.aside or (ref in seen.incidents and seen.incidents[ref].confidential)

    def unknown(self, ref: str) -> PolicyError:
        """The error of a reference that names nothing."""
        project = self.session.policy.project
        return PolicyError(f"{project} has no issue {ref}", "`ima board` lists them")

    def style(self) -> TextStyle:
        """How text for people is set on this stdout: its width, colours, with reasons or not."""
        return output.style(self.verbose)

    def progress(self, text: str) -> None:
        """Tell something on stderr that is not part of the answer, unless ``--quiet``."""
        if not self.quiet:
            output.tell(text)


def login_of(text: str) -> str:
    """The login in "@mia" or "mia". Raises PolicyError."""
    login = text.strip().removeprefix("@")
    if not re.fullmatch(r"\w[\w.-]{0,99}", login):
        raise PolicyError(f"{quoted(text)} is no login", "write it as on the issue, such as @mia")
    return login


def _take_policy(session: Session, path: Path) -> None:
    if session.policy_file == path:
        return
    if "files" in vars(session):
        raise PolicyError(f"--policy {path}: this session has read its policy", "leave it out")
    session.policy_file = path
