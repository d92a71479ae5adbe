"""``Record``: what IMA puts on the timeline and the links that a tracker itself has for incidents.
Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from automation.changes.issue_changes import Change
from automation.history.timeline import Step, steps
from automation.model.incident import Incident
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.stored_state.card import short_digest

_KINDS_TOLD = {  # kinds of steps that the tracker does not tell by itself
    "severity", "status", "state", "engaged", "acknowledged", "handed", "stood down", "published",
    "resolved", "contested", "reopened", "security",
}  # fmt: skip
_TIMELINE_KEY, _LINK_KEY = "timeline:", "linked:"  # beginnings of the keys on the card
ROOM, DOCUMENT = "Room", "Working document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Change):
    """Put on the tracker's own timeline, and among its links, what is not known to be there."""

    keys: tuple[str, ...]
    what: tuple[str, ...]  # in words

    kind: ClassVar[str] = "record"
    order: ClassVar[int] = 9

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if incident.said >= {*self.keys}:
            return incident
        return replace(incident, said=incident.said | {*self.keys})

    def describe(self, words: TeamWords = COMMON) -> str:
        return "record on GitLab's incident: " + "; ".join(self.what)


def steps_to_tell(incident: Incident, ctx: Context) -> Iterator[tuple[str, Step]]:
    """The steps for the tracker's timeline, each with the key by which the card remembers it. An
    incident that was over before anything was told stays as it is."""
    begun = any(key.startswith(_TIMELINE_KEY) for key in incident.said)
    if not ctx.can.timeline or not (incident.active or begun):
        return
    for step in steps(incident, ctx.policy):
        if step.kind in _KINDS_TOLD:
            key = (step.kind, step.at.isoformat(), step.subject)
            yield _TIMELINE_KEY + short_digest(key), step


def links_to_show(incident: Incident, ctx: Context) -> Iterator[tuple[str, str, str]]:
    """The links for the tracker: the key by which the card remembers each, its text, and the
    address, "" while it is not known."""
    if not ctx.can.resources or not incident.active:
        return
    if _is_address(room := ctx.policy.room):
        yield _LINK_KEY + short_digest(room), ROOM, room
    if document := incident.found("document"):
        where = document.by if document.done else ""
        if not where or _is_address(where):
            yield f"{_LINK_KEY}document:{document.what}", DOCUMENT, where


def _is_address(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def record(incident: Incident, ctx: Context) -> Iterator[Change]:
    """The change that tells what is new of both, where the tracker has such things for this
    issue."""
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
