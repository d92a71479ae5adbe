"""What a scenario calls issues, and what the tracker does. Pure.

A scenario's "#1" is the first issue that was opened, its "#0" the dashboard. The embedded tracker
counts likewise; on a forge the dashboard takes a number in the same row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from automation.model.issue import Issue
from automation.text.escaping import marker_in

_REF = re.compile(r"(?<!&)#(\d+)\b")


@dataclass(frozen=True, slots=True)
class IssueNames:
    """``dashboard`` is the number that the dashboard took from the others; 0 if it took none."""

    dashboard: int = 0

    @classmethod
    def of(cls, issues: Iterable[Issue], me: str) -> IssueNames:
        """The names of what there is. They stay: a dashboard never comes before what is there."""
        ours = (i for i in issues if i.author == me and marker_in("dashboard", i.body) is not None)
        return cls(min((int(issue.ref[1:]) for issue in ours), default=0))

    def ref(self, name: str) -> str:
        """The tracker's reference of what the scenario calls ``name``."""
        number = int(name[1:])
        if number == 0:
            return f"#{self.dashboard}"
        return f"#{number + (0 < self.dashboard <= number)}"

    def name(self, ref: str) -> str:
        """What the scenario calls the tracker's ``ref``."""
        number = int(ref[1:])
        if number == self.dashboard:
            return "#0"
        return f"#{number - (0 < self.dashboard < number)}"

    def typed(self, text: str) -> str:
        """A scenario's text as a person types it on the tracker."""
        return _REF.sub(lambda found: self.ref(found[0]), text) if self.dashboard else text

    def told(self, text: str) -> str:
        """A text of the tracker as the scenario would have it."""
        return _REF.sub(lambda found: self.name(found[0]), text) if self.dashboard else text

    def issue(self, issue: Issue) -> Issue:
        """An issue of the tracker as the scenario would have it."""
        if not self.dashboard:
            return issue
        return replace(
            issue,
            ref=self.name(issue.ref),
            title=self.told(issue.title),
            body=self.told(issue.body),
            links=frozenset(map(self.name, issue.links)),
            comments=tuple(replace(c, body=self.told(c.body)) for c in issue.comments),
        )
