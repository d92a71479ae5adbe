"""The pipelines, really run by gitlab-ci-local: what each trigger starts, and what it changes."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from automation.cli import invoke
from automation.workspace.session import Session
from tests.counterparts.gitlab.seeding import DEFAULT
from tests.github_ci import with_people
from tests.gitlab_ci import PROJECT, ROOT, TOKEN, GitLab, Pipelines, gitlab, missing
from tests.payloads import a_page, an_alert, single_alert

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
INCIDENT = {"labels": ["Incident", "S1"]}
PLAIN = DEFAULT["projects"]["acme/production"]
HERE = {"path_with_namespace": "acme/production"}
ELSEWHERE = {"path_with_namespace": "acme/elsewhere"}


@pytest.fixture(autouse=True)
def _runs_only_where_all_is_installed() -> None:
    if lacking := missing():
        reason = f"not run: needs {lacking}"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitLab]:
    """With the labels of the policy: they are made by a job of its own."""
    names = [row["name"] for row in yaml.safe_load((ROOT / "labels.yml").read_text())]
    seed = {**DEFAULT, "projects": {"acme/production": {**PLAIN, "labels": names}}}
    (tmp_path / "seed.yml").write_text(yaml.safe_dump(seed), encoding="utf-8")
    with gitlab("--seed", str(tmp_path / "seed.yml")) as running:
        yield running


def initialised(folder: Path, url: str = "http://127.0.0.1:9") -> Path:
    """What `ima init --forge gitlab` writes, with people and the address of a GitLab."""
    words = ["init", "--forge", "gitlab", "--project", "acme/production", str(folder)]
    assert invoke(words, Session(lambda: START, "rita", folder=Path())) == 0
    policy = folder / "policy.yml"
    lines = with_people(policy.read_text())
    policy.write_text(lines.replace("gitlab\n", f"gitlab\n  url: {url}\n", 1))
    return folder


@pytest.fixture
def pipelines(server: GitLab, tmp_path: Path) -> Pipelines:
    folder = initialised(tmp_path / "project", server.url)
    token = {"IMA_GITLAB_TOKEN": TOKEN, "IMA_PACKAGE": "ima==0.1.0"}
    return Pipelines(folder, tmp_path / "home", token)


SELECTED: dict[str, set[str]] = {
    "merge_request_event": {"check"},
    "schedule": {"sweep"},
    "trigger": {"event"},
    "chat": {"oncall", "incident"},
    "web": {"sweep", "labels"},
    "push": {"labels"},
    "api": set(),
}


def test_a_hook_of_a_merge_request_starts_its_preview_alone() -> None:
    """What is proposed is read as data; and no other job has it in its rules."""
    found = yaml.safe_load((ROOT / "templates" / "ci" / "gitlab.yml").read_text())
    rule = found["preview"]["rules"][0]["if"]
    asked, _, hook = rule.partition(" =~ ")
    assert asked == '$CI_PIPELINE_SOURCE == "trigger" && $TRIGGER_PAYLOAD'
    assert found["preview"]["rules"] == [{"if": rule}]
    assert found["event"]["rules"][0] == {"if": rule, "when": "never"}
    (line,) = found["preview"]["script"]
    assert line == 'ima $IMA_OPTIONS preview --event --post --days "$IMA_DAYS"'
    assert found["preview"]["extends"] == ".ima", "it has no cache of a pass, and holds none up"
    assert found["preview"]["cache"]["paths"] == [".ima/past.json"]
    assert found["preview"]["cache"]["key"] != found[".ima-writes"]["cache"]["key"]
    told = {"object_kind": "merge_request", "event_type": "merge_request"}
    user = {"user": {"id": 1, "username": "mallory"}, "project": HERE}
    assert _matches(hook, told | user)


@pytest.mark.parametrize("name", ["object_kind", "user"])
def test_no_label_of_an_alert_makes_a_hook_of_it(name: str) -> None:
    """Else whoever chooses a label of one alert keeps a group of them from its incident."""
    found = yaml.safe_load((ROOT / "templates" / "ci" / "gitlab.yml").read_text())
    hooks = [found["preview"]["rules"][0]["if"].partition(" =~ ")[2]]
    hooks += [found["variables"]["IMA_OURS"].replace("$IMA_ACCOUNT", "ima")]
    labels = {"event_type": "merge_request", "object_kind": "merge_request", "username": "ima"}
    alert = single_alert() | {"labels": labels | {name: "merge_request"}}
    for hook in hooks:
        assert not _matches(hook, an_alert(alert, commonLabels=labels, groupLabels=labels))


def _matches(rule: str, payload: dict[str, Any]) -> bool:
    return re.search(rule.strip("/"), json.dumps(payload, separators=(",", ":"))) is not None


def test_which_jobs_each_source_selects(tmp_path: Path) -> None:
    made = Pipelines(initialised(tmp_path / "p"), tmp_path / "home", {"IMA_GITLAB_TOKEN": "x"})
    assert {source: made.jobs(source) for source in SELECTED} == SELECTED


def test_without_a_token_a_push_starts_nothing(tmp_path: Path) -> None:
    made = Pipelines(initialised(tmp_path / "p"), tmp_path / "home")
    assert made.jobs("push") == set()
    assert made.jobs("trigger") == {"event"}, "a trigger that is refused disables the webhook"


def test_this_repository_includes_the_same_jobs(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    shutil.copytree(ROOT / "templates" / "ci", folder / "templates" / "ci")
    shutil.copy(ROOT / ".gitlab-ci.yml", folder)
    made = Pipelines(folder, tmp_path / "home", {"IMA_GITLAB_TOKEN": "x"})
    assert made.jobs("merge_request_event") == {"check", "test"}
    assert made.jobs("push") == {"labels", "test"}
    assert made.jobs("schedule") == {"sweep"}
    assert made.jobs("trigger") == {"event"}


WRITE = (".ima-writes", ".ima-pass")


def test_every_job_that_writes_waits_for_the_others_and_keeps_its_cache() -> None:
    text = (ROOT / "templates" / "ci" / "gitlab.yml").read_text()
    found = yaml.safe_load(text)
    writers = {name for name, job in found.items() if job.get("extends") in WRITE}
    assert writers == {"sweep", "event", "incident", "labels", ".ima-pass"}
    passes = {name for name, job in found.items() if job.get("extends") == ".ima-pass"}
    assert passes == {"sweep", "event"}
    told = found[".ima-pass"]
    assert told["artifacts"]["when"] == "always", "a red job most of all"
    assert told["artifacts"]["reports"]["junit"] == told["variables"]["IMA_REPORT"]
    shared = found[".ima-writes"]
    assert shared["resource_group"] == "ima"
    assert shared["cache"]["when"] == "always"
    assert found[".ima"]["interruptible"] is False
    assert found["workflow"] == {"auto_cancel": {"on_new_commit": "none"}}, "no rules: see above"
    assert "CHAT_INPUT" not in "".join(str(job.get("script")) for job in found.values())
    assert "TRIGGER_PAYLOAD" not in "".join(str(job.get("script")) for job in found.values())


def test_no_job_of_a_merge_request_has_the_cache_of_a_pass() -> None:
    found = yaml.safe_load((ROOT / "templates" / "ci" / "gitlab.yml").read_text())
    kept = {name for name, job in found.items() if isinstance(job, dict) and "cache" in job}
    assert kept == {".ima-writes", "preview"}, "it is started by the webhook, not by them"
    assert "unprotect" not in found["preview"]["cache"]
    assert "unprotect" not in found[".ima-writes"]["cache"]
    assert found["check"]["extends"] == ".ima"
    merge = "merge_request_event"
    asked = {n for n, job in found.items() if merge in str(dict(job or {}).get("rules"))}
    assert asked == {"check"}


def test_a_tag_named_like_the_default_branch_is_not_it() -> None:
    """GitLab gives a tag's pipeline no CI_COMMIT_BRANCH, whatever the tag is called."""
    found = yaml.safe_load((ROOT / "templates" / "ci" / "gitlab.yml").read_text())
    jobs = (job for job in found.values() if isinstance(job, dict))
    rules = [rule["if"] for job in jobs for rule in job.get("rules", ())]
    assert [rule for rule in rules if "CI_COMMIT_REF_NAME" in rule] == []
    for rule in rules:
        if '"schedule"' in rule:
            assert "$CI_COMMIT_TAG == null" in rule
        elif '"web"' in rule or "push" in rule:
            assert "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" in rule


