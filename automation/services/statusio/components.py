"""The components and containers of a status.io page, found by their names. Pure.

Its list also holds a secret of each component (``hook_key``): nothing but names and ids leaves
this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from automation.policy.policy import Service
from automation.text.escaping import clean

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Component:
    """A line of the page: a service as its users know it, in ``containers`` (name and id), such as
    regions."""

    id: str
    name: str
    containers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A name of the policy that the page does not know, and those that it knows."""

    service: str
    key: str  # "component" or "container"
    name: str
    known: tuple[str, ...]

    @property
    def problem(self) -> str:
        return f"the page has no {self.key} “{clean(self.name)}”"

    @property
    def remedy(self) -> str:
        known = ", ".join(clean(name) for name in self.known) or "none"
        return f"set `services.{clean(self.service)}.{self.key}` to one that it has: {known}"


def components(rows: Iterable[Mapping[str, Any]]) -> tuple[Component, ...]:
    """The components in status.io's answer, as `rows.py` declares its rows."""
    return tuple(
        Component(
            str(row["_id"]),
            str(row["name"]),
            tuple((str(c["name"]), str(c["_id"])) for c in row.get("containers") or ()),
        )
        for row in rows
    )


def affected_infrastructure(
    names: Iterable[str], services: Mapping[str, Service], known: tuple[Component, ...]
) -> tuple[list[str], list[Missing]]:
    """The ids of the named services as status.io wants them, "component-container"; and the names
    that the page does not know."""
    found: dict[str, None] = {}
    missing: list[Missing] = []
    for name in names:
        pairs = _pairs(name, services.get(name) or Service(name=name), known)
        if isinstance(pairs, Missing):
            missing.append(pairs)
        else:
            found |= dict.fromkeys(pairs)
    return list(found), missing


def all_infrastructure(known: tuple[Component, ...]) -> list[str]:
    return [pair for component in known for pair in _all_pairs(component)]


def _pairs(name: str, service: Service, known: tuple[Component, ...]) -> tuple[str, ...] | Missing:
    wanted = service.component or name
    component = _by_name(wanted, {each.name: each for each in known})
    if component is None:
        return Missing(name, "component", wanted, tuple(each.name for each in known))
    if not service.container:
        return tuple(_all_pairs(component))
    container = _by_name(service.container, dict(component.containers))
    if container is None:
        names = tuple(each for each, _ in component.containers)
        return Missing(name, "container", service.container, names)
    return (f"{component.id}-{container}",)


def _all_pairs(component: Component) -> Iterator[str]:
    return (f"{component.id}-{container}" for _, container in component.containers)


def _by_name(name: str, values: Mapping[str, _T]) -> _T | None:
    """The value of exactly this name, else of one that only differs in upper and lower case."""
    folded = {each.casefold(): value for each, value in reversed([*values.items()])}
    return values.get(name, folded.get(name.casefold()))
