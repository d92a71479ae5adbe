"""What a proposed policy changes on what goes on now: one world, read once, planned by both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from automation.planning.preview import Difference, Preview, preview_of
from automation.policy.policy import Policy
from automation.reconcile.one_pass import Run
from automation.reconcile.remembered_world import RememberedWorld
from automation.records import dataclass
from automation.services import Pager

MOST_PARTS = 12  # parts that are looked at one by one: each costs two plans


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """One part in which the files differ, and the policies that show what it does: None where the
    files would make none."""

    name: str
    keys: tuple[str, ...]
    without: Callable[[], Policy | None]  # the proposed policy without it
    alone: Callable[[], Policy | None]  # the present policy with it


def preview(
    run: Run,
    proposed: Policy,
    parts: Sequence[ChangedPart] = (),
    refs: Sequence[str] | None = None,
    pager: Pager | None = None,
) -> Preview:
    """What a pass would do otherwise by the ``proposed`` policy than by that of ``run``, and which
    of the ``parts`` makes the difference. ``pager`` says who is on call by the proposed one, where
    its answer can differ."""
    world = RememberedWorld(run)
    base = world.plan(run.policy, refs)
    seen = preview_of(base, world.plan(proposed, refs, pager))
    if not seen.differences:
        return seen

    def compared(policy: Policy) -> Preview:
        return preview_of(base, world.plan(policy, refs, pager))

    return replace(seen, differences=tuple(_with_keys(seen, parts, compared)))


def _with_keys(
    seen: Preview, parts: Sequence[ChangedPart], compared: Callable[[Policy], Preview]
) -> Iterator[Difference]:
    """The differences, each with the keys of the parts that make it: without which it is not
    there, else which alone bring it about."""
    if len(parts) == 1:
        yield from (replace(each, keys=parts[0].keys) for each in seen.differences)
        return
    looked_at = parts if len(parts) <= MOST_PARTS else ()
    without = [(part, _of(part.without(), compared)) for part in looked_at]
    needed = [_keys(each, without, False) for each in seen.differences]
    left = any(not keys for keys in needed)
    alone = [(part, _of(part.alone(), compared)) for part in looked_at] if left else []
    for each, keys in zip(seen.differences, needed, strict=True):
        own = (key for part in parts if part.name == f"rules.{each.rule}" for key in part.keys)
        yield replace(each, keys=keys or _keys(each, alone, True) or tuple(own))


Identity = tuple[str, str, str, str]


def _of(policy: Policy | None, compared: Callable[[Policy], Preview]) -> frozenset[Identity] | None:
    if policy is None:
        return None
    return frozenset(each.identity for each in compared(policy).differences)


def _keys(
    each: Difference, looks: Sequence[tuple[ChangedPart, frozenset[Identity] | None]], there: bool
) -> tuple[str, ...]:
    return tuple(
        key
        for part, found in looks
        if found is not None and (each.identity in found) is there
        for key in part.keys
    )
