"""Bad services that no incident is about: one incident for all of them (P-27). Pure.

Only who sees every active incident may say so: a run on some issues opens none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from automation.changes.service_calls import NEW, Declare
from automation.model.incident import Incident
from automation.planning.plan import Snapshot
from automation.policy.slo import STATUS_OF, Verdict, bad_figures_in_words, worst_level

DECLARED = {
    "rule": "slo-declares",
    "why": "A service breaks its promise, and no incident is about it. (P-27)",
}
_TITLE = 250  # characters


def incident_to_declare(snapshot: Snapshot) -> Iterator[Declare]:
    """The incident to open, if any, for the services that are bad and unattended."""
    ctx = snapshot.ctx
    if not ctx.policy.slo.declare or not (snapshot.whole or snapshot.sweep):
        return
    bad = [each for each in ctx.verdicts.values() if each.bad and not _attended(each, snapshot)]
    if bad:
        services = tuple(verdict.service for verdict in bad)
        yield Declare(
            ref=NEW,
            title=_title(bad),
            services=services,
            status=STATUS_OF[worst_level(services, ctx.verdicts)],
            figures=tuple(bad_figures_in_words(services, ctx.verdicts)),
            **DECLARED,
        )


def _attended(verdict: Verdict, snapshot: Snapshot) -> bool:
    """Is an incident about the service? After a resolution the window begins anew."""
    began = snapshot.now - snapshot.ctx.policy.slo.window.length
    return any(
        verdict.service in incident.affects
        and not incident.drill
        and (incident.active or _ended(incident, began))
        for incident in snapshot.incidents.values()
    )


def _ended(incident: Incident, since: datetime) -> bool:
    return incident.resolution is not None and incident.resolution.at > since


def _title(bad: Sequence[Verdict]) -> str:
    names = ", ".join(verdict.component for verdict in bad)
    phrases = {verdict.gravest.phrase for verdict in bad if verdict.gravest}
    what = phrases.pop() if len(phrases) == 1 else "below what was promised"
    return f"{names}: {what}"[:_TITLE]
