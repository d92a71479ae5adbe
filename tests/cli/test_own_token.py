"""A member's own token opens issues; a pass is made by IMA's account only, on both forges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from automation.cli import invoke
from automation.workspace.session import Session
from tests.counterparts.github import GitHubServer
from tests.counterparts.gitlab import GitLabServer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICY = """
version: 1
tracker: {{kind: {kind}, project: acme/production, url: "{url}"{more}}}
roles: {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}}}}
since: 2026-01-01T00:00:00Z
"""
STRICTER = """
rules: [{name: s2-calls, why: It is S2., when: {severity: [S2]}, engage: {role: cmoc}}]
"""
PREVIEW = ("preview", "--base", ".", "--head", "stricter", "--days", "30")
TOKENS = {"gitlab": "IMA_GITLAB_TOKEN", "github": "IMA_GITHUB_TOKEN"}


class Shell:
    """Rita at her own machine, where no job runs."""

    def __init__(self, kind: str, server: Any, folder: Path) -> None:
        self.kind, self.server, self.folder = kind, server, folder
        self.named("")

    def named(self, more: str) -> None:
        text = POLICY.format(kind=self.kind, url=self.server.url, more=more)
        (self.folder / "policy.yml").write_text(text, "utf-8")

    def ima(self, *words: str, token: str = "t-rita", **job: str) -> int:
        self.server.forget()
        environment = {TOKENS[self.kind]: token, **job}
        session = Session(
            lambda: NOW, "rita", folder=self.folder, environment=environment, by_example=True
        )
        return invoke([*words], session)

    def writes(self) -> list[str]:
        return [f"{each.method} {each.path.rpartition('/')[2]}" for each in self.server.writes()]


@pytest.fixture(params=["gitlab", "github"])
def shell(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    made: Any = GitLabServer if request.param == "gitlab" else GitHubServer
    with made(clock=lambda: NOW) as server:
        yield Shell(request.param, server, tmp_path)


def test_declare_opens_the_issue_and_leaves_the_rest_to_the_job(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell.ima("declare", "Pushes fail", "--severity", "S1") == 0
    assert shell.writes() == ["POST issues"]
    assert "IMA's job takes #1 up" in capsys.readouterr().out


@pytest.mark.parametrize("words", [("apply",), ("apply", "--issue", "1")])
def test_apply_is_refused_before_anything_is_written(
    shell: Shell, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    shell.ima("declare", "Pushes fail", "--severity", "S1")
    assert shell.ima(*words) == 2
    assert shell.writes() == []
    assert "@rita's own: a pass is made by IMA's account only" in capsys.readouterr().err


def test_a_review_is_not_opened_where_it_would_not_count(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell.ima("near-miss", "Wrong host") == 2
    assert shell.writes() == []
    assert "/ima near-miss" in capsys.readouterr().err


def test_in_a_job_the_token_is_imas(shell: Shell) -> None:
    shell.ima("declare", "Pushes fail", "--severity", "S1")
    assert shell.ima("apply", token="t-ima", CI="true") == 0
    assert len(shell.writes()) > 1


def test_an_account_that_the_policy_names_is_imas(shell: Shell) -> None:
    shell.ima("declare", "Pushes fail", "--severity", "S1")
    shell.named(", account: ima")
    if shell.kind == "gitlab":
        assert shell.ima("apply", token="t-ima") == 0
    else:  # there it is an App's, whose token lives in a job
        assert shell.ima("apply", token="t-rita") == 2


def signed_by_the_jobs(shell: Shell) -> dict[str, str]:
    """An incident whose memory the jobs have signed, with this key; rita's account was IMA's."""
    key = {"IMA_KEY": "ima-" + "k" * 40}
    shell.ima("declare", "Pushes fail", "--severity", "S1")
    assert shell.ima("apply", token="t-ima", CI="true", **key) == 0
    with (shell.folder / "policy.yml").open("a", encoding="utf-8") as file:
        file.write("accounts: [rita, ima]\n")
    return key


def test_a_former_account_of_imas_may_make_a_pass_but_not_without_the_key(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    key = signed_by_the_jobs(shell)
    capsys.readouterr()
    assert shell.ima("apply") == 2
    assert "signed, and IMA_KEY is not set" in capsys.readouterr().err
    assert shell.writes() == []
    assert shell.ima("apply", **key) != 2
    assert "IMA_KEY is not set" not in capsys.readouterr().err


def test_a_plan_says_that_it_does_not_know_the_account_of_ima(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell.ima("declare", "API down", "--severity", "S2") == 0
    assert shell.ima("apply", token="t-ima", CI="true") == 0
    capsys.readouterr()
    assert shell.ima("plan") == 0
    assert "name IMA's account in the policy: `accounts: [LOGIN]`" in capsys.readouterr().err
    with (shell.folder / "policy.yml").open("a", encoding="utf-8") as file:
        file.write("accounts: [ima]\n")
    assert shell.ima("plan") == 0
    told = capsys.readouterr()
    assert "No changes" in told.out
    assert "LOGIN" not in told.err


@pytest.mark.parametrize("words", [("plan",), ("explain", "1"), ("board",), PREVIEW])
def test_who_looks_with_their_own_token_sees_what_they_typed_themselves(
    shell: Shell, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the policy names IMA's account, it is for that one that they look."""
    assert shell.ima("declare", "API down", "--severity", "S3") == 0
    assert shell.ima("apply", token="t-ima", CI="true") == 0
    shell.server.people.comment("rita", 1, "/ima severity S2")
    capsys.readouterr()
    shell.ima("plan")
    told = capsys.readouterr()
    assert "S2" not in told.out
    assert "what @rita did or typed counts as IMA's, and is not seen" in told.err
    with (shell.folder / "policy.yml").open("a", encoding="utf-8") as file:
        file.write("accounts: [ima]\n")
    stricter = shell.folder / "stricter"
    stricter.mkdir()
    text = (shell.folder / "policy.yml").read_text("utf-8")
    (stricter / "policy.yml").write_text(f"{text}{STRICTER}", "utf-8")
    shell.ima(*words)
    told = capsys.readouterr()
    assert "S2" in told.out
    assert "On none of" not in told.out
    assert "not seen" not in told.err
    assert shell.ima("declare", "Pushes fail", "--severity", "S4") == 0
    assert "IMA's job takes #" in capsys.readouterr().out, "who acts is still themselves"


