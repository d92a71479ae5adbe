"""A key that signs what IMA remembers: made here, shown once, written into no file."""

from __future__ import annotations

import secrets
from collections.abc import Iterator


def new_key() -> str:
    """256 bits, of characters that every forge can mask."""
    return "ima-" + secrets.token_urlsafe(32)


def key_lines(again: bool) -> Iterator[str]:
    """A new key, with what it is for. ``again``: there may be one."""
    about = "IMA_KEY, which signs what IMA remembers"
    if again:
        yield f"  {about}; the one that is set stays. If there is none:"
    else:
        yield f"  {about}. This one was made now, and is kept nowhere:"
    yield f"  {new_key()}"
