"""The logo of the status site: a picture beside the policy."""

from __future__ import annotations

from pathlib import Path

from automation.errors import PolicyError
from automation.mistakes import quoted

LARGEST = 100_000  # bytes


def read_logo(name: str, folder: Path) -> bytes:
    """The picture called ``name`` in the policy's ``folder``; nothing where there is none. Raises
    PolicyError."""
    if not name:
        return b""
    where = f"`site.logo`: {quoted(name)}"
    root = folder.resolve()
    path = (root / name).resolve()
    remedy = "name a picture beside the policy, or leave the key out"
    try:
        if not path.is_relative_to(root):
            raise PolicyError(f"{where} lies outside of the policy's folder", remedy)
        if path.stat().st_size > LARGEST:
            raise PolicyError(f"{where} is larger than 100 kB", "make it smaller: it is 32 px high")
        return path.read_bytes()
    except OSError as error:
        raise PolicyError(f"{where} cannot be read: {error.strerror}", remedy) from error
