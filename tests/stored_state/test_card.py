"""The card: what is written is read back; what is no card of ours is not believed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.errors import PolicyError
from automation.model.incident import Fact
from automation.model.issue import Comment
from automation.stored_state.card import (
    VERSION,
    CardText,
    comment_mark,
    decode,
    encode,
    facts_in_comments,
    keys_told,
    read_card,
    short_digest,
)
from automation.text.escaping import mark
from tests.build import ME, a_fact, an_issue, at, says

moments = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
)
facts = st.builds(
    Fact,
    st.sampled_from(["engaged", "handed", "undone", "paged", "opened", "command"]),
    moments,
    role=st.text(max_size=9),
    who=st.text(max_size=9),
    by=st.text(),
    of=st.text(max_size=9),
    what=st.text(),
    page=st.booleans(),
    done=st.booleans(),
)
cards = st.builds(
    CardText,
    st.lists(facts, max_size=6).map(tuple),
    st.frozensets(st.text(), max_size=4),
    st.frozensets(st.text(), max_size=4),
    st.text(),
)
CARD = CardText((a_fact("engaged", role="eoc", who="erin", what="rule"),), frozenset({"asked: x"}))
BODY = encode(CARD, "| a table |")


def card_comment(minutes: float, body: str, by: str | None = ME) -> Comment:
    return says(minutes, by, body)


@pytest.mark.property
@given(cards, st.text())
def test_what_is_written_is_read_back(card: CardText, table: str) -> None:
    table = table.replace("<", "")  # a rendered table has no marker of its own
    assert decode(encode(card, table)) == card


def test_people_see_the_table_and_nothing_of_the_facts() -> None:
    before, _, after = BODY.partition("<!--")
    assert before == "| a table |\n\n"
    assert after.endswith("-->\n")


def resealed(**changes: object) -> str:
    """A card with other data and the right sum, as another version might write it."""
    values = {"v": VERSION, "facts": [], "said": [], "wrote": [], "digest": ""} | changes
    return mark("card", values | {"sum": short_digest(values)})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("hello", id="talk"),
        pytest.param("", id="nothing"),
        pytest.param(BODY.replace("erin", "mallory"), id="changed by hand"),
        pytest.param(BODY[: len(BODY) // 2], id="truncated"),
        pytest.param(BODY.replace('"sum":', '"some":'), id="without its sum"),
        pytest.param(mark("said", {"keys": []}), id="another marker of ours"),
        pytest.param("<!-- ima:card {} -->", id="empty"),
        pytest.param(resealed(facts=[["a list"]]), id="a fact that is a list"),
        pytest.param(resealed(facts=["text"]), id="a fact that is a text"),
        pytest.param(resealed(facts=[{"kind": "paged"}]), id="a fact without a time"),
        pytest.param(resealed(facts=[{"kind": "paged", "at": "noon"}]), id="a time that is none"),
        pytest.param(
            resealed(facts=[{"kind": "paged", "at": "2026-03-02T12:00:00+00:00", "done": "yes"}]),
            id="a flag that is a text",
        ),
        pytest.param(resealed(facts=None), id="no facts at all"),
        pytest.param(resealed(said=[["a"]]), id="keys that are lists"),
        pytest.param("<!-- ima:card " + "x" * 1_000_000 + " -->", id="huge"),
    ],
)
def test_what_is_no_card(body: str) -> None:
    assert decode(body) is None


@pytest.mark.parametrize("version", [VERSION + 1, 99, 10**30])
def test_a_newer_card_stops_us(version: int) -> None:
    with pytest.raises(PolicyError) as stopped:
        decode(mark("card", {"v": version}), "#7")
    assert str(stopped.value).splitlines() == [
        f"#7: this card was written by a newer ima (card version {version})",
        "  update the ima of this job; nothing was changed",
    ]


@pytest.mark.parametrize("version", ["2", None, [2], 1.5])
def test_a_version_that_is_no_whole_number_is_garbled(version: object) -> None:
    assert decode(mark("card", {"v": version})) is None


def test_a_card_of_thousands_of_facts_is_read() -> None:
    card = replace(CARD, facts=tuple(a_fact("paged", n, what=str(n)) for n in range(5000)))
    assert decode(encode(card, "")) == card


@pytest.mark.parametrize(
    ("comments", "comment", "facts"),
    [
        pytest.param([], "", 0, id="none"),
        pytest.param([card_comment(1, BODY)], "c1", 1, id="ours"),
        pytest.param([card_comment(1, BODY, "mallory")], "", 0, id="one by another author"),
        pytest.param([card_comment(1, BODY, None)], "", 0, id="one by a deleted account"),
        pytest.param(
            [card_comment(5, resealed()), card_comment(1, BODY)], "c2", 1, id="the oldest counts"
        ),
        pytest.param(
            [card_comment(1, resealed()), card_comment(1, BODY)], "c1", 1,
            id="of one time the first counts, with what the other knows",
        ),
        pytest.param(
            [card_comment(1, BODY, "mallory"), card_comment(2, BODY)], "c2", 1,
            id="a forged older one is passed over",
        ),
        pytest.param(
            [card_comment(1, "<!-- ima:card {garbled} -->")], "c1", 0,
            id="a garbled one is rebuilt where it is",
        ),
        pytest.param(
            [card_comment(1, "<!-- ima:card {garbled} -->"), card_comment(2, BODY)], "c2", 1,
            id="a garbled one is passed over where another counts",
        ),
        pytest.param(
            [card_comment(1, comment_mark(["k"], [])), card_comment(2, BODY)], "c2", 1,
            id="another comment of ours is no card",
        ),
    ],
)  # fmt: skip
def test_which_card_counts(comments: list[Comment], comment: str, facts: int) -> None:
    card = read_card(an_issue(*comments), ME)
    assert (card.comment, len(card.facts)) == (comment, facts)


def test_a_newer_card_by_somebody_else_stops_nobody() -> None:
    assert read_card(an_issue(says(1, "mallory", mark("card", {"v": 99}))), ME) == CardText()


def test_what_our_comments_said_is_found_and_what_others_say_is_not() -> None:
    issue = an_issue(
        says(1, ME, f"told\n{comment_mark(['asked: severity'], [])}"),
        says(2, "mallory", comment_mark(["forged"], [a_fact("handed", who="mallory")])),
        says(3, ME, "no marker"),
    )
    assert keys_told(issue, ME) == {"asked: severity"}
    assert facts_in_comments(issue, ME, ()) == []


def test_a_lost_card_is_rebuilt_from_our_comments() -> None:
    told = a_fact("handed", 3, role="eoc", who="mia", by="erin", of="c1/x")
    issue = an_issue(says(4, ME, comment_mark(["k"], [told])))
    assert facts_in_comments(issue, ME, ()) == [told]
    assert facts_in_comments(issue, ME, [told]) == []
    assert facts_in_comments(issue, ME, [a_fact("undone", of="c1/x")]) == [], "its cause is judged"


def test_garbled_facts_in_a_comment_are_passed_over() -> None:
    rows = [{"kind": "paged"}, 7, {"kind": "paged", "at": at(1).isoformat()}]
    issue = an_issue(says(4, ME, mark("said", {"keys": ["a", 7], "facts": rows})))
    assert facts_in_comments(issue, ME, ()) == [a_fact("paged", 1)]
    assert keys_told(issue, ME) == {"a"}


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert short_digest({"a": 1, "b": 2}) == short_digest(json.loads('{"b": 2, "a": 1}'))
    assert short_digest({"a": 1}) != short_digest({"a": 2})
