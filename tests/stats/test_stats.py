"""Figures: spans of time laid over each other, cut by months; times; who is not named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.model.incident import Choice, Incident, Resolution
from automation.model.issue import STATUSES
from automation.stats.figures import (
    FlappyAlert,
    Month,
    Overdue,
    Quarter,
    Stats,
    StepTimes,
    stats_since,
    step_times_of,
)
from automation.stats.spans import (
    GRAVITY,
    Span,
    cut_to,
    gravest_at_each_time,
    months_between,
    open_times,
    status_spans,
)
from automation.stats.tables import as_json, share_in_percent, tables_of
from tests.build import START, a_context, a_fact, a_seat, an_incident, at, chosen

DEGRADED, SECURITY, PARTIAL, FULL = GRAVITY[1:]


def ended(minutes: float, **rest: Any) -> Resolution:
    return Resolution(at(minutes), "erin", **rest)


def statuses(*changes: tuple[str, float]) -> Choice | None:
    """A chain of choices, the oldest first."""
    last = chosen("Operational", -10_000, by=None)
    for value, minutes in changes:
        last = Choice(value, at(minutes), "erin", before=last)
    return last


def one(**fields: Any) -> Incident:
    """An incident declared at the start, with these fields."""
    return replace(an_incident(), **fields)


def figures(
    *incidents: Incident, now: float = 600, since: datetime = START, only: str = ""
) -> Stats:
    return stats_since(incidents, a_context(now), since, only)


def month(made: Stats, service: str | None) -> Month:
    return next(each for each in made.months if each.service == service)


def minutes(made: Stats, service: str | None) -> dict[str, float]:
    """What is not nothing."""
    return {s: v / 60 for s, v in month(made, service).seconds.items() if v}


DOWN = {"status": statuses((FULL, 0)), "services": ("git",), "resolution": ended(60)}


def test_availability_is_what_disruptions_leave() -> None:
    made = figures(one(severity=chosen("S1"), **DOWN))
    assert minutes(made, "git") == {FULL: 60}
    assert month(made, "git").availability == pytest.approx(0.9)
    assert month(made, "git").incidents == {"S1": 1, "S2": 0, "S3": 0, "S4": 0, "none": 0}
    assert month(made, "web").availability == 1
    assert month(made, None).availability == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("incident", "told"),
    [
        pytest.param(
            {"status": statuses((DEGRADED, 10), (PARTIAL, 20), (DEGRADED, 50))},
            {"Operational": 10, DEGRADED: 20, PARTIAL: 30},
            id="each status for as long as it held",
        ),
        pytest.param(
            {"status": statuses((FULL, -30)), "declared_at": START},
            {FULL: 60},
            id="what was set before the declaration counts from it",
        ),
        pytest.param(
            {"status": statuses((FULL, 90))}, {"Operational": 60}, id="not after the end"
        ),
        pytest.param({"resolution": None}, {"Operational": 600}, id="still open: up to now"),
        pytest.param(
            {"resolution": None, "status": statuses((FULL, 10)),
             "facts": (a_fact("resolved", 20), a_fact("reopened", 50))},
            {"Operational": 10, FULL: 10 + 550},
            id="what lies between an end and a reopening is no time of it",
        ),
        pytest.param(
            {"facts": (a_fact("resolved", 20), a_fact("reopened", 50), a_fact("resolved", 60))},
            {"Operational": 30},
            id="the last end is counted once",
        ),
    ],
)  # fmt: skip
def test_minutes_in_each_status(incident: dict[str, Any], told: dict[str, float]) -> None:
    made = figures(one(**({"resolution": ended(60)} | incident)))
    assert minutes(made, "") == told


def test_overlapping_incidents_count_once_and_the_gravest_wins() -> None:
    first = one(**DOWN)
    second = one(
        ref="#2", services=("git",), declared_at=at(30), status=statuses((PARTIAL, 30)),
        resolution=ended(90),
    )  # fmt: skip
    assert minutes(figures(first, second), "git") == {FULL: 60, PARTIAL: 30}


def test_a_security_issue_hides_no_disruption() -> None:
    first = one(**DOWN)
    second = one(ref="#2", services=("git",), status=statuses((SECURITY, 0)))
    assert minutes(figures(first, second), "git") == {FULL: 60, SECURITY: 540}


@pytest.mark.parametrize(
    ("incident", "counted"),
    [
        pytest.param({}, 1, id="one that happened"),
        pytest.param({"resolution": ended(60, reason="duplicate of #7")}, 0, id="a duplicate"),
        pytest.param({"resolution": ended(60, reason="not planned")}, 0, id="not planned"),
        pytest.param({"resolution": ended(60, contested=True)}, 1, id="an end that is contested"),
        pytest.param({"tracked": False}, 0, id="older than IMA here, moved, or let go"),
        pytest.param({"kind": "review"}, 0, id="a review"),
    ],
)
def test_what_counts_as_an_incident(incident: dict[str, Any], counted: int) -> None:
    made = figures(one(**({"resolution": ended(60)} | incident)))
    assert sum(month(made, None).incidents.values()) == counted
    assert sum(month(made, None).seconds.values()) == 3600 * counted


@pytest.mark.parametrize(
    "severity", [None, chosen("S1", by="mallory", confirmed=False)], ids=["none", "unconfirmed"]
)
def test_a_severity_that_no_member_chose_is_none(severity: Choice | None) -> None:
    assert month(figures(one(severity=severity)), None).incidents["none"] == 1


def test_months_are_cut_in_utc_and_the_current_one_at_now() -> None:
    cut = list(
        months_between(datetime(2025, 12, 30, tzinfo=UTC), datetime(2026, 2, 3, 4, tzinfo=UTC))
    )
    assert [name for name, *_ in cut] == ["2025-12", "2026-01", "2026-02"]
    assert cut[1][1:] == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert cut[2][2] == datetime(2026, 2, 3, 4, tzinfo=UTC)


def test_nothing_is_said_of_the_time_before_ima() -> None:
    made = figures(one(**DOWN), since=START - timedelta(days=90))
    assert made.since == START
    told = [(each.month, each.availability is None) for each in made.months if not each.service]
    assert told[-2:] == [("2026-02", True), ("2026-03", False)]
    assert {each.service for each in made.months if each.availability is None} == {None}


def test_a_month_before_the_first_pass_and_the_first_incident_has_no_data() -> None:
    ctx = replace(a_context(60), since=START - timedelta(days=40))

    def months_without_data(*incidents: Incident, first_pass: datetime | None) -> list[str]:
        made = stats_since(incidents, ctx, ctx.since, first_pass=first_pass)
        return [each.month for each in made.months if each.availability is None]

    late = one(**DOWN)
    early = one(ref="#2", declared_at=START - timedelta(days=15), resolution=ended(0))
    assert months_without_data(late, first_pass=START) == ["2026-01", "2026-02"]
    assert months_without_data(late, first_pass=None) == ["2026-01", "2026-02"]
    assert months_without_data(late, first_pass=START - timedelta(days=15)) == ["2026-01"]
    assert months_without_data(late, early, first_pass=START) == ["2026-01"]
    assert months_without_data(first_pass=None) == ["2026-01", "2026-02"]


def test_a_confidential_incident_counts_in_the_whole_only() -> None:
    secret = one(severity=chosen("S1"), title="Keys", **DOWN, confidential=True)
    due = one(ref="#2", kind="review", review_of="#1", due=date(2026, 2, 1))
    made = figures(secret, due)
    assert minutes(made, None) == {FULL: 60}
    assert minutes(made, "git") == {}
    assert [each.service for each in made.months] == [
        None,
        "web",
        "api",
        "git",
        "pages",
        "registry",
    ]
    assert made.quarters == (Quarter("2026-Q1", None, 0, 1),)
    assert (made.overdue, made.overdue_unnamed) == ((), 1)
    assert "#1" not in str(as_json(made))
    assert "#2" not in str(as_json(made))


def test_one_service_only() -> None:
    other = one(ref="#2", services=("web",), resolution=ended(10))
    secret = one(ref="#3", confidential=True, services=("git",), resolution=ended(20))
    made = figures(one(**DOWN), other, secret, only="git")
    assert {each.service for each in made.months} == {"git"}
    assert made.times["resolve"] == StepTimes(1, 3600, 3600)


def stepped(**rest: Any) -> Incident:
    """Paged at 2, here at 7, a second role at 6, Monitoring at 30, over at 60."""
    facts = (
        a_fact("called", 1, role="eoc"),
        a_fact("paged", 1, role="imoc", done=False),
        a_fact("paged", 2, role="eoc"),
        a_fact("engaged", 6, role="imoc"),
        a_fact("engaged", 7, role="eoc"),
        a_fact("engaged", 9, role="cmoc"),
    )
    seats = {"eoc": a_seat("eoc", "erin", 1, here_at=at(7)), "imoc": a_seat("imoc", "ian", 3)}
    investigating = chosen("Investigating", by=None)
    monitoring = Choice("Monitoring", at(30), "erin", before=investigating)
    values = {"facts": facts, "seats": seats, "state": monitoring, "resolution": ended(60)}
    return one(**(values | rest))


def test_times_of_the_steps() -> None:
    made = figures(stepped())
    said = {name: each.median and each.median / 60 for name, each in made.times.items()}
    assert said == {"acknowledge": 5, "engage": 7, "mitigate": 30, "resolve": 60}


@pytest.mark.parametrize(
    ("rest", "step"),
    [
        pytest.param(
            {"facts": (a_fact("paged", 2, role="eoc"),)}, "acknowledge", id="nobody has come"
        ),
        pytest.param({"facts": ()}, "acknowledge", id="nobody was paged"),
        pytest.param({"facts": (a_fact("engaged", role="eoc"),)}, "engage", id="one role only"),
        pytest.param({"state": chosen("Identified", 9)}, "mitigate", id="never in Monitoring"),
        pytest.param({"resolution": None}, "resolve", id="not over"),
        pytest.param({"declared_at": at(-1)}, "resolve", id="declared before the time asked for"),
    ],
)
def test_what_was_not_reached_is_not_measured(rest: dict[str, Any], step: str) -> None:
    assert figures(stepped(**rest)).times[step] == StepTimes(0)


def test_an_incident_that_came_back_counts_each_episode_without_the_gap() -> None:
    back = 60 + 4 * 60
    again = (
        a_fact("resolved", 60),
        a_fact("reopened", back),
        a_fact("paged", back + 1, role="eoc"),
        a_fact("engaged", back, role="imoc"),
        a_fact("engaged", back + 4, role="eoc"),
        a_fact("resolved", back + 20),
    )
    first = stepped()
    state = Choice("Investigating", at(back), "ian", before=first.state, anew=True)
    state = Choice("Monitoring", at(back + 10), "ian", before=state)
    whole = stepped(facts=(*first.facts, *again), state=state, resolution=ended(back + 20))
    made = figures(whole, now=back + 60)
    assert made.times == {
        "acknowledge": StepTimes(2, 4 * 60, 5 * 60),
        "engage": StepTimes(2, 5.5 * 60, 7 * 60),
        "mitigate": StepTimes(2, 20 * 60, 30 * 60),
        "resolve": StepTimes(2, 40 * 60, 60 * 60),
    }
    assert minutes(made, None) == {"Operational": 80}
    assert sum(month(made, None).incidents.values()) == 1


def test_an_episode_that_goes_on_is_not_resolved() -> None:
    facts = (a_fact("resolved", 60), a_fact("reopened", 300))
    made = figures(stepped(facts=facts, resolution=None), now=400)
    assert made.times["resolve"] == StepTimes(1, 3600, 3600)


def test_of_what_was_written_down_afterwards_only_its_length_is_known() -> None:
    happened = a_fact("happened", 70, until=at(60).isoformat())
    made = figures(stepped(facts=(happened,), resolution=ended(70)), now=400)
    assert made.times["resolve"] == StepTimes(1, 3600, 3600)
    assert made.times["mitigate"] == StepTimes(0)


def test_an_acknowledged_page_is_somebody_here_though_they_handed_over_since() -> None:
    facts = (a_fact("paged", 2, role="eoc"), a_fact("acknowledged", 4, role="eoc", who="erin"))
    seats = {"eoc": a_seat("eoc", "mia", 9, here_at=at(20))}
    assert figures(stepped(facts=facts, seats=seats)).times["acknowledge"].median == 120


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        pytest.param([], StepTimes(0), id="nothing"),
        pytest.param([None, 7], StepTimes(1, 7, 7), id="one"),
        pytest.param([4, 1, 3, 2], StepTimes(4, 2.5, 4), id="few"),
        pytest.param(list(range(1, 11)), StepTimes(10, 5.5, 9), id="nine of ten took no longer"),
    ],
)
def test_median_and_ninetieth(seconds: list[float | None], told: StepTimes) -> None:
    assert step_times_of(seconds) == told


def a_near_miss(ref: str, minutes: float = 0, **rest: Any) -> Incident:
    labels = frozenset({"Incident Review", "Near Miss"})
    fields = {"kind": "review", "declared_at": None, "opened_at": at(minutes), "labels": labels}
    return one(ref=ref, **(fields | rest))


def test_near_misses_beside_incidents() -> None:
    quarter = 40 * 24 * 60  # minutes: from March into April
    issue = one(ref="#3", kind="other", declared_at=None, services=("git",))
    made = figures(
        one(**DOWN),
        issue,
        a_near_miss("#4", review_of="#3"),
        a_near_miss("#5", quarter, services=("web",)),
        a_near_miss("#6", quarter, confidential=True, services=("web",)),
        a_near_miss("#7", quarter, labels=frozenset({"Incident Review"})),
        a_near_miss("#8", -5),
        now=2 * quarter,
    )
    assert made.quarters == (
        Quarter("2026-Q1", None, 1, 1),
        Quarter("2026-Q1", "git", 1, 1),
        Quarter("2026-Q2", None, 2, 0),
        Quarter("2026-Q2", "web", 1, 0),
    )


def test_what_is_overdue_the_oldest_first() -> None:
    made = figures(
        one(ref="#2", kind="action", due=date(2026, 3, 1), assignees=("mia", "erin")),
        one(ref="#3", kind="review", due=date(2026, 2, 1)),
        one(ref="#4", kind="review", due=date(2026, 3, 2)),
        one(ref="#5", kind="review", due=date(2026, 2, 1), closed=True),
        one(ref="#6", kind="review", due=date(2026, 2, 1), confidential=True),
    )
    assert made.overdue == (
        Overdue("#3", "review", date(2026, 2, 1), ""),
        Overdue("#2", "action", date(2026, 3, 1), "mia"),
    )
    assert made.overdue_unnamed == 1


def test_lateness_by_rule_the_worst_first() -> None:
    late = [
        a_fact("late", 5, what="ask-severity", text="700"),
        a_fact("late", 6, what="stuck-investigating", text="900"),
        a_fact("late", 7, what="ask-severity", text="60"),
        a_fact("late", 8, what="garbled", text="soon"),
        a_fact("late", -8, what="before", text="9"),
    ]
    made = figures(one(facts=tuple(late)))
    assert [(each.rule, each.count, each.worst) for each in made.late] == [
        ("stuck-investigating", 1, 900),
        ("ask-severity", 2, 700),
    ]


def test_what_is_not_whole_is_never_shown_as_100() -> None:
    assert share_in_percent(1) == "100.0000 %"
    assert share_in_percent(0.9995) == "99.9500 %"
    assert share_in_percent(0.99999999) == "99.9999 %"


def test_the_goal_is_met_or_missed() -> None:
    table = next(tables_of(figures(one(**DOWN))))
    assert {row[1]: row[-1] for row in table.rows} == {
        "all": "missed", "web": "met", "api": "met", "git": "missed", "pages": "met",
        "registry": "met",
    }  # fmt: skip
    assert "goal 99.9500 %" in table.title


# Properties

instants = st.integers(-2000, 100_000).map(at)
chains = st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(-100, 5000)), max_size=4)
turns = st.lists(st.tuples(st.sampled_from(["resolved", "reopened"]), st.integers(0, 9000)))


@st.composite
def lived(draw: st.DrawFn, number: int = 1) -> Incident:
    declared = draw(st.integers(-100, 90_000))
    found = sorted(draw(turns), key=lambda turn: turn[1])
    facts = tuple(a_fact(kind, declared + minutes) for kind, minutes in found)
    over = bool(found) and found[-1][0] == "resolved"
    changes = sorted(draw(chains), key=lambda change: change[1])
    return one(
        ref=f"#{number}",
        declared_at=at(declared),
        status=statuses(*((value, declared + minutes) for value, minutes in changes)),
        services=tuple(draw(st.sets(st.sampled_from(["git", "web"])))),
        facts=facts,
        resolution=ended(declared + found[-1][1]) if over else None,
        confidential=draw(st.booleans()),
    )


worlds = st.lists(st.none(), max_size=5).flatmap(
    lambda some: st.tuples(*(lived(number) for number, _ in enumerate(some, 1)))
)


@pytest.mark.property
@given(lived())
def test_the_statuses_sum_to_the_incidents_time_in_the_month(incident: Incident) -> None:
    now = at(100_000)
    made = figures(incident, now=100_000)
    for name, start, end in months_between(START, now):
        there = [(max(a, start), min(b, end)) for a, b in open_times(incident, now)]
        time = sum((b - a).total_seconds() for a, b in there if a < b)
        told = next(m for m in made.months if (m.month, m.service) == (name, None))
        assert sum(told.seconds.values()) == pytest.approx(time)


@pytest.mark.property
@given(worlds)
def test_availability_is_a_share_and_no_service_is_down_longer_than_all(
    incidents: tuple[Incident, ...],
) -> None:
    made = figures(*incidents, now=100_000)
    whole = {each.month: each.availability or 0.0 for each in made.months if each.service is None}
    for each in made.months:
        if each.availability is None:
            assert each.observed == 0
            continue
        assert 0 <= whole[each.month] <= each.availability + 1e-9 <= 1 + 1e-9
        assert sum(each.seconds.values()) <= each.observed + 1e-6


@pytest.mark.property
@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_incidents_does_not_matter(incidents: Sequence[Incident], random: Any) -> None:
    mixed = list(incidents)
    random.shuffle(mixed)
    assert figures(*mixed, now=100_000) == figures(*incidents, now=100_000)


@pytest.mark.property
@given(st.lists(st.tuples(instants, instants, st.sampled_from(GRAVITY))), instants)
def test_each_instant_has_the_gravest_status_of_that_time(
    several: list[Span], when: datetime
) -> None:
    several = [span for span in several if span[0] < span[1]]
    there = [status for start, end, status in several if start <= when < end]
    found = [status for start, end, status in gravest_at_each_time(several) if start <= when < end]
    assert found == ([max(there, key=GRAVITY.index)] if there else [])


@pytest.mark.property
@given(lived(), instants, instants)
def test_what_is_cut_lies_within(incident: Incident, start: datetime, end: datetime) -> None:
    for left, right, _ in cut_to(status_spans(incident, at(100_000)), start, end):
        assert start <= left < right <= end


@pytest.mark.parametrize(
    ("days", "told"),
    [
        pytest.param((0, 1, 2), [FlappyAlert("DiskFull", 3)], id="three in a week"),
        pytest.param((0, 6, 7), [], id="the week is over when the third comes"),
        pytest.param(
            (0, 3, 9, 10, 15), [FlappyAlert("DiskFull", 5)], id="one week of it is enough"
        ),
        pytest.param((-1, 0, 1), [], id="one came before the time"),
        pytest.param((0, 1), [], id="two"),
    ],
)
def test_flappy_alerts(days: tuple[int, ...], told: list[FlappyAlert]) -> None:
    several = [
        one(ref=f"#{number}", opened_at=at(day * 24 * 60), alerts=("DiskFull",))
        for number, day in enumerate(days)
    ]
    quiet = replace(several[-1], ref="#8", alerts=("Other",))
    hidden = [
        replace(each, ref=f"{each.ref}1", alerts=("Key",), confidential=True) for each in several
    ]
    made = figures(*several, quiet, *hidden, now=60 * 24 * 60)
    assert list(made.flappy) == told
