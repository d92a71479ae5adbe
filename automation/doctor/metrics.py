"""Are the services measured? What the metrics gave, judged. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from automation.doctor.setup_check import Line, ok, todo
from automation.policy.policy import Policy
from automation.policy.slo import NAMES, Verdict

_ABOUT = "metrics"
_SERIES = "name its series in `services.*.metrics` (docs/slo.md)"


def judge_metrics(policy: Policy, verdicts: Sequence[Verdict]) -> Iterator[Line]:
    """A line for each service of which a figure is unknown, and one for all others."""
    if not verdicts:
        yield todo(_ABOUT, "no service has an SLO with a figure to hold against it", _SERIES)
    measured = []
    for verdict in verdicts:
        unknown = {NAMES[f.measure]: f.why for f in verdict.figures if f.word == "unknown"}
        if not unknown:
            measured.append(f"{verdict.service} ({verdict.word})")
            continue
        said = ", ".join(f"{name}: {why}" for name, why in unknown.items())
        yield todo(
            _ABOUT,
            f"of {verdict.service} we do not know all ({said})",
            _remedy(policy, verdict.service),
        )
    if measured:
        yield ok(_ABOUT, f"measured: {', '.join(measured)}")


def _remedy(policy: Policy, service: str) -> str:
    often = policy.slo.interval
    if policy.metrics.kind == "file":
        return f"let something write it to {policy.metrics.path} every {often}"
    where = f"services.{service}.metrics"
    return (
        f"ask Prometheus for what is in `{where}`: each is one series, with a sample every {often}"
    )
