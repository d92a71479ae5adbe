"""The plan that a preview has shown stands in its comment; the first pass by the merged files says
what has become of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from automation.planning.plan import Plan, by_ref
from automation.stored_state.card import short_digest
from automation.text.escaping import mark, marker_in

KIND = "previewed"
_ISSUES = 300  # that the comment remembers one by one
_NAMED = 20


def memory_of(plan: Plan, whole: bool) -> str:
    """The marker by which a comment remembers a plan: of each issue a fingerprint of what would be
    done, but of no confidential one (P-16). ``whole``: it is the plan of all issues."""
    policy = plan.before.ctx.policy.digest
    issues = dict(list(_by_issue(plan).items())[:_ISSUES])
    digest = plan.digest if whole else ""
    return mark(KIND, {"plan": digest, "policy": policy, "issues": issues})


def since_preview(plan: Plan, comments: Iterable[str]) -> str:
    """What has moved between the preview and this first pass by the policy that it was of; empty
    where none of the comments remembers one."""
    for body in reversed([*comments]):
        found = marker_in(KIND, body) or {}
        if plan.first_by and found.get("policy") == plan.first_by:
            return _said(plan, found)
    return ""


def _said(plan: Plan, found: dict[str, Any]) -> str:
    if found.get("plan") == (plan.first_plan or plan.digest):
        return "That is the plan that its preview showed."
    before, now = found.get("issues"), _by_issue(plan)
    before = before if isinstance(before, dict) else {}
    moved = [ref for ref in {**before, **now} if before.get(ref) != now.get(ref)]
    if not moved and not found.get("plan"):  # it was no plan of everything
        return "On what its preview looked at, that is the plan that it showed."
    moved = [ref for ref in sorted(moved, key=by_ref) if ref in now or ref[1:].isdigit()]
    more = f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    where = ", ".join(moved[:_NAMED]) + more if moved else "what the preview does not name"
    return f"Its preview showed another plan: since then something has changed on {where}."


def _by_issue(plan: Plan) -> dict[str, str]:
    worlds = (plan.before.incidents, plan.world)
    secret = {ref for world in worlds for ref, one in world.items() if one.confidential}
    done: dict[str, list[tuple[str, str]]] = {}
    for change in plan.visible:
        if change.ref not in secret:
            done.setdefault(change.ref, []).append((change.kind, change.subject()))
    return {ref: short_digest(changes) for ref, changes in done.items()}
