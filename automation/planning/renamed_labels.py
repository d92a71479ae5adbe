"""A label of ours that somebody has renamed in the tracker's own pages (P-58). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from automation.planning.finding import Finding
from automation.stored_state.label_memory import LabelMemory, Renamed


def renamed_labels(memory: LabelMemory) -> Iterator[Finding]:
    """One for each, for as long as the two names differ. Nothing stops meanwhile."""
    for each in memory.renamed():
        what, remedy = what_is_renamed(each)
        yield Finding(f"{what}; {remedy}", key=f"renamed label:{each.name}", grave=True)


def what_is_renamed(label: Renamed) -> tuple[str, str]:
    """What is so, and what to do."""
    what = f"the label '{label.name}' is now called '{label.now}' on the tracker"
    if label.again:
        what += f", where there is another '{label.name}', too"
        return what, f"move its issues to '{label.name}' and delete '{label.now}', or the reverse"
    kept = f"`name: {label.now}` with `previously: [{label.name}]`"
    return what, f"rename it back there, or write {kept} in labels.yml; IMA goes on meanwhile"
