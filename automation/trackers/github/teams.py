"""Who is in a team of an organisation on GitHub."""

from __future__ import annotations

from urllib.parse import quote

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.trackers.action_in_words import Doing
from automation.trackers.github.rows import USER
from automation.trackers.wire import Wire

_UNSEEN = (403, 404)
_REMEDY = (
    "the token must see the teams: an App's with Members: read, or that of a member of the "
    "organisation; a job's GITHUB_TOKEN never does"
)


class Teams:
    """Each is asked about once a run."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[str, tuple[str, ...]] = {}

    def members(self, name: str) -> tuple[str, ...]:
        """Logins of "acme/oncall". Raises ServiceError where nobody tells."""
        name = name.lower()
        if name not in self._known:
            owner, _, slug = name.partition("/")
            path = f"/orgs/{quote(owner, safe='')}/teams/{quote(slug, safe='')}/members"
            doing = Doing("reading the team", name, writes=False)
            try:
                rows = list(self._wire.pages(doing, path, USER, named=lambda row: ""))
            except Refusal as refusal:
                if refusal.failure.status not in _UNSEEN or refusal.failure.busy:
                    raise
                raise ServiceError(refusal.problem, _REMEDY) from refusal
            self._known[name] = tuple(str(row["login"]) for row in rows)
        return self._known[name]
