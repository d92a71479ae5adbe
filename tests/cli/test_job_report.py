"""What a job leaves on its page: GitHub's summary and marks, GitLab's test report."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from automation.cli.job_report import leave_error
from automation.errors import ServiceError
from automation.http.known_secrets import remember
from automation.model.issue import Draft
from tests.counterparts.github.runner import obeyed
from tests.leaks import secret
from tests.payloads import an_alert, single_alert

from .conftest import POLICY, Ima

BAD = "\n::stop-commands::x\r\n::set-env name=A::b <b>"


@pytest.fixture
def job(ima: Ima) -> Ima:
    places = {
        "GITHUB_ACTIONS": "true",
        "CI": "true",
        "GITHUB_STEP_SUMMARY": str(ima.folder / "summary.md"),
        "IMA_REPORT": str(ima.folder / "reports" / "ima.xml"),
    }
    ima.policy(POLICY.replace("cmoc: {on_call: cara}", "cmoc: {}"))
    ima.session.acting().open(Draft(f"Oh{BAD}", labels=("Incident", "S1")))
    ima.session = replace(ima.fresh(), environment=places)
    return ima


def summary(ima: Ima) -> str:
    return (ima.folder / "summary.md").read_text("utf-8")


def failed_cases(ima: Ima) -> list[str]:
    (suite,) = ElementTree.parse(ima.folder / "reports" / "ima.xml").getroot()
    return [each.get("name", "") for each in suite if len(each)]


def test_a_pass_leaves_a_summary_marks_and_a_test_report(job: Ima) -> None:
    done = job("apply -v")
    assert "nobody is on call as CMOC" in summary(job)
    assert "<b>" not in summary(job)
    (mark,) = obeyed(done.out + done.err)  # and nothing of what people wrote
    assert (mark.name, mark.data.split(":")[0]) == (
        "error" if done.code else "warning",
        "nobody is on call as CMOC",
    )
    assert [each.split(":")[0] for each in failed_cases(job)] == ["nobody is on call as CMOC"]


def test_each_command_of_a_step_adds_to_the_summary_and_json_stays_json(job: Ima) -> None:
    job("apply")
    done = job("apply --format json")
    assert done.json["findings"]
    assert obeyed(done.err)
    assert summary(job).count("needs a person") == 2


def test_a_pass_that_came_to_nothing_says_how_people_go_on(job: Ima) -> None:
    (job.folder / ".ima" / "incidents.db").write_bytes(b"no database " * 99)
    done = job("apply")
    assert done.code == 1
    assert [each.name for each in obeyed(done.out + done.err)] == ["error"]
    assert failed_cases(job)
    text = summary(job)
    assert text.startswith("| needs a person | |")


def test_an_alert_and_a_mistake_are_shown_too(job: Ima) -> None:
    (job.folder / "alert.json").write_text(json.dumps(an_alert(single_alert("DiskFull"))), "utf-8")
    job("alert alert.json")
    assert "DiskFull" in summary(job)
    job.policy("roon: x\n")
    job.session.environment = {"GITHUB_STEP_SUMMARY": str(job.folder / "summary.md")}
    assert job("apply").code == 2
    assert "did you mean 'room'?" in summary(job)


def test_a_secret_that_somebody_repeats_is_in_none_of_them(job: Ima) -> None:
    hidden = secret("slack-token-that-is-long")
    remember(hidden)
    leave_error(job.session.environment, ServiceError(f"slack: {hidden}", f"not {hidden}"))
    assert "slack: …; not …" in summary(job)
    assert failed_cases(job) == ["slack: …; not …"]


def test_a_report_that_cannot_be_written_stops_nothing(job: Ima) -> None:
    job.session.environment = {"GITHUB_STEP_SUMMARY": str(job.folder)}
    done = job("apply")
    assert "the job's report cannot be written" in done.err
    assert "nobody is on call" in done.out


def test_a_person_gets_none_of_it(ima: Ima) -> None:
    before = {*ima.folder.rglob("*")}
    done = ima("apply")
    assert obeyed(done.out + done.err) == []
    made = {*ima.folder.rglob("*")} - before
    assert [path for path in made if ".ima" not in path.parts] == []


def test_the_answer_of_a_chat_has_no_marks(job: Ima) -> None:
    done = job(["chat", 'declare "Pushes hang" --severity S1'])
    assert obeyed(done.out) == []
    assert "::error" not in done.out
