"""The docs as a site: it is built without a warning, and its links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
BUILD = Path(".ci") / "site" / "build"
OUTSIDE = ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY", "tests/scenarios/README")
REPOSITORY = "https://git.example/tools/ima"


def build(root: Path, into: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / BUILD), str(into)]
    environment = {**os.environ, "IMA_REPO_URL": REPOSITORY, "CI_PROJECT_URL": ""}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = build(ROOT, folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def page(site: Path, name: str) -> str:
    return (site / f"{name}.html").read_text("utf-8")


def test_each_page_is_there_and_can_be_found_by_search(site: Path) -> None:
    added = {"index", "changes", "how-to-contribute", "security", "scenario-topics"}
    names = {path.stem for path in (ROOT / "docs").glob("*.md")} | added
    index = (site / "searchindex.js").read_text("utf-8")
    assert [name for name in names if not (site / f"{name}.html").is_file()] == []
    assert [name for name in names if f'"{name}.md"' not in index] == []


def test_every_link_leads_to_a_page_or_to_the_repository(site: Path) -> None:
    for path in site.glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"""["(]nowhere:""", text), path
        for target in re.findall(r'(?:href|src)="([^"#?]+)', text):
            if not re.match("[a-z]+:", target):
                assert (site / unquote(target)).exists(), f"{path.name}: {target}"
    assert f'href="{REPOSITORY}/blob/HEAD/tests/scenarios/' in page(site, "process")


def test_a_page_asks_nothing_of_others(site: Path) -> None:
    for path in site.glob("*.html"):
        loaded = re.findall(r'(?:src|<link[^>]*href)="(https?:[^"]+)"', path.read_text("utf-8"))
        assert loaded == [], path


def test_tables_below_a_remark_of_the_generator_are_tables(site: Path) -> None:
    assert re.search(r"<td><p><code[^>]*><span[^>]*>account</span>", page(site, "gitlab"))
    assert "generated:" not in page(site, "gitlab")


def test_a_link_that_leads_nowhere_is_an_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("broken")
    shutil.copytree(ROOT / BUILD.parent, folder / BUILD.parent)
    (folder / "docs").mkdir()
    (folder / "tests" / "scenarios").mkdir(parents=True)
    for name in OUTSIDE:
        (folder / f"{name}.md").write_text("# A page\n", encoding="utf-8")
    (folder / "docs" / "key.md").write_text(
        "# The key\n\n[Where?](rights.md#none) [What?](no.md)\n"
    )
    (folder / "docs" / "rights.md").write_text("# The rights\n", encoding="utf-8")
    done = build(folder, folder / "site")
    assert done.returncode != 0
    told = [line for line in done.stderr.splitlines() if "key.md:3: WARNING" in line]
    assert len(told) == 2
