"""No secret of a test stands in what the tests produce: output, logs, errors, files.

Secrets of the tests carry a mark. Whatever a test prints, reads back or leaves in its folder is
searched for it; `tests/conftest.py` calls this for every test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

MARK = "sekret"
_SECRET = re.compile(
    rf"{MARK}[-\w]*|(?<![\w-])t-ima(?![\w-])|glpat-\w+|ghp_\w+|xox[bp]-\w+|PRIVATE KEY"
)
_GIVEN = {"seed.yml", ".gitlab-ci-local-variables.yml"}  # whose secrets these are
_LARGEST = 5_000_000  # bytes of a file
heard: list[str] = []  # what the running test has printed or read of a program


def secret(name: str) -> str:
    """A secret that is found wherever it leaks."""
    return f"{MARK}-of-{name}"


def hear(text: str) -> None:
    """Something that a test has printed, or read of a program."""
    heard.append(text)


def leaks(texts: Iterable[str], folder: Path | None) -> Iterator[str]:
    """Where a secret stands, without the secret."""
    for text in texts:
        if found := _SECRET.search(text):
            before = text[max(0, found.start() - 60) : found.start()]
            yield f"output, after {before!r}"
    for path in sorted(folder.rglob("*")) if folder else ():
        if path.is_file() and not path.is_symlink() and _given(path) and _holds(path):
            yield str(path)


def _given(path: Path) -> bool:
    """Is it one of IMA's, and no file of a test, a program or git that is given secrets?"""
    return path.name not in _GIVEN and not {".git", "node_modules", "given"} & set(path.parts)


def _holds(path: Path) -> bool:
    if path.stat().st_size > _LARGEST:
        return False
    return bool(_SECRET.search(path.read_bytes().decode("utf-8", "replace")))
