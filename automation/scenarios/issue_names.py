"""What a scenario calls issues, and what the tracker does. Pure.

A scenario's "#1" is the first issue that was opened, its "#0" the dashboard. The embedded tracker
counts likewise; on a forge the dashboard takes a number in the same row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from automation.model.issue import Issue
from automation.records import dataclass
from automation.text.escaping import marker_in

_REF = re.compile(r"(?<!&)#(\d+)\b")


@dataclass(frozen=True, slots=True)
class IssueNames:
    """``dashboard`` is the number that the dashboard took from the others; 0 if it took none."""

    dashboard: int = 0

    @classmethod
    def of(cls, issues: Iterable[Issue], me: str) -> IssueNames:
        """The names of the issues that there are. They stay as they are: a dashboard that is opened
        later has a higher number."""
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

    def for_tracker(self, text: str) -> str:
        """A text of the scenario, with the tracker's references, as a person types it there."""
        return _REF.sub(lambda found: self.ref(found[0]), text) if self.dashboard else text

    def for_scenario(self, text: str) -> str:
        """A text of the tracker, with the scenario's names in the place of references."""
        return _REF.sub(lambda found: self.name(found[0]), text) if self.dashboard else text

    def issue(self, issue: Issue) -> Issue:
        """An issue of the tracker, with the scenario's names in the place of references."""
        if not self.dashboard:
            return issue
        return replace(
            issue,
            ref=self.name(issue.ref),
            title=self.for_scenario(issue.title),
            body=self.for_scenario(issue.body),
            links=frozenset(map(self.name, issue.links)),
            comments=tuple(replace(c, body=self.for_scenario(c.body)) for c in issue.comments),
        )
