"""`ima doctor` on the embedded tracker, and on a GitLab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automation.workspace.files import shipped_folder
from tests.counterparts import statuspage
from tests.counterparts.gitlab import GitLabServer
from tests.counterparts.gitlab_tests.asking import ask
from tests.counterparts.statusio import ID, KEY, StatusIo
from tests.counterparts.statusio_page import PAGE
from tests.leaks import secret

from .conftest import POLICY, Ima

SWITCHES = [
    *("issues_events", "confidential_issues_events", "note_events"),
    *("confidential_note_events", "merge_requests_events"),
]
PEOPLE = "roles: {eoc: {on_call: erin}, imoc: {on_call: ian}, cmoc: {on_call: cara}, security: {on_call: sam}}"  # fmt: skip  # noqa: E501
PEOPLE += '\nroom: ""'


def verdicts(found: Any) -> dict[str, str]:
    return {line["about"]: line["verdict"] for line in found["checks"]}


def test_the_embedded_tracker(ima: Ima) -> None:
    done = ima("doctor")
    assert done.code == 0
    assert done.out.splitlines() == [
        "✓ policy     the policy, labels and templates are valid",
        "✓ on call    eoc @erin, imoc @ian, cmoc @cara, security @sam",
        "✓ labels     as in labels.yml",
        "✓ dashboard  none yet; the first incident makes it",
        "✓ heartbeat  no run has given a sign of life on the dashboard yet",
        "",
        "All 5 are in order.",
    ]


def test_an_incident_that_no_pass_has_seen(ima: Ima) -> None:
    from automation.model.issue import Draft

    ima.session.tracker.open(Draft("API down", labels=("Incident",)))
    ima.after(120)
    done = ima("doctor")
    assert done.code == 3
    assert "! dashboard  there is no dashboard, but #1\n" in done.out
    assert "1 to do; 4 in order." in done.out
    ima("apply")
    assert ima("doctor").code == 0


def test_a_tracker_that_ends_with_the_job(ima: Ima) -> None:
    done = with_environment(ima, CI="true")("doctor")
    assert done.code == 3
    assert "! tracker    it is a file of this job and ends with it" in done.out


def test_a_policy_with_mistakes(ima: Ima) -> None:
    ima.policy("version: 1\nroon: x\n")
    done = ima("doctor --format json")
    assert done.code == 3
    assert verdicts(done.json) == {"policy": "todo"}
    assert not done.json["complete"]


def test_templates_with_mistakes(ima: Ima) -> None:
    (ima.folder / "templates").mkdir()
    (ima.folder / "templates" / "card.md.j2").write_text("{{ crad }}")
    done = ima("doctor")
    assert done.code == 3
    assert "! policy     templates/card.md.j2:1: 'crad' is undefined" in done.out


# GitLab


@pytest.fixture
def server() -> Iterator[GitLabServer]:
    project = {
        "id": 17,
        "members": {"ima": "reporter", "rita": "maintainer", "erin": "developer"}
        | dict.fromkeys(("ian", "cara", "sam"), "developer"),
        "hooks": [
            {
                "url": "URL/api/v4/projects/17/ref/main/trigger/pipeline?token={token}",
                **dict.fromkeys(SWITCHES, True),
            }
        ],
        "schedules": [
            {
                "cron": "*/15 * * * *",
                "ref": "main",
                "owner": {"username": "rita", "state": "active"},
            }
        ],
        "variables": {
            "IMA_GITLAB_TOKEN": {"value": "t-ima", "masked": True, "protected": True},
            "IMA_PACKAGE": "ima",
        },
        "trigger_tokens": ["secret"],
        "ci_file": (shipped_folder() / "templates" / "ci" / "gitlab.yml").read_text("utf-8"),
        "settings": {"ci_pipeline_variables_minimum_override_role": "maintainer"},
        "files": {"ima.lock": "x"},
        "runners": [{"id": 1, "status": "online", "paused": False, "tag_list": ["linux"]}],
    }
    tokens = {
        "t-ima": {"user": "ima", "expires_at": "2027-01-01"},
        "t-rita": {"user": "rita", "scopes": ["read_api"]},
    }
    with GitLabServer({"tokens": tokens, "projects": {"acme/production": project}}) as running:
        hook = running.world.projects[17].hooks[0]
        hook.url = hook.url.replace("URL", running.url)
        yield running


@pytest.fixture
def gitlab(ima: Ima, server: GitLabServer) -> Ima:
    tracker = f"tracker: {{kind: gitlab, project: acme/production, url: {server.url}}}"
    text = f"version: 1\n{tracker}\n{PEOPLE}\nsince: 2026-03-02T00:00:00Z\n"
    ima.policy(text)
    server.world.project().files["policy.yml"] = text
    server.clock = lambda: ima.now
    with_environment(ima)("labels sync")
    return ima


def with_environment(ima: Ima, **environment: str) -> Ima:
    token = {"IMA_GITLAB_TOKEN": "t-ima", "IMA_KEY": secret("the-key-that-signs-all-that-is-kept")}
    ima.session = replace(ima.fresh(), environment=token | environment)
    return ima


def test_what_a_reporter_sees(gitlab: Ima, server: GitLabServer) -> None:
    server.forget()
    done = gitlab("doctor --format json")
    assert done.code == 0, done.out
    assert verdicts(done.json) == {
        **dict.fromkeys(
            "policy cache account token scopes project role tier pager chat room".split(), "ok"
        ),
        **dict.fromkeys(
            (
                "on call",
                "jobs",
                "waiting jobs",
                "cache of jobs",
                "labels",
                "dashboard",
                "heartbeat",
                "memory",
                "people",
                "pipeline variables",
                "GitLab's incidents",
                "merge requests",
                "hashes",
            ),
            "ok",
        ),
        **dict.fromkeys(
            ("variables", "package", "schedule", "trigger token", "webhook", "who may run"),
            "unseen",
        ),
    }
    assert server.writes() == []
    assert server.violations == []


def test_what_a_maintainers_token_sees_besides(gitlab: Ima, server: GitLabServer) -> None:
    done = with_environment(gitlab, IMA_DOCTOR_TOKEN="t-rita")("doctor")
    assert done.code == 0, done.out
    assert "✓ account             @ima, no bot account" in done.out
    assert "All 32 are in order." in done.out
    assert "t-ima" not in done.out + done.err
    assert {each.user for each in server.requests("GET", "/hooks")} == {"rita"}


def test_green_and_dead_on_gitlab(gitlab: Ima, server: GitLabServer) -> None:
    project = server.world.project()
    project.files["policy.yml"] = "version: 1\n"
    project.runners[0]["paused"] = True
    project.ci_file = project.ci_file.replace('IMA_SITE: ""', "IMA_SITE: Acme")
    failed = {"source": "trigger", "status": "failed", "web_url": "https://x.example/7"}
    project.pipelines.append(failed | {"created_at": "2026-03-02T11:45:00Z"})
    done = with_environment(gitlab, IMA_DOCTOR_TOKEN="t-rita")("doctor --format json").json
    said = {line["about"]: line["said"] for line in done["checks"] if line["verdict"] == "todo"}
    assert list(said) == ["policy", "runners", "pages", "last event"]
    assert "another one than here" in said["policy"]
    assert (done["begin_with"], done["not_yet"]) == (
        "policy", ["keeping issues by itself", "telling users"]
    )  # fmt: skip
    project.runners[0]["paused"] = False
    project.ci_file = f"default:\n  tags: [linux, arm]\n{project.ci_file}"
    project.pages = None
    del project.files["policy.yml"]
    done = with_environment(gitlab, IMA_DOCTOR_TOKEN="t-rita")("doctor --format json").json
    said = {line["about"]: line["said"] for line in done["checks"] if line["verdict"] == "todo"}
    assert said["policy"].startswith("there is no policy.yml on the default branch")
    assert said["runners"].startswith("none with the tags linux, arm is online")
    assert said["pages"] == "IMA_SITE is set, but Pages is off"


def test_sweeps_by_another_policy_and_a_clock_that_is_off(
    gitlab: Ima, server: GitLabServer
) -> None:
    server.people.open("erin", "API down", labels=["Incident", "S1"])
    with_environment(gitlab, CI="true")("apply")
    text = (gitlab.folder / "policy.yml").read_text("utf-8")
    text = text.replace("2026-03-02T00:00:00Z", "2026-04-01T00:00:00Z")
    gitlab.policy(text)
    server.world.project().files["policy.yml"] = text
    gitlab.after(3)
    server.clock = lambda: gitlab.now - timedelta(minutes=3)
    done = with_environment(gitlab)("doctor --format json").json
    said = {line["about"]: line["said"] for line in done["checks"] if line["verdict"] == "todo"}
    assert said["since"].startswith("2026-04-01 00:00 UTC lies ahead")
    assert "2026-03-02 12:00 UTC the sweeps go by" in said["policy"]
    assert said["clock"].startswith("this machine is 3 min ahead of the tracker")


def test_incidents_that_gitlab_made_are_not_ours(gitlab: Ima, server: GitLabServer) -> None:
    server.people.alert("Too many errors")
    done = gitlab("doctor")
    assert done.code == 3
    assert "! GitLab's incidents  1 open of its type have no label Incident" in done.out
    tracker = f"{{kind: gitlab, project: acme/production, url: {server.url}, adopt: [type]}}"
    gitlab.policy(f"version: 1\ntracker: {tracker}\n{PEOPLE}\nsince: 2026-03-02T00:00:00Z\n")
    assert (
        "✓ GitLab's incidents  each of its type is taken in"
        in with_environment(gitlab)("doctor").out
    )


def test_what_a_job_installs_is_checked_by_hash(gitlab: Ima, server: GitLabServer) -> None:
    assert "✓ hashes              of what a job installs: ima.lock" in gitlab("doctor").out
    server.world.project().files.clear()
    done = with_environment(gitlab)("doctor")
    assert done.code == 3
    assert "! hashes              there is no ima.lock: a job installs what it is given" in done.out
    file = server.world.project().ci_file.replace("python:3.11 ", "registry.test/ima:1 ")
    server.world.project().ci_file = file
    assert "hashes" not in with_environment(gitlab)("doctor").out, "an image has all that ima needs"


def test_a_tag_that_is_called_like_the_default_branch(gitlab: Ima, server: GitLabServer) -> None:
    server.world.project().tags.append("main")
    done = gitlab("doctor")
    assert done.code == 3
    assert "! tags                one is called main, like the default branch" in done.out


def test_a_planner_opens_no_incidents(gitlab: Ima, server: GitLabServer) -> None:
    server.people.role("ima", "planner")
    assert verdicts(gitlab("doctor --format json").json)["role"] == "ok"
    tracker = f"{{kind: gitlab, project: acme/production, url: {server.url}, issue_type: incident}}"
    gitlab.policy(f"version: 1\ntracker: {tracker}\n{PEOPLE}\nsince: 2026-03-02T00:00:00Z\n")
    assert "! role                Planner: without a word" in with_environment(gitlab)("doctor").out


def test_a_trigger_token_whose_owner_may_not_run_it(gitlab: Ima, server: GitLabServer) -> None:
    server.world.project().trigger_tokens = {"secret": "erin"}
    answer = ask(server.url, "POST", "/projects/17/ref/main/trigger/pipeline?token=secret", {})
    assert answer.status == 400
    done = with_environment(gitlab, IMA_DOCTOR_TOKEN="t-rita")("doctor")
    assert "! who may run         @erin is Developer" in done.out


def test_the_project_is_asked_for_nothing_by_a_wrong_token(
    gitlab: Ima, server: GitLabServer
) -> None:
    server.forget()
    done = with_environment(gitlab, IMA_GITLAB_TOKEN="nope")("doctor")
    assert done.code == 3
    assert "401 Unauthorized" in done.out
    assert len(server.log) == 1


def test_without_a_token(gitlab: Ima) -> None:
    done = with_environment(gitlab, IMA_GITLAB_TOKEN="")("doctor")
    assert done.code == 3
    assert "! token    gitlab: there is no token\n" in done.out


def test_a_stranger(gitlab: Ima, server: GitLabServer) -> None:
    server.people.role("ima", None)
    done = gitlab("doctor")
    assert done.code == 3
    assert "! project  there is no acme/production, or this account may not see it" in done.out


@pytest.mark.parametrize("path", ["/hooks", "/labels", "/pipeline_schedules", "/user"])
def test_what_does_not_answer_is_a_line(gitlab: Ima, server: GitLabServer, path: str) -> None:
    server.fail("GET", path, how=502, times=9)
    done = with_environment(gitlab, IMA_DOCTOR_TOKEN="t-rita")("doctor")
    assert done.code == 1
    assert done.err == ""
    assert "✗ " in done.out
    assert "502 Bad Gateway" in done.out


@pytest.mark.parametrize(("text", "verdict"), [("{", "todo"), ("[]", "todo"), ("{}", "ok")])
def test_a_cache(gitlab: Ima, text: str, verdict: str) -> None:
    (gitlab.folder / ".ima").mkdir(exist_ok=True)
    (gitlab.folder / ".ima" / "cache.json").write_text(text)
    assert verdicts(gitlab("doctor --format json").json)["cache"] == verdict


def test_a_token_that_only_reads_is_enough_to_plan(gitlab: Ima, server: GitLabServer) -> None:
    server.people.open("erin", "API down", labels=["Incident", "S1"])
    server.forget()
    with_environment(gitlab, IMA_GITLAB_TOKEN="t-rita")
    assert "+ call @ian as IMOC" in gitlab("plan").out
    assert server.writes() == []
    assert verdicts(gitlab("doctor --format json").json)["scopes"] == "ok"
    with_environment(gitlab, IMA_GITLAB_TOKEN="t-rita", CI="true")
    assert verdicts(gitlab("doctor --format json").json)["scopes"] == "todo"


def test_who_looks_with_a_token_that_only_reads_is_told_at_last_that_all_is_in_order(
    gitlab: Ima, server: GitLabServer
) -> None:
    variables = server.world.project().variables
    mine = {"IMA_GITLAB_TOKEN": "t-rita", "IMA_KEY": ""}
    done = with_environment(gitlab, **mine)("doctor")
    assert "! memory              what IMA remembers is not signed" in done.out
    key = {"key": "IMA_KEY", "variable_type": "env_var", "value": "x", "masked": False}
    variables.append(key)
    done = with_environment(gitlab, **mine)("doctor")
    assert (
        "! variables           IMA_KEY is not masked: a log may show it; IMA_KEY is not" in done.out
    )
    assert "✓ memory              the jobs have IMA_KEY" in done.out
    key |= {"protected": True, "masked": True}
    done = with_environment(gitlab, **mine)("doctor")
    assert done.code == 0, done.out
    assert "All 32 are in order." in done.out


def test_a_room_that_is_an_example_is_told(gitlab: Ima) -> None:
    text = (gitlab.folder / "policy.yml").read_text("utf-8")
    gitlab.policy(text.replace('room: ""', ""))
    done = with_environment(gitlab)("doctor")
    assert re.search(r"! room  +https://meet.example/situation-room is an example", done.out)


def test_of_several_things_to_do_it_ends_with_where_to_begin(
    gitlab: Ima, server: GitLabServer
) -> None:
    project = server.world.project()
    project.labels.clear()
    project.titles.clear()
    project.schedules.clear()
    done = with_environment(gitlab, IMA_GITLAB_TOKEN="t-rita")("doctor")
    assert "its job `labels` makes them" in done.out
    assert done.out.splitlines()[-1] == (
        "Begin with schedule: add one, every 15 minutes: Build > Pipeline schedules"
    )


# status.io


def test_statusio_is_really_asked(ima: Ima) -> None:
    with StatusIo().serve(paced=False) as server:
        keys = {f"IMA_STATUSIO_{n}": v for n, v in (("ID", ID), ("KEY", KEY), ("URL", server.url))}
        page = f"status_page: {{kind: status.io, page: {PAGE}, host: status.acme.example}}"
        ima.policy(f"{POLICY}{page}\nservices: {{web: {{}}, api: {{component: Apy}}}}\n")
        done = with_environment(ima, **keys)("doctor")
        assert "! status page  the page has no component “Apy”\n" in done.out
        assert (
            "set `services.api.component` to one that it has: Web, API, Git, Pages, Registry"
            in done.out
        )
        ima.policy(f"{POLICY}{page}\n")
        assert ima("labels sync").code == 0
        done = with_environment(ima, **keys)("doctor")
        assert done.code == 0
        assert "✓ status page  it has the component of each of the 5 services\n" in done.out
        done = with_environment(ima, **keys | {"IMA_STATUSIO_KEY": "nobodys-key"})("doctor")
        assert done.code == 1
        assert "✗ status page  status.io: asking for the page's components failed: 401" in done.out
        assert "nobodys-key" not in done.out + done.err
        assert server.errors == []


def test_statuspage_is_really_asked(ima: Ima) -> None:
    with statuspage.Statuspage().serve(paced=False) as server:
        keys = {"IMA_STATUSPAGE_KEY": statuspage.KEY, "IMA_STATUSPAGE_URL": server.url}
        page = f"status_page: {{kind: statuspage, page: {statuspage.PAGE}}}"
        ima.policy(f"{POLICY}{page}\nservices: {{web: {{}}, api: {{component: Apy}}}}\n")
        done = with_environment(ima, **keys)("doctor")
        assert "! status page  the page has no component “Apy”\n" in done.out
        ima.policy(f"{POLICY}{page}\n")
        assert ima("labels sync").code == 0
        done = with_environment(ima, **keys)("doctor")
        assert "✓ status page  it has the component of each of the 5 services\n" in done.out
        done = with_environment(ima, **keys | {"IMA_STATUSPAGE_KEY": "nobodys-key"})("doctor")
        assert "✗ status page  statuspage: asking for the page's components failed: 401" in done.out
        assert "nobodys-key" not in done.out + done.err
        assert server.errors == []


def test_statusio_without_its_key(ima: Ima) -> None:
    ima.policy(f"{POLICY}status_page: {{kind: status.io, page: {PAGE}}}\n")
    done = with_environment(ima, IMA_STATUSIO_ID=ID)("doctor")
    assert done.code == 1
    assert "✗ status page  status.io: IMA_STATUSIO_KEY is not set\n" in done.out


def test_statusio_links_to_what_the_public_may_not_see(gitlab: Ima) -> None:
    """The project of the counterpart is private."""
    policy = (gitlab.folder / "policy.yml").read_text()
    told = {}
    for link in ("true", "false"):
        page = f"status_page: {{kind: status.io, page: {PAGE}, host: s.example, link: {link}}}"
        gitlab.policy(f"{policy}{page}\n")
        with StatusIo().serve(paced=False) as server:
            keys = {"IMA_STATUSIO_ID": ID, "IMA_STATUSIO_KEY": KEY, "IMA_STATUSIO_URL": server.url}
            told[link] = with_environment(gitlab, **keys)("doctor").out
    assert "! status page links" in told["true"]
    assert "set `status_page: {link: false}`" in told["true"]
    assert "status page links" not in told["false"]
