"""Finds out where a folder's project is, from git's origin."""

from __future__ import annotations

import re
from pathlib import Path

from automation.workspace.address import GITHUB, GITLAB

_OTHER = {"gitlab": GITHUB, "github": GITLAB}  # what is surely none of this kind
_SECTION = re.compile(
    r"""^\s*\[\s*(?i:remote)\s+"origin"\s*\][^\n]*\n(.*?)(?=^\s*\[|\Z)""", re.M | re.S
)
_ONLY_SSH = re.compile(
    r"(?:alt)?ssh\.(?=[\w-]+\.)", re.IGNORECASE
)  # beside the site, for git alone
_REMOTE = re.compile(
    r"""^\s*(?i:url)\s*=\s*"?
    (?: (?P<scheme>https?)://(?:[^@/\s]*@)?(?P<host>[\w.-]+(?::\d+)?)/   # https://host/path
      | ssh://(?:[\w.-]+@)?(?P<ssh>[\w.-]+)(?::\d+)?/                    # ssh://git@host/path
      | (?:[\w.-]+@)(?P<scp>[\w.-]+):                                    # git@host:path
    )(?P<path>[\w./-]+?)(?:\.git)?/?"?\s*$""",
    re.VERBOSE | re.MULTILINE,
)


def repository(folder: Path) -> Path | None:
    """The root of the git repository that the folder is in, or will be in; None if there is
    none."""
    there = folder.resolve()
    return next((each for each in (there, *there.parents) if (each / ".git").exists()), None)


def origin(root: Path, forge: str) -> tuple[str, str]:
    """Address of the forge and path of the project; nothing where there is no remote, or one of
    another kind of forge: it would be sent the token."""
    try:
        config = (_git_folder(repository(root) or root) / "config").read_text("utf-8", "replace")
    except OSError:
        return "", ""
    section = _SECTION.search(config)
    if section is None or not (found := _REMOTE.search(section[1])):
        return "", ""
    host = found["host"] or _site_of(found["ssh"] or found["scp"])
    if not host:
        return "", ""
    url = f"{found['scheme'] or 'https'}://{host}"
    return ("", "") if url == _OTHER[forge] else (url, found["path"])


def _site_of(ssh_host: str) -> str:
    """Where people find what git finds at this host; empty where that is a name of ssh's own
    configuration, which anybody may have."""
    site = _ONLY_SSH.sub("", ssh_host, count=1) if _ONLY_SSH.match(ssh_host) else ssh_host
    return site if "." in site else ""


def _git_folder(root: Path) -> Path:
    """Where the repository's config is. Of a worktree or a submodule `.git` is a file that says."""
    git = root / ".git"
    if git.is_dir():
        return git
    there = root / git.read_text("utf-8", "replace").partition("gitdir:")[2].strip()
    common = there / "commondir"
    return there / common.read_text("utf-8").strip() if common.is_file() else there
