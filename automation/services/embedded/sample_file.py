"""The metrics that need no account: samples from a JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from automation.errors import ServiceError
from automation.model.issue import Sample
from automation.policy.policy import Service
from automation.services import MetricsAbilities

_FORM = '{"web": {"errors": [["2026-03-02T12:00:00Z", 0.001], …], "apdex": […]}}'


class FileMetrics:
    """Samples that something else writes to a file: service, measure, pairs of time and value."""

    can: ClassVar = MetricsAbilities(series=False, absence=False, secrets=False, tenants=False)

    def __init__(self, path: Path) -> None:
        self._path = path

    def samples(
        self, services: Iterable[Service], now: datetime
    ) -> Mapping[str, Mapping[str, Sequence[Sample]]]:
        """The file's samples of ``services``; none where there is no file."""
        data = self._read_samples()
        try:
            return {
                service.name: {
                    measure: [_sample(row) for row in data[service.name].get(measure, [])]
                    for measure in ("errors", "apdex")
                }
                for service in services
                if service.name in data
            }
        except (AttributeError, OverflowError, TypeError, ValueError) as error:
            raise self._garbled(f"holds what is no sample: {error}") from error

    def _read_samples(self) -> dict[str, Any]:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            remedy = "make the file readable, or set `metrics: {kind: file, path: …}`"
            problem = f"metrics: reading {self._path} failed: {error.strerror}"
            raise ServiceError(problem, remedy) from error
        except (RecursionError, ValueError) as error:
            raise self._garbled("is not JSON") from error
        if not isinstance(data, dict):
            raise self._garbled("is no map of services")
        return data

    def _garbled(self, what: str) -> ServiceError:
        return ServiceError(f"metrics: {self._path} {what}", f"write it as {_FORM}")


def _sample(row: Any) -> Sample:
    """One pair; the value as Prometheus writes it, too: "0.2", "NaN". Raises ValueError."""
    at, value = row
    if isinstance(value, bool):
        raise TypeError("a value is true or false")
    when = datetime.fromisoformat(at)
    if when.tzinfo is None:
        raise ValueError(f"{at!r} names no time zone")
    return Sample(when.astimezone(UTC), float(value))
