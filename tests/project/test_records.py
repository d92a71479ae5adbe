"""Our `dataclass` does what the library's does, but for what mypy holds."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import pytest

from automation import records
from tests.leaks import secret

PACKAGE = Path(records.__file__).parent


def made_by(dataclass: Any) -> dict[str, Any]:
    """The same classes by either decorator."""

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    @dataclass(frozen=True, slots=True)
    class Pair:
        left: int
        right: tuple[str, ...] = ()
        token: str = field(default="", repr=False)
        seen: int = field(default=0, compare=False)
        words: dict[str, str] = field(default_factory=dict, hash=False)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class More(Pair):
        more: Any = None

    @dataclass(frozen=True)
    class Named:
        name: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self)) and self.name.lower() == other.name.lower()

        def __hash__(self) -> int:
            return hash(self.name.lower())

    @dataclass
    class Changing:
        values: list[int] = field(default_factory=list)

    @dataclass(eq=False)
    class Alone:
        value: int = 1

    return {each.__name__: each for each in (Empty, Pair, More, Named, Changing, Alone)}


OURS, THEIRS = made_by(records.dataclass), made_by(dataclasses.dataclass)
MAKERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "empty": lambda kinds: kinds["Empty"](),
    "one": lambda kinds: kinds["Pair"](1),
    "the same": lambda kinds: kinds["Pair"](1, seen=3),
    "another": lambda kinds: kinds["Pair"](1, ("x",)),
    "hidden": lambda kinds: kinds["Pair"](1, token=secret("forge")),
    "replaced": lambda kinds: replace(kinds["Pair"](2), left=1),
    "more": lambda kinds: kinds["More"](left=1),
    "of itself": lambda kinds: kinds["More"](left=1, more=kinds["More"](left=2)),
    "named": lambda kinds: kinds["Named"]("Erin"),
    "in lower case": lambda kinds: kinds["Named"]("erin"),
    "changing": lambda kinds: kinds["Changing"]([1]),
    "changing, too": lambda kinds: kinds["Changing"]([1]),
    "alone": lambda kinds: kinds["Alone"](),
}


def hashed(value: Any) -> Any:
    try:
        return hash(value)
    except TypeError as error:
        return str(error)


@pytest.mark.parametrize("one", MAKERS)
def test_it_compares_hashes_and_shows_as_the_librarys(one: str) -> None:
    ours, theirs = MAKERS[one](OURS), MAKERS[one](THEIRS)
    assert repr(ours) == repr(theirs)
    if one not in ("alone",):  # its hash is where it stands in memory
        assert hashed(ours) == hashed(theirs)
    for other, maker in MAKERS.items():
        assert (ours == maker(OURS)) == (theirs == maker(THEIRS)), other
    assert ours != theirs


def test_a_record_that_holds_itself_is_shown() -> None:
    changing = OURS["Changing"]()
    changing.values.append(changing)
    assert repr(changing).endswith("Changing(values=[...])")


def test_every_class_of_ours_is_made_by_it() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if path.name != "records.py"]
    found = [p for p in files if "@dataclass" in (text := p.read_text("utf-8"))
             and "from automation.records import dataclass\n" not in text]  # fmt: skip
    assert found == []
    assert len(files) > 100


def test_mypy_knows_that_a_frozen_one_is_not_changed(tmp_path: Path) -> None:
    lines = ["from automation.records import dataclass", "@dataclass(frozen=True)", "class A:"]
    lines += ["    b: int", "a = A(1)", "a.b = 2", "A('x')"]
    (tmp_path / "changes.py").write_text("\n".join(lines), "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--follow-imports"]
    command += ["silent", "--cache-dir", str(tmp_path / "cache"), str(tmp_path / "changes.py")]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True)
    said = [line.partition(": error: ")[2] for line in done.stdout.splitlines()]
    assert [line.partition("  [")[0].split(";")[0] for line in said] == [
        'Property "b" defined in "A" is read-only',
        'Argument 1 to "A" has incompatible type "str"',
    ]
