"""Labels of a team's services and severities, made from those that ima ships. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from automation.policy.labels import LabelEntry, Labels, Meaning
from automation.schema.yaml_nodes import Node

_COLOR = "428bca"
_LONGEST = 50  # characters that a forge takes


def service_label(name: str, component: str = "") -> str:
    """What the label of a service is called: by its name on the status page, where it can be."""
    shown = f"Service::{component or name}"
    fits = len(shown) <= _LONGEST and "," not in shown and shown.isprintable()
    return shown.strip() if fits else f"Service::{name}"[:_LONGEST]


def components(root: Node) -> dict[str, str]:
    """The services that a policy file names: name and component."""
    named = root.get("services")
    return {
        name: said.raw if (said := node.get("component")) else ""
        for name, (_, node) in (named.entries if named else {}).items()
    }


def label_lines(services: Mapping[str, str]) -> str:
    """Lines of `labels.yml` for services: name and component."""
    return "".join(
        f"- {{name: {json.dumps(service_label(name, component), ensure_ascii=False)},"
        f' color: "{_COLOR}", means: {{service: {name}}}, many: true}}\n'
        for name, component in services.items()
    )


def words_of(root: Node) -> tuple[tuple[str, ...], dict[str, str]]:
    """The severities that a `labels.yml` has labels for, and its services: name and component."""
    severities: list[str] = []
    services: dict[str, str] = {}
    for entry in root.items:
        name, means = entry.get("name"), entry.get("means")
        if means and (severity := means.get("severity")):
            severities.append(severity.raw)
        elif name and means and (service := means.get("service")):
            services[service.raw] = name.raw.removeprefix("Service::")
    return tuple(severities), services


def with_service_labels(labels: Labels, services: Mapping[str, str]) -> Labels:
    """The labels, and one for each service that has none."""
    return Labels([*labels.entries, *_missing(labels, services)], labels.file, labels.lines)


def _missing(labels: Labels, services: Mapping[str, str]) -> Iterator[LabelEntry]:
    there = {*labels.values("service")}
    taken = {entry.name.casefold() for entry in labels}
    for name, component in services.items():
        label = service_label(name, component)
        if name not in there and label.casefold() not in taken:
            taken.add(label.casefold())
            yield LabelEntry(name=label, color=_COLOR, means=Meaning("service", name), many=True)


def with_severities(text: str, names: Sequence[str]) -> str:
    """A `labels.yml` whose severities are these, each as the shipped one at its place."""
    shipped = [line for line in text.splitlines(keepends=True) if _MEANS_SEVERITY in line]
    own = []
    for rank, name in enumerate(names):
        line = shipped[min(rank, len(shipped) - 1)]
        old = line.partition("name: ")[2].partition(",")[0]
        line = line.replace(f"name: {old},", f"name: {json.dumps(name, ensure_ascii=False)},")
        own.append(line.replace(f"{_MEANS_SEVERITY}{old}}}", f"{_MEANS_SEVERITY}{name}}}"))
    return text.replace("".join(shipped), "".join(own))


_MEANS_SEVERITY = "means: {severity: "
