"""What becomes of our jobs on a GitLab where people push and many things happen at once."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml

from tests.counterparts.gitlab import GitLabServer
from tests.counterparts.gitlab.seeding import DEFAULT

ROOT = Path(__file__).parent.parent.parent
JOBS = (ROOT / "templates" / "ci" / "gitlab.yml").read_text("utf-8")
PLAIN = DEFAULT["projects"]["acme/production"]
COMPACT = (",", ":")  # as GitLab writes a payload


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


EARLY = yaml.safe_load(JOBS)["event"]["before_script"][0]
CACHE = {"tracker": {"me": "ima"}, "sweep": {"began": "2026-03-02T12:10:00+00:00"}}
OURS = {"object_kind": "issue", "user": {"username": "ima"}}
RITAS = {"object_kind": "note", "user": {"username": "rita"}}


@pytest.mark.parametrize(
    ("event", "cache", "came", "said"),
    [
        pytest.param(OURS, CACHE, "2026-03-02T12:30:00Z", "ourselves", id="an echo"),
        pytest.param(RITAS, CACHE, "2026-03-02T12:30:00Z", "", id="somebody spoke"),
        pytest.param(RITAS, CACHE, "2026-03-02T12:09:00Z", "has read that", id="read meanwhile"),
        pytest.param(RITAS, CACHE, "2026-03-02T12:09:54Z", "has read that", id="a burst"),
        pytest.param(RITAS, CACHE, "2026-03-02T12:09:56Z", "", id="GitLab may show it so late"),
        pytest.param({"alerts": []}, CACHE, "2026-03-02T12:09:00Z", "", id="an alert"),
        pytest.param(OURS, {}, "2026-03-02T12:30:00Z", "", id="the first pass of all"),
        pytest.param(["user"], CACHE, "2026-03-02T12:30:00Z", "", id="no event"),
    ],
)
def test_an_event_with_nothing_to_do_ends_before_anything_is_installed(
    tmp_path: Path, event: Any, cache: Any, came: str, said: str
) -> None:
    (tmp_path / ".ima").mkdir()
    (tmp_path / ".ima" / "cache.json").write_text(json.dumps(cache), "utf-8")
    (tmp_path / "payload").write_text(json.dumps(event), "utf-8")
    environment = {"PATH": os.environ["PATH"], "TRIGGER_PAYLOAD": str(tmp_path / "payload")}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", f"{EARLY}\necho goes on"],
        cwd=tmp_path,
        env={**environment, "CI_PIPELINE_CREATED_AT": came},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (
        (said in done.stdout and "goes on" not in done.stdout)
        if said
        else (done.stdout == "goes on\n")
    )


def test_whether_an_echo_or_not_one_job_takes_it() -> None:
    jobs = yaml.safe_load(JOBS)
    ours, preview, event = (jobs[name]["rules"] for name in ("ours", "preview", "event"))
    others = [{**rule, "when": "never"} for rule in (*preview, *ours)]
    assert event[:2] == others, "a refused trigger switches the webhook off"
    assert jobs["event"]["before_script"][1:] == jobs[".ima"]["before_script"]
    assert event[2] == {"if": '$CI_PIPELINE_SOURCE == "trigger"'}
    assert "resource_group" not in jobs["ours"]
    pattern = jobs["variables"]["IMA_OURS"].strip("/").replace("$IMA_ACCOUNT", "ima")
    said = {"user": {"id": 1, "name": "Rita", "username": "rita"}, "note": json.dumps(OURS)}
    assert not re.search(pattern, json.dumps({**RITAS, **said}, separators=COMPACT))
    assert re.search(pattern, json.dumps(OURS, separators=COMPACT))
