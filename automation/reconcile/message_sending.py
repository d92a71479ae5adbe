"""Sends the messages that comments have promised to people. Once sent, they are taken out of the
comment.

If a job is killed between the two, a message comes twice: a chat message has no key.
"""

from __future__ import annotations

from collections.abc import Iterable

from automation.changes.comments import Message
from automation.changes.issue_changes import Change
from automation.errors import ServiceError
from automation.model.incident import Incident
from automation.model.secrecy import without_names
from automation.planning.report import Report
from automation.policy.planning_input import Context
from automation.reconcile.destinations import World
from automation.stored_state.promised_messages import without_promises
from automation.writing import issue_texts


def send(
    changes: Iterable[Change], incident: Incident, ctx: Context, world: World, report: Report
) -> list[Change]:
    """Send the messages that comments of ``incident`` have promised. Returns the changes that
    failed: the next pass tries again."""
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
            report.failures.append(without_names(error, incident))
            report.unfinished.add(incident.ref)
            failed.append(change)
    for comment, body in without_promises(sent):
        world.tracker.edit_comment(incident.ref, comment, body)
    return failed


def _tell(change: Message, incident: Incident, ctx: Context, world: World) -> None:
    text = issue_texts.reminder(change, incident, ctx, world.templates)
    key = f"{ctx.policy.project}{incident.ref}:{change.subject()}"
    world.services.chat.tell(change.person, text, key)
