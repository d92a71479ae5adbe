"""Values about sweeps: what one run leaves for the next, and what a run has listed and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from automation.model.issue import Head
from automation.records import dataclass


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """What one run leaves for the next about an issue."""

    updated_at: datetime
    due: datetime | None = None  # when the next of its clocks falls due
    active: bool = False
    pages: tuple[str, ...] = ()  # that nobody has acknowledged


@dataclass(frozen=True, slots=True)
class Cache:
    """What one run leaves for the next."""

    project: str = ""
    policy: str = ""  # the digest of the policy by which `due` was reckoned
    full_at: datetime | None = None
    seen: datetime | None = None  # the greatest `updated_at` that the server has shown
    on_call: Mapping[str, str | None] = field(default_factory=dict)
    issues: Mapping[str, KnownIssue] = field(default_factory=dict)
    reviews: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    began: datetime | None = None  # when that run looked: what came before, it has read


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a run has looked at."""

    cache: Cache  # as the run before left it
    heads: tuple[Head, ...]  # those that concern us
    full: bool
    seen: datetime | None  # the greatest `updated_at` of the list
    unread: tuple[str, ...] = ()  # issues that this run had no requests left to read
    old: tuple[str, ...] = ()  # open incidents from before IMA, which are not read (P-48)
