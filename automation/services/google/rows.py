"""What must stand in Google's answers, as far as it is read. Pure."""

from __future__ import annotations

from automation.http.shapes import address, flag, listed, maybe, name, record, text

COPIED = record(id=name, webViewLink=maybe(address))
FOUND = record(
    incompleteSearch=maybe(flag),
    nextPageToken=maybe(text),
    files=listed(record(id=name, webViewLink=maybe(address), createdTime=maybe(text))),
)
WHERE = record(driveId=maybe(text))
SEEN = record(
    mimeType=text,
    driveId=maybe(text),
    trashed=maybe(flag),
    capabilities=maybe(record(canCopy=maybe(flag), canAddChildren=maybe(flag))),
)
