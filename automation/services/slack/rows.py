"""What must stand in Slack's answers, as far as it is read. Pure."""

from __future__ import annotations

from automation.http.shapes import (
    anything,
    flag,
    if_there,
    listed,
    maybe,
    name,
    record,
    text,
)

POSTED = record(channel=maybe(name), ts=maybe(name))
OPENED = record(channel=maybe(record(id=maybe(name))))
IN_GROUP = record(users=maybe(listed(name)))
GROUPS = record(usergroups=maybe(listed(record(id=name, handle=text))))
# What other apps keep in their messages may be anything.
_METADATA = record(event_type=maybe(text), event_payload=maybe(record(key=if_there(anything))))
_MESSAGE = record(ts=name, user=maybe(text), bot_id=maybe(text), metadata=maybe(_METADATA))
HISTORY = record(messages=maybe(listed(_MESSAGE)))
WHO_WE_ARE = record(user_id=maybe(text), bot_id=maybe(text))
OURSELVES = record(user=maybe(text), team=maybe(text))
_CHANNEL = record(name=maybe(text), is_member=maybe(flag), is_archived=maybe(flag))
CHANNEL = record(channel=maybe(_CHANNEL))
CHANNELS = record(
    channels=maybe(listed(_CHANNEL)),
    response_metadata=maybe(record(next_cursor=maybe(text))),
)
