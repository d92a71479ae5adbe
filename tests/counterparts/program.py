"""A counterpart as a program: it says what to set, and serves until somebody stops it."""

from __future__ import annotations

import sys
import threading


def stay(**settings: str) -> None:
    """``settings`` are variables of the environment, on one line that a shell can read."""
    sys.stdout.write(" ".join(f"{name}={value}" for name, value in settings.items()) + "\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
