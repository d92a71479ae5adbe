"""What IMA may repeat of a command in an internal note. Pure.

Everybody may read the incident, and only members the note. What the command does is seen by all:
that an incident is an S1, who is called. The words that say why stay in the note. They are taken
away here, before anything is judged, so that neither a card nor a review nor a log can have them.
"""

from __future__ import annotations

import re

from automation.text.typed import (
    before_reason,
    person_named,
    plain,
    reason_and_end,
    value_and_step,
    words_of,
)

INSIDE = "said in an internal note"
WHY = "it stands in an internal note, of which nothing is repeated here; write it as a comment"
_ALL_WORDS = {"resolve", "reopen", "withhold", "tell-next"}  # a reason, and nothing else
_NO_WORDS = {"status", "happened", "duplicate"}  # a value, and nothing else
_ONE_VALUE = {
    "severity", "declare", "engage", "page", "stand-down", "near-miss", "handover", "next-update",
}  # fmt: skip
_TIME = re.compile(r"\d{1,6}[mhdw]|[\dT:-]+(?:\s+[\d:]+)?", re.ASCII)  # and no word of theirs


def without_reasons(name: str, text: str) -> str:
    """The text of the command ``name`` with its values and people; for its reasons it says only
    where they are. Of a command whose words would be shown as they are, nothing."""
    text = plain(text).strip()
    first, *_ = words_of(text) or ("",)
    named = text.split() if name == "need" else before_reason(text.split())
    people = [f"@{who}" for word in named if (who := person_named(word))]
    reason = [INSIDE]
    if name in _NO_WORDS:
        return text
    if name in _ALL_WORDS:
        return INSIDE if text else ""
    if name == "state":
        value, step = value_and_step(text)
        return f"{value} -- {INSIDE}" if step else value
    if name == "need":
        return " ".join([*people, *reason])
    if name == "waive":
        _, end = reason_and_end(text)
        return " ".join([first, *reason, f"until {end}"]) if _TIME.fullmatch(end) else first
    if name in _ONE_VALUE:
        return " ".join([first, *(who for who in people if who != first)])
    return ""
