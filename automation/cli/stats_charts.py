"""``ima stats --html DIR``, ``--format csv`` and ``--format json``: the figures as charts."""

from __future__ import annotations

from automation.cli import output
from automation.cli.invocation import Call
from automation.errors import PolicyError
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


def refuse_form(call: Call, folder: str) -> None:
    """Raises PolicyError for a page that is asked for in another form."""
    if folder and call.format in ("csv", "markdown"):
        problem = f"--html and --format {call.format}: the page is HTML, with each table as CSV"
        raise PolicyError(problem, "leave one of the two away")


def show_charts(call: Call, snapshot: Snapshot, made: Stats, only: str, folder: str) -> None:
    """Write the page into ``folder``, if there is one, else the figures on stdout."""
    page = figures_page(snapshot.incidents.values(), snapshot.ctx, made, only)
    written = {}
    if folder:
        files = figure_files(page, call.session.templates)
        write_folder(call.path(folder), files, MANIFEST)
        written = {"folder": folder, "files": sorted(files)}
    if call.format == "json":
        told = {"service": only, "charts": charts_as_json(page.charts)}
        output.show_json(as_json(made) | told | written)
    elif folder:
        output.show(f"{folder.rstrip('/')}/{PAGE}\n{page.glance.said}")
    else:
        output.show(charts_as_csv(page.charts).rstrip())
