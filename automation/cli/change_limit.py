"""``limits.changes``: a command of a person stops before it would change surprisingly much.
Pure."""

from __future__ import annotations

from collections.abc import Mapping

from automation.errors import PolicyError


def is_person(environment: Mapping[str, str], terminal: bool) -> bool:
    """Is it a person who runs the command, and no CI job? ``terminal`` says that stdin is one."""
    return terminal or environment.get("CI", "").lower() in ("", "0", "false")


def refuse_too_many(
    changes: int, most: int, allowed: bool, look: str, repeat: str
) -> PolicyError | None:
    """The error where ``changes`` are more than ``most`` and not ``allowed``. ``look`` is the
    command that shows them, ``repeat`` the one that `--allow-many` is added to."""
    if allowed or changes <= most:
        return None
    return PolicyError(
        f"this would make {changes} changes, more than `limits.changes: {most}`; nothing was done",
        f"look at them with `{look}`; if they are right, `{repeat} --allow-many`",
    )
