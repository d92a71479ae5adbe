"""``ima mirror``: a copy to be read while the tracker is away."""

from __future__ import annotations

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.cli.other_account import REMEDY, kept_by_another
from automation.errors import PolicyError
from automation.outage import mirror as mirror_files
from automation.reconcile.issue_reading import WRONGLY_CLOSED_WITHIN, issues_with_our_labels
from automation.reconcile.observe import observe
from automation.workspace.folder import read_matching, write_folder


@command("mirror", formats=("text", "json"), examples=["ima mirror public/mirror"])
@click.argument("folder", metavar="DIR")
def mirror(call: Call, folder: str) -> int:
    """Copy open incidents, open reviews and the runbooks into a folder, as Markdown.

    Files that are not of an earlier copy are left alone. Confidential issues stay where they are.
    """
    session, now = call.session, call.session.clock()
    policy, tracker = session.policy, call.tracker
    refs = issues_with_our_labels(tracker, policy, now - WRONGLY_CLOSED_WITHIN)
    snapshot = observe(tracker, session.services, policy, session.clock, refs)
    if problem := kept_by_another(snapshot):
        raise PolicyError(f"{problem}: nothing is copied", REMEDY)
    kinds = ("incident", "review")
    open_now = [one for kind in kinds for one in mirror_files.open_issues(snapshot, kind)]
    copied = [one.ref for one in open_now if mirror_files.to_be_copied(one, snapshot)]
    runbooks, unreadable = read_matching(call.policy_folder, policy.runbooks)
    files = mirror_files.mirror(snapshot, tracker.issues(copied) if copied else [], runbooks)
    write_folder(call.path(folder), files, mirror_files.MANIFEST)
    _show_counts(call, folder, list(files))
    for finding in snapshot.findings:
        output.tell(finding.text)
    output.tell_traces(snapshot.findings, call.verbose)
    if unreadable:  # said last: what could be copied is there, and is better than nothing
        raise PolicyError.of([PolicyError(f"runbooks: {e.problem}", e.remedy) for e in unreadable])
    return 1 if any(finding.failed for finding in snapshot.findings) else 0


def _show_counts(call: Call, folder: str, names: list[str]) -> None:
    if call.format == "json":
        output.show_json({"folder": folder, "files": sorted(names)})
        return
    kinds = ("incidents", "reviews", "runbooks")
    counts = {kind: sum(name.startswith(f"{kind}/") for name in names) for kind in kinds}
    said = ", ".join(
        f"{count} {kind[:-1] if count == 1 else kind}" for kind, count in counts.items()
    )
    output.show(f"{folder}: {said}. Begin with {folder}/index.md.")
