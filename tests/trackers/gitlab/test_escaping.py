"""What goes out to GitLab: nothing in it runs, everything in it fits."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from automation.errors import ServiceError
from automation.model.issue import Draft, Label, Update
from automation.stored_state.card import comment_mark
from automation.text.escaping import ZERO_WIDTH_SPACE, mark, marker_in
from automation.trackers.action_in_words import naming
from automation.trackers.gitlab.escaping import checked_labels, without_quick_actions
from automation.trackers.gitlab.payloads import draft_body, label_body, update_body
from automation.trackers.refs import check_fits, comment_number, number_of, sendable

# Some of GitLab's own names, and one that a later version may have.
ACTIONS = ["close", "reopen", "label", "assign", "severity", "move", "shrug", "page", "zoom_2030"]
# Both of GitLab's extractors look for this; one outside of code and HTML, the other inside of
# Markdown's paragraphs. Here no line may match, wherever it stands.
RUNS = re.compile(
    rf"^/(?:{'|'.join(ACTIONS)})(?:[ ][^\n]*)?(?:[ \t\r\n\f\v]*\n|$)", re.IGNORECASE | re.MULTILINE
)


def runs(body: str) -> bool:
    """Whether GitLab would execute something, after it has deleted the carriage returns."""
    return bool(RUNS.search(body.replace("\r", "")))


PIECES = st.sampled_from(
    [*(f"/{name}" for name in ACTIONS), "\n", "\r", "\r\n", " ", "\t", "`", "```", ">>>", "<p>",
     "</p>", "\v", "\x85", "\u2028", "> ", "~S1", "@erin", "/", "/ima resolve", "text", "\0"]
)  # fmt: skip


@given(st.lists(PIECES).map("".join) | st.text())
@example("/close")
@example("a\n/cl\rose")
@example("```\n/close\n```")
@example("/CLOSE ")
@example("/\u017fhip")
def test_no_line_that_goes_out_is_executed(body: str) -> None:
    assert not runs(without_quick_actions(body))


@given(st.lists(PIECES).map("".join) | st.text())
def test_a_guarded_text_stays_as_it_is(body: str) -> None:
    assert without_quick_actions(without_quick_actions(body)) == without_quick_actions(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("Looks fine /close to the edge", id="inside a line"),
        pytest.param("/var/log/syslog is full", id="a path"),
        pytest.param("/ima severity S1", id="our own command"),
        pytest.param("/IMA\n/ima", id="our own command alone"),
        pytest.param("> /close", id="a quotation"),
        pytest.param("// no", id="a comment"),
        pytest.param("1 / 2\n/ 3", id="a division"),
        pytest.param(comment_mark(["asked: severity"], []), id="a marker"),
        pytest.param("|a|b|\n|-|-|\n|/close|x|", id="a table"),
    ],
)
def test_harmless_text_is_sent_as_it_is(body: str) -> None:
    assert without_quick_actions(body) == body


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ("/close", f"{ZERO_WIDTH_SPACE}/close"),
        ("a\n  /label ~S1\nb", f"a\n  {ZERO_WIDTH_SPACE}/label ~S1\nb"),
        ("```\n/close\n```", f"```\n{ZERO_WIDTH_SPACE}/close\n```"),
        ("a\r\n/close", f"a\n{ZERO_WIDTH_SPACE}/close"),
        ("a\0b\ud800", "a\ufffdb\ufffd"),
        ("/imagine x", f"{ZERO_WIDTH_SPACE}/imagine x"),
    ],
)
def test_the_guard_stands_in_front_of_the_slash(body: str, sent: str) -> None:
    assert without_quick_actions(body) == sent


def test_a_marker_survives_the_guard() -> None:
    data = {"text": "/close\n/reopen", "n": [1]}
    assert marker_in("card", without_quick_actions(f"/close\n{mark('card', data)}\n/close")) == data


@pytest.mark.parametrize(
    ("ref", "iid"),
    [("#42", 42), ("#1", 1), ("42", None), ("#0", None), ("#042", None), ("", None), ("#", None),
     ("#x", None), ("#4\n", None), ("acme/x#4", None), ("#" + "9" * 30, None), ("#٣", None)],
)  # fmt: skip
def test_only_references_of_the_project_are_numbers(ref: str, iid: int | None) -> None:
    assert number_of(ref) == iid


@pytest.mark.parametrize(
    ("comment", "number"), [("678", 678), ("c1", None), ("", None), ("0", None), ("6/7", None)]
)
def test_only_numbers_are_comments(comment: str, number: int | None) -> None:
    assert comment_number(comment) == number


def test_what_does_not_fit_says_both_lengths() -> None:
    with pytest.raises(ServiceError) as error:
        check_fits("gitlab", "the title of a new issue", "x" * 256, 255)
    assert str(error.value) == (
        "gitlab: the title of a new issue has 256 characters; it may have 255\n  shorten it"
    )


def test_a_label_with_a_comma_is_refused() -> None:
    with pytest.raises(ServiceError) as error:
        checked_labels(["S1", "a, b"], "acme/production#42")
    assert str(error.value) == (
        "gitlab: label 'a, b' cannot go on acme/production#42: it has a comma\n"
        "  rename it in labels.yml; GitLab would make two of it"
    )


@pytest.mark.parametrize(
    ("update", "ids", "body", "name"),
    [
        pytest.param(Update(), [], {}, "updating", id="nothing"),
        pytest.param(
            Update(frozenset({"S1", "A"}), frozenset({"S2"})),
            [],
            {"add_labels": "A,S1", "remove_labels": "S2"},
            "labelling",
            id="labels, as deltas",
        ),
        pytest.param(
            Update(assignees=("ian", "erin")),
            [3, 2],
            {"assignee_ids": [3, 2]},
            "assigning @ian, @erin to",
            id="assignees, the owner first",
        ),
        pytest.param(
            Update(assignees=()),
            [],
            {"assignee_ids": [0]},
            "unassigning everybody from",
            id="nobody",
        ),
        pytest.param(
            Update(assignees=("gone",)),
            [],
            {},
            "assigning @gone to",
            id="an unknown login empties nothing",
        ),
        pytest.param(Update(closed=True), [], {"state_event": "close"}, "closing", id="close"),
        pytest.param(Update(closed=False), [], {"state_event": "reopen"}, "reopening", id="reopen"),
        pytest.param(
            Update(frozenset({"S1"}), closed=True),
            [],
            {"add_labels": "S1", "state_event": "close"},
            "updating",
            id="several at once",
        ),
    ],
)
def test_an_update_is_one_body(
    update: Update, ids: list[int], body: dict[str, object], name: str
) -> None:
    assert update_body(update, ids, "acme/production#42") == body
    assert naming(update) == name


def test_a_draft_is_guarded_but_keeps_its_markers() -> None:
    marker = mark("review", {"for": "#1"})
    body = draft_body(
        Draft("T\0", f"/close\n{marker}", ("B", "A"), incident=True), [], "incident", "acme/x"
    )
    assert body == {
        "title": "T\ufffd",
        "description": f"{ZERO_WIDTH_SPACE}/close\n{marker}",
        "issue_type": "incident",
        "confidential": False,
        "labels": "A,B",
    }


@pytest.mark.parametrize(
    ("label", "color"), [(Label("S1", "c00000"), "#c00000"), (Label("S1"), "#ededed")]
)
def test_a_label_has_a_color(label: Label, color: str) -> None:
    assert label_body(label) == {"color": color, "description": ""}


@given(st.text())
def test_a_clean_text_can_be_sent(text: str) -> None:
    sendable(text).encode()
