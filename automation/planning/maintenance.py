"""What follows from planned work: users read of it, and whoever does it is asked in time (P-56).

Pure. At its end it is over by itself: alerts page again from that moment, whatever was planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from automation.changes.comments import Say
from automation.changes.issue_changes import Change, Close, Reopen
from automation.changes.open_after_work import OpenAfterWork
from automation.changes.publish_maintenance import PublishMaintenance
from automation.model.incident import Incident, Note
from automation.model.issue import OPERATIONAL
from automation.model.maintenance import (
    IN_PROGRESS,
    MAINTENANCE,
    OVER,
    SCHEDULED,
    Maintenance,
    Window,
)
from automation.model.publicity import maintenance_posts
from automation.model.secrecy import shown_title, tellable
from automation.policy.planning_input import Context
from automation.policy.status_page_notice import parts_of
from automation.policy.team_time import team_time
from automation.stored_state.label_memory import ON_ISSUE, labels_on

RULE = "planned-work"
PLANNED = {"rule": RULE, "why": "Users read of planned work before it and while it goes on. (P-56)"}
ASKED = {"rule": RULE, "why": "Planned work counts once it is confirmed. (P-56)"}
FIRES = {"rule": RULE, "why": "What fires after planned work is an incident. (P-56)"}
ENDS = {"rule": RULE, "why": "What takes longer is said in time. (P-56)"}


def maintenance_changes(incident: Incident, ctx: Context) -> Iterator[Change]:
    """What has to change on an issue about planned work."""
    work = incident.maintenance
    if work is None or not incident.tracked:
        return
    phase = work.phase(ctx.now)
    yield from _told(incident, work, ctx)
    if incident.kind != "maintenance":
        return
    yield from _asks(incident, work, ctx)
    if phase in (SCHEDULED, IN_PROGRESS):
        yield Reopen(ref=incident.ref, **PLANNED)
        yield from _ends_soon(incident, work, ctx)
    elif phase in OVER:
        if incident.alerts_seen.fires:
            yield OpenAfterWork(ref=incident.ref, **FIRES)
        yield Close(ref=incident.ref, **PLANNED)


def _told(incident: Incident, work: Maintenance, ctx: Context) -> Iterator[Change]:
    """One post for each phase, and for a window that was moved; none of what users never read."""
    phase, window = work.phase(ctx.now), work.window
    shown = maintenance_posts(incident)
    if not phase or window is None or work.confirmed is None:
        return
    if phase in OVER and (not shown or shown[-1].final):
        return
    words = work.confirmed.text if phase not in OVER else ""
    sentence = ctx.policy.sentences.get(phase, phase)
    yield PublishMaintenance(
        ref=incident.ref,
        state=phase,
        status=MAINTENANCE if phase == IN_PROGRESS else OPERATIONAL,
        text=" ".join(filter(None, (words or sentence, _when(phase, window)))),
        services=window.services,
        broadcast=ctx.policy.maintenance.broadcast,
        rule=RULE,
        why=PLANNED["why"],
    )


def _when(phase: str, window: Window) -> str:
    """The times as users read them."""
    if phase in OVER:
        return ""
    start = f"{window.start:%Y-%m-%d %H:%M}"
    same = window.start.date() == window.end.date()
    end = f"{window.end:%H:%M}" if same else f"{window.end:%Y-%m-%d %H:%M}"
    return f"From {start} to {end} UTC."


def _asks(incident: Incident, work: Maintenance, ctx: Context) -> Iterator[Change]:
    """What is missing until it counts; once for each thing that is."""
    said, window = work.said, work.window
    if incident.closed and not work.confirmed:
        return
    if work.confirmed is None:
        what = "confirm" if said else "times"
        key = f"maintenance:{what}"
    elif said and said != _as_confirmed(work) and work.phase(ctx.now) not in OVER:
        what = "changed"
        key = f"maintenance:changed:{said.start.isoformat()}:{said.end.isoformat()}:" + ",".join(
            said.services
        )
    else:
        return
    values = {
        "whom": _whom(incident, ctx),
        "what": what,
        **_in_words("said", said, ctx),
        **_in_words("window", window, ctx),
    }
    yield Say(ref=incident.ref, note=Note(key, "maintenance_asks", tuple(values.items())), **ASKED)


def _as_confirmed(work: Maintenance) -> Window | None:
    return Maintenance(confirmed=work.confirmed).window


def _in_words(name: str, window: Window | None, ctx: Context) -> dict[str, str]:
    if window is None:
        return {name: "", f"{name}_services": ""}
    return {
        name: _when("", window).strip("."),
        f"{name}_services": ", ".join(parts_of(window.services, ctx.policy)),
    }


def _ends_soon(incident: Incident, work: Maintenance, ctx: Context) -> Iterator[Change]:
    """Whoever does it is told before its time is over, while it can still be made longer."""
    window, warn = work.window, ctx.policy.maintenance.warn.length
    if window is None or not warn or not (window.end - warn <= ctx.now and work.goes_on(ctx.now)):
        return
    values = {"whom": _whom(incident, ctx), "end": team_time(ctx.policy, window.end, ctx.now)}
    key = f"maintenance:ends:{window.end.isoformat()}"
    yield Say(ref=incident.ref, note=Note(key, "maintenance_ends", tuple(values.items())), **ENDS)


def _whom(incident: Incident, ctx: Context) -> str:
    """Who does it: its assignees, else who confirmed it, else who wrote it."""
    work = incident.maintenance
    by = work.confirmed.by if work and work.confirmed else ""
    people = incident.assignees or tuple(filter(None, (by, incident.author)))[:1]
    return ", ".join(person for person in people if person != ctx.me)


def turns(incident: Incident, ctx: Context) -> Iterable[datetime]:
    """When its issue must be looked at though nothing happens on it."""
    work = incident.maintenance
    if work is None or not incident.tracked:
        return ()
    warn = ctx.policy.maintenance.warn.length
    return [at for at in work.turns(warn) if at > ctx.now]


def maintenance_row(incident: Incident, ctx: Context) -> dict[str, str] | None:
    """The row of planned work that is confirmed and not over."""
    work = incident.maintenance
    phase = work.phase(ctx.now) if work and incident.tracked else ""
    if work is None or phase not in (SCHEDULED, IN_PROGRESS) or incident.kind != "maintenance":
        return None
    window = work.window
    if window is None:
        return None
    told = tellable(incident)
    return {
        "title": shown_title(incident),
        "phase": phase,
        "from": window.start.isoformat(),
        "to": window.end.isoformat(),
        "services": ",".join(window.services) if told else "",
        "owner": next(iter(told.assignees), told.author or "") if told else "",
        ON_ISSUE: labels_on(told.labels, ctx.policy.labels) if told else "",
    }
