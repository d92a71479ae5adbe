"""Merge requests: what they change, the files at their commit, their notes, statuses of commits.

Their notes are kept apart from those of issues; a line that begins with a slash is a quick action
here, too, and is gone from the text.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from tests.counterparts.gitlab import rights, shown, shown_project
from tests.counterparts.gitlab.call import Call, Endpoint, number
from tests.counterparts.gitlab.paging import paged
from tests.counterparts.gitlab.rows import DEVELOPER, REPORTER, MergeRequest, Note, Project
from tests.counterparts.gitlab.world import Refused
from tests.counterparts.messages import Answer

ONE = "/projects/:id/merge_requests/:iid"
NOTES = f"{ONE}/notes"
STATES = ("pending", "running", "success", "failed", "canceled")
_DESCRIPTION = 255  # characters of a status


def _merge_request(call: Call) -> MergeRequest:
    found = call.project().merge_requests.get(number(call.args[1], "merge_request_iid"))
    if found is None:
        raise Refused(404, "404 Not found")
    return found


def get(call: Call) -> Answer:
    project, one = call.project(), _merge_request(call)
    refs = {"base_sha": "b" * 40, "head_sha": one.commit, "start_sha": "b" * 40}
    row = {
        "id": one.iid + 500,
        "iid": one.iid,
        "project_id": project.id,
        "title": one.title,
        "state": "opened",
        "author": shown.maybe_user(call.world, one.author),
        "source_branch": "proposal",
        "target_branch": one.target,
        "source_project_id": one.source,
        "target_project_id": project.id,
        "sha": one.commit,
        "diff_refs": refs,
        "web_url": f"{call.world.url}/{project.path}/-/merge_requests/{one.iid}",
    }
    return Answer(200, row)


def diffs(call: Call) -> Answer:
    """Each file that it changes; what is too long comes without its text."""
    one = _merge_request(call)

    def row(name: str) -> dict[str, Any]:
        gone = one.files[name] is None
        return {
            "old_path": name,
            "new_path": name,
            "a_mode": "100644",
            "b_mode": "0" if gone else one.modes.get(name, "100644"),
            "new_file": False,
            "renamed_file": False,
            "deleted_file": gone,
            "diff": "",
            "too_large": len(one.files[name] or b"") > 100_000,
        }

    return paged(call, sorted(one.files), row)


def file(call: Call) -> Answer:
    """A file at a commit, or at the head of a merge request. A planner sees no code."""
    project = call.project()
    rights.need(project.visibility == "public" or rights.level(project, call.user) >= REPORTER)
    path, ref = call.args[1], call.one("ref")
    if ref is None:
        raise Refused(400, "ref is missing", key="error")
    one = _at(project, ref)
    content = one.files.get(path) if one else None
    if ref == "HEAD" and path in project.files:
        content = project.files[path].encode()
    elif one is None or content is None:
        raise Refused(404, f"404 {'File' if one or ref == 'HEAD' else 'Commit'} Not Found")
    row = {
        "file_name": path.rpartition("/")[2],
        "file_path": path,
        "size": len(content),
        "encoding": "base64",
        "content": base64.b64encode(content).decode(),
        "ref": ref,
        "commit_id": one.commit if one else "0" * 40,
    }
    return Answer(200, row)


def tag(call: Call) -> Answer:
    project, name = call.project(), call.args[1]
    rights.need(project.visibility == "public" or rights.level(project, call.user) >= REPORTER)
    if name not in project.tags:
        raise Refused(404, "404 Tag Not Found")
    commit = {"id": "0" * 40, "short_id": "0" * 8, "title": "x", "message": "x"}
    return Answer(200, {"name": name, "message": "", "target": "0" * 40, "commit": commit,
                        "release": None, "protected": False})  # fmt: skip


def _at(project: Project, ref: str) -> MergeRequest | None:
    for one in project.merge_requests.values():
        if ref in (one.commit, f"refs/merge-requests/{one.iid}/head"):
            return one
    return None


def notes(call: Call) -> Answer:
    """The newest first."""
    one = _merge_request(call)
    return paged(call, [*reversed(one.notes)], lambda note: _note(call, one, note))


def post_note(call: Call) -> Answer:
    one, now = _merge_request(call), call.world.now()
    rights.need(rights.level(call.project(), call.me) > 0)
    note = Note(call.world.next_id("note"), _text(call), call.me.id, now, now)
    one.notes.append(note)
    return Answer(201, _note(call, one, note))


def put_note(call: Call) -> Answer:
    one, wanted = _merge_request(call), number(call.args[2], "note_id")
    note = next((each for each in one.notes if each.id == wanted), None)
    if note is None:
        raise Refused(404, "404 Note Not Found")
    rights.need(note.author == call.me.id)
    note.body, note.updated_at = _text(call), call.world.now()
    return Answer(200, _note(call, one, note))


def _text(call: Call) -> str:
    if not call.body.get("body"):
        raise Refused(400, "body is missing", key="error")
    return re.sub(r"^/\w+.*\n?", "", str(call.body["body"]), flags=re.MULTILINE)


def _note(call: Call, one: MergeRequest, note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "body": note.body,
        "author": shown.maybe_user(call.world, note.author),
        "created_at": shown_project.time(note.created_at),
        "updated_at": shown_project.time(note.updated_at),
        "system": False,
        "noteable_id": one.iid + 500,
        "noteable_type": "MergeRequest",
        "noteable_iid": one.iid,
        "internal": False,
    }


def post_status(call: Call) -> Answer:
    """Only a developer may say how a commit is."""
    project, commit = call.project(), call.args[1]
    rights.need(rights.level(project, call.me) >= DEVELOPER)
    ours = [one for one in project.merge_requests.values() if one.commit == commit]
    if not ours or any(one.source != project.id for one in ours):
        raise Refused(404, "404 Commit Not Found")
    state, about = call.body.get("state"), str(call.body.get("description") or "")
    if state not in STATES or len(about) > _DESCRIPTION:
        raise Refused(400, "state does not have a valid value", key="error")
    row = {"id": call.world.next_id("status"), "sha": commit, "status": state,
           "name": call.body.get("name", "default"), "description": about,
           "target_url": call.body.get("target_url")}  # fmt: skip
    project.statuses.append(row)
    return Answer(201, row)


def of_commit(call: Call) -> Answer:
    """Those that became this commit; who may not see code sees none."""
    project = call.project()
    rights.need(project.visibility == "public" or rights.level(project, call.user) >= REPORTER)
    ones = project.merge_requests.values()
    return paged(
        call,
        [one for one in ones if one.merged_as == call.args[1]],
        lambda one: {"id": one.iid + 500, "iid": one.iid, "state": "merged"},
    )


ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", ONE): get,
    ("GET", f"{ONE}/diffs"): diffs,
    ("GET", NOTES): notes,
    ("POST", NOTES): post_note,
    ("PUT", f"{NOTES}/:note"): put_note,
    ("GET", "/projects/:id/repository/files/:path"): file,
    ("GET", "/projects/:id/repository/commits/:sha/merge_requests"): of_commit,
    ("GET", "/projects/:id/repository/tags/:tag"): tag,
    ("POST", "/projects/:id/statuses/:sha"): post_status,
}
