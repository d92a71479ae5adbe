"""The components of a status page, and what they contain, found by the names that the policy has
for services. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from automation.policy.policy import Service
from automation.records import dataclass
from automation.text.escaping import clean

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Component:
    """A line of the page: a service as its users know it, in ``containers`` (name and id), such as
    regions. On Atlassian's Statuspage that is a group with its components."""

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


Pair = tuple[str, str]  # the ids of a component, and of a container in it


def affected(
    names: Iterable[str], services: Mapping[str, Service], known: tuple[Component, ...]
) -> tuple[list[Pair], list[Missing]]:
    """What the named services are on the page; and the names that it does not know."""
    found: dict[Pair, None] = {}
    missing: list[Missing] = []
    for name in names:
        pairs = _pairs(name, services.get(name) or Service(name=name), known)
        if isinstance(pairs, Missing):
            missing.append(pairs)
        else:
            found |= dict.fromkeys(pairs)
    return list(found), missing


def everything(known: tuple[Component, ...]) -> list[Pair]:
    return [pair for component in known for pair in _all_pairs(component)]


def _pairs(name: str, service: Service, known: tuple[Component, ...]) -> tuple[Pair, ...] | Missing:
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
    return ((component.id, container),)


def _all_pairs(component: Component) -> Iterator[Pair]:
    return ((component.id, container) for _, container in component.containers)


def _by_name(name: str, values: Mapping[str, _T]) -> _T | None:
    """The value of exactly this name, else of one that only differs in upper and lower case."""
    folded = {each.casefold(): value for each, value in reversed([*values.items()])}
    return values.get(name, folded.get(name.casefold()))
