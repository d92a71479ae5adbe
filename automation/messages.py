"""Sending the messages that comments owe to people. Once sent, the comment owes them no more.

Killed between the two, a message comes twice: a chat message has no key.
"""

from __future__ import annotations

from collections.abc import Iterable

from automation import write
from automation.changes import Change
from automation.context import Context
from automation.errors import ServiceError
from automation.incident import Incident
from automation.owed import paid
from automation.report import Report, World
from automation.telling import Message
from automation.veil import veiled


def send(
    changes: Iterable[Change], incident: Incident, ctx: Context, world: World, report: Report
) -> list[Change]:
    """Send what ``incident`` owes; the changes that failed are left for the next pass."""
    failed: list[Change] = []
    sent = []
    for change in changes:
        if not isinstance(change, Message):
            continue
        try:
            for promise in filter(change.pays, incident.owed):
                _tell(change, incident, ctx, world)
                sent.append(promise)
        except ServiceError as error:
            report.failures.append(veiled(error, incident))
            report.unfinished.add(incident.ref)
            failed.append(change)
    for comment, body in paid(sent):
        world.tracker.edit_comment(incident.ref, comment, body)
    return failed


def _tell(change: Message, incident: Incident, ctx: Context, world: World) -> None:
    text = write.reminder(change, incident, ctx, world.templates)
    key = f"{ctx.policy.project}{incident.ref}:{change.subject()}"
    world.services.chat.tell(change.person, text, key)
