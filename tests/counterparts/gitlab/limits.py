"""Rate limits: the headers of every answer, and 429 where a limit was set.

Limits count by the minute of the server's clock. The throttle of requests shows in the headers;
that of notes and issues does not, as on GitLab.com.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from tests.counterparts.messages import Answer

SHOWN = 2_000  # a minute, as on GitLab.com
MINUTE = 60
TOO_MANY = "This endpoint has been requested too many times. Try again later."


class Limits:
    def __init__(self) -> None:
        self.requests: int | None = None  # a minute and user
        self.notes: int | None = None
        self.issues: int | None = None
        self.silent = False  # a proxy before GitLab drops the headers that say how long
        self._minute = 0
        self._seen: Counter[tuple[str, str]] = Counter()

    def seen(self, who: str, kind: str, now: datetime) -> int:
        """How many of this kind there were in this minute, with this one."""
        minute = int(now.timestamp()) // MINUTE
        if minute != self._minute:
            self._minute = minute
            self._seen.clear()
        self._seen[who, kind] += 1
        return self._seen[who, kind]

    def refusal(self, who: str, method: str, path: str, now: datetime) -> Answer | None:
        """The 429, if a limit that was set is reached. Counts the request."""
        refused = self._refusal(who, method, path, now)
        if refused is not None and self.silent:
            refused.headers = {}
        return refused

    def _refusal(self, who: str, method: str, path: str, now: datetime) -> Answer | None:
        observed = self.seen(who, "requests", now)
        if self.requests is not None and observed > self.requests:
            return Answer(429, "Retry later\n", retry_headers(now, self._wait(now)))
        if method != "POST":
            return None
        for tail, kind, limit in (
            ("/notes", "notes", self.notes),
            ("/issues", "issues", self.issues),
        ):
            if path.endswith(tail) and limit is not None and self.seen(who, kind, now) > limit:
                headers = {"retry-after": str(self._wait(now))}
                return Answer(429, {"message": {"error": TOO_MANY}}, headers)
        return None

    def headers(self, who: str, now: datetime) -> dict[str, str]:
        if self.silent:
            return {}
        limit = SHOWN if self.requests is None else self.requests
        observed = self._seen[who, "requests"]
        return {
            "ratelimit-limit": str(limit),
            "ratelimit-name": "throttle_authenticated_api",
            "ratelimit-observed": str(observed),
            "ratelimit-remaining": str(max(0, limit - observed)),
            "ratelimit-reset": str(int(now.timestamp()) + self._wait(now)),
        }

    @staticmethod
    def _wait(now: datetime) -> int:
        return MINUTE - int(now.timestamp()) % MINUTE


def retry_headers(now: datetime, seconds: int) -> dict[str, str]:
    """What a 429 says about when to come again."""
    until = datetime.fromtimestamp(int(now.timestamp()) + seconds, UTC)
    return {
        "retry-after": str(seconds),
        "ratelimit-remaining": "0",
        "ratelimit-reset": str(int(until.timestamp())),
        "ratelimit-resettime": until.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
