"""`/ima` commands as they stand in comments: what is one, what is not, and which is new."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from automation.history.command_judgement import EFFECTS
from automation.history.command_parsing import (
    LONGEST,
    MOST_COMMANDS,
    Command,
    command_lines,
    commands_in,
)
from automation.history.duplicates import duplicate_named, reason_of_closing
from automation.model.commands import USAGE
from tests.build import an_event, an_issue, at, says


def parsed(text: str) -> list[str]:
    return list(command_lines(text))


def the_order(text: str) -> Command:
    (order,) = commands_in(says(0, "erin", text, comment="c1"), {})
    return order


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        pytest.param("/ima resolve", ["resolve"], id="a line of its own is a command"),
        pytest.param("/IMA Resolve it", ["Resolve it"], id="the prefix counts in any case"),
        pytest.param("   /ima help", ["help"], id="three spaces before it are still a line"),
        pytest.param("    /ima resolve", [], id="four spaces make it code"),
        pytest.param("/ima", ["help"], id="alone it asks for help"),
        pytest.param("/ima   ", ["help"], id="alone with spaces behind it asks for help"),
        pytest.param("type /ima resolve", [], id="in the middle of a sentence it is talk"),
        pytest.param("> /ima resolve", [], id="quoted it is somebody else's"),
        pytest.param("> a\x0b/ima help\x85/ima help", [], id="what ends no line leaves no quote"),
        pytest.param("`/ima resolve`", [], id="in a code span it is an example"),
        pytest.param("/imaginary resolve", [], id="a longer word is another word"),
        pytest.param("/ima-resolve", [], id="a hyphen makes another word"),
        pytest.param("```\n/ima resolve\n```", [], id="in a fence it is an example"),
        pytest.param("~~~\n/ima resolve\n~~~", [], id="in a fence of tildes too"),
        pytest.param("```\nx\n```\n/ima help", ["help"], id="behind a fence it counts again"),
        pytest.param("```sh\n/ima resolve", [], id="a fence that nobody closed goes on"),
        pytest.param("hello\r\n/ima review\r\n", ["review"], id="lines of Windows are lines"),
        pytest.param(
            "/ima help\nand\n/ima review", ["help", "review"], id="several count in order"
        ),
        pytest.param("", [], id="nothing is nothing"),
        pytest.param(
            "~~~\n```\n/ima resolve\n```\n~~~",
            [],
            id="a fence within a fence of another kind ends nothing",
        ),
        pytest.param(
            "```error 500```\n/ima help",
            ["help"],
            id="a code span of three backticks is no fence",
        ),
    ],
)
def test_what_is_a_command(text: str, commands: list[str]) -> None:
    assert parsed(text) == commands


@pytest.mark.parametrize(
    ("text", "name", "rest", "words"),
    [
        pytest.param("/ima RESOLVE Done", "resolve", "Done", ("Done",), id="names in any case"),
        pytest.param(
            '/ima status "Service Disruption"',
            "status",
            '"Service Disruption"',
            ("Service Disruption",),
            id="words in quotation marks are one",
        ),
        pytest.param(
            "/ima resolve it's over",
            "resolve",
            "it's over",
            ("it's", "over"),
            id="a lone quotation mark is an apostrophe",
        ),
        pytest.param("/ima review", "review", "", (), id="a command may stand alone"),
        pytest.param("/ima review.", "review", "", (), id="a full stop is no part of its name"),
        pytest.param("/ima stand down imoc", "stand-down", "imoc", ("imoc",), id="two words"),
        pytest.param("/ima next—update 45m", "next-update", "45m", ("45m",), id="dash in a name"),
        pytest.param("/ima\u00a0review", "review", "", (), id="a no-break space"),
        pytest.param(
            "/ima publish a <!-- b --> c",
            "publish",
            "a  c",
            ("a", "c"),
            id="without what is hidden",
        ),
        pytest.param(
            "/ima state identified -- roll back",
            "state",
            "identified -- roll back",
            ("identified", "--", "roll", "back"),
            id="a step stays in the text as it was typed",
        ),
    ],
)
def test_the_parts_of_a_command(text: str, name: str, rest: str, words: tuple[str, ...]) -> None:
    order = the_order(text)
    assert (order.name, order.text, order.words) == (name, rest, words)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        pytest.param("/ima handover @mia", ("mia",), id="one person"),
        pytest.param("/ima engage imoc @first.last", ("first.last",), id="a dot within the name"),
        pytest.param("/ima near-miss S2", (), id="nobody"),
        pytest.param("/ima handover @", (), id="an at sign alone is nobody"),
        pytest.param("/ima handover mia", (), id="a bare word is nobody"),
        pytest.param(
            "/ima handover @mia, please",
            ("mia",),
            id="punctuation behind the name is not part of it",
        ),
    ],
)
def test_people_in_a_command(text: str, people: tuple[str, ...]) -> None:
    assert the_order(text).people == people


def test_a_line_of_a_megabyte_is_cut() -> None:
    order = the_order("/ima resolve " + "x" * 1_000_000)
    assert len(order.name) + 1 + len(order.text) == LONGEST


def test_a_megabyte_of_talk_holds_no_command() -> None:
    assert parsed("ima /imaima " * 100_000) == []


@pytest.mark.parametrize("empty", ["\n" * 200, "    \n" * 10_000])
def test_empty_lines_before_code_do_not_hold_us_up(empty: str) -> None:
    assert parsed(f"{empty}    x /ima resolve") == []


def test_the_same_line_twice_is_two_commands() -> None:
    first, second = commands_in(says(0, "erin", "/ima review\n/ima review", comment="c1"), {})
    assert first.of != second.of
    assert (first.typed, first.comment) == (second.typed, second.comment) == ("/ima review", "c1")


def test_the_same_line_in_another_comment_is_another_command() -> None:
    one, other = (
        commands_in(says(0, "erin", "/ima help", comment=name), {})[0] for name in ("c1", "c2")
    )
    assert one.of != other.of


def test_an_edited_comment_runs_only_what_is_new_and_from_the_edit_on() -> None:
    before = says(0, "erin", "/ima severity S2", comment="c1")
    (known,) = commands_in(before, {})
    after = replace(before, body="/ima severity S2\n/ima review", edited_at=at(9))
    old, new = commands_in(after, {known.of})
    assert (old.of, old.at) == (known.of, at(0))
    assert (new.name, new.at) == ("review", at(9))


def test_moving_a_line_within_its_comment_runs_nothing_again() -> None:
    (known,) = commands_in(says(0, "erin", "/ima review", comment="c1"), {})
    moved = says(0, "erin", "some talk\n\n/ima review", edited=5, comment="c1")
    assert [(order.of, order.at) for order in commands_in(moved, {known.of})] == [(known.of, at(0))]


def test_a_deleted_account_may_have_typed_it() -> None:
    assert commands_in(says(0, None, "/ima help", comment="c1"), {})[0].by is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/ima：severity S2", "severity S2"),
        ("/ima:severity S2", "severity S2"),
        ("/ima severity：S2", "severity S2"),
        ("/ima severity=S2", "severity S2"),
        ("/ima Severity S2", "severity S2"),
        ("\u200f/ima severity S2", "severity S2"),
        ("\u200e\u200b /ima severity S2", "severity S2"),
        ("/ima hand over @mia", "handover @mia"),
        ("/ima Stand—Down imoc", "stand-down imoc"),
        ("/ima publish： We see errors", "publish We see errors"),
    ],
)
def test_what_keyboards_make_of_a_command_is_that_command(text: str, meant: str) -> None:
    order = the_order(text)
    assert (order.shown, f"{order.name} {order.text}".strip()) == ("", meant)


@pytest.mark.parametrize(
    "typed", ["S2…", "S2。", "S2！", "Ｓ２", "= S2", "“S2”.", "S2, please", "(S2)", "S2\u3000"]
)
def test_a_value_is_what_people_mean_by_it(typed: str) -> None:
    assert the_order(f"/ima severity {typed}").value == "S2"


def test_a_person_named_with_a_wide_sign_is_that_person() -> None:
    order = the_order("/ima engage imoc ＠mia")
    assert (order.people, order.mentioned) == (("mia",), ("mia",))


@pytest.mark.parametrize(
    "typed",
    [
        "#7",
        "7.",
        "acme/production#7",
        "https://github.com/acme/production/issues/7",
        "https://github.com/2048/2048/issues/7#issuecomment-9",
        "<https://github.com/acme/production/issues/7|#7>",
        "<https://github.com/2048/2048/issues/7>",
    ],
)
def test_an_issue_is_named_by_number_or_address_also_as_slack_writes_one(typed: str) -> None:
    assert duplicate_named(the_order(f"/ima duplicate {typed}")) == "#7"


def test_a_comment_that_slack_posts_with_a_link_is_the_same_command() -> None:
    order = the_order("/ima need @mia see <https://acme.slack.com/archives/C1/p2|this thread>")
    assert (order.name, order.people) == ("need", ("mia",))


def test_every_command_has_its_usage_and_every_usage_its_command() -> None:
    assert set(EFFECTS) == set(USAGE)
    assert [text.split()[0] for text in USAGE.values()] == list(USAGE)


def test_a_comment_holds_only_so_many_commands() -> None:
    comment = says(0, "mallory", "/ima help\n" * 1000, comment="c1")
    assert len(commands_in(comment, {})) == MOST_COMMANDS


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("`/ima severity S1`", "severity S1"),
        ("- ``/ima severity S1``.", "severity S1"),
        ("**/ima resolve**", "resolve"),
        ("“/ima resolve”", "resolve"),
        ("/ ima resolve it", "resolve it"),
        ("／ima resolve", "resolve"),
        ("/ima-resolve", "resolve"),
        ("/imaresolve", "resolve"),
        ("//ima resolve", "resolve"),
        ("ok /ima severity S2", "severity S2"),
        ("@mia, please /ima engage imoc.", "engage imoc"),
        ("It is back.\u2028/ima resolve", "resolve"),
        ("It is back.\u2029 /ima state monitoring", "state monitoring"),
        ("It is back.\x0b/ima resolve", "resolve"),
    ],
)
def test_what_only_looks_like_a_command_is_answered_and_not_done(text: str, meant: str) -> None:
    order = the_order(text)
    assert (order.shown, f"{order.name} {order.text}".strip()) == (text.removeprefix("- "), meant)
    assert parsed(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "`/ima resolve` ends it",
        "please type `/ima resolve`",
        "`/ima help` or `/ima explain`",
        "/imaginary resolve",
        "/ima.txt is a file",
        "> `/ima resolve`",
        "```\n`/ima resolve`\n```",
        "type /ima resolve",
        "to end it, use /ima resolve",
        "Then erin said something like /ima resolve",
        "`It is back.\u2028/ima resolve`",
        '"It is back.\u2028/ima resolve"',
        "> It is back.\u2028/ima resolve",
        "> ok /ima resolve",
        "```\n//ima resolve\nok /ima resolve\n```",
        "see https://example.com//ima/resolve",
        "ok /imaginary resolve",
        "ok /ima nonsense",
        "we could /ima action this later",
    ],
)
def test_talk_about_commands_is_not_answered(text: str) -> None:
    found = commands_in(says(0, "erin", text, comment="c1"), {})
    assert found == []


def test_a_comment_full_of_shown_commands_is_answered_once() -> None:
    comment = says(0, "erin", "`/ima help`\n`/ima review`\n`/ima resolve`", comment="c1")
    assert len(commands_in(comment, {})) == 1


def test_a_command_behind_a_command_on_its_line_is_answered_and_takes_nothing_from_it() -> None:
    comment = says(0, "erin", "/ima severity S2\u2028/ima state identified", comment="c1")
    given, behind = commands_in(comment, {})
    assert (given.name, given.text, given.shown) == ("severity", "S2", "")
    assert (behind.name, behind.shown) == ("state", "/ima state identified")


def test_several_that_only_look_like_commands_are_answered_once() -> None:
    comment = says(0, "erin", "//ima help\nok /ima review\nIt is.\u2028/ima resolve", comment="c1")
    assert len(commands_in(comment, {})) == 1


def test_a_text_of_several_lines_that_version_0_1_0_has_judged_is_not_judged_again() -> None:
    first = the_order("/ima publish We see errors.").of
    comment = says(0, "erin", "/ima publish We see errors.\nUse HTTPS.", comment="c1")
    assert commands_in(comment, {first})[0].of == first


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("@" + "." * 60_000 + " x", id="a greeting that is all points"),
        pytest.param("a" + "\u2028" * 60_000 + "b", id="ends of lines that are none"),
        pytest.param("x <" + "a" * 60_000, id="a tag that nothing ends"),
        pytest.param("<div>\n<" + "a" * 60_000, id="a tag in a tag that nothing ends"),
    ],
)
def test_a_comment_of_one_odd_line_holds_nobody_up(line: str) -> None:
    began = time.process_time()
    assert len(commands_in(says(0, "mallory", f"{line}\n/ima help", comment="c1"), {})) == 1
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        "<pre\n>\n/ima resolve\n</pre>",
        '<pre title="<">\n/ima resolve\n</pre>',
        '<pre><a title="</pre>">\n/ima resolve\n</pre>',
        '<pre><a b="c"d="</pre>">\n/ima resolve\n</pre>',
        '<div><pre><a b="c"d="\n\n</pre>">\n/ima resolve\n</pre></div>',
        '<pre><a b="c"d=">\n</pre>">\n/ima resolve\n</pre>',
        'x <code title="<">\n/ima resolve\n</code>',
        'x <code> <a title="</code>">\n/ima resolve\n</code>',
        "<blockquote\ncite=x>\n\n/ima resolve\n\n</blockquote>",
        "<blockquote>\n\n<a title='</blockquote>'>\n\n/ima resolve\n\n</blockquote>",
        "<div><blockquote title=a<b>\n/ima resolve\n</blockquote></div>",
        "<q>\n/ima resolve\n</q>",
        "<tt>\n/ima resolve\n</tt>",
        "<listing>\n/ima resolve\n</listing>",
        "<plaintext>\n/ima resolve",
        "<div hidden>\n/ima resolve\n</div>",
        "<div hidden>\n\n<div>x</div>\n\n/ima resolve\n\n</div>",
        "a <span class=b hidden=''>\n/ima resolve\n</span>",
        "$$\n/ima resolve\n$$",
        "$$\nx\n\n/ima resolve\n$$",
        "so $$x\n/ima resolve\n$$ it is",
    ],
)
def test_code_and_quotes_are_these_however_their_tags_are_written(text: str) -> None:
    assert parsed(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "<pre class='a'>x</pre>\n\n/ima resolve",
        "<details>\n<summary title=a>b</summary>\n/ima resolve\n</details>",
        "<details open>\n<img src=x?a&b alt='<'>\n/ima resolve\n</details>",
        '<code title="<">x</code>\n/ima resolve',
        "a <b and c\n/ima resolve",
        "<div>\n<a href=x\n>y</a>\n/ima resolve\n</div>",
        "<div hidden>x</div>\n\n/ima resolve",
        "<br hidden>\n/ima resolve",
        "<p title='hidden'>x\n/ima resolve\n</p>",
        "$$\nx\n$$\n/ima resolve",
        "$$x$$\n/ima resolve",
        "it cost $$ and more\n/ima resolve",
        "$$\nnobody ends this\n\n/ima resolve",
    ],
)
def test_what_stands_behind_other_tags_is_said(text: str) -> None:
    assert parsed(text) == ["resolve"]


def test_empty_lines_of_who_closed_it_as_a_duplicate_hold_nobody_up() -> None:
    issue = an_issue(
        says(0, "mallory", "  Duplicate of #7", comment="c1"),
        says(1, "mallory", "a" + "\n" * 60_000 + "b", comment="c2"),
    )
    began = time.process_time()
    closing = an_event(1, "mallory", "closed", "duplicate")
    assert reason_of_closing(issue, closing) == "duplicate of #7"
    assert time.process_time() - began < 3
