"""The file of the local tracker: opened, locked, written in transactions, its faults explained."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from automation.errors import ServiceError
from automation.trackers.local.schema import MIGRATIONS, Migration, migrate

MEMORY = ":memory:"
POLL = 0.05  # seconds between two looks at the lock

_DAMAGED = ("the file is damaged", "move it away and put a copy in its place; it was left as it is")
_NO_RIGHTS = ("cannot be opened or written", "name a file in a folder that you may write")
_FAULTS = {
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _NO_RIGHTS,
    sqlite3.SQLITE_READONLY: _NO_RIGHTS,
    sqlite3.SQLITE_PERM: _NO_RIGHTS,
    sqlite3.SQLITE_AUTH: _NO_RIGHTS,
    sqlite3.SQLITE_BUSY: (
        "locked by another program",
        "wait for it and run again, or look for a program that keeps the file open",
    ),
    sqlite3.SQLITE_FULL: ("the disk is full", "make room and run again; this write was not made"),
    sqlite3.SQLITE_IOERR: ("the disk fails to read or write", "check the disk and run again"),
}


_NEVER_WRITTEN = (  # what a value that we never wrote does to whoever reads it
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
)


class Store:
    """One SQLite file, or memory. ``busy`` and ``wait`` are seconds of patience."""

    def __init__(
        self,
        path: Path | str,
        *,
        busy: float,
        wait: float,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        self.path = str(path)
        self._wait = wait
        self._prepare_folder()
        with self._explained():
            self._connection = _connect(self.path, busy, migrations)

    def _prepare_folder(self) -> None:
        if self.path == MEMORY:
            return
        try:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            folder = _is_folder(self.path)
        except (OSError, ValueError) as error:  # ValueError: no path has such characters
            raise self._fault(_reason(error), _NO_RIGHTS[1]) from error
        if folder:
            raise self._fault("a folder", "name a file, in this folder or another")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that is alone in writing from its start: all of it, or nothing."""
        with self._transaction("IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One transaction, so that all its reads see the same moment."""
        try:
            with self._transaction("DEFERRED") as connection:
                yield connection
        except _NEVER_WRITTEN as error:
            raise self._fault(*_DAMAGED) from error

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[sqlite3.Connection]:
        with self._explained(otherwise=_DAMAGED):
            self._connection.execute(f"BEGIN {mode}")
            with self._connection:
                yield self._connection

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock between processes: on a file of its own, as readers need the other."""
        if self.path == MEMORY:
            yield
            return
        try:
            lock = open(f"{self.path}.lock", "a")  # noqa: SIM115 (closed by the with)
        except OSError as error:
            raise self._fault(f"no lock: {_reason(error)}", _NO_RIGHTS[1]) from error
        with lock:  # closing the file gives the lock back, as does a killed process
            self._acquire(lock.fileno())
            yield

    def _acquire(self, lock: int) -> None:
        deadline = monotonic() + self._wait
        while not _locked(lock):
            if monotonic() >= deadline:
                problem = f"local tracker: another ima is working on {self.path}"
                raise ServiceError(problem, "wait for it, or look for a hung job")
            sleep(POLL)

    def close(self) -> None:
        """Let go of the file. May be called again."""
        with self._explained():
            self._connection.close()

    @contextmanager
    def _explained(self, otherwise: tuple[str, str] | None = None) -> Iterator[None]:
        """Turn faults of the file into words. Once it is open, one in which our SQL does not find
        its tables is damaged, too."""
        try:
            yield
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            fault = _fault_of(error, otherwise)
            if fault is None:
                raise
            raise self._fault(*fault) from error

    def _fault(self, problem: str, remedy: str) -> ServiceError:
        return ServiceError(f"local tracker: {self.path}: {problem}", remedy)


def _fault_of(
    error: sqlite3.DatabaseError | UnicodeDecodeError, otherwise: tuple[str, str] | None
) -> tuple[str, str] | None:
    if isinstance(error, UnicodeDecodeError) or "Could not decode" in str(error):
        return _DAMAGED  # Python found it, so SQLite has no code for it
    if isinstance(error, sqlite3.ProgrammingError):
        return None  # of ours: the file has no part in it
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return _FAULTS.get(code & 0xFF, otherwise)  # the other bits are detail


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)  # Path.is_dir hides what is wrong
    except FileNotFoundError:
        return False


def _connect(path: str, busy: float, migrations: Sequence[Migration]) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy, isolation_level=None)
    try:
        migrate(connection, path, migrations)
        _use_write_ahead_log(connection)  # not earlier: it changes a file that may not be ours
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Let people read while a pass writes. The file remembers it."""
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # SQLite does not wait here, and a process that opens the same new file does it for us.
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
