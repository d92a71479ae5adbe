"""Planned work as a calendar that people subscribe to (RFC 5545). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from automation.model.maintenance import CANCELLED
from automation.site.site import PublicIncident, Site

_LONGEST_LINE = 75  # bytes, without its end (RFC 5545, 3.1)


def calendar(site: Site, works: Iterable[PublicIncident], of: str = "") -> str:
    """The works that have a window; ``of``: the service that the calendar is about, if one."""
    name = f"{site.about.title}: maintenance" + (f" of {of}" if of else "")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//IMA//Status site//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        *(line for work in works for line in _event(site, work)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for folded in map(_folded, lines))


def _event(site: Site, work: PublicIncident) -> Iterator[str]:
    """One piece of work. Its identifier stays, and its sequence grows with each post, so that a
    calendar moves what was moved."""
    if work.window is None:
        return
    start, end = work.window.start, work.window.end
    called_off = work.now.state == CANCELLED
    if work.ended and start < work.ended < end:
        end = work.ended
    yield "BEGIN:VEVENT"
    yield f"UID:{work.id.removeprefix('urn:uuid:')}"
    yield f"DTSTAMP:{_time(work.now.at)}"
    yield f"LAST-MODIFIED:{_time(work.now.at)}"
    yield f"SEQUENCE:{len(work.updates) - 1}"
    yield f"DTSTART:{_time(start)}"
    yield f"DTEND:{_time(end)}"
    yield f"STATUS:{'CANCELLED' if called_off else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield f"SUMMARY:{_text(f'{site.about.title}: {work.title}')}"
    said = "\n".join(line for update in work.updates for line in update.text)
    yield f"DESCRIPTION:{_text(said)}"
    if site.about.address:
        yield f"URL:{site.about.address}{work.page}"
    yield "END:VEVENT"


def _time(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(said: str) -> str:
    """A text in which nothing ends the line or the value (RFC 5545, 3.3.11)."""
    return re.sub(r"([\\;,])", r"\\\1", said).replace("\n", r"\n")


def _folded(line: str) -> str:
    """The line in pieces that are short enough, none of which cuts a character in two."""
    pieces, now, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > _LONGEST_LINE:
            pieces.append(now)
            now, size = " ", 1
        now, size = now + character, size + width
    return "\r\n".join([*pieces, now])
