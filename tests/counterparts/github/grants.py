"""What a token may do besides what its account may: GitHub tells it only by refusing.

A token's kind is how it begins: ``ghs_`` is an App's or a job's, ``github_pat_`` a fine-grained one
of a person; others are classic, and may what their account may. The seed says more of one:
``"grants": {"ghs_job": {"repos": ["acme/production"], "issues": "write", "contents": "read"}}``;
with ``"locks": "none"`` it may not even unlock an issue.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.counterparts.log import WRITES
from tests.counterparts.messages import Answer, Request

Kind = Literal["app", "fine-grained", "classic"]
_REPO = re.compile(r"/repos/([^/]+/[^/]+)(/.*)?")
_COMMENTS = re.compile(r"/issues/(?:(\d+)/comments|comments/\d+)")
_PULLS = "pull-requests"
_LEVELS = ("none", "read", "write")
_OF = {"app": "integration", "fine-grained": "personal access token"}


@dataclass(frozen=True)
class Grant:
    kind: Kind = "classic"
    repos: tuple[str, ...] | None = None  # None: all that its account sees
    may: Mapping[str, str] = field(default_factory=dict)  # by permission; else all

    def reaches(self, repo: str) -> bool:
        return self.repos is None or repo.lower() in {each.lower() for each in self.repos}

    def has(self, permission: str, least: str) -> bool:
        return _LEVELS.index(self.may.get(permission, "write")) >= _LEVELS.index(least)

    def refusal(self, request: Request, pulls: Collection[int] = ()) -> Answer | None:
        """The answer to what the token may not ask. Who may write on ``pulls``, which are among the
        issues, may comment there."""
        found = _REPO.fullmatch(request.path)
        if self.kind == "classic" or not found:
            return None
        if not self.reaches(found[1]):
            return _refused(404, "Not Found")
        path = found[2] or ""
        wanted = "issues" if path.startswith(("/issues", "/labels")) else ""
        least = "write" if request.method in WRITES else "read"
        on_pull = _COMMENTS.fullmatch(path)
        if (
            on_pull
            and (on_pull[1] is None or int(on_pull[1]) in pulls)
            and self.may.get(_PULLS) == "write"
        ):
            wanted = ""
        if wanted and not self.has(wanted, least):
            return _refused(403, f"Resource not accessible by {_OF[self.kind]}")
        if path.endswith("/lock") and not self.has("locks", least):
            return _refused(403, f"Resource not accessible by {_OF[self.kind]}")
        return None


def grant_of(token: str, said: Mapping[str, Any]) -> Grant:
    """By how the token begins, and what the seed says of it."""
    kinds: dict[str, Kind] = {"ghs_": "app", "github_pat_": "fine-grained", "": "classic"}
    kind = next(kinds[start] for start in kinds if token.startswith(start))
    more = dict(said.get(token, {}))
    repos = more.pop("repos", None)
    return Grant(kind, None if repos is None else tuple(repos), more)


def _refused(status: int, said: str) -> Answer:
    return Answer(status, {"message": said, "documentation_url": "https://docs.github.com/rest"})
