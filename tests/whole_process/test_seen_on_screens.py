"""What people see of some incidents (`tests/golden/seen`), on a phone, in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from automation.writing.picture import picture_of
from tests.browser import Browser
from tests.gallery import PHONE, SEEN, markdown_page, part_seen
from tests.writing.test_review_story import CTX, after, incident

HIGH = 844
WIDE = """
[...document.querySelectorAll("table, pre")].filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => each.innerText.slice(0, 200))
"""
BELOW = """
Object.fromEntries([...document.querySelectorAll("tr")].map(
  (row) => [row.cells[0].innerText.trim(), row.getBoundingClientRect().bottom]))
"""
DRAWN = """
window.drawn.then(() => [document.querySelectorAll("rect.task, .milestone").length,
  [...document.querySelectorAll("text.sectionTitle")].map((each) => each.textContent),
  document.querySelectorAll("svg [onload], svg script, svg a, svg image").length])
"""


def parts() -> Iterator[tuple[str, str]]:
    for path in sorted(SEEN.glob("*.md")):
        for head in re.findall(
            r"^\*(The card|The review|The dashboard)", path.read_text("utf-8"), re.M
        ):
            yield path.stem, head


@pytest.mark.needs("Chromium", "mermaid")
def test_nothing_is_wider_than_a_phone_and_the_card_begins_with_what_to_do(tmp_path: Path) -> None:
    looked = 0
    with Browser() as browser:
        browser.look(PHONE, HIGH)
        for scenario, part in parts():
            where = f"{scenario}: {part}"
            browser.open(markdown_page(partial(part_seen, scenario, part), "page", tmp_path))
            browser.run("window.drawn")
            assert browser.run(WIDE) == [], where
            if part == "The card":
                rows = browser.run(BELOW)
                first = [rows[name] for name in ("Owner", "State", "To do") if name in rows]
                looked += bool(first)  # planned work has other rows
                assert max(first, default=0) < HIGH * 0.7, f"{where}: the forge needs the rest"
                assert rows.get("Next", 0) < HIGH, where
        assert all(url.startswith("file:") for url in browser.requests)
    assert looked > 8


HOSTILE = (
    "erin",
    "a:b,c;d#e%%f",
    '"><img src=x onerror=alert(1)>',
    "click x href javascript:alert(1)",
    "section Other",
    "end",
    "done, crit, active",
    "%%{init: {}}%%",
    "état 面 🙂 #35;",
)


@pytest.mark.needs("Chromium", "mermaid")
def test_mermaid_draws_the_picture_whoever_took_part(tmp_path: Path) -> None:
    """The program that both forges draw it with."""
    here = [after(5 + n, who=who, role="eoc", by=who) for n, who in enumerate(HOSTILE)]
    paged = [after(n, "paged", who=who, role="eoc") for n, who in enumerate(HOSTILE)]
    text = partial(picture_of, incident(*here, *paged), CTX)
    with Browser() as browser:
        browser.look(PHONE, HIGH)
        browser.open(markdown_page(text, "page", tmp_path))
        drawn, sections, active = browser.run(DRAWN)
    assert drawn == text().count(" :") > 2 * len(HOSTILE)
    assert sections == ["State", "Here", "Paged"]
    assert active == 0
