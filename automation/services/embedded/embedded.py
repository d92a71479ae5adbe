"""The services that need no account: rotas from the policy, a log, Markdown files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import SEEK_END
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from automation.errors import ServiceError
from automation.model.alerts_seen import ADOPTED, name_of_page
from automation.model.issue import ENDS, Ack, Did, Duty, Paper
from automation.model.status_page import Abilities, Notice, PageIncident, PageMessage
from automation.policy.policy import Policy, Rota
from automation.services import ChatAbilities, DocumentAbilities, PagerAbilities, Theirs, nobodys
from automation.services.duties import Teams, duty_of, no_teams
from automation.text.chat_text import unmarked

Clock = Callable[[], datetime]
_FIELDS_OF_POST = ("state", "status", "text")


class Outbox:
    """Pages, announcements and other entries as JSON lines in one file, the oldest first."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._lines: list[dict[str, Any]] = []  # where there is no file
        self._keys: set[tuple[str, str]] = set()  # kind and key of each entry that `has` has read
        self._read = 0  # bytes of the file so far

    def add(self, kind: str, **values: str) -> None:
        """Append an entry, in one write, so that several processes may append. Raises
        ServiceError."""
        entry = {"at": self._clock().isoformat(), "kind": kind, **values}
        if self._path is None:
            self._lines.append(entry)
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab+") as file:
                file.write(_end_of_broken_line(file) + json.dumps(entry).encode() + b"\n")
        except OSError as error:
            raise ServiceError(
                f"outbox: writing to {self._path} failed: {error.strerror}",
                "make the folder writable, or name another file",
            ) from error

    def entries(self, *kinds: str) -> Iterator[dict[str, Any]]:
        """The entries of these kinds. A line that a killed run left half written is passed over."""
        entries: Iterable[Any] = self._lines
        if self._path is not None:
            entries = map(_entry_of, self._bytes_from(0).splitlines())
        yield from (entry for entry in entries if entry and entry.get("kind") in kinds)

    def has(self, kind: str, key: str) -> bool:
        """Is there such an entry? Of a file each is read once, however often this is asked: it is
        only appended to."""
        if self._path is None:
            return any(entry.get("key") == key for entry in self.entries(kind))
        self._keys.update((str(entry.get("kind")), str(entry.get("key"))) for entry in self._new())
        return (kind, key) in self._keys

    def _new(self) -> Iterator[dict[str, Any]]:
        """What was appended since this was last asked, as far as it is written."""
        for line in self._bytes_from(self._read).splitlines(keepends=True):
            entry = _entry_of(line)
            if entry is None and not line.endswith(b"\n"):
                return
            self._read += len(line)
            if entry:
                yield entry

    def _bytes_from(self, start: int) -> bytes:
        """The file from this byte on; nothing where there is none."""
        assert self._path is not None
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                return file.read()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise ServiceError(
                f"outbox: reading {self._path} failed: {error.strerror}",
                "make the file readable, or name another one",
            ) from error


