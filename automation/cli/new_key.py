"""A key that signs what IMA remembers: made here, shown once, written into no file."""

from __future__ import annotations

import secrets


def new_key() -> str:
    """256 bits, of characters that every forge can mask."""
    return "ima-" + secrets.token_urlsafe(32)
