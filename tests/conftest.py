"""What all tests share: how hard the property tests look, and what a test needs to run."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.leaks import hear, heard, leaks

settings.register_profile("ci", max_examples=40, deadline=None, derandomize=True)
settings.register_profile(
    "soak",
    max_examples=2000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")  # `--hypothesis-profile` overrides it


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(program, ...): runs only where these are installed")
    config.addinivalue_line("markers", "soak: takes its time; only `make soak` runs it")
    config.addinivalue_line("markers", "property: holds for whatever Hypothesis can think of")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a fifth of the time a test waits for a counterpart."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Ten thousand tests stay to the end: the garbage collector need not look at them again and
    again, nor children of this process copy them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


_OPEN = Path("/proc/self/fd")
_MORE = 200  # open files than after the last collection
_kept_open = 0


def pytest_runtest_teardown() -> None:
    """What tests leave to the garbage collector, sockets above all, is closed before a worker
    has a thousand files open."""
    global _kept_open
    if _OPEN.exists() and len(os.listdir(_OPEN)) > _kept_open + _MORE:
        gc.collect()
        _kept_open = len(os.listdir(_OPEN))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for program in mark.args:
            needs(program)


def needs(program: str) -> None:
    """Skip the test where a program is missing; under CI, where all are there, fail it.

    As a decorator: ``@pytest.mark.needs("node")``.
    """
    if installed(program):
        return
    reason = f"not run: needs {program}"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test in whose output or folder one of its secrets stands fails (`tests.leaks`)."""
    report = yield
    if report.when != "teardown":
        return report
    texts = [*heard, *(text for _, text in report.sections)]
    heard.clear()
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if found := list(leaks(texts, folder)):
        report.outcome = "failed"
        report.longrepr = "\n".join(["a secret stands in:", *found])
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How long the tests of each folder took, all workers together."""
    took = defaultdict[str, float](float)
    for reports in terminalreporter.stats.values():
        for each in reports:
            if isinstance(each, pytest.TestReport):
                took[each.nodeid.split("/")[1]] += each.duration
    if len(took) > 1:
        most = sorted(took.items(), key=lambda row: -row[1])
        told = ", ".join(f"{folder} {seconds:.0f} s" for folder, seconds in most)
        terminalreporter.write_line(f"all workers together: {told}")


def _listen() -> None:
    """What a test reads of its own output is heard, too."""
    read = pytest.CaptureFixture.readouterr

    def readouterr(self: pytest.CaptureFixture[str]) -> Any:
        said = read(self)
        hear(f"{said.out}\n{said.err}")
        return said

    pytest.CaptureFixture.readouterr = readouterr  # type: ignore[assignment, method-assign]


_listen()


def installed(program: str) -> bool:
    if program == "emulate":  # with a Node of its own
        from tests.counterparts.github import node

        return node.program() is not None
    if program == "Chromium":
        return shutil.which("chromium") is not None
    if program in ("axe-core", "html-validate", "mermaid"):
        from tests.counterparts.github import node

        package = {"mermaid": "@mermaid-js/tiny"}.get(program, program)
        return node.program() is not None and (node.PACKAGES / package).is_dir()
    if program == "act":  # beside Python, on the PATH or not
        return (Path(sys.executable).parent / program).is_file()
    return shutil.which(program) is not None
