"""What is lived together: an incident, what IMA opened for it, and its duplicates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from automation.history.duplicates import duplicates_named
from automation.model.issue import Issue
from automation.past.deeds import History, facts_of
from automation.reconcile.issue_reading import opening_marker


def histories(issues: Iterable[Issue], me: str) -> list[History]:
    """The issues in groups, the oldest first."""
    known = {issue.ref: issue for issue in issues}
    of = {ref: {ref} for ref in known}
    for ref, issue in known.items():
        for other in _tied_to(issue, me):
            if other in known and of[other] is not of[ref]:
                joined = of[ref] | of[other]
                of |= dict.fromkeys(joined, joined)
    groups = {id(group): group for group in of.values()}.values()
    made = [History(tuple(i for r, i in known.items() if r in group), me) for group in groups]
    return sorted(made, key=lambda history: history.began)


def _tied_to(issue: Issue, me: str) -> Iterator[str]:
    if opened := opening_marker(issue, me):
        yield opened[0]
    yield from duplicates_named(issue, me)
    for fact in facts_of(issue, me):
        if fact.kind == "opened" and fact.by:
            yield fact.by
