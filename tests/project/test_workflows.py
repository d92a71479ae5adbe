"""The workflows of GitHub, read: what their text must and must not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from automation.doctor.github_actions import NODE_24

ROOT = Path(__file__).parents[2]
OWN, SHIPPED = ROOT / ".github/workflows/ima.yml", ROOT / "templates/ci/github.yml"
ACTION = ROOT / "action.yml"
RELEASE = ROOT / ".github/workflows/release.yml"
FILES = [OWN, SHIPPED, ROOT / ".github/workflows/test.yml", RELEASE, ACTION]
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
OF_RELEASES = {  # as NODE_24, of what no workflow of a process uses
    "actions/download-artifact": 7,
    "actions/upload-artifact": 6,
    "pypa/gh-action-pypi-publish": 1,  # a container
}
WRITERS = {"pass", "labels"}
PREVIEW = {"group": "ima-preview-${{ github.event.number }}", "cancel-in-progress": "true"}
PAGES = {"group": "pages", "cancel-in-progress": "false"}  # one deployment after the other
TOLD = [ROOT / "templates/ci/github-setup.md", ROOT / "docs/github.md"]


def read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), yaml.BaseLoader)  # `on` is a word, not a truth


def steps(path: Path) -> Iterator[dict[str, Any]]:
    found = read(path)
    for job in found.get("jobs", {"": found.get("runs")}).values():
        yield from job["steps"]


def body(path: Path) -> str:
    """All but the first lines, which say what it is, and what is to be installed."""
    text = path.read_text("utf-8").partition("name: ima\n")[2]
    return re.sub(r"^env:\n.*?\n\n", "", text, flags=re.DOTALL | re.MULTILINE)


def test_this_repository_uses_the_workflow_that_is_shipped() -> None:
    assert body(OWN) == body(SHIPPED)
    assert read(OWN)["env"]["IMA_PACKAGE"] == "."
    assert read(SHIPPED)["env"]["IMA_PACKAGE"] == "${{ vars.IMA_PACKAGE }}"


@each_file
def test_no_text_of_people_reaches_a_shell(path: Path) -> None:
    lines = [step["run"] for step in steps(path) if "run" in step]
    assert lines
    assert not [line for line in lines if "${{" in line]


@each_file
def test_what_others_have_written_is_pinned_by_commit(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each) for each in used)
    named = re.findall(r"@[0-9a-f]{40}(.*)", path.read_text("utf-8"))
    assert all(re.fullmatch(r"  # v[\d.]+", each) for each in named), "the comment says which"
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": "false"}


@pytest.mark.parametrize("path", [*FILES, *TOLD], ids=lambda path: path.name)
def test_no_action_is_of_the_time_before_the_node_that_github_runs(path: Path) -> None:
    used = re.findall(r"uses: ([\w-]+/[\w-]+)\S*@[0-9a-f]{40}  # v(\d+)", path.read_text("utf-8"))
    first = NODE_24 | OF_RELEASES
    assert used
    assert [name for name, major in used if int(major) < first[name]] == []


def test_one_commit_of_each_action_is_used_everywhere() -> None:
    text = "".join(path.read_text("utf-8") for path in [*FILES, *TOLD])
    used = set(re.findall(r"uses: ([\w-]+/[\w-]+)\S*@([0-9a-f]{40}  # v[\d.]+)", text))
    assert len(used) == len({name for name, _ in used})


def test_each_job_may_do_what_it_needs_and_no_more() -> None:
    found = read(SHIPPED)
    assert found["permissions"] == {}
    rights = {name: job["permissions"] for name, job in found["jobs"].items()}
    assert rights == {
        "pass": {"contents": "read", "issues": "write"},
        "check": {"contents": "read"},
        "preview": {
            "contents": "read",
            "issues": "read",
            "pull-requests": "write",
            "statuses": "write",
        },
        "labels": {"contents": "read", "issues": "write"},
        "site": {"contents": "read", "issues": "read", "pages": "read"},
        "pages": {"id-token": "write", "pages": "write"},
    }
    assert "secrets." not in str(found["jobs"]["check"])
    assert "github.token" not in str(found["jobs"]["check"])


def test_the_pass_and_nothing_else_gets_the_secrets_of_the_services() -> None:
    source = "".join(p.read_text("utf-8") for p in (ROOT / "automation/services").rglob("*.py"))
    wanted = set(re.findall(r"\bIMA_(?!\w+_URL)\w+", source))
    wanted -= {"IMA_GITLAB_TOKEN"}  # of the tracker: GitLab is the pager only beside its incidents
    assert "IMA_PAGERDUTY_TOKEN" in wanted
    (step,) = (s for s in steps(SHIPPED) if s.get("name") == "Plan and do it")
    given = {name: f"${{{{ secrets.{name} }}}}" for name in wanted}
    assert given.items() <= step["env"].items()
    text = SHIPPED.read_text("utf-8")
    assert all(text.count(f"secrets.{name} ") == 1 for name in wanted)
    for page in ("github-setup.md", "gitlab-setup.md"):
        told = (ROOT / "templates/ci" / page).read_text("utf-8")
        assert [name for name in wanted if f"`{name}`" not in told] == []


def test_every_job_gets_its_token_in_one_way() -> None:
    """A job with another account than the pass would take its cards for somebody else's."""
    jobs = read(SHIPPED)["jobs"]
    ways = set()
    for job in jobs.values():
        asking = [step for step in job["steps"] if "IMA_GITHUB_TOKEN" in step.get("env", {})]
        made = [step for step in job["steps"] if "create-github-app-token" in str(step)]
        assert len(made) == bool(asking)
        for app, step in product(made, asking):
            rights = {name for name in app["with"] if name.startswith("permission-")}
            assert "permission-issues" in rights, "the least that it needs"
            account = {k: v for k, v in app["with"].items() if k not in rights}
            asked = app["if"].removesuffix(" && steps.look.outputs.read != 'true'")  # for nothing
            way = str(app | {"if": asked, "with": account})
            ways.add((way, step["env"]["IMA_GITHUB_TOKEN"]))
    ((made_by, token),) = ways
    assert token == "${{ steps.app.outputs.token || secrets.IMA_GITHUB_TOKEN }}"
    assert all(word in made_by for word in ("'owner'", "'repositories'", "'if': 'vars.IMA_APP"))