def _entry_of(line: bytes) -> dict[str, Any] | None:
    """The entry in a line; None where it holds none."""
    try:
        entry = json.loads(line.decode(errors="replace"))
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _end_of_broken_line(file: BinaryIO) -> bytes:
    """The line feed that is missing where a killed run has left a line half written; else
    nothing."""
    if file.seek(0, SEEK_END) == 0:
        return b""
    file.seek(-1, SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


class PolicyPager:
    """Who is on call comes from the policy (a person or a rota); pages go to the outbox."""

    can: ClassVar = PagerAbilities(
        schedules=False, wakes=False, goes_on=False, answers=False, given_on=False
    )

    def __init__(self, policy: Policy, outbox: Outbox, teams: Teams | None = None) -> None:
        self._roles, self._outbox, self._teams = policy.roles, outbox, teams or no_teams

    def on_call(self, now: datetime) -> dict[str, Duty | None]:
        """The person of each role, by name or by the turn of its rota."""
        return {name: duty_of(role, now, self._teams) for name, role in self._roles.items()}

    def page(self, role: str, person: str, key: str, text: str) -> str:
        """Write the page down, once for each key; it needs no other name."""
        if not self._outbox.has("page", key):
            self._outbox.add("page", role=role, person=person, key=key, text=text)
        return ""

    def acks(self, pages: Mapping[str, str]) -> dict[str, list[Ack]]:
        """What the methods below have written down of these pages."""
        wanted: dict[str, list[str]] = {}
        for key in pages:
            wanted.setdefault(name_of_page(key), []).append(key)
        acks: dict[str, list[Ack]] = {}
        kinds = [*_DONE_BY_ENTRY]  # of two things at one time the first of these comes first
        entries = sorted(self._outbox.entries(*kinds), key=lambda each: kinds.index(each["kind"]))
        for entry in entries:
            at, did = datetime.fromisoformat(str(entry["at"])), _DONE_BY_ENTRY[entry["kind"]]
            ack = Ack(str(entry.get("person", "")), at.astimezone(UTC), did)
            for key in wanted.get(str(entry.get("key")), ()):
                acks.setdefault(key, []).append(ack)
        return {key: first_of_each(each) for key, each in acks.items()}

    def hush(self, pages: Mapping[str, str], others: Theirs = nobodys) -> None:
        """It calls once, and goes on to nobody."""

    def end(self, pages: Mapping[str, str], text: str, others: Theirs = nobodys) -> None:
        """Write down that these pages are over."""
        ended = {name_of_page(str(each["key"])) for each in self._outbox.entries("page ended")}
        for key in pages:
            if (name := name_of_page(key)) not in ended:
                ended.add(name)
                self._outbox.add("page ended", key=key, text=text)

    def logins(self, people: Iterable[str]) -> dict[str, str]:
        """Of those whom `trigger` has written down: they are called by their logins here. Of
        others `people` of the policy says who is who."""
        entries = [*self._outbox.entries("triggered")] if people else []
        known = {str(entry[name]) for entry in entries for name in ("person", "by")}
        return {person: person for person in people if person in known}

    def trigger(self, service: str, title: str, person: str, by: str) -> str:
        """Open an incident of the pager's own, which calls ``person``; returns its id."""
        number = f"P{len(list(self._outbox.entries('triggered'))) + 1:06}"
        self._outbox.add("triggered", key=f"{ADOPTED}{number}", title=title, person=person, by=by)
        return number

    def acknowledge(self, key: str, person: str) -> None:
        """A person acknowledges the page, as on their telephone."""
        self._outbox.add("ack", key=name_of_page(key), person=person)

    def snooze(self, key: str, person: str) -> None:
        """A person puts the page off."""
        self._outbox.add("snoozed", key=name_of_page(key), person=person)

    def resolve(self, key: str, person: str) -> None:
        """A person resolves the page, so that it calls nobody any more. Without a ``person`` the
        pager has ended it by itself, which is not written down."""
        if person:
            self._outbox.add("page resolved", key=name_of_page(key), person=person)

    def reassign(self, key: str, by: str, person: str) -> None:
        """``by`` gives the page to another person."""
        self._outbox.add("reassigned", key=name_of_page(key), by=by, person=person)

    def pass_on(self, key: str, person: str) -> None:
        """The pager itself passes a page that nobody has acknowledged on to the next person."""
        if not self._outbox.has("ack", name_of_page(key)):
            self._outbox.add("passed", key=name_of_page(key), person=person)


_DONE_BY_ENTRY: dict[str, Did] = {  # what became of the page, by the entry
    "ack": "acknowledged",
    "snoozed": "snoozed",
    "page resolved": "resolved",
    "reassigned": "reassigned",
    "passed": "passed",
}


def first_of_each(acks: Iterable[Ack]) -> list[Ack]:
    """Of each person and act the first one, the oldest first."""
    first: dict[tuple[str, str], Ack] = {}
    for ack in sorted(acks, key=lambda ack: ack.at):
        first.setdefault((ack.person, ack.did), ack)
    return list(first.values())


def next_turn(rota: Rota, now: datetime) -> datetime:
    """When the next turn of a rota begins."""
    zone, start = rota.start.tzinfo, rota.start.replace(tzinfo=None)
    if now < rota.start:
        return rota.start.astimezone(UTC)
    turn = (now.astimezone(zone).replace(tzinfo=None) - start) // rota.every.length
    begins = start + (turn + 1) * rota.every.length
    return begins.replace(tzinfo=zone).astimezone(UTC)


class LogChat:
    """Announcements, messages and groups go to the outbox."""

    can = ChatAbilities(finds=True, tells_once=True, reaches=False)

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def post(self, channel: str, text: str, key: str) -> str:
        """Write the announcement down, once for each key; it needs no other name."""
        if not self._outbox.has("announcement", key):
            self._outbox.add("announcement", channel=channel, key=key, text=unmarked(text))
        return ""

    def update(self, channel: str, text: str, key: str, at: str) -> None:
        """Write down what the announcement says now."""
        self._outbox.add("announcement changed", channel=channel, key=key, text=unmarked(text))

    def reply(self, channel: str, at: str, text: str, key: str, of: str = "") -> None:
        """Write down the reply to an announcement, once for each key."""
        if not self._outbox.has("reply", key):
            self._outbox.add("reply", channel=channel, key=key, of=of, text=unmarked(text))

    def change_replies(self, channel: str, at: str, text: str, of: str) -> None:
        """Write down what the replies say now."""
        self._outbox.add("replies changed", channel=channel, of=of, text=unmarked(text))

    def tell(self, person: str, text: str, key: str) -> None:
        """Write the message down, once for each key."""
        if not self._outbox.has("message", key):
            self._outbox.add("message", person=person, key=key, text=unmarked(text))

    def set_group(self, handle: str, people: Iterable[str]) -> None:
        """Write down who the group is now."""
        self._outbox.add("group", handle=handle, people=" ".join(people))


class SitePage:
    """The status page that `ima site` makes from the cards; here posts are only written down."""

    can = Abilities()

    def __init__(self, outbox: Outbox, project: str = "") -> None:
        self._outbox, self._project = outbox, project

    def find(self, notice: Notice) -> PageIncident | None:
        """What was written down of the issue since it was last over."""
        key = self._project + notice.ref
        said: list[PageMessage] = []
        for entry in self._outbox.entries("publication"):
            if entry.get("incident") == key:
                said = [] if said and said[-1].state in ENDS else said
                said.append(PageMessage(*(str(entry.get(name, "")) for name in _FIELDS_OF_POST)))
        if not said:
            return None
        return PageIncident("", ref=notice.ref, over=said[-1].state in ENDS, said=tuple(said))

    def create(self, notice: Notice) -> str:
        """Write the post down. A post that opens and ends it at once is written by `resolve`."""
        if not notice.post.final:
            self._add(notice)
        return ""

    def update(self, shown: str, notice: Notice) -> None:
        self._add(notice)

    def resolve(self, shown: str, notice: Notice) -> None:
        self._add(notice)

    def permalink(self, shown: str) -> str:
        return ""

    def active(self) -> tuple[PageIncident, ...]:
        return ()  # it is made from the cards, so it says what they say

    def overall(self) -> str:
        return ""

    def _add(self, notice: Notice) -> None:
        post, key = notice.post, self._project + notice.ref
        shown = {name: getattr(post, name) for name in _FIELDS_OF_POST}
        name = " ".join([key, post.at.isoformat(), *shown.values()])
        passed_on = " ".join(post.broadcast)
        self._outbox.add("publication", key=name, incident=key, broadcast=passed_on, **shown)


class FileDocuments:
    """Documents as Markdown files of one folder."""

    can: ClassVar = DocumentAbilities(links=False, shares=False)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, paper: Paper) -> str:
        """Write the file unless it is there; returns its path."""
        name = "".join(c if c.isalnum() else "-" for c in paper.key).strip("-").lower()
        path = self._folder / f"{name}.md"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(paper.text)
        except FileExistsError:
            pass
        except OSError as error:
            raise ServiceError(
                f"documents: writing {path} failed: {error.strerror}",
                "make the folder writable, or set `documents: {kind: files, path: …}`",
            ) from error
        return str(path)
