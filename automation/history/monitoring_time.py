"""How long an incident is watched in Monitoring before a resolve needs no reason (P-23). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from automation.history.issue_state import IssueState
from automation.model.issue import MONITORING, OPERATIONAL, STATUSES
from automation.policy.policy import Policy
from automation.policy.team_time import team_time
from automation.records import dataclass
from automation.times.durations import Duration


@dataclass(frozen=True, slots=True)
class MonitoringTime:
    """The time in Monitoring that is left, and why it is asked for."""

    status: str  # the gravest that the incident had
    lasts: Duration
    left: timedelta  # never zero
    until: datetime | None  # None: it is not in Monitoring

    @property
    def left_words(self) -> str:
        """ "18 min", "40 s" """
        seconds = ceil(self.left.total_seconds())
        return f"{ceil(seconds / 60)} min" if seconds >= 60 else f"{seconds} s"

    def why(self, policy: Policy, now: datetime) -> str:
        """Why it is too early, and from when on it is not."""
        words = policy.words
        status, monitoring = words.status(self.status), words.state(MONITORING)
        start = (
            f"it was a {status}, so it is watched in {monitoring} for {self.lasts} before it "
            "is resolved"
        )
        if self.until is None:
            return (
                f"{start}, and it is not in {monitoring}: all of it is left. Now it needs a reason"
            )
        until = team_time(policy, self.until, now)
        return f"{start}: {self.left_words} left, until {until}. Now it needs a reason"


def gravest(state: IssueState) -> str:
    """The gravest status that members chose since the incident began; Operational if none."""
    worst, choice = OPERATIONAL, state.families["status"].stands()
    while choice is not None:
        if choice.confirmed and STATUSES.index(choice.value) > STATUSES.index(worst):
            worst = choice.value
        choice = None if state.began and choice.at <= state.began else choice.before
    return worst


def monitoring_left(state: IssueState, at: datetime) -> MonitoringTime | None:
    """The monitoring time that is left at ``at``; None where the incident may be resolved."""
    status = gravest(state)
    lasts = state.ctx.policy.monitor_for.get(status)
    if lasts is None or not lasts.length:
        return None
    chosen = state.families["state"].stands()
    if chosen is None or chosen.value != MONITORING:
        return MonitoringTime(status, lasts, lasts.length, None)
    until = max(chosen.since((MONITORING,)), state.began or chosen.at) + lasts.length
    return MonitoringTime(status, lasts, until - at, until) if until > at else None
