"""A damaged file of the embedded tracker is one line that says so, never a traceback."""

from __future__ import annotations

import contextlib
import io
import sqlite3
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.cli import invoke
from automation.model.issue import Draft
from automation.workspace.session import Session
from tests.build import START
from tests.hostile import SOAK

_FOLDER = TemporaryDirectory(prefix="ima-damaged-")
_NUMBER = count()
POLICY = """\
version: 1
tracker: {kind: local, project: acme/production}
roles: {eoc: {on_call: erin}, imoc: {on_call: ian}}
since: 2026-03-02T00:00:00Z
"""


def session(folder: Path) -> Session:
    return Session(
        clock=lambda: START + timedelta(minutes=5), user="rita", folder=folder, by_example=True
    )


@cache
def whole() -> bytes:
    """A file with an incident that a pass has seen, all of it in one piece."""
    folder = Path(_FOLDER.name) / "whole"
    folder.mkdir()
    (folder / "policy.yml").write_text(POLICY)
    made = session(folder)
    made.local.acting("rita").open(Draft("It is down", "Help.", ("Incident", "S1")))
    with contextlib.redirect_stdout(io.StringIO()):
        assert invoke(["apply"], made) == 0
    made.local.acting("ian").comment("#1", "/ima state identified -- roll back")
    made.local.close()
    path = folder / ".ima" / "incidents.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


flips = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6
)


@pytest.mark.property
@settings(max_examples=10_000 if SOAK else 40)
@given(flips, st.sampled_from(["plan", "apply", "board", "show 1", "explain 1", "stats"]))
def test_flipped_bytes_are_one_line(flipped: list[tuple[float, int]], line: str) -> None:
    folder = Path(_FOLDER.name) / str(next(_NUMBER))
    (folder / ".ima").mkdir(parents=True)
    (folder / "policy.yml").write_text(POLICY)
    content = bytearray(whole())
    for place, byte in flipped:
        content[int(place * len(content))] = byte
    (folder / ".ima" / "incidents.db").write_bytes(content)
    made, out, err = session(folder), io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = invoke(line.split(), made)
        for name in ("tracker", "local"):
            if name in vars(made):
                getattr(made, name).close()
    rmtree(folder)
    assert code in (0, 1, 2, 3), err.getvalue()
    assert "Traceback" not in err.getvalue()
    assert "a bug of IMA's" not in out.getvalue() + err.getvalue()
