"""What a job shows of a pass on GitHub and GitLab, whatever people have written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from automation.errors import ServiceError
from automation.model.issue import Draft
from automation.planning.plan import Finding, Plan
from automation.planning.report import Report
from automation.trackers.local.tracker import LocalTracker
from automation.workspace.session import Session
from automation.writing import job_report
from tests.counterparts.github.runner import SHOWN, SUMMARY_LIMIT, obeyed

case = pytest.param
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POLICY = """\
roles: {eoc: {on_call: erin}, imoc: {on_call: ian}, cmoc: {on_call: cara}, security: {on_call: sam}}
since: 2026-03-01T00:00:00Z
"""
HOSTILE = "::error::x\n::stop-commands::y\r##[error]z | a % <b> @all `c`,:%0A::set-env name=A::b"


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "policy.yml").write_text(POLICY)
    made = Session(lambda: NOW, "rita", folder=tmp_path, by_example=True)
    clock = made.clock
    vars(made)["local"] = LocalTracker(":memory:", project=made.policy.project, clock=clock)
    return made


def a_pass(
    session: Session, title: str = "API down", *, hidden: bool = False
) -> tuple[Plan, Report]:
    draft = Draft(title, labels=("Incident", "S1"), confidential=hidden)
    session.local.acting("rita").open(draft)
    return session.run.apply()


def with_findings(plan: Plan, *findings: Finding) -> Plan:
    return replace(plan, findings=findings)


def marked(plan: Plan, report: Report, failed: bool = True) -> str:
    return "\n".join(job_report.marks(job_report.needs(plan, report, failed)))


def test_the_summary_says_what_needs_a_person_before_what_was_done(session: Session) -> None:
    plan, report = a_pass(session)
    plan = with_findings(plan, Finding("nobody is on call as CMOC", "#1"))
    text = job_report.summary(plan, report, job_report.needs(plan, report, failed=False))
    first, *rest = text.splitlines()
    assert first.startswith("**Done: ")
    assert "1 thing for a person" in first
    assert rest[1] == "| needs a person | |"
    assert rest[3] == "| acme/production#1 | nobody is on call as CMOC |"
    assert text.index("nobody is on call") < text.index("**acme/production#1** · API down")
    assert text.count("nobody is on call") == 1


def test_a_quiet_pass_is_one_sentence(session: Session) -> None:
    plan, report = session.run.apply()
    text = job_report.summary(plan, report, [])
    assert text.startswith("**No changes")
    assert len(text.splitlines()) == 1


def test_what_fails_the_job_is_an_error_and_the_rest_a_warning(session: Session) -> None:
    plan = with_findings(
        session.run.plan(), Finding("odd", "#7"), Finding("broken", "#8", failed=True)
    )
    report = Report(failures=[ServiceError("pager: 503", "run again")])
    found = obeyed(marked(plan, report))
    assert [(each.name, each.data, each.properties) for each in found] == [
        ("error", "pager: 503; run again", {"title": "IMA"}),
        ("error", "broken", {"title": "acme/production#8"}),
        ("warning", "odd", {"title": "acme/production#7"}),
    ]
    quiet = obeyed(marked(plan, report, failed=False))  # told within the hour: the job is green
    assert {each.name for each in quiet} == {"warning"}


def test_no_word_of_people_is_a_command_of_the_job(session: Session) -> None:
    plan, report = a_pass(session, HOSTILE)
    plan = with_findings(plan, Finding(HOSTILE, "#1", failed=True))
    report.failures.append(ServiceError(HOSTILE, HOSTILE))
    found = obeyed(marked(plan, report))
    assert [each.name for each in found] == ["error", "error"]
    assert found[1].data.startswith("::error::x; ::stop-commands::y; ##[error]z | a % <b>")
    assert found[1].properties == {"title": "acme/production#1"}


def test_a_title_in_the_summary_is_no_markup(session: Session) -> None:
    plan, report = a_pass(session, "<img src=x> | @all `x` **b**\n# head [l](u) ![i](u)")
    text = job_report.summary(plan, report, job_report.needs(plan, report, failed=False))
    assert "&lt;img src=x&gt; \\| @\u200ball \\`x\\` \\*\\*b\\*\\*" in text
    assert "<img" not in text
    assert "](u)" not in text.replace("\\]", "")


def test_what_has_no_room_is_counted(session: Session) -> None:
    findings = [Finding(f"number {n}", failed=True) for n in range(SHOWN + 3)]
    found = obeyed(marked(with_findings(session.run.plan(), *findings), Report()))
    assert len(found) == SHOWN
    assert found[-1].data.endswith("(and 3 more: see the summary)")


def test_a_summary_that_github_would_not_show_is_cut(session: Session) -> None:
    plan = with_findings(session.run.plan(), *(Finding(f"{n} " + "x" * 900) for n in range(1300)))
    text = job_report.summary(plan, Report(), job_report.needs(plan, Report(), failed=False))
    assert len(text.encode()) < SUMMARY_LIMIT
    assert text.endswith("the job's log has the rest.\n")


def test_the_test_report_has_a_failed_case_for_each_thing_that_needs_a_person(
    session: Session,
) -> None:
    plan, report = a_pass(session, HOSTILE)
    plan = with_findings(plan, Finding(HOSTILE, "#1"))
    suite = ElementTree.fromstring(
        job_report.junit(plan, report, job_report.needs(plan, report, failed=False))
    )[0]
    cases = list(suite)
    (failed,) = [each for each in cases if len(each)]
    assert failed.get("classname") == "acme/production#1"
    assert "stop-commands" in failed[0].get("message", "")
    assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), "1")
    assert any("page" in each.get("name", "") for each in cases)
    names = [(each.get("classname"), each.get("name")) for each in cases]
    assert len(set(names)) == len(names), "GitLab keeps one of a name"


def test_of_a_confidential_incident_there_is_its_reference_alone(session: Session) -> None:
    plan, report = a_pass(session, "The key leaked", hidden=True)
    needs = job_report.needs(plan, report, failed=False)
    for text in (
        job_report.summary(plan, report, needs),
        job_report.junit(plan, report, needs),
        marked(plan, report),
    ):
        assert "leaked" not in text
        assert "erin" not in text
    assert "acme/production#1" in job_report.summary(plan, report, needs)
