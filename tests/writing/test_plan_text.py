from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.errors import ServiceError
from automation.model.issue import Draft
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.text import columns
from automation.trackers.local.tracker import LocalTracker
from automation.workspace.session import Session
from automation.writing import plan_text
from automation.writing.text_style import TextStyle

case = pytest.param
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POLICY = """\
roles: {eoc: {on_call: erin}, imoc: {on_call: ian}, cmoc: {on_call: cara}, security: {on_call: sam}}
since: 2026-03-01T00:00:00Z
"""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "policy.yml").write_text(POLICY)
    made = Session(lambda: NOW, "rita", folder=tmp_path, by_example=True)
    clock = made.clock
    vars(made)["local"] = LocalTracker(":memory:", project=made.policy.project, clock=clock)
    return made


def incident(session: Session, title: str = "API down", confidential: bool = False) -> None:
    draft = Draft(title, labels=("Incident", "S1"), confidential=confidential)
    session.local.acting("rita").open(draft)


def last(plan: Plan) -> str:
    return plan_text.plan_text(plan, TextStyle()).splitlines()[-1]


def test_what_changes_is_counted_in_the_last_line(session: Session) -> None:
    incident(session)
    session.run.apply()
    incident(session, "Web down")
    plan = session.run.plan()
    count = len(plan.visible)
    assert last(plan) == f"Plan: {count} changes to 1 incident. 1 incident already matches."


def test_no_changes_is_said_first(session: Session) -> None:
    assert last(session.run.plan()) == "No changes. 0 incidents match the policy."
    incident(session)
    session.run.apply()
    assert plan_text.plan_text(session.run.plan(), TextStyle()) == (
        "No changes. 1 incident matches the policy."
    )


def test_findings_are_counted_for_a_person(session: Session, tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(POLICY.replace("{on_call: cara}", "{}"))
    session.__dict__.pop("policy")
    session.__dict__.pop("files")
    incident(session)
    session.run.apply()
    text = plan_text.plan_text(session.run.plan(), TextStyle())
    assert text.startswith("acme/production\n  ! nobody is on call as CMOC")
    assert text.splitlines()[-1].startswith("No changes, 1 thing for a person. ")


def test_rules_stand_in_one_column(session: Session) -> None:
    incident(session)
    rows = plan_text.plan_text(session.run.plan(), TextStyle()).splitlines()[1:-2]
    assert len({row.rstrip().rindex(" ") for row in rows}) == 1


def test_each_why_on_request(session: Session) -> None:
    incident(session)
    plan = session.run.plan()
    assert plan.visible[0].why not in plan_text.plan_text(plan, TextStyle())
    assert plan.visible[0].why in plan_text.plan_text(plan, TextStyle(verbose=True))


def test_cards_are_mentioned_where_they_are_all_there_is(session: Session) -> None:
    incident(session)
    session.run.apply()
    session.tracker.edit("#0", body="garbled <!-- ima:dashboard {} -->")
    assert last(session.run.plan()) == (
        "No changes. 1 incident matches the policy. The dashboard would be refreshed."
    )


def test_what_was_done_looks_as_what_was_planned(session: Session) -> None:
    incident(session)
    planned = plan_text.plan_text(session.run.plan(), TextStyle())
    plan, report = session.run.apply()
    assert plan_text.done_text(plan, report, TextStyle()) == planned.replace("Plan: ", "Done: ")


def test_failures_are_counted(session: Session) -> None:
    incident(session)
    report = Report(failures=[ServiceError("pager: 503", "run again")])
    plan = session.run.plan()
    assert plan_text.done_text(plan, report, TextStyle()).endswith(" 1 step failed.")
    assert plan_text.done_json(plan, report)["failures"] == [
        {"problem": "pager: 503", "remedy": "run again"}
    ]


def test_what_could_not_be_written_is_not_called_done(session: Session) -> None:
    incident(session)
    plan = session.run.plan()
    failed = ServiceError("gitlab: commenting on acme/production#1 failed: 403", "get a token")
    report = Report(failures=[failed, failed], unfinished={"#1"}, dashboard_failed=True)
    assert plan_text.done_text(plan, report, TextStyle()) == (
        "No changes. 0 incidents match the policy. 2 steps failed."
    )


@pytest.mark.parametrize("cells", [20, 40, 60, 80, 100])
def test_titles_give_way_on_a_terminal(session: Session, cells: int) -> None:
    incident(session, "A very long title " * 12)
    head = plan_text.plan_text(session.run.plan(), TextStyle(width=cells)).splitlines()[0]
    assert "…" in head
    assert head.endswith("S1 · Investigating")
    assert columns.width(head) <= max(cells, 28)


def test_confidential_titles_never_appear(session: Session) -> None:
    incident(session, "The key leaked", confidential=True)
    plan, report = session.run.apply()
    shown = [
        plan_text.plan_text(plan, TextStyle(verbose=True)),
        plan_text.plan_markdown(plan),
        plan_text.done_markdown(plan, report),
        json.dumps(plan_text.done_json(plan, report)),
    ]
    assert not any("leaked" in text for text in shown)


@pytest.mark.parametrize(
    "title",
    [
        case("@all please", id="a mention"),
        case("a | b\n| c", id="a table"),
        case("<!-- ima:card {} --> <details>", id="markup"),
        case("\x1b[2J\x07\u202egpj", id="control characters"),
        case("`code` [link](http://x) **bold**", id="Markdown"),
    ],
)
def test_markdown_is_escaped(session: Session, title: str) -> None:
    incident(session, title)
    text = plan_text.plan_markdown(session.run.plan())
    assert not any(
        bad in text for bad in ("@all", "<!--", "<details>", "\x1b", "\u202e", "[link](")
    )
    assert all(line.count(" | ") == 2 for line in text.splitlines() if line.startswith("| +"))


def test_markdown_says_what_to_do_next(session: Session) -> None:
    incident(session)
    text = plan_text.plan_markdown(session.run.plan())
    assert text.startswith("**Plan: ")
    assert text.endswith("`ima apply` makes it so.")


def test_json_is_the_same_for_the_same_plan(session: Session) -> None:
    incident(session)
    first, second = (json.dumps(session.run.plan().as_json(), sort_keys=True) for _ in range(2))
    assert first == second


# Columns


@pytest.mark.parametrize(
    ("text", "cells"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("a\u200bb", 2), ("", 0)]
)
def test_width(text: str, cells: int) -> None:
    assert columns.width(text) == cells


@given(st.text(max_size=50), st.integers(1, 60))
def test_what_is_fitted_fits(text: str, cells: int) -> None:
    assert columns.width(columns.fit(text, cells)) <= cells


def test_a_table_that_does_not_fit_becomes_paragraphs() -> None:
    head, rows = ("issue", "title", "owner"), [("#1", "API down for everybody", "erin")]
    assert columns.table(head, rows, None)[1] == "#1     API down for everybody  erin"
    assert columns.table(head, rows, 27, 1)[1] == "#1     API down for…  erin"
    assert columns.table(head, rows, 21, 1) == [
        "#1", "  title API down for", "  everybody · owner", "  erin"
    ]  # fmt: skip
