"""What one command works with, opened when it is first asked for: files, tracker, services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from automation import files
from automation.run import Run
from automation.services import Services
from automation.services.embedded import FileDocuments, LogChat, Outbox, PolicyPager
from automation.templates import Templates
from automation.trackers.local import LocalTracker

if TYPE_CHECKING:
    from automation.policy import Policy


@dataclass
class Session:
    """One call of ``ima``. ``user`` is who gives the command."""

    clock: Callable[[], datetime]
    user: str
    policy_file: Path | None = None
    folder: Path = Path()

    @cached_property
    def files(self) -> files.ProcessFiles:
        """The policy, label and template files."""
        return files.read(self.policy_file, self.folder)

    @cached_property
    def policy(self) -> Policy:
        """The policy that they say. Raises PolicyError."""
        return self.files.policy()

    @cached_property
    def templates(self) -> Templates:
        return Templates(self.files.templates)

    @cached_property
    def tracker(self) -> LocalTracker:
        """The embedded tracker of this folder."""
        path = self.folder / self.policy.path
        return LocalTracker(path, project=self.policy.project, clock=self.clock)

    @cached_property
    def services(self) -> Services:
        """The embedded services."""
        outbox = Outbox(self.folder / self.policy.log, self.clock)
        return Services(
            PolicyPager(self.policy, outbox),
            LogChat(outbox),
            FileDocuments(self.folder / self.policy.documents),
        )

    @property
    def run(self) -> Run:
        return Run(self.policy, self.tracker, self.services, self.templates, self.clock)

    def acting(self) -> LocalTracker:
        """The tracker as the person who gives the command."""
        return self.tracker.acting(self.user)

    def by(self, user: str) -> Session:
        """The same session with somebody else giving the command."""
        return replace(self, user=user)
