"""The dashboard: our one issue of the project, with the facts that belong to no incident. Pure.

Its description is a page for people, a function of the facts. The facts stand in a comment of
ours: others may edit a description. A garbled one is ignored and made anew; what an IMA before
version 2 kept in the description is taken over once.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import field, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from automation.model.bounds import possible
from automation.model.issue import Duty, Issue
from automation.model.on_call import OnCall
from automation.model.replacing import replace
from automation.records import dataclass
from automation.stored_state.card import short_digest
from automation.text.escaping import mark, marker_in

VERSION = 2
PAGE, MEMORY = "<!-- ima:dashboard ", "<!-- ima:memory "
DIGEST = "digest"  # the marker of a week that was told in its thread, with "until" when
SHUT_IN = 5  # security incidents: each is read when an alert comes
REMEMBERED = 6  # shifts of a role that are kept
_MOST_PLAIN = 30_000  # characters of facts: GitHub takes 65,536 in a comment
_MOST = 8_000_000  # characters of packed facts: more than any comment of ours holds
_WORDS = "What IMA remembers of this project. It is for IMA alone: leave it as it is."
Row = Mapping[str, str]
PLANNED = ("title", "phase", "from", "to", "services", "owner")
Opened = tuple[datetime, str]  # when an alert opened which incident


@dataclass(frozen=True, slots=True)
class Late:
    """A clock that was acted on late."""

    at: datetime
    ref: str
    rule: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the dashboard knows. ``ref`` is empty until it exists, ``comment`` until its facts
    stand in one."""

    ref: str = ""
    since: datetime | None = None  # since when IMA keeps this project
    shifts: Mapping[str, tuple[Duty, ...]] = field(default_factory=dict)  # by role, the newest last
    unknown: frozenset[str] = frozenset()  # roles of which nobody answered who is on call
    active: Mapping[str, Row] = field(default_factory=dict)  # by issue
    reviews: Mapping[str, Row] = field(default_factory=dict)  # open ones, by issue
    old: tuple[str, ...] = ()  # incidents from before IMA
    late: tuple[Late, ...] = ()  # of the last days
    actions: Mapping[str, Row] = field(default_factory=dict)  # open ones, by issue
    tell: Mapping[str, Row] = field(default_factory=dict)  # left for the next EOC, by command
    told: Mapping[str, str] = field(default_factory=dict)  # passed on: the command, when typed
    handed: str = ""  # the shift that was handed over last, where handing over a later one failed
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of the chat, as we set
    alerts: Mapping[str, tuple[Opened, ...]] = field(default_factory=dict)  # by the alert's name
    flappy: tuple[str, ...] = ()  # those of them that opened too many
    alerting: Mapping[str, Row] = field(default_factory=dict)  # resolved, and alerts go on
    spent: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)  # of the limits, when
    newer: int = 0  # the version of a newer ima that wrote it: it is read, and never written
    findings: Mapping[str, Row] = field(default_factory=dict)  # what only people mend, by its name
    planned: Mapping[str, Row] = field(default_factory=dict)  # work, confirmed and not over
    labels: Mapping[str, Row] = field(default_factory=dict)  # by their names in labels.yml
    ended: Mapping[str, Row] = field(default_factory=dict)  # the last incidents: how long they took
    shut_in: tuple[str, ...] = ()  # security incidents that were moved to be shut in, the last ones
    # Of the weekly digests: "since", "until" when it was told, and the places it is "missing" in.
    digest: Row = field(default_factory=dict)
    policy: str = ""  # the digest of that by which the last sweep was made
    policy_since: datetime | None = None  # when the first sweep by it was made
    beat: datetime | None = None  # when a run last wrote it: a sign of life, and no change
    stale: bool = False  # to be written anew, whatever it says
    comment: str = ""

    @property
    def needed(self) -> bool:
        """Is there anything to show or to remember?"""
        return bool(self.ref or self.active or self.planned)

    def moved(self, other: Dashboard) -> bool:
        """Would the body be another one?"""
        return _told(self) != _told(other)

    def _data(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "since": self.since.isoformat() if self.since else None,
            "shifts": {role: [_duty(d) for d in duties] for role, duties in self.shifts.items()},
            "unknown": sorted(self.unknown),
            "active": {ref: dict(row) for ref, row in self.active.items()},
            "reviews": {ref: dict(row) for ref, row in self.reviews.items()},
            "old": list(self.old),
            "late": [[row.at.isoformat(), row.ref, row.rule, row.seconds] for row in self.late],
            "actions": {ref: dict(row) for ref, row in self.actions.items()},
            "tell": {of: dict(row) for of, row in self.tell.items()},
            "told": dict(self.told),
            "handed": self.handed,
            "groups": {handle: list(people) for handle, people in self.groups.items()},
            "alerts": {name: [_opened(one) for one in each] for name, each in self.alerts.items()},
            "flappy": list(self.flappy),
            "spent": {name: [at.isoformat() for at in times] for name, times in self.spent.items()},
            "alerting": {ref: dict(row) for ref, row in self.alerting.items()},
            "findings": {name: dict(row) for name, row in self.findings.items()},
            "planned": {ref: dict(row) for ref, row in self.planned.items()},
            "labels": {name: dict(row) for name, row in self.labels.items()},
            "shut_in": list(self.shut_in),
            "ended": {ref: dict(row) for ref, row in self.ended.items()},
            "digest": dict(self.digest),
        }


