"""What `ima doctor` asks GitHub: reads only, and a refusal is an answer, too.

Of a variable and of a secret only the name is kept; of IMA_PACKAGE the value, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from automation.doctor.github import WORKFLOW, GitHubAnswers, workflow_row
from automation.doctor.github_actions import others_action, package_repository
from automation.doctor.hashes import lock_file
from automation.doctor.setup_check import Refused
from automation.http.shapes import Shape
from automation.trackers.github import setup_rows as rows
from automation.trackers.github.wire import GRAPHQL, github_wire
from automation.trackers.setup_question import PATIENCE, TIMEOUT, ask_setup
from automation.trackers.tokens import checked_token
from automation.trackers.wire import PAGE, Wire

_RIGHTS = (
    "query($o:String!,$h:String!,$p:String!,$t:String!){here:repository(owner:$o,name:$h)"
    "{viewerPermission} there:repository(owner:$p,name:$t){viewerPermission}}"
)
_KINDS = {"ghs_": "app", "github_pat_": "fine-grained"}  # how tokens begin
_EVENTS = 20  # runs among which the last of an event is
_TELLING = ("github-authentication-token-expiration", "x-oauth-scopes")  # headers


class SetupQuestions:
    """One question each, at most once. ``other`` is a token that may see settings, if given;
    ``private`` is where security incidents are moved to, if there is one, ``policy`` the path of
    the policy's file in the repository, if known."""

    def __init__(
        self,
        url: str,
        project: str,
        token: str,
        other: str = "",
        private: str = "",
        policy: str = "",
    ) -> None:
        self._heard: dict[str, str] = {}
        self._kind = next((_KINDS[start] for start in _KINDS if token.startswith(start)), "classic")
        self._wire = _wire(url, token, self._heard)
        if other:
            checked_token(other, "github", "IMA_DOCTOR_TOKEN")
        self._settings = _wire(url, other, {}) if other else self._wire
        self._project, self._private, self._policy = project, private, policy
        self._path = f"/repos/{project}"
        self._host = (urlsplit(url).hostname or "").removeprefix("api.")

    def answers(self) -> GitHubAnswers:
        """All answers. A token that is not accepted is asked about nothing else."""
        user = self._ask("asking who the token belongs to, for", "/user", rows.USER)
        if isinstance(user, Refused) and user.status == 401:
            return GitHubAnswers(user=user)
        workflows = self._list("workflows", "reading the workflows of", "/actions/workflows")
        row = workflow_row(GitHubAnswers(workflows=workflows)) or {}
        text = self._text(str(row.get("path") or WORKFLOW))
        variables = self._named("variables")
        package = _value_of("IMA_PACKAGE", variables)
        action = others_action(text) if isinstance(text, str) else ""
        permissions = self._set("reading what may run in", "/actions/permissions", rows.ACTIONS)
        return GitHubAnswers(
            user=user,
            login="" if isinstance(user, Refused) else str(user.get("login")),
            headers=self._heard,
            repository=self._ask("reading", self._path, rows.REPOSITORY),
            private=(private := self._other()),
            moving=None if private is None or isinstance(private, Refused) else self._moving(),
            kind=self._kind,
            workflows=workflows,
            text=text,
            lock=self._lock(text),
            runs=self._runs(row, event="schedule", per_page=1),
            events=self._runs(row, per_page=_EVENTS),
            policy=self._file(self._policy, rows.CONTENTS),
            actions=permissions,
            selected=self._selected(permissions),
            variables=_names(variables),
            secrets=_names(self._named("secrets")),
            pages=self._set("reading the Pages of", "/pages", rows.PAGES),
            package=package,
            source=self._of(package_repository(package, self._host)),
            action=self._of(action),
            access=self._access(action),
        )

    def close(self) -> None:
        self._wire.close()
        self._settings.close()

    def _other(self) -> Any:
        """The repository to which security incidents are moved; None where there is none."""
        if not self._private:
            return None
        return self._ask("reading", f"/repos/{self._private}", rows.REPOSITORY)

    def _moving(self) -> Any:
        """What we may do in both repositories."""
        sides = (*self._project.partition("/")[::2], *self._private.partition("/")[::2])
        asked = {"query": _RIGHTS, "variables": dict(zip("ohpt", sides, strict=True))}
        what = f"asking whether an issue may be moved to {self._private} from"
        found = self._ask(what, GRAPHQL, rows.MOVING, graphql=asked)
        return found if isinstance(found, Refused) else found.get("data") or Refused(403)

    def _text(self, path: str) -> Any:
        """The workflow as it stands on the default branch."""
        found = self._set("reading the workflow of", f"/contents/{path}", rows.CONTENTS)
        if isinstance(found, Refused):
            return found
        return found.get("content") or ""

    def _lock(self, text: Any) -> Any:
        """The file with the hashes on the default branch; None where the workflow knows none."""
        name = lock_file(text) if isinstance(text, str) else ""
        return self._file(name, rows.ANY)

    def _file(self, name: str, shape: Shape) -> Any:
        """A file of the default branch; None where none is named."""
        what, path = f"reading {name} of", f"/contents/{quote(name)}"
        return self._set(what, path, shape) if name else None

    def _runs(self, row: Mapping[str, Any], **query: Any) -> Any:
        if "id" not in row:
            return []
        path = f"/actions/workflows/{row['id']}/runs"
        return self._list("workflow_runs", "reading the runs of", path, **query)

    def _selected(self, permissions: Any) -> Any:
        if isinstance(permissions, Refused) or permissions.get("allowed_actions") != "selected":
            return {}
        path = "/actions/permissions/selected-actions"
        return self._set("reading which actions may run in", path, rows.SELECTED)

    def _named(self, kind: str) -> Any:
        most = 30 if kind == "variables" else PAGE
        return self._list(kind, f"reading the {kind} of", f"/actions/{kind}", per_page=most)

    def _of(self, repository: str) -> Any:
        """Another repository of this GitHub; None where none is named."""
        path = f"/repos/{repository}"
        return self._ask("reading", path, rows.REPOSITORY, self._settings) if repository else None

    def _access(self, repository: str) -> Any:
        """Which others may use the actions of a repository; None where none is named."""
        path = f"/repos/{repository}/actions/permissions/access"
        what = f"reading who may use the actions of {repository}, for"
        return self._ask(what, path, rows.ACCESS, self._settings) if repository else None

    def _list(self, key: str, what: str, path: str, **query: Any) -> Any:
        found = self._set(what, path, rows.LISTS[key], **{"per_page": PAGE, **query})
        return found if isinstance(found, Refused) else found.get(key) or []

    def _set(self, what: str, path: str, shape: Shape, **query: Any) -> Any:
        """What is set in the repository, which our own token may not be allowed to see."""
        return self._ask(what, self._path + path, shape, self._settings, **query)

    def _ask(
        self, what: str, path: str, shape: Shape, wire: Wire | None = None, **query: Any
    ) -> Any:
        wire = wire or self._wire
        return ask_setup(
            wire, what, self._project, path, shape, other=wire is not self._wire, **query
        )


def _names(found: Any) -> Any:
    return found if isinstance(found, Refused) else [str(row.get("name")) for row in found]


def _value_of(name: str, variables: Any) -> str:
    """Of the one variable that says where IMA is, its value is read, too."""
    rows_ = [] if isinstance(variables, Refused) else variables
    return next((str(row.get("value") or "") for row in rows_ if row.get("name") == name), "")


def _wire(url: str, token: str, heard: dict[str, str]) -> Wire:
    """The wire to GitHub's API. ``heard`` gets what its headers say of the token."""

    def hear(headers: Mapping[str, str]) -> None:
        heard.update({name: headers[name] for name in _TELLING if name in headers})

    return github_wire(url, token, timeout=TIMEOUT, share=1.0, patience=PATIENCE, hear=hear)
