"""Where git's origin says that a folder's project is."""

from __future__ import annotations

import re
from pathlib import Path

from automation.workspace.address import GITHUB, GITLAB

_OTHER = {"gitlab": GITHUB, "github": GITLAB}  # what is surely none of this kind
_REMOTE = re.compile(
    r"""^\s*url\s*=\s*
    (?: (?P<scheme>https?)://(?:[^@/\s]*@)?(?P<host>[\w.-]+(?::\d+)?)/   # https://host/path
      | ssh://(?:[\w.-]+@)?(?P<ssh>[\w.-]+)(?::\d+)?/                    # ssh://git@host/path
      | (?:[\w.-]+@)(?P<scp>[\w.-]+):                                    # git@host:path
    )(?P<path>[\w./-]+?)(?:\.git)?/?\s*$""",
    re.VERBOSE | re.MULTILINE,
)


def repository(folder: Path) -> Path | None:
    """The root of the git repository that a folder is in, or will be."""
    there = folder.resolve()
    return next((each for each in (there, *there.parents) if (each / ".git").exists()), None)


def origin(root: Path, forge: str) -> tuple[str, str]:
    """Address of the forge and path of the project; nothing where there is no remote, or one of
    another kind of forge: it would be sent the token."""
    try:
        config = ((repository(root) or root) / ".git" / "config").read_text("utf-8", "replace")
    except OSError:
        return "", ""
    if not (found := _REMOTE.search(config)):
        return "", ""
    host = found["host"] or found["ssh"] or found["scp"]
    url = f"{found['scheme'] or 'https'}://{host}"
    return ("", "") if url == _OTHER[forge] else (url, found["path"])
