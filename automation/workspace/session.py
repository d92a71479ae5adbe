"""What one command works with, opened when it is first asked for: files, tracker, services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from automation.records import dataclass

if TYPE_CHECKING:
    from automation.policy.policy import Policy
    from automation.reconcile.one_pass import Run
    from automation.reconcile.schedule import Schedule
    from automation.services import Pager, Services
    from automation.stored_state.signatures import Keys
    from automation.trackers import Tracker
    from automation.trackers.github.commit_status import CommitStatuses
    from automation.trackers.local.tracker import LocalTracker
    from automation.trackers.proposals import Proposals
    from automation.workspace import files
    from automation.workspace.cache_file import CacheFile
    from automation.workspace.files import ProcessFiles
    from automation.workspace.past_file import PastFile
    from automation.writing.templates import Templates


@dataclass
class Session:
    """One call of ``ima``. ``user`` is who gives the command."""

    clock: Callable[[], datetime]
    user: str
    policy_file: Path | None = None
    tracker_option: str = ""  # --tracker
    folder: Path = Path()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    patience: float = 300.0  # seconds in all that a run waits for a forge
    by_example: bool = False  # the team's policy is laid over that of the handbook
    account: str = ""  # whom a member with a token of their own looks for: IMA's account

    def __post_init__(self) -> None:
        from automation.http.known_secrets import remember_environment

        remember_environment(self.environment)

    @cached_property
    def files(self) -> files.ProcessFiles:
        """The policy, label and template files."""
        from automation.workspace import files

        found = files.read(self.policy_file, self.folder)
        return found.over_the_example() if self.by_example else found

    @cached_property
    def policy(self) -> Policy:
        """The policy that they say. Raises PolicyError."""
        from automation.workspace.address import with_tracker_option

        return with_tracker_option(self.files.policy(), self.tracker_option, self.environment)

    @cached_property
    def templates(self) -> Templates:
        """Their templates, rendered on demand."""
        from automation.writing.templates import Templates

        files = self.files
        return Templates(files.templates, files.shipped_templates, self.policy.words)

    @cached_property
    def tracker(self) -> Tracker:
        """The tracker that the policy names, with what it remembers signed and judged."""
        from automation.trackers.named_labels import NamedLabels
        from automation.trackers.signed_memory import SignedTracker

        tracker = self.local if self.policy.tracker.kind == "local" else self._forge[0]
        policy = self.policy
        people = (*policy.logins_on_call, *policy.people)
        signed = SignedTracker(tracker, self.keys, self.clock, policy.accounts, people)
        return NamedLabels(signed, self.policy.labels)

    @cached_property
    def keys(self) -> Keys:
        """What signs the memory of the project. Raises PolicyError for what is no key."""
        from automation.stored_state.signatures import LOST, keys_of

        now, old = (self.environment.get(name, "") for name in ("IMA_KEY", "IMA_KEY_OLD"))
        tracker = self.policy.tracker
        home = bool(tracker.private) and tracker.private.lower() == self.policy.project.lower()
        # What was moved here from elsewhere is signed for there, and begins anew.
        return keys_of(self.policy.project, now, f"{old} {LOST}" if home else old)

    @cached_property
    def _forge(self) -> tuple[Tracker, CacheFile]:
        from automation.workspace.forge import open_forge

        now, account = self.clock(), self.account
        return open_forge(self.policy, self.folder, self.environment, now, self.patience, account)

    @property
    def commit_statuses(self) -> CommitStatuses | None:
        """Those of the repository, on GitHub alone."""
        from automation.trackers.github.tracker import GitHubTracker

        forge = None if self.policy.tracker.kind != "github" else self._forge[0]
        return forge.statuses if isinstance(forge, GitHubTracker) else None

    @property
    def proposals(self) -> Proposals:
        """The merge or pull requests of the project, by who comments there. Raises PolicyError
        where there are none."""
        from automation.workspace.forge import open_proposals

        return open_proposals(self.policy, self.environment, self.patience)

    @cached_property
    def local(self) -> LocalTracker:
        """The embedded tracker of this folder; a new one gets the labels of the policy."""
        from automation.trackers.local.tracker import LocalTracker

        path = self.folder / self.policy.tracker.path
        tracker = LocalTracker(path, project=self.policy.project, clock=self.clock)
        if not tracker.labels():
            tracker.create_labels_of(self.policy.labels)
        return tracker

    @cached_property
    def services(self) -> Services:
        """Those that the policy names. Raises PolicyError where an address cannot be one."""
        from automation.services.opening import open_services

        patience = min(self.patience, 20.0)
        return open_services(
            self.policy,
            self.folder,
            self.clock,
            self.environment,
            patience=patience,
            teams=self.team,
        )

    @property
    def past(self) -> PastFile | None:
        """What an earlier preview has read of the past; none where reading costs nothing."""
        if self.policy.tracker.kind == "local":
            return None
        from automation.workspace.forge import past_file

        return past_file(self.policy, self.folder, self.environment)

    def team(self, name: str) -> tuple[str, ...]:
        """Who is in a team of GitHub's. Raises ServiceError."""
        from automation.errors import ServiceError
        from automation.trackers.github.tracker import GitHubTracker

        forge = None if self.policy.tracker.kind != "github" else self._forge[0]
        if not isinstance(forge, GitHubTracker):
            raise ServiceError(f"roles: @{name} is a team of GitHub's", "name logins in `roles:`")
        return forge.team(name)

    def duties_of(self, policy: Policy) -> Pager | None:
        """Who is on call by another policy, where no outside service says so."""
        from automation.services.embedded.embedded import Outbox, PolicyPager

        return (
            None
            if self.policy.pager.kind != "policy"
            else PolicyPager(policy, Outbox(None, self.clock), self.team)
        )

    @property
    def run(self) -> Run:
        """A pass with all of this."""
        from automation.reconcile.one_pass import Run

        cache = None if self.policy.tracker.kind == "local" else self._forge[1]
        world = (self.policy, self.tracker, self.services, self.templates, self.clock)
        return Run(*world, cache, self._schedule())

    def _schedule(self) -> Schedule | None:
        """That of GitHub's workflow, in its job; GitLab's stands in no file."""
        if self.policy.tracker.kind != "github" or not self.environment.get("CI"):
            return None
        from automation.workspace.forge import github_schedule

        return github_schedule(self.folder, self._forge[0])

    def acting(self) -> LocalTracker:
        """The embedded tracker as the person who gives the command."""
        return self.local.acting(self.user)

    def with_files(self, process: ProcessFiles) -> Session:
        """The same session at work by other files."""
        other = replace(self)
        vars(other)["files"] = process
        return other

    def in_project(self, project: str) -> Session:
        """The same session at work in another project of the same forge."""
        other, policy = replace(self), self.policy
        vars(other)["policy"] = policy.with_tracker(project=project)
        return other

    def knowing(self, account: str) -> Session:
        """The same session, to which what this account of IMA wrote counts as IMA's."""
        other, policy = replace(self), self.policy
        vars(other)["policy"] = replace(policy, accounts=(*policy.accounts, account))
        return other

    def seen_by(self, account: str) -> Session:
        """The same session, which looks at the tracker as this account of IMA's does: the owner of
        the token is a person there."""
        other = self.with_files(self.files)
        other.account = account
        return other

    def begun(self, since: datetime) -> Session:
        """The same session, to which IMA has been at work here since another time."""
        other, policy = replace(self), self.policy
        vars(other)["policy"] = replace(policy, since=since)
        return other

    def by(self, user: str) -> Session:
        """The same session with somebody else giving the command."""
        return replace(self, user=user)
