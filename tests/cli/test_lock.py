"""``ima.lock``: a job installs what its forge and the services of its policy need, and no more."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.utils import canonicalize_name

from automation.workspace.lock_file import REMEDY, locked_requirements
from tests.cli.conftest import Ima
from tests.counterparts.github import GitHubServer
from tests.counterparts.gitlab import GitLabServer

GITLAB = "version: 1\ntracker: {kind: gitlab, project: acme/production}\n"
GITHUB = GITLAB.replace("gitlab", "github")
DOCUMENTS = "documents: {kind: google, template: a, folder: b}\n"
LOCAL = "version: 1\n"
PINNED = r"^([\w-]+)=="
CLIENTS = {"python-gitlab", "pygithub", "google-auth", "pygal"}


def clients(ima: Ima) -> set[str]:
    text = (ima.folder / "ima.lock").read_text("utf-8")
    names = set(re.findall(PINNED, text, re.MULTILINE))
    assert {"click", "jinja2", "hatchling"} <= names
    return names & CLIENTS


@pytest.mark.parametrize(
    ("policy", "left"),
    [
        (GITLAB, {"python-gitlab"}),
        (GITHUB + DOCUMENTS, {"pygithub", "google-auth"}),
        (LOCAL, {"python-gitlab", "pygithub"}),
        (
            GITLAB + "stats: {page: 'https://figures.example/'}\n",
            {"python-gitlab", "pygal"},
        ),
    ],
)
def test_it_holds_what_the_policy_needs(ima: Ima, policy: str, left: set[str]) -> None:
    ima.policy(policy)
    assert ima("init --lock").out.startswith("~ ima.lock (for ")
    assert clients(ima) == left


@pytest.mark.parametrize("policy", ["", "version: 1\nroon: x\n"])
def test_without_a_policy_that_can_be_read_it_holds_all(ima: Ima, policy: str) -> None:
    (ima.folder / "policy.yml").unlink()
    if policy:
        ima.policy(policy)
    assert ima("init --lock").out == "~ ima.lock (for figures, github, gitlab, google)\n"
    assert clients(ima) == CLIENTS


def test_it_follows_the_policy_that_the_command_names(ima: Ima) -> None:
    (ima.folder / "process").mkdir()
    (ima.folder / "process" / "policy.yml").write_text(GITHUB, "utf-8")
    assert ima("--policy process/policy.yml init --lock").out == "~ ima.lock (for github)\n"
    assert clients(ima) == {"pygithub"}


def test_a_new_project_gets_that_of_its_forge(ima: Ima) -> None:
    (ima.folder / "policy.yml").unlink()
    assert ima("init --forge gitlab --project acme/production").code == 0
    assert clients(ima) == {"python-gitlab"}


def test_check_says_what_it_lacks_before_a_job_does(ima: Ima) -> None:
    ima.policy(GITLAB)
    ima("init --lock")
    assert ima("check").code == 0
    ima.policy(GITLAB + DOCUMENTS)
    found = ima("check")
    assert found.code == 2
    assert found.err.splitlines() == [
        "ima.lock: there is no google-auth in it, which the policy's `google` needs",
        f"  {REMEDY}",
    ]
    ima("init --lock")
    assert ima("check").code == 0


def test_a_client_that_is_not_installed_is_no_bug_of_ours(
    ima: Ima, monkeypatch: pytest.MonkeyPatch
) -> None:
    ima.policy(GITHUB)
    ima.environment["IMA_GITHUB_TOKEN"] = "t-ima"
    monkeypatch.setitem(sys.modules, "github", None)
    found = ima("plan")
    assert found.code == 2
    assert found.err.startswith(
        "pygithub is not installed here\n  write ima.lock anew with `ima init"
    )


@pytest.mark.parametrize(
    ("forge", "server", "token"),
    [("gitlab", GitLabServer, "IMA_GITLAB_TOKEN"), ("github", GitHubServer, "IMA_GITHUB_TOKEN")],
)
def test_a_pass_needs_nothing_that_the_lock_of_its_forge_leaves_out(
    ima: Ima,
    monkeypatch: pytest.MonkeyPatch,
    forge: str,
    server: type[GitLabServer] | type[GitHubServer],
    token: str,
) -> None:
    left = set(re.findall(PINNED, locked_requirements(frozenset({forge})), re.MULTILINE))
    everything = set(re.findall(PINNED, locked_requirements(), re.MULTILINE))
    assert everything - left
    for module, packages in packages_distributions().items():
        if {canonicalize_name(package) for package in packages} & (everything - left):
            monkeypatch.setitem(sys.modules, module, None)
    with server() as started:
        where = f"kind: {forge}, project: acme/production, url: '{started.url}'"
        ima.policy(f"{LOCAL}tracker: {{{where}}}\n")
        ima.environment[token] = "t-ima"
        found = ima("plan")
    assert (found.code, found.err) == (0, "")
