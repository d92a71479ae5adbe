"""Who may, as words for a person."""

from __future__ import annotations

import pytest

from automation.policy.ownership import who_in_words
from tests.worlds import shipped

case = pytest.param


@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        case((), "nobody", id="nobody"),
        case(("owner",), "the owner (@erin)", id="the owner"),
        case(("security",), "the Security Operations On Call", id="a role outside the chain"),
        case(("eoc", "@mia"), "the EOC or @mia", id="a role of the chain, and a person"),
        case(
            ("owner", "cmoc", "security"),
            "the owner (@erin), the CMOC or the Security Operations On Call",
            id="three",
        ),
        case(
            ("holder", "member"),
            "whoever holds the role (@erin) or a member of the project",
            id="who holds it",
        ),
    ],
)
def test_who_may_is_said_in_words(words: tuple[str, ...], spoken: str) -> None:
    assert who_in_words(shipped().policy(), words, "erin") == spoken
