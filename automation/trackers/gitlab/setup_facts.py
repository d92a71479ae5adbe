"""What `ima doctor` asks GitLab: reads only, and a refusal is an answer, too.

Of a variable only its name and flags are kept, of a webhook's deliveries only the last status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from automation.doctor.gitlab import GitLabAnswers
from automation.doctor.gitlab_jobs import site_is_wanted, sweep_tags
from automation.doctor.gitlab_rights import included_project, package_project
from automation.doctor.hashes import lock_file
from automation.doctor.setup_check import Refused
from automation.http.shapes import Shape
from automation.trackers.gitlab import setup_rows as rows
from automation.trackers.gitlab.wire import gitlab_wire
from automation.trackers.setup_question import PATIENCE, TIMEOUT, ask_setup
from automation.trackers.tokens import checked_token
from automation.trackers.wire import PAGE, Wire

_VARIABLE = ("key", "masked", "hidden", "protected", "environment_scope", "variable_type")
_ACCOUNT = "IMA_ACCOUNT"


class SetupQuestions:
    """One question each, at most once. ``other`` is a token that may see settings, if given;
    ``policy`` is the path of the policy's file in the repository, if known."""

    def __init__(
        self,
        url: str,
        project: str,
        token: str,
        other: str = "",
        ca_file: str = "",
        policy: str = "",
    ) -> None:
        how: Any = {"timeout": TIMEOUT, "share": 1.0, "patience": PATIENCE, "ca_file": ca_file}
        self._wire = gitlab_wire(url, token, **how)
        self._settings = self._wire
        if other:
            checked_token(other, "gitlab", "IMA_DOCTOR_TOKEN")
            self._settings = gitlab_wire(url, other, **how)
        self._project, self._policy = project, policy
        self._path = f"/projects/{quote(project, safe='')}"

    def answers(self, label: str = "Incident") -> GitLabAnswers:
        """All answers; ``label`` is that of incidents. A token that is not accepted is asked
        about nothing else."""
        user = self._ask("asking who the token belongs to, for", "/user", rows.USER)
        if isinstance(user, Refused):
            return GitLabAnswers(user=user)
        lint = self._ask("reading the pipeline of", f"{self._path}/ci/lint", rows.LINT)
        merged = "" if isinstance(lint, Refused) else str(lint.get("merged_yaml") or "")
        package, included = package_project(merged, self._wire.url), included_project(lint)
        project = self._ask("reading", self._path, rows.PROJECT)
        variables = self._variables()
        return GitLabAnswers(
            user=user,
            token=self._ask(
                "asking about the token, for", "/personal_access_tokens/self", rows.TOKEN
            ),
            tokens=self._ask(
                "asking about other tokens, for",
                "/personal_access_tokens",
                rows.TOKENS,
                state="active",
            ),
            project=project,
            lock=self._file(lock_file(merged), rows.ANY),
            policy=self._file(self._policy, rows.FILE),
            runners=self._runners(merged),
            pages=self._pages(merged, variables),
            tag=self._tag(project),
            lint=lint,
            members=self._set("reading the members of", "/members/all", rows.MEMBERS),
            package=self._other(package),
            allowlist=self._other(package, "/job_token_scope/allowlist", rows.ALLOWED),
            included=self._other(included),
            settings=self._set("reading the settings of", "", rows.PROJECT),
            schedules=self._set("reading the schedules of", "/pipeline_schedules", rows.SCHEDULES),
            runs=self._last_run("schedule"),
            events=self._last_run("trigger"),
            hooks=self._hooks(),
            triggers=self._set("reading the trigger tokens of", "/triggers", rows.TRIGGERS),
            variables=variables,
            branches=self._set("reading the branches of", "/protected_branches", rows.BRANCHES),
            incidents=self._ask(
                "reading the incidents of",
                f"{self._path}/issues",
                rows.INCIDENTS,
                None,
                **{"issue_type": "incident", "state": "opened", "not[labels]": label},
            ),
        )

    def close(self) -> None:
        self._wire.close()
        self._settings.close()

    def _file(self, name: str, shape: Shape) -> Any:
        """A file of the default branch; None where none is named."""
        path = f"/repository/files/{quote(name, safe='')}"
        return self._set(f"reading {name} of", path, shape, ref="HEAD") if name else None

    def _last_run(self, source: str) -> Any:
        what = "reading the pipelines of"
        return self._set(what, "/pipelines", rows.RUNS, source=source, per_page=1)

    def _runners(self, merged: str) -> Any:
        """One that may take a sweep now is enough."""
        wanted: dict[str, Any] = {"status": "online", "paused": "false", "per_page": 1}
        if tags := sweep_tags(merged):
            wanted["tag_list"] = ",".join(tags)
        return self._set("reading the runners of", "/runners", rows.RUNNERS, **wanted)

    def _pages(self, merged: str, variables: Any) -> Any:
        """What Pages shows, where a site is wanted."""
        wanted = site_is_wanted(merged, variables)
        return self._set("reading the Pages of", "/pages", rows.PAGES) if wanted else None

    def _tag(self, project: Any) -> Any:
        """The tag that is called like the default branch."""
        name = "" if isinstance(project, Refused) else str(project.get("default_branch") or "")
        path = f"/repository/tags/{quote(name, safe='')}"
        return self._set("looking for a tag of", path, rows.ANY) if name else None

    def _variables(self) -> Any:
        found = self._set("reading the variables of", "/variables", rows.VARIABLES)
        if not isinstance(found, list):
            return found
        open_ones = (_ACCOUNT,)  # of the others the value is nobody's business
        return [
            {name: row.get(name) for name in _VARIABLE}
            | ({"value": row.get("value")} if row["key"] in open_ones else {})
            for row in found
        ]

    def _hooks(self) -> Any:
        """Each hook with the status of its last delivery, where GitLab tells."""
        found = self._set("reading the webhooks of", "/hooks", rows.HOOKS)
        if not isinstance(found, list):
            return found
        return [{**hook, "last": self._last(hook)} for hook in found]

    def _last(self, hook: Mapping[str, Any]) -> str:
        path = f"/hooks/{hook['id']}/events"
        found = self._set("reading deliveries of", path, rows.DELIVERIES, per_page=1)
        first = found[0] if isinstance(found, list) and found else {}
        return str(first.get("response_status") or "")

    def _other(self, project: str, path: str = "", shape: Shape = rows.PROJECT) -> Any:
        """What is set in another project that ours needs, if there is one."""
        if not project:
            return None
        where = f"/projects/{quote(project, safe='')}{path}"
        return self._ask(f"reading {project} for", where, shape, self._settings)

    def _set(self, what: str, path: str, shape: Shape, **query: Any) -> Any:
        """What is set in the project, which our own token may not be allowed to see."""
        return self._ask(what, self._path + path, shape, self._settings, **query)

    def _ask(
        self, what: str, path: str, shape: Shape, wire: Wire | None = None, **query: Any
    ) -> Any:
        query, wire = {"per_page": PAGE, **query}, wire or self._wire
        return ask_setup(
            wire, what, self._project, path, shape, other=wire is not self._wire, **query
        )
