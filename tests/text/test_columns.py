"""How wide a text is on a terminal, and where it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.text.columns import fit, pad, width

case = pytest.param


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        case("API down", 8, id="Western text"),
        case("Zürich · à côté … → ✓", 21, id="accents and the signs that IMA writes"),
        case("誰も", 4, id="wide characters"),
        case("e\u0301te\u0301", 3, id="an accent that combines takes no cell"),
        case("a\u200bb", 2, id="nothing between"),
        case("👨‍👩‍👧 out", 6, id="an emoji of several characters is one"),
        case("🇩🇪", 2, id="a flag"),
    ],
)
def test_width(text: str, cells: int) -> None:
    assert width(text) == cells
    assert width(pad(text, 30)) == 30


@pytest.mark.parametrize(
    ("text", "cells", "found"),
    [
        case("API down", 8, "API down", id="it fits"),
        case("API down", 7, "API do…", id="it is cut"),
        case("API down", 5, "API…", id="no blank before the ellipsis"),
        case("誰も誰も", 6, "誰も…", id="no character is cut in two"),
        case("👨‍👩‍👧👨‍👩‍👧", 3, "👨‍👩‍👧…", id="nor an emoji of several"),
    ],
)
def test_fit(text: str, cells: int, found: str) -> None:
    assert fit(text, cells) == found


@given(st.text(), st.integers(1, 20))
def test_what_is_fitted_is_never_wider(text: str, cells: int) -> None:
    assert width(fit(text, cells)) <= cells
