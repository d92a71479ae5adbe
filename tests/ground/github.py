"""Scenarios on the GitHub counterpart: IMA works over HTTP; people act on the site, and tests
look, with one order to emulate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from automation.model.issue import Draft, Issue, Update
from automation.scenarios.setting import Setting
from automation.trackers import Tracker, anything
from automation.trackers.github.history_merging import Details
from automation.trackers.github.records import issue_of
from automation.trackers.github.rows import ISSUE
from automation.trackers.github.tracker import GitHubTracker
from automation.trackers.local.writer import CloseReason
from tests.counterparts.github import GitHubServer
from tests.ground.cast import cast
from tests.ground.jobs import Jobs

DASHBOARD = "<!-- ima:dashboard "
REASONS: dict[str, str | None] = {
    "": None, "duplicate": "duplicate", "not planned": "not_planned", "completed": "completed",
}  # fmt: skip


class GitHubGround(GitHubTracker):
    """The repository of a scenario on a GitHub of its own. ``alone``: one request at a time.

    What is read here is what emulate shows, by the adapter's own translation; `problems` tells
    at the end whether IMA's tracker sees the same. All that is done within a second keeps its
    order.
    """

    tick = timedelta()

    def __init__(self, stage: Setting, *, alone: bool = False) -> None:
        self.stage, self.alone = stage, alone
        self.server = GitHubServer(_seed(stage), clock=lambda: stage.tracker_time, validate=True)
        self.server.start()
        self.problems: list[str] = []
        self.slept: list[float] = []
        self.jobs = Jobs(stage, self.another)
        super().__init__(stage.policy.project, url=self.server.url, token="t-ima")

    def acting(self, login: str) -> Worker:
        return Worker(self, login.lower())

    def ima(self) -> Tracker:
        return self.jobs.next()

    def another(self, **known: Any) -> GitHubTracker:
        return GitHubTracker(
            self.project,
            url=self.server.url,
            token="t-ima",
            ours=self.stage.policy.labels.ours,
            share=1.0,
            pace=0.0,
            sleep=self.slept.append,
            workers=1 if self.alone or self.stage.cache else 4,
            **known,
        )

    def me(self) -> str:
        return "ima"

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        members = self.stage.scenario.outsiders, cast(self.stage.scenario) | {"ima"}
        return frozenset(
            login
            for login in logins
            if login.lower() in members[0] or login.lower() not in members[1]
        )

    def issues(
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: dict[str, Exception] | None = None,
    ) -> list[Issue]:
        wanted = None if refs is None else set(refs)
        issues = [
            issue_of(ISSUE(row["issue"]), _details(row), me="ima")
            for row in self.server.people.look()
            if row["issue"]["number"] not in self.server.gone
        ]
        return [issue for issue in issues if wanted is None or issue.ref in wanted]

    def dashboard(self, prefers: Callable[[Issue], bool] = anything) -> Issue | None:
        ours = (i for i in self.issues() if i.author == "ima" and DASHBOARD in i.body)
        return next(ours, None)

    def save(self) -> Any:
        return self.server.order("save")["number"]

    def restore(self, saved: Any) -> None:
        self.server.order("restore", number=saved)
        self.server.limits.used.clear()  # it is the same hour again, and again

    def loses(self, text: str) -> None:
        self.server.order("erase", repo=self.project, text=text)

    def close(self) -> None:
        """Compare what is with what IMA's tracker sees, and stop the server."""
        self.server.faults.clear()
        self.problems += self.jobs.sees(self.issues())
        self.problems += self.server.violations
        self.jobs.end()
        super().close()
        self.server.stop()


class Worker:
    """Somebody at work on the repository. An outsider who does what only members may do was one
    until a moment ago."""

    def __init__(self, ground: GitHubGround, login: str) -> None:
        self._ground, self._login = ground, login
        self._people = ground.server.people

    def open(self, draft: Draft) -> str:
        """An outsider, by a form that sets what they may not."""
        outsider = bool(self._ground.outsiders([self._login]))
        opens = self._people.by_form if outsider else self._people.open
        labels, assignees = list(draft.labels), list(draft.assignees)
        return f"#{opens(self._login, draft.title, draft.body, labels=labels, assignees=assignees)}"

    def update(self, ref: str, update: Update) -> None:
        number = int(ref[1:])
        with self._member():
            if update.add_labels:
                self._people.label(self._login, number, *sorted(update.add_labels))
            self._people.unlabel(self._login, number, *sorted(update.remove_labels))
            if update.assignees is not None:
                self._people.hand_over(self._login, number, update.assignees)
            if update.closed is not None:
                state = "closed" if update.closed else "open"
                self._people.change(self._login, number, state=state)

    def close_as(self, ref: str, reason: CloseReason) -> None:
        with self._member():
            self._people.change(
                self._login, int(ref[1:]), state="closed", state_reason=REASONS[reason]
            )

    def delete(self, ref: str) -> None:
        self._ground.server.gone[int(ref[1:])] = ""

    def move(self, ref: str) -> None:
        self._ground.server.gone[int(ref[1:])] = "/repositories/2/issues/1"

    def rename_label(self, name: str, to: str) -> None:
        with self._member():
            self._people.rename_label(self._login, name, to)

    def comment(self, ref: str, body: str) -> str:
        return str(self._people.comment(self._login, int(ref[1:]), body))

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        self._people.edit_comment(self._login, int(comment), body)

    def receipt(self, ref: str, comment: str) -> None:
        self._people.react(self._login, int(comment), "+1")

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        texts = {"title": title, "body": body}
        sent = {name: text for name, text in texts.items() if text is not None}
        with self._member():
            self._people.change(self._login, int(ref[1:]), **sent)

    @contextmanager
    def _member(self) -> Iterator[None]:
        outsider = bool(self._ground.outsiders([self._login]))
        if outsider:
            self._people.role(self._login, "write")
        yield
        if outsider:
            self._people.role(self._login, None)


def _details(row: Mapping[str, Any]) -> Details:
    children = frozenset(f"#{number}" for number in row["children"])
    return Details(row["timeline"], None, children)


def _seed(stage: Setting) -> Mapping[str, Any]:
    people = cast(stage.scenario)
    members = dict.fromkeys(sorted(people - stage.scenario.outsiders), "write")
    labels = [entry.name for entry in stage.policy.labels.entries if entry.retired is None]
    repo = {"members": {**members, "ima": "admin"}, "labels": labels}
    return {"users": sorted(people), "repos": {stage.policy.project: repo}}