def test_jobs_that_write_wait_for_each_other_and_none_is_dropped() -> None:
    jobs = read(SHIPPED)["jobs"]
    for name, job in jobs.items():
        wanted = {"group": "ima", "queue": "max"} if name in WRITERS else None
        wanted = {"pages": PAGES, "preview": PREVIEW}.get(name, wanted)
        assert job.get("concurrency") == wanted
        assert job["timeout-minutes"] == "15"
    assert {n for n, job in jobs.items() if "issues: write" in yaml.dump(job)} == WRITERS


@pytest.mark.parametrize("path", [SHIPPED, ACTION], ids=lambda path: path.name)
def test_the_cache_is_kept_under_a_new_name_also_when_the_pass_fails(path: Path) -> None:
    caches = (step for step in steps(path) if step.get("uses", "").startswith("actions/cache/"))
    found = [step for step in caches if "past.json" not in step["with"]["path"]]
    (restored,) = (step for step in found if "/restore@" in step["uses"])
    (saved,) = (step for step in found if "/save@" in step["uses"])
    assert "always()" in saved["if"]
    assert saved["with"].items() <= restored["with"].items()
    assert "github.run_id" in saved["with"]["key"]
    assert saved["with"]["key"].startswith(restored["with"]["restore-keys"])
    assert saved["with"]["path"].split() == [".ima/cache.json", ".ima/failures.json"]


