"""Which tracker a run works on, and the cache file that spares it questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.errors import PolicyError, ServiceError
from automation.planning.sweep_state import Cache, KnownIssue
from automation.policy.policy import Policy
from automation.workspace.address import with_tracker_option
from automation.workspace.cache_file import CacheFile, facts_in, sealed
from automation.workspace.files import shipped_folder
from automation.workspace.forge import CACHE, open_forge
from automation.workspace.session import Session
from tests.counterparts.gitlab import GitLabServer
from tests.worlds import shipped

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICY = shipped().policy()


@pytest.mark.parametrize(
    ("option", "tracker", "url", "project"),
    [
        pytest.param("", "local", "", "acme/production", id="what the policy says"),
        pytest.param("gitlab", "gitlab", "", "acme/production", id="the kind alone"),
        pytest.param(
            "https://git.acme.example/ops/incidents",
            "gitlab",
            "https://git.acme.example",
            "ops/incidents",
            id="a project's address",
        ),
        pytest.param(
            "https://git.acme.example/ops/sub/incidents/-/issues",
            "gitlab",
            "https://git.acme.example",
            "ops/sub/incidents",
            id="the address of its issues",
        ),
    ],
)
def test_the_tracker_is_the_chosen_one(option: str, tracker: str, url: str, project: str) -> None:
    policy = with_tracker_option(POLICY, option, {})
    assert (policy.tracker.kind, policy.tracker.url, policy.project) == (tracker, url, project)


@pytest.mark.parametrize("option", ["jira", "https://git.acme.example", "ftp://a/b/c"])
def test_any_other_tracker_is_refused(option: str) -> None:
    with pytest.raises(PolicyError) as error:
        with_tracker_option(POLICY, option, {})
    assert f"--tracker {option}: this version of ima knows local, gitlab and github" in str(
        error.value
    )
    assert "a project's address" in error.value.remedy


def on(url: str) -> Policy:
    return POLICY.with_tracker(kind="gitlab", url=url)


JOB = {"CI_SERVER_URL": "https://git.acme.example/"}


@pytest.mark.parametrize(
    ("policy", "environment"),
    [
        pytest.param(POLICY, JOB, id="another one than the job's"),
        pytest.param(on("https://git.acme.example"), {}, id="another one than the policy's"),
        pytest.param(on(""), {}, id="gitlab.com, where nothing else is said"),
    ],
)
def test_the_token_goes_to_no_other_gitlab(policy: Policy, environment: dict[str, str]) -> None:
    for host in ("evil.example", "git.acme.example.evil.example", "git.acme.example@evil.example"):
        with pytest.raises(PolicyError) as error:
            with_tracker_option(policy, f"https://{host}/acme/production", environment)
        assert f"not for https://{host}" in error.value.problem
        assert f"tracker: {{url: https://{host}}}" in error.value.remedy


@pytest.mark.parametrize("url", ["https://git.acme.example", "https://acme.example/gitlab"])
def test_a_gitlab_that_is_known_may_be_below_a_path(url: str) -> None:
    option = f"{url}/ops/incidents/"
    for policy, environment in ((on(f"{url}/"), {}), (POLICY, {"CI_SERVER_URL": url})):
        found = with_tracker_option(policy, option, environment)
        assert (found.tracker.kind, found.tracker.url, found.project) == (
            "gitlab",
            url,
            "ops/incidents",
        )


def test_without_a_token_it_says_which_one(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as error:
        open_forge(on("https://git.acme.example"), tmp_path, {}, NOON, 1)
    assert "set IMA_GITLAB_TOKEN" in error.value.remedy


def test_github_is_opened_with_what_the_policy_says(tmp_path: Path) -> None:
    policy = on("https://ghe.test/api/v3").with_tracker(kind="github", account="ima[bot]")
    with pytest.raises(ServiceError, match="github: there is no token") as error:
        open_forge(policy, tmp_path, {"GITLAB_TOKEN": "glpat-x"}, NOON, 1)
    assert "set IMA_GITHUB_TOKEN" in error.value.remedy
    tracker, cache = open_forge(
        policy.with_tracker(private="acme/security"), tmp_path, {"GITHUB_TOKEN": "ghs_x"}, NOON, 1
    )
    assert repr(tracker) == "<GitHubTracker acme/production at https://ghe.test/api/v3>"
    assert (tracker.me(), tracker.can.moves, tracker.requests) == ("ima[bot]", True, 0)
    cache.write(Cache())
    assert "ghs_x" not in (tmp_path / CACHE).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "project"),
    [("gitlab", "production"), ("github", "production"), ("github", "acme/ops/production")],
)
def test_a_project_needs_a_path(tmp_path: Path, kind: str, project: str) -> None:
    with pytest.raises(PolicyError) as error:
        open_forge(on("").with_tracker(kind=kind, project=project), tmp_path, {}, NOON, 1)
    assert f"{project!r} is no Git" in error.value.problem
    assert "tracker: {project: acme/production}" in error.value.remedy


CACHED = Cache(
    "p", "d", NOON, NOON, issues={"#1": KnownIssue(NOON, NOON + timedelta(hours=1), True)}
)


def test_the_cache_file_comes_back_as_it_went(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cache.json"
    facts = {"me": "ima", "members": ["erin 7"], "premium": None}
    file = CacheFile(path, lambda: sealed(facts, "a"))
    assert file.read() == Cache()
    file.write(CACHED)
    assert file.read() == CACHED
    assert facts_in(path, "a") == facts
    assert facts_in(path, "b") == {}
    assert list(path.parent.iterdir()) == [path]


def test_what_another_account_knew_is_not_taken_over(tmp_path: Path) -> None:
    """A job's token is another each time, its account is not."""
    path = tmp_path / "cache.json"
    CacheFile(path, lambda: sealed({"me": "ima"}, "a")).write(CACHED)
    assert CacheFile(path, lambda: sealed({"me": "ima"}, "b")).read() == CACHED
    assert CacheFile(path, lambda: sealed({"me": "rita"}, "c")).read() == Cache()
    assert CacheFile(path, dict).read() == CACHED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"sweep": 7, "tracker": []}',
        "\x00",
        "[" * 99_999,
        pytest.param(r'{"tracker": {"seal": "\ud800"}}', id="half a character as its seal"),
    ],
)
def test_a_garbled_cache_file_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cache.json"
    path.write_text(text, encoding="utf-8")
    assert CacheFile(path, dict).read() == Cache()
    assert facts_in(path, "a") == {}


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    CacheFile(tmp_path / "file" / "cache.json", dict).write(CACHED)


