"""The commands that people give on an issue: a line `/ima` and one of these words."""

from __future__ import annotations

from collections.abc import Sequence

# The word of a command, by which `may:` of the policy names it; how it is typed. SEVERITIES and
# SEVERITY stand for the words of the team: `in_their_words`.
USAGE = {
    "help": "help [severity]",
    "declare": "declare [SEVERITIES]",
    "severity": "severity SEVERITIES",
    "state": "state investigating|identified|monitoring",
    "status": 'status "Degraded Performance"',
    "engage": "engage imoc [@person]",
    "page": "page imoc",
    "handover": "handover [imoc] @person|@next|@me",
    "stand-down": "stand-down imoc",
    "resolve": "resolve [REASON]",
    "reopen": "reopen REASON",
    "near-miss": "near-miss SEVERITIES [@person]",
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
    "drill": "drill [SEVERITIES]|real",
    "maintenance": "maintenance confirm [TEXT]|extend 30m|end|cancel [REASON]",
    "waive": "waive RULE REASON until DATE",
    "adopt": "adopt",
    "explain": "explain",
}

# Commands that have no right of their own: whoever may give the other one may give them.
RIGHT_OF = {"maintenance": "publish"}
GRANTED = tuple(word for word in USAGE if word not in RIGHT_OF)  # what `may:` can name


def in_their_words(usage: str, severities: Sequence[str]) -> str:
    """How a command is typed where these are the severities, the gravest first. Where one of them
    is only an example, it is the last but one."""
    usage = usage.replace("SEVERITIES", "|".join(severities))
    return usage.replace("SEVERITY", severities[-2:][0])
