"""``python -m tests.benchmarks [NAME ...]``: measure all of it, or some."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import (
    charting,
    counting,
    echoing,
    hooking,
    installing,
    listing,
    looking_back,
    passing,
    planning,
    publishing,
    report,
    starting,
    sweeping,
)
from tests.benchmarks.figure import Figure, table

ALL: dict[str, Callable[[], Iterator[Figure]]] = {
    "planning": planning.figures,
    "passing": passing.figures,
    "starting": starting.figures,
    "counting": counting.figures,
    "sweeping": sweeping.figures,
    "hooking": hooking.figures,
    "installing": installing.figures,
    "echoing": echoing.figures,
    "listing": listing.figures,
    "looking_back": looking_back.figures,
    "publishing": publishing.figures,
    "charting": charting.figures,
}


def main() -> int:
    said = _arguments()
    figures: list[Figure] = []
    for name in said.names or ALL:
        print(f"measuring {name} …", file=sys.stderr)
        figures += ALL[name]()
    text = f"Measured on {said.date}, {said.machine}.\n\n{table(figures)}"
    print(text)
    if said.write:
        report.keep(said.write, text)
    missed = [figure.what for figure in figures if not figure.reached]
    for what in missed:
        print(f"missed: {what}", file=sys.stderr)
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ALL, []], metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the table in this page")
    parser.add_argument("--machine", default=report.machine(), help="what it ran on")
    parser.add_argument("--date", default=f"{datetime.now(UTC):%Y-%m-%d}", help="when")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
