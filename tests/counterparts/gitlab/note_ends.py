"""``.../notes`` and the emoji on notes and issues."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any

from tests.counterparts.gitlab import note_write, rights, shown
from tests.counterparts.gitlab.call import Call, Endpoint, number, readable
from tests.counterparts.gitlab.note_write import Written
from tests.counterparts.gitlab.paging import paged
from tests.counterparts.gitlab.rows import Issue, Note
from tests.counterparts.gitlab.world import Refused
from tests.counterparts.messages import Answer

NOTES = "/projects/:id/issues/:iid/notes"
ONE = f"{NOTES}/:note"
KINDS = ("all_notes", "only_comments", "only_activity")


def listing(call: Call) -> Answer:
    """The newest first, if nothing else is asked for, system notes among them."""
    issue = call.issue()
    kind = call.choice("activity_filter", KINDS, "all_notes")
    notes = [note for note in issue.notes if readable(issue, note, call.user)]
    if kind != "all_notes":
        notes = [note for note in notes if note.system == (kind == "only_activity")]
    field = call.choice("order_by", ("created_at", "updated_at"), "created_at")
    down = call.choice("sort", ("asc", "desc"), "desc") == "desc"
    notes.sort(key=attrgetter(field, "id"), reverse=down)
    return paged(call, notes, partial(shown.note, call.world, issue))


def get(call: Call) -> Answer:
    issue, note = call.note()
    return Answer(200, shown.note(call.world, issue, note))


def post(call: Call) -> Answer:
    issue = call.issue()
    internal = _true(call.body.get("internal", call.body.get("confidential")))
    body = _body(call)
    written = note_write.create(call.world, issue, call.me, body, internal=internal)
    return _written(call, issue, written, 201)


def put(call: Call) -> Answer:
    issue, note = call.note()
    written = note_write.edit(call.world, issue, note, call.me, _body(call))
    return _written(call, issue, written, 200)


def delete(call: Call) -> Answer:
    issue, note = call.note()
    note_write.remove(issue, note, call.me)
    return Answer(204)


def _body(call: Call) -> Any:
    if "body" not in call.body:
        raise Refused(400, "body is missing", key="error")
    return call.body["body"]


def _written(call: Call, issue: Issue, written: Written, status: int) -> Answer:
    """202 and no note, where the text was quick actions only."""
    if written.note is None:
        body = {"commands_changes": written.changes, "summary": written.summary}
        return Answer(202, body)
    shows = shown.note(call.world, issue, written.note, written.changes)
    return Answer(status, shows)


def _true(value: Any) -> bool:
    return str(value).lower() in ("true", "1")


def _awarded(call: Call) -> tuple[Note | Issue, str]:
    """The note or issue of the path, and which of both."""
    if "/notes/" in call.pattern:
        return call.note()[1], "Note"
    return call.issue(), "Issue"


def awards(call: Call) -> Answer:
    on, kind = _awarded(call)
    return paged(call, on.awards, lambda row: shown.award(call.world, row, kind, on.id))


def post_award(call: Call) -> Answer:
    on, kind = _awarded(call)
    name = call.body.get("name") or call.one("name")
    if not name:
        raise Refused(400, "name is missing", key="error")
    row = note_write.react(call.world, on, call.me, str(name).strip(":"))
    return Answer(201, shown.award(call.world, row, kind, on.id))


def delete_award(call: Call) -> Answer:
    on, _ = _awarded(call)
    wanted = number(call.args[-1], "award_id")
    for row in on.awards:
        if row.id == wanted:
            if row.user != call.me.id and not call.me.admin:
                raise Refused(401, "401 Unauthorized")
            rights.need_live(call.project())
            on.awards.remove(row)
            note_write.bump(call.world, on)
            return Answer(204)
    raise Refused(404, "404 Award Emoji Not Found")


ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", NOTES): listing,
    ("POST", NOTES): post,
    ("GET", ONE): get,
    ("PUT", ONE): put,
    ("DELETE", ONE): delete,
    ("GET", f"{ONE}/award_emoji"): awards,
    ("POST", f"{ONE}/award_emoji"): post_award,
    ("DELETE", f"{ONE}/award_emoji/:award"): delete_award,
    ("GET", "/projects/:id/issues/:iid/award_emoji"): awards,
    ("POST", "/projects/:id/issues/:iid/award_emoji"): post_award,
    ("DELETE", "/projects/:id/issues/:iid/award_emoji/:award"): delete_award,
}
