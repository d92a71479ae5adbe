"""``python -m tests.counterparts.github.prune FILE``: cut GitHub's OpenAPI to what is used here.

FILE is `generated/api.github.com.json` of the npm package @octokit/openapi, which is too large to
depend on (396 MB). What is kept of it, `openapi.json`, is its work: MIT License, Copyright (c)
2020 GitHub, Inc. and contributors.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.counterparts.github.oracle import KEPT

NOTICE = "Cut from @octokit/openapi 23.0.2 (MIT License, Copyright (c) GitHub, Inc.): see prune.py"
REPO = "/repos/{owner}/{repo}"
ISSUE = f"{REPO}/issues/{{issue_number}}"
COMMENT = f"{REPO}/issues/comments/{{comment_id}}"
PATHS = (
    "/user", "/users/{username}", "/rate_limit", REPO, f"{REPO}/issues", f"{REPO}/issues/comments",
    f"{REPO}/issues/events", f"{REPO}/labels", f"{REPO}/labels/{{name}}", f"{REPO}/assignees",
    f"{REPO}/assignees/{{assignee}}", f"{REPO}/collaborators",
    f"{REPO}/collaborators/{{username}}/permission", f"{REPO}/dispatches",
    f"{REPO}/actions/workflows", f"{REPO}/actions/permissions/workflow",
    f"{REPO}/actions/permissions", f"{REPO}/actions/permissions/selected-actions",
    f"{REPO}/actions/workflows/{{workflow_id}}/runs", f"{REPO}/actions/variables",
    f"{REPO}/actions/secrets", f"{REPO}/pages", f"{REPO}/contents/{{path}}",
    f"{REPO}/actions/permissions/access", f"{REPO}/statuses/{{sha}}",
    f"{REPO}/commits/{{ref}}/status", "/orgs/{org}/teams/{team_slug}/members",
    "/orgs/{org}/issue-types", f"{ISSUE}/dependencies/blocked_by",
    ISSUE, f"{ISSUE}/comments", f"{ISSUE}/events", f"{ISSUE}/timeline", f"{ISSUE}/labels",
    f"{ISSUE}/labels/{{name}}", f"{ISSUE}/assignees", f"{ISSUE}/lock", f"{ISSUE}/sub_issues",
    f"{ISSUE}/sub_issue", f"{ISSUE}/parent", f"{ISSUE}/reactions", COMMENT, f"{COMMENT}/reactions",
)  # fmt: skip
TALK = ("description", "summary", "example", "examples", "externalDocs", "x-github", "tags")


def bare(value: Any, inside: str = "") -> Any:
    """Without what only people read. Under ``properties`` such a word is a name."""
    if isinstance(value, list):
        return [bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    names = inside in ("properties", "schemas", "responses", "parameters")
    if value.get("nullable") is True and "enum" in value:  # GitHub does send null there
        value = {**value, "enum": [*value["enum"], None]}
    return {
        key: bare(each, key)
        for key, each in value.items()
        if names or (key not in TALK and not (key == "title" and isinstance(each, str)))
    }


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    here = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return here.union(*map(references, value.values()))


def pruned(whole: dict[str, Any]) -> dict[str, Any]:
    paths = {path: bare(whole["paths"][path]) for path in PATHS if path in whole["paths"]}
    for verb in ("post", "put"):  # "You can also pass an array of labels directly"
        body = paths[f"{ISSUE}/labels"][verb]["requestBody"]["content"]["application/json"]
        body["schema"]["oneOf"].append({"type": "array", "items": {"type": "string"}})
    components: dict[str, dict[str, Any]] = {}
    wanted, seen = references(paths), set[str]()
    while wanted - seen:
        name = min(wanted - seen)
        seen.add(name)
        _, _, kind, key = name.split("/", 3)
        found = bare(whole["components"][kind][key])
        if kind in ("examples", "headers"):
            continue
        components.setdefault(kind, {})[key] = found
        wanted |= references(found)
    about = {"title": "GitHub", "version": NOTICE}
    return {"openapi": whole["openapi"], "info": about, "paths": paths, "components": components}


def main(file: str) -> int:
    kept = pruned(json.loads(Path(file).read_text(encoding="utf-8")))
    text = json.dumps(kept, separators=(",", ":"), sort_keys=True)
    KEPT.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(kept['paths'])} paths, {len(text):,} characters\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