def test_no_job_of_a_pull_request_has_the_cache_of_a_pass() -> None:
    """The preview, which runs nothing of what is proposed, keeps what it has read of the past."""
    jobs = read(SHIPPED)["jobs"]
    kept = {name for name, job in jobs.items() if "actions/cache/" in yaml.dump(job)}
    assert kept == {"pass", "preview"}
    found = [s for s in jobs["preview"]["steps"] if "actions/cache/" in s.get("uses", "")]
    assert [step["with"]["path"] for step in found] == [".ima/past.json"] * 2
    passes = next(s for s in jobs["pass"]["steps"] if "actions/cache/" in s.get("uses", ""))
    assert not found[0]["with"]["restore-keys"].startswith(passes["with"]["restore-keys"])
    assert "pull_request" in jobs["pass"]["if"].partition("github.event_name")[0], "it is left out"
    assert "workflow_run" not in SHIPPED.read_text("utf-8")


def test_what_a_pull_request_proposes_is_never_run_where_there_is_a_token() -> None:
    """`pull_request_target` starts one job, of the default branch, which checks out nothing else
    and puts nothing of the pull request into a shell."""
    jobs = read(SHIPPED)["jobs"]
    asked = {name for name, job in jobs.items() if "_target'" in str(job.get("if"))}
    assert asked == {"preview"}
    assert "pull_request_target" in jobs["pass"]["if"].partition("github.event_name")[0]
    for name in set(jobs) - {"pass", "preview"}:
        assert "pull_request_target" not in yaml.dump(jobs[name])
    job = jobs["preview"]
    branch = "github.event.pull_request.base.ref == github.event.repository.default_branch"
    assert branch in " ".join(job["if"].split())
    (checkout,) = (step for step in job["steps"] if "actions/checkout@" in step.get("uses", ""))
    assert checkout["with"] == {"persist-credentials": "false"}, "what it is started by, no ref"
    assert "${{" not in "".join(step.get("run", "") for step in job["steps"])
    names = {"GITHUB_TOKEN", "IMA_GITHUB_TOKEN", "IMA_KEY", "IMA_KEY_OLD"}
    (env,) = (step["env"] for step in job["steps"] if "env" in step)
    assert set(env) == names


def test_a_tag_named_like_the_default_branch_is_not_it() -> None:
    asked = re.findall(r"github\.ref\w*[^\n]*default_branch", SHIPPED.read_text("utf-8"))
    branch = "github.ref == format('refs/heads/{0}', github.event.repository.default_branch"
    assert asked == [branch, branch]


def test_the_schedule_keeps_clear_of_the_full_hour() -> None:
    from automation.times.cron import cron_rhythm

    (row,) = read(SHIPPED)["on"]["schedule"]
    found = cron_rhythm(row["cron"])
    assert found
    assert found.longest == 15
    assert not row["cron"].startswith(("*", "0"))


def test_the_action_says_its_shells_and_describes_its_inputs() -> None:
    found = read(ACTION)
    assert found["runs"]["using"] == "composite"
    assert all("shell" in step for step in found["runs"]["steps"] if "run" in step)
    assert all(each["description"] for each in found["inputs"].values())
    used = set(re.findall(r"inputs\.(\w+)", ACTION.read_text("utf-8")))
    assert used == set(found["inputs"])


def test_only_a_tag_is_published_by_a_job_that_runs_nothing_of_ours() -> None:
    jobs = read(RELEASE)["jobs"]
    able = [name for name, job in jobs.items() if "id-token" in job["permissions"]]
    assert able == ["publish"]
    publish = jobs["publish"]
    assert publish["if"] == "github.event_name == 'push' && github.ref_type == 'tag'"
    assert (publish["needs"], publish["environment"]) == ("build", "release")
    assert not [step for step in publish["steps"] if "run" in step]
    assert "secrets." not in RELEASE.read_text("utf-8")
