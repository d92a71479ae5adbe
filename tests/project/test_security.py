"""SECURITY.md: each line of the threat model names a test, and that test is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy import api as mypy

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


OUTPUT = """
from automation.model.incident import Incident
from automation.model.secrecy import tellable

def row(incident: Incident) -> str:
    told = tellable(incident)
    return told.title if told else incident.{field}
"""


@pytest.mark.parametrize(("field", "problems"), [("title", 1), ("owner or ''", 1), ("ref", 0)])
def test_an_output_that_takes_a_confidential_incident_is_refused(
    tmp_path: Path, field: str, problems: int
) -> None:
    """By mypy, with `tests/confidential_reads.py`: any file of ours but those that it names."""
    new, here = tmp_path / "output.py", "automation/writing/text_style.py"
    new.write_text(OUTPUT.replace("{field}", field), "utf-8")
    strict = ["--strict", "--no-error-summary", "--cache-dir=/dev/null"]
    made = mypy.run([*strict, "--shadow-file", here, str(new), here])
    assert made[0].count("take a Tellable") == made[0].count("error:") == problems, made


def test_only_one_file_says_what_may_be_told() -> None:
    made = re.compile(r"\bTellable(?:Issue)?\(")
    files = (ROOT / "automation").rglob("*.py")
    found = [str(f.relative_to(ROOT)) for f in files if made.search(f.read_text(encoding="utf-8"))]
    assert found == ["automation/model/secrecy.py"]


def test_what_would_be_done_is_told_by_few_files() -> None:
    """Each asks first whether the issue is confidential, or tells it on the issue's own card; a
    scenario is nobody's secret."""
    told = re.compile(r"\b(?:change|each|before|after)\.describe\((?:words|\w+\.)|change\.row\(")
    files = (ROOT / "automation").rglob("*.py")
    found = {str(f.relative_to(ROOT)) for f in files if told.search(f.read_text(encoding="utf-8"))}
    assert found == {
        *(f"automation/planning/{name}.py" for name in "next_effects past plan preview".split()),
        "automation/scenarios/mismatch.py",
        "automation/writing/plan_text.py",
    }


def test_one_file_has_the_words_for_what_is_confidential() -> None:
    """Of a confidential incident every output says what `automation/model/secrecy.py` gives it."""
    words = re.compile(r"""["']\(confidential\)|["']kind["']: ["']confidential["']""")
    files = (ROOT / "automation").rglob("*.py")
    found = [str(f.relative_to(ROOT)) for f in files if words.search(f.read_text(encoding="utf-8"))]
    assert found == ["automation/model/secrecy.py"]
