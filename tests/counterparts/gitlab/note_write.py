"""Comments: quick actions first, then the text that is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.counterparts.gitlab import hooks, issue_write, quick, quick_acts, rights
from tests.counterparts.gitlab.quick_effect import Effect
from tests.counterparts.gitlab.rows import Award, Issue, Note, User
from tests.counterparts.gitlab.world import Refused, World

LIMIT = 1_000_000
FAILED = "400 Bad request - Failed to apply commands."


@dataclass
class Written:
    """``note`` is None where the text was commands only; ``changes`` are what those did."""

    note: Note | None
    changes: dict[str, Any]
    summary: list[str]


def create(world: World, issue: Issue, user: User, body: Any, *, internal: bool = False) -> Written:
    rights.need_live(issue.project)
    rights.need(rights.comments(issue, user))
    rights.need(not internal or rights.sets_metadata(issue, user))
    text, effect = _read(world, issue, user, body)
    note = None
    if text.strip() or effect is None:
        now = world.now()
        note = Note(world.next_id("note"), text, user.id, now, now, internal=internal)
        issue.notes.append(note)
        world.touch(issue, throttled=True)
        hooks.note(world, issue, note, user, "create")
    return _obey(world, issue, user, note, effect)


def edit(world: World, issue: Issue, note: Note, user: User, body: Any) -> Written:
    """Replace the text. Quick actions in it are done too; a note of only those is gone."""
    rights.need_live(issue.project)
    _need_own(issue, note, user)
    text, effect = _read(world, issue, user, body)
    if effect is not None and not text.strip():
        issue.notes.remove(note)
        return _obey(world, issue, user, None, effect)
    if text != note.body:
        note.body, note.updated_at, note.edited_by = text, world.now(), user.id
        world.touch(issue, throttled=True)
        hooks.note(world, issue, note, user, "update")
    return _obey(world, issue, user, note, effect)


def remove(issue: Issue, note: Note, user: User) -> None:
    rights.need_live(issue.project)
    _need_own(issue, note, user)
    issue.notes.remove(note)
    issue.project.version += 1


def _need_own(issue: Issue, note: Note, user: User) -> None:
    rights.need(not note.system)
    rights.need(note.author == user.id or rights.moderates(issue.project, user))


def _read(world: World, issue: Issue, user: User, body: Any) -> tuple[str, Effect | None]:
    text = "" if body is None else str(body)
    if not text.strip():
        raise Refused(400, '400 Bad request - Note {:note=>["can\'t be blank"]}')
    if len(text) > LIMIT:
        raise Refused(400, '400 Bad request - Note {:note=>["is too long"]}')
    rest, commands = quick.extract(text)
    if not commands:
        return text, None
    return rest, quick_acts.interpret(world, issue, user, commands)


def _obey(
    world: World, issue: Issue, user: User, note: Note | None, effect: Effect | None
) -> Written:
    if effect is None:
        return Written(note, {}, [])
    if note is None and not effect.updates and not effect.messages:
        raise Refused(400, FAILED)
    if effect.updates:
        issue_write.apply(world, issue, user, dict(effect.updates))
    for name in effect.emoji:
        toggle(world, issue.awards, user, name)
    return Written(note, effect.updates, effect.messages)


def toggle(world: World, awards: list[Award], user: User, name: str) -> None:
    for award in awards:
        if (award.user, award.name) == (user.id, name):
            awards.remove(award)
            return
    awards.append(Award(world.next_id("award"), name, user.id, world.now()))


def react(world: World, on: Note | Issue, user: User, name: str) -> Award:
    """Add an emoji, once: GitLab says 404 to the second. It moves a note's time, not an issue's."""
    if any((award.user, award.name) == (user.id, name) for award in on.awards):
        raise Refused(404, "404 Award Emoji Name has already been taken Not Found")
    on.awards.append(Award(world.next_id("award"), name, user.id, world.now()))
    bump(world, on)
    return on.awards[-1]


def bump(world: World, on: Note | Issue) -> None:
    if isinstance(on, Note):
        on.updated_at = world.now()
