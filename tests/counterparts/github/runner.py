"""What GitHub's runner obeys in the output of a step, as `ActionCommand` of its source does.

First `::name key=value,key=value::data` at the beginning of a line, after any white space; else
`##[name key=value;key=value]data` anywhere in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NAMES = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice",
    "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
}  # fmt: skip
SHOWN = 10  # marks of each level in a step
SUMMARY_LIMIT = 1024 * 1024  # bytes; of a longer summary nothing is shown


@dataclass(frozen=True)
class Obeyed:
    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


def obeyed(output: str) -> list[Obeyed]:
    """The commands in it. After ``stop-commands`` there are none until its word comes back."""
    found: list[Obeyed] = []
    stopped = ""
    for line in re.split(r"\r\n|\r|\n", output):
        one = _second_form(line) or _first_form(line)
        if stopped:
            stopped = "" if one and one.name == stopped else stopped
        elif one and one.name in NAMES:
            found.append(one)
            stopped = one.data if one.name == "stop-commands" else ""
    return found


def _second_form(line: str) -> Obeyed | None:
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    return _read(line[2:end], line[end + 2 :], ",")


def _first_form(line: str) -> Obeyed | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    return _read(line[start + 3 : end], line[end + 1 :], ";")


def _read(head: str, data: str, between: str) -> Obeyed:
    name, _, rest = head.partition(" ")
    pairs = (pair.partition("=") for pair in rest.split(between) if "=" in pair)
    said = {key.strip(): _plain(value, True) for key, _, value in pairs}
    return Obeyed(name.strip().lower(), _plain(data, False), said)


def _plain(text: str, in_property: bool) -> str:
    codes = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}
    for code, character in codes.items():
        if in_property or code in ("%0D", "%0A"):
            text = text.replace(code, character)
    return text.replace("%25", "%")
