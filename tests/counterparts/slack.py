"""A Slack workspace as far as IMA speaks to it: messages, people, user groups, scopes.

    python -m tests.counterparts.slack --port 4101

It refuses what Slack refuses: a channel's name where only its id will do, a missing scope, a
message of nobody. It never says that the text of a message is wrong: `seen` is what people see.
"""

from __future__ import annotations

import argparse
import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.counterparts.messages import Answer, Request
from tests.counterparts.program import stay
from tests.counterparts.slack_parts import (
    SCOPES,
    TOKEN,
    Channel,
    Group,
    Message,
    Refused,
    key_of,
    metadata,
    text_of,
    values_of,
)
from tests.counterparts.small import SmallServer

_LIVES = re.compile(r"<(!subteam\^|!|@|#)?([^>|]+)(?:\|[^>]*)?>")


class SlackServer(SmallServer):
    """``channels`` are the names that there are; None: whatever is asked for."""

    def __init__(
        self,
        *,
        channels: Iterable[str] | None = None,
        groups: Mapping[str, str] = {"advocates": "S0ADVOCATES", "sre-oncall": "S0ONCALL"},
        scopes: Iterable[str] = SCOPES,
        port: int = 0,
    ) -> None:
        super().__init__(self._answer, error={"ok": False, "error": "fatal_error"}, port=port)
        self.scopes, self.open = set(scopes), channels is None
        self.channels = [Channel(f"C0{n:06}", name) for n, name in enumerate(channels or ())]
        self.teams = [Group(each, handle) for handle, each in groups.items()]
        self.posted: list[Message] = []
        self.pinged: list[str] = []  # "@U…", "!subteam^S…", "!here": by a new message only

    @property
    def groups(self) -> dict[str, list[str]]:
        """Who is in each group, by its handle."""
        return {each.handle: list(each.users) for each in self.teams}

    def messages(self) -> list[tuple[str, str, str, str]]:
        """Channel, text, time and key of what stands in channels, oldest first."""
        return [self._row(m) for m in self.posted if m.channel[0] != "D" and not m.thread]

    def answered(self) -> list[tuple[str, str, str, str]]:
        """The same of the replies in threads; the time is that of the thread."""
        rows = [(m, self._row(m)) for m in self.posted if m.channel[0] != "D" and m.thread]
        return [(channel, text, m.thread, key) for m, (channel, text, _, key) in rows]

    def _row(self, message: Message) -> tuple[str, str, str, str]:
        names = {each.id: each.name for each in self.channels}
        return names[message.channel], message.text, message.ts, message.key

    def direct(self) -> list[tuple[str, str, str, str]]:
        """User, text, time and key of the messages to one person."""
        return [
            (f"U{m.channel[1:]}", m.text, m.ts, m.key) for m in self.posted if m.channel[0] == "D"
        ]

    def _answer(self, request: Request) -> Answer:
        method = request.path.rpartition("/")[2]
        values = values_of(request)
        try:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                raise Refused("invalid_auth")
            if method not in _METHODS:
                raise Refused("unknown_method")
            does, scope = _METHODS[method]
            if scope and scope not in self.scopes:
                raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))
            return Answer(200, {"ok": True, **does(self, values)})
        except Refused as refused:
            return Answer(200, refused.said)

    def test(self, values: dict[str, Any]) -> dict[str, Any]:
        known = {"user": "ima", "user_id": "U0IMA", "bot_id": "B0IMA"}
        return {"team": "Acme", "team_id": "T0ACME", **known}

    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(str(values.get("channel", "")), posting=True)
        text = text_of(values)
        message = Message(channel, f"1770000000.{len(self.posted):06}", text, key_of(values))
        message.thread = self._thread(channel, str(values.get("thread_ts") or ""))
        self.posted.append(message)
        self.pinged += [
            f"{kind}{what}" for kind, what in _LIVES.findall(text) if kind and kind != "#"
        ]
        return {"channel": channel, "ts": message.ts}

    def update(self, values: dict[str, Any]) -> dict[str, Any]:
        message = self._message(values)
        if message.user != "U0IMA":
            raise Refused("cant_update_message")
        if message.fixed:
            raise Refused(message.fixed)
        message.text, message.edits = text_of(values), message.edits + 1
        message.key = key_of(values) or message.key
        return {"channel": message.channel, "ts": message.ts, "text": message.text}

    def _message(self, values: dict[str, Any]) -> Message:
        if not re.fullmatch(r"[CD][A-Z0-9]+", channel := str(values.get("channel"))):
            raise Refused("channel_not_found")
        for each in self.posted:
            if (each.channel, each.ts) == (channel, values.get("ts")):
                return each
        raise Refused("message_not_found")

    def _thread(self, channel: str, ts: str) -> str:
        """The thread that a reply goes to."""
        for each in self.posted:
            if (each.channel, each.ts) == (channel, ts):
                if each.locked:
                    raise Refused("restricted_action_thread_locked")
                return each.thread or each.ts
        if ts:
            raise Refused("cannot_reply_to_message")
        return ""

    def history(self, values: dict[str, Any]) -> dict[str, Any]:
        """What stands in a channel itself, the newest first."""
        channel = self._known(lambda each: each.id == values.get("channel")).id
        found = [m for m in reversed(self.posted) if m.channel == channel and not m.thread]
        return self._rows(found, values)

    def replies(self, values: dict[str, Any]) -> dict[str, Any]:
        """A message and its thread, the oldest first."""
        channel, ts = values.get("channel"), values.get("ts")
        found = [m for m in self.posted if m.channel == channel and ts in (m.ts, m.thread)]
        if not found:
            raise Refused("thread_not_found")
        return self._rows(found, values)

    def _rows(self, found: list[Message], values: dict[str, Any]) -> dict[str, Any]:
        whole = values.get("include_all_metadata") in ("1", "true", True)
        rows = [
            {"type": "message", "ts": m.ts, "text": m.text, "user": m.user}
            | {"bot_id": m.user.replace("U", "B")}
            | ({"metadata": metadata(m.key)} if whole and m.key else {})
            for m in found[: int(values.get("limit", 100))]
        ]
        return {"messages": rows, "has_more": len(found) > len(rows)}

    def list(self, values: dict[str, Any]) -> dict[str, Any]:
        rows = [
            {"id": c.id, "name": c.name, "is_member": c.member, "is_archived": c.archived}
            for c in self.channels
        ]
        first, most = int(values.get("cursor") or 0), int(values.get("limit", 100))
        after = str(first + most) if first + most < len(rows) else ""
        return {"channels": rows[first : first + most], "response_metadata": {"next_cursor": after}}

    def info(self, values: dict[str, Any]) -> dict[str, Any]:
        c = self._known(lambda each: each.id == values.get("channel"))
        return {
            "channel": {
                "id": c.id,
                "name": c.name,
                "is_member": c.member,
                "is_archived": c.archived,
            }
        }

    def talk(self, values: dict[str, Any]) -> dict[str, Any]:
        user = str(values.get("users", ""))
        if not re.fullmatch(r"[UW][A-Z0-9]+", user):
            raise Refused("user_not_found")
        return {"channel": {"id": f"D{user[1:]}"}}

    def usergroups(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"usergroups": [{"id": each.id, "handle": each.handle} for each in self.teams]}

    def members(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"users": list(self._group(values).users)}

    def set_members(self, values: dict[str, Any]) -> dict[str, Any]:
        group = self._group(values)
        users = [each for each in str(values.get("users", "")).split(",") if each]
        if not users or not all(re.fullmatch(r"[UW][A-Z0-9]+", each) for each in users):
            raise Refused("invalid_users")
        group.users = users
        return {"usergroup": {"id": group.id, "handle": group.handle, "users": users}}

    def _group(self, values: dict[str, Any]) -> Group:
        for each in self.teams:
            if each.id == values.get("usergroup"):
                return each
        raise Refused("no_such_subteam")

    def _channel(self, name: str, *, posting: bool = False) -> str:
        """A message may go to a channel by its name, too."""
        if name.startswith("D"):
            return name
        if self.open and all(name not in (each.id, each.name) for each in self.channels):
            self.channels.append(Channel(f"C0{len(self.channels):06}", name))
        channel = self._known(lambda each: name in (each.id, each.name))
        if channel.archived:
            raise Refused("is_archived")
        if not channel.member:
            raise Refused("not_in_channel")
        return channel.id

    def _known(self, like: Callable[[Channel], bool]) -> Channel:
        for each in self.channels:
            if like(each):
                return each
        raise Refused("channel_not_found")


