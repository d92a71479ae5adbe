"""What `ima doctor` makes of what it sees of GitHub: one line for each question."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from automation.doctor import github, github_actions, github_workflow, setup_check
from automation.doctor.github import SHARED, WORKFLOW, GitHubAnswers
from automation.doctor.setup_check import Line, Refused

case = pytest.param
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
PATH, SAFE = "acme/production", "acme/security"
TEXT = (Path(__file__).parents[2] / "templates/ci/github.yml").read_text("utf-8")
EXPIRY = "github-authentication-token-expiration"
REPOSITORY: dict[str, Any] = {
    "full_name": PATH,
    "private": True,
    "archived": False,
    "has_issues": True,
    "default_branch": "main",
    "pushed_at": "2026-03-01T10:00:00Z",
    "permissions": {"admin": False, "push": True, "triage": True, "pull": True},
}
OURS = {"path": WORKFLOW, "name": "ima", "state": "active"}
OTHER = {"path": ".github/workflows/test.yml", "name": "test", "state": "active"}
RUN = {"run_started_at": "2026-03-02T11:52:00Z", "status": "completed", "conclusion": "success"}
GOOD = GitHubAnswers(
    user={"login": "ima-acme", "type": "User"},
    login="ima-acme",
    headers={EXPIRY: "2027-01-01 12:00:00 UTC"},
    repository=REPOSITORY,
    private={"full_name": SAFE, "private": True, "has_issues": True},
    moving={"here": {"viewerPermission": "WRITE"}, "there": {"viewerPermission": "ADMIN"}},
    workflows=[OTHER, OURS],
    text=TEXT.replace("7-59/15", "7-59/30"),
    runs=[RUN],
    actions={"enabled": True, "allowed_actions": "all"},
    variables=["IMA_PACKAGE"],
    secrets=["IMA_GITHUB_TOKEN"],
)
FORBIDDEN = Refused(403)
DOWN = Refused(0, "timeout", "github: no answer in time", "run again")


def judged(answers: GitHubAnswers, safe: str = SAFE) -> list[Line]:
    return [
        *github.account(answers, {"erin"}, job=False),
        *github.token(answers, TODAY),
        *github.repository(answers, PATH),
        *github.private(answers, PATH, safe),
        *github_workflow.workflow(answers),
        *github_workflow.actions(answers),
        *github_actions.outdated(answers),
        *github_actions.unpinned(answers),
        *github_actions.package(answers, PATH),
        *github_workflow.schedule(answers, NOW),
        *github_workflow.settings(answers),
        *github_workflow.pages(answers),
    ]


def wrong(lines: Iterable[Line]) -> list[tuple[str, str]]:
    return [(line.about, line.verdict) for line in lines if line.verdict != "ok"]


def test_a_set_up_that_is_alive() -> None:
    lines = judged(GOOD)
    assert wrong(lines) == []
    assert [line.about for line in lines] == [
        "account", "token", "repository", "role", "security", "workflow", "actions", "schedule",
        "cost", "last sweep", "variables", "secrets",
    ]  # fmt: skip
    assert setup_check.exit_code(lines) == 0


def test_jobs_that_do_not_see_the_teams_on_call() -> None:
    asking = GOOD.text.replace("# permission-members", "permission-members")
    app = {"variables": ["IMA_PACKAGE", "IMA_APP_CLIENT_ID"], "secrets": ["IMA_APP_KEY"]}
    for more, teams, to_do in (
        (app, ["acme/oncall"], 1),
        (app | {"text": asking}, ["acme/oncall"], 0),
        (app, [], 0),
        ({"secrets": []}, ["acme/oncall"], 1),
        ({"secrets": ["IMA_GITHUB_TOKEN"]}, ["acme/oncall"], 0),
    ):
        lines = [*github_workflow.members(replace(GOOD, **more), teams)]
        assert wrong(lines) == [("teams", "todo")] * to_do


def repository(**changes: Any) -> dict[str, Any]:
    return {"repository": REPOSITORY | changes}


FROM_GIT = "git+https://github.com/acme/ima.git@v0.1.0"
BY_ACTION = "- cron: 7-59/30 * * * *\n- uses: acme/ima@" + "a" * 40
HIDDEN: dict[str, Any] = {"full_name": "acme/ima", "private": True}
TO_ALL, TO_NONE = ({"access_level": level} for level in ("organization", "none"))


def workflow(state: str) -> dict[str, Any]:
    return {"workflows": [OTHER, OURS | {"state": state}]}


def run(**changes: Any) -> dict[str, Any]:
    return {"runs": [RUN | changes]}


def cron(line: str) -> dict[str, Any]:
    return {"text": TEXT.replace("7-59/15 * * * *", line)}


PUBLIC = {"private": False}
SITE = {"variables": ["IMA_PACKAGE", "IMA_SITE"]}
MISSING = [
    case({"headers": {EXPIRY: "2026-03-20 12:00:00 UTC"}}, "token", id="expires soon"),
    case({"headers": {"x-oauth-scopes": "read:org"}}, "scopes", id="cannot write"),
    case({"headers": {"x-oauth-scopes": ""}}, "scopes", id="no scope"),
    case({"headers": {"x-oauth-scopes": "repo, delete_repo"}}, "scopes", id="too much"),
    case({"headers": {"x-oauth-scopes": "public_repo"}}, "scopes", id="not for private ones"),
    case(repository(full_name="acme/new"), "repository", id="renamed"),
    case(repository(archived=True), "repository", id="archived"),
    case(repository(disabled=True), "repository", id="disabled by GitHub"),
    case(repository(has_issues=False), "repository", id="issues off"),
    case({"repository": Refused(404)}, "repository", id="none"),
    case(repository(permissions={"pull": True}), "role", id="reads only"),
    case(repository(permissions={"pull": True, "triage": True}), "role", id="may only triage"),
    case(repository(permissions={}), "role", id="no role"),
    case({"private": Refused(404)}, "security", id="the private one cannot be seen"),
    case({"private": {"private": False}}, "security", id="the private one is public"),
    case({"private": {"private": True, "has_issues": False}}, "security", id="without issues"),
    case({"workflows": [OTHER]}, "workflow", id="no workflow"),
    case(workflow("disabled_inactivity"), "workflow", id="sixty quiet days"),
    case(workflow("disabled_manually"), "workflow", id="switched off"),
    case(workflow("disabled_fork"), "workflow", id="a fork"),
    case(workflow("frozen"), "workflow", id="a new state"),
    case({"actions": {"enabled": False}}, "actions", id="Actions off"),
    case({"actions": {"allowed_actions": "local_only"}}, "actions", id="local actions only"),
    case({"actions": {"allowed_actions": "selected"}}, "actions", id="others' actions only"),
    case({"text": re.sub(r"# v\d+", "# v4", TEXT, count=1)}, "actions", id="of node20"),
    case({"text": TEXT + "- uses: actions/cache/restore@v4"}, "actions", id="of node20, by tag"),
    case({"text": "on: issues\n# - cron: '* * * * *'"}, "schedule", id="no schedule"),
    case(cron("0 6 * * *"), "schedule", id="once a day"),
    case(run(run_started_at="2026-03-02T09:00:00Z"), "last sweep", id="late"),
    case(run(conclusion="failure"), "last sweep", id="failed"),
    case({"variables": []}, "variables", id="nothing to install"),
    case({"package": FROM_GIT, "source": HIDDEN}, "package", id="IMA is private"),
    case({"package": FROM_GIT, "source": Refused(404)}, "package", id="IMA cannot be seen"),
    case({"package": "git+https://x:ghp_1@a.example/ima"}, "package", id="a secret in a variable"),
    case(
        {"text": BY_ACTION, "action": HIDDEN, "access": TO_NONE}, "package", id="action not shared"
    ),
    case(
        {"text": BY_ACTION, "action": HIDDEN, "access": TO_ALL, **repository(private=False)},
        "package",
        id="a private action, a public repository",
    ),
    case(
        {"text": BY_ACTION, "action": HIDDEN | {"full_name": "other/ima"}, "access": TO_ALL},
        "package",
        id="a private action of another owner",
    ),
    case(
        {
            "actions": {"enabled": True, "allowed_actions": "selected"},
            "selected": {"patterns_allowed": ["actions/checkout@*"]},
        },
        "actions",
        id="not all that the workflow uses",
    ),
    case(
        {
            "actions": {"enabled": True, "sha_pinning_required": True},
            "text": TEXT + "- uses: actions/cache/restore@v6",
        },
        "actions",
        id="an action by its tag, where commits are wanted",
    ),
    case(SITE | {"pages": Refused(404)}, "pages", id="Pages off"),
    case(SITE | {"pages": {"build_type": "legacy"}}, "pages", id="Pages of a branch"),
]


@pytest.mark.parametrize(("changes", "about"), MISSING)
def test_what_is_missing_is_one_line_with_a_remedy(changes: dict[str, Any], about: str) -> None:
    lines = [line for line in judged(replace(GOOD, **changes)) if line.verdict != "unseen"]
    assert wrong(lines) == [(about, "todo")]
    assert all(line.remedy for line in lines if line.verdict == "todo")
    assert setup_check.exit_code(lines) == 3


@pytest.mark.parametrize(
    "changes",
    [
        case({"headers": {}}, id="no end"),
        case({"headers": {"x-oauth-scopes": "gist, repo"}}, id="a classic token"),
        case({"headers": {"x-oauth-scopes": "public_repo"}, **repository(**PUBLIC)}, id="public"),
        case(repository(permissions={"admin": True, "pull": True}), id="an administrator"),
        case({"workflows": [OURS | {"path": ".github/workflows/incidents.yml"}]}, id="elsewhere"),
        case({"runs": []}, id="no run yet"),
        case(run(conclusion=None, status="in_progress"), id="running"),
        case(cron("0,30 * * * *"), id="on the full hour"),
        case({"text": TEXT.replace('"7-59/15 * * * *"', "'7 * * * *'")}, id="other quotes"),
        case({"text": TEXT.replace('"7-59/15 * * * *"', "7 * * * *")}, id="no quotes"),
        case({"actions": {"allowed_actions": "selected"}, "selected": FORBIDDEN}, id="unseen"),
        case(
            {
                "actions": {"allowed_actions": "selected"},
                "selected": {"github_owned_allowed": True},
            },
            id="GitHub's actions",
        ),
        case({"package": FROM_GIT, "source": HIDDEN | {"private": False}}, id="IMA is public"),
        case({"package": "ima==0.1.0"}, id="IMA from an index"),
        case({"text": BY_ACTION, "action": HIDDEN, "access": TO_ALL}, id="a shared action"),
        case(
            {"actions": {"allowed_actions": "selected"},
             "selected": {"patterns_allowed": ["actions/*@*", "!actions/labeler@*"]}},
            id="all that the workflow uses",
        ),
        case({"actions": {"enabled": True, "sha_pinning_required": True}}, id="commits alone"),
        case({"variables": [], "text": "- cron: 7 * * * *\nrun: pip"}, id="not needed"),
        case(SITE | {"pages": {"build_type": "workflow"}} | cron("7 * * * *"), id="a site"),
    ],
)  # fmt: skip
def test_what_is_fine_too(changes: dict[str, Any]) -> None:
    found = [about for about in wrong(judged(replace(GOOD, **changes))) if about[0] != "cost"]
    assert found == []


def test_whether_an_action_is_shared_only_its_administrators_see() -> None:
    seen: dict[str, Any] = {"text": BY_ACTION, "action": HIDDEN, "access": FORBIDDEN}
    (line,) = github_actions.package(replace(GOOD, **seen), PATH)
    assert (line.verdict, "Administration: read on acme/ima" in line.said) == ("unseen", True)
    down: dict[str, Any] = {"package": FROM_GIT, "source": DOWN}
    (line,) = github_actions.package(replace(GOOD, **down), PATH)
    assert line.verdict == "failed"


ASKED = ("workflows", "text", "runs", "actions", "variables", "secrets")


@pytest.mark.parametrize("name", ASKED)
def test_what_the_token_may_not_see_is_a_line_and_no_failure(name: str) -> None:
    changes: dict[str, Any] = {name: FORBIDDEN}
    lines = judged(replace(GOOD, **changes))
    assert {verdict for _, verdict in wrong(lines)} == {"unseen"}
    assert setup_check.exit_code(lines) == 0


@pytest.mark.parametrize("name", [*ASKED, "user", "repository", "private"])
def test_what_does_not_answer_is_a_line_and_a_failure(name: str) -> None:
    changes: dict[str, Any] = {name: DOWN}
    lines = judged(replace(GOOD, **changes))
    assert {verdict for _, verdict in wrong(lines)} == {"failed"}
    assert setup_check.exit_code(lines) == 1


def test_a_token_that_is_not_accepted_and_a_repository_that_moved() -> None:
    denied = GitHubAnswers(user=Refused(401, "answer", "the token is wrong", "make one"))
    assert wrong(github.account(denied, (), job=False)) == [("token", "todo")]
    moved = replace(GOOD, repository=Refused(0, "redirect"))
    (line,) = github.repository(moved, PATH)
    assert (line.verdict, line.said) == ("todo", f"{PATH} has been renamed or transferred")


# Whose account


def whose(workflows: list[Any], login: str = SHARED) -> Line:
    answers = replace(GOOD, user=FORBIDDEN, login=login, workflows=workflows)
    (line,) = github.account(answers, (), job=True)
    return line


def test_a_persons_token_is_not_that_of_the_jobs() -> None:
    (line,) = github.account(replace(GOOD, login="Erin"), {"erin"}, job=False)
    assert (line.verdict, "this token is theirs" in line.said) == ("unseen", True)
    assert "GITHUB_TOKEN is enough" in line.remedy


def test_a_token_that_is_not_that_of_the_jobs_only_looks_but_never_in_a_job() -> None:
    without = replace(GOOD, login="rita", secrets=[])
    (outside,) = github.account(without, (), job=False)
    assert "only looks" in outside.said
    with_secret = replace(without, secrets=["IMA_GITHUB_TOKEN"])
    (unsure,) = github.account(with_secret, (), job=False)
    assert unsure.said.startswith("@rita looks here; the jobs have a token of their own")
    (inside,) = github.account(without, (), job=True)  # its organisation may give it the secret
    assert inside.said == "@rita, no App: nobody else may use it"


def test_the_account_that_all_workflows_share() -> None:
    assert whose([OURS]).verdict == "ok"
    assert whose([OURS, OTHER | {"state": "disabled_manually"}]).verdict == "ok"
    shared = whose([OURS, OTHER])
    assert shared.verdict == "unseen"
    assert "other workflows write, too: test" in shared.said
    assert "a token of its own" in shared.remedy
    assert whose([OURS, OTHER], "ima[bot]").verdict == "ok"


def test_a_jobs_token_has_no_end_that_could_be_asked() -> None:
    (line,) = github.token(replace(GOOD, user=FORBIDDEN), TODAY)
    assert line.said == "made for an hour or a job"


# Where security incidents go


def security(path: str, **changes: Any) -> Line:
    (line,) = github.private(replace(GOOD, **changes), PATH, path)
    return line


@pytest.mark.parametrize(("hidden", "verdict"), [(False, "todo"), (True, "ok")])
def test_without_another_repository_security_incidents_are_as_public_as_the_rest(
    hidden: bool, verdict: str
) -> None:
    assert security("", **repository(private=hidden)).verdict == verdict


def test_a_repository_for_security_incidents_that_a_job_does_not_reach() -> None:
    assert "another owner's" in security("other/security").said
    own = security(SAFE, secrets=[])
    assert own.verdict == "unseen"
    assert "GITHUB_TOKEN, which does not reach acme/security" in own.said


def moving(here: str | None, there: str | None, token: str = "classic") -> Line:
    rights = {"here": {"viewerPermission": here}, "there": {"viewerPermission": there}}
    return security(SAFE, moving=rights, kind=token)


def test_whether_an_incident_can_be_moved_is_found_out_without_moving_one() -> None:
    good = moving("WRITE", "MAINTAIN")
    assert (good.verdict, "closed one is locked" in good.said) == ("ok", True)
    reader = moving("WRITE", "TRIAGE")
    assert (reader.verdict, reader.said) == (
        "todo",
        f"its account may not move an incident to {SAFE}: it needs the Write role on {SAFE}; "
        "until then the incident is locked, and somebody must move it",
    )
    assert "the Write role on acme/production" in moving("READ", "WRITE").said
    app = moving(None, None, "app")
    assert (app.verdict, "GitHub does not tell whether an App" in app.said) == ("unseen", True)
    assert "locked, and somebody must move it" in app.said
    person = moving("WRITE", "WRITE", "fine-grained")
    assert (person.verdict, "Contents: read and write" in person.remedy) == ("unseen", True)
    assert security(SAFE, moving=FORBIDDEN).verdict == "unseen"
    assert security(SAFE, moving=DOWN).verdict == "failed"


# Which token the jobs take


def token_of_jobs(**changes: Any) -> Line:
    lines = github_workflow.settings(replace(GOOD, **changes))
    return next(line for line in lines if line.about == "secrets")


APP_ID = "IMA_APP_CLIENT_ID"


def test_all_jobs_take_one_token() -> None:
    app = token_of_jobs(variables=["IMA_PACKAGE", APP_ID], secrets=["IMA_APP_KEY"])
    assert (app.verdict, app.said) == ("ok", "the jobs make a token of the App")
    lacking = token_of_jobs(variables=["IMA_PACKAGE", APP_ID], secrets=[])
    assert (lacking.verdict, "IMA_APP_KEY" in lacking.remedy) == ("todo", True)
    forgotten = token_of_jobs(variables=["IMA_PACKAGE"], secrets=["IMA_APP_KEY"])
    assert (forgotten.verdict, APP_ID in forgotten.remedy) == ("todo", True)
    readable = token_of_jobs(variables=["IMA_PACKAGE", "IMA_GITHUB_TOKEN"], secrets=[])
    assert (readable.verdict, "revoke" in readable.remedy) == ("todo", True)
    way = "${{ steps.app.outputs.token || secrets.IMA_GITHUB_TOKEN }}"
    for other in ("${{ steps.app.outputs.token }}", "''"):
        torn = token_of_jobs(text=TEXT.replace(way, other, 1))
        assert (torn.verdict, torn.said) == (
            "todo",
            "its jobs take different tokens: what one account writes is no memory of another's",
        )
    alone = token_of_jobs(text=TEXT.replace(f"          IMA_GITHUB_TOKEN: {way}\n", "", 1))
    assert alone.verdict == "todo"


# What it costs, and what stops it


def cost(**changes: Any) -> Line:
    lines = github_workflow.schedule(replace(GOOD, **changes), NOW)
    return next(line for line in lines if line.about == "cost")


def test_what_the_schedule_costs() -> None:
    assert cost().said.startswith("about 1,460 minutes of Actions a month")
    often = cost(text=TEXT)
    assert often.verdict == "unseen"
    assert "about 2,920 minutes" in often.said
    assert "GitHub Free has 2,000" in often.said
    assert cost(text=TEXT, **repository(**PUBLIC)).verdict == "ok"
    assert cost(**SITE).said.startswith("about 4,380 minutes")


@pytest.mark.parametrize(("day", "verdict"), [("02-01", "ok"), ("01-10", "todo")])
def test_a_public_repository_without_commits_loses_its_workflow(day: str, verdict: str) -> None:
    answers = replace(GOOD, **repository(**PUBLIC, pushed_at=f"2026-{day}T12:00:00Z"))
    lines = list(github_workflow.schedule(answers, NOW))
    assert [(line.about, line.verdict) for line in lines if line.about == "activity"] == [
        ("activity", verdict)
    ]
