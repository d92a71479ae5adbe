"""What the services of a scenario have, made from its policy."""

from __future__ import annotations

from dataclasses import replace

from automation.policy.policy import Policy, Queries, Service


def slack_id(login: str) -> str:
    return f"U{login.lower().encode().hex().upper()}"


def groups(policy: Policy) -> dict[str, str]:
    """Every group that the policy names, by an id of its own."""
    named = [*policy.chat.groups.values(), *(role.group for role in policy.roles.values())]
    handles = dict.fromkeys(name.lstrip("@") for name in named if name)
    return {handle: f"S{handle.encode().hex().upper()}" for handle in handles}


def components(policy: Policy) -> dict[str, tuple[str, ...]]:
    return {each.component: ("Main",) for each in policy.services.values()}


def measured(service: Service) -> Service:
    """A service is always measured in a scenario, if it has an SLO."""
    known = {name: f"{service.name}:{name}" for name in ("errors", "apdex")}
    return replace(service, metrics=Queries(**{**known, **service.queries}))
