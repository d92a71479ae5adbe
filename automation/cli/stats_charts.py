"""``ima stats --html DIR``, ``--format csv`` and ``--format json``: the figures as charts."""

from __future__ import annotations

from automation.cli import output
from automation.cli.invocation import Call
from automation.planning.plan import Snapshot
from automation.stats.figures import Stats
from automation.stats.pages import (
    MANIFEST,
    PAGE,
    charts_as_csv,
    charts_as_json,
    figure_files,
    figures_page,
)
from automation.stats.tables import as_json
from automation.workspace.folder import write_folder


def show_charts(call: Call, snapshot: Snapshot, made: Stats, only: str, folder: str) -> None:
    """Write the page into ``folder``, if one is named; on stdout its name, or the figures as CSV or
    JSON."""
    page = figures_page(snapshot.incidents.values(), snapshot.ctx, made, only)
    written = {}
    if folder:
        files = figure_files(page, call.session.templates)
        write_folder(call.path(folder), files, MANIFEST)
        written = {"folder": folder, "files": sorted(files)}
    if call.format == "json":
        told = {"service": only, "charts": charts_as_json(page.charts)}
        output.show_json(as_json(made) | told | written)
    elif call.format == "csv":
        output.show(charts_as_csv(page.charts).rstrip())
    else:
        output.show(f"{folder.rstrip('/')}/{PAGE}\n{page.glance.said}")
