"""One request, taken apart, and one answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.counterparts.gitlab import rights
from tests.counterparts.gitlab.rows import Issue, Note, Project, Token, User
from tests.counterparts.gitlab.world import Refused, World
from tests.counterparts.messages import Answer


@dataclass(slots=True)
class Call:
    """``args`` are the variable parts of the path, unquoted; ``body`` the parameters sent."""

    world: World
    method: str
    path: str
    args: tuple[str, ...]
    query: dict[str, list[str]]
    body: dict[str, Any]
    token: Token | None
    pattern: str = ""

    @property
    def user(self) -> User | None:
        return self.token.user if self.token else None

    @property
    def me(self) -> User:
        if self.token is None:
            raise Refused(401, "401 Unauthorized")
        return self.token.user

    def one(self, name: str) -> str | None:
        found = self.query.get(name)
        return found[-1] if found else None

    def many(self, name: str) -> list[str]:
        """The values of ``name[]``, or those of ``name`` between commas."""
        if f"{name}[]" in self.query:
            return self.query[f"{name}[]"]
        return [each for value in self.query.get(name, ()) for each in value.split(",") if each]

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self.one(name)
        if value is not None and value not in choices:
            raise Refused(400, f"{name} does not have a valid value", key="error")
        return default if value is None else value

    def time(self, name: str) -> datetime | None:
        value = self.one(name)
        return None if value is None else parse_time(name, value)

    def flag(self, name: str) -> bool | None:
        value = self.one(name)
        return None if value is None else value.lower() in ("true", "1", "yes")

    def project(self) -> Project:
        """The project of the path, if it is there for the caller."""
        found = _find_project(self, self.args[0])
        if found is None or not rights.sees(found, self.user):
            raise Refused(404, "404 Project Not Found")
        if self.method != "GET":
            rights.need_live(found)
        return found

    def issue(self) -> Issue:
        issue = self.project().issues.get(number(self.args[1], "issue_iid"))
        if issue is None or not rights.reads(issue, self.user):
            raise Refused(404, "404 Not found")
        return issue

    def note(self) -> tuple[Issue, Note]:
        issue, wanted = self.issue(), number(self.args[2], "note_id")
        for note in reversed(issue.notes):
            if note.id == wanted and readable(issue, note, self.user):
                return issue, note
        raise Refused(404, "404 Note Not Found")


Endpoint = Callable[[Call], Answer]


def readable(issue: Issue, note: Note, user: User | None) -> bool:
    """Internal notes are for planners and up, and for who wrote them."""
    if not note.internal or (user is not None and user.id == note.author):
        return True
    return user is not None and rights.sets_metadata(issue, user)


def _find_project(call: Call, which: str) -> Project | None:
    world = call.world
    if which.isdigit():
        return world.projects.get(int(which))
    moved = world.moved.get(which)
    if moved is not None and rights.sees(moved, call.user):
        if call.method != "GET":
            raise Refused(405, "Non GET methods are not allowed for moved projects")
        raise Redirected(call, moved)
    return world.paths.get(which)


class Redirected(Refused):
    """The project has another path now: reads are sent there, writes are refused."""

    def __init__(self, call: Call, project: Project) -> None:
        super().__init__(301, "301 Moved Permanently")
        _, _, rest = call.path.removeprefix("/api/v4/projects/").partition("/")
        tail = f"/{rest}" if rest else ""
        self.location = f"{call.world.url}/api/v4/projects/{project.id}{tail}"


def number(value: Any, name: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused(400, f"{name} is invalid", key="error") from None


def parse_time(name: str, value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(400, f"{name} is invalid", key="error") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
