"""The forge that the policy names, opened with what the environment and the cache know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automation.errors import PolicyError
from automation.policy.outside_services import is_project
from automation.policy.policy import COMMON_WORDS, Policy
from automation.reconcile.schedule import Schedule
from automation.reconcile.sweep import is_full
from automation.trackers.tokens import checked_token, github_token, gitlab_token
from automation.workspace.address import address
from automation.workspace.cache_file import CacheFile, facts_in, sealed
from automation.workspace.past_file import PastFile

if TYPE_CHECKING:
    from automation.trackers import Tracker
    from automation.trackers.github.tracker import GitHubTracker
    from automation.trackers.gitlab.native_incidents import NativeIncidents
    from automation.trackers.gitlab.tracker import GitLabTracker
    from automation.trackers.proposals import Proposals

CACHE = ".ima/cache.json"
PAST = ".ima/past.json"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
FORGES = {"gitlab": "GitLab", "github": "GitHub"}
Opened = tuple["GitLabTracker | GitHubTracker", CacheFile]


def open_forge(
    policy: Policy,
    folder: Path,
    environment: Mapping[str, str],
    now: datetime,
    patience: float,
    seen_by: str = "",
) -> Opened:
    """The project of the policy on its forge, and its cache file. ``patience`` is how many
    seconds a run waits in all where the forge asks it to, or fails. ``seen_by`` is the account
    that it is looked at for, where that is not the token's.

    Raises ServiceError where there is no token, PolicyError where the project is not named.
    """
    project = policy.project
    if not is_project(policy.tracker.kind, project):
        remedy = "write its path as in the address bar: `tracker: {project: acme/production}`"
        raise PolicyError(
            f"tracker: {project!r} is no {FORGES[policy.tracker.kind]} project", remedy
        )
    url, token = address(policy, environment), _token(policy, environment)
    path = folder / CACHE
    secret = "\n".join(filter(None, (url, project, token, seen_by)))
    known, asked_at = _facts_of_right_kind(facts := facts_in(path, secret)), _asked_at(facts)
    every = policy.full_sweep.length
    # Who has left the project may not stay a member for ever, nor who has joined it a stranger. The
    # cache's own time is not sealed, and no clock of a machine counts.
    known["members_until"] = asked_at + every if asked_at else _LONG_AGO
    if is_full(CacheFile(path, dict).read(), project, policy.digest, now, every):
        known.pop("premium", None)
        known.pop("role", None)
    known |= _authority(policy, url, environment)
    if seen_by:
        known["account"] = seen_by
    tracker = _tracker(policy, url, token, patience, known)
    return tracker, CacheFile(path, lambda: sealed(_facts(tracker, asked_at), secret))


def past_file(policy: Policy, folder: Path, environment: Mapping[str, str]) -> PastFile:
    """What was read of the past, as only who has IMA's key could have written it down; where there
    is none, only this token, which may be another one in each job."""
    secret = environment.get("IMA_KEY", "").strip() or _token(policy, environment)
    url = address(policy, environment)
    return PastFile(folder / PAST, f"{url}\n{policy.project}\n{secret}")


def github_schedule(folder: Path, tracker: Tracker) -> Schedule | None:
    """The schedule in the workflow that `ima init` writes, as it was checked out for this job."""
    from automation.doctor.github import WORKFLOW
    from automation.doctor.github_workflow import longest_wait
    from automation.trackers.github.tracker import GitHubTracker

    try:
        minutes = longest_wait((folder / WORKFLOW).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if minutes is None or not isinstance(tracker, GitHubTracker):
        return None
    return Schedule(timedelta(minutes=minutes), tracker.switched_off_at)


def open_proposals(policy: Policy, environment: Mapping[str, str], patience: float) -> Proposals:
    """The merge or pull requests of the policy's project. On GitHub a job's own token reads them
    and comments, where there is one: IMA's needs no right to more than issues. Raises PolicyError
    for the embedded tracker, ServiceError where there is no token."""
    if policy.tracker.kind == "local":
        problem = "the embedded tracker has no merge requests"
        raise PolicyError(problem, "name the files: `ima preview --base WHERE --head WHERE`")
    url, token = address(policy, environment), _token(policy, environment)
    if policy.tracker.kind == "github" and (own := environment.get("GITHUB_TOKEN")):
        token = checked_token(own, "github", "GITHUB_TOKEN")
    known = _authority(policy, url, environment)
    return _tracker(policy, url, token, patience, known).proposals


def _authority(policy: Policy, url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The certificates that GitLab gives its jobs, for GitLab itself and no other server."""
    if policy.tracker.kind != "gitlab":
        return {}
    return {"ca_file": ca_file(url, environment)}


