"""Scenarios on the GitLab counterpart: IMA works over HTTP; people act, and tests look, within
this process."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from automation.model.issue import Draft, Issue, Update
from automation.scenarios.setting import Setting
from automation.trackers import Tracker, anything
from automation.trackers.gitlab.history_merging import Details
from automation.trackers.gitlab.records import issue_of
from automation.trackers.gitlab.tracker import GitLabTracker
from automation.trackers.local.writer import CloseReason
from tests.counterparts.gitlab import GitLabServer, shown
from tests.counterparts.gitlab.rows import Issue as Row
from tests.ground.cast import cast
from tests.ground.jobs import Jobs

PREMIUM, FREE = "premium", "free"
TIERS = (FREE, PREMIUM)
DASHBOARD = "<!-- ima:dashboard "


class GitLabGround(GitLabTracker):
    """The project of a scenario on a GitLab of its own. With ``apart`` no two acts have one time;
    ``alone``: one request at a time.

    What is read here is read from the server's rows, by the adapter's own translation; `problems`
    tells at the end whether IMA's tracker sees the same.
    """

    def __init__(
        self, stage: Setting, tier: str, *, apart: bool = True, alone: bool = False
    ) -> None:
        self.stage, self.alone = stage, alone
        self.tick = timedelta(milliseconds=int(apart))
        self.server = GitLabServer(
            _seed(stage, tier), clock=lambda: stage.tracker_time, validate=True
        )
        self.server.start()
        self.problems: list[str] = []
        self.slept: list[float] = []
        self.jobs = Jobs(stage, self.another)
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

    def ima(self) -> Tracker:
        return self.jobs.next()

    def another(self, **known: Any) -> GitLabTracker:
        return GitLabTracker(
            self.project,
            url=self.server.url,
            token="t-ima",
            ours=self.stage.policy.labels.ours,
            share=1.0,
            sleep=self.slept.append,
            workers=1 if self.alone or self.stage.cache else 8,
            one_assignee=self.can.one_assignee,
            exclusive_labels=self.can.exclusive_labels,
            **known,
        )

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
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: dict[str, Exception] | None = None,
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

    def dashboard(self, prefers: Callable[[Issue], bool] = anything) -> Issue | None:
        ours = (i for i in self.issues() if i.author == "ima" and DASHBOARD in i.body)
        return next(ours, None)

    def save(self) -> Any:
        rows = vars(self.server.world).items()
        return pickle.dumps({k: v for k, v in rows if k not in ("lock", "clock", "url")})

    def restore(self, saved: Any) -> None:
        vars(self.server.world).update(pickle.loads(saved))

    def loses(self, text: str) -> None:
        for issue in self.server.world.project().issues.values():
            issue.notes[:] = [note for note in issue.notes if text not in note.body]

    def close(self) -> None:
        """Compare what is with what IMA's tracker sees, and stop the server."""
        self.server.faults.clear()
        self.problems += self.jobs.sees(self.issues())
        self.problems += self.server.violations
        self.jobs.end()
        super().close()
        self.server.stop()


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

    def delete(self, ref: str) -> None:
        self._people.role(self._login, "owner")
        self._people.delete(self._login, int(ref[1:]))
        self._people.role(self._login, "developer")

    def move(self, ref: str) -> None:
        self._people.move(self._login, int(ref[1:]), "acme/other#1")

    def rename_label(self, name: str, to: str) -> None:
        with self._member():
            self._people.rename_label(self._login, name, to)

    def comment(self, ref: str, body: str) -> str:
        return str(self._people.comment(self._login, int(ref[1:]), body) or "")

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        self._people.edit_comment(self._login, int(ref[1:]), int(comment), body)

    def receipt(self, ref: str, comment: str) -> None:
        self._people.react(self._login, int(ref[1:]), int(comment), "thumbsup")

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


def _seed(stage: Setting, tier: str) -> Mapping[str, Any]:
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