_Does = Callable[[SlackServer, dict[str, Any]], dict[str, Any]]
_METHODS: dict[str, tuple[_Does, str]] = {
    "auth.test": (SlackServer.test, ""),
    "chat.postMessage": (SlackServer.post, "chat:write"),
    "chat.update": (SlackServer.update, "chat:write"),
    "conversations.history": (SlackServer.history, "channels:history"),
    "conversations.replies": (SlackServer.replies, "channels:history"),
    "conversations.info": (SlackServer.info, "channels:read"),
    "conversations.list": (SlackServer.list, "channels:read"),
    "conversations.open": (SlackServer.talk, "im:write"),
    "usergroups.list": (SlackServer.usergroups, "usergroups:read"),
    "usergroups.users.list": (SlackServer.members, "usergroups:read"),
    "usergroups.users.update": (SlackServer.set_members, "usergroups:write"),
}


def seen(text: str) -> str:
    """What people see: nothing between angle brackets but what they stand for."""
    return html.unescape(_LIVES.sub(lambda found: found[2], text))


def main() -> None:
    reading = argparse.ArgumentParser(description="A Slack workspace on 127.0.0.1.")
    reading.add_argument("--port", type=int, default=4101)
    with SlackServer(port=reading.parse_args().port) as server:
        server.channels.append(Channel("C0000000", "production"))  # others come when they are used
        stay(IMA_SLACK_URL=f"{server.url}/api", IMA_SLACK_TOKEN=TOKEN)


if __name__ == "__main__":
    main()
