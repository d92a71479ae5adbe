"""What GitLab asks of who starts a pipeline, and what ours changes for others: `ima doctor`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from automation.doctor import (
    gitlab,
    gitlab_jobs,
    gitlab_pager,
    gitlab_pipeline,
    gitlab_rights,
    setup_check,
)
from automation.doctor.gitlab import GitLabAnswers
from automation.doctor.setup_check import Line, Refused
from automation.model.issue import Duty
from automation.workspace.files import shipped_folder
from tests import build

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
JOBS = (shipped_folder() / "templates" / "ci" / "gitlab.yml").read_text("utf-8")
RITA, ERIN, PAT = ({"id": n, "username": name} for n, name in enumerate(("rita", "erin", "pat"), 1))
MEMBERS = [{**RITA, "access_level": 40}, {**ERIN, "access_level": 30}]
HOST = "https://gitlab.test"


def main(merge: int = 40, push: int = 40) -> list[dict[str, Any]]:
    levels = {"merge_access_levels": [{"access_level": merge}]}
    return [{"name": "main", **levels, "push_access_levels": [{"access_level": push}]}]


def seen(**fields: Any) -> GitLabAnswers:
    project = {"default_branch": "main", "visibility": "private"}
    shown = {"user": {}, "project": project, "members": MEMBERS, "branches": main()}
    shown |= {"schedules": [{"active": True, "cron": "*/15 * * * *", "ref": "main", "owner": RITA}]}
    return GitLabAnswers(**shown | {"triggers": [{"owner": RITA}]} | fields)


def verdict(lines: Any) -> list[str]:
    return [line.verdict for line in lines]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        pytest.param({}, "ok", id="a maintainer"),
        pytest.param({"triggers": [{"owner": ERIN}]}, "todo", id="a developer's trigger token"),
        pytest.param(
            {"triggers": [{"owner": ERIN}], "branches": main(merge=30)}, "ok", id="may merge"
        ),
        pytest.param({"branches": main(merge=0, push=0)}, "todo", id="nobody may"),
        pytest.param({"triggers": [{"owner": PAT}]}, "todo", id="no member"),
        pytest.param({"branches": Refused(403)}, "unseen", id="branches that are not shown"),
        pytest.param({"triggers": Refused(403), "schedules": Refused(403)}, "unseen", id="blind"),
        pytest.param({"branches": []}, "ok", id="a branch without protection"),
    ],
)
def test_who_may_run_a_pipeline_on_the_protected_branch(fields: dict[str, Any], found: str) -> None:
    (line,) = gitlab_rights.runners(seen(**fields))
    assert line.verdict == found, line


def test_who_may_not_is_named() -> None:
    (line,) = gitlab_rights.runners(seen(triggers=[{"owner": ERIN}]))
    assert line.said == "@erin is Developer: GitLab starts no pipeline of theirs on main"
    assert "Maintainer" in line.remedy


@pytest.mark.parametrize(
    ("url", "premium", "cron", "found"),
    [
        ("https://gitlab.com", False, "*/15 * * * *", "todo"),
        ("https://gitlab.com", True, "*/15 * * * *", "ok"),
        ("https://gitlab.com", False, "7 * * * *", "ok"),
        (HOST, False, "*/15 * * * *", "ok"),
    ],
)
def test_a_schedule_on_gitlab_com_free_runs_hourly_at_most(
    url: str, premium: bool, cron: str, found: str
) -> None:
    paid = {"approvals_before_merge": 0} if premium else {}
    project = {"default_branch": "main", "visibility": "public", **paid}
    row = {"active": True, "cron": cron, "ref": "main", "owner": RITA}
    line = next(gitlab_pipeline.schedule(seen(project=project, schedules=[row]), url, NOW))
    assert line.verdict == found
    assert ("once an hour" in line.said) is (found == "todo")


def packaged(value: str) -> str:
    return JOBS.replace('IMA_PACKAGE: ""', f"IMA_PACKAGE: {value}")


@pytest.mark.parametrize(
    ("package", "other", "allowed", "found"),
    [
        pytest.param(f"git+{HOST}/tools/ima.git@v1", "private", [], "todo", id="no token in it"),
        pytest.param(f"git+{HOST}/tools/ima.git@v1", "public", [], "", id="public"),
        pytest.param(
            "git+https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.test/tools/ima.git", "internal", [],
            "todo", id="not on its list",
        ),
        pytest.param(
            "git+https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.test/tools/ima.git", "private",
            ["acme/production"], "ok", id="on its list",
        ),
        pytest.param("git+https://elsewhere.test/ima.git", "private", [], "", id="another host"),
        pytest.param("ima", "private", [], "", id="an index"),
    ],
)  # fmt: skip
def test_a_package_of_a_private_project_needs_the_job_token(
    package: str, other: str, allowed: list[str], found: str
) -> None:
    lint = {"valid": True, "merged_yaml": packaged(package)}
    rows = [{"path_with_namespace": path} for path in allowed]
    looked = seen(lint=lint, package={"visibility": other}, allowlist=rows)
    lines = list(gitlab_rights.package_source(looked, HOST, "acme/production"))
    assert verdict(lines) == [found] * bool(found), lines


@pytest.mark.parametrize(("visibility", "found"), [("private", "unseen"), ("public", "ok")])
def test_jobs_of_another_project_must_be_read_by_who_starts_them(
    visibility: str, found: str
) -> None:
    include = {"type": "file", "extra": {"project": "tools/ima"}}
    lint = {"valid": True, "merged_yaml": JOBS, "includes": [include]}
    lines = list(gitlab_rights.included(seen(lint=lint, included={"visibility": visibility})))
    assert verdict(lines) == [found]
    assert "tools/ima" in lines[0].said


def about(lines: Iterable[Line], name: str) -> Line:
    return next(line for line in lines if line.about == name)


def test_what_our_merge_request_pipeline_changes_for_theirs() -> None:
    theirs = "\n\ntests:\n  script: [make]\n\ndocs:\n  script: [make]\n  rules: [{when: always}]\n"
    lines = gitlab_jobs.jobs(seen(lint={"valid": True, "merged_yaml": JOBS + theirs}))
    line = about(lines, "merge requests")
    assert line.verdict == "todo"
    assert line.said.startswith("tests: not in the pipeline of a merge request")
    lines = gitlab_jobs.jobs(seen(lint={"valid": True, "merged_yaml": JOBS}))
    assert about(lines, "merge requests").verdict == "ok"


def test_a_stage_that_is_not_there_says_what_to_do() -> None:
    wrong = "sweep job: chosen stage test does not exist; available stages are .pre, build, .post"
    (line,) = gitlab_jobs.jobs(seen(lint={"valid": False, "errors": [wrong]}))
    assert line.remedy == "name `test` among the `stages:` of .gitlab-ci.yml: our jobs run in it"


@pytest.mark.parametrize(
    ("role", "paid", "wanted", "timeline", "links"),
    [
        (30, True, True, "what happens is told there, too", "the room and the document"),
        (20, True, True, "this is a Reporter's", "the room and the document"),
        (30, False, True, "what happens is told there, too", "they come with Premium"),
        (15, True, True, "this is a Planner's", "this is a Planner's"),
        (30, True, False, "`tracker: {timeline: false}`", ""),
    ],
)
def test_what_goes_on_gitlabs_incidents_is_said(
    role: int, paid: bool, wanted: bool, timeline: str, links: str
) -> None:
    tier = {"approvals_before_merge": 0} if paid else {}
    mine = {"permissions": {"project_access": {"access_level": role}, "group_access": None}}
    lines = {line.about: line for line in gitlab.record(seen(project=tier | mine), wanted)}
    assert {line.verdict for line in lines.values()} == {"ok"}
    assert timeline in lines["timeline"].said
    assert links in (lines["linked resources"].said if links else "")


@pytest.mark.parametrize(
    ("tracker", "schedules", "policies", "found"),
    [
        ("issue_type: incident", ["Engineers"], ["Page"], ["ok", "ok"]),
        ("adopt: [type]", ["Engineers"], ["Page"], ["ok", "ok"]),
        ("issue_type: issue", ["Engineers"], ["Page"], ["ok", "ok", "todo"]),
        ("issue_type: incident", [], [], ["todo", "todo"]),
    ],
)
def test_a_pager_of_gitlab_has_what_the_roles_name(
    tracker: str, schedules: list[str], policies: list[str], found: list[str]
) -> None:
    says = f"""
    tracker: {{kind: gitlab, project: acme/production, {tracker}}}
    pager: {{kind: gitlab}}
    roles: {{eoc: {{schedule: Engineers, escalation: Page}}, imoc: {{on_call: ian}},
             cmoc: {{on_call: cara}}, security: {{on_call: sam}}}}
    """
    policy = build.policy(says)
    lines = [*gitlab_pager.schedules(policy, schedules)]
    lines += gitlab_pager.escalations(policy, policies)
    assert verdict(lines) == found
    for level, said in ((20, ["todo"]), (30, [])):
        mine = {"permissions": {"project_access": {"access_level": level}, "group_access": None}}
        assert verdict(gitlab_pager.role(policy, seen(project=mine))) == said
        line = gitlab_pager.who_is_paged(policy, seen(project=mine), policies)
        works = policies and level == 30
        assert line.verdict == ("ok" if works else "todo")
        paged = "GitLab e-mails eoc by 'Page'; imoc, cmoc, security by comment only"
        nobody = "GitLab pages nobody: people are called by comment only"
        assert line.said == (paged if works else nobody)


def test_where_gitlab_pages_nobody_that_is_to_do() -> None:
    policy = build.policy("""
    tracker: {kind: gitlab, project: acme/production, issue_type: incident}
    pager: {kind: gitlab}
    roles: {eoc: {schedule: Engineers}, imoc: {schedule: Managers}, cmoc: {on_call: cara},
            security: {on_call: sam}}
    """)
    assert gitlab_pager.who_is_paged(policy, seen(), None).verdict == "todo"
    line = setup_check.on_call(policy, {"cmoc": Duty("cara"), "security": Duty("sam")})
    assert (line.said, "PagerDuty" in line.remedy) == ("nobody for eoc, imoc", False)
    assert "Engineers, Managers (Monitor > On-call schedules)" in line.remedy


def test_the_role_that_would_do_is_that_of_the_pager() -> None:
    owner = {"permissions": {"project_access": {"access_level": 50}, "group_access": None}}
    answers = seen(project=owner | {"path_with_namespace": "acme/production"})
    for developer, role in ((False, "Reporter"), (True, "Developer")):
        *_, line = gitlab.project(answers, "acme/production", developer=developer)
        assert line.said == f"Owner; {role} would do"


@pytest.mark.parametrize(
    ("named", "user", "accounts", "found"),
    [
        pytest.param("", {}, (), [], id="it names nobody"),
        pytest.param("rita", {}, (), ["todo"], id="a person of the policy"),
        pytest.param("Rita", {}, ("Rita",), ["todo"], id="whatever else the policy says"),
        pytest.param("ima", {"username": "bot_1", "bot": True}, (), ["todo"], id="no login"),
        pytest.param("bot_1", {"username": "Bot_1", "bot": True}, (), ["ok"], id="who asks"),
        pytest.param("ima", {"username": "mia"}, ("bot_1",), ["todo"], id="the policy knows"),
        pytest.param("ima", {"username": "mia"}, (), ["todo"], id="no member"),
        pytest.param("erin", {"username": "mia"}, (), ["ok"], id="a member"),
    ],
)
def test_whom_the_jobs_take_for_ima(
    named: str, user: dict[str, Any], accounts: tuple[str, ...], found: list[str]
) -> None:
    variables = [{"key": "IMA_KEY"}, {"key": "IMA_ACCOUNT", "value": named}]
    answers = seen(user=user, variables=variables)
    assert verdict(gitlab.named_account(answers, {"rita"}, accounts)) == found


@pytest.mark.parametrize("active", [True, False])
def test_a_schedule_whose_owner_is_blocked_needs_another_one(active: bool) -> None:
    row = {"active": active, "cron": "*/15 * * * *", "ref": "main"}
    row |= {"owner": {"username": "rita", "state": "blocked"}}
    line = next(gitlab_pipeline.schedule(seen(schedules=[row]), "https://gitlab.example", NOW))
    assert "@rita, who owns it, is blocked" in line.said
    assert ("take ownership, and activate it" in line.remedy) is not active


@pytest.mark.parametrize(
    ("jobs", "tags"),
    [
        pytest.param("sweep:\n  tags:\n  - docker\n  script: [ima]\n", ["docker"], id="its own"),
        pytest.param(
            "default:\n  tags:\n  - arm\nsweep:\n  script: []\n", ["arm"], id="of all jobs"
        ),
        pytest.param("default:\n  tags:\n  - arm\nsweep:\n  tags: []\n", [], id="none of its own"),
    ],
)
def test_the_tags_of_a_sweep_are_its_own_or_those_of_all_jobs(jobs: str, tags: list[str]) -> None:
    assert gitlab_jobs.sweep_tags(jobs) == tags
