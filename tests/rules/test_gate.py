"""The gate of a review: what is missing, when it is opened again, when it stands."""

from __future__ import annotations

from typing import Any

import pytest

from automation.changes.comments import Say
from automation.history.fold import fold
from automation.model.incident import Form, Incident
from automation.planning.planner import settle
from automation.rules.gate import GateRule
from automation.rules.when import When
from tests.build import a_context, an_incident, an_issue, at, closed, labelled, reopened, says

DAY = 24 * 60
RULE = GateRule(
    name="complete",
    why="Because.",
    when=When(kind="review", of="incident"),
    severity=True,
    sections=("What happened", "Impact"),
)
FULL: dict[str, Any] = {"confirmed": True, "filled": frozenset({"what happened", "impact"})}


def a_review(is_closed: bool = True, **form: Any) -> Incident:
    values: dict[str, Any] = {"closing": "e1", "closed_by": "mia", "closed_at": at(0)} | form
    return an_incident(kind="review", closed=is_closed, severity="S2", form=Form(**values))


def made(review: Incident, now: float = 1) -> list[str]:
    _, changes = settle(review, [RULE], a_context(now))
    return [change.kind for change in changes if change.rule == RULE.name]


@pytest.mark.parametrize(
    ("review", "now", "changes"),
    [
        pytest.param(a_review(), 1, ["reopen", "say"], id="nothing is filled in"),
        pytest.param(a_review(**FULL), 1, [], id="complete"),
        pytest.param(a_review(**FULL | {"confirmed": False}), 1, ["reopen", "say"], id="severity"),
        pytest.param(
            a_review(**FULL | {"filled": frozenset({"impact"})}), 1, ["reopen", "say"], id="section"
        ),
        pytest.param(a_review(undone=1), 1, ["reopen", "say"], id="the second time"),
        pytest.param(a_review(undone=2), 1, [], id="the third closing stands"),
        pytest.param(a_review(), DAY, ["reopen", "say"], id="a day ago"),
        pytest.param(a_review(), DAY + 1, [], id="more than a day ago"),
        pytest.param(
            a_review(is_closed=False, undone=1, opened_again=True), 1, ["say"],
            id="killed before the comment",
        ),
        pytest.param(
            a_review(is_closed=False, undone=2, opened_again=True), 1, ["say"],
            id="killed before the second comment",
        ),
        pytest.param(a_review(is_closed=False), 1, [], id="opened again by a person"),
        pytest.param(a_review(is_closed=False, closed_at=None, closing=""), 1, [], id="open"),
        pytest.param(a_review(near_miss=True), 1, [], id="of a near miss: another rule's"),
    ],
)  # fmt: skip
def test_what_the_gate_does(review: Incident, now: float, changes: list[str]) -> None:
    assert made(review, now) == changes


def test_what_is_missing_is_said_once_for_each_closing() -> None:
    review = a_review(filled=frozenset({"impact"}))
    _, changes = settle(review, [RULE], a_context(1))
    (note,) = [change.note for change in changes if isinstance(change, Say)]
    assert (note.key, dict(note.values)) == (
        "gate:e1",
        {"who": "mia", "severity": "S2", "sections": "What happened"},
    )


@pytest.mark.parametrize(
    ("review", "finding"),
    [
        (a_review(undone=2), "the severity is not confirmed, 'What happened' says nothing, "
                             "'Impact' says nothing"),
        (a_review(undone=1), None),
        (a_review(undone=2, **FULL), None),
        (a_review(is_closed=False, undone=2), None),
        (a_review(undone=2, near_miss=True), None),
    ],
)  # fmt: skip
def test_what_is_listed(review: Incident, finding: str | None) -> None:
    assert RULE.missing_though_closed(review, a_context(1)) == finding


BODY = "- [x] **The severity is confirmed**, says erin\n## Impact\nall\n## What we change\n#7"


@pytest.mark.parametrize(
    ("body", "acts", "expected"),
    [
        pytest.param("", (), {"confirmed": False, "undone": 0}, id="empty"),
        pytest.param(BODY, (), {"confirmed": True, "named": frozenset({"#7"})}, id="filled in"),
        pytest.param("", (says(1, "erin", "/ima severity S2"),), {"confirmed": True}, id="command"),
        pytest.param("", (labelled(1, "erin", "S1"),), {"confirmed": True}, id="label"),
        pytest.param("", (labelled(1, "ima", "S1"),), {"confirmed": False}, id="our label"),
        pytest.param("", (labelled(1, "mallory", "S1"),), {"confirmed": False}, id="a stranger's"),
        pytest.param(
            "", (closed(1, "mia"), reopened(2, "ima")),
            {"closing": "e1", "closed_by": "mia", "undone": 1, "opened_again": True}, id="undone",
        ),
        pytest.param(
            "", (closed(1, "mia"), reopened(2, "erin")),
            {"undone": 0, "opened_again": False}, id="opened again by a person",
        ),
        pytest.param(
            "", (closed(1, "mia"), reopened(2, "ima"), closed(3, None)),
            {"closing": "e3", "closed_by": "", "undone": 1, "opened_again": False}, id="twice",
        ),
    ],
)  # fmt: skip
def test_what_is_read_of_a_review(
    body: str, acts: tuple[Any, ...], expected: dict[str, Any]
) -> None:
    issue = an_issue(*acts, labels=("Incident Review",), author="ima", body=body)
    form = fold(issue, a_context(9, outsiders=frozenset({"mallory"}))).form
    assert form is not None
    assert {name: getattr(form, name) for name in expected} == expected


def test_an_incident_has_no_form() -> None:
    assert fold(an_issue(), a_context(9)).form is None


def test_what_a_rule_says_of_a_review_that_nobody_closed() -> None:
    review = an_incident(kind="review", form=Form(), severity="S2", state="")
    assert RULE.mismatch(review, a_context(1)) == "nobody has closed it"
    assert RULE.mismatch(an_incident(closed=True), a_context(1)) == "it is no review"
