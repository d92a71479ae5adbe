"""Slack: announcements, messages to people, user groups. It is never asked what is true.

A message carries its key in its metadata. Where a channel is written as its id, a post that nobody
remembers is found again by it; elsewhere a job that was killed may post twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.policy.policy import Policy
from automation.services import ChatAbilities, Unchangeable
from automation.services.slack.rows import (
    GROUPS,
    HISTORY,
    IN_GROUP,
    OPENED,
    POSTED,
    WHO_WE_ARE,
)
from automation.services.slack.wire import SlackWire, said_no
from automation.text.chat_text import translate_markup

CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{5,}")
_GROUP_ID = re.compile(r"S[A-Z0-9]{4,}")
EVERYBODY = ("here", "channel", "everyone")
_EVENT_TYPE = "ima_message"  # by which the metadata of our messages are known
_LOOKS_BACK = 100  # messages of a channel
_MOST = 3_890  # characters; above 4,000 `chat.update` may answer `msg_too_long`
_HALF = re.compile(r"(?:&\w{0,4}|<[^<>]*)$")  # an escape or a mention that is not whole
_FOR_GOOD = (
    "cannot_reply_to_message",
    "cant_update_message",
    "edit_window_closed",
    "is_inactive",
    "message_not_found",
    "restricted_action_thread_locked",
    "thread_not_found",
)
_FORGOTTEN = "the announcement is not known any more"
_BY_HAND = "delete there by hand what nobody else may read"
_QUIET = {"link_names": False, "parse": "none"}


class SlackChat:
    """The workspace of one token. People and groups are mentioned only by the ids that the policy
    gives."""

    can = ChatAbilities(finds=True, tells_once=False, reaches=True)

    def __init__(self, policy: Policy, wire: SlackWire) -> None:
        self.wire, self._groups = wire, dict(policy.chat.groups)
        self._people = {who.casefold(): each.chat for who, each in policy.people.items()}

    def post(self, channel: str, text: str, key: str) -> str:
        """Post an announcement; what is too long for one message goes on in its thread. Where a
        message has the key already, that one is changed. Returns "channel:time"."""
        where = channel.lstrip("#")
        if made := self._posted(where, key):
            self.update(channel, text, key, made)
            return made
        doing = f"announcing in #{where}"
        first, *rest = parts(self._mrkdwn(text))
        message = self._message_data(where, first, key)
        answer = self.wire.write(doing, "chat.postMessage", message, POSTED)
        there, ts = str(answer["channel"] or where), str(answer["ts"] or "")
        self._answer_in_thread(doing, there, ts, rest, key)
        return f"{there}:{ts}"

    def reply(self, channel: str, at: str, text: str, key: str, of: str = "") -> None:
        """Post in the thread of a message, where that has no reply with this key."""
        where = channel.lstrip("#")
        doing = f"answering in the thread of #{where}"
        made = at if ":" in at else self._posted(where, of)
        if not made:
            raise Unchangeable(
                f"slack: {doing} failed: {_FORGOTTEN}",
                "answer there yourself",
            )
        there, _, ts = made.partition(":")
        try:
            if self._found(there, key, "conversations.replies", ts=ts):
                return
            self._answer_in_thread(doing, there, ts, parts(self._mrkdwn(text)), key)
        except Refusal as refusal:
            raise _unchangeable(refusal) from None

    def _answer_in_thread(
        self, doing: str, channel: str, ts: str, texts: Iterable[str], key: str
    ) -> None:
        for text in texts:
            message = {**self._message_data(channel, text, key), "thread_ts": ts}
            self.wire.write(doing, "chat.postMessage", message)

    def update(self, channel: str, text: str, key: str, at: str) -> None:
        """Change the message. One that somebody has deleted stays deleted. What is too long is
        cut."""
        where = channel.lstrip("#")
        made = at if ":" in at else self._posted(where, key)
        if not made:
            return
        there, _, ts = made.partition(":")
        try:
            self._change(f"updating the announcement in #{where}", there, ts, text, key)
        except Refusal as refusal:
            raise _unchangeable(refusal) from None

    def _change(self, doing: str, channel: str, ts: str, text: str, key: str) -> None:
        first, *rest = parts(self._mrkdwn(text))
        values = {**self._message_data(channel, first + "\n…" * bool(rest), key), "ts": ts}
        del values["unfurl_links"], values["unfurl_media"]
        self.wire.write(doing, "chat.update", values, again=True)

    def change_replies(self, channel: str, at: str, text: str, of: str) -> None:
        """Change each of our replies in the thread of a message."""
        where = channel.lstrip("#")
        doing = f"changing the thread of #{where}"
        made = at if ":" in at else self._posted(where, of)
        if not made:
            raise Unchangeable(f"slack: {doing} failed: {_FORGOTTEN}", _BY_HAND)
        there, _, ts = made.partition(":")
        try:
            for message in [*self._messages(there, "conversations.replies", ts=ts)]:
                if message["ts"] != ts and (key := _key_in(message)) and self._is_ours(message):
                    self._change(doing, there, message["ts"], text, str(key))
        except Refusal as refusal:
            if said_no(refusal):
                raise Unchangeable(refusal.problem, _BY_HAND) from None
            raise

    def tell(self, person: str, text: str, key: str) -> None:
        """Send a direct message; several, if it is long."""
        doing, user = f"writing to @{person}", self._member_id(person)
        who = {"users": user}
        opened = self.wire.write(doing, "conversations.open", who, OPENED, again=True)
        where = (opened["channel"] or {}).get("id") or user
        for part in parts(self._mrkdwn(text)):
            self.wire.write(doing, "chat.postMessage", self._message_data(where, part, key))

    def set_group(self, handle: str, people: Iterable[str]) -> None:
        """Make these people the members of a user group; nothing is written where they are it
        already."""
        wanted = sorted({self._member_id(person) for person in people})
        group = self.group(handle)
        if not group:
            raise ServiceError(
                f"slack: there is no user group {handle}",
                "make it in Slack, or check `chat.groups` and `roles.*.group` in the policy",
            )
        doing = f"setting the group {handle}"
        answer = self.wire.read(doing, "usergroups.users.list", IN_GROUP, usergroup=group)
        if wanted and wanted != sorted(answer["users"] or ()):
            values = {"usergroup": group, "users": ",".join(wanted)}
            self.wire.write(doing, "usergroups.users.update", values, again=True)

    def group(self, name: str) -> str:
        """The id of a group by its name in the policy, its handle or its id; "" if there is
        none."""
        named = self._groups.get(name.lstrip("@"), name)
        return named if _GROUP_ID.fullmatch(named) else self._handles.get(named.lstrip("@"), "")

    def _member_id(self, person: str) -> str:
        if user := self._people.get(person.casefold()):
            return user
        raise ServiceError(
            f"slack: nobody knows who @{person} is there",
            f"set `people.{person}.chat` in the policy to their member id (U…)",
        )

    @cached_property
    def _handles(self) -> dict[str, str]:
        answer = self.wire.read("reading the user groups", "usergroups.list", GROUPS)
        return {each["handle"]: each["id"] for each in answer["usergroups"] or ()}

    def _posted(self, where: str, key: str) -> str:
        """Our message with this key; "" where there is none, or where we may not look."""
        if not CHANNEL_ID.fullmatch(where):
            return ""
        return self._found(where, key, "conversations.history")

    def _found(self, where: str, key: str, method: str, **more: str) -> str:
        try:
            found = [m for m in self._messages(where, method, **more) if _key_in(m) == key]
        except Refusal as refusal:
            if not said_no(refusal):
                raise
            return ""
        return next((f"{where}:{m['ts']}" for m in found if self._is_ours(m)), "")

    def _messages(self, where: str, method: str, **more: str) -> list[dict[str, Any]]:
        query = {"channel": where, "limit": _LOOKS_BACK, "include_all_metadata": "true", **more}
        answer = self.wire.read(f"reading #{where}", method, HISTORY, **query)
        return list(answer["messages"] or ())

    def _is_ours(self, message: dict[str, Any]) -> bool:
        """Anybody's app can write our key into a message of its own."""
        said = (message.get("user"), message.get("bot_id"))
        return not any(said) or any(a and a == b for a, b in zip(said, self._us, strict=True))

    @cached_property
    def _us(self) -> tuple[str | None, str | None]:
        answer = self.wire.read("asking who we are", "auth.test", WHO_WE_ARE)
        return answer["user_id"], answer["bot_id"]

    def _message_data(self, where: str, text: str, key: str) -> dict[str, Any]:
        metadata = {"event_type": _EVENT_TYPE, "event_payload": {"key": key}}
        no_previews = {"unfurl_links": False, "unfurl_media": False}
        message = {"channel": where, "text": text, "metadata": metadata}
        return {**message, **_QUIET, **no_previews}

    def _mrkdwn(self, text: str) -> str:
        return translate_markup(text, self._mention_or_link, escaped)

    def _mention_or_link(self, kind: str, value: str) -> str:
        if kind == "link":
            return f"<{escaped(value)}>"
        if kind == "person":
            user = self._people.get(value.casefold())
            return f"<@{user}>" if user else escaped(value)
        if (word := value.lstrip("@")) in EVERYBODY:
            return f"<!{word}>"
        group = self._group_if_told(value)
        return f"<!subteam^{group}>" if group else escaped(value)

    def _group_if_told(self, name: str) -> str:
        """The id of a group; "" where Slack does not tell us. The announcement is posted all the
        same, and `ima doctor` says what is missing."""
        try:
            return self.group(name)
        except Refusal as refusal:
            if not said_no(refusal):
                raise
            return ""


def parts(text: str) -> Iterator[str]:
    """``text`` in pieces that Slack takes, split at lines, else at blanks, and never within an
    escape or a mention."""
    text = text.rstrip()
    while len(text) > _MOST:
        head = text[:_MOST]
        cut = max(head.rfind("\n"), 0) or max(head.rfind(" "), 0) or _MOST
        if half := _HALF.search(text[:cut]):
            cut = half.start() or cut
        yield text[:cut]
        text = text[cut:].lstrip("\n ")
    yield text


def _unchangeable(refusal: Refusal) -> ServiceError:
    """The refusal, as one for good where it is."""
    if said_no(refusal) and refusal.failure.said in _FOR_GOOD:
        return Unchangeable(refusal.problem, refusal.remedy)
    return refusal


def escaped(text: str) -> str:
    """``text``, changed so that nothing in it is markup of Slack's."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _key_in(message: dict[str, Any]) -> object:
    metadata = message.get("metadata") or {}
    ours = metadata.get("event_type") == _EVENT_TYPE
    return (metadata.get("event_payload") or {}).get("key") if ours else None
