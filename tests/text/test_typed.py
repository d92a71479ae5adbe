"""What phones, word processors and web pages make of what people type."""

from __future__ import annotations

import pytest

from automation.text.typed import length_in, plain, unquoted, value_and_step, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("“Service Disruption” now", ("Service Disruption", "now")),
        ("„Service Disruption“", ("Service Disruption",)),
        ("«Service Disruption»", ("Service Disruption",)),
        ("it’s over, that’s all", ("it's", "over,", "that's", "all")),
        ('a "b', ("a", '"b')),
        ("@mia\\", ("@mia\\",)),
    ],
)
def test_words(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2007", "\u3000", "\u2028", "\x0b", "\t"])
def test_a_space_of_any_kind_is_one(space: str) -> None:
    assert plain(f"a{space}b") == "a b"


def test_what_cannot_be_seen_is_not_there() -> None:
    assert plain("\ufeffse\u200bverity\u00ad") == "severity"


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ('"We see errors."', "We see errors."),
        ("“We see errors.”", "We see errors."),
        ("'We're back.'", "We're back."),
        ('"Pushes" and "pulls"', '"Pushes" and "pulls"'),
        ('We see "errors"', 'We see "errors"'),
        ('""', '""'),
        ('"', '"'),
    ],
)
def test_quotation_marks_around_the_whole(text: str, bare: str) -> None:
    assert unquoted(text) == bare


@pytest.mark.parametrize("dash", [" -- ", " — ", "—", " – ", " - ", ": ", "--", " --- "])
def test_a_step_behind_a_dash_of_any_kind(dash: str) -> None:
    assert value_and_step(f"identified{dash}roll back -- now") == ("identified", "roll back -- now")


def test_a_value_without_a_step() -> None:
    assert value_and_step("identified") == ("identified", "")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("45m", "45m"),
        ("45 min", "45m"),
        ("45 minutes", "45m"),
        ("in 1 hour", "1h"),
        ("2 hrs", "2h"),
        ("1 day", "1d"),
        ("1h30", "90m"),
        ("1 h 05, for the database", "65m"),
        ("1h 30m", "90m"),
        ("1h 30:00", "1h"),
        ("2 months", "2 months"),
        ("soon", "soon"),
    ],
)
def test_a_length_in_words(text: str, length: str) -> None:
    assert length_in(text) == length


def test_a_wide_gap_is_no_step_and_holds_nobody_up() -> None:
    text = "a" + " " * 100_000 + "b"
    assert value_and_step(text) == (text, "")
