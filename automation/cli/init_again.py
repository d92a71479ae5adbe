"""``ima init`` where a policy is there already: only what is asked for changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from automation.cli import init_github, init_gitlab
from automation.config.tracker_section import Moved, Tracker, tracker_of, with_tracker
from automation.errors import PolicyError
from automation.schema.yaml_nodes import parse
from automation.workspace.files import POLICY

FORGES = {"gitlab": init_gitlab, "github": init_github}
PAGE = init_gitlab.PAGE  # on GitHub, too


def tracker_that_is_there(policy: str) -> Tracker:
    """Where the policy keeps its issues. Raises PolicyError where it cannot be read."""
    return tracker_of(policy, POLICY) if policy else Tracker()


def moved(policy: str, section: str, said: str) -> Moved | None:
    """The policy that is there, with the ``section`` for its tracker; None where it has that
    already, or no project was ``said``. Raises PolicyError where only people can change it."""
    there, wanted = tracker_of(policy, POLICY), tracker_of(section, POLICY)
    if wanted.kind == there.kind and (wanted.project == there.project or not said):
        return None
    if made := with_tracker(policy, POLICY, wanted, section):
        return made
    lines = section.replace("\n", "\n    ")
    raise PolicyError(
        f"{POLICY}: its tracker is not {wanted.project} on {wanted.kind}, and only people can"
        " change how it is written there",
        f"write this into it in place of its `tracker:`, then run the same again:\n    {lines}",
    )


def texts_of_forge(root: Path, there: Tracker, environment: Mapping[str, str]) -> dict[str, str]:
    """What only a forge needs, by name, as it is written for this tracker."""
    if not (files := FORGES.get(there.kind)):
        return {}
    url, project = files.project_address(root, there.project, environment)
    return dict(files.extra_files(root, url, project))


def what_moved(made: Moved) -> str:
    """How the policy is shown among what was written."""
    less = f", without its {', '.join(made.left_out)}" if made.left_out else ""
    return f"~ {POLICY} (only its tracker{less})"


def has_people(policy: str) -> bool:
    """Does the policy say anything of who has the roles?"""
    return "roles" in parse(policy, POLICY).entries if policy else False


def left_over(
    root: Path, made: Moved | None, kept: Collection[str], there: Tracker, forge: str
) -> Iterator[str]:
    """What to do with what was written for the former tracker."""
    if made and PAGE in kept:
        about = f"is about {there.project}" if there.kind in FORGES else "is not ours"
        yield f"! {PAGE} was kept, and {about}: move it away, and run the same again."
    jobs = _JOBS.get(there.kind, "")
    if made and there.kind != forge and jobs and (root / jobs).exists():
        yield f"! {jobs} and what else was only for {there.kind} stays: delete it, if it is yours."


_JOBS = {"gitlab": init_gitlab.PIPELINE, "github": init_github.WORKFLOW}
