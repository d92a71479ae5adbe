"""The search for secrets finds them; a search that finds nothing would be no test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.leaks import heard, leaks, secret


@pytest.mark.parametrize("text", [f"Token {secret('x')}", "as t-ima.", "glpat-abc", "xoxb-1-2"])
def test_a_secret_in_a_text_is_found(text: str) -> None:
    (found,) = leaks([text], None)
    assert text not in found


def test_a_secret_in_a_file_is_found_and_what_is_none_is_not(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.json").write_text(f'{{"key": "{secret("x")}"}}', encoding="utf-8")
    (tmp_path / "b.txt").write_text("set-ima t-imagine pit-ima", encoding="utf-8")
    assert list(leaks([], tmp_path)) == [str(tmp_path / "sub" / "a.json")]
    (tmp_path / "sub" / "a.json").unlink()


def test_what_a_test_prints_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    print("something", end="")  # noqa: T201
    capsys.readouterr()
    assert heard == ["something\n"]
