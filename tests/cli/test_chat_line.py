"""A line of a chat, and the answer to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.cli.chat_line import COMMANDS, LONGEST_REPLY, help_lines, parse_line, reply

case = pytest.param


@pytest.mark.parametrize(
    ("line", "words"),
    [
        case("oncall", ["oncall"], id="everybody on call"),
        case(" ONCALL  imoc ", ["oncall", "--", "imoc"], id="one role, in any case"),
        case("declare Pushes fail", ["declare", "--", "Pushes fail"], id="a title without quotes"),
        case('declare "Pushes fail"', ["declare", "--", "Pushes fail"], id="a title in quotes"),
        case("declare “Pushes fail”", ["declare", "--", "Pushes fail"], id="quotes of a phone"),
        case("declare It doesn't work", ["declare", "--", "It doesn't work"], id="an apostrophe"),
        case('declare 14" disks fail', ["declare", "--", "14 disks fail"], id="an open quote"),
        case(
            "declare --severity S1 API down --service api",
            ["declare", "--severity=S1", "--service=api", "--", "API down"],
            id="options anywhere",
        ),
        case("declare x —severity S1", ["declare", "--severity=S1", "--", "x"], id="a long dash"),
        case("declare x --severity=S1", ["declare", "--severity=S1", "--", "x"], id="with ="),
        case("declare x --no-announce", ["declare", "--no-announce", "--", "x"], id="a flag"),
        case("near-miss x --owner @mia", ["near-miss", "--owner=@mia", "--", "x"], id="an owner"),
        case("declare $(id) `id` ;|&", ["declare", "--", "$(id) `id` ;|&"], id="for no shell"),
        case("declare -v x", ["declare", "--", "-v x"], id="a word with a dash is a word"),
        case("show #4", ["show", "--", "#4"], id="a number"),
        case("board", ["board"], id="the board"),
    ],
)
def test_what_a_line_means(line: str, words: list[str]) -> None:
    assert parse_line(line) == (words, "")


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("", ""),
        ("help", ""),
        ("help me", ""),
        ("bord", "there is no 'bord': did you mean 'board'?"),
        ("declare", "declare needs TITLE"),
        ("show", "show needs N"),
        ("show 1 2", "show takes no '2'"),
        ("board now", "board takes no 'now'"),
        ("declare x --severity", "declare --severity needs a value"),
        ("declare x --as erin", "declare takes no '--as'"),
        ("declare x --policy /etc/passwd", "declare takes no '--policy'"),
        ("board --tracker=https://evil.example/a/b", "board takes no '--tracker=https://evil.example/a/b'"),
        ("declare x --announce=no", "declare takes no '--announce=no'"),
        ("apply", "there is no 'apply'"),
    ],
)  # fmt: skip
def test_what_is_not_understood(line: str, wrong: str) -> None:
    words, said = parse_line(line)
    assert words == []
    assert said.startswith(wrong)
    assert bool(said) is bool(wrong)


@given(st.text(max_size=80))
def test_no_line_gives_anything_but_a_command_of_the_list(line: str) -> None:
    words, said = parse_line(line)
    assert not (words and said)
    if words:
        assert words[0] in COMMANDS
        before = words[1 : words.index("--")] if "--" in words else words[1:]
        known = {f"--{name}" for name in (*COMMANDS[words[0]].takes, *COMMANDS[words[0]].flags)}
        assert {word.partition("=")[0] for word in before} <= known


def test_the_help_names_every_command() -> None:
    assert [line.split()[0] for line in help_lines()] == list(COMMANDS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        case("a  b\n  c", "a  b\n  c", id="columns stay"),
        case("@all @erin @HERE", "@\u200ball @erin @\u200bHERE", id="rings nobody but one"),
        case("<!here> <https://x|y> < b", "<\u200b!here> <\u200bhttps://x|y> < b", id="links"),
        case("section_end:1:x\r\x1b[0K.", "section_end:1:x\n[0K.", id="no mark of a section"),
    ],
)  # fmt: skip
def test_an_answer_does_no_harm(text: str, said: str) -> None:
    assert reply(text) == said


def test_an_answer_is_not_too_long() -> None:
    said = reply("é" * 100 + "\n" + "\n".join(["x" * 50] * 100))
    assert len(said.encode()) < LONGEST_REPLY + 40
    assert said.endswith("more lines")
    assert reply("x" * 9000) == "… and 1 more line"


@given(st.text(max_size=200))
def test_any_answer_is_plain(text: str) -> None:
    assert not set("\x1b\r\x00") & set(reply(text))
