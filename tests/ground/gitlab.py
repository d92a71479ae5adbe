"""Scenarios on the GitLab counterpart: IMA works over HTTP; people act, and tests look, within
this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from automation.model import Draft, Issue, Update
from automation.scenarios.counted import Killed
from automation.scenarios.stage import Stage
from automation.sweep import Cache, decode, encode
from automation.trackers.gitlab import GitLabTracker
from automation.trackers.gitlab_history import Details
from automation.trackers.gitlab_read import issue_of
from automation.trackers.local_write import CloseReason
from tests.counterparts.gitlab import GitLabServer, shown
from tests.counterparts.gitlab.rows import Issue as Row
from tests.ground.cast import cast

PREMIUM, FREE = "premium", "free"
TIERS = (FREE, PREMIUM)
DASHBOARD = "<!-- ima:dashboard "


class GitLabGround(GitLabTracker):
    """The project of a scenario on a GitLab of its own. With ``apart`` no two acts have one time;
    ``alone``: one request at a time.

    What is read here is read from the server's rows, by the adapter's own translation; `problems`
    tells at the end whether IMA's tracker sees the same.
    """

    def __init__(self, stage: Stage, tier: str, *, apart: bool = True, alone: bool = False) -> None:
        self.stage, self.alone = stage, alone
        self.tick = timedelta(milliseconds=int(apart))
        self.server = GitLabServer(_seed(stage, tier), clock=lambda: stage.moment, validate=True)
        self.server.start()
        self.problems: list[str] = []
        self.slept: list[float] = []
        self.lives_for: int | None = None  # writes
        self.kept: dict[str, Any] = {}  # what a run leaves for the next besides the sweep
        self._runs: list[GitLabTracker] = []
        paid = tier == PREMIUM
        super().__init__(
            stage.policy.project,
            url=self.server.url,
            token="t-ima",
            one_assignee=not paid,
            exclusive_labels=paid,
        )

    def acting(self, login: str) -> Worker:
        return Worker(self, login.lower())

    def ima(self) -> GitLabTracker:
        """As a new job opens it: it knows what the one before has kept, if that keeps anything."""
        if self._runs and self.stage.cache:
            self.kept = _kept(self._runs[-1])
        self._leave()
        self._runs.append(self.another(**self.kept))
        return self._runs[-1]

    def another(self, **known: Any) -> GitLabTracker:
        """One more tracker of IMA's account, to be closed by who asks."""
        tracker = GitLabTracker(
            self.project,
            url=self.server.url,
            token="t-ima",
            ours=self.stage.policy.labels.ours,
            share=1.0,
            sleep=self.slept.append,
            workers=1 if self.alone or self.stage.cache else 8,
            **known,
        )
        # One issue after another: scenarios number what IMA opens, and count writes to its death.
        room = self.stage.scenario.can.body_limit
        tracker.can = replace(tracker.can, body_limit=room, writers=1)
        vars(tracker._wire)["_ask"] = self._counted(tracker._wire._ask)
        return tracker

    def _counted(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        """IMA's process ends after so many more writes as `lives_for` says."""

        def asked(verb: str, *args: Any, **more: Any) -> Any:
            answer = ask(verb, *args, **more)
            if verb != "get" and self.lives_for is not None:
                self.lives_for -= 1
                if self.lives_for == 0:
                    raise Killed
            return answer

        return asked

    def me(self) -> str:
        return "ima"

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        members = self.server.world.project().members
        users = self.server.world.users
        return frozenset(
            login
            for login in logins
            if login.lower() not in users or users[login.lower()].id not in members
        )

    def issues(
        self, refs: Iterable[str] | None = None, *, closed_since: datetime | None = None
    ) -> list[Issue]:
        wanted = None if refs is None else set(refs)
        world = self.server.world
        with world.lock:
            rows = list(world.project().issues.values())
            return [self._issue(row) for row in rows if wanted is None or f"#{row.iid}" in wanted]

    def _issue(self, row: Row) -> Issue:
        world = self.server.world
        details = Details(
            [shown.note(world, row, note) for note in row.notes],
            [shown.label_event(world, row, event) for event in row.label_events],
            [shown.state_event(world, row, event) for event in row.state_events],
        )
        return issue_of(shown.issue(world, row), details)

    def dashboard(self) -> Issue | None:
        ours = (i for i in self.issues() if i.author == "ima" and DASHBOARD in i.body)
        return next(ours, None)

    def close(self) -> None:
        """Compare what is with what IMA's tracker sees, and stop the server."""
        self.server.faults.clear()
        there = {issue.ref: _plain(issue) for issue in self.issues()}
        tracker = self.another()
        seen = {issue.ref: issue for issue in tracker.issues(list(there))}
        tracker.close()
        seen = {ref: _plain(issue) for ref, issue in seen.items()}
        self.problems += [f"{ref} is seen otherwise" for ref in there if there[ref] != seen[ref]]
        self.problems += self.server.violations
        self._leave()
        super().close()
        self.server.stop()

    def _leave(self) -> None:
        while self._runs:
            self._runs.pop().close()


class Worker:
    """Somebody at work on the project. An outsider who does what only members may do was one
    until a moment ago."""

    def __init__(self, ground: GitLabGround, login: str) -> None:
        self._ground, self._login = ground, login
        self._people = ground.server.people

    def open(self, draft: Draft) -> str:
        params: dict[str, Any] = {
            "description": draft.body,
            "labels": list(draft.labels),
            "assignees": list(draft.assignees),
            "confidential": draft.confidential,
        }
        with self._member():
            return f"#{self._people.open(self._login, draft.title, **params)}"

    def update(self, ref: str, update: Update) -> None:
        params: dict[str, Any] = {}
        if update.add_labels:
            params["add_labels"] = sorted(update.add_labels)
        if update.remove_labels:
            params["remove_labels"] = sorted(update.remove_labels)
        if update.assignees is not None:
            params["assignees"] = list(update.assignees)
        if update.closed is not None:
            params["state_event"] = "close" if update.closed else "reopen"
        with self._member():
            self._people.update(self._login, int(ref[1:]), **params)

    def close_as(self, ref: str, reason: CloseReason) -> None:
        raise AssertionError(f"{ref}: on GitLab nobody closes as {reason}")

    def comment(self, ref: str, body: str) -> str:
        return str(self._people.comment(self._login, int(ref[1:]), body) or "")

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        self._people.edit_comment(self._login, int(ref[1:]), int(comment), body)

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        texts = {"title": title, "description": body}
        sent = {name: text for name, text in texts.items() if text is not None}
        with self._member():
            self._people.update(self._login, int(ref[1:]), **sent)

    @contextmanager
    def _member(self) -> Iterator[None]:
        outsider = bool(self._ground.outsiders([self._login]))
        if outsider:
            self._people.role(self._login, "developer")
        yield
        if outsider:
            self._people.role(self._login, None)


class Kept:
    """A sweep's cache that is kept between runs, as text."""

    def __init__(self) -> None:
        self.text = ""

    def read(self) -> Cache:
        return decode(self.text)

    def write(self, cache: Cache) -> None:
        self.text = encode(cache)


def _kept(tracker: GitLabTracker) -> dict[str, Any]:
    return {
        "me": tracker.me(),
        "members": sorted(tracker.members),
        "known_labels": sorted(tracker.known_labels),
        "dashboard_ref": tracker.dashboard_ref,
    }


def _seed(stage: Stage, tier: str) -> Mapping[str, Any]:
    people = cast(stage.scenario)
    members = dict.fromkeys(people - stage.scenario.outsiders, "developer")
    labels = [entry.name for entry in stage.policy.labels.entries if entry.retired is None]
    project = {"visibility": "public", "members": {**members, "ima": "maintainer"}}
    return {
        "tier": tier,
        "users": {login: {} for login in sorted(people)},
        "tokens": {"t-ima": "ima"},
        "projects": {stage.policy.project: {**project, "labels": labels}},
    }


def _plain(issue: Issue) -> Issue:
    """Without what is known only where reactions were read."""
    plain = (replace(each, receipt=None, edited_at=None) for each in issue.comments)
    return replace(issue, comments=tuple(plain))
