"""SECURITY.md: each line of the threat model names a test, and that test is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "| at most |" not in line]
NAMED = re.findall(r"`(tests/[\w/.:-]+\.(?:yml|py::\w+))`", PAGE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_each_line_names_a_test(row: str) -> None:
    assert re.search(r"`tests/[\w/.:-]+\.(?:yml|py::\w+)`", row.split("|")[3])


@pytest.mark.parametrize("named", NAMED)
def test_the_test_is_there(named: str) -> None:
    file, _, function = named.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not function or f"\ndef {function}(" in text


def test_the_readme_leads_there() -> None:
    assert "(SECURITY.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_one_file_has_the_words_for_what_is_confidential() -> None:
    """Of a confidential incident every output says what `automation/model/secrecy.py` gives it."""
    words = re.compile(r"""["']\(confidential\)|["']kind["']: ["']confidential["']""")
    files = (ROOT / "automation").rglob("*.py")
    found = [str(f.relative_to(ROOT)) for f in files if words.search(f.read_text(encoding="utf-8"))]
    assert found == ["automation/model/secrecy.py"]
