"""A file of the embedded tracker, read from a copy: the file itself stays as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.errors import PolicyError
from automation.trackers.local.schema import APPLICATION
from automation.trackers.local.tracker import LocalTracker

_WHERE = "name the file that the outage was kept in, such as .ima/incidents.db"


@contextmanager
def opened_copy(path: Path, project: str, clock: Callable[[], datetime]) -> Iterator[LocalTracker]:
    """The tracker in a copy of ``path``. Raises PolicyError where it is no such file."""
    with TemporaryDirectory(prefix="ima-") as folder:
        copy = Path(folder) / "copy.db"
        _copy(path, copy)
        with closing(LocalTracker(copy, project=project, clock=clock)) as tracker:
            yield tracker


def _copy(path: Path, to: Path) -> None:
    try:
        if not path.is_file():
            raise PolicyError(f"{path}: there is no such file", _WHERE)
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(to)) as copy,
        ):
            source.backup(copy)
            if copy.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                raise PolicyError(f"{path}: this is no file of the embedded tracker", _WHERE)
    except (sqlite3.DatabaseError, OSError, ValueError) as error:
        problem = f"{path}: this is no file of the embedded tracker ({error})"
        raise PolicyError(problem, _WHERE) from error
