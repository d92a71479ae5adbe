from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.trackers.local.tracker import LocalTracker
from automation.workspace.session import Session
from tests.counterparts.gitlab import GitLabServer

from .conftest import POLICY, Ima


def test_declare_opens_the_issue_and_makes_the_first_pass(ima: Ima) -> None:
    done = ima('declare "API down" --severity S1 --service api')
    assert (done.code, done.err) == (0, "")
    first, owner, paged, room, after = done.out.splitlines()
    assert first == "acme/production#1  API down"
    assert owner == "Owner: @erin"
    assert paged == "Paged: @erin (EOC), @ian (IMOC)"
    assert room.startswith("Room:  https://")
    assert after.startswith("Next:  join the room")
    (issue,) = ima.session.tracker.issues(["#1"])
    assert {"Incident", "S1", "Service::API"} <= issue.labels
    assert issue.author == "rita"
    assert ima("plan --check").code == 0


def test_declare_as_json(ima: Ima) -> None:
    assert ima('declare "Web slow" --severity s3 --format json').json == {
        "issue": "#1",
        "owner": "erin",
        "paged": [],
        "room": ima.session.policy.room,
        "findings": [],
        "failures": [],
    }


@pytest.mark.parametrize(
    ("options", "paged"),
    [
        pytest.param("", [], id="S3 pages nobody"),
        pytest.param("--page-imoc", ["eoc", "imoc"], id="but whom one asks for, and the engineer"),
        pytest.param("--cmoc @carl", ["cmoc", "eoc"], id="or names"),
        pytest.param("--cmoc carl --imoc @ina", ["cmoc", "eoc", "imoc"], id="or both"),
    ],
)
def test_who_is_paged(ima: Ima, options: str, paged: list[str]) -> None:
    done = ima(f'declare "Web slow" --severity S3 {options} --format json').json
    assert sorted(row["role"] for row in done["paged"]) == paged


def test_a_named_person_is_the_one_paged(ima: Ima) -> None:
    done = ima('declare "Web slow" --severity S3 --cmoc @carl --format json').json
    assert {"role": "cmoc", "person": "carl"} in done["paged"]


def test_no_announce_and_a_document(ima: Ima) -> None:
    ima('declare "API down" --severity S1 --no-announce --doc')
    assert not list(ima.session.tracker.issues(["#1"])[0].links)
    outbox = (ima.folder / ".ima" / "outbox.jsonl").read_text()
    assert '"announcement"' not in outbox
    assert len(list((ima.folder / ".ima" / "documents").iterdir())) == 1


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        pytest.param("declare ' \x07 '", "say in a few words", id="no title"),
        pytest.param(f"declare {'x' * 256}", "shorten it", id="a title too long"),
        pytest.param("declare x --service wbe", "did you mean 'web'?", id="a misspelt service"),
        pytest.param("declare x --cmoc '@a b'", "such as @mia", id="a login that is none"),
        pytest.param("report ''", "say in a few words", id="a report of nothing"),
        pytest.param("near-miss ''", "say in a few words", id="a near miss of nothing"),
    ],
)
def test_mistakes_open_nothing(ima: Ima, line: str, remedy: str) -> None:
    done = ima(line)
    assert (done.code, done.out) == (2, "")
    assert remedy in done.err.splitlines()[1]
    assert ima.session.tracker.issues() == []


def outsiders(ima: Ima, *logins: str) -> LocalTracker:
    tracker = LocalTracker(
        ":memory:",
        project="acme/production",
        clock=lambda: ima.now,
        outsiders=frozenset(logins),
    )
    vars(ima.session)["local"] = tracker
    return tracker


@pytest.mark.parametrize("line", ["declare 'API down'", "near-miss 'Wrong host'"])
def test_an_outsider_may_not_declare(ima: Ima, line: str) -> None:
    tracker = outsiders(ima, "mallory")
    done = ima(f"{line} --as @mallory")
    assert (done.code, done.out) == (2, "")
    assert "a member of the project may" in done.err
    assert "`ima report" in done.err.splitlines()[1]
    assert tracker.issues() == []


@pytest.mark.parametrize("severity", ["", "--severity S1"])
def test_but_may_report_which_pages_the_eoc_and_nobody_else(ima: Ima, severity: str) -> None:
    outsiders(ima, "mallory")
    done = ima(f"report 'Pushes hang' {severity} --as mallory")
    assert done.code == 0
    assert "Paged: @erin (EOC)\n" in done.out
    assert "stay reachable until the EOC is here" in done.out


def test_the_given_session_is_used_as_it_is(ima: Ima) -> None:
    tracker = outsiders(ima)
    assert ima("declare 'API down' --severity S1 --as mia").code == 0
    (issue,) = [issue for issue in tracker.issues() if issue.ref == "#1"]
    assert (issue.author, issue.opened_at) == ("mia", ima.now)
    assert not (ima.folder / ".ima" / "incidents.db").exists()


