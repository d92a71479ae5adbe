"""The picture of a plan and a card for the README, drawn as SVG from the texts that stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap
from xml.sax.saxutils import escape

WIDTH, LINE, PAD = 760, 19, 20
FITS = 104  # characters of a card's line
COLOURS = {"+": "#1a7f37", "~": "#9a6700", "-": "#cf222e", "!": "#8250df"}
STYLE = (
    "text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    "fill:#1f2328}.card{font-family:-apple-system,'Segoe UI',Helvetica,Arial,'Liberation Sans',"
    "sans-serif}.title{font-size:16px}.bold{font-weight:600}"
)
ABOUT = "A plan of IMA's, and the card that then stands on the issue"


def picture(readme: str) -> str:
    """Of the plan and the card that the README shows."""
    plan, card = plan_in(readme), card_in(readme)
    middle = PAD + LINE * len(plan) + 2 * PAD
    shown = list(_card(card, middle + PAD))
    bottom = int(re.findall(r' y="(\d+)"', shown[-1])[0]) + PAD
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 1}" '
            f'width="{WIDTH}" role="img" aria-label="{ABOUT}">',
            f"<style>{STYLE}</style>",
            _panel(0, middle - PAD, "#f6f8fa"),
            *_plan(plan),
            _panel(middle, bottom - middle, "#ffffff"),
            *shown,
            "</svg>",
            "",
        ]
    )


def plan_in(readme: str) -> list[str]:
    """The lines from `$ ima plan` to the end of its block."""
    _, _, below = readme.partition("\n$ ima plan\n")
    return ["$ ima plan", *below.partition("\n```")[0].splitlines()]


def card_in(readme: str) -> list[str]:
    """The lines of the card, in Markdown; a row of a table as an item of a list."""
    block = readme.partition("<!-- generated: card -->")[2].partition("<!-- end -->")[0]
    lines = [line.removeprefix(">").strip() for line in block.strip().splitlines()]
    rows = [re.sub(r"^\| *(.*?) *\| *(.*?) *\|$", r"- \1: \2", line) for line in lines]
    return [line for line in rows if line.strip("-: ")]


def _panel(top: int, height: int, colour: str) -> str:
    return (
        f'<rect x=".5" y="{top + 0.5}" width="{WIDTH - 1}" height="{height}" rx="6" '
        f'fill="{colour}" stroke="#d1d9e0"/>'
    )


def _plan(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        sign = line[2:3] if line.startswith("  ") else ""
        fill = f' style="fill:{COLOURS[sign]}"' if sign in COLOURS else ""
        yield _text(PAD, PAD + LINE * number - 5, _plain(line), fill)


def _card(lines: list[str], top: int) -> Iterator[str]:
    for line in lines:
        look = "card title bold" if line.startswith("#") else "card"
        item = line.startswith("- ")
        left = PAD + 14 * item
        top += 0 if item else 7
        for part in wrap(re.sub("^(#+|-) ", "", line).replace("`", ""), FITS):
            top += LINE
            words = re.sub(r"\*\*(.+?)\*\*", r'<tspan class="bold">\1</tspan>', _plain(part))
            yield _text(left, top - 5, words, f' class="{look}"')


def _plain(text: str) -> str:
    return escape(text).replace("  ", "\u00a0\u00a0")  # else a viewer takes two spaces for one


def _text(left: int, top: int, text: str, how: str) -> str:
    return f'<text x="{left}" y="{top}"{how}>{text}</text>'