def test_without_the_hashes_a_pass_goes_on_without_them(
    pipelines: Pipelines, server: GitLab
) -> None:
    (pipelines.folder / "ima.lock").unlink()
    pipelines.commit()
    assert pipelines.run("schedule")[0] == 0
    assert (pipelines.home / "pip").read_text() == "install --quiet ima==0.1.0\n"


def test_an_image_that_has_uv_installs_with_it(pipelines: Pipelines, server: GitLab) -> None:
    pipelines.program("uv", 'echo "$@" >>"$HOME/uv"')
    assert pipelines.run("schedule")[0] == 0
    assert (pipelines.home / "uv").read_text().splitlines() == [
        "pip install --quiet --require-hashes -r ima.lock",
        "pip install --quiet --no-deps --no-build-isolation ima==0.1.0",
    ]
    assert not (pipelines.home / "pip").exists()


# What they change


def test_the_labels_come_with_the_first_push(tmp_path: Path) -> None:
    with gitlab() as server:
        token = {"IMA_GITLAB_TOKEN": TOKEN, "IMA_PACKAGE": "."}
        made = Pipelines(initialised(tmp_path / "p", server.url), tmp_path / "home", token)
        assert made.run("push")[0] == 0
        names = {row["name"] for row in server("GET", f"{PROJECT}/labels?per_page=100")}
        assert {"Incident", "S1", "State::Investigating"} <= names
        assert server.writes() != []
        assert made.run("push")[0] == 0
        assert server.writes() == []


