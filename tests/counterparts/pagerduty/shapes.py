"""Answers in the shapes of PagerDuty's REST API v2."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.counterparts.pagerduty.account import Account, Incident


def reference(number: str, kind: str) -> dict[str, Any]:
    return {"id": number, "type": f"{kind}_reference", "summary": number, "self": None}


def user(account: Account, number: str, whole: bool = True) -> dict[str, Any]:
    known = account.users[number]
    named = {**reference(number, "user"), "summary": known["name"]}
    return {**named, "type": "user", **known} if whole else named


def on_call(account: Account, schedule: str, whole: bool) -> list[dict[str, Any]]:
    """Once for each escalation policy that calls the schedule, as PagerDuty gives it."""
    duty = account.schedules.get(schedule)
    if duty is None:
        return []
    levels = [
        (policy, level)
        for policy, rules in account.policies.items()
        for level, (_, schedules) in enumerate(rules, 1)
        if schedule in schedules
    ]
    return [
        {
            "escalation_policy": reference(policy, "escalation_policy"),
            "escalation_level": level,
            "schedule": reference(schedule, "schedule"),
            "user": user(account, duty[0], whole),
            "start": time(duty[1]),
            "end": None,
        }
        for policy, level in levels
    ]


def schedule(account: Account, number: str) -> dict[str, Any]:
    """With all users of its layers."""
    users = account.rotations.get(number) or [
        each[0] for each in [account.schedules[number]] if each
    ]
    return {
        **reference(number, "schedule"),
        "type": "schedule",
        "users": [user(account, each, whole=False) for each in users],
    }


def policy(account: Account, number: str) -> dict[str, Any]:
    return {
        **reference(number, "escalation_policy"),
        "type": "escalation_policy",
        "num_loops": 0,
        "escalation_rules": [
            {
                "id": f"{number}-{level}",
                "escalation_delay_in_minutes": minutes,
                "targets": [reference(schedule, "schedule") for schedule in schedules],
            }
            for level, (minutes, schedules) in enumerate(account.policies[number], 1)
        ],
    }


def incident(account: Account, page: Incident) -> dict[str, Any]:
    """`acknowledgements` would be empty but while it is acknowledged: nothing reads it."""
    policy_ = reference(page.policy, "escalation_policy") if page.policy else None
    over = page.status == "resolved"
    reason = {"type": "merge_resolve_reason", "incident": reference(page.merged, "incident")}
    return {
        "id": page.id,
        "type": "incident",
        "summary": page.title,
        "resolve_reason": reason if page.merged else None,
        "title": page.title,
        "status": page.status,
        "incident_key": page.key or None,
        "created_at": time(page.at),
        "last_status_change_at": time(page.changed or page.at),
        "urgency": "high",
        "service": reference(next(iter(account.services), ""), "service"),
        "escalation_policy": policy_,
        "assignments": []
        if over
        else [
            {"at": time(at), "assignee": user(account, who, whole=False)}
            for who, at in page.assigned
        ],
        "acknowledgements": [],
        "html_url": f"https://acme.pagerduty.example/incidents/{page.id}",
    }


def entry(account: Account, made: dict[str, Any]) -> dict[str, Any]:
    service = reference(next(iter(account.services), ""), "service")
    agent = user(account, made["agent"], whole=False) if made["agent"] else service
    shown = {"id": made["id"], "type": made["type"], "created_at": time(made["at"]), "agent": agent}
    if made["type"] in ("assign_log_entry", "escalate_log_entry", "delegate_log_entry"):
        shown["assignees"] = [user(account, who, whole=False) for who in made["assignees"]]
    return shown


def time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
