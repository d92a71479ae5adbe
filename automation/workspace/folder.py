"""Folders that IMA keeps for people to read, and files that people name by pattern.

A kept folder has a manifest: the names of what is ours. Each file is put in place whole, nothing
else is touched, and a run that is killed leaves a manifest that knows all that it wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from automation.errors import PolicyError, ServiceError
from automation.records import dataclass
from automation.workspace.files import read_text


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """What became of the files below a folder, by name."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def write_folder(
    folder: Path, files: Mapping[str, str | bytes], manifest_name: str
) -> WrittenFiles:
    """Make ``folder`` hold ``files`` (by their names below it), and none that was ours before.

    Raises PolicyError for a folder that is somebody else's, ServiceError where it cannot be
    written.
    """
    try:
        before = _names_we_wrote(folder, manifest_name)
        _refuse_strangers(folder, sorted({*files} - before))
        _replace_file(folder, manifest_name, _manifest({*before, *files}))
        gone = tuple(name for name in sorted(before - {*files}) if (folder / name).is_file())
        new = tuple(name for name in sorted(files) if not (folder / name).is_file())
        written = [name for name in sorted(files) if _replace_file(folder, name, files[name])]
        for name in sorted(before - {*files}):
            _remove(folder, name)
        _replace_file(folder, manifest_name, _manifest(files))
        changed = tuple(name for name in written if name not in new)
        return WrittenFiles(new, changed, tuple(sorted({*files} - {*written})), gone)
    except OSError as error:
        problem = f"{error.filename or folder}: cannot be written: {error.strerror}"
        raise ServiceError(problem, "make the folder writable, or name another one") from error
    except ValueError as error:  # a NUL in the path
        raise PolicyError(f"{str(folder)!r}: not a path", "name a folder") from error


def _names_we_wrote(folder: Path, manifest_name: str) -> set[str]:
    """Names of the files that we wrote before. Raises PolicyError for a foreign folder."""
    if folder.exists() and not folder.is_dir():
        raise PolicyError(f"{folder}: this is no folder", "name a new or an empty one")
    manifest = folder / manifest_name
    if not manifest.exists():
        unfinished = f".{manifest_name}.new"  # of a run that was killed before it had a manifest
        if folder.is_dir() and any(path.name != unfinished for path in folder.iterdir()):
            problem = f"{folder}: not empty, and not written by ima"
            raise PolicyError(problem, "name a new or an empty folder; nothing was changed")
        return set()
    try:
        names = json.loads(manifest.read_text(encoding="utf-8"))
        if isinstance(names, list) and all(isinstance(n, str) and _stays_below(n) for n in names):
            return set(names)
    except (ValueError, RecursionError):
        pass
    problem = f"{manifest}: garbled, so that nobody knows which files here are ima's"
    raise PolicyError(problem, "name a new folder; nothing was changed")


def _stays_below(name: str) -> bool:
    """Does the name stay in the folder?"""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _refuse_strangers(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        if (folder / name).is_symlink() or (folder / name).exists():
            problem = f"{folder / name}: in the way, and not written by ima"
            raise PolicyError(problem, "move it away; nothing was changed")


def _manifest(names: Iterable[str]) -> str:
    return json.dumps(sorted(names), indent=1) + "\n"


def _replace_file(folder: Path, name: str, whole: str | bytes) -> bool:
    """The whole file, or the one that was there; the same is not written again."""
    path, content = folder / name, whole.encode() if isinstance(whole, str) else whole
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    fresh.replace(path)
    return True


def _remove(folder: Path, name: str) -> None:
    path = folder / name
    path.unlink(missing_ok=True)
    for parent in path.relative_to(folder).parents:
        if parent == Path() or any((folder / parent).iterdir()):
            return
        (folder / parent).rmdir()


def read_matching(
    folder: Path, patterns: Iterable[str]
) -> tuple[dict[str, str], list[PolicyError]]:
    """Texts of the files below ``folder`` that match, by name; and what is wrong."""
    texts: dict[str, str] = {}
    wrong: list[PolicyError] = []
    root = folder.resolve()
    for pattern in patterns:
        paths = _matching(folder, pattern)
        if not paths:
            wrong.append(PolicyError(f"{pattern}: matches no file in {root}", "mend the pattern"))
        for path in paths:
            try:
                if not path.resolve().is_relative_to(root):
                    problem = f"{path}: lies outside of {root}"
                    raise PolicyError(problem, "only what is in the policy's folder is copied")
                texts[path.relative_to(folder).as_posix()] = read_text(path).text
            except PolicyError as error:
                wrong.append(error)
    return texts, wrong


def _matching(folder: Path, pattern: str) -> list[Path]:
    if not pattern or not _stays_below(pattern):
        return []
    try:
        return sorted(path for path in folder.glob(pattern) if path.is_file())
    except (ValueError, NotImplementedError, OSError):
        return []
