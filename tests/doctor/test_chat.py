"""Whom the chat cannot write to."""

from __future__ import annotations

from automation.doctor.chat import ChatAnswers, judge_chat
from automation.schema.yaml_nodes import parse
from tests.worlds import shipped


def test_who_is_on_call_by_a_schedule_needs_an_id_there_too() -> None:
    said = "people: {erin: {chat: U0ERIN}}\nroles: {imoc: {schedule: Managers}}"
    policy = shipped().policy(parse(said, "mine.yml"))
    lines = [line.said for line in judge_chat(ChatAnswers("ima", (), 0), policy, {"ian", "Erin"})]
    assert lines[1:] == ["nobody knows who @ian is there"]
