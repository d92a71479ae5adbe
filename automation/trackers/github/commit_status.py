"""The status of a commit on GitHub: what a ruleset can require, and who deploys can look at."""

from __future__ import annotations

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.trackers.action_in_words import Doing
from automation.trackers.github.rows import STATUSES
from automation.trackers.wire import PAGE, Wire

LONGEST = 140  # characters of a description
_NEEDS = "give the job `permissions: statuses: write`, or the token Commit statuses: read and write"


class CommitStatuses:
    """Those of one repository."""

    def __init__(self, wire: Wire, path: str, project: str) -> None:
        self._wire, self._path, self._project = wire, path, project

    def show(self, commit: str, name: str, passes: bool, said: str, url: str = "") -> bool:
        """Make it the status ``name`` of the commit, with a link; whether it was not so already."""
        state = "success" if passes else "failure"
        said = said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
        doing = Doing(f"reading the status of {commit[:12]} in", self._project, writes=False)
        found = self._asked(doing, f"{self._path}/commits/{commit}/status")
        if (name, state, said) in found:
            return False
        doing = Doing(f"setting the status of {commit[:12]} in", self._project)
        body = {"state": state, "context": name, "description": said}
        body |= {"target_url": url} if url else {}
        try:
            self._wire.post(doing, f"{self._path}/statuses/{commit}", body, delta=True)
        except Refusal as refusal:
            raise _with_remedy(refusal) from refusal
        return True

    def _asked(self, doing: Doing, path: str) -> set[tuple[str, str, str]]:
        try:
            row = self._wire.get(doing, path, STATUSES, {"per_page": PAGE})
        except Refusal as refusal:
            raise _with_remedy(refusal) from refusal
        rows = row["statuses"]
        return {(each["context"], each["state"], each["description"] or "") for each in rows}


def _with_remedy(refusal: Refusal) -> ServiceError:
    if refusal.failure.status not in (403, 404, 422) or refusal.failure.busy:
        return refusal
    wrong = refusal.failure.status != 403
    remedy = "name a commit of this repository by its 40 digits" if wrong else _NEEDS
    return ServiceError(refusal.problem, remedy)