def test_by_hand_the_labels_come_before_the_sweep_that_sets_them(tmp_path: Path) -> None:
    with gitlab() as server:
        server.person("rita", "open", "API down", **INCIDENT)
        token = {"IMA_GITLAB_TOKEN": TOKEN, "IMA_PACKAGE": "."}
        made = Pipelines(initialised(tmp_path / "p", server.url), tmp_path / "home", token)
        assert made.run("web")[0] == 0
        colors = {r["name"]: r["color"] for r in server("GET", f"{PROJECT}/labels?per_page=100")}
        assert colors["State::Investigating"] == "#1f75cb", "as in labels.yml"
        assert "State::Investigating" in server.issues()[0]["labels"]


def test_the_schedule_sweeps_and_keeps_the_cache(pipelines: Pipelines, server: GitLab) -> None:
    server.person("rita", "open", "API down", **INCIDENT)
    server.person("rita", "open", "A wish")
    server.log()
    code, log = pipelines.run("schedule")
    assert code == 0, log
    first = server.issues()[0]
    assert [user["username"] for user in first["assignees"]] == ["erin"]
    assert "State::Investigating" in first["labels"]
    assert len(server.writes()) > 2
    for _ in range(2):  # our own writes have moved the issue; a minute may have passed meanwhile
        assert pipelines.run("schedule")[0] == 0
    server.log()
    assert pipelines.run("schedule")[0] == 0
    asked = server.log()
    assert [each for each in asked if each["method"] != "GET"] == []
    lists = [each for each in asked if each["path"].endswith("/issues")]
    assert any("updated_after" in each["query"] for each in lists), "the cache was restored"
    assert len(asked) <= 4 + 3, "a quiet sweep, and one issue read again: it moved 75 s ago or less"
    assert (pipelines.home / "pip").read_text().splitlines()[-2:] == [
        "install --quiet --require-hashes -r ima.lock",
        "install --quiet --no-deps --no-build-isolation ima==0.1.0",
    ]


def test_with_a_name_the_sweep_is_followed_by_the_status_site(
    pipelines: Pipelines, server: GitLab
) -> None:
    server.person("rita", "open", "API down", **INCIDENT)
    pipelines.variables |= {"IMA_SITE": "Acme status", "CI_PAGES_URL": "https://acme.example/s"}
    assert pipelines.jobs("schedule") == {"sweep", "pages"}
    code, log = pipelines.run("schedule")
    assert code == 0, log
    page = (pipelines.folder / "public" / "index.html").read_text("utf-8")
    assert "Acme status" in page
    assert "API down" not in page, "nobody has published it"


def payload_of(server: GitLab) -> str:
    """What GitLab would put into TRIGGER_PAYLOAD of the last pipeline that a hook has started."""
    last = server("GET", f"{PROJECT}/pipelines?source=trigger")[0]
    return json.dumps({**last["payload"], "id": "1", "ref": "main"})


def hooked(server: GitLab) -> None:
    url = f"{server.url}/api/v4/projects/1/ref/main/trigger/pipeline?token=secret"
    switches = ("issues_events", "note_events", "confidential_issues_events")
    server("POST", f"{PROJECT}/hooks", {"url": url, **dict.fromkeys(switches, True)})


