"""``Record``: the timeline and the links that the tracker itself has for incidents. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from automation.changes.issue_changes import Change
from automation.history.timeline import Step, steps
from automation.model.incident import Incident
from automation.policy.planning_input import Context
from automation.stored_state.card import short_digest

_TOLD = {  # of what happened: what the tracker does not tell there by itself
    "severity", "status", "state", "engaged", "handed", "stood down", "published", "resolved",
    "contested", "reopened", "security",
}  # fmt: skip
_TIMELINE, _LINK = "timeline:", "linked:"  # what the card remembers of it
ROOM, DOCUMENT = "Room", "Working document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Change):
    """Put on the tracker's own timeline, and beside its text, what is not known to be there."""

    keys: tuple[str, ...]
    what: tuple[str, ...]  # in words

    kind: ClassVar[str] = "record"
    place: ClassVar[int] = 9

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if incident.said >= {*self.keys}:
            return incident
        return replace(incident, said=incident.said | {*self.keys})

    def describe(self) -> str:
        return "record on GitLab's incident: " + "; ".join(self.what)


def steps_to_tell(incident: Incident, ctx: Context) -> Iterator[tuple[str, Step]]:
    """What the tracker's timeline shall tell, each with what it is remembered by. An incident that
    was over before anything of it was told stays as it is."""
    begun = any(key.startswith(_TIMELINE) for key in incident.said)
    if not ctx.can.timeline or not (incident.active or begun):
        return
    for step in steps(incident):
        if step.kind in _TOLD:
            key = (step.kind, step.at.isoformat(), step.subject)
            yield _TIMELINE + short_digest(key), step


def links_to_show(incident: Incident, ctx: Context) -> Iterator[tuple[str, str, str]]:
    """What is remembered of a link, its text and where it leads: empty while nobody knows."""
    if not ctx.can.resources or not incident.active:
        return
    if _leads_somewhere(room := ctx.policy.room):
        yield _LINK + short_digest(room), ROOM, room
    if document := incident.found("document"):
        where = document.by if document.done else ""
        if not where or _leads_somewhere(where):
            yield f"{_LINK}document:{document.what}", DOCUMENT, where


def _leads_somewhere(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def record(incident: Incident, ctx: Context) -> Iterator[Change]:
    """What is new of both, where the tracker has such things for this issue."""
    if incident.native_severity is None or incident.silent:
        return
    new = {key: step.what for key, step in steps_to_tell(incident, ctx)}
    new |= {key: f"link {text}" for key, text, _ in links_to_show(incident, ctx)}
    for key in new.keys() & incident.said:
        del new[key]
    if new:
        yield Record(
            ref=incident.ref,
            keys=tuple(new),
            what=tuple(new.values()),
            rule="incident-record",
            why="GitLab's incident tells what happened, and where people meet. (P-34)",
        )
