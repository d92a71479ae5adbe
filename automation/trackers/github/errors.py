"""What GitHub refused, or why it did not answer, in two lines for a person. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from automation.http.answers import (
    Failure,
    Refusal,
    as_said,
    no_answer_in_words,
    remedy_when_unsure,
    server_message,
    status_in_words,
)
from automation.trackers.action_in_words import Doing


def explain(failure: Failure, doing: Doing, server: str) -> Refusal:
    """The error for a person. ``server`` is the address of GitHub's API."""
    if failure.kind == "redirect":
        why, remedy = _moved(doing)
    elif failure.kind == "answer":
        why, remedy = status_in_words(failure), _remedy(failure, doing)
    else:
        why, remedy = no_answer_in_words(failure, server, "GitHub", doing.writes)
    error = Refusal(failure, f"github: {doing} failed: {why}", remedy)
    error.tracker_away = failure.away
    return error


def _moved(doing: Doing) -> tuple[str, str]:
    if doing.ref:
        return "it has moved to another repository", "what is there now is of no concern here"
    why = f"{doing.project} has been renamed or transferred"
    return why, "write its new path into policy.yml: `tracker: {project: owner/name}`"


def _remedy(failure: Failure, doing: Doing) -> str:
    said = failure.said.lower()
    if failure.busy:
        return _too_many(said)
    if failure.status == 401:
        return "the token is wrong, expired or revoked: set IMA_GITHUB_TOKEN to one that is valid"
    if failure.status in (403, 451):
        return _forbidden(said, doing)
    if failure.status == 404:
        return _not_found(doing)
    if failure.status == 410:
        return _gone(said, doing)
    if failure.status >= 500:
        return remedy_when_unsure("GitHub itself failed", doing.writes)
    return "GitHub does not take what was sent; what it says is in brackets"


def _too_many(said: str) -> str:
    if "secondary" in said or "abuse" in said:
        return "too many requests in too short a time: the rest waits for the next run"
    return "the token's requests of this hour are used up: the rest waits for the next run"


def _forbidden(said: str, doing: Doing) -> str:
    if "archived" in said:
        return f"{doing.project} is archived and can only be read: unarchive it"
    if "is locked" in said:
        return "it is locked: unlock it, or give the token's account the Write role"
    if "saml" in said or "sso" in said.split():
        return "authorise the token for the organisation's single sign-on (Configure SSO)"
    if "suspended" in said or "blocked" in said:
        return "the account is suspended or blocked: use another account's token"
    if "push access" in said or "admin rights" in said:
        return f"the token's account needs the Write role on {doing.project}"
    needs = "read and write" if doing.writes else "read"
    shown = doing.right.replace("-", " ").capitalize()
    if "by integration" in said:
        word = "write" if doing.writes else "read"
        return f"give the job `permissions: {doing.right}: {word}`, or the App {shown}: {needs}"
    if "personal access token" in said:
        return f"give the fine-grained token {shown}: {needs} on {doing.project}"
    return f"the token needs {shown}: {needs} on {doing.project} (a classic one: the repo scope)"


def _not_found(doing: Doing) -> str:
    if not doing.ref:
        hidden = "or it is private and the token was not given access to it"
        return f"there is no {doing.project}, {hidden}"
    return "there is no such thing there, or the token may not see it"


def _gone(said: str, doing: Doing) -> str:
    if "disabled" in said:
        return f"turn the issues of {doing.project} on: Settings, General, Features"
    return "it was deleted: nothing is left to do for it"


def said_in(data: object) -> str:
    """What GitHub says is wrong: its message, and of a 422 each error, in one line."""
    if not isinstance(data, Mapping) or not isinstance(data.get("errors"), list):
        return server_message(data)
    parts = [str(data.get("message") or ""), *_errors(data["errors"])]
    return as_said("; ".join(dict.fromkeys(part for part in parts if part)))


def _errors(errors: list[Any]) -> Iterator[str]:
    for error in errors:
        if not isinstance(error, Mapping):
            yield str(error)
        elif error.get("message"):
            yield str(error["message"])
        else:
            words = (error.get(key) for key in ("field", "code", "value"))
            yield " ".join(str(word) for word in words if word)
