"""Every command's help shows an example, and every example runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import click
import pytest

from automation.cli.command_group import ima as group
from automation.cli.options import CommandWithExamples
from tests.payloads import an_alert

from .conftest import Ima

OURS = {"demo", "test"}  # written elsewhere


def commands(of: click.Group, *names: str) -> Iterator[tuple[str, CommandWithExamples]]:
    context = click.Context(of)
    for name in of.list_commands(context):
        found = of.get_command(context, name)
        if name in OURS or not isinstance(found, CommandWithExamples):
            continue
        yield " ".join([*names, name]), found
        if isinstance(found, click.Group):
            yield from commands(found, *names, name)


ALL = [("", group), *commands(group)]


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name or "ima" for name, _ in ALL])
def test_the_help_ends_with_examples_that_run(
    ima: Ima, name: str, command: CommandWithExamples
) -> None:
    told = ima(f"{name} --help")
    assert told.code == 0
    assert command.examples
    assert told.out.rstrip().endswith(command.examples[-1])
    ima('declare "API down" --severity S3')
    with closing(sqlite3.connect(ima.folder / ".ima" / "incidents.db")) as kept:
        kept.execute("VACUUM INTO ?", [str(ima.folder / "outage.db")])
    (ima.folder / "alert.json").write_text(json.dumps(an_alert()), encoding="utf-8")
    for example in command.examples:
        assert example in told.out
        done = ima(example.removeprefix("ima "))
        assert done.code == 0, done.err


def test_every_command_has_the_common_options() -> None:
    for name, command in ALL:
        if isinstance(command, click.Group) and name:
            continue
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--policy", "--tracker", "--verbose", "-v", "--quiet", "-q"} <= options, name
