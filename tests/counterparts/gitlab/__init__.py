"""A GitLab to test against: the part of its REST API v4 that IMA uses, with what bites.

    with GitLabServer(clock=clock, validate=True) as server:
        gl = gitlab.Gitlab(server.url, private_token="t-ima")
        iid = server.people.open("erin", "API errors", labels=["Incident"])

What it does is after GitLab's documentation and source, not after a running one. It is a
program too: ``python -m tests.counterparts.gitlab --help``.
"""

from __future__ import annotations

from tests.counterparts.gitlab.server import GitLabServer
from tests.counterparts.gitlab.world import Refused

__all__ = ["GitLabServer", "Refused"]
