"""The whole state of the counterpart, and what everything needs from it: ids, time, lookups."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.counterparts.gitlab.rows import Issue, Label, Note, Project, Token, User

if TYPE_CHECKING:
    from tests.counterparts.gitlab.hooks import Delivery

GHOST = 1_000_000  # an id out of the way
TOUCH_INTERVAL = timedelta(minutes=1)
Clock = Callable[[], datetime]


class Refused(Exception):
    """An answer of GitLab that is not the one that was hoped for."""

    def __init__(self, status: int, message: Any, *, key: str = "message") -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.body: dict[str, Any] = {key: message}


class World:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.url = "http://127.0.0.1"
        self.clock: Clock | None = None
        self.users: dict[str, User] = {}  # by username, in lower case
        self.people: dict[int, User] = {}
        self.tokens: dict[str, Token] = {}
        self.projects: dict[int, Project] = {}
        self.paths: dict[str, Project] = {}
        self.moved: dict[str, Project | None] = {}
        self.outbox: list[Delivery] = []
        self.count_limit = 10_000  # above it, lists do not say how long they are
        self.max_offset: int | None = None
        self.severity_by_rest = True  # from 19.1 on
        self._ids: Counter[str] = Counter()
        self.ghost = User(GHOST, "ghost", "Ghost User")

    def now(self) -> datetime:
        """The set clock's time, or the real one's; in milliseconds, in UTC."""
        at = (self.clock() if self.clock else datetime.now(UTC)).astimezone(UTC)
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def next_id(self, kind: str) -> int:
        self._ids[kind] += 1
        return self._ids[kind]

    def taken_id(self, kind: str, number: int) -> int:
        """``number`` as an id that somebody chose; later ones are above it."""
        self._ids[kind] = max(self._ids[kind], number)
        return number

    def add_user(self, username: str, *, id: int | None = None, **fields: Any) -> User:  # noqa: A002
        number = self.taken_id("user", id) if id else self.next_id("user")
        fields.setdefault("name", username.capitalize())
        user = User(number, username, **fields)
        self.users[username.lower()] = self.people[number] = user
        return user

    def user(self, number: int) -> User | None:
        return self.people.get(number)

    def author(self, number: int) -> User:
        """Who wrote something: the ghost, if the account is gone."""
        return self.people.get(number, self.ghost)

    def called(self, username: str) -> User:
        """The account of somebody who must exist."""
        return self.users[username.lower()]

    def project(self, which: str | int | None = None) -> Project:
        """A project by path or id, or the first one: for tests, which know that it is there."""
        if which is None:
            return next(iter(self.projects.values()))
        return self.paths[which] if isinstance(which, str) else self.projects[which]

    def touch(self, issue: Issue, *, throttled: bool = False) -> None:
        """The issue changed now. What does not change its own row is ``throttled``: within a minute
        of the last change it leaves the time as it was (`throttled_touch.rb`)."""
        now = self.now()
        if not throttled or now - issue.updated_at > TOUCH_INTERVAL:
            issue.updated_at = now
        issue.project.version += 1

    def system_note(self, issue: Issue, user: User, body: str) -> None:
        now = self.now()
        issue.notes.append(Note(self.next_id("note"), body, user.id, now, now, system=True))

    def premium(self, project: Project) -> bool:
        return project.premium

    def add_label(self, project: Project, title: str, color: str, **fields: Any) -> Label:
        label = Label(self.next_id("label"), title, color, self.now(), **fields)
        project.labels[label.id] = project.titles[title] = label
        return label
