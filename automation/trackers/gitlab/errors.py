"""What GitLab refused, or why it did not answer, in two lines for a person. Pure."""

from __future__ import annotations

from automation.http.answers import (
    Failure,
    Refusal,
    no_answer_in_words,
    remedy_when_unsure,
    status_in_words,
)
from automation.trackers.action_in_words import Doing


def explain(failure: Failure, doing: Doing, server: str) -> Refusal:
    """The error for a person. ``server`` is the address of GitLab."""
    if failure.kind == "answer":
        why, remedy = status_in_words(failure), _remedy(failure, doing)
    else:
        why, remedy = no_answer_in_words(failure, server, "GitLab", doing.writes)
    error = Refusal(failure, f"gitlab: {doing} failed: {why}", remedy)
    error.tracker_away = failure.away
    return error


def _remedy(failure: Failure, doing: Doing) -> str:
    said = failure.said.lower()
    if failure.status == 401:
        return "the token is wrong, expired or revoked: set IMA_GITLAB_TOKEN to one that is valid"
    if failure.status == 403:
        return _forbidden(said, doing)
    if failure.status == 404:
        return _not_found(said, doing)
    if failure.status == 405:
        return f"if {doing.project} has moved, write its new path into `tracker:` of policy.yml"
    if failure.status == 409:
        return _conflict(said)
    if failure.status == 429:
        return "too many requests for this account or address: the rest waits for the next run"
    if failure.status >= 500:
        return remedy_when_unsure("GitLab itself failed", doing.writes)
    return "GitLab does not take what was sent; what it says is in brackets"


def _forbidden(said: str, doing: Doing) -> str:
    if "blocked" in said or "deactivated" in said:
        return "the token's account is blocked: ask an administrator, or use another account's"
    if "insufficient_scope" in said or "scope" in said:
        scope = "api" if doing.writes else "read_api or api"
        return f"the token needs the {scope} scope: make one that has it"
    if "archived" in said:
        return f"{doing.project} is archived and can only be read: unarchive it"
    if "terms" in said:
        return "the token's account must accept the terms of service: sign in with it once"
    if doing.writes:
        needs = f"the token needs the api scope and the Reporter role on {doing.project}"
        return f"{needs}, which must not be archived: `ima doctor` says which it is"
    return f"the token needs the read_api scope and the Reporter role on {doing.project}"


def _not_found(said: str, doing: Doing) -> str:
    if not doing.ref or "project" in said:
        return f"there is no {doing.project}, or it is private and the token's account no member"
    return "there is no such thing there, or the token's account may not see it (confidential)"


def _conflict(said: str) -> str:
    if "label" in said or "taken" in said or "exists" in said:
        return "change that one, or take another name"
    return "somebody else was writing: run again"
