"""The commands that people give on an issue: a line `/ima` and one of these words."""

from __future__ import annotations

import re

from automation.model.issue import STATES, STATUSES
from automation.model.team_words import TeamWords

# The word of a command, by which `may:` of the policy names it; how it is typed. What stands
# in braces are words of the team: `in_their_words`.
USAGE = {
    "help": "help [severity]",
    "declare": "declare [{severities}]",
    "severity": "severity {severities}",
    "state": "state {states}",
    "status": "status {status}",
    "engage": "engage {role} [@person]",
    "page": "page {role}",
    "handover": "handover [{role}] @person|@next|@me",
    "stand-down": "stand-down {role}",
    "resolve": "resolve [REASON]",
    "reopen": "reopen REASON",
    "near-miss": "near-miss {severities} [@person]",
    "security": "security",
    "publish": "publish TEXT",
    "next-update": "next-update 45m",
    "withhold": "withhold REASON",
    "document": "document",
    "announce": "announce",
    "review": "review",
    "action": "action TITLE [@person]",
    "need": "need @person [@person …] [REASON]",
    "tell-next": "tell-next TEXT",
    "duplicate": "duplicate #1",
    "happened": "happened FROM to UNTIL",
    "drill": "drill [{severities}]|real",
    "maintenance": "maintenance confirm [TEXT]|extend 30m|end|cancel [REASON]",
    "waive": "waive RULE REASON until DATE",
    "adopt": "adopt",
    "explain": "explain",
}

# What people type in their place; it is not done, and they read which one is meant.
OTHER_WORDS = {
    **dict.fromkeys(("call", "escalate", "notify", "wake", "summon"), "engage"),
    **dict.fromkeys(("close", "closed", "done", "end", "fixed", "over"), "resolve"),
    **dict.fromkeys(
        ("assign", "give", "handoff", "hand-off", "pass", "take", "transfer"), "handover"
    ),
    **dict.fromkeys(("post", "tweet", "update", "say"), "publish"),
    **dict.fromkeys(("back", "open", "again"), "reopen"),
    **dict.fromkeys(("sev", "priority", "raise", "lower"), "severity"),
    **dict.fromkeys(("dup", "dupe", "same"), "duplicate"),
    **dict.fromkeys(("incident", "report", "alert"), "declare"),
    **dict.fromkeys(("todo", "task", "followup", "follow-up"), "action"),
    **dict.fromkeys(("note", "tell"), "tell-next"),
    **dict.fromkeys(("ask", "find", "want"), "need"),
    **dict.fromkeys(("snooze", "mute", "silence"), "waive"),
    **dict.fromkeys(("rca", "postmortem", "post-mortem", "retro"), "review"),
    **dict.fromkeys(("dismiss", "release", "standby"), "stand-down"),
}

# Commands that have no right of their own: whoever may give the other one may give them.
RIGHT_OF = {"maintenance": "publish"}
GRANTED = tuple(word for word in USAGE if word not in RIGHT_OF)  # what `may:` can name


_PLACES = re.compile(r"\{(severities|severity|states|status|role)\}")


def in_their_words(usage: str, words: TeamWords) -> str:
    """How a command is typed in the words of a team. Where one severity is only an example, it is
    the last but one; of the roles it is the second."""
    named = {
        "severities": "|".join(words.severities),
        "severity": words.severities[-2:][0],
        "states": "|".join(map(words.typed, STATES[:-1])),
        "status": words.typed(STATUSES[1]),
        "role": words.typed([*words.roles][:2][-1]),
    }
    return _PLACES.sub(lambda place: named[place[1]], usage)
