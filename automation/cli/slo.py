"""``ima slo``: services against their SLOs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.errors import PolicyError
from automation.mistakes import quoted, suggestion
from automation.policy import slo as promises
from automation.policy.policy import Policy
from automation.policy.slo import Figure, Verdict
from automation.reconcile.observe import judge_services

_HEAD = ("service", "verdict", "figure", "newest", "worst", "SLO", "outage above", "")
_NO_SLO = """\
No service has an SLO with a figure to hold against it. In policy.yml:
  services:
    web: {slo: {errors: 0.001, apdex: 0.95}, metrics: {errors: 'QUERY', apdex: 'QUERY'}}"""
_NOTHING_ASKED = """\
Nobody is asked for figures: `metrics: {kind: none}`. In policy.yml:
  metrics: {kind: file, path: .ima/samples.json}"""


@command("slo", formats=("text", "markdown", "json"), examples=["ima slo", "ima slo web api"])
@click.argument("services", metavar="[SERVICE]...", nargs=-1)
def slo(call: Call, services: Sequence[str]) -> int:
    """Services against their SLOs: operational, degraded, outage, or unknown.

    Bad means: every sample of the window is. Missing, stale and NaN are unknown.
    """
    policy = call.session.policy
    window = str(policy.slo.window)
    wanted = _services_asked(policy, services)
    verdicts, findings = judge_services(call.session.services.metrics, policy, call.session.clock())
    if policy.metrics.kind == "none":
        why = "nobody is asked for figures"
        verdicts = {
            s.name: promises.unknown(s, policy, why) for s in promises.evaluated_services(policy)
        }
    shown = [each for name, each in verdicts.items() if not wanted or name in wanted]
    if call.format == "json":
        output.show_json({"services": [_verdict_as_json(verdict) for verdict in shown]})
    elif shown:
        rows = [row for verdict in shown for row in _rows_of_verdict(verdict, window)]
        output.show_table(_HEAD, rows, call.format)
    _say_what_is_missing(call, policy, wanted, verdicts)
    for finding in findings:
        output.tell(f"{finding.text}\n  run again when the metrics answer")
    return 1 if findings else 0


def _services_asked(policy: Policy, names: Sequence[str]) -> list[str]:
    known = {name.casefold(): name for name in policy.services}
    for name in names:
        if name.casefold() not in known:
            remedy = suggestion(name, known.values(), policy.place("services"))
            raise PolicyError(f"there is no service {quoted(name)}", remedy)
    return [known[name.casefold()] for name in names]


def _say_what_is_missing(
    call: Call, policy: Policy, wanted: Sequence[str], verdicts: dict[str, Verdict]
) -> None:
    """Say why there is nothing to see, and what to configure."""
    if not verdicts:
        (call.progress if call.format == "json" else output.show)(_NO_SLO)
        return
    if policy.metrics.kind == "none":
        call.progress(_NOTHING_ASKED)
    for name in wanted:
        if name not in verdicts:
            call.progress(f"{name} has no SLO with a figure to hold against it")
            call.progress(
                f"  set `services.{name}.slo` and `services.{name}.metrics` in policy.yml"
            )


def _rows_of_verdict(verdict: Verdict, window: str) -> Iterator[tuple[str, ...]]:
    for number, figure in enumerate(verdict.figures):
        first = (verdict.service, verdict.word) if number == 0 else ("", "")
        yield (
            *first,
            promises.NAMES[figure.measure],
            figure.shown(figure.newest),
            figure.shown(figure.worst),
            figure.shown(figure.slo),
            figure.shown(figure.outage),
            _remark(figure, window),
        )


def _remark(figure: Figure, window: str) -> str:
    if figure.since:
        return f"{figure.word} at least since {figure.since:%Y-%m-%d %H:%M:%S} UTC"
    if began := figure.not_sustained:
        how = "below" if figure.measure == "apdex" else "above"
        return f"{how} its SLO since {began:%Y-%m-%d %H:%M:%S} UTC, not sustained for {window}"
    return figure.why


def _verdict_as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "service": verdict.service,
        "verdict": verdict.word,
        "figures": [
            {
                "measure": figure.measure,
                "verdict": figure.word,
                "newest": figure.newest,
                "worst": figure.worst,
                "slo": figure.slo,
                "outage": figure.outage,
                "since": figure.since,
                "not_sustained_since": figure.not_sustained,
                "why": figure.why,
            }
            for figure in verdict.figures
        ],
    }
