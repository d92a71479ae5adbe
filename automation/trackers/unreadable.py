"""Reading issues one by one: what fails is the failure of one of them, until too many fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.model.issue import Issue
from automation.records import dataclass
from automation.trackers.wire import is_limited

MOST_AWAY = 5  # issues for which a forge gives no answer, until it is held to be down
Unreadable = dict[str, Exception]  # why, by the reference of the issue


@dataclass(slots=True)
class Reads:
    """The reads of several issues; threads may share it. With ``unreadable``, a failure that
    concerns one issue alone is noted there, and the others go on. Where none of several can be
    read, the failure is raised all the same: the forge is down, or closed to us."""

    unreadable: Unreadable | None
    _failed: Unreadable = field(default_factory=dict)
    _away: list[Exception] = field(default_factory=list)

    def attempt(self, ref: str, read: Callable[[], Issue | None]) -> Issue | None:
        """What ``read`` returns; None where it fails, or where the issue is gone."""
        try:
            return read()
        except Exception as error:
            if self.unreadable is None or not _is_its_own(error):
                raise
            if isinstance(error, ServiceError) and error.tracker_away:
                self._away.append(error)
                if len(self._away) > MOST_AWAY:  # each costs tries, and waits for an answer
                    raise
            self._failed[ref] = error
            return None

    def found(self, attempted: list[Issue | None]) -> list[Issue]:
        """The issues that were read, in order. Raises the failure where none of several could
        be."""
        issues = [issue for issue in attempted if issue is not None]
        refused = [error for error in self._failed.values() if isinstance(error, ServiceError)]
        if not issues and (self._away or len(refused) > 1):
            raise (*self._away, *refused)[0]
        if self.unreadable is not None:
            self.unreadable |= self._failed
        return issues


def _is_its_own(error: Exception) -> bool:
    """Can the failure concern this issue alone? A lack of requests or of a token does not."""
    if not isinstance(error, ServiceError):
        return True  # a bug of ours
    if not isinstance(error, Refusal):
        return False
    return error.failure.status != 401 and not is_limited(error.failure)
