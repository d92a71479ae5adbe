"""``policy.yml`` and ``labels.yml`` as one `Policy`; all mistakes of both at once. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from automation.config.label_file import read_labels
from automation.config.merge import by_name, check_layer, merge, origins, show
from automation.config.policy_checks import check
from automation.config.policy_scalars import DURATIONS
from automation.config.policy_shape import LIMITS, policy_record
from automation.config.policy_shape_services import (
    ALERTS,
    CHAT,
    DOCUMENTS,
    FLAPPY,
    GATE,
    LATENESS,
    OUTAGE,
    PAGER,
    SAMPLES,
    SLO,
    STATUS_PAGE,
    VERDICTS,
)
from automation.config.rule_file import resolve, rule_shape
from automation.errors import PolicyError
from automation.mistakes import Mistakes
from automation.model.issue import SEVERITIES
from automation.policy.labels import Labels
from automation.policy.outside_services import Google, PagerDuty, Prometheus, Slack, StatusIo
from automation.policy.policy import (
    Alerts,
    Flappy,
    Gate,
    Limits,
    Person,
    Policy,
    Role,
    Rota,
    Service,
    Severity,
    Verdicts,
)
from automation.schema.shapes import Record
from automation.schema.yaml_nodes import Node, Source, parse
from automation.times.durations import Calendar

__all__ = ["Source", "json_schema", "load", "merged", "origins", "reference", "show"]


_AS_WRITTEN = (
    "update_every",
    "sentences",
    "monitor_for",
    "need_within",
    "goal",
    "runbooks",
)


def load(
    shipped: Source,
    user: Source | None,
    labels: Source | Labels,
    overrides: Node | None = None,
    *,
    templates: frozenset[str] | None = None,
) -> Policy:
    """The policy that holds: ``shipped``, over it ``user``, over it ``overrides``.

    ``templates``: the names that exist (None: not checked). Raises PolicyError.
    """
    mistakes = Mistakes()
    known = _labels(labels, mistakes)
    root = _merged(_layers(shipped, user, overrides, mistakes), mistakes)
    if root.kind != "map":
        mistakes.raise_if_any()
    values = _record().read(root, mistakes) or {}
    check(root, templates, mistakes)
    durations = {name: values.get(name) for name in DURATIONS}
    rules = tuple(rule for rule in values.get("rules") or () if rule)
    built = tuple(resolve(rules, durations, mistakes))
    mistakes.raise_if_any()
    return _policy(values, known, rules=built, digest=_digest(root, known))


def merged(shipped: Source, user: Source | None = None, overrides: Node | None = None) -> Node:
    """The whole file after merging; every node knows where it was written."""
    mistakes = Mistakes()
    root = _merged(_layers(shipped, user, overrides, mistakes), mistakes)
    mistakes.raise_if_any()
    return root


def _layers(
    shipped: Source, user: Source | None, overrides: Node | None, mistakes: Mistakes
) -> list[Node]:
    read = [_parsed(source, mistakes) for source in (shipped, user) if source]
    return [node for node in (*read, overrides) if node]


def _parsed(source: Source, mistakes: Mistakes) -> Node | None:
    try:
        return parse(source.text, source.file)
    except PolicyError as error:
        mistakes.absorb(error)
        return None


def _labels(labels: Source | Labels, mistakes: Mistakes) -> Labels:
    if isinstance(labels, Labels):
        return labels
    try:
        return read_labels(labels.text, labels.file)
    except PolicyError as error:
        mistakes.absorb(error)
        return Labels((), labels.file)


def _merged(layers: list[Node], mistakes: Mistakes) -> Node:
    root: Node | None = None
    for layer in layers:
        if layer.kind not in ("map", "null"):
            remedy = "write keys and values, such as `room: https://…`"
            mistakes.add(layer, "the policy is not a map", remedy)
            continue
        named = by_name(layer)
        check_layer(named, root, mistakes)
        root = merge(root, named) if root else named
    return root or Node("null", None, "policy.yml", 1)


def _record() -> Record:
    return policy_record(rule_shape())


def _policy(values: dict[str, Any], labels: Labels, **more: Any) -> Policy:
    tracker = values["tracker"]
    chat = values["chat"] or CHAT.defaults()
    metrics = values["metrics"] or SAMPLES.defaults()
    severities = values["severities"]
    outage = values["outage"] or OUTAGE.defaults()
    return Policy(
        labels=labels,
        project=tracker["project"],
        tracker=tracker["kind"],
        path=tracker["path"],
        url=tracker["url"],
        issue_type=tracker["issue_type"],
        account=tracker["account"],
        private=tracker["private"],
        roles={name: _role(name, role) for name, role in values["roles"].items()},
        severities={name: _severity(name, severities.get(name, {})) for name in SEVERITIES},
        people={login: Person(login=login, **each) for login, each in values["people"].items()},
        services={name: _service(name, each) for name, each in values["services"].items()},
        room=values["room"],
        channel=chat["channel"],
        stakeholders=values["stakeholders"],
        groups=chat["groups"],
        status_page=(values["status_page"] or STATUS_PAGE.defaults())["kind"],
        metrics=metrics["kind"],
        samples=metrics["path"],
        **{key: values[key] for key in _AS_WRITTEN},
        late=(values["lateness"] or LATENESS.defaults())["warn"],
        verdicts=Verdicts(**(values["slo"] or VERDICTS.defaults())),
        alerts=Alerts(**(values["alerts"] or ALERTS.defaults())),
        flappy=Flappy(**(values["flappy"] or FLAPPY.defaults())),
        gate=Gate(**(values["gate"] or GATE.defaults())),
        outage_document=outage["document"],
        outage_mirror=outage["mirror"],
        documents=(values["documents"] or DOCUMENTS.defaults())["path"],
        log=chat["path"],
        **_outside(values),
        since=values["since"],
        look_back=values["look_back"],
        full_sweep=values["full_sweep"],
        calendar=values["working_hours"] or Calendar(),
        limits=Limits(**(values["limits"] or LIMITS.defaults())),
        may=values["may"],
        **more,
    )


def _outside(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the services that are not the embedded ones."""
    pager = dict(values["pager"] or PAGER.defaults())
    pager["sender"] = pager.pop("from")
    named = {
        "pagerduty": (PagerDuty, pager),
        "status.io": (StatusIo, values["status_page"] or STATUS_PAGE.defaults()),
        "slack": (Slack, values["chat"] or CHAT.defaults()),
        "google": (Google, values["documents"] or DOCUMENTS.defaults()),
        "prometheus": (Prometheus, values["metrics"] or SAMPLES.defaults()),
    }
    return {
        kind.replace(".", ""): settings(**{f.name: said[f.name] for f in fields(settings)})
        for kind, (settings, said) in named.items()
        if said["kind"] == kind
    }


