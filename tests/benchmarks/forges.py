"""The forges that are measured, and what IMA may cost on each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tests.benchmarks import github_server, gitlab_server
from tests.benchmarks.gitlab_server import Logged


class Server(Protocol):
    """A forge in a process of its own, started on entering."""

    url: str

    def __enter__(self) -> Server: ...

    def __exit__(self, *why: object) -> None: ...

    def latency(self, seconds: float) -> None: ...

    def does(self, who: str, what: str, *words: Any, **options: Any) -> Any: ...

    def forget(self) -> None: ...

    def log(self) -> list[Logged]: ...


@dataclass(frozen=True)
class Forge:
    name: str
    kind: str  # in the policy
    token: str  # the variable that holds it
    server: Callable[[int], Server]
    details: str  # what paths of the reads of one issue are like
    each: int  # such reads at most for an issue that changed
    api: str  # before the paths of the log
    event: Callable[[int], dict[str, Any]]  # the payload of a new issue
    requests: int  # at most for an event
    apart: bool  # lists, reads and writes have an aim each
    cursors: bool  # each page of a list of issues names the next

    def is_detail(self, request: Logged) -> bool:
        found = re.search(self.details, str(request["path"]))
        return request["method"] == "GET" and found is not None


GITLAB = Forge(
    name="GitLab",
    kind="gitlab",
    token="IMA_GITLAB_TOKEN",
    server=gitlab_server.Server,
    details=r"/notes$|_events$",
    each=3,
    api="/api/v4",
    event=lambda iid: {
        "object_kind": "issue", "object_attributes": {"iid": iid, "action": "open"},
        "user": {"username": "rita"},
    },
    requests=9,
    apart=False,
    cursors=False,
)  # fmt: skip
GITHUB = Forge(
    name="GitHub",
    kind="github",
    token="IMA_GITHUB_TOKEN",
    server=github_server.Server,
    details=r"/issues/\d+(/\w+)?$",
    each=2,
    api="",
    event=lambda number: {"action": "opened", "issue": {"number": number}},
    requests=7,
    apart=True,
    cursors=True,
)
FORGES = (GITLAB, GITHUB)
