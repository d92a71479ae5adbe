from __future__ import annotations

import pytest

from automation.model.issue import STATES, STATUSES
from automation.model.team_words import COMMON, TeamWords, value_named

WORDS = TeamWords(
    roles={"eoc": "Bereitschaft", "imoc": "", "cmoc": "in-touch"},
    states={"Investigating": "Triage", "Identified": "in-work", "Monitoring": "watching"},
    statuses={"Degraded Performance": "very slow", "Service Disruption": "down"},
    severities=("SEV-1", "SEV-2"),
)
case = pytest.param


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        case("triage", "Investigating", id="the team's word"),
        case("TRIAGE", "Investigating", id="in any case"),
        case("in_work", "Identified", id="with any dash"),
        case("In—Work", "Identified", id="with a phone's dash"),
        case("wat", "Monitoring", id="its beginning"),
        case("identified", "Identified", id="the common word"),
        case("ident", "Identified", id="the beginning of the common word"),
        case("i", "Identified", id="the team's words come before the common ones"),
        case("resolved", "Resolved", id="one that has no word of its own"),
        case("xyz", None, id="neither"),
        case("", None, id="nothing"),
    ],
)
def test_a_state_is_understood(typed: str, state: str | None) -> None:
    assert WORDS.state_named(typed) == state


def test_what_two_begin_with_is_neither() -> None:
    assert value_named("se", ("Security Issue", "Service Disruption")) is None
    assert WORDS.severity_named("sev") is None
    assert WORDS.severity_named("sev 2") == "SEV-2"


@pytest.mark.parametrize(
    ("typed", "role"),
    [("BEREITSCHAFT", "eoc"), ("eoc", "eoc"), ("Imoc", "imoc"), ("in_touch", "cmoc"), ("be", None)],
)
def test_a_role_is_understood_by_its_whole_name_or_key(typed: str, role: str | None) -> None:
    assert WORDS.role_named(typed) == role


def test_what_people_read_and_type() -> None:
    assert [WORDS.role(key) for key in ("eoc", "imoc")] == ["Bereitschaft", "IMOC"]
    assert [WORDS.typed(key) for key in ("eoc", "imoc")] == ["Bereitschaft", "imoc"]
    assert [WORDS.typed(key) for key in ("Identified", "Resolved")] == ["in-work", "resolved"]
    assert WORDS.typed("Degraded Performance") == '"very slow"'
    assert WORDS.typed("Service Disruption") == "down"
    assert WORDS.shown("Completed") == "Completed"  # a phase of planned work has no word


@pytest.mark.parametrize("key", [*STATES, *STATUSES])
def test_without_words_of_its_own_a_team_reads_and_types_the_keys(key: str) -> None:
    family = "state" if key in STATES else "status"
    assert COMMON.shown(key) == COMMON.value(family, key) == key
    named = COMMON.state_named if key in STATES else COMMON.status_named
    assert named(COMMON.typed(key).strip('"')) == key
