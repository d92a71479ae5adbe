"""The tracker that the policy names, opened with what the environment and the cache know."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
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

    Raises ServiceError where there is no token, PolicyError where the project is not named.
    """
    from automation.trackers.gitlab import GitLabTracker, token_from

    project = policy.project
    if "/" not in project:
        remedy = "write its path as in the address bar: `tracker: {project: acme/production}`"
        raise PolicyError(f"tracker: {project!r} is no GitLab project", remedy)
    url = address(policy, environment)
    token = token_from(environment)
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


def address(policy: Policy, environment: Mapping[str, str]) -> str:
    """Where GitLab is: as the policy says, else where this job runs."""
    return policy.url or environment.get("CI_SERVER_URL") or GITLAB


def chosen(policy: Policy, option: str, environment: Mapping[str, str]) -> Policy:
    """The policy with the tracker of ``--tracker``: local, gitlab, or a project's address.

    Raises PolicyError for anything else, and for the address of a GitLab that the token is not
    for: it would be sent there.
    """
    if not option:
        return policy
    if option in ("local", "gitlab"):
        return replace(policy, tracker=option)
    known = _known_addresses(policy, environment)
    url, project = _split(option, known)
    if "/" not in project:
        raise PolicyError(
            f"--tracker {option}: this version of ima knows local and gitlab",
            "say local, gitlab, or a project's address: https://gitlab.example/acme/production",
        )
    if known and url not in known:
        raise PolicyError(
            f"--tracker: the token is for {' and '.join(known)}, not for {url}",
            f"if it shall be sent there, say so in the policy: `tracker: {{url: {url}}}`",
        )
    return replace(policy, tracker="gitlab", url=url, project=project)


def _known_addresses(policy: Policy, environment: Mapping[str, str]) -> list[str]:
    """The GitLabs that policy and job name: the token is theirs. None: who types an address at
    a terminal, without either, means it."""
    named = [policy.url, environment.get("CI_SERVER_URL") or ""]
    if not any(named) and policy.tracker == "gitlab":
        named = [GITLAB]
    return list(dict.fromkeys(url.rstrip("/") for url in named if url))


def _split(option: str, known: Iterable[str]) -> tuple[str, str]:
    """GitLab's address and the project's path. A GitLab that is known may be below a path."""
    whole = option.rstrip("/").removesuffix("/-/issues")
    for url in known:
        if whole.startswith(f"{url}/"):
            return url, whole.removeprefix(f"{url}/")
    parts = urlsplit(whole)
    if parts.scheme in ("http", "https") and parts.netloc:
        return f"{parts.scheme}://{parts.netloc}", parts.path.strip("/")
    return "", ""


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
