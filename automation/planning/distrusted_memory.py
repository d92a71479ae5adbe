"""Findings where somebody has changed what IMA remembers on the tracker: people are told once
(P-52). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from automation.model.issue import Issue
from automation.planning.finding import Finding

NO_KEY_HERE = "memory:no key"  # the key of the finding that this run cannot check what is signed


def memory_findings(issues: Iterable[Issue]) -> Iterator[Finding]:
    """A grave finding for each piece of memory that does not count."""
    for issue in issues:
        for what in issue.distrusted:
            yield _finding_of_memory(issue.ref, what)


def _finding_of_memory(ref: str, what: str) -> Finding:
    if what == "no key":
        text = (
            "what IMA remembers here is signed, and this run has no IMA_KEY: what others edit"
            " counts; give the key to the jobs that write"
        )
        return Finding(text, key=NO_KEY_HERE, grave=True)
    then = "what it remembers does not count"
    if what in ("card", "dashboard"):
        what, then = f"the {what}", "it does not count, and is built anew"
    elif what == "description":
        what = "the description that IMA wrote"
    else:
        what = f"{what} of IMA's"
    text = f"{ref}: {what} was edited or copied by somebody: {then}"
    return Finding(text, ref, key=f"memory:{ref}:{what}", grave=True)
