"""What the text of a maintenance issue says: from when to when, on which services. Pure.

It is the text of a form (a heading, and below it what somebody filled in) or lines that people
write: "From: 2026-03-02 22:00". What cannot be read is as not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from automation.model.maintenance import Window
from automation.policy.policy import Service
from automation.text.markdown import visible
from automation.times.moments import two_moments

_LENGTH_READ = 20_000  # characters of the text that are looked at
_FROM = ("from", "start", "starts", "start time", "begin", "begins", "planned start")
_TO = ("to", "until", "till", "end", "ends", "end time", "planned end")
_SERVICES = ("service", "services", "affected services", "affects", "affected")
_WHEN = ("when", "window", "time", "times", "maintenance window")
_FIELD = re.compile(
    r"[\s#>*_`|+-]*"
    rf"(?P<name>{'|'.join(sorted((*_FROM, *_TO, *_SERVICES, *_WHEN), key=len, reverse=True))})"
    r"(?:\s*\([^()\n]{0,60}\))?[\s*_`]*(?P<mark>[:|=]|$|\s)[\s*_`|]*(?P<value>.*)",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[,;/\n*]|\band\b|\s-\s")


def said_window(
    body: str, labelled: Iterable[str], services: Mapping[str, Service]
) -> Window | None:
    """The window that ``body`` says; ``labelled`` are services that its labels name."""
    fields = _fields(visible(body[:_LENGTH_READ]))
    span = two_moments(f"{fields.get('from', '')} to {fields.get('to', '')}")
    span = span or two_moments(fields.get("when", ""))
    if span is None:
        lines = visible(body[:_LENGTH_READ]).splitlines()
        span = next(filter(None, map(two_moments, lines)), None)
    if span is None:
        return None
    named = dict.fromkeys((*labelled, *_services_named(fields.get("services", ""), services)))
    return Window(*span, tuple(sorted(named)))


def _fields(text: str) -> dict[str, str]:
    """What is filled in for each field, the first time that it is."""
    found: dict[str, str] = {}
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines):
        if not (field := _FIELD.fullmatch(line)):
            continue
        if (name := _field_of(field["name"].lower())) in found:
            continue  # its lines below are not read again and again
        value = field["value"].strip()
        if not value:
            value = " ".join(_lines_below(lines[number + 1 :]))
        elif field["mark"].isspace() and not any(map(str.isdigit, value)):
            continue  # a sentence that begins with the word
        found[name] = value
    return found


def _lines_below(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a field: up to an empty line or the next heading."""
    begun = False
    for line in lines:
        if line.startswith("#") or (begun and not line):
            return
        begun = begun or bool(line)
        if line:
            yield line


def _field_of(name: str) -> str:
    kinds = (("from", _FROM), ("to", _TO), ("services", _SERVICES), ("when", _WHEN))
    return next(kind for kind, names in kinds if name in names)


def _services_named(text: str, services: Mapping[str, Service]) -> Iterator[str]:
    """The policy's names of the services that a text lists by name or component."""
    parts = _SEPARATOR.split(text)
    words = {" ".join(part.split()).strip(" -*`_.").casefold() for part in parts}
    for name, service in services.items():
        if {name.casefold(), service.component.casefold()} & words:
            yield name
