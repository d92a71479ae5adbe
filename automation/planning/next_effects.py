"""What a rule will do once its clock runs out, in words for the card and the dashboard. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from automation.changes.comments import Message
from automation.changes.issue_changes import Call, Change
from automation.changes.service_calls import Page, Repeat, nobody_is_paged
from automation.model.incident import Incident
from automation.policy.planning_input import Context
from automation.text.escaping import clean

_A_COMMENT = "comment: "  # how a plan begins what a comment will say
_MENTION = re.compile(r"@(?=\w)")  # a mention would tell them already


def effects_in_words(changes: Sequence[Change], incident: Incident, ctx: Context) -> list[str]:
    """What these changes do, each in the infinitive: "page erin once more", "ask erin what users
    notice". Calls come first. A message that says what a comment says is not told apart, nor is the
    page of a call."""
    calls = [each for each in changes if isinstance(each, Call)]
    called = {each.role for each in calls}
    words = [_call_in_words(each, incident, ctx) for each in calls]
    repeats = [each.role for each in changes if isinstance(each, Repeat)]
    if repeats:
        people = dict.fromkeys(incident.seats[role].person for role in repeats)
        woken = any(ctx.policy.wakes(role) for role in repeats)
        verb = "page" if woken else "remind"
        words.append(f"{verb} {_joined(list(people))} once more")
    for each in changes:
        told_already = isinstance(each, Page) and each.role in called
        if not (told_already or isinstance(each, Call | Repeat | Message)):
            said = clean(each.describe(ctx.policy.words)).removeprefix(_A_COMMENT)
            words.append(_MENTION.sub("", said))
    return list(dict.fromkeys(words))


def _call_in_words(call: Call, incident: Incident, ctx: Context) -> str:
    declined = call.how == "rule" and incident.wanted.get(f"page:{call.role}") is False
    silent = declined or nobody_is_paged(incident, ctx)
    pages = call.page and not silent and ctx.policy.wakes(call.role)
    verb = "call and page" if pages else "call"
    return f"{verb} {call.person} as {ctx.policy.roles[call.role].title}"


def _joined(names: Sequence[str]) -> str:
    """ "erin", "erin and ian", "erin, ian and cara"."""
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
