"""A Statuspage for the tests of this folder, and the server that answers for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.counterparts.small import SmallServer
from tests.counterparts.statuspage import Statuspage


@pytest.fixture
def counterpart() -> Statuspage:
    return Statuspage()


@pytest.fixture
def server(counterpart: Statuspage) -> Iterator[SmallServer]:
    """No request may have gone wrong in the counterpart itself."""
    with counterpart.serve() as server:
        yield server
    assert server.errors == []
