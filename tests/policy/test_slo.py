"""Verdicts: bad only by five whole minutes of fresh numbers, operational only by known ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.model.issue import Sample
from automation.policy.outside_services import MetricsSettings
from automation.policy.policy import SLO, Policy, Service
from automation.policy.slo import (
    Verdict,
    bad_figures_in_words,
    evaluated_services,
    judge,
    unknown,
    worst_level,
)
from tests.build import at, policy

NOW = at(60)
WEB = Service(name="web", component="Web", slo=SLO(errors=0.001, apdex=0.95))
GOOD, DEGRADED, OUT = 0.0, 0.0015, 0.5
RANK = {"operational": 0, "degraded": 1, "outage": 2}


def files(more: str = "") -> Policy:
    """The shipped policy with figures from a file: no query is needed."""
    return replace(policy(more), metrics=MetricsSettings(kind="file"))


def every(*values: float | None, seconds: float = 30, age: float = 0) -> list[Sample]:
    """Samples of which the last is ``age`` seconds old; None is a gap."""
    last = len(values) - 1
    return [
        Sample(NOW - timedelta(seconds=age + (last - place) * seconds), value)
        for place, value in enumerate(values)
        if value is not None
    ]


def verdict(
    errors: Sequence[Sample] = (), apdex: Sequence[Sample] = (), service: Service = WEB
) -> Verdict:
    return judge(service, {"errors": errors, "apdex": apdex}, files(), NOW)


ONLY_ERRORS = replace(WEB, slo=SLO(errors=0.001))
ONLY_APDEX = replace(WEB, slo=SLO(apdex=0.95))
NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("errors", "word", "why"),
    [
        pytest.param([], "unknown", "no samples", id="none"),
        pytest.param(every(*[OUT] * 10), "outage", "", id="five minutes above the line"),
        pytest.param(every(*[OUT] * 9), "unknown", "cover less than 5m", id="a sample too few"),
        pytest.param(every(*[GOOD] * 9), "unknown", "cover less than 5m", id="good, but too few"),
        pytest.param(every(GOOD, *[OUT] * 9), "operational", "", id="just before five minutes"),
        pytest.param(every(GOOD, *[OUT] * 10), "outage", "", id="at five minutes"),
        pytest.param(every(*[OUT] * 9, GOOD), "operational", "", id="the newest is good"),
        pytest.param(every(*[OUT] * 5, GOOD, *[OUT] * 4), "operational", "", id="one is good"),
        pytest.param(every(*[0.0011] * 10), "degraded", "", id="above the SLO"),
        pytest.param(every(*[0.001] * 10), "operational", "", id="at the SLO"),
        pytest.param(every(*[0.002] * 10), "degraded", "", id="at the outage line"),
        pytest.param(every(*[OUT] * 9, 0.002), "degraded", "", id="one not above the line"),
        pytest.param(every(*[OUT] * 10, age=60), "outage", "", id="two intervals old"),
        pytest.param(every(*[OUT] * 10, age=61), "unknown", "stale", id="older"),
        pytest.param(every(*[GOOD] * 10, age=61), "unknown", "stale", id="good once, but stale"),
        pytest.param(every(*[OUT] * 4, None, *[OUT] * 5), "outage", "", id="one is missing"),
        pytest.param(
            every(OUT, OUT, None, OUT, None, *[OUT] * 5), "unknown", "too few samples: 8 of 10",
            id="two are missing",
        ),
        pytest.param(every(*[OUT] * 9, NAN), "unknown", "is no number", id="the newest is NaN"),
        pytest.param(every(NAN, *[OUT] * 9), "unknown", "is no number", id="the oldest is NaN"),
        pytest.param(every(NAN, *[OUT] * 10), "outage", "", id="a NaN before the window"),
        pytest.param(every(*[NAN] * 9, OUT), "unknown", "is no number", id="one number in NaNs"),
        pytest.param(every(*[OUT] * 9, INF), "unknown", "is no number", id="infinite"),
        pytest.param(every(*[GOOD] * 9, -INF), "unknown", "is no number", id="minus infinite"),
        pytest.param([Sample(NOW, OUT)] * 10, "unknown", "too few samples: 1", id="one, repeated"),
        pytest.param(
            every(*[OUT] * 10, seconds=1), "unknown", "cover less than 5m", id="only ten seconds"
        ),
        pytest.param(
            [*every(*[GOOD] * 10), *(Sample(NOW + timedelta(minutes=n), OUT) for n in range(1, 9))],
            "operational", "", id="what is yet to come is not known",
        ),
    ],
)  # fmt: skip
def test_the_error_ratio(errors: list[Sample], word: str, why: str) -> None:
    found = verdict(errors, service=ONLY_ERRORS)
    (figure,) = found.figures
    assert (found.word, bool(figure.why)) == (word, word == "unknown")
    assert why in figure.why


@pytest.mark.parametrize(
    ("lag", "age", "word"),
    [("1m", 60, "outage"), ("1m", 120, "outage"), ("1m", 121, "unknown"), ("0s", 61, "unknown")],
)
def test_rules_that_are_evaluated_late_are_not_stale(lag: str, age: float, word: str) -> None:
    """Mimir's ruler is a minute late by itself."""
    samples = {"errors": every(*[OUT] * 10, age=age)}
    assert judge(ONLY_ERRORS, samples, files(f"slo: {{lag: {lag}}}"), NOW).word == word


