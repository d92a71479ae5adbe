"""A chart as SVG that stands in a page: drawn by pygal, coloured by the page's own style. Pure.

pygal brings scripts, styles and links, for charts that move. Only shapes and text of what it draws
are taken over: so a chart is still, asks for nothing, and is light or dark as its page is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from math import ceil
from typing import Any, Literal

from automation.records import dataclass
from automation.text.escaping import clean

WIDTH, HEIGHT = 400, 210  # so that its text is large enough on a phone
_ROW = 26  # the height of a bar that lies
_LONGEST = 18  # characters of a name beside it; the table has the whole
_DENSE = 40  # bars: no place for a gap between their parts
_PLACE = 46  # characters of labels along the time
_TAGS = {"g", "path", "rect", "circle", "text"}
_ATTRIBUTES = "class transform x y width height cx cy r d".split()
_LENGTHS = {"min": 1, "h": 60, "d": 1440}  # units, in minutes
_ENOUGH = 3  # of the next unit, and it is used

Kind = Literal["stacked", "beside", "lines", "lying"]
Unit = Literal["", "minutes"]


@dataclass(frozen=True, slots=True)
class Series:
    """What is of one colour in a chart."""

    name: str
    tone: str  # its colour, as the page's style calls it
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a chart shows: for each label a value of each series."""

    kind: Kind
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Unit = ""

    @property
    def empty(self) -> bool:
        """Is there nothing to see?"""
        return not any(value for each in self.series for value in each.values)


def svg(drawing: Drawing, title: str) -> str:
    """The chart as an element of a page; ``title`` is said to whoever does not see it."""
    import pygal  # type: ignore[import-untyped]  # it declares no types

    kinds = {
        "stacked": pygal.StackedBar,
        "beside": pygal.Bar,
        "lines": pygal.Line,
        "lying": pygal.HorizontalStackedBar,
    }
    unit = _unit(drawing)
    lying = drawing.kind == "lying"
    labels = [_cut(each) for each in drawing.labels] if lying else list(drawing.labels)
    chart = kinds[drawing.kind](
        style=pygal.style.Style(label_font_size=13, major_label_font_size=13),
        width=WIDTH,
        height=40 + _ROW * len(labels) if lying else HEIGHT,
        margin=8,
        margin_right=24,
        spacing=6,
        show_legend=False,  # the page has one, in text that grows with the page's
        max_scale=5,
        min_scale=2,
        order_min=None if unit else 0,  # no half incident
        include_x_axis=True,
        allow_interruptions=True,
        truncate_label=-1,
        show_minor_x_labels=lying,
        x_labels_major_every=None if lying else ceil(len(labels) * (_longest(labels) + 1) / _PLACE),
        value_formatter=lambda value: f"{value:g} {unit}".rstrip(),
    )
    turn = slice(None, None, -1 if lying else 1)  # what lies is drawn from below
    chart.x_labels = labels[turn]
    for each in drawing.series:
        values = [None if v is None else v / _LENGTHS.get(unit, 1) for v in each.values[turn]]
        chart.add(each.name, values)
    inner = "".join(_inner(chart.render_tree(), [each.tone for each in drawing.series]))
    look = "chart dense" if len(labels) > _DENSE else "chart"
    box = f"0 0 {WIDTH} {40 + _ROW * len(labels) if lying else HEIGHT}"
    return (
        f'<svg class="{look}" viewBox="{box}" role="img"><title>{_text(title)}</title>{inner}</svg>'
    )


def _unit(drawing: Drawing) -> str:
    """The unit in which minutes are shown: one in which the axis has small numbers."""
    if not drawing.unit:
        return ""
    most = max((value or 0 for each in drawing.series for value in each.values), default=0)
    return [unit for unit, length in _LENGTHS.items() if most >= _ENOUGH * length or length == 1][
        -1
    ]


def _longest(labels: Sequence[str]) -> int:
    return max(map(len, labels), default=0)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _inner(parent: Any, tones: Sequence[str]) -> Iterator[str]:
    """The shapes and texts below an element of pygal's, without its scripts, styles, links and
    empty groups. What pygal describes is said where a mouse points."""
    said = {each.get("class", ""): each.text for each in parent if each.tag == "desc"}
    if value := said.get("value"):
        yield f"<title>{_text(': '.join(filter(None, (said.get('x_label'), value))))}</title>"
    for each in parent:
        if each.tag not in _TAGS or "tooltip-overlay" in each.get("class", ""):
            continue
        if each.tag == "rect" and "0" in (each.get("width"), each.get("height")):
            continue
        within = _text(each.text or "") + "".join(_inner(each, tones))
        if within or each.tag not in ("g", "text"):
            attributes = "".join(_attributes(each, tones))
            yield f"<{each.tag}{attributes}>{within}</{each.tag}>"


def _attributes(element: Any, tones: Sequence[str]) -> Iterator[str]:
    for name in _ATTRIBUTES:
        if not (value := element.get(name, "")):
            continue
        if name == "class":
            value = re.sub(r"color-(\d+)", lambda found: f"tone-{tones[int(found[1])]}", value)
        else:
            value = re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.1f}", value)
        yield f' {name}="{escape(value)}"'


def _text(said: str) -> str:
    return escape(clean(said))
