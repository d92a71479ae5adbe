"""Is what IMA remembers really its own? Each of its markers carries an HMAC over project, issue and
content. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any

from automation.errors import PolicyError
from automation.records import dataclass
from automation.text.escaping import with_each_marker

SIGNED = "signed"  # the field of a marker that holds its signature
LOST = "lost"  # in the place of a former key that nobody has any more
SHORTEST = 32  # characters of a key
_KEY = re.compile(rf"[!-~]{{{SHORTEST},500}}")
_MAKE = "`ima init` makes one: put it into the protected, masked variables or secrets of the jobs"


@dataclass(frozen=True, slots=True)
class Key:
    """A secret of one project. Another project has another one."""

    secret: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """A name that tells the key from others without telling the key."""
        return hmac.new(self.secret, b"the name of this key", hashlib.sha256).hexdigest()[:8]

    def sign(self, where: str, kind: str, data: Mapping[str, Any]) -> str:
        """The signature of a marker of this kind and content at the place ``where``."""
        text = json.dumps([where, kind, data], sort_keys=True, separators=(",", ":"))
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Keys:
    """``now`` signs, and ``old`` ones are believed, too. Without ``now`` nothing is signed."""

    now: Key | None = None
    old: tuple[Key, ...] = ()
    lost: bool = False  # there was one that nobody has any more

    def named(self, name: object) -> Key | None:
        """The key of this name, if we have it."""
        known = (*((self.now,) if self.now else ()), *self.old)
        return next((key for key in known if key.name == name), None)


def keys_of(project: str, now: str, old: str) -> Keys:
    """The keys of a project, from `IMA_KEY` and from `IMA_KEY_OLD`, which may hold several with
    spaces or commas between. Raises PolicyError for a text that is no key."""
    words = re.split(r"[\s,]+", old.strip()) if old.strip() else []
    former = tuple(_checked_key(project, "IMA_KEY_OLD", word) for word in words if word != LOST)
    return Keys(
        _checked_key(project, "IMA_KEY", now.strip()) if now.strip() else None,
        former,
        LOST in words,
    )


def _checked_key(project: str, name: str, text: str) -> Key:
    if not _KEY.fullmatch(text):
        what = f"{name}: this is no key: {SHORTEST} characters or more, without spaces"
        raise PolicyError(what, _MAKE)
    secret = hmac.new(text.encode(), f"ima\n{project.casefold()}".encode(), hashlib.sha256)
    return Key(secret.digest())


class Verdict(Enum):
    """What a signature tells of a marker."""

    OURS = auto()  # it is as we wrote it
    FORMER = auto()  # so it is, and a former key signed it
    UNSIGNED = auto()
    FOREIGN = auto()  # a key signed it that we do not have
    BROKEN = auto()  # somebody changed it, or took it from elsewhere

    @property
    def holds(self) -> bool:
        return self in (Verdict.OURS, Verdict.FORMER)


def judge(kind: str, data: Mapping[str, Any] | None, places: Iterable[str], keys: Keys) -> Verdict:
    """What the signature of a marker that stands at one of ``places`` tells of it."""
    if data is None:
        return Verdict.BROKEN
    if SIGNED not in data:
        return Verdict.UNSIGNED
    signed = data[SIGNED]
    mac = signed.get("mac") if isinstance(signed, dict) else None
    if not (isinstance(mac, str) and mac.isascii()):
        return Verdict.BROKEN
    if (key := keys.named(signed.get("key"))) is None:
        return Verdict.FOREIGN
    content = _content(data, signed)
    right = (key.sign(place, kind, content) for place in places)
    if not any(hmac.compare_digest(each, mac) for each in right):
        return Verdict.BROKEN
    return Verdict.OURS if key is keys.now else Verdict.FORMER


def signed(body: str, place: str, keys: Keys, besides: Callable[[str], dict[str, Any]]) -> str:
    """``body`` with each of its markers signed for its place. ``besides`` says what else the
    signature of a kind carries."""
    if (key := keys.now) is None:
        return body

    def sign(kind: str, data: dict[str, Any] | None) -> dict[str, Any]:
        plain = without_signature(data or {})
        more = {"key": key.name, **besides(kind)}
        mac = key.sign(place, kind, _content(plain, more))
        return plain | {SIGNED: {**more, "mac": mac}}

    return with_each_marker(body, sign)


def stamps_in(body: str) -> list[tuple[datetime | None, int]]:
    """When each marker of a text was signed, and the number of the card that stood there then; to
    be believed where it holds."""
    found: list[tuple[datetime | None, int]] = []

    def note(kind: str, data: dict[str, Any] | None) -> dict[str, Any]:
        stamp = (data or {}).get(SIGNED)
        if isinstance(stamp, dict):
            number = stamp.get("card")
            found.append((_time(stamp.get("at")), number if type(number) is int else 0))
        return {}

    with_each_marker(body, note)
    return found


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def without_signature(data: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a marker without its signature."""
    return {name: value for name, value in data.items() if name != SIGNED}


def _content(data: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """All that is signed: the content, and what the signature itself carries."""
    rest = {name: value for name, value in more.items() if name != "mac"}
    return without_signature(data) | {SIGNED: rest}