@pytest.fixture
def server() -> Iterator[GitLabServer]:
    with GitLabServer(clock=lambda: NOON, validate=True) as server:
        yield server
        assert server.violations == []


TOKEN = {"IMA_GITLAB_TOKEN": "t-ima"}


def ima(line: list[str], server: GitLabServer, folder: Path, now: datetime = NOON) -> int:
    """A command in a new session, as a job has it."""
    (folder / "policy.yml").write_text(
        "version: 1\n"
        f"tracker: {{kind: gitlab, project: acme/production, url: {server.url}, account: ima}}\n"
        "since: 2026-01-01T00:00:00Z\n"
        "roles: {eoc: {on_call: erin}, imoc: {on_call: ian}, cmoc: {on_call: cara}}\n",
        encoding="utf-8",
    )
    return invoke(line, Session(lambda: now, "rita", folder=folder, environment=TOKEN))


def test_who_is_no_member_by_the_name_of_this_machine_hears_how_to_say_who_it_is(
    server: GitLabServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.people.role("rita", None)
    assert ima(["declare", "API down"], server, tmp_path) == 2
    said = capsys.readouterr().err
    assert "@rita may not declare" in said
    assert "if @rita is not your login there, set IMA_USER to it; else ask one of them" in said
    assert ima(["declare", "API down", "--as", "mallory"], server, tmp_path) == 2
    assert "IMA_USER" not in capsys.readouterr().err


def test_an_incident_is_declared_and_kept_on_gitlab(
    server: GitLabServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ima(["declare", "API down", "--severity", "S1"], server, tmp_path) == 0
    assert "Owner: @erin" in capsys.readouterr().out
    server.people.comment("erin", 1, "/ima state identified -- roll back")
    assert ima(["apply"], server, tmp_path) == 0
    assert "State::Identified" in server.issue(1)["labels"]
    assert ima(["apply"], server, tmp_path) == 0
    server.forget()
    assert ima(["apply"], server, tmp_path) == 0
    assert server.writes() == []
    assert "1 incident matches the policy" in capsys.readouterr().out


def test_the_token_is_nowhere_in_the_cache(server: GitLabServer, tmp_path: Path) -> None:
    ima(["declare", "Secret leak", "--severity", "S3"], server, tmp_path)
    ima(["apply"], server, tmp_path)
    text = (tmp_path / CACHE).read_text(encoding="utf-8")
    assert json.loads(text)["tracker"]["me"] == "ima"
    assert "t-ima" not in text
    assert "Secret leak" not in text


def test_people_write_on_gitlab_itself(
    server: GitLabServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ima(["declare", "API down"], server, tmp_path)
    assert ima(["say", "1", "hello"], server, tmp_path) == 2
    assert "write on the issue itself" in capsys.readouterr().err


def test_a_later_process_still_knows_our_labels(server: GitLabServer, tmp_path: Path) -> None:
    assert ima(["labels", "sync", "--allow-many"], server, tmp_path) == 0
    labels = (shipped_folder() / "labels.yml").read_text(encoding="utf-8")
    (tmp_path / "labels.yml").write_text(labels.replace("c00000", "c00001"), encoding="utf-8")
    assert ima(["labels", "sync", "--check"], server, tmp_path) == 3
    assert ima(["labels", "sync"], server, tmp_path) == 0
    assert ima(["labels", "sync", "--check"], server, tmp_path) == 0


def severity_by_mallory(server: GitLabServer, folder: Path, now: datetime) -> bool:
    """Does a run at this time take a command of theirs, who left after it, for a member's?"""
    server.people.role("mallory", "developer")
    server.people.comment("mallory", 1, "/ima severity S1")
    server.people.role("mallory", None)
    assert ima(["apply"], server, folder, now) in (0, 1)
    return "S1" in server.issue(1)["labels"]


@pytest.mark.parametrize("forged", ["", "name", "time"])
def test_who_writes_the_cache_makes_nobody_a_member(tmp_path: Path, forged: str) -> None:
    """With another name in it, or where it is older, with another time. As IMA left it, who has
    left since is a member up to the next full sweep: so it is read."""
    there = [NOON]
    with GitLabServer(clock=lambda: there[0]) as server:
        server.people.role("mallory", None if forged == "name" else "developer")
        number = server.world.users["mallory"].id
        assert ima(["declare", "API down", "--as", "rita"], server, tmp_path) == 0
        assert ima(["apply"], server, tmp_path) == 0
        server.people.role("mallory", None)
        there[0] += timedelta(hours=2) if forged == "time" else timedelta(minutes=10)
        data = json.loads((tmp_path / CACHE).read_text("utf-8"))
        if forged == "name":
            data["tracker"]["members"].append(f"mallory {number}")
        elif forged == "time":
            data["sweep"]["full_at"] = data["tracker"]["asked_at"] = str(there[0])
        (tmp_path / CACHE).write_text(json.dumps(data), "utf-8")
        assert severity_by_mallory(server, tmp_path, there[0]) is (forged == "")


@pytest.mark.parametrize("slow", [timedelta(), timedelta(minutes=90), timedelta(hours=5)])
def test_who_has_left_is_no_member_longer_on_a_machine_whose_clock_is_behind(
    tmp_path: Path, slow: timedelta
) -> None:
    """How old the cache is tells the clock of GitLab (P-60)."""
    there = [NOON]
    with GitLabServer(clock=lambda: there[0]) as server:
        server.people.role("mallory", "developer")
        assert ima(["declare", "API down", "--as", "mallory"], server, tmp_path, NOON - slow) == 0
        assert ima(["apply"], server, tmp_path, NOON - slow) == 0
        server.people.role("mallory", None)
        there[0] += timedelta(minutes=90)
        assert not severity_by_mallory(server, tmp_path, there[0] - slow)
        there[0] += timedelta(minutes=1)
        assert not severity_by_mallory(server, tmp_path, there[0] - timedelta(minutes=90))
