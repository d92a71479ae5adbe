"""The floors of docs/architecture.md: who may import whom, who prints, who reads the clock.

The order of the folders stands once, in pyproject.toml, where ``lint-imports`` reads it too. Here
every import is read, those that only types need and those inside a function included.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ROOT / "automation"

OUTPUT = (
    r"print|input|breakpoint|(sys\.)?exit|quit|os\._exit|SystemExit"
    r"|sys\.std(in|out|err)|click\.(confirm|echo|prompt|secho)"
)
CLOCK = r"(datetime\.)?date(time)?\.(now|today|utcnow)|time\.(\w*time(_ns)?|strftime)"


def name_of(path: Path) -> str:
    """ "automation.rules.engage" """
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, ast.Module]:
    return {name_of(path): ast.parse(path.read_text("utf-8")) for path in CODE.rglob("*.py")}


def in_front(module: str) -> bool:
    """Part of the command line."""
    return module == "automation.__main__" or module.startswith("automation.cli")


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and written form of every name that is used, or imported from `sys` or `time`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and node.module in ("sys", "time"):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def found(pattern: str, where: Callable[[str], bool]) -> list[str]:
    return [
        f"{module}:{line}: {name}"
        for module, tree in modules().items()
        if where(module)
        for line, name in names(tree)
        if re.fullmatch(pattern, name)
    ]


def test_only_the_command_line_prints_prompts_or_exits() -> None:
    assert found(OUTPUT, lambda module: not in_front(module)) == []


def test_only_the_command_line_reads_the_clock() -> None:
    assert found(CLOCK, lambda module: not in_front(module)) == []
    assert len(found(CLOCK, in_front)) == 1, "and once a process"


@pytest.mark.parametrize(
    "folder", ["automation", "templates", "tests/benchmarks", "tests/scenarios"]
)
def test_a_preview_is_a_plan_that_is_not_applied(folder: str) -> None:
    word = "dry" + "_run"
    texts = [path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".j2", ".yml")]
    assert [str(path) for path in texts if word in path.read_text("utf-8")] == []


@cache
def floors() -> dict[str, int]:
    """Of each folder or file of `automation/` its floor, the highest is 0; "" is the top itself."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (layers,) = (
        each["layers"] for each in config["tool"]["importlinter"]["contracts"] if "layers" in each
    )
    return {
        folder.strip(): floor for floor, row in enumerate(layers) for folder in row.split("|")
    } | {"": len(layers)}


def folder_of(module: str) -> str:
    """ "planning" of "automation.planning.plan"."""
    return module.split(".")[1] if "." in module else ""


def imported(module: str, tree: ast.Module) -> Iterator[str]:
    """Every module of `automation` that ``module`` imports, wherever it stands in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (each if each in modules() else node.module for each in whole)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@cache
def imports() -> dict[str, set[str]]:
    return {
        module: {each for each in imported(module, tree) if each in modules()} - {module}
        for module, tree in modules().items()
    }


def test_every_folder_has_its_floor() -> None:
    assert {folder_of(module) for module in modules()} <= set(floors())


def test_no_import_runs_up_or_across() -> None:
    """Types count: what only a type needs is needed by whoever reads the file."""
    floor = floors()
    assert [
        f"{module} imports {other}"
        for module, others in imports().items()
        for other in others
        if folder_of(module) != folder_of(other)
        and floor[folder_of(other)] <= floor[folder_of(module)]
    ] == []


def circles(graph: dict[str, set[str]]) -> set[str]:
    """What is left once everything that imports nothing of the rest has been taken away."""
    left = dict(graph)
    while leaves := {module for module, others in left.items() if not others & left.keys()}:
        left = {module: others for module, others in left.items() if module not in leaves}
    return set(left)


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles(imports()) == set()


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"a", "b", "c"}


def test_every_folder_says_what_lives_there() -> None:
    packages = [name_of(path) for path in CODE.rglob("__init__.py")]
    assert [name for name in packages if not ast.get_docstring(modules()[name])] == []
    folders = {path.parent for path in CODE.rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()
