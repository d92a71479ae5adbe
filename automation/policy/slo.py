"""Services against their SLOs: samples become verdicts, and verdicts become proposals. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from math import isfinite
from typing import Literal

from automation.model.issue import Sample, Unmeasured
from automation.policy.policy import Policy, Service, Verdicts
from automation.records import dataclass

Word = Literal["operational", "degraded", "outage", "unknown"]
Level = Literal["", "degraded", "outage", "all"]
STATUS_OF: dict[Level, str] = {
    "degraded": "Degraded Performance",
    "outage": "Partial Service Disruption",
    "all": "Service Disruption",
}
NO_SELECTOR = "no name with labels: record the expression as a rule (docs/slo.md)"
_SELECTOR = re.compile(
    r"""[a-zA-Z_:][\w:]*  \s*  (\{ ("(\\.|[^"\\])*" | '(\\.|[^'\\])*' | [^"'{}])* \})?
      | \{ ("(\\.|[^"\\])*" | '(\\.|[^'\\])*' | [^"'{}])+ \}""",
    re.VERBOSE,
)
NAMES = {"errors": "error ratio", "apdex": "apdex"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measure of a service over the window, and the SLO for it."""

    measure: str  # "errors": a ratio from 0 to 1; or "apdex": from 0 to 1
    word: Word
    slo: float
    outage: float | None = None  # above it, errors are an outage; apdex knows no outage
    newest: float | None = None  # the value of the newest sample
    worst: float | None = None  # the worst value of the window
    since: datetime | None = None  # every sample since then violates the SLO
    not_sustained: datetime | None = None  # the same, where that is not long enough to be bad
    why: str = ""  # why it is unknown

    @property
    def phrase(self) -> str:
        """What is wrong with it, such as "error ratio above the outage line"."""
        how = "below" if self.measure == "apdex" else "above"
        line = "the outage line" if self.word == "outage" else "its SLO"
        return f"{NAMES[self.measure]} {how} {line}"

    def shown(self, value: float | None) -> str:
        """A value of this measure for people: errors as a percentage, apdex as a number; "" for
        None."""
        if value is None:
            return ""
        return f"{value * 100:.3g}%" if self.measure == "errors" else f"{value:.3g}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one service is doing, with the figures behind it."""

    service: str
    component: str  # what people call it
    figures: tuple[Figure, ...]

    @property
    def word(self) -> Word:
        """The worst that is certain. It is "operational" only if every figure is known."""
        words = {figure.word for figure in self.figures} or {"unknown"}
        worst: Sequence[Word] = ("outage", "degraded", "unknown", "operational")
        return next(word for word in worst if word in words)

    @property
    def bad(self) -> bool:
        """Is it degraded, or an outage?"""
        return self.word in ("degraded", "outage")

    @property
    def gravest(self) -> Figure | None:
        """The figure that decided a bad verdict; None if it is not bad."""
        return next((f for f in self.figures if self.bad and f.word == self.word), None)

    @property
    def lines(self) -> list[str]:
        """The bad figures in sentences for people."""
        return [_figure_in_words(self, figure) for figure in self.figures if figure.since]


def _figure_in_words(verdict: Verdict, figure: Figure) -> str:
    line = figure.outage if figure.word == "outage" else figure.slo
    newest, worst = figure.shown(figure.newest), figure.shown(figure.worst)
    return (
        f"{verdict.component}: {figure.phrase} ({figure.shown(line)}) at least since "
        f"{figure.since:%Y-%m-%d %H:%M:%S} UTC; now {newest}, at worst {worst}"
    )


def measured_figures(service: Service, policy: Policy) -> tuple[str, ...]:
    """The measures of a service: those with an SLO and, where samples are queried, a query."""
    promised = {"errors": service.slo.errors, "apdex": service.slo.apdex}
    return tuple(
        name
        for name, slo in promised.items()
        if slo is not None and (policy.metrics.kind == "file" or name in service.queries)
    )


def is_selector(query: str) -> bool:
    """Does the query name a series, such as `name{label="x"}`, so that its raw samples can be
    read?"""
    return bool(_SELECTOR.fullmatch(query.strip()))


def evaluated_services(policy: Policy) -> list[Service]:
    """The services that can have a verdict."""
    return [service for service in policy.services.values() if measured_figures(service, policy)]


def judge(
    service: Service,
    samples: Mapping[str, Sequence[Sample] | Unmeasured],
    policy: Policy,
    now: datetime,
) -> Verdict:
    """The verdict on a service by its samples, which may be in any order."""
    figures = (
        _figure_of(name, service, samples.get(name, ()), policy.slo, now)
        for name in measured_figures(service, policy)
    )
    return Verdict(service.name, service.component or service.name, tuple(figures))


def unknown(service: Service, policy: Policy, why: str) -> Verdict:
    """The verdict on a service where its metrics could not be asked; ``why`` says why."""
    figures = (_unknown_figure(name, service, why) for name in measured_figures(service, policy))
    return Verdict(service.name, service.component or service.name, tuple(figures))


def _unknown_figure(measure: str, service: Service, why: str) -> Figure:
    slo, outage = _slo_and_outage_line(measure, service)
    return Figure(measure=measure, word="unknown", slo=slo, outage=outage, why=why)


def _slo_and_outage_line(measure: str, service: Service) -> tuple[float, float | None]:
    """The SLO of a measure, and the value beyond which it is an outage (None: there is none)."""
    if measure == "apdex":
        return service.slo.apdex or 0.0, None
    slo = service.slo.errors or 0.0
    return slo, slo * service.slo.outage


def _figure_of(
    measure: str,
    service: Service,
    samples: Sequence[Sample] | Unmeasured,
    rule: Verdicts,
    now: datetime,
) -> Figure:
    if isinstance(samples, Unmeasured):
        return _unknown_figure(measure, service, samples.why)
    known = sorted((each for each in samples if each.at <= now), key=lambda each: each.at)
    window = [each for each in known if each.at > known[-1].at - rule.window.length]
    if why := _why_unknown(window, rule, now):
        return _unknown_figure(measure, service, why)
    slo, outage = _slo_and_outage_line(measure, service)
    violating = [each for each in window if _violates(measure, each.value, slo)]
    word: Word = "degraded" if len(violating) == len(window) else "operational"
    if outage is not None and all(each.value > outage for each in window):
        word = "outage"
    values = [each.value for each in window]
    run = list(takewhile(lambda each: _violates(measure, each.value, slo), reversed(known)))
    began = run[-1].at if run else None
    return Figure(
        measure=measure,
        word=word,
        slo=slo,
        outage=outage,
        newest=window[-1].value,
        worst=min(values) if measure == "apdex" else max(values),
        since=began if word != "operational" else None,
        not_sustained=began if word == "operational" else None,
    )


def _violates(measure: str, value: float, slo: float) -> bool:
    return value < slo if measure == "apdex" else value > slo


def _why_unknown(window: Sequence[Sample], rule: Verdicts, now: datetime) -> str:
    """Why the samples allow no verdict; "" if they do. They must cover the window without gaps, up
    to now; each may be half an interval early or late."""
    if not window:
        return "no samples"
    interval = max(rule.interval.length, timedelta(seconds=1))
    newest, oldest = window[-1].at, window[0].at
    if now - newest > 2 * interval + rule.lag.length:
        return f"stale: the newest sample is of {newest:%Y-%m-%d %H:%M:%S} UTC"
    for each in window:
        if not isfinite(each.value):
            return f"the sample of {each.at:%H:%M:%S} UTC is no number"
    wanted = rule.window.length // interval
    count = len({each.at for each in window})
    if count < wanted - 1:
        return f"too few samples: {count} of {wanted}"
    if newest - oldest < rule.window.length - interval - interval / 2:
        return f"the samples cover less than {rule.window}"
    return ""


def worst_level(services: Iterable[str], verdicts: Mapping[str, Verdict]) -> Level:
    """How bad it is for users, by the worst of these services; "all" where everything that is
    measured is out."""
    words = {verdicts[name].word for name in services if name in verdicts}
    if "outage" in words:
        everything = all(verdict.word == "outage" for verdict in verdicts.values())
        return "all" if everything else "outage"
    return "degraded" if "degraded" in words else ""


def proposal_key(family: str, value: str) -> str:
    """The key of a proposal, so that it is said once."""
    return f"proposed:{family}:{value}"


def bad_figures_in_words(services: Iterable[str], verdicts: Mapping[str, Verdict]) -> list[str]:
    """The bad figures of these services in sentences for people."""
    return [line for name in services if name in verdicts for line in verdicts[name].lines]
