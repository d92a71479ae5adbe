"""The settings of a repository, which emulate has not: Actions, variables, Pages, the workflow.

Each answer has all that GitHub's OpenAPI says it must, and what a test says of it.
"""

from __future__ import annotations

import base64
from typing import Any

from tests.counterparts.github.oracle import operation_of, sample
from tests.counterparts.messages import Answer

FILE = ".github/workflows/ima.yml"
OURS = {"id": 7, "name": "ima", "path": FILE, "state": "active"}
PATHS = {
    "workflows": "/actions/workflows",
    "runs": "/actions/workflows/7/runs",
    "actions": "/actions/permissions",
    "selected": "/actions/permissions/selected-actions",
    "variables": "/actions/variables",
    "secrets": "/actions/secrets",
    "pages": "/pages",
    "file": f"/contents/{FILE}",
    "lock": "/contents/ima.lock",
}


def settings(repository: str, text: str, **said: Any) -> dict[str, Answer]:
    """By path. ``text`` is the workflow's; an answer that is a number is a refusal."""
    whole = {
        "workflows": {"total_count": 1, "workflows": [OURS]},
        "runs": {"total_count": 0, "workflow_runs": []},
        "actions": {"enabled": True, "allowed_actions": "all"},
        "selected": {"github_owned_allowed": True},
        "variables": named("variables", "IMA_PACKAGE"),
        "secrets": named("secrets"),
        "pages": 404,
        "lock": {"type": "file", "content": "eA=="},
        "file": {"type": "file", "content": base64.b64encode(text.encode()).decode()},
        **said,
    }
    found = {f"/repos/{repository}{PATHS[key]}": each for key, each in whole.items()}
    return {path: _answer(path, each) for path, each in found.items()}


def sharing(repository: str, level: str) -> dict[str, Answer]:
    """Who may use the actions of a private repository: "none", "user", "organization"."""
    path = f"/repos/{repository}/actions/permissions/access"
    return {path: _answer(path, {"access_level": level})}


def policy_file(repository: str, text: str) -> dict[str, Answer]:
    """The policy on the default branch."""
    path = f"/repos/{repository}/contents/policy.yml"
    content = base64.b64encode(text.encode()).decode()
    return {path: _answer(path, {"type": "file", "content": content})}


def variable(name: str, value: str) -> dict[str, Any]:
    """The list of variables with this one alone."""
    return {"total_count": 1, "variables": [{"name": name, "value": value}]}


def named(kind: str, *names: str) -> dict[str, Any]:
    """Variables or secrets of these names."""
    return {"total_count": len(names), kind: [{"name": name} for name in names]}


def _answer(path: str, said: Any) -> Answer:
    if isinstance(said, int):
        return Answer(said, {"message": "Refused", "documentation_url": "https://x.example"})
    found = operation_of("GET", path)
    assert found, path
    schema = found[1]["responses"]["200"]["content"]["application/json"]["schema"]
    if "oneOf" in schema:  # a file, a folder, a link
        schema = {"$ref": "#/components/schemas/content-file"}
    return Answer(200, sample(schema, said))
