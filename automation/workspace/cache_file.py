"""The cache file of a run: what the sweep and the tracker need not ask again.

Restored and saved by CI; lost, it costs one full sweep. No text of any issue is in it, but on
GitHub the dashboard's memory, which all who can read the repository can read there, too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from automation.planning.sweep_state import Cache
from automation.reconcile import sweep

Facts = Mapping[str, Any]
_SEAL = "seal"
LONGEST = 50_000_000  # bytes; a cache of a hundred thousand issues has ten million


class CacheFile:
    """The cache of a run in a file. ``facts`` gives what the tracker knows by now: our account,
    members, labels, the dashboard."""

    def __init__(self, path: Path, facts: Callable[[], Facts]) -> None:
        self._path, self._facts = path, facts

    def read(self) -> Cache:
        """What the run before knew; nothing if that was another account, whose cards count
        differently. A job's token is another one each time, but its account is not."""
        data = _data_in(self._path)
        before = data["tracker"].get("me") if isinstance(data.get("tracker"), dict) else None
        if before and self._facts().get("me", before) != before:
            return Cache()
        return sweep.decode(json.dumps(data.get("sweep")))

    def write(self, cache: Cache) -> None:
        """Put the new cache in the place of the old one, or leave the old one where that fails: a
        cache may be lost."""
        data = {"sweep": json.loads(sweep.encode(cache)), "tracker": dict(self._facts())}
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")
            fresh.replace(self._path)
        except OSError:
            return  # the next run sweeps fully


def sealed(facts: Facts, secret: str) -> dict[str, Any]:
    """``facts`` with a seal that only whoever has the secret can make: who we are, and who is a
    member, gives rights."""
    return {**facts, _SEAL: _seal(facts, secret)}


def facts_in(path: Path, secret: str) -> dict[str, Any]:
    """What the tracker knew after the run before; nothing if that had another secret, or if
    somebody has changed it since."""
    facts = _data_in(path).get("tracker")
    if not isinstance(facts, dict):
        return {}
    rest = {name: value for name, value in facts.items() if name != _SEAL}
    told = str(facts.get(_SEAL)).encode(errors="replace")
    return rest if hmac.compare_digest(told, _seal(rest, secret).encode()) else {}


def _seal(facts: Facts, secret: str) -> str:
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hmac.new(secret.encode(), f"ima\n{text}".encode(), hashlib.sha256).hexdigest()[:32]


def _data_in(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LONGEST:
            return {}
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
