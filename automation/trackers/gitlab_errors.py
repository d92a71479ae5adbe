"""What GitLab refused, or why it did not answer, in two lines for a person. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from automation.errors import ServiceError
from automation.text import clean

Kind = Literal[
    "answer", "timeout", "tls", "refused", "name", "broken", "not json", "redirect", "url"
]
_AWAY: tuple[Kind, ...] = ("timeout", "refused", "name", "broken", "not json")
SAID_MOST = 200  # characters of what the server says that are shown
_STARTS: dict[str, Kind] = {  # the first of these in an error's causes says what it is
    "SSLError": "tls",
    "NameResolutionError": "name",
    "NewConnectionError": "refused",
    "ConnectTimeout": "timeout",
    "ConnectTimeoutError": "timeout",
    "ReadTimeout": "timeout",
    "ReadTimeoutError": "timeout",
    "TooManyRedirects": "redirect",
    "InvalidURL": "url",
    "UnicodeError": "url",
    "MissingSchema": "url",
    "InvalidSchema": "url",
}


@dataclass(frozen=True, slots=True)
class Doing:
    """What we were doing, for people: ``what`` is followed by the project and ``ref``."""

    what: str  # "assigning @ian to"
    project: str  # "acme/production"
    ref: str = ""
    writes: bool = True

    @property
    def where(self) -> str:
        return f"{self.project}{self.ref}"

    def __str__(self) -> str:
        return f"{self.what} {self.where}"


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is not the one that was hoped for, or none."""

    kind: Kind = "answer"
    status: int = 0
    said: str = ""  # what the server says is wrong, as one line; where it redirects to
    seconds: float | None = None  # what it asks to wait

    @property
    def away(self) -> bool:
        """GitLab itself gives no answer; what it refuses is another matter."""
        return self.status >= 500 or self.kind in _AWAY


class Refusal(ServiceError):
    """A `ServiceError` that knows the failure it tells of."""

    def __init__(self, failure: Failure, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.failure = failure
        self.tracker_away = failure.away


def explain(failure: Failure, doing: Doing, server: str) -> Refusal:
    """The error for a person. ``server`` is the address of GitLab."""
    reason, remedy = (_answer if failure.kind == "answer" else _no_answer)(failure, doing, server)
    return Refusal(failure, f"gitlab: {doing} failed: {reason}", remedy)


def _answer(failure: Failure, doing: Doing, _server: str) -> tuple[str, str]:
    try:
        reason = f"{failure.status} {HTTPStatus(failure.status).phrase}"
    except ValueError:
        reason = str(failure.status)
    said = failure.said
    if failure.status >= 500 or said.removeprefix(f"{failure.status} ").lower() in reason.lower():
        said = ""
    shown = f"{reason} ({said})" if said else reason
    return shown, _remedy(failure, doing)


def _remedy(failure: Failure, doing: Doing) -> str:
    said = failure.said.lower()
    if failure.status == 401:
        return "the token is wrong, expired or revoked: set IMA_GITLAB_TOKEN to one that is valid"
    if failure.status == 403:
        return _forbidden(said, doing)
    if failure.status == 404:
        return _not_found(said, doing)
    if failure.status == 405:
        return f"if {doing.project} has moved, write its new path, or its number, into policy.yml"
    if failure.status == 409:
        return _conflict(said)
    if failure.status == 429:
        return "too many requests for this account or address: the rest waits for the next run"
    if failure.status >= 500:
        return _afterwards("GitLab itself failed", doing)
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
    scope, role = ("api", "Reporter") if doing.writes else ("read_api", "Reporter")
    return f"the token needs the {scope} scope and the {role} role on {doing.project}"


def _not_found(said: str, doing: Doing) -> str:
    if not doing.ref or "project" in said:
        return f"there is no {doing.project}, or it is private and the token's account no member"
    return "there is no such thing there, or the token's account may not see it (confidential)"


def _conflict(said: str) -> str:
    if "label" in said or "taken" in said or "exists" in said:
        return "change that one, or take another name"
    return "somebody else was writing: run again"


def _no_answer(failure: Failure, doing: Doing, server: str) -> tuple[str, str]:
    host = _host(server)
    return {
        "timeout": (f"no answer from {host} in time", _afterwards("it may be busy", doing)),
        "tls": (
            f"the certificate of {host} cannot be verified",
            "set REQUESTS_CA_BUNDLE to the file with the certificate of its authority",
        ),
        "refused": (
            f"{host} refuses the connection",
            "check GitLab's address; if it is right, GitLab is down: run again later",
        ),
        "name": (f"no such host: {host}", "check GitLab's address and this machine's network"),
        "broken": (f"the connection to {host} broke", _afterwards("it happens", doing)),
        "not json": (
            f"{host} sent a web page instead of data",
            "check GitLab's address; a proxy or a sign-in page may stand in front of it",
        ),
        "redirect": (
            f"{host} redirects to {failure.said or 'somewhere else'}",
            "write the new address or the project's new path where the old one stands",
        ),
        "url": (
            f"{host or 'it'} is no address of a GitLab",
            "write it as https://gitlab.example.com",
        ),
    }[failure.kind]


def _afterwards(why: str, doing: Doing) -> str:
    if doing.writes:
        return f"{why}: it may have been done all the same; the next run looks first"
    return f"{why}: run again"


def _host(server: str) -> str:
    """The host and port of an address, without a login in it."""
    try:
        return urlsplit(server).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def said_by(body: object) -> str:
    """What the server says is wrong, from an answer's body: one line, not too long."""
    if isinstance(body, bytes):
        body = body.decode(errors="replace")
    if isinstance(body, str):
        body = _json(body)
    text = clean("; ".join(dict.fromkeys(_sentences(body))))
    return text if len(text) <= SAID_MOST else text[: SAID_MOST - 1] + "…"


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return "" if re.match(r"\s*<", text) else text


def _sentences(said: object, name: str = "") -> Iterator[str]:
    """GitLab answers with a text, a list, or lists by field, under one of three keys."""
    if isinstance(said, Mapping):
        known = [key for key in ("message", "error", "error_description") if said.get(key)]
        for key, value in [(key, said[key]) for key in known] or said.items():
            yield from _sentences(value, name if known else str(key))
    elif isinstance(said, list):
        for each in said:
            yield from _sentences(each, name)
    elif said:
        yield f"{name} {said}" if name and name != "base" else str(said)


def not_sent(error: BaseException) -> Failure:
    """The failure behind an error of `requests`; its text, which may hold secrets, is not read."""
    names = [kind.__name__ for each in _causes(error) for kind in type(each).__mro__]
    kind: Kind = next((_STARTS[name] for name in _STARTS if name in names), "broken")
    return Failure(kind, said=_target(error) if kind == "redirect" else "")


def _causes(error: BaseException) -> Iterator[Any]:
    for each in (error, *error.args):
        yield each
        if reason := getattr(each, "reason", None):
            yield reason


def _target(error: BaseException) -> str:
    """Host and path that a redirect leads to; no query, for it may hold secrets."""
    response = getattr(error, "response", None)
    parts = urlsplit(str(response.headers.get("Location", ""))) if response is not None else None
    return clean(f"{parts.netloc.rpartition('@')[2]}{parts.path}")[:SAID_MOST] if parts else ""