@pytest.mark.parametrize(
    ("late", "word"), [(0.004, "outage"), (15, "outage"), (15.1, "unknown"), (29, "unknown")]
)
def test_a_sample_may_be_half_an_interval_late(late: float, word: str) -> None:
    oldest, *rest = every(*[OUT] * 10)
    samples = [replace(oldest, at=oldest.at + timedelta(seconds=late)), *rest]
    assert verdict(samples, service=ONLY_ERRORS).word == word


def test_samples_that_jitter_are_known_at_any_time() -> None:
    chance = Random(7)
    jittered = [
        Sample(each.at + timedelta(milliseconds=chance.randrange(-40, 40)), OUT)
        for each in every(*[OUT] * 40)
    ]
    for seconds in range(600):
        now = NOW - timedelta(seconds=seconds)
        assert judge(ONLY_ERRORS, {"errors": jittered}, files(), now).word == "outage", now


@pytest.mark.parametrize(
    ("errors", "since"),
    [
        pytest.param(every(GOOD, *[OUT] * 9), 4, id="just before five minutes"),
        pytest.param(every(*[OUT] * 5, GOOD, *[OUT] * 4), 1.5, id="since the last good one"),
        pytest.param(every(*[OUT] * 9, GOOD), None, id="the newest is good"),
        pytest.param(every(*[OUT] * 10), None, id="it is sustained"),
        pytest.param(every(*[OUT] * 9), None, id="nobody knows"),
    ],
)
def test_what_is_bad_and_not_sustained_is_said_as_such(
    errors: list[Sample], since: float | None
) -> None:
    (figure,) = verdict(errors, service=ONLY_ERRORS).figures
    began = None if since is None else NOW - timedelta(minutes=since)
    assert figure.not_sustained == began
    assert figure.since is None or began is None


@pytest.mark.parametrize(
    ("apdex", "word"),
    [
        pytest.param(every(*[0.94] * 10), "degraded", id="below the SLO"),
        pytest.param(every(*[0.95] * 10), "operational", id="at the SLO"),
        pytest.param(every(*[0.0] * 10), "degraded", id="zero is no outage: errors say that"),
        pytest.param(every(*[NAN] * 10), "unknown", id="NaN is not below"),
        pytest.param(every(0.96, *[0.5] * 9), "operational", id="just before five minutes"),
    ],
)
def test_the_apdex(apdex: list[Sample], word: str) -> None:
    assert verdict(apdex=apdex, service=ONLY_APDEX).word == word


FINE, BAD, GONE = every(*[GOOD] * 10), every(*[DEGRADED] * 10), every(*[OUT] * 10)
HIGH, LOW = every(*[0.99] * 10), every(*[0.5] * 10)


@pytest.mark.parametrize(
    ("errors", "apdex", "word"),
    [
        pytest.param(FINE, HIGH, "operational", id="both known and good"),
        pytest.param(FINE, [], "unknown", id="good, as far as anybody knows"),
        pytest.param([], HIGH, "unknown", id="the same of the other"),
        pytest.param(BAD, [], "degraded", id="bad is bad, whatever the other is"),
        pytest.param(FINE, LOW, "degraded", id="one of them is enough"),
        pytest.param(GONE, LOW, "outage", id="the worst counts"),
        pytest.param([], LOW, "degraded", id="no errors are known"),
    ],
)
def test_both_figures(errors: list[Sample], apdex: list[Sample], word: str) -> None:
    assert verdict(errors, apdex).word == word


def test_the_figures_behind_it() -> None:
    found = verdict(every(GOOD, OUT, 0.25, *[OUT] * 12, 0.4), every(*[0.99] * 10))
    assert bad_figures_in_words(["web", "api"], {"web": found}) == [
        "Web: error ratio above the outage line (0.2%) at least since 2026-03-02 12:53:00 UTC; "
        "now 40%, at worst 50%"
    ]
    low = verdict(every(*[GOOD] * 10), every(*[0.9] * 5, 0.5, *[0.7] * 4))
    assert low.lines == [
        "Web: apdex below its SLO (0.95) at least since 2026-03-02 12:55:30 UTC; "
        "now 0.7, at worst 0.5"
    ]


