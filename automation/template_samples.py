"""Samples of what templates are rendered with when they are checked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from automation.context import Context
from automation.incident import Choice, Fact, Incident, Resolution, Seat
from automation.model import Duty
from automation.oncall import OnCall
from automation.policy import Policy
from automation.public import post_name
from automation.shifts import Handover
from automation.site import KEPT, About, Site, site

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_FACTS = (  # of each kind that shows
    Fact("document", NOW, by="doc.md"),
    Fact("announced", NOW, what="#production", text="x"),
    Fact("withheld", NOW, by="erin", text="nobody uses it"),
    Fact("published", NOW, by="erin", what="1/Investigating/Operational/web", text="We look."),
    Fact("waived", NOW, by="ian", what="remind-update", text="night", until=NOW.isoformat()),
    Fact("late", NOW, what="stuck-investigating", text="900"),
)


def samples(policy: Policy) -> Iterable[tuple[Incident, Context]]:
    """An incident that nobody has touched, one at its height, and one that is over."""
    known = OnCall({role: (Duty("erin", NOW),) for role in policy.roles})
    ctx = Context(policy=policy, me="ima", now=NOW, since=NOW, on_call=known)
    nobody = replace(ctx, on_call=OnCall(unknown=frozenset(policy.roles)))
    fresh = Incident(ref="#1", title="Sample", kind="incident", author=None, opened_at=NOW)
    busy = replace(
        fresh,
        author="rita",
        declared_at=NOW,
        severity=Choice("S2", NOW, "rita", confirmed=False),
        state=Choice("Investigating", NOW, "erin"),
        status=Choice("Service Disruption", NOW),
        services=("web",),
        seats={role: Seat(role, "erin", NOW, NOW, nth=1) for role in policy.roles},
        owner="erin",
        extras=("mia",),
        facts=_FACTS,
        waiting=(Fact("needed", NOW, who="mia", text="the database"),),
    )
    here = {role: replace(seat, here_at=NOW) for role, seat in busy.seats.items()}
    over = replace(
        busy,
        closed=True,
        seats=here,
        resolution=Resolution(NOW, "erin", "fixed", contested=True),
        reviews={"review": "#2", "near miss": "#3"},
    )
    waiting = replace(busy, seats=dict(list(busy.seats.items())[:1]), severity=None)
    later = replace(ctx, now=NOW + timedelta(seconds=1))
    return [(fresh, nobody), (busy, ctx), (waiting, later), (over, ctx)]


def handovers(policy: Policy) -> Iterator[Handover]:
    """One that has nothing to tell, and one with some of everything."""
    bare = Handover("erin", policy.chain[0], "", "", True, {}, {}, {})
    row = dict.fromkeys(("title", "severity", "state", "status", "owner", "due", "rule"), "")
    full = dict.fromkeys(row, "x")
    note = {"ref": "#1", "at": "", "by": "mia", "text": "Look."}
    notes = {"a": note, "b": note | {"by": "", "text": ""}}
    due = {"reviews due": {"#3": full, "#4": row}}
    yield bare
    yield replace(bare, active={"#1": row, "#2": full}, left=notes, due=due)


def sites(policy: Policy) -> Iterator[Site]:
    """One that has nothing to show, and one with an active incident and one that is over."""
    about = About("Status", "", policy.project, NOW, NOW, KEPT)
    yield site((), {}, about)
    posts = (("Investigating", "Service Disruption"), ("Resolved", "Operational"))
    facts = [
        Fact("published", NOW, what=post_name(n, state, status, ("web",)), text="Sample")
        for n, (state, status) in enumerate(posts, 1)
    ]
    made = Incident(ref="#1", title="", kind="incident", author=None, opened_at=NOW)
    active = replace(made, facts=tuple(facts[:1]))
    over = replace(made, ref="#2", facts=tuple(facts))
    yield site((active, over), policy.services, about)
