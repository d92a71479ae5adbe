"""docs/rights.md: each right is needed, and what fails without it says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import POLICY, Ima
from tests.cli.conftest import ima as ima
from tests.counterparts.github import GitHubServer
from tests.counterparts.gitlab import GitLabServer
from tests.doctor.test_setup_check import GOOD, judged, project, variable

PAGE = (Path(__file__).parents[2] / "docs" / "rights.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| (?!right|--)(.+?) \| .+? \| (.+?) \|$", PAGE, re.MULTILINE))
PEOPLE = ("rita", "erin", "ian", "cara", "sam")
LINES = ("plan", "labels sync", "apply")


def said(ima: Ima, kind: str, url: str, token: str = "t-ima") -> tuple[str, str]:
    """What looking and writing say, on a forge with an open incident."""
    ima.policy(POLICY.replace("kind: local", f"kind: {kind}, url: '{url}'"))
    told = []
    for line in LINES:
        job = {"CI": "true", f"IMA_{kind.upper()}_TOKEN": token}
        ima.session = replace(ima.fresh(), environment=job)
        told.append(ima(line))
    return told[0].err, "".join(each.out + each.err for each in told)


@pytest.fixture
def gitlab(ima: Ima) -> Any:
    """What is said where IMA's account has this role, and its token these scopes."""
    with ExitStack() as stack:

        def run(role: str | None, *scopes: str) -> tuple[str, str]:
            members = dict.fromkeys(PEOPLE, "developer") | ({"ima": role} if role else {})
            seed = {
                "users": {"ima": {}},
                "tokens": {"t-ima": {"user": "ima", "scopes": list(scopes or ("api",))}},
                "projects": {"acme/production": {"members": members, "visibility": "private"}},
            }
            server = stack.enter_context(GitLabServer(seed, clock=lambda: ima.now))
            server.people.open("rita", "Pushes fail", labels=["Incident", "S2"])
            return said(ima, "gitlab", server.url)

        yield run


def quoted(row: str) -> str:
    """What is said without a right: the code in the last column."""
    (found, *_) = re.findall(r"`([^`]{10,})`", ROWS[row])
    return str(found)


GITLAB: dict[str, tuple[Any, ...]] = {
    "a member of the project": (None,),
    "the role Reporter; Planner from GitLab 17.7 on": ("guest",),
    "the scope `api`": ("reporter", "read_api"),
    "the scope `read_api`, for who only looks": ("reporter", "read_user"),
}


@pytest.mark.parametrize("row", GITLAB)
def test_without_a_right_on_gitlab_it_says_so(gitlab: Callable[..., Any], row: str) -> None:
    assert quoted(row) in gitlab(*GITLAB[row])[1]


def test_with_the_rights_on_gitlab_nothing_fails(gitlab: Callable[..., Any]) -> None:
    for role in ("reporter", "planner"):
        assert "failed" not in gitlab(role)[1]
    looked, _ = gitlab("reporter", "read_api")
    assert "failed" not in looked


UNPROTECTED: dict[str, dict[str, Any]] = {
    "the token's variable is protected": variable(protected=False),
    "the token's variable is masked": variable(masked=False, hidden=False),
    "the default branch is protected": {"branches": []},
    "separate caches for protected branches": project(ci_separated_caches=False),
    "pipeline variables for the trigger token's owner": project(
        ci_pipeline_variables_minimum_override_role="no_one_allowed"
    ),
}


@pytest.mark.parametrize("row", UNPROTECTED)
def test_without_a_setting_of_the_project_the_doctor_says_so(row: str) -> None:
    told = [line.said for line in judged(replace(GOOD, **UNPROTECTED[row]))]
    assert any(quoted(row) in line for line in told)


@pytest.mark.parametrize(
    ("role", "issues", "row"),
    [
        pytest.param("write", "write", "", id="all rights"),
        pytest.param("write", "read", "**Issues: read and write**", id="a token that only reads"),
        pytest.param(
            "read",
            "write",
            "the account's role Write, where the token is a person's",
            id="an account that only reads",
        ),
    ],
)
def test_without_the_rights_on_github_it_says_so(
    ima: Ima, role: str, issues: str, row: str
) -> None:
    members = dict.fromkeys(PEOPLE, "write") | {"ima": role}
    seed = {
        "users": ["ima"],
        "tokens": {"github_pat_ima": "ima"},
        "grants": {"github_pat_ima": {"issues": issues}},
        "repos": {"acme/production": {"members": members}},
    }
    with GitHubServer(seed, clock=lambda: ima.now) as server:
        server.people.open("rita", "Pushes fail", labels=["Incident", "S2"])
        told = said(ima, "github", server.url, "github_pat_ima")[1]
    assert quoted(row) in told if row else "failed" not in told


def test_each_right_of_gitlab_is_tried() -> None:
    table = PAGE.partition("## GitLab")[2].partition("## GitHub")[0]
    rows = re.findall(r"^\| (?!right|--)(.+?) \|", table, re.MULTILINE)
    assert set(rows) == {*GITLAB, *UNPROTECTED}