_NOT_TOLD = {"ref", "comment", "newer", "stale", "policy", "policy_since", "beat"}
_told = attrgetter(*(field.name for field in fields(Dashboard) if field.name not in _NOT_TOLD))


class Texts(NamedTuple):
    """What a dashboard is on the tracker: the issue's description, and the comment."""

    page: str
    memory: str


def encode(dashboard: Dashboard, page: str) -> Texts:
    """The page for people, with the fingerprint of the facts; and the facts."""
    data = dashboard._data()
    data |= {"beat": dashboard.beat.isoformat()} if dashboard.beat else {}
    if dashboard.policy and dashboard.policy_since:
        data["policy"] = [dashboard.policy, dashboard.policy_since.isoformat()]
    data = _packed(data | {"sum": short_digest(data)})
    found = {"v": VERSION, "memory": _fingerprint(data)}
    return Texts(
        f"{page.rstrip()}\n\n{mark('dashboard', found)}\n",
        f"{_WORDS}\n\n{mark('memory', data)}\n",
    )


def _packed(data: dict[str, Any]) -> dict[str, Any]:
    """The facts; those of hundreds of incidents packed, for they would have no room."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    if len(text) <= _MOST_PLAIN:
        return data
    return {"v": VERSION, "packed": b64encode(zlib.compress(text.encode(), 9)).decode()}


def _unpacked(text: object) -> dict[str, Any] | None:
    """What was packed; None if it cannot be read."""
    unpacking = zlib.decompressobj()
    try:
        found = json.loads(unpacking.decompress(b64decode(str(text)), _MOST))
    except (RecursionError, ValueError, zlib.error):
        return None
    return found if isinstance(found, dict) else None


def read(page: Issue | None) -> Dashboard | None:
    """What the dashboard says: the oldest of our comments on it that is whole. Where there is no
    such comment, what an older IMA left in the description. A page without a title was not read."""
    if page is None:
        return None
    newer = _newer(marker_in("dashboard", page.body) or {})
    ours = [c for c in page.comments if c.author == page.author and MEMORY in c.body]
    for comment in ours:
        data = marker_in("memory", comment.body)
        whole = _fingerprint(data or {})
        if (found := _decode(data, page.ref)) is not None:
            unknown = bool(page.title) and _memory_told(page.body) != whole
            stale = page.stale or comment.stale or unknown
            newer = max(newer, found.newer)
            return replace(found, comment=comment.id, stale=stale, newer=newer)
    before = None if ours else _decode(marker_in("dashboard", page.body), page.ref)
    comment_id = ours[0].id if ours else ""  # garbled: rebuilt in its place
    before = before or Dashboard(page.ref, newer=newer)
    return replace(before, comment=comment_id, stale=True)


def is_told_by(page: str, memory: str) -> bool:
    """Does the page tell of these facts?"""
    return _memory_told(page) == _fingerprint(marker_in("memory", memory) or {})


def _memory_told(page: str) -> object:
    """The fingerprint of the facts that the page tells of."""
    return (marker_in("dashboard", page) or {}).get("memory")


def _decode(data: dict[str, Any] | None, ref: str) -> Dashboard | None:
    """The dashboard in the data of a marker; None if it is garbled, or has no facts. Of one that a
    newer version wrote, what can be understood."""
    if data is None:
        return None
    newer = _newer(data)
    if "packed" in data and (data := _unpacked(data["packed"])) is None:
        return None
    if data.pop("sum", None) != short_digest(data) and not newer:
        return None
    try:
        return replace(_read(data, ref), newer=newer)
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
        return Dashboard(ref, newer=newer) if newer else None


def _newer(data: Mapping[str, Any]) -> int:
    version = data.get("v")
    return version if isinstance(version, int) and version > VERSION else 0


def _fingerprint(data: Mapping[str, Any]) -> str:
    """Of the facts, whoever signed them: so long that nobody makes others with the same."""
    plain = {name: value for name, value in data.items() if name != "signed"}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _read(data: dict[str, Any], ref: str) -> Dashboard:
    shifts = {
        str(role): tuple(Duty(str(person), _time(since)) for person, since in duties)
        for role, duties in data["shifts"].items()
    }
    policy = data.get("policy", ("", None))
    return Dashboard(
        ref,
        _time(data["since"]),
        shifts,
        frozenset(map(str, data["unknown"])),
        _rows(data["active"]),
        _rows(data["reviews"]),
        tuple(map(str, data["old"])),
        tuple(
            Late(_required(at), str(ref), str(rule), int(seconds))
            for at, ref, rule, seconds in data.get("late", ())
        ),
        _rows(data.get("actions", {})),
        _rows(data.get("tell", {}), "ref", "at", "by", "text"),
        {str(of): str(at) for of, at in data.get("told", {}).items()},
        str(data.get("handed", "")),
        {str(handle): tuple(map(str, who)) for handle, who in data.get("groups", {}).items()},
        {str(name): tuple(map(_opening, each)) for name, each in data.get("alerts", {}).items()},
        tuple(map(str, data.get("flappy", ()))),
        _rows(data.get("alerting", {})),
        {str(name): tuple(map(_required, each)) for name, each in data.get("spent", {}).items()},
        findings=_since(_rows(data.get("findings", {}), "text", "ref", "since")),
        planned=_rows(data.get("planned", {}), *PLANNED),
        labels=_rows(data.get("labels", {}), "id"),
        ended=_rows(data.get("ended", {}), "at", "took"),
        shut_in=tuple(map(str, data.get("shut_in", ()))),
        digest=_digest(data.get("digest", {})),
        policy=str(policy[0]),
        policy_since=_time(policy[1]),
        beat=_time(data.get("beat")),
    )


def _rows(found: Mapping[str, Any], *needed: str) -> dict[str, Row]:
    """The rows that are of texts, and have the texts that are ``needed``."""
    return {
        str(key): dict(row)
        for key, row in found.items()
        if isinstance(row, dict)
        and all(isinstance(value, str) for value in row.values())
        and row.keys() >= {*needed}
    }


def _since(rows: Mapping[str, Row]) -> dict[str, Row]:
    """Those that say since when."""
    found: dict[str, Row] = {}
    for name, row in rows.items():
        try:
            found |= {name: row} if _time(row["since"]) else {}
        except (OverflowError, ValueError):
            continue
    return found


def _digest(data: Mapping[str, Any]) -> Row:
    """What is known of digests; nothing where its times are none."""
    try:
        since, until = (_time(str(data.get(name, ""))) for name in ("since", "until"))
    except (OverflowError, ValueError):
        return {}
    if not since or not until:
        return {}
    missing = str(data.get("missing", ""))
    return {"since": since.isoformat(), "until": until.isoformat(), "missing": missing}


def _opened(opened: Opened) -> list[str]:
    return [opened[0].isoformat(), opened[1]]


def _opening(row: list[str]) -> Opened:
    at, ref = row
    return _required(at), str(ref)


def _duty(duty: Duty) -> list[str | None]:
    return [duty.person, duty.since.isoformat() if duty.since else None]


def _required(text: str) -> datetime:
    """Raises ValueError or OverflowError where nobody could reckon with it."""
    at = datetime.fromisoformat(text).astimezone(UTC)
    if not possible(at):
        raise ValueError
    return at


def _time(text: str | None) -> datetime | None:
    return _required(text) if text else None


def on_call_with_last_known(
    before: Dashboard, answer: Mapping[str, Duty | None], now: datetime, away: bool = False
) -> tuple[Dashboard, OnCall]:
    """The pager's answer laid over what was known. While it is ``away`` each role keeps the last
    known person, marked so; an empty schedule is a duty of nobody (P-08)."""
    shifts = dict(before.shifts)
    unknown = set()
    for role, duty in answer.items():
        known = shifts.get(role, ())
        if duty is None and away:
            unknown.add(role)
        elif duty is None:
            if known and known[-1].person:
                shifts[role] = (*known, Duty("", now))[-REMEMBERED:]
        elif not known:
            shifts[role] = (duty,)
        elif known[-1].person != duty.person:
            since = duty.since if duty.since else now
            shifts[role] = (*known, Duty(duty.person, since))[-REMEMBERED:]
    known_roles = {role: shifts[role] for role in answer if role in shifts}
    on_call = OnCall(known_roles, frozenset(unknown))
    return replace(before, shifts=known_roles, unknown=frozenset(unknown)), on_call
