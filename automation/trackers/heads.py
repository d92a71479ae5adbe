"""What a list of issues says of each: enough to choose those to read whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Head:
    """An issue as one row of a list, without its text. ``labels`` are shared between heads."""

    ref: str
    updated_at: datetime
    closed: bool
    labels: frozenset[str]
    author: str | None
    notes: int  # comments by people and us
