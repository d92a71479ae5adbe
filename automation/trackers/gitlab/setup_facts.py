"""What `ima doctor` asks GitLab: reads only, and a refusal is an answer, too.

Of a variable only its name and flags are kept, of a webhook's deliveries only the last status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from automation.doctor.gitlab import Seen
from automation.doctor.setup_check import Refused
from automation.http.shapes import anything
from automation.trackers.gitlab.wire import gitlab_wire
from automation.trackers.setup_question import PATIENCE, TIMEOUT, ask_setup
from automation.trackers.tokens import checked_token
from automation.trackers.wire import PAGE, Wire

_VARIABLE = ("key", "masked", "hidden", "protected", "environment_scope")


class Asker:
    """One question each, at most once. ``other`` is a token that may see settings, if given."""

    def __init__(self, url: str, project: str, token: str, other: str = "") -> None:
        self._wire = gitlab_wire(url, token, timeout=TIMEOUT, share=1.0, patience=PATIENCE)
        self._settings = self._wire
        if other:
            checked_token(other, "gitlab", "IMA_DOCTOR_TOKEN")
            self._settings = gitlab_wire(url, other, timeout=TIMEOUT, share=1.0, patience=PATIENCE)
        self._project = project
        self._path = f"/projects/{quote(project, safe='')}"

    def look(self) -> Seen:
        """All answers. A token that is not accepted is asked about nothing else."""
        user = self._ask("asking who the token belongs to, for", "/user")
        if isinstance(user, Refused):
            return Seen(user=user)
        return Seen(
            user=user,
            token=self._ask("asking about the token, for", "/personal_access_tokens/self"),
            tokens=self._ask(
                "asking about other tokens, for", "/personal_access_tokens", state="active"
            ),
            project=self._ask("reading", self._path),
            lint=self._ask("reading the pipeline of", f"{self._path}/ci/lint"),
            settings=self._set("reading the settings of", ""),
            schedules=self._set("reading the schedules of", "/pipeline_schedules"),
            runs=self._set("reading the pipelines of", "/pipelines", source="schedule", per_page=1),
            hooks=self._hooks(),
            triggers=self._set("reading the trigger tokens of", "/triggers"),
            variables=self._variables(),
            branches=self._set("reading the branches of", "/protected_branches"),
        )

    def close(self) -> None:
        self._wire.close()
        self._settings.close()

    def _variables(self) -> Any:
        rows = self._set("reading the variables of", "/variables")
        if not isinstance(rows, list):
            return rows
        return [{name: row.get(name) for name in _VARIABLE} for row in rows]

    def _hooks(self) -> Any:
        """Each hook with the status of its last delivery, where GitLab tells."""
        rows = self._set("reading the webhooks of", "/hooks")
        if not isinstance(rows, list):
            return rows
        return [{**hook, "last": self._last(hook)} for hook in rows]

    def _last(self, hook: Mapping[str, Any]) -> str:
        rows = self._set("reading deliveries of", f"/hooks/{hook['id']}/events", per_page=1)
        first = rows[0] if isinstance(rows, list) and rows else {}
        return str(first.get("response_status") or "")

    def _set(self, what: str, path: str, **query: Any) -> Any:
        """What is set in the project, which our own token may not be allowed to see."""
        return self._ask(what, self._path + path, self._settings, **query)

    def _ask(self, what: str, path: str, wire: Wire | None = None, **query: Any) -> Any:
        query, wire = {"per_page": PAGE, **query}, wire or self._wire
        return ask_setup(
            wire, what, self._project, path, anything, other=wire is not self._wire, **query
        )
