"""What quick actions do: each becomes parameters of an update and a sentence about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from tests.counterparts.gitlab import rights
from tests.counterparts.gitlab.quick import Command
from tests.counterparts.gitlab.quick_effect import Effect, metadata, references, sentence
from tests.counterparts.gitlab.rows import Issue, User
from tests.counterparts.gitlab.world import World

SEVERITY = {
    "CRITICAL": ("s1", "1", "critical"),
    "HIGH": ("s2", "2", "high"),
    "MEDIUM": ("s3", "3", "medium"),
    "LOW": ("s4", "4", "low"),
    "UNKNOWN": ("unknown",),
}


def interpret(
    world: World, issue: Issue, user: User, commands: list[Command], *, new: bool = False
) -> Effect:
    effect = Effect(world, issue, user, new)
    for name, text in commands:
        act = ACTS.get(name)
        if act is None or not act(effect, text):
            effect.messages.append(f"Could not apply {name} command.")
    return effect


Act = Callable[[Effect, str], bool]  # whether it may be done


def _close(effect: Effect, _text: str) -> bool:
    issue = effect.issue
    allowed = not effect.new and issue.state == "opened" and rights.edits(issue, effect.user)
    if allowed:
        effect.updates["state_event"] = "close"
        effect.messages.append(f"Closed this {issue.kind}.")
    return allowed


def _reopen(effect: Effect, _text: str) -> bool:
    issue = effect.issue
    allowed = not effect.new and issue.state == "closed" and rights.edits(issue, effect.user)
    if allowed:
        effect.updates["state_event"] = "reopen"
        effect.messages.append(f"Reopened this {issue.kind}.")
    return allowed


def _title(effect: Effect, text: str) -> bool:
    allowed = not effect.new and rights.edits(effect.issue, effect.user)
    if allowed:
        effect.updates["title"] = text
        effect.messages.append(f'Changed the title to "{text}".')
    return allowed


def _label(effect: Effect, text: str) -> bool:
    if not metadata(effect):
        return False
    if labels := effect.labels(text):
        effect.add("add_label_ids", [label.id for label in labels])
        effect.messages.append(f"Added {references(labels)}.")
    return True


def _unlabel(effect: Effect, text: str) -> bool:
    if effect.new or not effect.issue.labels or not metadata(effect):
        return False
    labels = effect.labels(text)
    if not text:
        effect.updates["label_ids"] = []
    elif labels:
        effect.add("remove_label_ids", [label.id for label in labels])
    removed = f"Removed {references(labels)}." if labels else "Removed all labels."
    effect.messages.append(removed)
    return True


def _relabel(effect: Effect, text: str) -> bool:
    if effect.new or not effect.issue.labels or not metadata(effect):
        return False
    if labels := effect.labels(text):
        effect.add("label_ids", [label.id for label in labels])
        effect.messages.append(f"Replaced all labels with {references(labels)}.")
    return True


def _assign(effect: Effect, text: str) -> bool:
    if not metadata(effect):
        return False
    users = effect.logins(text)
    if not users:
        effect.messages.append("Failed to assign a user because no user was found.")
        return True
    if effect.world.premium(effect.issue.project):
        effect.updates.setdefault("assignee_ids", list(effect.issue.assignees))
        effect.add("assignee_ids", [user.id for user in users])
    else:
        users = users[:1]
        effect.updates["assignee_ids"] = [users[0].id]
    effect.messages.append(f"Assigned {sentence([user.username for user in users])}.")
    return True


def _unassign(effect: Effect, text: str) -> bool:
    issue, several = effect.issue, effect.world.premium(effect.issue.project)
    if effect.new or not issue.assignees or not metadata(effect):
        return False
    users = effect.logins(text) if several else []
    gone = [user.id for user in users] or list(issue.assignees)
    kept = effect.updates.get("assignee_ids", issue.assignees)
    effect.updates["assignee_ids"] = [each for each in kept if each not in gone]
    names = [effect.world.author(each).username for each in gone]
    effect.messages.append(f"Removed assignee{'s' if len(gone) > 1 else ''} {sentence(names)}.")
    return True


def _reassign(effect: Effect, text: str) -> bool:
    users = effect.logins(text)
    if effect.new or not users or not metadata(effect):
        return False
    several = effect.world.premium(effect.issue.project)
    effect.updates["assignee_ids"] = [user.id for user in users[: None if several else 1]]
    effect.messages.append("Changed assignee(s).")
    return True


def _confidential(effect: Effect, _text: str) -> bool:
    issue = effect.issue
    allowed = not issue.confidential and rights.sets_confidential(issue, effect.user)
    if allowed:
        effect.updates["confidential"] = True
        effect.messages.append(f"Made this {issue.kind} confidential.")
    return allowed


def _lock(effect: Effect, _text: str) -> bool:
    return not effect.new and not effect.issue.locked and _locked(effect, True)


def _unlock(effect: Effect, _text: str) -> bool:
    return effect.issue.locked and _locked(effect, False)


def _locked(effect: Effect, to: bool) -> bool:
    if metadata(effect):
        effect.updates["discussion_locked"] = to
        effect.messages.append(f"{'Locked' if to else 'Unlocked'} the discussion.")
        return True
    return False


def _due(effect: Effect, text: str) -> bool:
    if not metadata(effect):
        return False
    try:
        effect.updates["due_date"] = date.fromisoformat(text).isoformat()
    except ValueError:
        return True  # no sentence: "Failed to apply commands."
    effect.messages.append(f"Set the due date to {text}.")
    return True


def _severity(effect: Effect, text: str) -> bool:
    if effect.issue.kind != "incident":
        return False
    for severity, words in SEVERITY.items():
        if text.lower() in words:
            effect.updates["severity"] = severity
            effect.messages.append(f"Severity updated to {severity.capitalize()}.")
            return True
    effect.messages.append("No severity matches the provided parameter")
    return True


def _duplicate(effect: Effect, text: str) -> bool:
    issue, found = effect.issue, re.fullmatch(r"#(\d+)", text)
    other = issue.project.issues.get(int(found[1])) if found else None
    if effect.new or not metadata(effect):
        return False
    if other is None or other is issue:
        effect.messages.append("Failed to mark this issue as a duplicate.")
        return True
    effect.updates["canonical"] = other
    effect.messages.append(f"Closed this {issue.kind}. Marked as related to, and a duplicate of.")
    return True


def _promote(effect: Effect, _text: str) -> bool:
    if effect.issue.kind == "incident" or not metadata(effect):
        return False
    effect.updates["issue_type"] = "incident"
    effect.messages.append("Issue has been promoted to incident")
    return True


def _react(effect: Effect, text: str) -> bool:
    if found := re.fullmatch(r":([\w+-]+):", text):
        effect.emoji.append(found[1])
        effect.messages.append(f"Toggled :{found[1]}: emoji reaction.")
    return not effect.new


ACTS: dict[str, Act] = {
    "close": _close,
    "reopen": _reopen,
    "title": _title,
    "label": _label,
    "labels": _label,
    "unlabel": _unlabel,
    "remove_label": _unlabel,
    "relabel": _relabel,
    "assign": _assign,
    "unassign": _unassign,
    "remove_assignee": _unassign,
    "reassign": _reassign,
    "confidential": _confidential,
    "lock": _lock,
    "unlock": _unlock,
    "due": _due,
    "severity": _severity,
    "duplicate": _duplicate,
    "promote_to_incident": _promote,
    "react": _react,
    "award": _react,
}
