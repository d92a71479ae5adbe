"""The folder of the status site: files are put in place whole, and only ours are removed.

A manifest names what was written. It is there before the first file, so that a run that is
killed leaves a folder that the next one knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from automation.errors import PolicyError

MANIFEST = ".ima-site.json"
_NEW = ".new"  # not yet whole
_OURS = re.compile(r"[a-z]+\.(html|xml|json)|incidents/[0-9]+\.html")
_REMEDY = "name a new folder, an empty one, or one that `ima site` wrote"


@dataclass(frozen=True, slots=True)
class Written:
    """Names of files below the folder."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def write(folder: Path, files: Mapping[str, str]) -> Written:
    """Make ``folder`` hold exactly ``files`` of ours; what others put there stays.

    Raises PolicyError where the folder is somebody else's, or cannot be written.
    """
    before = _written_before(folder)
    try:
        return _write(folder, files, before)
    except OSError as error:
        place = error.filename or folder
        remedy = "it must be a folder that you may write, with room for a few files"
        raise PolicyError(f"{place}: cannot be written: {error.strerror}", remedy) from error


def _write(folder: Path, files: Mapping[str, str], before: frozenset[str]) -> Written:
    gone = sorted(name for name in before - set(files) if (folder / name).is_file())
    _put(folder / MANIFEST, _manifest({*files, *gone}))
    there = {name: _text(folder / name) for name in files}
    for name in sorted(files):
        if there[name] != files[name]:
            _put(folder / name, files[name])
    for name in gone:
        (folder / name).unlink()
    _put(folder / MANIFEST, _manifest(files))
    new = {name for name, text in there.items() if text is None}
    same = {name for name, text in there.items() if text == files[name]}
    changed = set(files) - new - same
    return Written(_in_order(new), _in_order(changed), _in_order(same), tuple(gone))


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _written_before(folder: Path) -> frozenset[str]:
    """What an earlier run wrote into the folder. Raises PolicyError where it is not ours."""
    try:
        if not folder.exists() or (folder.is_dir() and _is_empty(folder)):
            return frozenset()
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return frozenset(name for name in data["files"] if _OURS.fullmatch(name))
    except (KeyError, OSError, RecursionError, TypeError, ValueError) as error:
        problem = f"{str(folder)!r}: `ima site` did not write what is there"
        raise PolicyError(problem, _REMEDY) from error


def _is_empty(folder: Path) -> bool:
    """Nothing is there, or what a run left that was killed before it had a manifest."""
    return all(path.name == MANIFEST + _NEW for path in folder.iterdir())


def _manifest(names: Iterable[str]) -> str:
    return json.dumps({"version": 1, "files": _in_order(names)}, indent=2) + "\n"


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def _put(path: Path, text: str) -> None:
    """Nobody ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + _NEW)
    fresh.write_text(text, encoding="utf-8", newline="\n")
    fresh.replace(path)
