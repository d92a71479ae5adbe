"""Whatever a command answers a program is one object, that says its form, with real times and
booleans (docs/json.md)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import click
import pytest

from automation.cli.command_group import ima as commands
from automation.model.issue import Draft
from automation.times.json_answer import json_answer
from automation.trackers.local.tracker import LocalTracker
from tests.payloads import an_alert, single_alert

from .conftest import POLICY, Ima

SCENARIO = """\
scenario: Nothing happens
source: P-49
start: 2026-03-02T12:00:00Z
steps:
  - {after: 1m, expect: nothing}
"""
LINES = {  # of each command that has answers for programs, how it says most
    "oncall": ("oncall",),
    "board": ("board",),
    "declare": ('declare "Disk full" --severity S3 --service git',),
    "report": ('report "Pushes hang"',),
    "near-miss": ('near-miss "Wrong host" --severity S2',),
    "maintenance": ('maintenance "Switches" --from "2026-03-20 22:00" --to 23:30',),
    "drill": ('drill "Data centre lost"',),
    "alert": ("alert alert.json",),
    "plan": ("plan", "plan --issue 1"),
    "apply": ("apply",),
    "explain": ("explain 1", "explain 2", "explain 3"),
    "show": ("show 1",),
    "gone": ("gone 99",),
    "gate": ("gate",),
    "slo": ("slo",),
    "stats": ("stats",),
    "digest": ("digest",),
    "handbook": ("handbook", "handbook book.md"),
    "site": ("site public",),
    "mirror": ("mirror copy",),
    "replay": ("replay outage.db",),
    "preview": ("preview --base installed --days 7",),
    "test": ("test one.yml",),
    "check": ("check",),
    "policy show": ("policy show",),
    "labels sync": ("labels sync --check", "labels sync"),
    "doctor": ("doctor",),
}
# What a template is given, what the policy says, as it says it, and an hour of any day.
WORDS = ("note", "policy", "hour")
_TIME = re.compile(r"\d\d:\d\d|\d{1,2} [A-Z][a-z]{2}\b|\d{4}-\d\d-\d\d ")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d))?")


def with_json(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Each command that has answers for programs, as it is typed."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            assert each
            yield from with_json(each, (*path, name))
    for option in command.params:
        if path and isinstance(option.type, click.Choice) and "json" in option.type.choices:
            yield " ".join(path)


def wrong(value: Any, path: str = "") -> Iterator[str]:
    """Where a time or a boolean is written in words."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in WORDS:
                yield from wrong(each, f"{path}.{key}")
    elif isinstance(value, list):
        for each in value:
            yield from wrong(each, f"{path}[]")
    elif isinstance(value, str):
        time = _TIME.match(value) and not _ISO.fullmatch(value)
        if time or value.lower() in ("yes", "no", "true", "false"):
            yield f"{path}: {value}"


def test_each_answer_is_an_object_with_its_form_and_real_times_and_booleans(ima: Ima) -> None:
    assert {*with_json(commands)} == LINES.keys(), "what does a new command answer a program?"
    ima.policy(
        POLICY.replace("  imoc: {on_call: ian}", f"  imoc: {ROTA}") + "limits: {changes: 200}\n"
    )
    alert = an_alert(single_alert("DiskFull"))
    (ima.folder / "alert.json").write_text(json.dumps(alert), encoding="utf-8")
    (ima.folder / "one.yml").write_text(SCENARIO, encoding="utf-8")
    _live(ima)
    path, project = ima.folder / "outage.db", "acme/production"
    with closing(LocalTracker(path, project=project, clock=lambda: ima.now)) as there:
        there.acting("rita").open(Draft("Tracker away", "", ("Incident", "S2")))
    for line in (line for lines in LINES.values() for line in lines):
        done = ima(shlex.split(f"{line} --format json"))
        assert done.code != 2, f"{line}: {done.err}"
        data = json.loads(done.out)
        assert isinstance(data, dict), line
        assert data["format"] == 1, line
        assert list(wrong(data)) == [], line


ROTA = '{rota: {who: [ian, mia], from: "2026-02-16T09:00 UTC", every: 7d}}'


def _live(ima: Ima) -> None:
    """A public incident with all that has a time; a review that is late; planned work."""
    ima('declare "Pushes fail" --severity S1 --service git')
    ima('maintenance "Cables" --from "2026-03-12 22:00" --to 23:30')
    ima('near-miss "Wrong place" --severity S1 --owner erin')
    said = (
        ("1", "erin", '/ima status "Service Disruption"'),
        ("2", "ian", "/ima maintenance confirm"),
        ("1", "ian", "/ima publish Pushes fail. We are on it."),
        ("1", "ian", "/ima need @mia knows the disks"),
        ("1", "ian", "/ima waive unacknowledged they sit here until 2026-03-19"),
        ("1", "ian", "/ima action Rotate the disks @mia"),
    )
    for issue, who, text in said:
        ima.after(1)
        ima(["say", issue, text, "--as", who])
    ima("apply --allow-many")
    ima.after(60 * 24 * 9)
    ima("apply --allow-many")


def test_a_time_is_that_of_the_instant_in_utc_and_a_day_is_a_day() -> None:
    berlin = datetime(2026, 3, 2, 13, 31, 5, 900, tzinfo=timezone(timedelta(hours=1)))
    told = json_answer({"at": berlin, "due": date(2026, 3, 9), "format": 7})
    assert json.loads(told) == {"at": "2026-03-02T12:31:05Z", "due": "2026-03-09", "format": 1}
    assert json_answer({"at": berlin.astimezone(UTC)}) == json_answer({"at": berlin})


@pytest.mark.parametrize("value", [datetime(2026, 3, 2, 12), object()])
def test_what_is_no_time_is_not_written_as_one(value: object) -> None:
    with pytest.raises(TypeError):
        json_answer({"at": value})
