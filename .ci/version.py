"""The version of what is here: the tag of this commit, else what comes after it.

Without git, without tags (a shallow clone, an archive, an image's layer) the newest section of
CHANGELOG.md says it: with a day it is that version, and without one it is on its way there.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def version(root: Path = ROOT) -> str:
    """Such as 1.2.0 at its tag, 1.3.0.dev7+g1a2b3c4 seven commits later, 1.3.0.dev0 without git."""
    text = (root / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\] - (\d)?", text, re.MULTILINE)
    if newest is None:
        raise SystemExit("CHANGELOG.md: no section begins with `## [1.2.3] - `")
    coming, has_a_day = newest[1], newest[2] is not None
    described = _git(root, "describe", "--tags", "--long", "--match", "v[0-9]*")
    found = re.fullmatch(r"v(\d+\.\d+\.\d+)-(\d+)-(g[0-9a-f]+)", described)
    if found is None:
        return coming if has_a_day else f"{coming}.dev0"
    last, commits, commit = found.groups()
    if commits == "0":
        return last
    return f"{coming}.{'post' if coming == last else 'dev'}{commits}+{commit}"


def _git(root: Path, *words: str) -> str:
    """What git says of ``root``, if it is the root of a repository; else nothing."""
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    print(version())
