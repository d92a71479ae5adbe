"""The files that hold now and those that are proposed, and in which parts they differ."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

from automation.config import policy_file
from automation.config.policy_differences import LABELS as LABEL_FILE
from automation.config.policy_differences import differing_parts, with_part_of
from automation.errors import PolicyError
from automation.policy.labels import LabelEntry, Labels, Meaning
from automation.policy.policy import Policy
from automation.reconcile.preview import ChangedPart
from automation.schema.yaml_nodes import Node, Source, parse
from automation.workspace import files, git_files
from automation.workspace.files import LABELS, POLICY, TEMPLATES, ProcessFiles

INSTALLED = "installed"
_OWN = (  # of a team's policy: who and where, not how
    *("version", "tracker", "accounts", "since", "roles", "people", "services", "room"),
    *("chat", "stakeholders", "status_page", "pager", "documents", "metrics", "heartbeat"),
)
_SHOWN = 5  # labels


def files_of(where: str, folder: Path, policy: Path | None) -> ProcessFiles:
    """The files of a folder, of a ref of git, or ``installed``. Beside the ``policy`` file, else
    in ``folder``. Raises PolicyError."""
    if where == INSTALLED:
        return _installed(files.read(policy, folder))
    if (there := _folder(folder / where)) is not None:
        if not (there / POLICY).exists():
            remedy = f"name a folder that has one, or `{INSTALLED}` for the process that ima ships"
            raise PolicyError(f"{where}: there is no {POLICY} in it", remedy)
        return files.read(None, there)
    name = policy.name if policy else POLICY
    place = policy.parent if policy else folder
    return files.of_texts(git_files.files_at(place, where, (name, LABELS, TEMPLATES)), name)


def _installed(own: ProcessFiles) -> ProcessFiles:
    """The process that ima ships, with a team's own people, labels and services."""
    shipped = own.shipped_templates if own.shipped_templates is not None else own.templates
    if own.user is None:
        return replace(own, templates=shipped)
    root = parse(own.user.text, own.user.file)
    kept = {key: node.plain() for key in _OWN if (node := root.get(key)) is not None}
    user = Source(f"{own.user.file} (who and where)", json.dumps(kept, ensure_ascii=False))
    return replace(own, user=user, templates=shipped)


def _folder(path: Path) -> Path | None:
    try:
        return path if path.is_dir() else None
    except (OSError, ValueError):
        return None


def same(base: ProcessFiles, head: ProcessFiles) -> bool:
    """Do both say the very same?"""
    texts = [
        ([each.text for each in one.layers], one.labels.text, dict(one.templates))
        for one in (base, head)
    ]
    return texts[0] == texts[1]


def changed_templates(base: ProcessFiles, head: ProcessFiles) -> list[str]:
    """Names of those that say something else."""
    names = sorted({*base.templates, *head.templates})
    return [name for name in names if base.templates.get(name) != head.templates.get(name)]


def changed_parts(
    base: ProcessFiles, head: ProcessFiles, present: Policy, proposed: Policy
) -> list[ChangedPart]:
    """In which parts they differ, each with the policies that show what it does."""
    now, then = _merged(base), _merged(head)
    labels, new_labels = present.labels, proposed.labels
    found = []
    for part in differing_parts(now, then):
        without = partial(_policy_with, then, now, part.name, new_labels, proposed)
        alone = partial(_policy_with, now, then, part.name, labels, present)
        found.append(ChangedPart(part.name, part.keys, without, alone))
    # Without any file of theirs labels follow the services, which are told already.
    if (base.own_labels or head.own_labels) and (keys := _changed_labels(labels, new_labels)):
        without = partial(_policy, then, labels, proposed)
        alone = partial(_policy, now, new_labels, present)
        found.append(ChangedPart(LABEL_FILE, keys, without, alone))
    return found


def not_asked(present: Policy, proposed: Policy) -> list[str]:
    """What the present files are asked for, though the proposed ones say otherwise: the tracker and
    the services are those that hold now, so that a proposal sends no secret anywhere."""
    found = []
    if (present.tracker, present.accounts) != (proposed.tracker, proposed.accounts):
        found.append(
            "The tracker is the present one: what `tracker` and `accounts` change is not shown."
        )
    outside = present.pager.kind != "policy"
    if outside and (_schedules(present), present.pager) != (_schedules(proposed), proposed.pager):
        found.append("Who is on call is asked by the present schedules.")
    if (_queries(present), present.metrics) != (_queries(proposed), proposed.metrics):
        found.append("The numbers of services are asked by the present queries.")
    if present.status_page != proposed.status_page:
        found.append("The status page is asked where it is now.")
    return found


def _schedules(policy: Policy) -> list[object]:
    roles = [(role.name, role.schedule) for role in policy.roles.values()]
    return [roles, [(who, person.pager) for who, person in policy.people.items()]]


def _queries(policy: Policy) -> list[object]:
    return [(service.name, service.metrics) for service in policy.services.values()]


def _merged(process: ProcessFiles) -> Node:
    return policy_file.merged(*process.layers)


def _policy_with(root: Node, other: Node, part: str, labels: Labels, like: Policy) -> Policy | None:
    return _policy(with_part_of(root, other, part), labels, like)


def _policy(root: Node, labels: Labels, like: Policy) -> Policy | None:
    """The policy that the files would make, on the tracker of ``like``; None where they make
    none."""
    try:
        made = policy_file.policy_of(root, labels)
    except PolicyError:
        return None
    return replace(made, tracker=like.tracker)


def _changed_labels(base: Labels, head: Labels) -> tuple[str, ...]:
    """What differs in labels.yml, in words; only what means something."""
    before, after = _meant(base), _meant(head)
    words = []
    for means in sorted({*before, *after}):
        old, new = before.get(means, ()), after.get(means, ())
        names = [" ".join(entry.name for entry in entries) or "none" for entries in (old, new)]
        if names[0] != names[1]:
            words.append(f"{LABEL_FILE}: {' → '.join(names)}")
        elif old != new:
            words.append(f"{LABEL_FILE}: {names[1]}")
    return tuple(words[:_SHOWN])


def _meant(labels: Labels) -> dict[Meaning, list[LabelEntry]]:
    """The labels of each meaning, without what they look like."""
    found: dict[Meaning, list[LabelEntry]] = {}
    for entry in labels:
        if entry.means:
            found.setdefault(entry.means, []).append(replace(entry, color="", description=""))
    return found
