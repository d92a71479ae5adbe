"""What `ima doctor` makes of what it sees: one line for each question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.doctor import (
    gitlab,
    gitlab_jobs,
    gitlab_pipeline,
    gitlab_webhook,
    pushed_policy,
    setup_check,
)
from automation.doctor.gitlab import GitLabAnswers
from automation.doctor.setup_check import Line, Refused, people
from automation.errors import PolicyError, ServiceError
from automation.model.issue import Head
from automation.stored_state.dashboard import Dashboard
from automation.times.cron import cron_rhythm
from automation.times.durations import Duration

case = pytest.param
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
URL, PATH = "https://gitlab.example", "acme/production"
HOOK = f"{URL}/api/v4/projects/17/ref/main/trigger/pipeline?token={{token}}"
PROJECT: dict[str, Any] = {
    "id": 17,
    "path_with_namespace": PATH,
    "default_branch": "main",
    "archived": False,
    "visibility": "private",
    "permissions": {"project_access": {"access_level": 20}, "group_access": None},
    "ci_pipeline_variables_minimum_override_role": "maintainer",
    "ci_separated_caches": True,
}
KEPT = "workflow:\n  auto_cancel:\n    on_new_commit: none\n"
JOBS = f"---\n{KEPT}variables:\n  IMA_PACKAGE: ima\n" + "".join(
    f"{name}:\n  script: x\n" for name in ("check", "sweep", "event", "labels")
)
PREVIEWS = {
    "valid": True,
    "errors": [],
    "merged_yaml": f"{JOBS}preview:\n  rules: []\n  script: x\n",
}
SWITCHES = "issues_events confidential_issues_events note_events confidential_note_events".split()
GOOD = GitLabAnswers(
    user={"username": "project_17_bot", "bot": True},
    token={"expires_at": "2027-01-01", "scopes": ["api"], "active": True},
    tokens=[{"id": 1}],
    project=PROJECT,
    settings=PROJECT,
    lint={"valid": True, "errors": [], "merged_yaml": JOBS},
    schedules=[
        {"active": True, "cron": "*/15 * * * *", "ref": "main", "owner": {"state": "active"}}
    ],
    runs=[{"created_at": "2026-03-02T11:45:00Z", "status": "success", "web_url": "u"}],
    hooks=[{"id": 1, "url": HOOK, "alert_status": "executable", **dict.fromkeys(SWITCHES, True)}],
    triggers=[{"owner": {"username": "rita", "state": "active"}}],
    variables=[{"key": "IMA_GITLAB_TOKEN", "masked": True, "protected": True}],
    branches=[{"name": "main"}],
)
FORBIDDEN = Refused(403)
DOWN = Refused(0, "timeout", "gitlab: no answer in time", "run again")


def judged(answers: GitLabAnswers) -> list[Line]:
    return [
        *gitlab.account(answers, {"erin"}),
        *gitlab.token(answers, TODAY),
        *gitlab.project(answers, PATH),
        *gitlab.tier(answers),
        *gitlab_jobs.jobs(answers),
        *gitlab_jobs.online(answers),
        *gitlab_jobs.pages(answers),
        *gitlab_pipeline.last_event(answers),
        *gitlab_pipeline.variables(answers, ("IMA_GITLAB_TOKEN", "GITLAB_TOKEN")),
        *gitlab_pipeline.minimum_role(answers),
        *gitlab_pipeline.schedule(answers, URL, NOW),
        *gitlab_pipeline.triggers(answers),
        *gitlab_webhook.webhook(answers, URL, PATH),
    ]


def wrong(lines: Iterable[Line]) -> list[tuple[str, str]]:
    return [(line.about, line.verdict) for line in lines if line.verdict != "ok"]


def test_a_variable_of_the_project_says_where_ima_comes_from() -> None:
    answers = replace(GOOD, **file(JOBS.replace("PACKAGE: ima", 'PACKAGE: ""')))
    lost = {"key": "IMA_KEY_OLD", "value": "lost"}
    kept = {"key": "IMA_GOOGLE_CREDENTIALS", "variable_type": "file", "protected": True}
    variables = [*GOOD.variables, {"key": "IMA_PACKAGE"}, lost, kept]
    assert wrong(judged(replace(answers, variables=variables))) == []
    assert ("package", "unseen") in wrong(judged(replace(answers, variables=FORBIDDEN)))


def test_who_looks_with_a_token_that_reads_is_not_told_to_make_an_account() -> None:
    token = {"scopes": ["read_api", "read_user"]}
    lines = judged(replace(GOOD, user={"username": "erin"}, token=token))
    assert wrong(lines) == [("scopes", "todo")]
    assert "@erin only looks" in lines[0].said


def test_a_set_up_that_is_alive() -> None:
    lines = judged(GOOD)
    assert wrong(lines) == []
    assert [line.about for line in lines] == [
        "account", "token", "scopes", "project", "role", "tier", "jobs", "waiting jobs",
        "merge requests", "cache of jobs", "package",
        "variables", "pipeline variables", "schedule", "cost", "last sweep", "trigger token",
        "webhook",
    ]  # fmt: skip
    assert setup_check.exit_code(lines) == 0
    assert setup_check.summary(lines) == "All 18 are in order."


def project(**changes: Any) -> dict[str, Any]:
    return {"project": PROJECT | changes, "settings": PROJECT | changes}


def schedule(**changes: Any) -> dict[str, Any]:
    return {"schedules": [GOOD.schedules[0] | changes]}


def hook(**changes: Any) -> dict[str, Any]:
    return {"hooks": [GOOD.hooks[0] | changes]}


def besides(**row: Any) -> dict[str, Any]:
    return {"variables": [GOOD.variables[0], {"value": "a-secret-of-ours", **row}]}


def variable(**changes: Any) -> dict[str, Any]:
    return {"variables": [GOOD.variables[0] | changes]}


def role(level: int) -> dict[str, Any]:
    return project(permissions={"project_access": None, "group_access": {"access_level": level}})


def file(text: str, **changes: Any) -> dict[str, Any]:
    return {"lint": {"valid": True, "errors": [], "merged_yaml": text} | changes}


UNPROTECTED = "other:\n  cache:\n    key: ima\n    unprotect: true\n"
CANCELLED = JOBS.replace(KEPT, "")
WORKFLOW = "workflow:\n  name: all\n  rules:\n  - if: $CI_COMMIT_BRANCH\n"
MISSING = [
    case({"lint": Refused(404)}, "jobs", id="no commit"),
    case(file("", valid=False, errors=["Please provide"]), "jobs", id="no CI file"),
    case(file("sweep:\n  script: x\n"), "jobs", id="other jobs"),
    case(file(CANCELLED + WORKFLOW), "jobs", id="workflow rules"),
    case(file(CANCELLED), "waiting jobs", id="a push cancels what waits"),
    case(project(ci_separated_caches=False), "cache of jobs", id="one cache for all branches"),
    case(file(JOBS + UNPROTECTED), "cache of jobs", id="a cache that any branch may write"),
    case(file(JOBS.replace("PACKAGE: ima", 'PACKAGE: ""')), "package", id="no package"),
    case(file(JOBS.replace("variables:", "variable:").replace("IMA_", "")), "package", id="none"),
    case({"user": {"username": "root", "is_admin": True}}, "account", id="an administrator"),
    case({"user": {"username": "Erin"}}, "account", id="a person on call"),
    case({"tokens": [{}, {}]}, "account", id="a shared account"),
    case({"token": {"expires_at": "2026-03-20", "scopes": ["api"]}}, "token", id="expires soon"),
    case({"token": {"expires_at": "2026-03-01", "scopes": ["api"]}}, "token", id="expired"),
    case({"token": {"scopes": ["api"], "revoked": True}}, "token", id="revoked"),
    case({"token": {"scopes": ["read_api"]}}, "scopes", id="reads only"),
    case({"token": {"scopes": ["read_user"]}}, "scopes", id="no API"),
    case({"token": {"scopes": ["api", "sudo"]}}, "scopes", id="too much"),
    case(project(archived=True), "project", id="archived"),
    case(project(marked_for_deletion_on="2026-03-01"), "project", id="to be deleted"),
    case(variable(environment_scope="production"), "variables", id="only for an environment"),
    case(variable(variable_type="file"), "variables", id="a file"),
    case({"runners": [], "runs": []}, "runners", id="no runner, and no run yet"),
    case({"pages": Refused(404)}, "pages", id="a site, and Pages are off"),
    case({"pages": {"deployments": []}}, "pages", id="a site that was never published"),
    case({"events": [{"status": "failed", "web_url": "u"}]}, "last event", id="events fail"),
    case(hook(url=HOOK.replace("/main/", "/master/")), "webhook", id="another branch"),
    case(hook(url=f"{HOOK.replace('/ref/main', '')}&ref=dev"), "webhook", id="by the query"),
    case(project(path_with_namespace="acme/moved"), "project", id="another path"),
    case(project(issues_access_level="disabled"), "project", id="issues off"),
    case(project(builds_access_level="disabled"), "project", id="pipelines off"),
    case(role(10), "role", id="a guest"),
    case(project(permissions=None), "role", id="no member"),
    case({"variables": []}, "variables", id="no variable"),
    case(variable(masked=False), "variables", id="not masked"),
    case(variable(protected=False), "variables", id="not protected"),
    case(besides(key="IMA_KEY_OLD", masked=True), "variables", id="a key that signed before"),
    case(besides(key="IMA_SLACK_TOKEN", protected=True), "variables", id="that of a service"),
    case({"branches": [{"name": "v*"}]}, "variables", id="the branch is not protected"),
    case(
        project(ci_pipeline_variables_minimum_override_role="no_one_allowed"),
        "pipeline variables",
        id="nobody may use pipeline variables",
    ),
    case({"schedules": []}, "schedule", id="no schedule"),
    case(schedule(active=False), "schedule", id="an inactive schedule"),
    case(schedule(owner={"state": "blocked"}), "schedule", id="its owner is blocked"),
    case(schedule(ref="dev"), "schedule", id="another branch"),
    case(schedule(cron="0 6 * * *"), "schedule", id="once a day"),
    case(schedule(cron="whenever"), "schedule", id="no cron line"),
    case({"runs": [{"created_at": "2026-03-02T09:00:00Z"}]}, "last sweep", id="late"),
    case(
        {"runs": [{"created_at": "2026-03-02T11:40:00Z", "status": "pending"}]},
        "last sweep",
        id="no runner",
    ),
    case(
        {"runs": [{"created_at": "2026-03-02T11:50:00Z", "status": "failed"}]},
        "last sweep",
        id="failed",
    ),
    case({"triggers": []}, "trigger token", id="no trigger token"),
    case(
        {"triggers": [{"owner": {"username": "x", "state": "blocked"}}]},
        "trigger token",
        id="its owner is blocked, too",
    ),
    case({"hooks": []}, "webhook", id="no webhook"),
    case(hook(url=HOOK.replace("/17/", "/18/")), "webhook", id="of another project"),
    case(hook(url=HOOK.replace("gitlab.example", "x.example")), "webhook", id="another host"),
    case(hook(confidential_issues_events=False), "webhook", id="confidential ones off"),
    case(hook(pipeline_events=True), "webhook", id="pipeline events on"),
    case({"lint": PREVIEWS}, "webhook", id="a preview, and no merge request events"),
    case(hook(merge_requests_events=True), "webhook", id="merge request events for no job"),
    case(hook(alert_status="disabled"), "webhook", id="switched off by GitLab"),
    case(hook(last="400"), "webhook", id="refused"),
    case(hook(url=HOOK.replace("{token}", "glptt-secret")), "webhook", id="token to be seen"),
]


@pytest.mark.parametrize(("changes", "about"), MISSING)
def test_what_is_missing_is_one_line_with_a_remedy(changes: dict[str, Any], about: str) -> None:
    lines = judged(replace(GOOD, **changes))
    assert wrong(lines) == [(about, "todo")]
    assert all(line.remedy for line in lines if line.verdict == "todo")
    assert not any("secret" in f"{line.said}{line.remedy}" for line in lines)
    assert setup_check.exit_code(lines) == 3


@pytest.mark.parametrize(
    "changes",
    [
        case(hook(url=HOOK.replace("/17/", "/acme%2Fproduction/")), id="the path in the URL"),
        case(hook(url=HOOK.replace("/ref/main", "")), id="the ref in the query"),
        case(hook(last="201"), id="a delivery that went well"),
        case({"hooks": [{"id": 2, "url": "https://x.example"}, *GOOD.hooks]}, id="another hook"),
        case(schedule(ref="refs/heads/main"), id="the long name of the branch"),
        case(
            {"schedules": [{"active": True, "cron": "0 3 * * *", "ref": "main"}, *GOOD.schedules]},
            id="another schedule",
        ),
        case({"runs": []}, id="no run yet"),
        case({"runners": []}, id="a runner that sleeps, and a sweep of late"),
        case({"runners": FORBIDDEN}, id="runners that we may not see"),
        case({"pages": {"deployments": [{}], "url": "u"}}, id="a site that is shown"),
        case({"events": [{"status": "success"}, {"status": "failed"}]}, id="an event that failed"),
        case(
            {"variables": [{**GOOD.variables[0], "environment_scope": "x"}, *GOOD.variables]},
            id="a variable for an environment, too",
        ),
        case(hook(url=f"{HOOK.replace('/ref/main', '')}&ref=main"), id="the branch in the query"),
        case({"branches": [{"name": "m*n"}]}, id="a pattern of branches"),
        case({"branches": FORBIDDEN}, id="branches that we may not see"),
        case({"tokens": FORBIDDEN}, id="tokens that we may not see"),
        case(project(approvals_before_merge=0), id="Premium"),
        case(role(15), id="a planner"),
        case(role(50), id="an owner"),
        case({"token": {"scopes": ["api"], "expires_at": None}}, id="no end"),
    ],
)
def test_what_is_fine_too(changes: dict[str, Any]) -> None:
    assert wrong(judged(replace(GOOD, **changes))) == []


ASKED = ("token", "schedules", "runs", "hooks", "triggers", "variables")


@pytest.mark.parametrize("name", ASKED)
def test_what_the_token_may_not_see_is_a_line_and_no_failure(name: str) -> None:
    lines = judged(replace(GOOD, **{name: FORBIDDEN}))
    assert [verdict for _, verdict in wrong(lines)] == ["unseen"]
    assert setup_check.exit_code(lines) == 0
    assert setup_check.summary(lines).startswith("1 that this token cannot see; ")


@pytest.mark.parametrize("name", [*ASKED, "user", "project"])
def test_what_does_not_answer_is_a_line_and_a_failure(name: str) -> None:
    lines = judged(replace(GOOD, **{name: DOWN}))
    assert {verdict for _, verdict in wrong(lines)} == {"failed"}
    assert setup_check.exit_code([*lines, setup_check.todo("x", "y", "z")]) == 1


def test_a_token_that_is_not_accepted_and_a_project_that_moved() -> None:
    denied = GitLabAnswers(user=Refused(401, "answer", "the token is wrong", "make one"))
    assert wrong(gitlab.account(denied, ())) == [("token", "todo")]
    moved = replace(GOOD, project=Refused(0, "redirect", said="gitlab.example/acme/new"))
    (line,) = gitlab.project(moved, PATH)
    assert (line.verdict, line.said) == ("todo", f"{PATH} has moved: gitlab.example/acme/new")
    gone = replace(GOOD, project=Refused(404))
    assert wrong(gitlab.project(gone, PATH)) == [("project", "todo")]


def test_who_may_use_pipeline_variables_is_not_told_to_everybody() -> None:
    assert wrong(gitlab_pipeline.minimum_role(replace(GOOD, settings=FORBIDDEN))) == [
        ("pipeline variables", "unseen")
    ]
    old = replace(GOOD, settings={"restrict_user_defined_variables": False})
    assert wrong(gitlab_pipeline.minimum_role(old)) == []


def cost(answers: GitLabAnswers, url: str) -> Line:
    return next(
        line for line in gitlab_pipeline.schedule(answers, url, NOW) if line.about == "cost"
    )


def test_what_the_schedule_costs() -> None:
    assert cost(GOOD, URL).said.startswith("about 2,920 minutes of CI a month")
    assert cost(GOOD, "https://gitlab.com").verdict == "todo"
    assert (
        cost(replace(GOOD, **project(approvals_before_merge=0)), "https://gitlab.com").verdict
        == "ok"
    )
    assert cost(replace(GOOD, **project(visibility="public")), "https://gitlab.com").verdict == "ok"


# What every tracker is asked


def test_files_and_labels() -> None:
    assert wrong(setup_check.files([])) == []
    assert wrong(setup_check.files([PolicyError("a", "b")])) == [("policy", "todo")]
    assert setup_check.labels(0, ()).verdict == "ok"
    assert "2 not made by ima look otherwise" in setup_check.labels(0, (), 2).said
    assert setup_check.labels(0, (), 2).verdict == "ok"
    assert setup_check.labels(1, ()).said == "1 label is not as in labels.yml"
    assert setup_check.labels(0, ["twins\n  rename one"]).remedy == "rename one"
    assert setup_check.failed("x", ServiceError("a", "b")) == Line("x", "failed", "a", "b")


def _beaten(hours: float) -> Dashboard:
    return Dashboard("#9", beat=NOW - timedelta(hours=hours))


def head(ref: str, hours: float, closed: bool = False, label: str = "Incident") -> Head:
    return Head(ref, NOW - timedelta(hours=hours), closed, frozenset([label]), "rita", 0)


@pytest.mark.parametrize(
    ("board", "every", "url", "verdict", "said"),
    [
        case(None, "2d", "", "ok", "no run has given a sign of life", id="no dashboard yet"),
        case(Dashboard("#9"), "2d", "", "ok", "no run has given a sign", id="an older one"),
        case(_beaten(47), "2d", "", "ok", "is 47 h old; nobody is alarmed", id="alive"),
        case(_beaten(47), "2d", "https://x.example", "ok", "is 47 h old", id="with a switch"),
        case(_beaten(50), "2d", "https://x.example", "todo", "is 50 h old", id="no run since"),
        case(_beaten(3), "1h", "", "todo", "is 3 h old", id="a policy that wants more"),
    ],
)
def test_the_sign_of_life(
    board: Dashboard | None, every: str, url: str, verdict: str, said: str
) -> None:
    line = setup_check.heartbeat(board, Duration.parse(every), url, NOW)
    assert (line.verdict, said in line.said) == (verdict, True), line
    assert bool(line.remedy) == (verdict == "todo")


@pytest.mark.parametrize(
    ("board", "heads", "said"),
    [
        case(None, [], "none yet; the first incident makes it", id="nothing yet"),
        case(None, [head("#1", 2)], "there is no dashboard, but #1", id="never made"),
        case(Dashboard("#9"), [head("#1", 2)], "the dashboard does not know #1", id="stale"),
        case(Dashboard("#9"), [head("#1", 0.5)], "#9, with 0 active", id="just opened"),
        case(Dashboard("#9"), [head("#1", 2, closed=True)], "#9, with 0 active", id="closed"),
        case(Dashboard("#9"), [head("#1", 2, label="bug")], "#9, with 0 active", id="no incident"),
        case(Dashboard("#9", active={"#1": {}}), [head("#1", 2)], "#9, with 1 active", id="known"),
        case(Dashboard("#9", old=("#1",)), [head("#1", 2)], "#9, with 0 active", id="an old one"),
    ],
)
def test_the_dashboard(board: Dashboard | None, heads: list[Head], said: str) -> None:
    line = setup_check.dashboard(board, heads, "Incident", NOW)
    assert line.said == said
    assert line.verdict == ("todo" if line.remedy else "ok")


def test_a_dashboard_of_a_newer_ima() -> None:
    line = setup_check.dashboard(Dashboard("#9", newer=3), [head("#1", 2)], "Incident", NOW)
    assert (line.verdict, line.said) == (
        "todo", "#9 is that of a newer ima: this one leaves all of it alone"
    )  # fmt: skip


def test_what_no_run_can_mend_is_told_where_it_is_grave() -> None:
    grave, plain = ({"text": f"it is {word}", "grave": grave}
                    for word, grave in (("bad", "yes"), ("odd", "")))  # fmt: skip
    assert not [*setup_check.standing(None), *setup_check.standing(Dashboard("#9"))]
    assert not [*setup_check.standing(Dashboard("#9", findings={"a": plain}))]
    board = Dashboard("#9", findings={"a": plain, "b": grave, "c": grave})
    (line,) = setup_check.standing(board)
    assert (line.about, line.said) == ("findings", "it is bad (and 1 more)")
    assert "see #9" in line.remedy


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        case(2, "", id="a little"),
        case(3, "this machine is 3 min ahead of the tracker", id="ahead"),
        case(-180, "this machine is 3 h behind the tracker", id="behind"),
    ],
)
def test_the_clock_of_this_machine(minutes: int, said: str) -> None:
    lines = [*setup_check.clock(NOW + timedelta(minutes=minutes), NOW)]
    assert [line.said[: len(said)] for line in lines] == ([said] if said else [])
    assert not [*setup_check.clock(NOW, None)]


def test_a_beginning_that_lies_ahead() -> None:
    (line,) = setup_check.begun(NOW + timedelta(days=1), NOW)
    assert (line.about, line.verdict) == ("since", "todo")
    assert not [*setup_check.begun(NOW, NOW), *setup_check.begun(None, NOW)]


def test_the_policy_that_the_jobs_go_by() -> None:
    def seen(answer: Any) -> list[tuple[str, str]]:
        return wrong(pushed_policy.pushed("policy.yml", answer, "a: 1\n", "the Reporter role"))

    assert seen(None) == seen({"content": "a: 1\r\n\n"}) == []
    assert seen({"content": "a: 2\n"}) == seen(Refused(404)) == [("policy", "todo")]
    assert seen(FORBIDDEN) == [("policy", "unseen")]
    board = Dashboard("#9", policy="abc", policy_since=NOW)
    assert wrong(pushed_policy.of_last_sweep(board, "def")) == [("policy", "todo")]
    for other in (None, Dashboard("#9"), replace(board, policy="def")):
        assert not [*pushed_policy.of_last_sweep(other, "def")]


@pytest.mark.parametrize(
    ("state", "verdict"),
    [("none", "ok"), ("good", "ok"), ("garbled", "todo"), ("closed", "todo")],
)
def test_the_cache(state: Any, verdict: str) -> None:
    assert setup_check.cache(state, ".ima/cache.json").verdict == verdict


# Cron lines


@pytest.mark.parametrize(
    ("line", "monthly", "longest"),
    [
        ("*/15 * * * *", 2920, 15),
        ("0 * * * *", 730, 60),
        ("*/15 8-18 * * 1-5", 957, 48 * 60 + 13 * 60 + 15),
        ("0 */2 * * *", 365, 120),
        ("0 6 1 * *", 1, 31 * 1440),
        ("0 6 1 * mon", 5, 7 * 1440),
        ("5,20 0 * jan 0,7", 1, 337 * 1440 - 15),
    ],
)
def test_how_often_a_cron_line_comes_round(line: str, monthly: int, longest: int) -> None:
    found = cron_rhythm(line)
    assert found
    assert found.monthly == monthly
    assert found.longest == longest


@pytest.mark.parametrize(
    "line", ["", "* * * *", "60 * * * *", "*/0 * * * *", "5-1 * * * *", "x * * * *", "0 0 31 2 *"]
)
def test_what_is_no_cron_line(line: str) -> None:
    assert cron_rhythm(line) is None


@given(st.text("0123456789*/,- monx", max_size=30))
def test_no_line_gives_a_traceback(line: str) -> None:
    found = cron_rhythm(line)
    assert found is None or found.longest > 0


@pytest.mark.parametrize(
    ("unknown", "host", "verdict", "said"),
    [
        ([], "status.acme.example", "ok", "it has the component of each of the 2 services"),
        ([], "", "todo", "the card cannot link to it"),
        ([("the page has no component “Wbe”", "set it")], "", "todo", "no component “Wbe”"),
        ([("no “A”", "set it"), ("no “B”", "x")], "h", "todo", "no “A” (and 1 more)"),
    ],
)
def test_status_page(unknown: Any, host: str, verdict: str, said: str) -> None:
    line = setup_check.status_page(unknown, 2, bool(host))
    assert (line.about, line.verdict) == ("status page", verdict)
    assert said in line.said
    assert bool(line.remedy) == (verdict == "todo")


@pytest.mark.parametrize(
    ("visibility", "verdict"),
    [("public", "ok"), ("internal", "todo"), ("private", "todo"), ("", "todo")],
)
def test_the_status_page_links_only_to_what_people_may_see(visibility: str, verdict: str) -> None:
    line = setup_check.page_link(visibility)
    assert line.verdict == verdict
    assert ("link: false" in line.remedy) == (verdict == "todo")


def test_it_begins_with_what_stops_every_job() -> None:
    security = setup_check.todo("security", "it is public", "name a private project")
    package = setup_check.todo("package", "no job installs IMA", "set IMA_PACKAGE")
    for lines in ([security, package], [package, security]):
        assert setup_check.summary(lines).endswith("\nBegin with package: set IMA_PACKAGE")


def test_who_is_on_call_and_may_do_nothing_is_told() -> None:
    roles = {"erin": "eoc", "sam": "security"}
    assert people(roles, set()).verdict == "ok"
    told = people(roles, {"sam"})
    assert (told.verdict, told.said.partition(":")[0]) == ("todo", "@sam (security)")
