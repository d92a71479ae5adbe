"""What our job on GitHub looks at before it installs anything."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
JOBS = yaml.safe_load((ROOT / "templates" / "ci" / "github.yml").read_text("utf-8"))
STEPS = JOBS["jobs"]["pass"]["steps"]
LOOK = next(step for step in STEPS if step.get("id") == "look")
BEGAN = "2026-03-02T12:10:00+00:00"
CAME = "2026-03-02T12:09:50+00:00"


def cache(*row: Any) -> dict[str, Any]:
    issues = {"#7": [*row, False, []]} if row else {}
    return {"tracker": {"me": "ima[bot]"}, "sweep": {"began": BEGAN, "issues": issues}}


def event(
    at: str = "2026-03-02T12:09:50Z", who: str = "rita", more: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"sender": {"login": who}, "issue": {"number": 7, "updated_at": at}, **(more or {})}


SPOKEN = {"comment": {"updated_at": "2026-03-02T12:09:58Z"}}


@pytest.mark.parametrize(
    ("event", "cache", "said"),
    [
        pytest.param(event(who="ima[bot]"), cache(), "ourselves", id="an echo"),
        pytest.param(event(), cache(CAME, None), "has read that", id="read meanwhile"),
        pytest.param(event(), cache(CAME, "2026-03-02T13:00:00+00:00"), "has read", id="due later"),
        pytest.param(event(), cache(CAME, BEGAN), "", id="the next pass is to look again"),
        pytest.param(event(), cache("2026-03-02T12:09:49+00:00", None), "", id="the list lagged"),
        pytest.param(event("2026-03-02T12:09:56Z"), cache(BEGAN, None), "", id="just before"),
        pytest.param(event(more=SPOKEN), cache(BEGAN, None), "", id="a comment just before"),
        pytest.param(event(), cache(), "", id="an issue that no pass has read"),
        pytest.param(event(), {}, "", id="the first pass of all"),
        pytest.param(["issue"], cache(CAME, None), "", id="no event"),
    ],
)
def test_an_event_with_nothing_to_do_ends_before_anything_is_installed(
    tmp_path: Path, event: Any, cache: Any, said: str
) -> None:
    (tmp_path / ".ima").mkdir()
    (tmp_path / ".ima" / "cache.json").write_text(json.dumps(cache), "utf-8")
    (tmp_path / "event.json").write_text(json.dumps(event), "utf-8")
    files = {"GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    files["GITHUB_OUTPUT"] = str(tmp_path / "output")
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", LOOK["run"]],
        cwd=tmp_path, env={"PATH": os.environ["PATH"], **files},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = (tmp_path / "output").read_text("utf-8") if said else ""
    assert (said in done.stdout, told) == (True, "read=true\n" if said else "")
    assert bool(done.stdout) is (tmp_path / "output").exists() is bool(said)


def test_where_it_ends_nothing_later_runs() -> None:
    after = STEPS[STEPS.index(LOOK) + 1 :]
    assert [step for step in after if "steps.look.outputs.read != 'true'" not in step["if"]] == []
    assert any("pip" in step.get("run", "") for step in after)
