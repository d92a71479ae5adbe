"""The page that keeps the figures: docs/performance.md, between two markers."""

from __future__ import annotations

import os
import platform
from pathlib import Path

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
PAGE = f"""\
# Performance

What IMA costs, and what it is allowed to cost. A run's cost against a real tracker is its
requests, so those are counted too.

{BEGIN}
{END}

To measure again: `make bench`. It writes this table and fails where an aim is missed. What is
measured stands in `tests/benchmarks/`.
"""


def machine() -> str:
    """This machine in a few words, without its name."""
    python = f"Python {platform.python_version()}"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {python}"


def keep(path: Path, text: str) -> None:
    """Put ``text`` between the markers of the page, which is made if there is none."""
    page = path.read_text("utf-8") if path.exists() else PAGE
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path}: has no {BEGIN} … {END}\n  put both lines where the table goes")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before}{BEGIN}\n{text.strip()}\n{END}{after}", "utf-8")
