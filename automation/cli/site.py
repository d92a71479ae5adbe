"""``ima site``: the public status site, from what was published and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.cli.other_account import REMEDY, kept_by_another
from automation.errors import PolicyError
from automation.mistakes import quoted
from automation.planning.plan import Snapshot
from automation.reconcile.observe import observe
from automation.site.pages import MANIFEST, site_files
from automation.site.site import Site, site_of_snapshot
from automation.text.escaping import clean
from automation.times.durations import Duration
from automation.workspace.folder import WrittenFiles, write_folder
from automation.workspace.site_logo import read_logo
from automation.writing.plan_text import count

TITLE = "Status"
_SHOWN = 50  # names of files in a list; a site of years has thousands


@command(
    "site",
    formats=("text", "json"),
    examples=[
        "ima site public",
        'ima site public --title "Acme status" --base-url https://status.acme.example/',
    ],
)
@click.argument("folder", metavar="DIR")
@click.option("--base-url", metavar="URL", default="", help="Where it will be, for feeds and JSON.")
@click.option("--title", default=TITLE, help="Its name. Default: Status.")
@click.option(
    "--since", default="", help="How long what is over is shown. Default: as the policy says, 90d."
)
def site(call: Call, folder: str, base_url: str, title: str, since: str) -> int:
    """Write the public status site into DIR: services and their last 90 days, incidents, planned
    work, feeds and status.json. It shows what was published, and nothing else. What `site:` of the
    policy says of its name and address counts before the options here."""
    address = _address(base_url)
    shown_for = _shown_for(since) if since else call.session.policy.site.keep
    logo = read_logo(call.session.policy.site.logo, call.policy_folder)
    seen = _observe_since(call, shown_for)
    if problem := kept_by_another(seen):
        raise PolicyError(f"{problem}: no site is written", REMEDY)
    made = site_of_snapshot(seen, clean(title) or TITLE, address, shown_for)
    files = site_files(made, call.session.templates, logo)
    written = write_folder(call.path(folder), files, MANIFEST)
    if call.format == "json":
        output.show_json(_answer(made, written, folder))
    else:
        _show_written(made, written, folder)
    aside = (finding for finding in seen.findings if finding.ref in seen.aside)
    return output.tell_findings(aside, call.verbose)


def _observe_since(call: Call, shown_for: Duration) -> Snapshot:
    """Incidents that are open or were over within ``shown_for``, whatever the policy's
    `look_back`."""
    run = call.run
    policy = replace(run.policy, look_back=shown_for)
    return observe(run.tracker, run.services, policy, run.clock)


def _address(text: str) -> str:
    """The address of the site, with a slash at its end; "" where none is given. Raises
    PolicyError."""
    if not text or re.fullmatch(r"https?://[^\s<>\"'`|?#]+", text):
        return text and text.rstrip("/") + "/"
    remedy = "write it as in the address bar, such as https://status.acme.example/"
    raise PolicyError(f"--base-url: {quoted(text)} is no address of a site", remedy)


def _shown_for(text: str) -> Duration:
    """The length of time that ``--since`` says. Raises PolicyError."""
    try:
        length = Duration.parse(text)
    except PolicyError as error:
        raise PolicyError(f"--since: {error.problem}", error.remedy) from error
    if length.unit in ("wd", "eod") or not length.amount:
        raise PolicyError(f"--since: {quoted(text)} is no length of time", "write it as in 90d")
    return length


def _answer(made: Site, written: WrittenFiles, folder: str) -> dict[str, object]:
    return {
        "folder": folder,
        "status": made.status,
        "active": len(made.active),
        "incidents": len(made.incidents),
        "new": list(written.new),
        "changed": list(written.changed),
        "same": list(written.same),
        "removed": list(written.removed),
    }


def _show_written(made: Site, written: WrittenFiles, folder: str) -> None:
    for sign, names in (("+", written.new), ("~", written.changed), ("-", written.removed)):
        for name in names[:_SHOWN]:
            output.show(f"{sign} {folder.rstrip('/')}/{name}")
        if len(names) > _SHOWN:
            output.show(f"{sign} and {len(names) - _SHOWN} more")
    public, active = count(len(made.incidents), "public incident"), len(made.active)
    output.show(f"{made.about.words.status(made.status)}. {public}, {active or 'none'} active.")
