"""What the card says: what matters first, by the team's clock, and the same words for the same
facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.model.incident import Incident
from automation.planning.card_times import clock_of
from automation.planning.incident_view import card_digest, card_view, deadlines, open_task
from automation.policy.outside_services import PagerSettings
from automation.text.escaping import unmarked
from automation.times.team_clock import TeamClock
from automation.workspace import template_check
from automation.writing import issue_texts
from automation.writing.templates import Templates
from tests.build import START, a_context, a_fact, a_seat, an_incident, chosen
from tests.worlds import shipped

SHIPPED = Templates(shipped().templates)
NOT_HERE: dict[str, Any] = {"here_at": None, "engaged_at": None}


def card(incident: Incident, minutes: float = 0, **rest: Any) -> str:
    return unmarked(issue_texts.card_body(incident, a_context(minutes, **rest), SHIPPED, ""))


def utc(day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "when", "words"),
    [
        pytest.param("Europe/Berlin", 2, utc(2, 12, 31), "12:31 UTC (13:31 Berlin)", id="its day"),
        pytest.param("Europe/Berlin", 2, utc(2, 23, 31), "2 Mar 23:31 UTC (3 Mar 00:31 Berlin)",
                     id="another day here, not yet in UTC"),
        pytest.param("Europe/Berlin", 3, utc(2, 23, 31), "2 Mar 23:31 UTC (3 Mar 00:31 Berlin)",
                     id="its day here, another in UTC"),
        pytest.param("Europe/Berlin", 2, utc(4, 8), "4 Mar 08:00 UTC (09:00 Berlin)", id="later"),
        pytest.param("Europe/Berlin", 2, utc(2, 8, year=2027),
                     "2 Mar 2027 08:00 UTC (09:00 Berlin)", id="another year"),
        pytest.param("America/New_York", 2, utc(2, 12), "12:00 UTC (07:00 New York)", id="a place"),
        pytest.param("UTC", 2, utc(2, 12), "12:00 UTC", id="a team in UTC"),
        pytest.param("UTC", 2, utc(3, 12), "3 Mar 12:00 UTC", id="another day in UTC"),
    ],
)  # fmt: skip
def test_a_time_is_of_the_teams_clock_with_utc_beside_it(
    zone: str, day: int, when: datetime, words: str
) -> None:
    assert TeamClock(zone, date(2026, 3, day), 2026).words(when) == words


@pytest.mark.parametrize(
    ("people", "zone"),
    [("{}", "Europe/Berlin"), ("{erin: {zone: Europe/Berlin}}", "Europe/Berlin"),
     ("{erin: {zone: Asia/Kolkata}}", "UTC")],
)  # fmt: skip
def test_a_team_in_several_zones_reads_utc(people: str, zone: str) -> None:
    assert clock_of(an_incident(), a_context(says=f"people: {people}")).zone == zone


@pytest.mark.parametrize("readers", [True, False])
def test_another_policy_makes_another_card_only_where_somebody_reads_it(readers: bool) -> None:
    one = an_incident(engaged={"eoc": "erin"}, state="Investigating")
    longer = "rules: [{name: stuck-investigating, when: {for: 40m}}]"
    now, then = (
        replace(made, can=replace(made.can, readers=readers))
        for made in (a_context(), a_context(says=longer))
    )
    assert (card_digest(one, now) != card_digest(one, then)) is readers
    told = replace(one, said=one.said | {"told"})
    assert card_digest(told, now) != card_digest(one, now)


def test_once_something_happens_on_another_day_each_time_has_its_day() -> None:
    first = an_incident(engaged={"eoc": "erin"})
    second = replace(first, state=chosen("Monitoring", 60 * 24))
    assert "State** | Investigating since 12:00 UTC (13:00 Berlin). |" in card(first)
    assert "Times without a day are of 2 March 2026." in card(first)
    assert "@erin here since 2 Mar 12:00 UTC" in card(second)
    assert "Times without a day" not in card(second)


@pytest.mark.parametrize("minutes", [5, 29])
def test_the_same_facts_give_the_same_words_however_late_it_is(minutes: int) -> None:
    """The EOC is here, and thirty minutes later the IMOC is called."""
    incident = an_incident(severity="S3", engaged={"eoc": "erin"})
    assert card(incident, minutes) == card(incident)


def here(**rest: Any) -> Incident:
    """An incident whose engineer is here."""
    return replace(an_incident(engaged={"eoc": "erin"}), **rest)


S1, S3 = chosen("S1"), chosen("S3")
DOWN = chosen("Service Disruption")


@pytest.mark.parametrize(
    ("task", "incident"),
    [
        ("take", an_incident(severity="S1")),
        ("come", an_incident(seats={"eoc": a_seat("eoc", "erin", **NOT_HERE)}, owner="erin")),
        ("severity", here()),
        ("confirm", here(severity=chosen("S2", by="otto", confirmed=False))),
        ("status", here(severity=S1)),
        ("publish", here(severity=S1, status=DOWN)),
        ("identify", here(severity=S3)),
        ("identify", here(severity=S1, status=DOWN, facts=(a_fact("withheld", by="erin"),))),
        ("step", here(severity=S3, state=chosen("Identified"))),
        ("mitigate", here(severity=S3, state=chosen("Identified", 5, note="roll it back"))),
        ("resolve", here(severity=S3, state=chosen("Monitoring"))),
        ("end", here(severity=S1, left=a_fact("left", 9, by="mia", what="closed"))),
    ],
)
def test_the_card_says_the_first_thing_that_is_still_to_do(task: str, incident: Incident) -> None:
    assert open_task(incident, a_context(10)) == task
    assert card(incident, 10).count("| **To do** | ") == 1


def test_what_comes_next_names_people_and_mentions_nobody() -> None:
    seats = {"eoc": a_seat("eoc", "erin"), "imoc": a_seat("imoc", "ian", **NOT_HERE)}
    paged = a_fact("paged", role="imoc", who="ian", what="acme/production#1:imoc:1")
    incident = an_incident(severity="S1", seats=seats, owner="erin", facts=(paged,))
    text = card(incident)
    assert "12:05 UTC (13:05 Berlin): IMA will page ian once more; tell erin that ian" in text
    assert "call and page cara as Communications Manager On Call. An S1 or S2 that lasts" in text
    assert "@cara" not in text


def test_where_nobody_is_woken_it_is_not_said_that_somebody_is_paged() -> None:
    incident = an_incident(severity="S1", engaged={"eoc": "erin", "imoc": "ian"})
    context = a_context(says="tracker: {kind: gitlab, project: acme/production}")
    context = replace(context, policy=replace(context.policy, pager=PagerSettings(kind="policy")))
    for told in (
        card_view(incident, context),
        card_view(replace(incident, drill=True), a_context()),
    ):
        then = [words for deadline in told["deadlines"] for words in deadline["then"]]
        assert "call cara as Communications Manager On Call" in then


@pytest.mark.parametrize("end", ["", ".", "!", "?"])
def test_a_step_that_ends_with_a_full_stop_gets_no_second_one(end: str) -> None:
    shown = card(here(severity=S3, state=chosen("Identified", 5, note=f"roll it back{end}")), 9)
    assert f": roll it back{end or '.'} |\n" in shown


def test_what_falls_due_says_what_will_be_changed() -> None:
    incident = an_incident(severity="S3", engaged={"eoc": "erin"})
    due = deadlines(incident, a_context())[0]
    assert (due.at, due.rule.name) == (START + timedelta(minutes=30), "stuck-investigating")
    assert [change.kind for change in due.changes] == ["call"]
    assert deadlines(incident, a_context(30)) == ()


def test_templates_of_the_release_before_have_all_their_names() -> None:
    """A team's own templates go on as they are."""
    folder = Path(__file__).parents[1] / "golden" / "0.1.0" / "templates"
    before = {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*.j2")
    }
    texts = {**shipped().templates, **before}
    found = template_check.check_templates(shipped().policy(), texts, shipped().templates)
    assert [str(error) for error in found] == []
    assert before.keys() <= shipped().templates.keys()
