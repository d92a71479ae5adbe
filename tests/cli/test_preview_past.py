"""`ima preview --days`: what a changed policy would have done on the incidents of the past."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.model.issue import Draft, Update
from automation.workspace.session import Session
from automation.writing.past_text import UNKNOWN

from .conftest import POLICY, START, Ima, Result

SOONER = """
rules:
  - name: stuck-investigating
    when: {state: [Investigating], engaged: [eoc], for: 20m}
"""
AND_CARA = """
rules:
  - name: cmoc-at-once
    why: Users wait for an answer.
    when: {severity: [S1, S2, S3]}
    engage: {role: cmoc, page: true}
  - name: never
    why: Nothing is as grave.
    when: {severity: [S4], state: Monitoring}
    engage: {role: security}
"""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Erin is woken at two in the morning for #1, and Ian when she finds no cause in 40 minutes; #2
    is confidential; #3 is over, and has been reviewed in part."""
    folder = tmp_path_factory.mktemp("lived")
    (folder / "policy.yml").write_text(POLICY, encoding="utf-8")
    now = START.replace(hour=1)
    session = Session(clock=lambda: now, user="rita", folder=folder)
    erin, rita = session.local.acting("erin"), session.local.acting("rita")

    def passes(minutes: int) -> None:
        nonlocal now
        assert invoke(["apply", "-q"], session) == 0
        now += timedelta(minutes=minutes)

    rita.open(Draft("API down", labels=("Incident", "S3")))
    rita.open(Draft("xqleak", labels=("Incident", "S3", "Security")))
    rita.open(Draft("Pushes fail", labels=("Incident", "S2")))
    passes(1)
    for ref in ("#1", "#2", "#3"):
        erin.comment(ref, "looking")
    passes(1)
    erin.update("#3", Update(closed=True))
    passes(40)
    passes(1)
    erin.comment("#4", "I write it tomorrow.")
    erin.update("#4", Update(add_labels=frozenset({"later"})))
    session.tracker.close()
    return folder


class Days:
    """A team that looks back at these days."""

    def __init__(self, ima: Ima, lived: Path) -> None:
        self.ima = ima
        shutil.copytree(lived / ".ima", ima.folder / ".ima")
        ima.now = START.replace(hour=1) + timedelta(minutes=50)
        ima.policy(POLICY)

    def sees(self, text: str, more: str = "--days 90") -> Result:
        folder = self.ima.folder / "then"
        folder.mkdir(exist_ok=True)
        (folder / "policy.yml").write_text(POLICY + text, encoding="utf-8")
        return self.ima(f"preview --base . --head then {more}")


@pytest.fixture
def days(ima: Ima, lived: Path) -> Days:
    return Days(ima, lived)


def lines(seen: Result) -> list[str]:
    return [" ".join(line.split()) for line in seen.out.splitlines()]


def test_who_would_have_been_called_when_against_then(days: Days) -> None:
    seen = days.sees(SOONER)
    assert (seen.code, seen.err) == (0, "")
    found = lines(seen)
    head = "1 of 3 incidents of the last 90 days would have gone otherwise"
    assert f"{head}: people called 10 min earlier in all." in found
    assert "acme/production#1 API down 2026-03-02 01:00 UTC" in found
    assert "~ call @ian as IMOC 01:21 instead of 01:31 stuck-investigating" in found
    assert "~ page the IMOC (@ian) 01:21 instead of 01:31 stuck-investigating" in found


def test_what_cannot_be_known_stands_at_the_top(days: Days) -> None:
    past = days.sees(SOONER, "--days 90 --format markdown").out.partition("**The past.**")[2]
    assert UNKNOWN in past.splitlines()[0]


def test_sums_of_both_policies_stand_side_by_side(days: Days) -> None:
    """#1 is the only one that calls nobody for the users at first."""
    seen = days.sees(AND_CARA, "--days 7 --format json").json["past"]
    now, then = seen["now"], seen["proposed"]
    assert then["pages"] > now["pages"] > 0
    assert now["at_night"] == now["pages"]  # it is two in Berlin
    found = lines(days.sees(AND_CARA, "--days 7"))
    pages = f"{now['pages']} {then['pages']}"
    weekly = f"– in a week {now['pages']}.0 {then['pages']}.0"
    assert [f"pages {pages}", weekly, f"pages at night {pages}", weekly] == found[
        (at := found.index(f"pages {pages}")) : at + 4
    ]


def test_rules_by_their_use(days: Days) -> None:
    seen = days.sees(AND_CARA, "--days 90 --format json").json["past"]
    uses = {row["rule"]: row for row in seen["rules"]}
    assert uses["cmoc-at-once"]["incidents"] == 3
    assert uses["never"] == {"rule": "never", "times": 0, "incidents": 0}
    said = next(each for each in days.sees(AND_CARA).out.split("\n\n") if "never did" in each)
    named = said.split(": ")[1].strip().rstrip(".").split(", ")
    assert "never" in named
    assert not {"cmoc-at-once", "stuck-investigating"} & {*named}


def test_where_nothing_would_have_been_otherwise_it_is_one_line(days: Days) -> None:
    seen = days.sees("limits: {pages: 6}\n", "--days 90 --check")
    assert seen.code == 0
    assert "Nobody knows" not in seen.out, "then nobody would have done otherwise"
    assert (
        "On none of 3 incidents of the last 90 days would anything have been otherwise."
        in lines(seen)
    )


def test_check_exits_3_where_only_the_past_differs(days: Days) -> None:
    assert days.sees(SOONER, "--check").code == 0
    assert days.sees(SOONER, "--check --days 90").code == 3


def test_what_began_before_these_days_is_not_among_them(days: Days) -> None:
    days.ima.now += timedelta(days=3)
    assert "There is no incident in the last 2 days." in lines(days.sees(SOONER, "--days 2"))
    assert "of 3 incidents of the last 4 days" in days.sees(SOONER, "--days 4").out


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_of_a_confidential_incident_only_the_reference_is_shown(days: Days, form: str) -> None:
    seen = days.sees(AND_CARA, f"--days 90 -v --format {form}")
    assert "#2" in seen.out
    assert "xqleak" not in seen.out
    if form == "json":
        rows = [row for row in seen.json["past"]["differences"] if row["issue"] == "#2"]
        assert rows == [{"issue": "#2", "kind": "confidential"}]


def test_the_past_is_only_looked_at(days: Days) -> None:
    before = (days.ima.folder / ".ima" / "incidents.db").read_bytes()
    outbox = (days.ima.folder / ".ima" / "outbox.jsonl").read_bytes()
    days.sees(AND_CARA)
    assert (days.ima.folder / ".ima" / "incidents.db").read_bytes() == before
    assert (days.ima.folder / ".ima" / "outbox.jsonl").read_bytes() == outbox


def test_what_people_did_on_a_review_that_would_not_be_there_is_said_to_be_left_out(
    days: Days,
) -> None:
    seen = days.sees("rules: [{name: review-after-resolution, disabled: true, why: No.}]\n")
    assert "- open a review for" in seen.out
    assert "Left out: 2 acts of people on what would not have been opened." in seen.out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--days 0", "--days"),
        ("--days x", "--days"),
        ("--days 4000", "--days"),
        ("--days 90 --issue 1", "--days: the past is that of all incidents"),
    ],
)
def test_what_cannot_be_asked(days: Days, line: str, told: str) -> None:
    seen = days.sees(SOONER, line)
    assert (seen.code, seen.out) == (2, "")
    assert told in seen.err
    assert len(seen.err.splitlines()) >= 2
