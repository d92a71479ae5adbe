"""What changed templates write: the texts of sample incidents and of one that goes on, as diffs.

Written by the very code that writes with them, once with the present texts and once with the
proposed ones. Pure; whoever calls it gives it limits of time and memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from difflib import unified_diff
from typing import Any

from automation.errors import PolicyError
from automation.model.incident import Incident
from automation.planning.preview import TextDifference
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.text.escaping import unmarked
from automation.workspace.template_check import Rendering, renderings, renderings_on
from automation.writing.plan_text import count
from automation.writing.templates import Safe, Templates

_SAMPLES = 3  # that are shown of each template
_LINES = 40  # of each diff
_TAKEN_IN = ("include", "import", "extends")


class _WrittenTexts(Templates):
    """Templates that remember what they wrote, in order; nothing where one fails."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self.written: dict[str, list[str]] = {}

    def render(self, name: str, values: Mapping[str, Any]) -> Safe:
        text = Safe()
        with suppress(PolicyError):
            text = super().render(name, values)
        self.written.setdefault(name, []).append(unmarked(text))
        return text


def template_differences(
    policy: Policy,
    present: Mapping[str, str],
    proposed: Mapping[str, str],
    live: tuple[Incident, Context] | None = None,
) -> Iterator[TextDifference]:
    """What is written otherwise: of each template on the ``live`` incident, and on three samples
    at most on which it is something else."""
    changed = {n for n in {*present, *proposed} if present.get(n) != proposed.get(n)}
    texts = {**present, **proposed}
    shown = {name for name in texts if name in changed or _takes_in(texts[name], changed)}
    found: dict[tuple[str, tuple[str, ...]], str] = {}  # template and diff: on what
    if live:
        incident, ctx = live
        for key in _differences(renderings_on(incident, ctx, texts), present, proposed, shown, 1):
            found[key] = incident.ref
    for key in _differences(renderings(policy, texts), present, proposed, shown, _SAMPLES):
        found.setdefault(key, "")
    for (name, lines), on in sorted(found.items(), key=lambda item: (item[0][0], not item[1])):
        yield TextDifference(name, on, lines)


def _takes_in(text: str, names: Collection[str]) -> bool:
    return any(word in text for word in _TAKEN_IN) and any(name in text for name in names)


def _differences(
    made: Iterable[Rendering],
    present: Mapping[str, str],
    proposed: Mapping[str, str],
    shown: Collection[str],
    most: int,
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Of each template the first few diffs that are not alike."""
    now, then = _WrittenTexts(present), _WrittenTexts(proposed)
    for rendering in made:
        for templates in (now, then):
            with suppress(PolicyError):
                rendering(templates)
    for name in sorted(shown):
        pairs = zip(now.written.get(name, ()), then.written.get(name, ()), strict=False)
        diffs = dict.fromkeys(_diff(before, after) for before, after in pairs if before != after)
        yield from ((name, diff) for diff in list(diffs)[:most])


def _diff(before: str, after: str) -> tuple[str, ...]:
    """Without the numbers of lines, which say nothing here."""
    made = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[3:]
    lines = ["…" if line.startswith("@@") else line for line in made]
    if len(lines) > _LINES:
        return (*lines[:_LINES], f"… and {count(len(lines) - _LINES, 'line')} more")
    return tuple(lines)
