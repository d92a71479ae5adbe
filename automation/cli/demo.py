"""``ima demo``: one incident from declaration to review, with a fast clock."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.errors import PolicyError
from automation.scenarios.demo import STORIES, demo_session, files_to_look_at, scenes, who_has_it
from automation.writing import plan_text

MARK = ".ima-demo"


@command("demo", examples=["ima demo", "ima demo --night", "ima demo /tmp/ima-demo"])
@click.argument("folder", required=False, default="demo", type=click.Path(path_type=Path))
@click.option("--night", is_flag=True, help="One to which people do not come, at three at night.")
def demo(call: Call, folder: Path, night: bool) -> int:
    """Play one S1 on the embedded tracker in FOLDER (./demo), print each pass, and leave the
    issue, the card, the review, the dashboard and the status site as files to look at."""
    story = STORIES["night" if night else "day"]
    place = call.session.folder / folder
    _make_empty(place)
    session, later = demo_session(place, story)
    try:
        for now, scene, plan, report in scenes(session, later, story):
            output.show(f"\n{now:%H:%M}  {scene.told}\n")
            output.show(plan_text.done_text(plan, report, call.style()))
            output.show(f"Now: {'; '.join(who_has_it(plan))}.")
        output.show("\nTo look at:")
        for path, what in files_to_look_at(session, place):
            output.show(f"  {path}  {what}")
        output.show(f"  {place / '.ima' / 'outbox.jsonl'}  pages and announcements")
    finally:
        session.tracker.close()
    output.show(f"\nTry more:\n  cd {shlex.quote(str(place))}")
    program = shlex.quote(_program_from(place))
    for words in ("board", "show 1", "explain 1"):
        output.show(f"  {program} {words}")
    return 0


def _program_from(folder: Path) -> str:
    """What to type in ``folder`` for this program: `make demo` does not put it on the PATH."""
    called, found = Path(sys.argv[0]), shutil.which("ima")
    if called.name != "ima" or (found and called.samefile(found)):
        return "ima"
    return os.path.relpath(called.absolute(), folder.absolute())


def _make_empty(place: Path) -> None:
    """Make the folder empty where an earlier demo made it. Raises PolicyError for any other."""
    foreign = place.exists() and not (place / MARK).exists()
    if foreign and (not place.is_dir() or any(place.iterdir())):
        raise PolicyError(f"{place}: is there already and is no demo", "name another folder")
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    (place / MARK).touch()
