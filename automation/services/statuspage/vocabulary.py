"""Our words in Statuspage's. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from automation.model.issue import IDENTIFIED, INVESTIGATING, MONITORING, OPERATIONAL, RESOLVED
from automation.model.maintenance import CANCELLED, COMPLETED, IN_PROGRESS, SCHEDULED
from automation.model.status_page import Notice

STATES = {
    INVESTIGATING: "investigating",
    IDENTIFIED: "identified",
    MONITORING: "monitoring",
    RESOLVED: "resolved",
    SCHEDULED: "scheduled",
    IN_PROGRESS: "in_progress",
    COMPLETED: "completed",
    CANCELLED: "completed",
}
ENDS = ("resolved", "completed")
WORKS, MAINTAINED = "operational", "under_maintenance"
LEVELS = {  # of a component; a security issue has none: what is open to all may work well
    OPERATIONAL: WORKS,
    "Degraded Performance": "degraded_performance",
    "Partial Service Disruption": "partial_outage",
    "Service Disruption": "major_outage",
}
IMPACTS = {  # of an incident for which no component's level speaks
    "Degraded Performance": "minor",
    "Partial Service Disruption": "major",
    "Service Disruption": "critical",
    "Security Issue": "critical",
}
_NAMESPACE = "ima"  # of what we keep in the metadata of an incident
LONGEST_NAME, LONGEST_BODY = 255, 25_000


def digest(notice: Notice) -> str:
    """By which a post is known again: its state, status and words."""
    post = notice.post
    said = f"{post.state}\n{post.status}\n{post.text}"
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def posts_of(row: Mapping[str, Any]) -> list[str]:
    """The digests of the posts that were made on an incident of ours."""
    return str(_ours(row).get("posts") or "").split()


def reference_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """The reference of the issue that an incident on the page is of, and whether it is planned
    work; "" where it is none of ours."""
    ours = _ours(row)
    return str(ours.get("reference") or ""), str(ours.get("kind") or "")


def metadata(
    row: Mapping[str, Any] | None, reference: str, kind: str, posts: list[str]
) -> dict[str, Any]:
    """What the incident is to keep: what others keep there stays."""
    held = (row or {}).get("metadata")
    ours = {"reference": reference, "kind": kind, "posts": " ".join(posts)}
    return {**(held if isinstance(held, dict) else {}), _NAMESPACE: ours}


def _ours(row: Mapping[str, Any]) -> Mapping[str, Any]:
    held = row.get("metadata")
    ours = held.get(_NAMESPACE) if isinstance(held, dict) else None
    return ours if isinstance(ours, dict) else {}
