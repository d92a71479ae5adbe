"""What a Slack workspace consists of, and what stands in a request to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.counterparts.messages import Request
from tests.leaks import secret

TOKEN = secret("slack")
SCOPES = (
    "chat:write", "im:write", "usergroups:read", "usergroups:write", "channels:read",
    "groups:read", "channels:history",
)  # fmt: skip


@dataclass
class Message:
    channel: str  # its id
    ts: str
    text: str
    key: str
    edits: int = 0
    thread: str = ""  # the time of the message that it is a reply to
    fixed: str = ""  # why it can be changed no more
    locked: bool = False  # it takes no replies
    user: str = "U0IMA"  # whose it is


@dataclass
class Channel:
    id: str
    name: str
    member: bool = True
    archived: bool = False


@dataclass
class Group:
    id: str
    handle: str
    users: list[str] = field(default_factory=list)


class Refused(Exception):
    """``ok: false``."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.said = {"ok": False, "error": error, **more}


def values_of(request: Request) -> dict[str, Any]:
    if "json" in request.headers.get("content-type", ""):
        values = request.json()
        return values if isinstance(values, dict) else {}
    return dict(parse_qsl(request.body.decode()))


def text_of(values: dict[str, Any]) -> str:
    text = str(values.get("text", ""))
    if not text:
        raise Refused("no_text")
    if len(text) > 4_000:
        raise Refused("msg_too_long")
    return text


def key_of(values: dict[str, Any]) -> str:
    metadata = values.get("metadata") or {}
    metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
    return str(metadata.get("event_payload", {}).get("key", ""))


def metadata(key: str) -> dict[str, Any]:
    return {"event_type": "ima_message", "event_payload": {"key": key}}
