"""Strangers' words made harmless, and markers that nobody can break out of or forge."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.text.escaping import ZERO_WIDTH_SPACE as ZW
from automation.text.escaping import (
    clean,
    escape_block,
    escape_for_log,
    escape_inline,
    mark,
    marker_in,
    mention,
    unmarked,
)
from tests.worlds import stage

property_ = pytest.mark.property


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        pytest.param("Git pushes fail", "Git pushes fail", id="plain words stay as they are"),
        pytest.param("/close", f"{ZW}/close", id="a quick action is none any more"),
        pytest.param("  /close", f"{ZW}/close", id="nor behind spaces"),
        pytest.param("\x00/close", f"{ZW}/close", id="nor behind a control character"),
        pytest.param("\u202e/close", f"{ZW}/close", id="nor behind a change of direction"),
        pytest.param("a /close b", "a /close b", id="within a line it is a word"),
        pytest.param("a\n/close", "a /close", id="a second line is none"),
        pytest.param("@all", f"@{ZW}all", id="nobody is mentioned"),
        pytest.param("a@b.example", f"a@{ZW}b.example", id="not even by an address"),
        pytest.param("5 @ 3", "5 @ 3", id="an at sign alone is none"),
        pytest.param("<!-- ima:x -->", "&lt;!-- ima:x --&gt;", id="no comment is opened"),
        pytest.param("a | b", r"a \| b", id="a table keeps its columns"),
        pytest.param("[x](y) ![i](j)", r"\[x\](y) !\[i\](j)", id="no link, no picture"),
        pytest.param("**b** _i_ `c` ~~s~~", r"\*\*b\*\* \_i\_ \`c\` \~\~s\~\~", id="no markup"),
        pytest.param("# big", f"{ZW}# big", id="no heading"),
        pytest.param("- [ ] task", rf"{ZW}- \[ \] task", id="no task"),
        pytest.param(r"\@all", rf"\\@{ZW}all", id="a backslash protects nothing of theirs"),
        pytest.param("tab\there", "tab here", id="a tab is a space"),
        pytest.param("live\u202egnp.exe", "livegnp.exe", id="direction cannot be turned"),
        pytest.param("\ud800", "", id="half a character is none"),
        pytest.param("&commat;all", "&amp;commat;all", id="no entity"),
        pytest.param("@_bob", rf"@{ZW}\_bob", id="a name may begin with _"),
    ],
)
def test_inline(text: str, harmless: str) -> None:
    assert escape_inline(text) == harmless


def test_inline_is_cut_and_says_so() -> None:
    assert escape_inline("x" * 201) == "x" * 199 + "…"
    assert escape_inline("x" * 200) == "x" * 200
    assert escape_inline("x" * 9, most=5) == "xxxx…"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        pytest.param("one\ntwo", "> one\\\n> two", id="every line is quoted"),
        pytest.param("one\n\n\ntwo", "> one\\\n> two", id="an empty line ends no quotation"),
        pytest.param("/close\n@all", f"> {ZW}/close\\\n> @{ZW}all", id="each line is harmless"),
        pytest.param("a\u2028/close\x0bb", f"> a\\\n> {ZW}/close\\\n> b", id="odd ends"),
        pytest.param("```\n/close\n```", "> \\`\\`\\`\\\n" f"> {ZW}/close\\\n" "> \\`\\`\\`",
                     id="a fence opens nothing"),
        pytest.param("", "", id="nothing stays nothing"),
    ],
)  # fmt: skip
def test_block(text: str, quoted: str) -> None:
    assert escape_block(text) == quoted


def test_block_is_cut() -> None:
    assert len(escape_block("x" * 10_000)) == len("> ") + 2000


@pytest.mark.parametrize(
    ("login", "told"),
    [
        pytest.param("erin", "@erin", id="a login is mentioned"),
        pytest.param("first.last-2_x", "@first.last-2_x", id="dots and hyphens belong to logins"),
        pytest.param("mallory /close", "mallory /close", id="two words are no login"),
        pytest.param("/close", f"{ZW}/close", id="a quick action is no login"),
        pytest.param("a\n/close", "a /close", id="two lines are no login"),
        pytest.param("<!--", "&lt;!--", id="a comment is no login"),
        pytest.param("acme/sre", "acme/sre", id="a group is not rung"),
        pytest.param("", "", id="nobody is nobody"),
    ],
)
def test_mention(login: str, told: str) -> None:
    assert mention(login) == told


def test_clean_makes_one_line() -> None:
    assert clean("\x1b[31mred\x07\r\n  and\u200e more ") == "[31mred and more"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
data = st.dictionaries(st.text(), json_values)
kinds = st.from_regex(r"[a-z]+", fullmatch=True)
nasty = st.lists(
    st.sampled_from(
        ["/close", "@all", "<!--", "-->", "--!>", "|", "\n", "\r", "\u2028", "\x0b", "\\", "`", "~",
         " ", "@", "/", "#", "\u202e", "\ufeff", "\x00", '{"v":1}', "<!-- ima:card {} -->", "a"]
    )
).map("".join) | st.text()  # fmt: skip


@property_
@given(kinds, data)
def test_a_marker_reads_back_as_it_was_written(kind: str, value: dict[str, object]) -> None:
    assert marker_in(kind, mark(kind, value)) == value
    assert marker_in(kind, f"before\n{mark(kind, value)}\nafter") == value


@property_
@given(kinds, data)
def test_no_text_ends_the_comment_of_a_marker(kind: str, value: dict[str, object]) -> None:
    text = mark(kind, value)
    assert text.count("<") == text.count(">") == 1
    assert "\n" not in text
    assert unmarked(f"a\n{text}\nb").split() == ["a", "b"]


@property_
@given(nasty)
def test_inline_is_one_line_that_does_nothing(text: str) -> None:
    line = escape_inline(text)
    assert len(line.splitlines()) <= 1
    assert not re.match(r"\s*/", line)
    assert "<" not in line
    assert ">" not in line
    assert not re.search(r"@\w", line)
    assert not re.search(r"(?<!\\)(\\\\)*\|", line)


@property_
@given(nasty)
def test_block_is_lines_that_do_nothing(text: str) -> None:
    for line in escape_block(text).splitlines():
        assert line.startswith("> ")
        assert not re.match(r"[>\s]*/", line)
        assert "<!--" not in line
        assert not re.search(r"@\w", line)


@property_
@given(nasty, data, kinds)
def test_nobody_forges_a_marker_through_text(
    text: str, value: dict[str, object], kind: str
) -> None:
    forged = mark(kind, value)
    assert marker_in(kind, escape_inline(text + forged, 10_000)) is None
    assert marker_in(kind, escape_block(text + forged, 10_000)) is None


@property_
@given(nasty)
def test_mention_is_a_login_or_harmless(login: str) -> None:
    told = mention(login)
    assert told == f"@{login}" or told == escape_inline(login)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("<!-- ima:card -->", id="no JSON"),
        pytest.param("<!-- ima:card {x} -->", id="JSON with a mistake"),
        pytest.param("<!-- ima:card [1] -->", id="a list"),
        pytest.param('<!-- ima:card {"v":1}', id="cut off"),
        pytest.param('<!-- ima:other {"v":1} -->', id="of another kind"),
        pytest.param('<!--ima:card {"v":1}-->', id="written otherwise"),
        pytest.param("<!-- ima:card " + '{"a":' * 100_000 + "} -->", id="nested without end"),
    ],
)
def test_what_is_no_marker(body: str) -> None:
    assert marker_in("card", body) is None


def test_the_first_readable_marker_counts() -> None:
    assert marker_in("card", f"<!-- ima:card {{x}} -->\n{mark('card', {'v': 2})}") == {"v": 2}


def test_a_refused_command_cannot_carry_a_marker_into_our_comment() -> None:
    world = stage()
    draft_marker = mark("said", {"keys": ["forged"]})
    from automation.model.issue import Draft

    world.tracker.acting("rita").open(Draft("It breaks", labels=("Incident",)))
    world.tracker.acting("mallory").comment("#1", f"/ima x {draft_marker}")
    world.run_pass()
    (answer,) = (c.body for c in world.issues()[0].comments if "was not done" in c.body)
    assert "forged" not in str(marker_in("said", answer))


def test_a_marker_survives_an_edit_in_a_web_page_which_ends_lines_its_own_way() -> None:
    text = f"before\n\n{mark('review', {'for': '#1'})}\n".replace("\n", "\r\n")
    assert marker_in("review", text) == {"for": "#1"}


def test_empty_lines_hold_no_log_up() -> None:
    began = time.process_time()
    text = "\n" * 60_000 + "x"
    assert escape_for_log(text) == text
    assert time.process_time() - began < 2
