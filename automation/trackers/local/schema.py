"""The tables of the local tracker, as a list of migrations: never change one, add one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from automation.errors import ServiceError

APPLICATION = 0x494D4131  # "IMA1": tells our files from other programs' databases
Migration = tuple[str, ...]  # statements that bring a file one version further

_FIRST: Migration = (
    """CREATE TABLE issue (
        number INTEGER PRIMARY KEY,  -- 0: the dashboard
        title TEXT NOT NULL,
        body TEXT NOT NULL,
        author TEXT NOT NULL,
        opened_at INTEGER NOT NULL,  -- times are microseconds since 1970, UTC
        updated_at INTEGER NOT NULL,
        closed INTEGER NOT NULL DEFAULT 0,
        confidential INTEGER NOT NULL DEFAULT 0,
        due TEXT
    )""",
    # Events and comments share one table, so that its key is the one order of all acts.
    """CREATE TABLE history (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        issue INTEGER NOT NULL REFERENCES issue,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        kind TEXT NOT NULL,  -- 'comment', or the kind of an event
        text TEXT NOT NULL,  -- the body of a comment, the subject of an event
        edited_at INTEGER
    )""",
    "CREATE INDEX history_of_issue ON history (issue)",
    """CREATE TABLE receipt (
        comment INTEGER NOT NULL REFERENCES history,
        actor TEXT NOT NULL,
        PRIMARY KEY (comment, actor)
    ) WITHOUT ROWID""",
    """CREATE TABLE label (
        name TEXT PRIMARY KEY,
        color TEXT NOT NULL,
        description TEXT NOT NULL,
        ours INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE labelled (
        issue INTEGER NOT NULL REFERENCES issue,
        label TEXT NOT NULL REFERENCES label ON UPDATE CASCADE ON DELETE CASCADE,
        PRIMARY KEY (issue, label)
    ) WITHOUT ROWID""",
    "CREATE INDEX issues_of_label ON labelled (label)",
    """CREATE TABLE assigned (
        issue INTEGER NOT NULL REFERENCES issue,
        place INTEGER NOT NULL,
        login TEXT NOT NULL,
        PRIMARY KEY (issue, place)
    ) WITHOUT ROWID""",
    """CREATE TABLE linked (  -- both directions
        issue INTEGER NOT NULL REFERENCES issue,
        other INTEGER NOT NULL REFERENCES issue,
        PRIMARY KEY (issue, other)
    ) WITHOUT ROWID""",
)
# When somebody reacted; nothing where it was before this was kept.
_TIMES_OF_REACTIONS: Migration = ("ALTER TABLE receipt ADD COLUMN at INTEGER",)
# Who edited a comment last; nothing where it was before this was kept.
_EDITORS: Migration = ("ALTER TABLE history ADD COLUMN editor TEXT",)
MIGRATIONS: tuple[Migration, ...] = (_FIRST, _TIMES_OF_REACTIONS, _EDITORS)


def migrate(connection: sqlite3.Connection, path: str, migrations: Sequence[Migration]) -> None:
    """Bring the file to the version ``len(migrations)``, in one transaction, or refuse it."""
    if _is_ours(connection, len(migrations)):
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:  # only what is read here is of one moment: others may be migrating too
        for version in range(_version(connection, path, migrations), len(migrations)):
            for statement in migrations[version]:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _is_ours(connection: sqlite3.Connection, version: int) -> bool:
    ours = _number(connection, "PRAGMA application_id") == APPLICATION
    return ours and _number(connection, "PRAGMA user_version") == version


def _version(connection: sqlite3.Connection, path: str, migrations: Sequence[Migration]) -> int:
    version = _number(connection, "PRAGMA user_version")
    foreign = _number(connection, "PRAGMA application_id") != APPLICATION
    if foreign and _number(connection, "SELECT count(*) FROM sqlite_schema"):
        problem = f"local tracker: {path}: the database of another program"
        raise ServiceError(problem, "name another file")
    if version > len(migrations):
        problem = f"local tracker: {path}: written by a newer ima (version {version} of the file)"
        raise ServiceError(problem, "update ima")
    return version


def _number(connection: sqlite3.Connection, query: str) -> int:
    number: int = connection.execute(query).fetchone()[0]
    return number
