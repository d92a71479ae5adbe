"""Merge requests on GitLab: their files as data, our one comment, the status of their commit."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote

from automation.errors import PolicyError, ServiceError
from automation.http.answers import Refusal
from automation.model.proposal import MARK, Proposal, ProposedFile
from automation.trackers.action_in_words import Doing
from automation.trackers.gitlab.rows import ACCESS, DIFF, FILE, MERGE_REQUEST, MERGED, REMARK
from automation.trackers.proposals import LONGEST_FILE, too_long
from automation.trackers.wire import Wire

_DESCRIPTION = 255  # characters of a status


class MergeRequests:
    """Those of one project. ``me`` says who we are."""

    def __init__(self, wire: Wire, path: str, project: str, me: Callable[[], str]) -> None:
        self._wire, self._path, self._project, self._me = wire, path, project, me

    def find(self, number: int) -> Proposal:
        """The merge request with this number. Raises ServiceError where there is none."""
        doing = Doing("reading", self._project, f"!{number}", writes=False)
        row = self._wire.get(doing, f"{self._path}/merge_requests/{number}", MERGE_REQUEST)
        access = self._wire.get(doing, self._path, ACCESS)
        hidden = access["issues_access_level"] == "private"
        open_ = access["merge_requests_access_level"] != "private"
        fork = row["source_project_id"] != row["target_project_id"]
        return Proposal(number, row["sha"], row["target_branch"], fork, hidden and open_)

    def changed(self, proposal: Proposal) -> list[ProposedFile]:
        """The files that it changes."""
        doing = Doing("listing the files of", self._project, f"!{proposal.number}", writes=False)
        found: dict[str, ProposedFile] = {}
        path = f"{self._path}/merge_requests/{proposal.number}/diffs"
        for row in self._wire.pages(doing, path, DIFF):
            if row["renamed_file"]:
                found[row["old_path"]] = ProposedFile(row["old_path"], gone=True)
            link = row["b_mode"] == "120000"
            found[row["new_path"]] = ProposedFile(row["new_path"], row["deleted_file"], link)
        return list(found.values())

    def content(self, proposal: Proposal, path: str) -> bytes:
        """A file at its commit. Raises PolicyError where it is too long."""
        doing = Doing(f"reading {path} of", self._project, f"!{proposal.number}", writes=False)
        where = f"{self._path}/repository/files/{quote(path, safe='')}"
        row = self._wire.get(doing, where, FILE, {"ref": proposal.commit})
        if row["size"] > LONGEST_FILE:
            raise too_long(path)
        try:
            return base64.b64decode(row["content"], validate=False)
        except binascii.Error as error:
            raise PolicyError(f"{path}: GitLab gives no text of it", "look at it there") from error

    def say(self, proposal: Proposal, body: str, anew: bool = True) -> bool:
        """Our one comment on it, edited in place; where there is none, only ``anew``. Whether it
        stands there now."""
        where = f"{self._path}/merge_requests/{proposal.number}/notes"
        doing = Doing("reading", self._project, f"!{proposal.number}", writes=False)
        asked = {"sort": "asc", "order_by": "created_at"}
        ours = [
            row
            for row in self._wire.pages(doing, where, REMARK, asked)
            if MARK in row["body"] and row["author"] and row["author"]["username"] == self._me()
        ]
        ours.sort(key=lambda row: row["id"])
        doing = Doing("commenting on", self._project, f"!{proposal.number}")
        if not ours and anew:
            self._wire.post(doing, where, {"body": body})
        elif ours and ours[0]["body"].strip() != body.strip():
            self._wire.put(doing, f"{where}/{ours[0]['id']}", {"body": body})
        return anew or bool(ours)

    def merged_as(self, commit: str) -> list[str]:
        """Our comments on the one that became this commit; none where there is no such, or we may
        not see it."""
        doing = Doing("looking for what became", self._project, commit[:12], writes=False)
        where = f"{self._path}/repository/commits/{quote(commit, safe='')}/merge_requests"
        try:
            found = self._wire.get(doing, where, MERGED)
            notes = [
                row
                for one in found[:1]
                for row in self._wire.pages(
                    doing, f"{self._path}/merge_requests/{one['iid']}/notes", REMARK
                )
            ]
        except ServiceError:
            return []
        return [
            row["body"]
            for row in notes
            if MARK in row["body"] and row["author"] and row["author"]["username"] == self._me()
        ]

    def show_status(self, proposal: Proposal, name: str, passes: bool, said: str, url: str) -> None:
        """How its commit is. Raises ServiceError, as where we are no developer."""
        doing = Doing(f"setting the status of {proposal.commit[:12]} in", self._project)
        body = {
            "state": "success" if passes else "failed",
            "name": name,
            "description": said[:_DESCRIPTION],
            **({"target_url": url} if url else {}),
        }
        try:
            self._wire.post(doing, f"{self._path}/statuses/{proposal.commit}", body)
        except Refusal as refusal:
            if refusal.failure.status != 403:
                raise
            remedy = "it takes the Developer role; the comment says the same"
            raise ServiceError(refusal.problem, remedy) from refusal
