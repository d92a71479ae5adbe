"""What becomes of our jobs on a GitLab where people push and many things happen at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.counterparts.gitlab import GitLabServer
from tests.counterparts.gitlab.seeding import DEFAULT

ROOT = Path(__file__).parent.parent.parent
JOBS = (ROOT / "templates" / "ci" / "gitlab.yml").read_text("utf-8")
PLAIN = DEFAULT["projects"]["acme/production"]


def triggered(server: GitLabServer, payload: dict[str, Any]) -> int:
    """A pipeline that a webhook starts, and that waits for others."""
    url = f"{server.url}/api/v4/projects/1/ref/main/trigger/pipeline?token=secret"
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(url, json.dumps(payload).encode(), headers), timeout=10) as answer:
        return int(json.load(answer)["id"])


@pytest.mark.parametrize(
    ("file", "settings", "kept"),
    [
        pytest.param(JOBS, {}, True, id="our jobs"),
        pytest.param("sweep: {script: x}", {}, False, id="jobs as GitLab takes them"),
        pytest.param(
            "sweep: {script: x}",
            {"auto_cancel_pending_pipelines": "disabled"},
            True,
            id="a project that cancels nothing",
        ),
    ],
)
def test_a_push_cancels_no_pass_that_waits(file: str, settings: dict[str, str], kept: bool) -> None:
    project = {**PLAIN, "members": {**PLAIN["members"], "rita": "maintainer"}}
    project |= {"ci_file": file, "settings": settings}
    with GitLabServer({**DEFAULT, "projects": {"acme/production": project}}) as server:
        triggered(server, {"object_kind": "note"})
        server.people.push("rita")
        (waiting,) = server.world.project().pipelines
        assert (waiting["status"] == "created") is kept
