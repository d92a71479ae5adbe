"""The scenarios that touch a service, with the real adapters and a counterpart of each. `make test`
plays the first of a topic that touches the same services and every second after it, and none that
only pages; `make soak` plays all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from automation.scenarios.scenario_file import read_scenario
from automation.workspace.files import read_text
from tests.ground.outside import Real
from tests.scenario_files import FILES, name
from tests.worlds import shipped

TOUCHING = (
    "acknowledges", "alerts", "announced", "documents", "fails", "groups", "on_call:", "paged",
    "published", "replied", "slo:", "told",
)  # fmt: skip
ALONE = "paged"  # where nothing but pages are looked at, it is one call: most of them say so

TEAM = 'on_call: "@'  # who is on call is asked of the pager here, not of a team of the forge


def touched(path: Path) -> list[str]:
    steps = path.read_text("utf-8").partition("steps:")[2]
    return [word for word in TOUCHING if word in steps]


def played() -> Iterator[object]:
    before = Counter[tuple[str, ...]]()
    for path in FILES:
        words = touched(path)
        if not words or TEAM in path.read_text("utf-8"):
            continue
        kind = (path.parent.name, *words)
        later = words == [ALONE] or before[kind] % 2 == 1
        before[kind] += 1
        yield pytest.param(path, id=name(path), marks=[pytest.mark.soak] if later else [])


@pytest.mark.parametrize("path", [*played()])
def test_it_comes_out_with_the_real_adapters_as_with_the_embedded_services(path: Path) -> None:
    wrong = play(read_scenario(read_text(path)), shipped(), invoke, within=Real)
    assert [str(each) for each in wrong] == []
