"""The figures as files: a page with the charts, and the table of each as CSV. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from automation.model.incident import Incident
from automation.policy.outside_services import SiteSettings
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.stats.charts import Chart, Column, charts_of
from automation.stats.csv_text import Cell, csv_text
from automation.stats.drawing import Drawing, svg
from automation.stats.figures import Stats
from automation.stats.glance import Glance, glance
from automation.stats.tables import period_in_words, share_in_percent
from automation.writing.templates import Templates

PAGE, TEMPLATE = "index.html", "stats/index.html.j2"
MANIFEST = ".ima-stats.json"  # the names of what was written
_MOST_ROWS = 200  # of a table on the page; its file has all
Draw = Callable[[Drawing, str], str]


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """What stands on the page."""

    project: str
    period: str
    service: str  # the only one; "": all
    glance: Glance
    charts: tuple[Chart, ...]
    look: SiteSettings


def figures_page(
    incidents: Iterable[Incident], ctx: Context, stats: Stats, only: str = ""
) -> FiguresPage:
    """The page; ``incidents`` are those that ``stats`` was made of."""
    known = list(incidents)
    return FiguresPage(
        ctx.policy.project,
        period_in_words(stats),
        only,
        glance(known, ctx, stats, only),
        charts_of(known, ctx, stats, only),
        ctx.policy.site,
    )


def figure_files(page: FiguresPage, templates: Templates) -> dict[str, str]:
    """Every file, by its name below the folder. Raises PolicyError where the template is wrong."""
    files = {f"{chart.name}.csv": chart_as_csv(chart) for chart in page.charts}
    return {PAGE: templates.render(TEMPLATE, page_values(page)), **files}


def page_values(page: FiguresPage, draw: Draw = svg) -> dict[str, Any]:
    """What the template is given. ``draw`` makes the SVG of a chart."""
    look, short = page.look, page.glance
    return {
        "project": page.project,
        "period": page.period,
        "service": page.service,
        "said": short.said,
        "met": short.met,
        "months": list(short.months),
        "short": [{"name": name, "cells": list(cells)} for name, cells in short.rows],
        "charts": [_chart_values(chart, draw) for chart in page.charts],
        "site": {"accent": look.accent, "accent_dark": look.accent_dark},
    }


def _chart_values(chart: Chart, draw: Draw) -> dict[str, Any]:
    from markupsafe import Markup

    drawing = chart.drawing
    rows = chart.rows[:: -1 if chart.over_time else 1][:_MOST_ROWS]  # what is newest, on top
    return {
        "name": chart.name,
        "title": chart.title,
        "told": chart.told,
        "svg": "" if drawing.empty else Markup(draw(drawing, f"{chart.title}. {chart.told}")),  # noqa: S704
        "empty": chart.empty if drawing.empty else "",
        "key": [{"name": each.name, "tone": each.tone} for each in drawing.series],
        "head": [each.head for each in chart.columns],
        "rows": [
            [cell_in_words(cell, column) for cell, column in zip(row, chart.columns, strict=True)]
            for row in rows
        ],
        "unseen": len(chart.rows) - len(rows),
        "csv": f"{chart.name}.csv",
    }


def cell_in_words(cell: Cell, column: Column) -> str:
    """A cell of a chart's table, for people."""
    if cell is None:
        return "–"
    if column.unit == "share":
        return share_in_percent(float(cell))
    return f"{cell:.1f}" if column.unit == "minutes" else str(cell)


def chart_as_csv(chart: Chart) -> str:
    """The table of one chart."""
    return csv_text([each.key for each in chart.columns], chart.rows)


def charts_as_csv(charts: Iterable[Chart]) -> str:
    """All figures as one table: a row for each value."""
    rows = (
        (chart.name, row[0], column.key, cell)
        for chart in charts
        for row in chart.rows
        for column, cell in zip(chart.columns[1:], row[1:], strict=True)
    )
    return csv_text(("figure", "of", "measure", "value"), rows)


def charts_as_json(charts: Iterable[Chart]) -> dict[str, list[dict[str, Cell]]]:
    """The rows of each chart."""
    return {
        chart.name: [
            {column.key: cell for column, cell in zip(chart.columns, row, strict=True)}
            for row in chart.rows
        ]
        for chart in charts
    }
