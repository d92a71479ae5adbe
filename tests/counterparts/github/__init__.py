"""A GitHub to test against: `emulate` (npm), with what it lacks or does otherwise mended.

    with GitHubServer(seed, clock=clock, validate=True) as server:
        tracker = GitHubTracker("acme/production", url=server.url, token="t-ima")
        number = server.people.open("erin", "API errors", labels=["Incident"])

emulate runs under Node, together with `emulate/*.mjs`, which mend it where its store can be
reached. Before it stands a server in this process, which counts, logs, fails as planned, and
checks all requests and answers by GitHub's OpenAPI. It is a program too:
``python -m tests.counterparts.github --help``.
"""

from __future__ import annotations

from tests.counterparts.github.server import GitHubServer

__all__ = ["GitHubServer"]
