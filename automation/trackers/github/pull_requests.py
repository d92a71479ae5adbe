"""Pull requests on GitHub: their files as data, one comment of ours, the status of their commit."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote

from automation.errors import PolicyError, ServiceError
from automation.model.proposal import MARK, Proposal, ProposedFile
from automation.trackers.action_in_words import Doing
from automation.trackers.github.commit_status import CommitStatuses
from automation.trackers.github.rows import CONTENT, MERGED, PULL, PULL_FILE, REMARK
from automation.trackers.proposals import LONGEST_FILE, too_long
from automation.trackers.wire import Wire

_PULLS = "pull-requests"
_JOB = "github-actions[bot]"  # in whose name a job's own token comments


class PullRequests:
    """Those of one repository. ``me`` says who we are."""

    def __init__(self, wire: Wire, path: str, project: str, me: Callable[[], str]) -> None:
        self._wire, self._path, self._project, self._me = wire, path, project, me
        self._statuses = CommitStatuses(wire, path, project)

    def find(self, number: int) -> Proposal:
        """The pull request with this number. Raises ServiceError where there is none."""
        doing = Doing("reading", self._project, f"#{number}", writes=False, right=_PULLS)
        row = self._wire.get(doing, f"{self._path}/pulls/{number}", PULL)
        head, base = row["head"], row["base"]
        fork = head["repo"] is None or head["repo"]["full_name"] != base["repo"]["full_name"]
        return Proposal(number, head["sha"], base["ref"], fork)

    def changed(self, proposal: Proposal) -> list[ProposedFile]:
        """The files that it changes; GitHub lists 3,000 at most."""
        where = f"#{proposal.number}"
        doing = Doing("listing the files of", self._project, where, writes=False, right=_PULLS)
        found: dict[str, ProposedFile] = {}
        for row in self._wire.pages(
            doing, f"{self._path}/pulls/{proposal.number}/files", PULL_FILE
        ):
            if (old := row["previous_filename"]) and row["status"] == "renamed":
                found[old] = ProposedFile(old, gone=True)
            found[row["filename"]] = ProposedFile(row["filename"], row["status"] == "removed")
        return list(found.values())

    def content(self, proposal: Proposal, path: str) -> bytes:
        """A file at its commit, of a fork, too. Raises PolicyError where it is too long."""
        about = f"reading {path} of", self._project, f"#{proposal.number}"
        doing = Doing(*about, writes=False, right="contents")
        where = f"{self._path}/contents/{quote(path)}"
        row = self._wire.get(doing, where, CONTENT, {"ref": proposal.commit})
        if row["type"] != "file":
            raise PolicyError(f"{path}: it is a {row['type']}", "put the file itself there")
        if row["size"] > LONGEST_FILE:
            raise too_long(path)
        try:
            return base64.b64decode(row["content"] or "", validate=False)
        except binascii.Error as error:
            raise PolicyError(f"{path}: GitHub gives no text of it", "look at it there") from error

    def say(self, proposal: Proposal, body: str, anew: bool = True) -> bool:
        """Our one comment on it, edited in place; where there is none, only ``anew``. Whether it
        stands there now."""
        where = f"{self._path}/issues/{proposal.number}/comments"
        doing = Doing("reading", self._project, f"#{proposal.number}", writes=False, right=_PULLS)
        ours = [
            row
            for row in self._wire.pages(doing, where, REMARK)
            if MARK in (row["body"] or "") and row["user"] and row["user"]["login"] == self._me()
        ]
        doing = Doing("commenting on", self._project, f"#{proposal.number}", right=_PULLS)
        if not ours and anew:
            self._wire.post(doing, where, {"body": body})
        elif ours and (ours[0]["body"] or "").strip() != body.strip():
            path = f"{self._path}/issues/comments/{ours[0]['id']}"
            self._wire.patch(doing, path, {"body": body})
        return anew or bool(ours)

    def merged_as(self, commit: str) -> list[str]:
        """The comments of ours, or of a job's own token, on the one that became this commit; none
        where there is no such, or we may not see it."""
        doing = Doing("looking for what became", self._project, commit[:12], writes=False)
        try:
            found = self._wire.get(doing, f"{self._path}/commits/{quote(commit)}/pulls", MERGED)
            rows = [
                row
                for one in found[:1]
                for row in self._wire.pages(
                    doing, f"{self._path}/issues/{one['number']}/comments", REMARK
                )
            ]
        except ServiceError:
            return []
        ours = (self._me(), _JOB)
        said = [row for row in rows if row["user"] and row["user"]["login"] in ours]
        return [row["body"] for row in said if MARK in (row["body"] or "")]

    def show_status(self, proposal: Proposal, name: str, passes: bool, said: str, url: str) -> None:
        """How its commit is. Raises ServiceError where we may not say so."""
        self._statuses.show(proposal.commit, name, passes, said, url)
