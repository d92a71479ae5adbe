"""What another system answered, or why it did not, in words for people. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from automation.errors import ServiceError
from automation.http.bounded import MOST_BYTES
from automation.http.known_secrets import veiled
from automation.records import dataclass
from automation.text.escaping import clean

Kind = Literal[
    "answer", "timeout", "tls", "bundle", "refused", "proxy", "name", "broken", "not json",
    "redirect", "url", "slow", "large", "endless", "shape",
]  # fmt: skip
_AWAY: tuple[Kind, ...] = (
    "timeout",
    "refused",
    "proxy",
    "name",
    "broken",
    "not json",
    "slow",
    "large",
)
NOT_SENT = (OSError, UnicodeError)  # what `requests` and urllib raise where no answer came
SAID_MOST = 200  # characters of what the server says that are shown
_STARTS: dict[str, Kind] = {  # the first of these in an error's causes says what it is
    "TooSlow": "slow",
    "TooLarge": "large",
    "ProxyError": "proxy",
    "SSLError": "tls",
    "FileNotFoundError": "bundle",
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
    "TimeoutError": "timeout",  # these are the standard library's
    "ConnectionRefusedError": "refused",
    "gaierror": "name",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer other than the one that was hoped for, or none."""

    kind: Kind = "answer"
    status: int = 0
    said: str = ""  # what the server says is wrong, as one line; where it redirects to
    seconds: float | None = None  # what it asks to wait
    busy: bool = False  # there were too many requests: nothing was done

    @property
    def away(self) -> bool:
        """Did the system itself give no answer? A refusal is one."""
        return self.status >= 500 or self.kind in _AWAY


