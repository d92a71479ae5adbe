"""The status site as people see it: in a browser, on a phone and on a desk, by day and by night.

One browser looks at all: to start it costs more than to look.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser
from tests.counterparts.github import node
from tests.site.sample_sites import SERVICES, sample_sites, write_site

PHONE, DESK, HIGH = 390, 1280, 844
LOOKS = {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 24, 28)"}  # what lies behind the text
PAGES = (  # one of each kind, where it has most on it
    "down/incidents/7.html",
    "twelve services/index.html",
    "twelve services/services/mail.html",
    "twelve services/history.html",
    "twelve services/history/2026-02.html",
    "words/index.html",
    "words/subscribe.html",
    "right to left/services/search.html",
    "maintenance/index.html",
    "young/index.html",
    "no services/index.html",
)
AXE = node.PACKAGES / "axe-core/axe.min.js"
SCREEN = """
(() => {
  const seen = document.querySelector(".banner")?.getBoundingClientRect();
  return {
    width: document.documentElement.scrollWidth,
    behind: getComputedStyle(document.body).backgroundColor,
    banner: seen ? seen.bottom : 0,
    said: document.querySelector(".banner")?.innerText ?? "",
    pictures: [...document.images].every((each) => each.naturalWidth > 0),
  };
})()
"""
WRONG = """
axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map(
  (each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample sites, each in a folder below."""
    place = tmp_path_factory.mktemp("sites")
    for name, site in sample_sites().items():
        write_site(site, place / name)
    return place


def shown(browser: Browser, path: Path, width: int, look: str) -> dict[str, Any]:
    browser.look(width, HIGH, look)
    browser.open(path)
    seen: dict[str, Any] = browser.run(SCREEN)
    return seen


def screen_mistakes(seen: dict[str, Any], width: int, look: str) -> Iterator[str]:
    if seen["width"] > width:
        yield f"{seen['width']} px wide on a screen of {width}"
    if seen["behind"] != LOOKS[look]:
        yield f"{seen['behind']} behind the text, in the {look} look"
    if not seen["pictures"]:
        yield "a picture is not shown"


@pytest.mark.needs("Chromium", "axe-core")
def test_everybody_can_read_it_on_any_screen(folder: Path) -> None:
    wrong: dict[str, list[str]] = {}
    axe = AXE.read_text("utf-8")
    with Browser() as browser:
        for name in PAGES:
            for width, look in ((PHONE, "light"), (PHONE, "dark"), (DESK, "light")):
                seen = shown(browser, folder / name, width, look)
                found = [*screen_mistakes(seen, width, look)]
                if width == PHONE:
                    browser.run(axe)
                    found += browser.run(WRONG)
                wrong |= {f"{name} {width} {look}": found} if found else {}
        for name in ("twenty updates", "hostile"):
            seen = shown(browser, folder / name / "index.html", PHONE, "dark")
            assert [*screen_mistakes(seen, PHONE, "dark")] == []
        assert wrong == {}
        ours = folder.as_uri()
        assert [each for each in browser.requests if not each.startswith(ours)] == []
        assert browser.complaints == []
        browser.run("document.querySelector('footer').style.color = '#444'; 1")
        assert any("color-contrast" in each for each in browser.run(axe + WRONG)), "it would see it"


@pytest.mark.needs("Chromium")
def test_the_first_screen_of_a_phone_says_what_is_down_and_since_when(folder: Path) -> None:
    with Browser() as browser:
        for site in ("down", "twelve services", "twenty updates", "words"):
            seen = shown(browser, folder / site / "index.html", PHONE, "light")
            said = " ".join(seen["said"].split())
            assert "Disruption" in said
            assert any(service.component in said for service in SERVICES.values())
            assert "Since 2 March 2026, 12:0" in said
            assert seen["banner"] < HIGH / 2, "without scrolling, and the newest update below it"


@pytest.mark.needs("html-validate")
def test_its_html_is_valid(folder: Path) -> None:
    whole = sorted(str(path) for path in (folder / "words").rglob("*.html"))
    assert validated(*whole, *(str(folder / name) for name in PAGES)) == []


@pytest.mark.needs("html-validate")
def test_the_validator_would_see_it(folder: Path, tmp_path: Path) -> None:
    text = (folder / "down" / "index.html").read_text("utf-8")
    bad = tmp_path / "bad.html"
    bad.write_text(text.replace("<h1>", "<h1><div>", 1), "utf-8")
    assert "close-order" in validated(str(bad))


def validated(*pages: str) -> list[str]:
    """The rules of the HTML standard that these pages break."""
    program = node.program()
    command = [str(program), str(node.PACKAGES / "html-validate/bin/html-validate.mjs")]
    done = subprocess.run(
        [*command, "--preset", "standard", "--formatter", "json", *pages],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    found: list[str] = [
        message["ruleId"] for page in json.loads(done.stdout) for message in page["messages"]
    ]
    return found
