"""What `ima doctor` asks of Slack: who we are there, the channels, the groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from automation.doctor.chat import Channel, ChatAnswers
from automation.http.answers import Refusal
from automation.services.slack.rows import CHANNEL, CHANNELS, OURSELVES
from automation.services.slack.slack import CHANNEL_ID, EVERYBODY, SlackChat
from automation.services.slack.wire import SlackWire, said_no

_PAGES, _PAGE = 20, 1000  # channels


def chat_answers(chat: SlackChat, channels: Iterable[str], groups: Iterable[str]) -> ChatAnswers:
    """The answers that `ima doctor` judges. Raises ServiceError where nobody answers, or not to
    this token."""
    wire = chat.wire
    me = wire.read("asking who we are", "auth.test", OURSELVES)
    found = tuple(_channel(wire, each) for each in dict.fromkeys(channels))
    handles = [each for each in dict.fromkeys(groups) if each.lstrip("@") not in EVERYBODY]
    try:
        missing = tuple(each for each in handles if not chat.group(each))
        not_told = ""
    except Refusal as refusal:
        missing, not_told = (), _missing_scope(refusal)
    return ChatAnswers(
        f"{me['user'] or '?'} in {me['team'] or '?'}", found, len(handles), missing, not_told
    )


def _missing_scope(refusal: Refusal) -> str:
    """The scope that Slack says is missing. Raises the refusal where it says anything else."""
    if said_no(refusal) and refusal.failure.said.startswith("missing_scope"):
        return refusal.failure.said
    raise refusal


def _channel(wire: SlackWire, channel: str) -> Channel:
    name = channel.lstrip("#")
    try:
        found = _by_id(wire, name) if CHANNEL_ID.fullmatch(name) else _by_name(wire, name)
    except Refusal as refusal:
        return Channel(channel, not_told=_missing_scope(refusal))
    if found is None:
        return Channel(channel, there=False)
    return Channel(channel, True, bool(found.get("is_member")), bool(found.get("is_archived")))


def _by_id(wire: SlackWire, channel: str) -> dict[str, Any] | None:
    try:
        answer = wire.read(f"reading {channel}", "conversations.info", CHANNEL, channel=channel)
    except Refusal as refusal:
        if refusal.failure.said == "channel_not_found":
            return None
        raise
    made: dict[str, Any] = answer["channel"] or {}
    return made


def _by_name(wire: SlackWire, name: str) -> dict[str, Any] | None:
    query = {"types": "public_channel,private_channel", "limit": _PAGE}
    for _ in range(_PAGES):
        answer = wire.read("reading the channels", "conversations.list", CHANNELS, **query)
        for each in answer["channels"] or ():
            if each.get("name") == name:
                return dict(each)
        after = (answer["response_metadata"] or {}).get("next_cursor")
        if not after:
            return None
        query["cursor"] = after
    return None
