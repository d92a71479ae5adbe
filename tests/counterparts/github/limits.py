"""GitHub's limits: requests by the hour, which every answer counts, and new content by the minute.

They count on the server's clock, for each token. The second kind shows only when it is reached.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from tests.counterparts.messages import Answer, Request

HOUR, MINUTE = 3600, 60
DOCS = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)


class Limits:
    def __init__(self) -> None:
        self.requests = 5_000  # an hour and token; with GITHUB_TOKEN 1,000
        self.contents: int | None = None  # new issues and comments a minute; on GitHub 80
        self.used: Counter[str] = Counter()
        self._made: Counter[str] = Counter()
        self._hour = self._minute = 0

    def refusal(self, who: str, request: Request, now: datetime) -> Answer | None:
        """The 403, if a limit is reached. Counts the request."""
        seconds = int(now.timestamp())
        if seconds // HOUR != self._hour:
            self._hour = seconds // HOUR
            self.used.clear()
        if seconds // MINUTE != self._minute:
            self._minute = seconds // MINUTE
            self._made.clear()
        self.used[who] += 1
        if self.used[who] > self.requests:
            text = "API rate limit exceeded for user."
            return Answer(403, {"message": text, "documentation_url": DOCS})
        self._made[who] += request.method == "POST"
        if self.contents is not None and self._made[who] > self.contents:
            headers = {"retry-after": str(MINUTE - seconds % MINUTE)}
            return Answer(403, {"message": SECONDARY, "documentation_url": DOCS}, headers)
        return None

    def headers(self, who: str, now: datetime) -> dict[str, str]:
        used = min(self.used[who], self.requests)
        return {
            "x-ratelimit-limit": str(self.requests),
            "x-ratelimit-remaining": str(self.requests - used),
            "x-ratelimit-used": str(used),
            "x-ratelimit-reset": str((int(now.timestamp()) // HOUR + 1) * HOUR),
            "x-ratelimit-resource": "core",
        }
