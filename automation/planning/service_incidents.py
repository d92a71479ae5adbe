"""Services that miss their SLO while no incident is about them: one incident is opened for all of
them (P-27). Pure."""

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
    """The incident to open, if any, for the services that miss their SLO and that no incident is
    about."""
    ctx = snapshot.ctx
    if not ctx.policy.slo.declare or not (snapshot.whole or snapshot.sweep):
        return
    bad = [each for each in ctx.verdicts.values() if each.bad and not _has_incident(each, snapshot)]
    if bad:
        services = tuple(verdict.service for verdict in bad)
        yield Declare(
            ref=NEW,
            title=_title_of(bad),
            services=services,
            status=STATUS_OF[worst_level(services, ctx.verdicts)],
            figures=tuple(bad_figures_in_words(services, ctx.verdicts)),
            **DECLARED,
        )


def _has_incident(verdict: Verdict, snapshot: Snapshot) -> bool:
    """Is an active incident about the service, or one that ended within the window of the SLO?
    After an end the measuring begins anew."""
    began = snapshot.now - snapshot.ctx.policy.slo.window.length
    return any(
        verdict.service in incident.affects
        and not incident.drill
        and (incident.active or _ended_since(incident, began))
        for incident in snapshot.incidents.values()
    )


def _ended_since(incident: Incident, since: datetime) -> bool:
    return incident.resolution is not None and incident.resolution.at > since


def _title_of(bad: Sequence[Verdict]) -> str:
    """The title of the incident: the services, and what they miss if it is one thing."""
    names = ", ".join(verdict.component for verdict in bad)
    phrases = {verdict.gravest.phrase for verdict in bad if verdict.gravest}
    what = phrases.pop() if len(phrases) == 1 else "below what was promised"
    return f"{names}: {what}"[:_TITLE]
