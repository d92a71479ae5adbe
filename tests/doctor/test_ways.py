"""Each line that the doctor may print stands among the ways to be green and dead, and the other way
round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/doctor.md").read_text("utf-8").partition("## What it cannot see")[0]
_MADE = re.compile(r'(?:\b(?:ok|todo|failed|refusal|Line)\(|_or_failure\(|_found\()\s*"([^"]+)"')
_NAMED = re.compile(r'^\s*(?:_ABOUT|about)(?:, \w+)* = (?:"([^"]+)"|_ABOUT)', re.MULTILINE)
BY_ROLE = {"a line for each role: pager eoc"}  # its name is made of the role's


def abouts() -> Iterator[str]:
    files = [*(ROOT / "automation/doctor").glob("*.py")]
    files += [*(ROOT / "automation/cli").glob("doctor*.py")]
    for file in files:
        text = file.read_text("utf-8")
        yield from _MADE.findall(text)
        yield from filter(None, _NAMED.findall(text))


def test_each_line_of_the_doctor_is_on_the_page_of_ways_to_be_dead() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "it looks" not in line]
    named = {each for row in rows for each in row.rstrip(" |").rpartition("| ")[2].split(", ")}
    found = set(abouts())
    assert len(found) > 50
    assert found == named - BY_ROLE