def test_a_service_is_evaluated_if_there_is_something_to_hold_against_something() -> None:
    assert [s.name for s in evaluated_services(policy())] == [
        "web",
        "api",
        "git",
        "pages",
        "registry",
    ]
    without = replace(policy(), services={"web": WEB, "api": Service(name="api")})
    assert evaluated_services(without) == [], "no queries"
    assert [
        s.name for s in evaluated_services(replace(without, metrics=MetricsSettings(kind="file")))
    ] == ["web"], "no SLO"
    assert unknown(WEB, files(), "away").word == "unknown"


def of(**words: list[Sample]) -> dict[str, Verdict]:
    return {
        name: verdict(errors, service=replace(ONLY_ERRORS, name=name))
        for name, errors in words.items()
    }


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [
        pytest.param(of(web=FINE, api=GONE), "", id="another service is bad"),
        pytest.param(of(web=[], api=GONE), "", id="nobody knows"),
        pytest.param(of(api=GONE), "", id="it is not measured"),
        pytest.param(of(web=BAD, api=GONE), "degraded", id="another one is worse"),
        pytest.param(of(web=GONE, api=FINE), "outage", id="some are out"),
        pytest.param(of(web=GONE, api=[]), "outage", id="nobody knows whether all are"),
        pytest.param(of(web=GONE, api=GONE), "all", id="all are"),
    ],
)
def test_how_bad_it_is_for_an_incident_about_web(verdicts: dict[str, Verdict], worst: str) -> None:
    assert worst_level(["web", "team"], verdicts) == worst


# What holds for all samples.

values = st.sampled_from([GOOD, 0.001, DEGRADED, 0.002, OUT, NAN])
times = st.integers(-30, 420).map(lambda seconds: NOW - timedelta(seconds=seconds))
some = st.lists(st.builds(Sample, times, values), max_size=12)
regular = st.builds(
    lambda values, age: every(*values, age=age),
    st.lists(values, min_size=8, max_size=13)
    | st.lists(st.sampled_from([DEGRADED, OUT]), min_size=9, max_size=13),
    st.integers(0, 70),
)
series = regular | st.builds(lambda one, two: one + two, regular, some)


def word_of(errors: list[Sample]) -> str:
    return verdict(errors, service=ONLY_ERRORS).word


@pytest.mark.property
@given(series, st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter(errors: list[Sample], random: Random) -> None:
    other = list(errors)
    random.shuffle(other)
    assert word_of(other) == word_of(errors)


@pytest.mark.property
@given(series, times)
def test_a_nan_never_makes_anything_certain(errors: list[Sample], when: datetime) -> None:
    with_nan = word_of([*errors, Sample(when, NAN)])
    assert with_nan in (word_of(errors), "unknown")
    if errors and when <= NOW and when > NOW - timedelta(minutes=5):
        assert with_nan == "unknown"


@pytest.mark.property
@given(series, times, st.sampled_from([OUT, 1.0]))
def test_a_violation_more_never_makes_it_better(
    errors: list[Sample], when: datetime, value: float
) -> None:
    before, after = word_of(errors), word_of([*errors, Sample(when, value)])
    if before in RANK and after in RANK:
        assert RANK[after] >= RANK[before]


@pytest.mark.property
@given(series)
def test_bad_means_that_every_sample_of_the_window_is(errors: list[Sample]) -> None:
    known = [each for each in errors if each.at <= NOW]
    word = word_of(errors)
    if word not in RANK:
        return
    newest = max(each.at for each in known)
    window = [each for each in known if newest - timedelta(minutes=5) < each.at]
    assert NOW - newest <= timedelta(minutes=1)
    assert all(math.isfinite(each.value) for each in window)
    assert (word == "outage") == all(each.value > 0.002 for each in window)
    assert (word == "operational") == any(each.value <= 0.001 for each in window)
    assert newest - min(each.at for each in window) >= timedelta(minutes=4, seconds=30)


@pytest.mark.property
@given(series, st.integers(61, 10_000))
def test_nobody_knows_once_samples_are_stale(errors: list[Sample], seconds: int) -> None:
    known = [each for each in errors if each.at <= NOW]
    later = NOW + timedelta(seconds=seconds)
    found = judge(ONLY_ERRORS, {"errors": known}, files(), later)
    assert found.word == "unknown"