def test_a_token_that_expired_fails_one_job_and_not_each(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("apply", "--hourly", "--issue", "1")
    assert shell.ima(*words, token="t-expired", CI="true") == 1
    assert "wrong, expired or revoked" in capsys.readouterr().err
    assert shell.ima(*words, token="t-expired", CI="true") == 0
    assert "still failing since" in capsys.readouterr().err


def of_an_outage(shell: Shell) -> str:
    """The file that the embedded tracker kept an incident in while the forge was away."""
    words = ("declare", "API down", "--severity", "S3", "--tracker", "local")
    assert shell.ima(*words) == 0
    return str(shell.folder / ".ima" / "incidents.db")


def test_an_outage_is_carried_over_by_imas_account_only(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    file = of_an_outage(shell)
    assert shell.ima("replay", file, "--plan") == 0, "whoever can read may look"
    assert shell.ima("replay", file) == 2
    assert shell.writes() == []
    told = capsys.readouterr().err
    assert "@rita's own: an outage is carried over by IMA's account only" in told
    assert "`--plan`" in told
    assert shell.ima("replay", file, token="t-ima", CI="true") == 0
    assert shell.writes()[0] == "POST issues"


def test_an_outage_is_carried_over_with_the_key_of_the_jobs_only(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    key = signed_by_the_jobs(shell)
    kept_in = of_an_outage(shell)
    capsys.readouterr()
    assert shell.ima("replay", kept_in) == 2
    assert "signed, and IMA_KEY is not set" in capsys.readouterr().err
    assert shell.writes() == []
    assert shell.ima("replay", kept_in, **key) == 0
