"""``python -m tests.benchmarks.memory WORD …``: `ima` with these words, and the most memory it had.

The bytes are the last line on stderr: getrusage would count who started the process, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from automation.cli import main

ROOT = Path(__file__).parents[2]


def peak_of(folder: Path, *words: str) -> float:
    """The most memory of `ima` with these words in ``folder``, in megabytes."""
    return peak_of_module("tests.benchmarks.memory", folder, *words)


def peak_of_module(module: str, folder: Path, *words: str) -> float:
    """The same of a module that ends with `say`."""
    command = [sys.executable, "-m", module, *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
    return int(done.stderr.splitlines()[-1]) / 1e6


def say() -> None:
    """The most memory that this process had."""
    status = Path("/proc/self/status").read_text("ascii")
    print(int(status.partition("VmHWM:")[2].split()[0]) * 1024, file=sys.stderr)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    say()
    sys.exit(code)
