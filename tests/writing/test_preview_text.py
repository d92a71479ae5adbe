"""What a preview says to people in one line."""

from __future__ import annotations

from automation.writing.preview_text import refusal_line


def test_what_is_refused_says_in_the_same_line_what_to_write_instead() -> None:
    problem = "policy.yml:3: there is no role 'ecc'\n  did you mean 'eoc'?"
    refused = "**No run could work with these files:** policy.yml:3: there is no role 'ecc'"
    assert refusal_line(problem) == f"{refused}; did you mean 'eoc'?"
    more = f"{problem}\npolicy.yml:4: `goal` is 'much'\n  write a number"
    told = refusal_line(more)
    assert told.startswith(f"{refused}; did you mean 'eoc'?")
    assert "1 more mistake" in told
    assert "a number" not in told
