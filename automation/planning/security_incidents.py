"""Security incidents are nobody else's: hidden, moved away, or locked and left alone. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from automation.changes.comments import Say
from automation.changes.issue_changes import Change, Conceal, Tag
from automation.model.incident import Incident, Note
from automation.model.publicity import SECURITY
from automation.planning.finding import Finding
from automation.policy.planning_input import Context
from automation.text.escaping import clean

SHUT_IN = {"rule": "security-stays-inside", "why": "A security incident is nobody else's. (P-16)"}
MOVE = "move it to a private repository, with `Transfer issue` on its page"


def hide(incident: Incident, ctx: Context) -> Iterator[Change]:
    """A security incident is shown to members only, and so is what was opened from it; what the
    public knows already is reported to the security engineer."""
    if incident.security_at is None:
        return
    if ctx.can.confidential or ctx.can.locks:
        opened = tuple(f.by for f in incident.facts if f.kind == "opened" and f.done and f.by)
        yield Conceal(ref=incident.ref, also=opened, how=_how(incident, ctx), **SHUT_IN)
    early = [f for f in incident.facts if f.kind == "published" and f.at < incident.security_at]
    if early and (seat := incident.seats.get(SECURITY)):
        note = Note("public before", "public_before", (("whom", seat.person),))
        yield Say(ref=incident.ref, note=note, **SHUT_IN)


def hide_what_follows(incident: Incident, ctx: Context) -> Iterator[Change]:
    """What follows a security incident says so itself where it cannot be hidden."""
    label, shown = ctx.policy.labels.name("security"), not ctx.can.confidential
    if shown and incident.review_of and incident.confidential and label not in incident.labels:
        yield Tag(ref=incident.ref, label=label, **SHUT_IN)


def _how(incident: Incident, ctx: Context) -> str:
    """Whether it will be moved nobody knows before it is tried; a closed one never is."""
    if ctx.can.confidential:
        return "make it confidential"
    if not ctx.can.moves or incident.closed:
        return "lock it"
    return f"move it to {ctx.policy.tracker.private}, or lock it where GitHub refuses that"


def exposed_findings(incidents: Mapping[str, Incident]) -> Iterator[Finding]:
    """Security incidents that everybody can read."""
    for incident in incidents.values():
        if incident.silent and incident.active:
            text = f"{incident.ref} is confidential, and everybody can read it: {MOVE}"
            yield Finding(text, incident.ref)


def not_hidden_finding(ref: str, why: str) -> Finding:
    """What was to be moved away, and was only locked."""
    return Finding(f"{ref} is confidential, and only locked: {clean(why)}; {MOVE}", failed=True)