def event(pipelines: Pipelines, payload: str) -> tuple[int, str]:
    return pipelines.run("trigger", TRIGGER_PAYLOAD={"type": "file", "values": {"*": payload}})


@pytest.mark.parametrize("kind", ["issue", pytest.param("incident", marks=pytest.mark.soak)])
def test_a_webhook_makes_a_pass_on_its_issue_and_on_all_that_waited(
    pipelines: Pipelines, server: GitLab, kind: str
) -> None:
    server.person("rita", "open", "Unheard of", **INCIDENT)
    hooked(server)
    server.person("rita", "open", "API down", **INCIDENT, issue_type=kind)
    server.log()
    code, log = event(pipelines, payload_of(server))
    assert code == 0, log
    assert [each["assignees"][0]["username"] for each in server.issues()[:2]] == ["erin", "erin"]


def test_a_comment_is_obeyed_and_our_own_events_end_with_one_line(
    pipelines: Pipelines, server: GitLab
) -> None:
    server.person("rita", "open", "API down", **INCIDENT)
    assert pipelines.run("schedule")[0] == 0
    hooked(server)
    server.person("ian", "comment", 1, "/ima state identified -- roll back")
    assert event(pipelines, payload_of(server))[0] == 0
    assert "State::Identified" in server.issues()[0]["labels"]
    ours = payload_of(server)
    assert json.loads(ours)["user"]["username"] == "ima"
    server.log()
    code, log = event(pipelines, ours)
    assert code == 0
    assert "ourselves: nothing to do" in log
    assert server.writes() == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(an_alert(single_alert()), id="Alertmanager"),
        pytest.param(a_page(), id="PagerDuty", marks=pytest.mark.soak),
    ],
)
def test_an_alert_opens_an_incident_once(
    pipelines: Pipelines, server: GitLab, body: dict[str, Any]
) -> None:
    payload = json.dumps({**body, "id": "1", "ref": "main"})
    code, log = event(pipelines, payload)
    assert code == 0, log
    assert "By a comment only: @erin (EOC)" in log
    assert event(pipelines, payload)[0] == 0, "monitoring tells it again"
    opened = [issue for issue in server.issues() if "Incident" in issue["labels"]]
    assert [issue["assignees"][0]["username"] for issue in opened] == ["erin"]


OTHERS: list[Any] = [
    {"object_kind": "issue", "object_attributes": {"iid": 1}, "project": ELSEWHERE},
    {"object_kind": "merge_request", "object_attributes": {"iid": 1}, "project": HERE},
    "$(touch pwned) `touch pwned`",
]


def test_what_is_none_of_ours_ends_green_with_one_line(
    pipelines: Pipelines, server: GitLab
) -> None:
    server.person("rita", "open", "API down", **INCIDENT)
    for payload in OTHERS:
        code, log = event(pipelines, json.dumps(payload))
        assert code == 0, log
        assert "concerns nothing of ours: nothing to do" in log
    assert server.log() == []
    assert not [*pipelines.folder.rglob("pwned"), *pipelines.home.rglob("pwned")]


def test_a_merge_request_is_checked_without_a_token(pipelines: Pipelines, server: GitLab) -> None:
    del pipelines.variables["IMA_GITLAB_TOKEN"]
    code, log = pipelines.run("merge_request_event")
    assert code == 0, log
    assert "templates are fine." in log
    with (pipelines.folder / "policy.yml").open("a") as file:
        file.write("roon: x\n")
    pipelines.commit()
    code, log = pipelines.run("merge_request_event")
    assert code != 0
    assert "did you mean 'room'?" in log
    assert server.log() == []


def test_chat_declares_and_no_shell_sees_the_line(pipelines: Pipelines, server: GitLab) -> None:
    line = 'declare "API down; $(touch pwned) `touch pwned`" --severity S1 && touch pwned | \'x'
    code, log = pipelines.run("chat", "incident", CHAT_INPUT=line, GITLAB_USER_LOGIN="mia")
    assert code == 0, log
    assert (
        server.issues()[0]["title"] == "API down; $(touch pwned) `touch pwned` && touch pwned | 'x"
    )
    assert server.issues()[0]["assignees"][0]["username"] == "erin"
    assert ":chat_reply" in log
    assert f"{server.url}/acme/production/-/issues/1" in log
    assert not [*pipelines.folder.rglob("pwned"), *pipelines.home.rglob("pwned")]


