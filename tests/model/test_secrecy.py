"""Failures of a confidential incident name nobody (P-16)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automation.http.answers import Failure, Refusal
from automation.model.secrecy import without_names
from tests.build import an_incident


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (
            "gitlab: assigning @ian to #1 failed: 403",
            "gitlab: assigning somebody to #1 failed: 403",
        ),
        ("pager: paging IAN as imoc for #1 failed", "pager: paging somebody as imoc for #1 failed"),
        ("looking up @never.seen-1 for #1", "looking up somebody for #1"),
        ("ian-host: mediant answered 500", "ian-host: mediant answered 500"),
    ],
)
def test_of_a_confidential_incident_nobody_is_named(problem: str, said: str) -> None:
    incident = an_incident(severity="S2", engaged={"eoc": "erin", "imoc": "ian"})
    error = Refusal(Failure("answer", 403), problem, problem)
    assert without_names(error, incident) is error
    made = without_names(error, replace(incident, confidential=True))
    assert (made.problem, made.remedy, str(made)) == (said, said, f"{said}\n  {said}")
    assert error.problem == problem
