"""What a GitHub for tests begins with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FORMAT = """\
  {"users": ["rita", ...], "tokens": {"t-ima": "ima"},
   "repos": {"acme/production": {"private": false, "members": {"ima": "admin", "erin": "write"},
                                 "labels": ["Incident", {"name": "S1", "color": "c00000"}],
                                 "issues": [{"title": "...", "author": "rita", "labels": [...],
                                             "assignees": [...], "created_at": "..."}]}}}
Everybody has a token t-<name>. A token that begins with ghs_ is one of Actions or of an App, one
with github_pat_ is fine-grained; "grants" say what such a one may (`grants.py`).
"""
PEOPLE = ("ima", "rita", "erin", "ian", "cara", "sam", "mia", "mallory")
DEFAULT: dict[str, Any] = {
    "users": PEOPLE,
    "repos": {"acme/production": {"members": dict.fromkeys(PEOPLE[:-1], "write")}},
}


def read(seed: Mapping[str, Any] | str | Path | None) -> dict[str, Any]:
    """A seed in full: with a token for everybody."""
    if isinstance(seed, str | Path):
        seed = dict[str, Any](json.loads(Path(seed).read_text(encoding="utf-8")))
    given: dict[str, Any] = {**DEFAULT, **(seed or {})}
    named = {login for repo in given["repos"].values() for login in repo.get("members", ())}
    users = sorted({*given["users"], *named, *given.get("tokens", {}).values()})
    tokens = {f"t-{login}": login for login in users}
    return {**given, "users": users, "tokens": tokens | given.get("tokens", {})}
