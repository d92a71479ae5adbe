"""``make gallery``: the pictures of docs/gallery.md, of what people look at.

A picture is one line in `PICTURES`: its name, the page that it shows, and on which screen. Pages
are HTML or Markdown; the latter is shown about as a forge does.
"""

from __future__ import annotations

import html
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from markdown_it import MarkdownIt

from tests.browser import Browser
from tests.counterparts.github import node
from tests.site.sample_sites import sample_sites, write_site
from tests.stats.sample_figures import write_figures

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "gallery"
SEEN = ROOT / "tests" / "golden" / "seen"
MERMAID = node.PACKAGES / "@mermaid-js/tiny/dist/mermaid.tiny.js"  # draws on both forges
LARGEST = 90_000  # bytes of a picture
PHONE, DESK = 390, 1280
Maker = Callable[[Path], Path]  # writes a page somewhere below a folder, and says which file it is


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: ``docs/gallery/NAME.webp``."""

    name: str
    page: Maker
    width: int = PHONE
    height: int = 844  # how much of the page is seen
    look: str = "light"


def site_page(site: str, page: str, folder: Path) -> Path:
    """A page of one of the sample sites."""
    place = folder / site
    if not place.exists():
        write_site(sample_sites()[site], place)
    return place / page


def figures_page(sample: str, begin: str, folder: Path) -> Path:
    """The page of sample figures; with ``begin`` the part of it from this chart on."""
    write_figures(sample, place := folder / f"figures-{sample}-{begin}")
    page = place / "index.html"
    if begin:
        head, _, rest = page.read_text("utf-8").partition('<main id="content">')
        mark = f'<section class="panel" aria-labelledby="{begin}">'
        shown = f'{head}<main id="content">{mark}{rest.partition(mark)[2]}'
        page.write_text(shown, encoding="utf-8")
    return page


def markdown_page(text: Callable[[], str], name: str, folder: Path) -> Path:
    """Markdown of ours, about as a forge shows it."""
    made = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text())
    if "language-mermaid" in made:
        made += _DRAWN.format(program=MERMAID.as_uri())
    path = folder / f"{name}.html"
    path.write_text(_SHEET.format(title=html.escape(name), body=made), encoding="utf-8")
    return path


def part_seen(scenario: str, part: str) -> str:
    """What `tests/golden/seen` keeps of what people saw: the first part that begins so, without
    its head. Raises StopIteration where there is none."""
    parts = (SEEN / f"{scenario}.md").read_text("utf-8").split("\n\n---\n\n")
    return next(each for each in parts if each.startswith(f"*{part}")).partition("\n")[2]


_DRAWN = """<script src="{program}"></script><script>
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  mermaid.initialize({{startOnLoad: false, theme: dark ? "dark" : "default"}});
  window.drawn = mermaid.run({{querySelector: ".language-mermaid"}});
</script>
"""


_SHEET = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; --line: #d1d9e0; --link: #0969da; --code: #f0f2f4; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --line: #3d444d; --link: #4493f8; --code: #262c36; }}
  body {{ background: #0d1117; color: #f0f6fc; }}
}}
body {{ max-width: 54rem; margin: 1rem auto; padding: 0 1rem; font: 16px/1.5 sans-serif; }}
a {{ color: var(--link); }}
h1, h2 {{ border-bottom: 1px solid var(--line); padding-bottom: .3em; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; }}
th, td {{ border: 1px solid var(--line); padding: 6px 13px; }}
code {{ background: var(--code); padding: .2em .4em; border-radius: 6px; font-size: 85%; }}
pre:has(svg), pre code:has(svg) {{ background: none; padding: 0; }}
summary {{ cursor: pointer; }}
blockquote {{ margin: 0; padding: 0 1em; border-left: .25em solid var(--line); }}
</style></head><body>
{body}
</body></html>
"""

site = partial(partial, site_page)
figures = partial(partial, figures_page)


def seen(scenario: str, part: str) -> Maker:
    """A card, comment, review or dashboard of a scenario that people saw."""
    return partial(markdown_page, partial(part_seen, scenario, part), f"{scenario} {part}")


PICTURES = (
    Picture("card-phone", seen("public-outage", "The card")),
    Picture("card-night-phone-dark", seen("nobody-comes", "The card"), look="dark"),
    Picture("card-desk", seen("public-outage", "The card"), DESK, 760),
    Picture("called-phone", seen("public-outage", "A comment of 12:00")),
    Picture("review-desk", seen("the-review", "The review"), 1000, 2250),
    Picture("review-phone-dark", seen("the-review", "The review"), look="dark"),
    Picture("dashboard-desk", seen("review-is-late", "The dashboard"), DESK, 760),
    Picture("week-phone", seen("the-week", "The week of 16 Mar")),
    Picture("site-down-phone", site("down", "index.html")),
    Picture("site-down-phone-dark", site("down", "index.html"), look="dark"),
    Picture("site-quiet-desk", site("quiet", "index.html"), DESK, 1000),
    Picture("site-twelve-services-desk-dark", site("twelve services", "index.html"), DESK, 1400,
            "dark"),
    Picture("site-twenty-updates-phone", site("twenty updates", "index.html")),
    Picture("site-maintenance-phone-dark", site("maintenance", "index.html"), look="dark"),
    Picture("site-words-phone", site("words", "index.html")),
    Picture("site-service-phone", site("twelve services", "services/mail.html"), height=1100),
    Picture("site-young-phone", site("young", "index.html")),
    Picture("site-no-services-phone", site("no services", "index.html"), height=500),
    Picture("site-subscribe-phone", site("words", "subscribe.html"), look="dark"),
    Picture("figures-desk", figures("people", ""), DESK, 1000),
    Picture("figures-phone", figures("people", ""), height=1000),
    Picture("figures-phone-dark", figures("people", ""), height=1000, look="dark"),
    Picture("figures-pages-phone-dark", figures("people", "services"), height=1400, look="dark"),
)  # fmt: skip


def draw(pictures: tuple[Picture, ...], target: Path) -> None:
    """Make the pictures anew. Raises ValueError for one that is too large."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, Browser() as browser:
        for each in pictures:
            browser.look(each.width, each.height, each.look)
            browser.open(each.page(Path(place)))
            browser.run("window.drawn")  # what a script draws
            drawn = browser.picture("webp")
            if len(drawn) > LARGEST:
                raise ValueError(f"{each.name}: {len(drawn)} bytes, more than {LARGEST}")
            (target / f"{each.name}.webp").write_bytes(drawn)
            sys.stdout.write(f"{each.name}.webp  {len(drawn):,} bytes\n")


if __name__ == "__main__":
    wanted = set(sys.argv[1:])
    draw(tuple(each for each in PICTURES if not wanted or each.name in wanted), FOLDER)
