"""Reminders that also go to people by the chat: to whom, once, and owed until they are sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automation.changes.comments import Message, Say
from automation.model.incident import Note, PromisedMessage
from automation.planning.lateness import late_facts
from automation.planning.planner import settle
from automation.stored_state.promised_messages import (
    messages_owed,
    messages_promised,
    without_promises,
)
from automation.times.durations import Duration
from automation.writing.issue_texts import comment_body, reminder
from tests.build import a_context, an_incident, an_issue, at, says
from tests.rules.test_rules import a_rule
from tests.writing.test_templates import SHIPPED

SLACK = "chat: {kind: slack}\npeople: {mia: {chat: U1}, Erin: {chat: U2}}"
ACTION = replace(an_incident(), kind="action", assignees=("mia", "zoe"), said=frozenset())
NOTE = Note("asked:action", "ask_action", (("whom", "mia, zoe"),), tell=("mia", "zoe"))
SAY = Say(ref="#1", rule="remind-action", why="It is late.", note=NOTE)
TO_MIA = Message(ref="#1", rule="remind-action", why="It is late.", note=NOTE, person="mia")


@pytest.mark.parametrize(
    ("text", "chat", "told"),
    [
        pytest.param("", True, ["mia", "zoe"], id="the log reaches everybody"),
        pytest.param("", False, [], id="the rule does not say so"),
        pytest.param('chat: {channel: ""}', True, [], id="there is no chat"),
        pytest.param(SLACK, True, ["mia"], id="Slack reaches those whose id is known"),
    ],
)
def test_whom_the_chat_reminds(text: str, chat: bool, told: list[str]) -> None:
    rule = a_rule(
        "ask",
        {"kind": "action", "lasting": Duration(1, "m")},
        about="action",
        whom="assignee",
        chat=chat,
    )
    after, made = settle(ACTION, [rule], a_context(10, says=text))
    assert [change.person for change in made if isinstance(change, Message)] == told
    assert [change.note.tell for change in made if isinstance(change, Say)] == [tuple(told)]
    assert after.owed == ()
    assert settle(after, [rule], a_context(20, says=text))[1] == []


def test_a_login_is_known_in_any_case() -> None:
    policy = a_context(says=SLACK).policy
    assert [policy.reaches(login) for login in ("erin", "MIA", "zoe")] == [True, True, False]


def test_what_is_not_owed_is_not_sent() -> None:
    said = replace(ACTION, said=frozenset({NOTE.key}))
    assert TO_MIA.after(said, a_context()) is said
    other = replace(
        said, owed=(PromisedMessage("asked:other", "mia"), PromisedMessage(NOTE.key, "zoe"))
    )
    assert TO_MIA.after(other, a_context()) is other


def test_of_an_incident_that_everybody_reads_nothing_more_is_sent() -> None:
    shown = replace(ACTION, owed=(PromisedMessage(NOTE.key, "mia"),), silent=True)
    assert TO_MIA.after(shown, a_context()) is shown


def test_what_is_held_back_is_owed() -> None:
    rule = a_rule(
        "ask",
        {"kind": "action", "lasting": Duration(1, "m")},
        about="action",
        whom="assignee",
        chat=True,
    )
    _, made = settle(ACTION, [rule], a_context(10))
    (to_zoe,) = [c for c in made if isinstance(c, Message) and c.person == "zoe"]
    after, _ = settle(ACTION, [rule], a_context(10), {to_zoe.slot})
    assert [(each.key, each.person) for each in after.owed] == [(NOTE.key, "zoe")]


def test_a_comment_owes_its_messages_until_they_are_sent() -> None:
    body = comment_body([NOTE], ACTION, a_context(), SHIPPED)
    first, second = messages_owed(an_issue(says(1, "ima", body)), "ima")
    assert (first.person, second.person) == ("mia", "zoe")
    ((comment, left),) = without_promises([first])
    assert comment == first.comment
    assert [each.person for each in messages_promised(comment, left)] == ["zoe"]
    ((_, none),) = without_promises([first, second])
    without = comment_body([replace(NOTE, tell=())], ACTION, a_context(), SHIPPED)
    assert none == without


@pytest.mark.parametrize("who", ["mia", None])
def test_nobody_else_can_make_us_owe_a_message(who: str | None) -> None:
    body = comment_body([NOTE], ACTION, a_context(), SHIPPED)
    assert messages_owed(an_issue(says(1, who, body)), "ima") == ()


@pytest.mark.parametrize("rows", ['"mia"', '[["asked:action"]]', '[["a", 1]]', "[null]", "{}"])
def test_a_garbled_promise_is_none(rows: str) -> None:
    assert (
        list(messages_promised("c1", f'Text\n<!-- ima:said {{"keys":[],"owed":{rows}}} -->')) == []
    )


def test_a_message_that_is_sent_late_is_no_late_clock() -> None:
    context = a_context(60)
    incident = an_incident(owner="erin")
    asks = replace(SAY, rule="ask-severity")
    retry = replace(TO_MIA, rule="ask-severity")
    assert [fact.what for fact in late_facts(incident, [asks, retry], context)] == ["ask-severity"]
    assert list(late_facts(incident, [retry], context)) == []


def test_of_what_is_confidential_only_the_reference_is_sent() -> None:
    secret = replace(ACTION, title="Secret", url="https://x.example/secret", confidential=True)
    text = reminder(TO_MIA, secret, a_context(), SHIPPED)
    assert text == "#1: a reminder is waiting for you there."


def test_a_rule_of_ones_own_says_why() -> None:
    note = replace(NOTE, template="ask_weather")
    text = reminder(replace(TO_MIA, note=note), replace(ACTION, due=at(0).date()), a_context(),
                    SHIPPED)  # fmt: skip
    assert "It is late." in text