def test_near_miss_opens_its_review_and_pages_nobody(ima: Ima) -> None:
    done = ima("near-miss 'Wrong host' --severity S2 --owner @erin")
    assert done.out.splitlines()[0] == "acme/production#1  Wrong host"
    (issue,) = ima.session.tracker.issues(["#1"])
    assert (issue.author, issue.assignees) == ("ima", ("erin",))
    assert {"Near Miss", "S2", "Incident Review"} <= issue.labels
    assert not (ima.folder / ".ima" / "outbox.jsonl").exists()


def test_a_first_pass_that_fails_says_that_the_issue_is_open(ima: Ima) -> None:
    ima.policy(POLICY.replace("sam", "ima"))
    done = ima("declare 'API down' --severity S1")
    assert done.code == 2
    assert done.out == "acme/production#1  API down\n"
    assert "IMA needs an account of its own" in done.err
    assert "  #1 is open; `ima apply --issue 1` makes its first pass\n" in done.err


def test_a_security_incident_is_confidential_from_the_first_moment(ima: Ima) -> None:
    done = ima('declare "Unknown login on db-01" --severity S1 --security')
    assert (done.code, done.out) == (0, "acme/production#1  confidential\n")
    (issue,) = ima.session.tracker.issues(["#1"])
    assert issue.confidential
    assert {event.kind for event in issue.events if event.at > issue.opened_at} <= {"assigned"}
    assert "db-01" not in (ima.folder / ".ima" / "outbox.jsonl").read_text()


def test_where_nothing_can_be_hidden_it_is_refused_and_nothing_is_opened(ima: Ima) -> None:
    tracker = ima.session.local
    tracker.can = replace(tracker.can, confidential=False)
    done = ima('declare "Unknown login on db-01" --security')
    assert done.code == 2
    assert "nothing was opened\n  name a private repository" in done.err
    assert ima.session.tracker.issues(["#1"]) == []


def test_the_beginning_of_a_status_is_enough(ima: Ima) -> None:
    done = ima('declare "Pages are slow" --severity S3 --status degr')
    assert done.code == 0
    (issue,) = ima.session.tracker.issues(["#1"])
    assert "Status::Degraded Performance" in issue.labels
    refused = ima('declare "Pages are slow" --status Wobbly')
    assert (refused.code, "there is no status 'Wobbly'" in refused.err) == (2, True)


def test_what_is_written_down_afterwards_counts_in_its_own_time(ima: Ima) -> None:
    start = ima.session.clock() - timedelta(hours=3)
    span = f'--from "{start:%Y-%m-%d %H:%M}" --to "{start + timedelta(minutes=80):%Y-%m-%d %H:%M}"'
    done = ima(f'declare "Pulls hung" --severity S3 --status "Service Disruption" {span}')
    assert (done.code, "Nobody was called" in done.out) == (0, True)
    ima("apply")
    figures = ima("stats --format json").json
    assert figures["months"][-1]["minutes"]["Service Disruption"] == 80


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("declare 'It was slow' --from '2026-03-02 11:00' --to 11:30", 0),
        ("declare 'It was slow' --from '2026-03-02 11:00' --to 12:30", 2),
        ("maintenance 'New disks' --from '2026-03-02 11:00' --to 11:30", 2),
        ("maintenance 'New disks' --from '2026-03-02 11:00' --to 12:30", 0),
    ],
)
@pytest.mark.parametrize("wrong", [-3, 3], ids=["behind", "ahead"])
def test_what_is_over_is_judged_by_the_trackers_clock(
    tmp_path: Path, line: str, code: int, wrong: int
) -> None:
    noon = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    with GitLabServer(clock=lambda: noon) as server:
        (tmp_path / "policy.yml").write_text(
            f"version: 1\ntracker: {{kind: gitlab, project: acme/production, url: {server.url}}}\n"
            "since: 2026-03-01T00:00:00Z\n"
            "roles: {eoc: {on_call: erin}, imoc: {on_call: ian}, cmoc: {on_call: cara}}\n"
        )
        token = {"IMA_GITLAB_TOKEN": "t-ima"}
        machine = noon + timedelta(hours=wrong)
        session = Session(
            lambda: machine, "rita", folder=tmp_path, environment=token, by_example=True
        )
        assert invoke(shlex.split(line), session) == code


def test_a_severity_that_there_is_not_is_answered_with_all_that_there_are(ima: Ima) -> None:
    said = ima('declare "Web slow" --severity S11').err
    assert "did you mean 'S1'? known here: S1, S2, S3, S4 (`severities`, " in said
