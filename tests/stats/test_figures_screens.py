"""The page of figures in a browser: on a phone and on a desk, by day and by night."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import Browser
from tests.site.test_screens import (
    AXE,
    DESK,
    PHONE,
    WRONG,
    screen_mistakes,
    shown,
    validated,
)
from tests.stats.sample_figures import SAMPLES, write_figures

SCREENS = (
    ("people", PHONE, "light"),
    ("people", PHONE, "dark"),
    ("people", DESK, "light"),
    ("people", DESK, "dark"),
    ("hostile", PHONE, "dark"),
    ("hostile", DESK, "light"),
    ("quiet", PHONE, "light"),
)
CHARTS = "[...document.querySelectorAll('svg.chart')].map((each) => [...each.querySelectorAll("
BARS = f"{CHARTS}'.series rect, .series circle')].length)"
WORDS = f"""{CHARTS}'text')].map((word) => {{
  const of = word.getBoundingClientRect(), all = each.getBoundingClientRect();
  return of.left < all.left - 1 || of.right > all.right + 1 ? word.textContent : "";
}}).filter(Boolean)).flat()"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample figures, each in a folder below."""
    place = tmp_path_factory.mktemp("figures")
    for name in SAMPLES:
        write_figures(name, place / name)
    return place


@pytest.mark.needs("Chromium", "axe-core")
def test_everybody_can_read_them_on_any_screen(folder: Path) -> None:
    wrong: dict[str, list[str]] = {}
    axe = AXE.read_text("utf-8")
    with Browser() as browser:
        for name, width, look in SCREENS:
            seen = shown(browser, folder / name / "index.html", width, look)
            found = [*screen_mistakes(seen, width, look), *browser.run(WORDS)]
            if (name, width) in (("people", PHONE), ("quiet", PHONE)):
                browser.run(axe)
                found += browser.run(WRONG)
            wrong |= {f"{name} {width} {look}": found} if found else {}
        assert wrong == {}
        shown(browser, folder / "people" / "index.html", DESK, "light")
        bars = browser.run(BARS)
        assert len(bars) == 11
        assert min(bars) > 1, "a chart is empty"
        ours = folder.as_uri()
        assert [each for each in browser.requests if not each.startswith(ours)] == []
        assert browser.complaints == []


@pytest.mark.needs("html-validate")
def test_their_html_is_valid(folder: Path) -> None:
    assert validated(*(str(folder / name / "index.html") for name in SAMPLES)) == []
