"""The metrics of a scenario: the samples that its `slo` action gives, one per 30 seconds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from automation.mistakes import Mistakes
from automation.model.issue import Sample
from automation.policy.policy import Service
from automation.schema.shapes import Field, ListOf, MapOf, Record, Shape
from automation.schema.yaml_nodes import Node

EVERY = timedelta(seconds=30)
_WORDS = (".nan", ".inf", "-.inf")  # as YAML writes what is no number


class SampleShape(Shape):
    """A sample: a number, `.nan`, or null for a gap."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> float | None:
        if node.kind in ("whole", "number"):
            return float(node.value)
        if node.kind == "text" and node.raw.lower() in _WORDS:
            return float(node.raw.lower().replace(".", ""))
        if node.kind != "null":
            self.refuse(node, mistakes)
        return None

    def describe(self) -> str:
        return "a number, `.nan`, or `null` for a gap"


_VALUES = ListOf(SampleShape())
SLO = MapOf(Record("samples", Field("errors", _VALUES), Field("apdex", _VALUES)))


class GivenSamples:
    """Samples that stay until others are given, and age meanwhile."""

    def __init__(self) -> None:
        self._samples: dict[str, dict[str, tuple[Sample, ...]]] = {}

    def give(self, node: Node, now: datetime) -> None:
        """What the action says: the last value of each list is of ``now``."""
        for service, measures in SLO.read(node, Mistakes()).items():
            self._samples[service] = {
                name: _ending(values or (), now) for name, values in (measures or {}).items()
            }

    def samples(
        self, services: Iterable[Service], now: datetime
    ) -> Mapping[str, Mapping[str, Sequence[Sample]]]:
        """Those of ``services``."""
        return {each.name: self._samples.get(each.name, {}) for each in services}


def _ending(values: Sequence[float | None], now: datetime) -> tuple[Sample, ...]:
    first = now - EVERY * (len(values) - 1)
    return tuple(
        Sample(first + EVERY * place, value)
        for place, value in enumerate(values)
        if value is not None
    )