def ca_file(url: str, environment: Mapping[str, str]) -> str:
    """Where the job's certificates are, if they are those of ``url``; else empty."""
    path = environment.get("CI_SERVER_TLS_CA_FILE", "")
    own = environment.get("CI_SERVER_URL", "").rstrip("/") == url.rstrip("/")
    return path if path and own and Path(path).is_file() else ""


def _token(policy: Policy, environment: Mapping[str, str]) -> str:
    if policy.tracker.kind == "github":
        return github_token(environment)
    return gitlab_token(environment)


def _tracker(
    policy: Policy, url: str, token: str, patience: float, known: Mapping[str, Any]
) -> GitLabTracker | GitHubTracker:
    common: dict[str, Any] = {
        "url": url,
        "token": token,
        "ours": policy.labels.ours,
        "share": policy.limits.requests,
        "patience": patience,
        **known,
    }
    common["former"] = {*policy.accounts, *common.pop("accounts", ())}
    if policy.tracker.kind == "github":
        from automation.trackers.github.tracker import GitHubTracker

        common["private"] = policy.tracker.private
        common.setdefault("account", policy.tracker.account)
        common["issue_type"] = policy.tracker.issue_type
        common["dependencies"] = policy.tracker.dependencies
        common.pop("role", None)
        return GitHubTracker(policy.project, **common)
    from automation.trackers.gitlab.tracker import GitLabTracker

    common.pop("strangers", None)
    common["timeline"] = policy.tracker.timeline
    if (premium := common.pop("premium", None)) is not None:
        common |= {"one_assignee": not premium, "exclusive_labels": premium}
    common |= {"issue_type": policy.tracker.issue_type, "native": _native(policy)}
    return GitLabTracker(policy.project, **common)


def _native(policy: Policy) -> NativeIncidents:
    """How GitLab's own incidents count."""
    from automation.trackers.gitlab.native_incidents import NativeIncidents

    labels = policy.labels
    taken_in = "type" in policy.tracker.adopt
    known = policy.severity_by_word
    common = {policy.common_word(each): each for each in reversed(list(policy.severities))}
    severities = {
        word: labels.name("severity", common.get(word) or known[word])
        for word in COMMON_WORDS
        if word in common or word in known
    }
    return NativeIncidents(severities, labels.name("incident") if taken_in else "")


def _asked_at(facts: Mapping[str, Any]) -> datetime | None:
    """Since when the facts about people are known."""
    try:
        return datetime.fromisoformat(str(facts.get("asked_at"))).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _facts(tracker: GitLabTracker | GitHubTracker, asked_at: datetime | None) -> dict[str, Any]:
    return {
        "asked_at": str(tracker.members_asked_at or asked_at),
        "me": tracker.me(),
        "accounts": sorted(tracker.proven),
        "members": sorted(tracker.members),
        "strangers": getattr(tracker, "strangers", []),  # where each is asked about by itself
        "known_labels": sorted(tracker.known_labels),
        "dashboard_ref": tracker.dashboard_ref,
        "dashboard_memory": tracker.dashboard_memory,
        "premium": getattr(tracker, "premium", None),  # GitLab's tier
        "role": getattr(tracker, "role", None),
    }


def _facts_of_right_kind(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts that are of the right kind; a garbled one is asked for again."""
    found: dict[str, Any] = {
        name: facts[name] for name in ("me", "dashboard_ref") if isinstance(facts.get(name), str)
    }
    for name in ("accounts", "members", "strangers", "known_labels"):
        if isinstance(facts.get(name), list):
            found[name] = [str(item) for item in facts[name]]
    if isinstance(memory := facts.get("dashboard_memory"), dict):
        found["dashboard_memory"] = {str(name): str(each) for name, each in memory.items()}
    if isinstance(facts.get("premium"), bool):
        found["premium"] = facts["premium"]
    if type(facts.get("role")) is int:
        found["role"] = facts["role"]
    return found
