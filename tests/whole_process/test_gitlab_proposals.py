"""A merge request that changes the process says what it would do, made by trusted code (P-45)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.cli import invoke, preview_proposal
from automation.workspace import files
from automation.workspace.forge import PAST
from automation.workspace.past_file import PastFile
from automation.workspace.session import Session
from tests.counterparts.gitlab import GitLabServer
from tests.counterparts.gitlab.rows import Project

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POLICY = """
version: 1
tracker: {{kind: gitlab, project: acme/production, url: "{url}"}}
roles:
  eoc: {{on_call: erin}}
  imoc: {{on_call: ian}}
  cmoc: {{on_call: cara}}
  security: {{on_call: sam}}
since: 2026-01-01T00:00:00Z
"""
LONGER = """
rules:
  - name: it-lasts
    why: Users wait.
    when: {severity: [S2, S3], for: 20m}
    engage: {role: cmoc, page: true}
"""
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


class Team:
    """Two incidents, one of them confidential, on which the engineer is; and merge requests."""

    def __init__(self, server: GitLabServer, folder: Path) -> None:
        self.server, self.folder, self.now = server, folder, NOW
        server.clock = lambda: self.now
        self.policy = POLICY.format(url=server.url)
        (folder / "policy.yml").write_text(self.policy, "utf-8")
        self.iid = server.people.open("rita", "xqtitle", labels=["Incident", "S3"])
        self.secret = server.people.open(
            "rita", "xqleak", labels=["Incident", "S3", "Security"], confidential=True
        )
        assert self.ima("apply", "-q") == 0
        for iid in (self.iid, self.secret):
            server.people.comment("erin", iid, "looking")
        assert self.ima("apply", "-q") == 0
        self.now += timedelta(minutes=25)

    def ima(self, *words: str, commit: str = "") -> int:
        job = {"IMA_GITLAB_TOKEN": "t-ima", "CI": "true", "CI_DEFAULT_BRANCH": "main"}
        job["CI_JOB_URL"] = "https://gitlab.example/acme/production/-/jobs/7"
        job |= {"CI_COMMIT_SHA": commit}
        session = Session(
            lambda: self.now, "rita", folder=self.folder, environment=job, by_example=True
        )
        session.patience = 0
        return invoke([*words], session)

    def proposes(
        self,
        files: Mapping[str, bytes | str | None],
        iid: int = 0,
        fork: bool = False,
        modes: Mapping[str, str] | None = None,
    ) -> int:
        sent = {k: v.encode() if isinstance(v, str) else v for k, v in files.items()}
        return self.server.people.propose("mallory", sent, iid, fork=fork, modes=modes)

    def notes(self, number: int) -> list[str]:
        return [note.body for note in self.project.merge_requests[number].notes]

    @property
    def project(self) -> Project:
        return self.server.world.project()


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with GitLabServer() as server:
        yield Team(server, tmp_path_factory.mktemp("team"))
        assert server.violations == []


@pytest.fixture
def team(once: Team) -> Iterator[Team]:
    """The same team, with what a test has changed put back: no preview writes on an issue."""
    before = len(once.server.notes(once.iid)), len(once.server.notes(once.secret))
    yield once
    assert (len(once.server.notes(once.iid)), len(once.server.notes(once.secret))) == before
    once.project.statuses.clear()
    once.project.settings.pop("issues_access_level", None)
    once.server.people.role("ima", "maintainer")


def test_one_comment_says_what_it_would_do_and_is_brought_up_to_date(team: Team) -> None:
    number = team.proposes({"policy.yml": team.policy + LONGER})
    assert team.ima("preview", "--proposal", str(number), "--post") == 0
    (note,) = team.notes(number)
    first, totals, *_ = note.splitlines()
    assert (first, totals) == (
        "<!-- ima:preview -->",
        "**2 incidents change; 2 pages more; 0 public posts.**",
    )
    assert "| + | call @\u200bcara as CMOC | `it-lasts` |" in note
    assert f"acme/production#{team.secret}" in note
    assert "xq" not in note, "no title, and nothing of what is confidential"
    assert "Of commit " in note
    (status,) = team.project.statuses
    assert (status["name"], status["status"]) == ("ima/preview", "success")
    assert status["description"] == "2 incidents change; 2 pages more; 0 public posts."
    assert status["target_url"].endswith("/jobs/7")
    team.proposes({"policy.yml": team.policy + "goal: 0.999\n"}, number)
    assert team.ima("preview", "--proposal", str(number), "--post") == 0
    (note,) = team.notes(number)
    assert note.splitlines()[1] == "**Nothing changes.**"


def test_the_comment_tells_of_the_past_which_is_read_once(team: Team) -> None:
    """Cara would have been called at 12:20. Nothing of what is confidential is kept in a file."""
    number = team.proposes({"policy.yml": team.policy + LONGER})
    asked = []
    for _ in range(2):
        before = len(team.server.log)
        assert team.ima("preview", "--proposal", str(number), "--post", "--days", "30") == 0
        asked.append(sum("/issues/" in entry.path for entry in team.server.log[before:]))
    (note,) = team.notes(number)
    past = note.partition("**The past.** ")[2]
    assert "2 of 2 incidents of the last 30 days would have gone otherwise" in past
    assert "| + | call @\u200bcara as CMOC 12:20 | `it-lasts` |" in past
    assert f"**acme/production#{team.secret}**" in past
    assert "xq" not in note
    assert asked[1] < asked[0], "what has not moved is not read again"
    kept = PastFile(team.folder / PAST, f"{team.server.url}\nacme/production\nt-ima").read()
    assert {*kept} == {f"#{team.iid}"}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"policy.yml": "roles: ["}, "policy.yml:2: not valid YAML"),
        ({"policy.yml": BOMB}, "policy.yml:1: an anchor or alias"),
        ({"policy.yml": b"#" * 5_000_000}, "policy.yml: longer than 1 MB"),
        ({"labels.yml": b"\xff\xfe"}, "labels.yml:1: not UTF-8"),
        ({"templates/card.md.j2": "{% for %}"}, "templates/card.md.j2:1: "),
        ({f"templates/comments/x{n}.md.j2": "x" for n in range(101)}, "it changes 101 files"),
    ],
    ids=["yaml", "bomb", "long", "bytes", "syntax", "many"],
)
def test_what_no_run_could_work_with_is_one_line_of_the_comment(
    team: Team, files: dict[str, bytes | str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    number = team.proposes(files)
    assert team.ima("preview", "--proposal", str(number), "--post") == 0
    (note,) = team.notes(number)
    _, line, empty, last = note.splitlines()
    assert line.startswith("**No run could work with these files:** ")
    assert told in line.replace("\\", "")
    assert (empty, last[:10]) == ("", "Of commit ")
    (status,) = team.project.statuses
    assert status["status"] == "failed"
    capsys.readouterr()


def test_a_template_that_is_proposed_is_named_and_never_written(team: Team) -> None:
    endless = "{% for a in range(10 ** 9) %}{% include 'card.md.j2' %}{% endfor %}"
    number = team.proposes({"templates/comments/called.md.j2": endless})
    assert team.ima("preview", "--proposal", str(number), "--post") == 0
    (note,) = team.notes(number)
    assert "Templates that change: comments/called.md.j2." in note.replace("\\", "")


def test_what_comes_to_no_end_is_one_line_of_the_comment(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_proposal, "_SECONDS", 0.001)
    number = team.proposes({"policy.yml": team.policy + LONGER})
    assert team.ima("preview", "--proposal", str(number), "--post") == 0
    (note,) = team.notes(number)
    assert "looking at what they would do came to no end, or took too much memory" in note
    (status,) = team.project.statuses
    assert status["status"] == "failed"


def test_where_the_past_takes_too_long_the_comment_says_so_and_shows_what_goes_on_now(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_proposal, "_PAST_SECONDS", 0.001)
    number = team.proposes({"policy.yml": team.policy + LONGER})
    assert team.ima("preview", "--proposal", str(number), "--post", "--days", "90") == 0
    (note,) = team.notes(number)
    assert note.splitlines()[1] == "**2 incidents change; 2 pages more; 0 public posts.**"
    assert "| + | call @\u200bcara as CMOC | `it-lasts` |" in note
    (past,) = (line for line in note.splitlines() if "**The past.**" in line)
    assert past.endswith("only what goes on now is shown. Fewer days are faster (`--days`).")
    (status,) = team.project.statuses
    assert status["status"] == "success"


def test_after_the_merge_the_first_pass_says_whether_it_did_what_the_preview_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with GitLabServer() as server:
        team, sha = Team(server, tmp_path), ""

        def merged(text: str) -> None:
            nonlocal sha
            number = team.proposes({"policy.yml": text})
            assert team.ima("preview", "--proposal", str(number), "--post") == 0
            sha = f"{number}".rjust(40, "a")
            team.project.merge_requests[number].merged_as = sha
            (tmp_path / "policy.yml").write_text(text, "utf-8")

        def said() -> str:
            capsys.readouterr()
            assert team.ima("apply", commit=sha) == 0
            return capsys.readouterr().out

        merged(team.policy + LONGER)
        assert said().splitlines()[-1] == "That is the plan that its preview showed."
        assert "preview" not in said()
        merged(team.policy + LONGER.replace("20m", "1h"))
        new = server.people.open("rita", "xqnew", labels=["Incident", "S3"])
        start = "Its preview showed another plan: since then something has changed on"
        assert said().splitlines()[-1] == f"{start} #{new}."


def test_a_fork_and_a_link(team: Team) -> None:
    """The commit of a fork is elsewhere: the comment alone says it. A link is not followed."""
    modes = {"labels.yml": "120000"}
    number = team.proposes({"labels.yml": "../../secrets"}, fork=True, modes=modes)
    assert team.ima("preview", "--proposal", str(number), "--post") == 0
    (note,) = team.notes(number)
    assert "labels.yml: it is a link, which is not followed" in note
    assert team.project.statuses == []


def test_a_proposal_from_elsewhere_is_told_nothing_of_what_is_confidential(team: Team) -> None:
    """Whoever proposes rules could else ask by them how severe it is, and who has it."""
    number = team.proposes({"policy.yml": team.policy + LONGER}, fork=True)
    assert team.ima("preview", "--proposal", str(number), "--post", "--days", "30") == 0
    (note,) = team.notes(number)
    assert "**1 incident changes; 1 page more; 0 public posts.**" in note
    assert "1 of 1 incident of the last 30 days" in note
    assert f"#{team.secret}" not in note
    assert "What is confidential is not looked at here" in note


def test_who_may_not_set_a_status_comments_all_the_same(team: Team) -> None:
    team.server.people.role("ima", "reporter")
    number = team.proposes({"policy.yml": team.policy + "goal: 0.999\n"})
    assert team.ima("preview", "--proposal", str(number), "--post") == 0
    assert len(team.notes(number)) == 1
    assert team.project.statuses == []


def test_whoever_may_not_see_issues_reads_only_how_many(team: Team) -> None:
    team.project.settings |= {"issues_access_level": "private"}
    number = team.proposes({"policy.yml": team.policy + LONGER})
    assert team.ima("preview", "--proposal", str(number), "--post") == 0
    (note,) = team.notes(number)
    assert "**2 incidents change; 2 pages more; 0 public posts.**" in note
    assert "acme/production#" not in note


def test_what_is_none_of_our_business_is_left_alone(team: Team) -> None:
    number = team.proposes({"README.md": "x", "templates/ci/gitlab.yml": "x"})
    assert team.ima("preview", "--proposal", str(number), "--post") == 0
    assert (team.notes(number), team.project.statuses) == ([], [])
    other = team.proposes({"policy.yml": team.policy + LONGER})
    team.project.merge_requests[other].target = "next"
    assert team.ima("preview", "--proposal", str(other), "--post") == 0
    assert team.notes(other) == []


def test_a_label_that_is_renamed_with_its_former_name_changes_nothing(team: Team) -> None:
    labels = files.read(folder=Path(__file__).parents[2]).labels.text
    for former, told in ((", previously: [S3]", "**Nothing changes.**"), ("", "**2 incidents")):
        number = team.proposes(
            {"labels.yml": labels.replace("{name: S3,", f"{{name: Sev3{former},")}
        )
        assert team.ima("preview", "--proposal", str(number), "--post") == 0
        (note,) = team.notes(number)
        assert note.splitlines()[1].startswith(told)
        assert ("The label S3 is called Sev3 now: issues keep it." in note) is bool(former)


def test_a_policy_that_lies_deeper_is_found_there(team: Team) -> None:
    (team.folder / "process").mkdir()
    (team.folder / "process" / "policy.yml").write_text(team.policy, "utf-8")
    number = team.proposes({"process/policy.yml": team.policy + LONGER, "policy.yml": "x"})
    words = ("--policy", "process/policy.yml", "preview", "--proposal", str(number), "--post")
    assert team.ima(*words) == 0
    assert "**2 incidents change; " in team.notes(number)[0]


@pytest.mark.parametrize(
    ("state", "project", "notes"),
    [("opened", "acme/production", 1), ("merged", "acme/production", 0), ("opened", "x/y", 0)],
)
def test_the_hook_names_it_and_nothing_else(
    team: Team, state: str, project: str, notes: int
) -> None:
    number = team.proposes({"policy.yml": "roles: ["})
    hook = {
        "object_kind": "merge_request",
        "project": {"path_with_namespace": project},
        "object_attributes": {"iid": number, "state": state},
    }
    (team.folder / "hook.json").write_text(json.dumps(hook), "utf-8")
    assert team.ima("preview", "--event", "hook.json", "--post") == 0
    assert len(team.notes(number)) == notes


@pytest.mark.parametrize(
    "line",
    ["preview --post", "preview --proposal 1 --base .", "preview --event", "preview --proposal 99"],
)
def test_what_cannot_be_meant(team: Team, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    code = team.ima(*line.split())
    said = capsys.readouterr()
    assert (code, said.out) == (1 if "99" in line else 2, "")
    assert "\n  " in said.err
