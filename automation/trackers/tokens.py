"""The token of a forge. It comes from the environment only, and stands in no output and no error.
Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from automation.errors import ServiceError
from automation.http.known_secrets import remember

# In the environment, the first one set.
GITLAB = ("IMA_GITLAB_TOKEN", "GITLAB_TOKEN")
GITHUB = ("IMA_GITHUB_TOKEN", "GITHUB_TOKEN")


def gitlab_token(environment: Mapping[str, str]) -> str:
    """The token for GitLab. Raises ServiceError if there is none."""
    needs = "a token with the api scope and the Reporter role; to look, read_api is enough"
    return _token(environment, "gitlab", GITLAB, needs)


def github_token(environment: Mapping[str, str]) -> str:
    """The token for GitHub. Raises ServiceError if there is none."""
    return _token(
        environment,
        "github",
        GITHUB,
        "a token that may read and write issues; to look, read-only is enough",
    )


def _token(environment: Mapping[str, str], forge: str, names: Sequence[str], needs: str) -> str:
    """The first of the variables ``names`` that is set. ``needs`` says, for people, what a good
    token is. Raises ServiceError if there is none."""
    found = next((environment[name] for name in names if environment.get(name)), "").strip()
    if not found:
        raise ServiceError(f"{forge}: there is no token", f"set {names[0]} to {needs}")
    return checked_token(found, forge, names[0])


def checked_token(token: str, forge: str, name: str) -> str:
    """The token, if it can stand in a header. Raises ServiceError."""
    if not re.fullmatch("[!-~]+", token):
        remedy = f"set {name} to the token alone, without quotes or line ends"
        raise ServiceError(f"{forge}: the token has characters that no token has", remedy)
    remember(token)
    return token
