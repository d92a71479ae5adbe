"""What GitLab's headers say of how fast we may ask. Pure.

It tells after each answer how much is left of a window (`RateLimit-Remaining` of
`RateLimit-Limit`, until `RateLimit-Reset`). Its other limits (60 comments a minute, 200 issues)
show only as 429.
"""

from __future__ import annotations

from collections.abc import Mapping

from automation.trackers.request_budget import WINDOW, Window, header_number, seconds_until


def window(headers: Mapping[str, str]) -> Window | None:
    """The window that an answer tells of."""
    limit, left = header_number(headers.get("RateLimit-Limit")), headers.get("RateLimit-Remaining")
    if not limit or left is None:
        return None
    return Window(limit, header_number(left), until_reset(headers))


def until_reset(headers: Mapping[str, str]) -> float:
    """Seconds until the window ends, by the server's own clock; at least one."""
    return seconds_until(header_number(headers.get("RateLimit-Reset")), headers)


def asked_to_wait(headers: Mapping[str, str], status: int = 0) -> float | None:
    """Seconds that a 429 or 503 asks us to wait; None if it does not say. GitLab counts by the
    minute: a 429 that says nothing is over after one."""
    if "Retry-After" in headers:
        return header_number(headers["Retry-After"]) or 1.0
    if "RateLimit-Reset" in headers:
        return until_reset(headers)
    return WINDOW if status == 429 else None