def _role(name: str, values: Mapping[str, Any]) -> Role:
    rota = values["rota"]
    turns = Rota(who=rota["who"], start=rota["from"], every=rota["every"]) if rota else None
    return Role(name=name, **{**values, "rota": turns, "title": values["title"] or name.upper()})


def _service(name: str, values: Mapping[str, Any]) -> Service:
    slo = values["slo"] or SLO.defaults()
    queries = {key: query for key, query in (values["metrics"] or {}).items() if query}
    component = values["component"] or name
    outage = slo["outage"] if slo["outage"] is not None else 2
    return Service(
        name=name,
        component=component,
        container=values["container"],
        errors=slo["errors"],
        apdex=slo["apdex"],
        outage=outage,
        queries=queries,
    )


def _severity(name: str, values: Mapping[str, Any]) -> Severity:
    plain = {key: value for key, value in values.items() if key not in ("review", "action")}
    due: dict[str, Any] = {
        f"{key}_due": (values.get(key) or {}).get("due") for key in ("review", "action")
    }
    return Severity(name=name, **plain, **due)


def _digest(root: Node, labels: Labels) -> str:
    entries = [[getattr(entry, key) for key in entry.__slots__] for entry in labels.entries]
    whole = json.dumps([root.plain(), entries], default=str, ensure_ascii=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a ``policy.yml``, which may say only what differs."""
    from automation.config.docs import partial_schema

    return partial_schema(_record())


def reference() -> str:
    """Markdown tables of every key."""
    from automation.config.docs import tables

    return tables(_record())
