"""Figures as metrics for Prometheus: what OpenMetrics and the older text format both read. Pure.

All are gauges: what `--since` leaves out falls out of them again, so none only grows. No person is
named, and of a confidential incident nothing but that it counts (P-16). The values of labels are
those of the policy: severities, services, statuses, roles, rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from automation.model.incident import Incident
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.stats.figures import Month, Stats, confirmed_severity, is_counted
from automation.stored_state.dashboard import Dashboard

_FOLLOW_UPS = ("review", "action")
Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the project stands now, as numbers."""

    open: Mapping[str, int]  # active incidents, by severity
    follow_ups: Mapping[str, int]  # open ones, by "review" and "action"
    pages: Mapping[str, int]  # made in the time of the figures, by role
    findings: Mapping[str, int]  # what only people can mend, by whether it is grave
    beat: datetime | None  # when IMA last wrote its dashboard


def standing_of(
    incidents: Iterable[Incident], ctx: Context, since: datetime, board: Dashboard
) -> Standing:
    """How the project stands. ``incidents`` are all issues that IMA keeps."""
    everything = list(incidents)
    counted = [incident for incident in everything if is_counted(incident)]
    grades = Counter(confirmed_severity(incident) for incident in counted if incident.active)
    kinds = Counter[str](incident.kind for incident in everything if not incident.closed)
    roles = Counter(
        fact.role
        for incident in counted
        for fact in incident.facts
        if fact.kind == "paged" and fact.done and fact.role and fact.at >= since
    )
    grave = Counter("yes" if row.get("grave") else "no" for row in board.findings.values())
    return Standing(
        {grade: grades[grade] for grade in (*ctx.policy.severities, "none")},
        {kind: kinds[kind] for kind in _FOLLOW_UPS},
        {role: roles[role] for role in ctx.policy.roles},
        {word: grave[word] for word in ("yes", "no")},
        board.beat,
    )


def as_metrics(stats: Stats, now: Standing) -> str:
    """What ``ima stats --metrics`` prints."""
    lines = [line for metric in _metrics(stats, now) for line in _lines(*metric)]
    return "\n".join([*lines, "# EOF"])


def _metrics(stats: Stats, now: Standing) -> Iterator[tuple[str, str, Sequence[Sample]]]:
    """The name of each metric, what it is, and its samples."""
    period = (stats.until - stats.since).total_seconds()
    yield "period_seconds", "The time that the figures are about.", [({}, period)]
    yield "incidents_open", "Active incidents.", _by("severity", now.open)
    yield "incidents_declared", "Incidents declared in the period.", _declared(stats.months)
    yield "drills", "Exercises in the period; they count nowhere else.", [({}, stats.drills)]
    near = sum(each.near_misses for each in stats.quarters if each.service is None)
    yield "near_misses", "Near misses in the period.", [({}, near)]
    yield "pages", "Pages in the period, repetitions left out.", _by("role", now.pages)
    yield "follow_ups_open", "Open reviews and corrective actions.", _by("kind", now.follow_ups)
    overdue = len(stats.overdue) + stats.overdue_unnamed
    yield "follow_ups_overdue", "Those whose day has passed.", [({}, overdue)]
    measured = {step: each for step, each in stats.times.items() if each.median is not None}
    yield (
        "step_median_seconds",
        "Half of the incidents took at most so long for the step.",
        _by("step", {step: each.median or 0 for step, each in measured.items()}),
    )
    yield (
        "step_p90_seconds",
        "Nine of ten took at most so long.",
        _by("step", {step: each.ninetieth or 0 for step, each in measured.items()}),
    )
    counts = {step: each.count for step, each in stats.times.items()}
    yield "step_incidents", "How many got so far.", _by("step", counts)
    yield "availability_goal_ratio", "The policy's goal.", [({}, stats.goal)]
    yield from _of_this_month(stats.months)
    yield "alerts_flappy", "Alerts that opened too many incidents.", [({}, len(stats.flappy))]
    late = {each.rule: each.count for each in stats.late}
    yield "clocks_late", "How often a rule was acted on late.", _by("rule", late)
    worst = {each.rule: each.worst for each in stats.late}
    yield "clocks_late_max_seconds", "How late at worst.", _by("rule", worst)
    yield "findings", "What only people can mend.", _by("grave", now.findings)
    if now.beat:
        said = "When IMA last wrote its dashboard."
        yield "sign_of_life_timestamp_seconds", said, [({}, now.beat.timestamp())]


def _declared(months: Iterable[Month]) -> list[Sample]:
    whole = [each.incidents for each in months if each.service is None]
    grades = {grade: sum(each[grade] for each in whole) for grade in (whole[0] if whole else ())}
    return _by("severity", grades)


def _of_this_month(months: Sequence[Month]) -> Iterator[tuple[str, str, Sequence[Sample]]]:
    """The whole and its services are metrics of their own: nothing counts twice in a sum. What
    incidents cost that name no service counts in the whole."""
    last = months[-1].month if months else ""
    known = [each for each in months if each.month == last and each.observed]
    whole = [each for each in known if each.service is None]
    services = [(str(each.service), each) for each in known if each.service]
    yield (
        "availability_ratio",
        "The share of this month (UTC) without partial and full disruptions.",
        [({}, each.availability or 0) for each in whole],
    )
    yield (
        "service_availability_ratio",
        "The same of each service.",
        [({"service": name}, each.availability or 0) for name, each in services],
    )
    yield (
        "status_seconds",
        "How long of this month incidents were open in the status.",
        [({"status": s}, took) for each in whole for s, took in each.seconds.items()],
    )
    yield (
        "service_status_seconds",
        "The same of each service.",
        [
            ({"service": name, "status": status}, took)
            for name, each in services
            for status, took in each.seconds.items()
        ],
    )


def _by(label: str, values: Mapping[str, float]) -> list[Sample]:
    return [({label: value}, number) for value, number in values.items()]


def _lines(name: str, said: str, samples: Sequence[Sample]) -> Iterator[str]:
    """A metric as lines; none where nothing is known of it. No time stands there: a file for
    node_exporter must have none."""
    if not samples:
        return
    full = f"ima_{name}"
    yield f"# HELP {full} {said}"
    yield f"# TYPE {full} gauge"
    unit = name.rpartition("_")[2]
    if unit in ("seconds", "ratio"):
        yield f"# UNIT {full} {unit}"
    for labels, value in samples:
        said_of = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{full}{{{said_of}}} {value}" if labels else f"{full} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
