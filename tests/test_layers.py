"""What no import contract can see: who prints, who reads the clock, and how long things are.

Who may import whom stands in pyproject.toml, for ``lint-imports``.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = ROOT / "automation"
FUNCTION, FILE = 45, 250  # lines

FRONT = ("automation", "automation.__main__", "automation.cli", "automation.scenarios")
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


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def length(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def too_long(lengths: dict[str, int], most: int) -> dict[str, int]:
    return {what: lines for what, lines in lengths.items() if lines > most}


def test_no_function_is_long() -> None:
    lengths = {
        f"{module}.{function.name}": length(function)
        for module, tree in modules().items()
        for function in functions(tree)
    }
    assert too_long(lengths, FUNCTION) == {}


def test_no_file_is_long() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8").count("\n")
        for path in CODE.rglob("*.py")
    }
    assert too_long(lengths, FILE) == {}


def contracts() -> dict[str, list[str]]:
    """The contracts about single modules, by the first word of their names' subject."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = config["tool"]["importlinter"]["contracts"]
    return {each["name"]: each["source_modules"] for each in listed if "source_modules" in each}


def test_every_module_is_said_to_touch_the_machine_or_not_to() -> None:
    listed = contracts()
    pure = listed["Only files, services, trackers and the command line touch the machine"]
    touching = listed["Only the command line knows click"]
    homes = {module: [*_home(module, pure), *_home(module, touching)] for module in modules()}
    assert {name: home for name, home in homes.items() if len(home) != _homes(name)} == {}


def _home(module: str, listed: list[str]) -> list[str]:
    return [each for each in listed if module == each or module.startswith(f"{each}.")]


def _homes(module: str) -> int:
    return 0 if module in FRONT or in_front(module) else 1