class Refusal(ServiceError):
    """A `ServiceError` that knows its failure."""

    def __init__(self, failure: Failure, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.failure = failure


def status_in_words(failure: Failure) -> str:
    """The status of an answer with what the server says of it: "403 Forbidden
    (insufficient_scope)"."""
    try:
        phrase = f"{failure.status} {HTTPStatus(failure.status).phrase}"
    except ValueError:
        phrase = str(failure.status)
    said = failure.said
    if failure.status >= 500 or said.removeprefix(f"{failure.status} ").lower() in phrase.lower():
        said = ""
    return f"{phrase} ({said})" if said else phrase


def no_answer_in_words(failure: Failure, server: str, name: str, writes: bool) -> tuple[str, str]:
    """Why there is no answer from ``name`` ("GitLab") at ``server``, and what to do."""
    host = host_of(server)
    proxy, variable = proxy_of(server)
    bundle = next((name for name in _BUNDLES if os.environ.get(name)), "")
    return {
        "timeout": (f"no answer from {host} in time", remedy_when_unsure("it may be busy", writes)),
        "tls": (
            f"the certificate of {host} cannot be verified",
            f"{bundle} names a file without that of its authority: add it there"
            if bundle
            else "set REQUESTS_CA_BUNDLE to the file with the certificate of its authority",
        ),
        "proxy": (
            f"the proxy {proxy} lets nothing through to {host}",
            f"check {variable}, which names it; or name {host.partition(':')[0]} in NO_PROXY",
        ),
        "bundle": (
            f"{bundle or 'REQUESTS_CA_BUNDLE'} names a file that is not there, so {host} is not"
            " asked",
            "write the path of a file with certificates there, or take the variable away",
        ),
        "refused": (
            f"{host} refuses the connection",
            f"check {name}'s address; if it is right, {name} is down: run again later",
        ),
        "name": (f"no such host: {host}", f"check {name}'s address and this machine's network"),
        "broken": (f"the connection to {host} broke", remedy_when_unsure("it happens", writes)),
        "not json": (
            f"{host} sent a web page instead of data",
            f"check {name}'s address; a proxy or a sign-in page may stand in front of it",
        ),
        "slow": (
            f"{host} answers too slowly",
            remedy_when_unsure("it may be busy, or a proxy before it", writes),
        ),
        "large": (
            f"{host} sent more than {MOST_BYTES // 1_000_000} MB",
            f"check {name}'s address; a proxy may stand in front of it",
        ),
        "endless": (
            f"its list has more than {failure.said} pages",
            f"check {name}'s address; if it is right, close or move what is not needed there",
        ),
        "shape": (
            failure.said,
            remedy_when_unsure(f"{name}, or a proxy before it, may be at fault", writes),
        ),
        "redirect": (
            f"{host} redirects to {failure.said or 'somewhere else'}",
            "write the new address or the project's new path where the old one stands",
        ),
        "url": (
            f"{host or 'it'} is no address of {name}",
            "write it as https://host.example.com",
        ),
    }[failure.kind]


def remedy_when_unsure(why: str, writes: bool) -> str:
    """What to do where it is not known whether a write was done."""
    if writes:
        return f"{why}: it may have been done all the same; the next run looks first"
    return f"{why}: run again"


_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def proxy_of(server: str) -> tuple[str, str]:
    """The proxy on the way to a server, without a login, and the variable that names it."""
    scheme = server.partition(":")[0].lower()
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    for name in names:
        if said := os.environ.get(name):
            return host_of(said if "//" in said else f"//{said}"), name
    return "on the way", "HTTPS_PROXY"


def host_of(server: str) -> str:
    """The host and port of an address, without a login."""
    try:
        return urlsplit(server).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def server_message(body: object) -> str:
    """What the server says is wrong, in one line that is not too long."""
    if isinstance(body, bytes):
        body = body.decode(errors="replace")
    if isinstance(body, str):
        body = _parse_json(body)
    return as_said("; ".join(dict.fromkeys(_sentences(body))))


def as_said(text: str, most: int = SAID_MOST) -> str:
    """A text of somebody else for a line of ours: short, harmless and without secrets."""
    line = veiled(clean(text))
    return line if len(line) <= most else line[: most - 1] + "…"


def read_json(body: bytes | str) -> Any:
    """The JSON of a body. Raises ValueError where it is none, too deep, or not Unicode."""
    import orjson

    return orjson.loads(body)


def _parse_json(text: str) -> object:
    try:
        return read_json(text)
    except ValueError:
        return "" if re.match(r"\s*<", text) else text


def _sentences(said: object, name: str = "", deep: int = 5) -> Iterator[str]:
    """A text, a list, or lists by field, under one of the usual keys; no more within each other
    than anybody means for people."""
    if not deep:
        return
    if isinstance(said, Mapping):
        known = [key for key in ("message", "error", "error_description") if said.get(key)]
        for key, value in [(key, said[key]) for key in known] or said.items():
            yield from _sentences(value, name if known else str(key), deep - 1)
    elif isinstance(said, list):
        for each in said:
            yield from _sentences(each, name, deep - 1)
    elif said:
        yield f"{name} {said}" if name and name != "base" else str(said)


def failure_of(error: BaseException) -> Failure:
    """The failure behind one of the errors in `NOT_SENT`. Its text is not read: it may hold
    secrets."""
    names = [kind.__name__ for each in _causes(error) for kind in type(each).__mro__]
    bare = type(error) is OSError and error.errno is None  # requests itself raises this one
    other: Kind = "bundle" if bare else "broken"
    kind = next((_STARTS[name] for name in _STARTS if name in names), other)
    response = getattr(error, "response", None) if kind == "redirect" else None
    if response is None:
        return Failure(kind)
    return Failure(kind, response.status_code, redirect_target(response.headers))


def _causes(error: BaseException, deep: int = 4) -> Iterator[Any]:
    """The error and those within it, for libraries wrap one into another."""
    yield error
    for each in (*error.args, getattr(error, "reason", None)) if deep else ():
        if isinstance(each, BaseException):
            yield from _causes(each, deep - 1)


def redirect_target(headers: Mapping[str, str]) -> str:
    """The host and path that a redirect leads to, without its query, which may hold secrets; empty
    where that is no address."""
    try:
        parts = urlsplit(str(headers.get("Location", "")))
    except ValueError:
        return ""
    return as_said(f"{parts.netloc.rpartition('@')[2]}{parts.path}")
