"""The tracker that the policy names, opened with what the environment and the cache know."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from automation.cachefile import CacheFile, facts_in
from automation.errors import PolicyError
from automation.policy import Policy
from automation.sweep import is_full

if TYPE_CHECKING:
    from automation.trackers.gitlab import GitLabTracker

CACHE = ".ima/cache.json"
GITLAB = "https://gitlab.com"


def gitlab(
    policy: Policy,
    folder: Path,
    environment: Mapping[str, str],
    now: datetime,
    patience: float,
) -> tuple[GitLabTracker, CacheFile]:
    """The GitLab project of the policy, and its cache file. ``patience`` is how many seconds a
    run waits in all where GitLab asks it to, or fails.

    The address is the policy's, else that of the pipeline (``CI_SERVER_URL``). Raises
    ServiceError where there is no token, PolicyError where the project is not named.
    """
    from automation.trackers.gitlab import GitLabTracker, token_from

    project = policy.project
    if "/" not in project:
        remedy = "write its path as in the address bar: `tracker: {project: acme/production}`"
        raise PolicyError(f"tracker: {project!r} is no GitLab project", remedy)
    url = policy.url or environment.get("CI_SERVER_URL") or GITLAB
    token = token_from(None)
    path = folder / CACHE
    account = _fingerprint(url, project, token)
    known = _typed(facts_in(path, account))
    cache = CacheFile(path, dict).read()
    if is_full(cache, project, policy.digest, now, policy.full_sweep.length):
        known.pop("members", None)  # who has left the project may not stay one for ever
    tracker = GitLabTracker(
        project,
        url=url,
        token=token,
        issue_type=policy.issue_type,
        ours=policy.labels.ours,
        share=policy.limits.requests,
        patience=patience,
        **known,
    )
    return tracker, CacheFile(path, lambda: _facts(tracker, account))


def chosen(policy: Policy, option: str) -> Policy:
    """The policy with the tracker of ``--tracker``: local, gitlab, or a project's address.

    Raises PolicyError for anything else.
    """
    if not option:
        return policy
    if option in ("local", "gitlab"):
        return replace(policy, tracker=option)
    parts = urlsplit(option)
    project = parts.path.strip("/").removesuffix("/-/issues")
    if parts.scheme in ("http", "https") and parts.netloc and "/" in project:
        url = f"{parts.scheme}://{parts.netloc}"
        return replace(policy, tracker="gitlab", url=url, project=project)
    raise PolicyError(
        f"--tracker {option}: this version of ima knows local and gitlab",
        "say local, gitlab, or a project's address: https://gitlab.example/acme/production",
    )


def _fingerprint(url: str, project: str, token: str) -> str:
    """Tells one account on one project from another, without telling the token."""
    return hashlib.sha256(f"ima\n{url}\n{project}\n{token}".encode()).hexdigest()[:16]


def _facts(tracker: GitLabTracker, account: str) -> dict[str, Any]:
    """Not the tier: any issue shows it, and it may only have been assumed."""
    return {
        "account": account,
        "me": tracker.me(),
        "members": sorted(tracker.members),
        "known_labels": sorted(tracker.known_labels),
        "dashboard_ref": tracker.dashboard_ref,
    }


def _typed(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts that are of the right kind; a garbled one is asked for again."""
    found: dict[str, Any] = {
        name: facts[name] for name in ("me", "dashboard_ref") if isinstance(facts.get(name), str)
    }
    for name in ("members", "known_labels"):
        if isinstance(facts.get(name), list):
            found[name] = [str(item) for item in facts[name]]
    return found