def test_chat_says_who_is_on_call_and_asks_nobody(pipelines: Pipelines, server: GitLab) -> None:
    code, log = pipelines.run("chat", "oncall", CHAT_INPUT="eoc")
    assert code == 0, log
    assert "Engineer On Call  @erin" in log
    assert server.log() == []


def test_a_pass_that_fails_is_red_and_keeps_its_cache(pipelines: Pipelines, server: GitLab) -> None:
    server.person("rita", "open", "API down", **INCIDENT)
    server("POST", "/_control/fail", {"method": "PUT", "path": "/issues/1", "how": 500, "times": 9})
    code, log = pipelines.run("schedule")
    assert code != 0
    assert "500 Internal Server Error" in log
    assert list((pipelines.folder / ".gitlab-ci-local" / "cache").rglob("cache.json"))
    server("POST", "/_control/clear", {})
    assert pipelines.run("schedule")[0] == 0
    assert server.issues()[0]["assignees"][0]["username"] == "erin"


def test_without_a_package_the_job_says_what_to_set(pipelines: Pipelines, server: GitLab) -> None:
    pipelines.variables["IMA_PACKAGE"] = ""
    code, log = pipelines.run("schedule")
    assert code != 0
    assert "set the variable IMA_PACKAGE to what pip shall install" in log
    assert server.log() == []


def test_no_log_shows_the_token(pipelines: Pipelines, server: GitLab) -> None:
    server.person("rita", "open", "API down", **INCIDENT)
    hooked(server)
    assert TOKEN not in pipelines.run("web")[1]
    pipelines.variables["IMA_GITLAB_TOKEN"] = "glpat-of-nobody"
    code, log = pipelines.run("schedule")
    assert code != 0
    assert "401 Unauthorized" in log
    assert "glpat-of-nobody" not in log


# As a component


@pytest.fixture
def component(server: GitLab, tmp_path: Path) -> Pipelines:
    """A project whose pipeline is the component of another project, in its version v1.2.0."""
    tools = tmp_path / "tools"
    for name in ("ci", "ima"):
        shutil.copytree(ROOT / "templates" / name, tools / "templates" / name)
    Pipelines(tools, tmp_path / "unused").tag("v1.2.0")
    folder = initialised(tmp_path / "project", server.url)
    asked = {"component": "$CI_SERVER_FQDN/tools/ima/ima@v1.2.0", "inputs": {"package": "ima==1"}}
    (folder / ".gitlab-ci.yml").write_text(yaml.safe_dump({"include": [asked]}), encoding="utf-8")
    made = Pipelines(folder, tmp_path / "home", {"IMA_GITLAB_TOKEN": TOKEN})
    hosts = ("git@gitlab.example:", "ssh://git@gitlab.example:22/")
    lines = [f"insteadOf = {host}tools/ima{end}" for host in hosts for end in ("", ".git")]
    there = "\n".join([f'[url "file://{tools}"]', *lines, ""])
    (made.home / ".gitconfig").write_text(there, encoding="utf-8")
    return made


def test_a_project_that_includes_the_component_has_its_jobs(
    component: Pipelines, server: GitLab
) -> None:
    server.person("rita", "open", "API down", **INCIDENT)
    code, log = component.run("schedule")
    assert code == 0, log
    assert server.issues()[0]["assignees"][0]["username"] == "erin"
    assert (component.home / "pip").read_text().splitlines() == [
        "install --quiet --require-hashes -r ima.lock",
        "install --quiet --no-deps --no-build-isolation ima==1",
    ]


def test_each_variable_of_the_jobs_is_an_input_of_the_component() -> None:
    text = (ROOT / "templates" / "ima" / "template.yml").read_text("utf-8")
    said, jobs = yaml.safe_load_all(text)
    inputs = said["spec"]["inputs"]
    included = yaml.safe_load((ROOT / jobs["include"][0]["local"]).read_text("utf-8"))
    variables = {name: value for name, value in included["variables"].items() if "OURS" not in name}
    assert {f"IMA_{name.upper()}": each["default"] for name, each in inputs.items()} == variables
    assert jobs["variables"] == {f"IMA_{name.upper()}": f"$[[ inputs.{name} ]]" for name in inputs}
