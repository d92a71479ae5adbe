"""What the quick actions of one text come to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.counterparts.gitlab import rights
from tests.counterparts.gitlab.rows import Issue, Label, User
from tests.counterparts.gitlab.world import World

MARK = re.compile(r'~"([^"]+)"|~([^\s~,"]+)|"([^"]+)"|([^\s~,"]+)')


@dataclass
class Effect:
    """What the commands of one text come to, as far as the user may do them."""

    world: World
    issue: Issue
    user: User
    new: bool  # the issue is being opened
    updates: dict[str, Any] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    emoji: list[str] = field(default_factory=list)

    def add(self, key: str, numbers: list[int]) -> None:
        kept = self.updates.get(key, [])
        self.updates[key] = [*kept, *(each for each in numbers if each not in kept)]

    def labels(self, text: str) -> list[Label]:
        names = ["".join(parts) for parts in MARK.findall(text)]
        titles = self.issue.project.titles
        return [titles[name] for name in names if name in titles]

    def logins(self, text: str) -> list[User]:
        words = [word.strip("@,") for word in text.split() if word.strip(",") not in ("and",)]
        names = [self.user.username if word == "me" else word for word in words]
        found = [self.world.users.get(name.lower()) for name in names]
        return [user for user in found if user and rights.sees(self.issue.project, user)]


def metadata(effect: Effect) -> bool:
    member = rights.level(effect.issue.project, effect.user) > 0
    return (effect.new and member) or rights.sets_metadata(effect.issue, effect.user)


def references(labels: list[Label]) -> str:
    names = [f'~"{row.title}"' if not row.title.isalnum() else f"~{row.title}" for row in labels]
    return f"{' '.join(names)} label{'s' if len(labels) > 1 else ''}"


def sentence(logins: list[str]) -> str:
    """ "@a", "@a and @b", "@a, @b, and @c"."""
    names = [f"@{login}" for login in logins]
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"
