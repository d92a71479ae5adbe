"""The outside services as the policy names them; their secrets are the environment's. Pure.

An empty ``url`` is the service's own, or the environment's (docs/services.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MEDIA = {  # that status.io passes a post on to: the policy's word and its name for it
    "email": "notify_email",
    "sms": "notify_sms",
    "webhook": "notify_webhook",
    "social": "social",
    "irc": "irc",
    "hipchat": "hipchat",
    "msteams": "msteams",
    "slack": "slack",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDuty:
    """Pages are incidents of ``service``, made in the name of ``sender``."""

    service: str  # its id
    sender: str  # the e-mail address of an account there
    region: str = "us"  # or "eu"
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusIo:
    """The status page of this id; people see it at ``host``."""

    page: str
    host: str = ""  # "status.example.com"
    link: bool = True  # posts end with the address of their issue
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """The workspace of the token."""

    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Google:
    """Documents are copies of ``template`` in ``folder``, both ids of a shared drive."""

    template: str
    folder: str
    share: str = ""  # the domain whose people may write in them
    scope: str = "drive.file"  # or "drive"
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """The HTTP API at ``url``; ``tenant`` is for Mimir and its like."""

    url: str = ""
    tenant: str = ""


_HOST = r"[\w.-]+(?::[0-9]{1,5})?"
_HERE = r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"
_PATH = r"(?:/[^\s?#@]*)?"
_PRIVATE = re.compile(rf"https://{_HOST}{_PATH}|https?://{_HERE}{_PATH}", re.IGNORECASE)
_PUBLIC = re.compile(rf"https?://(?:{_HOST}|{_HERE}){_PATH}", re.IGNORECASE)


def may_be_asked(url: str, *, private: bool = True) -> bool:
    """May what is ``private`` be sent there? Encrypted, or to this machine; nothing else is in an
    address: no account, no query."""
    found = (_PRIVATE if private else _PUBLIC).fullmatch(url)
    port = re.search(r"\]?:([0-9]+)(?:/|$)", url)
    return bool(found) and (port is None or 0 < int(port[1]) < 65536)


def is_project(kind: str, path: str) -> bool:
    """Can this be the path of a project on such a forge?"""
    parts = path.split("/")
    enough = len(parts) == 2 if kind == "github" else len(parts) > 1
    return enough and all(re.fullmatch(r"[\w.-]+", p) and p not in (".", "..") for p in parts)
