"""Files as they stand at a commit of the git repository that a folder is in. Git only reads."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from shutil import which

from automation.errors import PolicyError
from automation.mistakes import quoted

_MOST = 500  # files
_LONGEST = 20_000_000  # bytes of them all
_LINK = "120000"
DEFAULTS = ("origin/HEAD", "origin/main", "origin/master", "main", "master", "HEAD")


def default_ref(folder: Path) -> str:
    """What the default branch of the repository is called here. Raises PolicyError."""
    for name in DEFAULTS:
        if _commit(folder, name):
            return name
    problem = f"{folder.resolve()} is in no git repository, so that nobody knows what holds now"
    raise PolicyError(problem, "say it: `--base FOLDER`, or `--base installed` for ima's own files")


def files_at(folder: Path, ref: str, names: Sequence[str]) -> dict[str, bytes]:
    """The contents of files below ``folder`` at ``ref``, and of all in folders that are named.

    Raises PolicyError.
    """
    commit = _commit(folder, ref)
    if not commit:
        problem = f"{quoted(ref)} is neither a folder nor anything that git knows here"
        raise PolicyError(problem, "name a branch, a tag, a commit or a folder; or fetch it first")
    listed = _git(folder, "ls-tree", "-r", "-z", "-l", commit, "--", *names).decode(
        "utf-8", "replace"
    )
    found: dict[str, tuple[str, int]] = {}
    for line in filter(None, listed.split("\0")):
        about, name = line.split("\t", 1)
        mode, kind, content, size = about.split()
        if mode == _LINK:
            problem = f"{name} at {quoted(ref)} is a link, which is not followed"
            raise PolicyError(problem, "put the file itself there")
        if kind == "blob":
            found[name] = (content, int(size))
    if len(found) > _MOST or sum(size for _, size in found.values()) > _LONGEST:
        problem = f"{quoted(ref)} has more than {_MOST} files, or 20 MB of them"
        raise PolicyError(problem, "ima's files are few and short; is it the right repository?")
    return {name: _git(folder, "cat-file", "blob", content) for name, (content, _) in found.items()}


def _commit(folder: Path, ref: str) -> str:
    """The commit that a name stands for; empty where it is none."""
    try:
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        return _git(folder, *words).decode().strip()
    except PolicyError:
        if which("git") is None:
            raise
        return ""


def _git(folder: Path, *words: str) -> bytes:
    git = which("git")
    if git is None:
        raise PolicyError("git is not installed here", "install it, or name folders instead")
    try:
        line = [git, "-C", str(folder), *words]
        return subprocess.run(line, check=True, capture_output=True, timeout=60).stdout  # noqa: S603
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        why = getattr(error, "stderr", b"") or b""
        told = why.decode("utf-8", "replace").strip().partition("\n")[0]
        raise PolicyError(
            f"git: {told or 'it failed'}", "try the same with `git` itself"
        ) from error
