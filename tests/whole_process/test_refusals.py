"""Every refusal says what to type instead, and who is told so may type it (P-06)."""

from __future__ import annotations

import re

import pytest

from automation.model.commands import USAGE, in_their_words
from automation.scenarios.world import Stage
from tests.worlds import Act, opens, passes, shipped, stage, world_after

case = pytest.param
LONG = "We look into it. " * 100
WORDS = shipped().policy().words
SECURITY = frozenset({"Incident", "S2", "Security"})
INCIDENT = frozenset({"Incident", "S3"})
MAY_NOT = re.compile(r"was not done: .*(may do that|may resolve it|only the security engineer)")
MEANT = {  # what people type for the words in capitals
    "@person": "@mia",
    "FROM to UNTIL": "2026-03-02 10:00 to 11:00",
    "RULE": "ask-severity",
    "REASON": "it is so",
    "DATE": "2026-03-03",
    "TEXT": "We look into it",
    "TITLE": "Look again",
}


@pytest.mark.parametrize(
    ("before", "by", "typed", "instead"),
    [
        case((), "erin", "frobnicate", "help", id="no such command"),
        case((), "erin", "resolv", "resolve [REASON]", id="misspelt"),
        case((), "erin", "severity S9", USAGE["severity"], id="no such severity"),
        case((), "erin", "state done", USAGE["state"], id="no such state"),
        case((), "erin", "status bad", USAGE["status"], id="no such status"),
        case((), "erin", "engage boss", USAGE["engage"], id="no such role"),
        case((), "erin", "engage imoc @mallory", "engage imoc @person", id="not a member"),
        case(("erin here",), "erin", "engage eoc @mia", "handover eoc @mia", id="who is here"),
        case((), "erin", "handover boss @mia", USAGE["handover"], id="no such role to hand over"),
        case((), "erin", "handover", USAGE["handover"], id="to nobody"),
        case((), "erin", "handover @mallory", USAGE["handover"], id="to an outsider"),
        case((), "erin", "stand-down cmoc", "engage cmoc", id="nobody is in the role"),
        case(("erin here",), "erin", "stand-down eoc", "handover eoc @person", id="the only one"),
        case(("erin /ima resolve x",), "erin", "engage imoc", "reopen REASON", id="over: engage"),
        case(("erin /ima resolve x",), "erin", "handover @mia", "reopen REASON", id="over: hand"),
        case(("erin /ima resolve x",), "erin", "resolve", "reopen REASON", id="over: resolve"),
        case(("erin /ima resolve x",), "erin", "document", "reopen REASON", id="over: document"),
        case(("erin /ima resolve x",), "erin", "publish x", "reopen REASON", id="over: publish"),
        case(("erin /ima resolve x",), "erin", "duplicate #2", "reopen REASON", id="over: same"),
        case((), "erin", "reopen x", "help", id="open: reopen"),
        case((), "erin", "declare", USAGE["severity"], id="an incident already"),
        case((), "erin", "adopt", "explain", id="kept already"),
        case((), "erin", "near-miss", USAGE["near-miss"], id="near miss of which severity"),
        case((), "erin", "near-miss S2 @mallory", USAGE["near-miss"], id="near miss of a stranger"),
        case((), "erin", "action", USAGE["action"], id="no title"),
        case((), "erin", "action x @mallory", USAGE["action"], id="an action for a stranger"),
        case((), "erin", "publish", USAGE["publish"], id="nothing to publish"),
        case((), "erin", f"publish {LONG}", USAGE["publish"], id="too much to publish"),
        case((), "erin", "withhold", USAGE["withhold"], id="no reason"),
        case(("erin /ima publish x",), "erin", "withhold y", USAGE["publish"], id="public already"),
        case((), "erin", "next-update soon", USAGE["next-update"], id="no duration"),
        case((), "erin", "next-update 45m", USAGE["publish"], id="nothing public"),
        case((), "erin", "need", USAGE["need"], id="nobody named"),
        case((), "erin", "need @mallory", USAGE["need"], id="a stranger is needed"),
        case((), "erin", "need @me", USAGE["need"], id="oneself"),
        case(("erin /ima need @mia",), "ian", "need @mia", USAGE["need"], id="needed twice"),
        case((), "erin", "waive nothing x until 2h", USAGE["waive"], id="no such clock"),
        case((), "erin", "waive ask-severity", USAGE["waive"], id="waived for no reason"),
        case((), "erin", "tell-next", USAGE["tell-next"], id="nothing to tell"),
        case((), "erin", "duplicate", USAGE["duplicate"], id="a duplicate of what"),
        case((), "erin", "duplicate #9", USAGE["duplicate"], id="a duplicate of nothing"),
        case((), "erin", "happened yesterday", "happened", id="no two times"),
        case(("erin /ima security",), "erin", "security", "engage security @person", id="secret"),
        case(("erin /ima document",), "erin", "document", "explain", id="one document"),
        case(("erin /ima announce",), "erin", "announce", "explain", id="one announcement"),
        case(("erin /ima review",), "erin", "review", USAGE["action"], id="one review"),
        case(("erin here",), "mia", "resolve", "need @erin", id="not the owner, who is here"),
        case((), "mia", "resolve", "engage eoc", id="not the owner, who is not here"),
        case(("erin here",), "mallory", "resolve", "help", id="an outsider"),
        case(("erin here",), "mia", "publish x", "need @erin", id="may not publish"),
    ],
)
def test_a_refusal_says_what_to_type(
    before: tuple[str, ...], by: str, typed: str, instead: str
) -> None:
    assert refusal(INCIDENT, before, by, typed).startswith(in_their_words(instead, WORDS))


@pytest.mark.parametrize(
    ("by", "typed", "instead"),
    [
        case("erin", "publish x", "need @sam to publish it", id="security alone publishes"),
        case("sam", "publish x", 'status "Security Issue"', id="as a Security Issue"),
        case("mia", "withhold x", "need @erin", id="who may not withhold"),
    ],
)
def test_of_a_security_incident(by: str, typed: str, instead: str) -> None:
    assert refusal(SECURITY, ("erin here",), by, typed).startswith(in_their_words(instead, WORDS))


@pytest.mark.parametrize(
    ("labelled", "typed", "instead"),
    [
        case("Incident Review", "resolve", "help", id="a review is no incident"),
        case("Incident Review", "near-miss S2", USAGE["severity"], id="a review already"),
        case("bug", "resolve", "declare S3", id="no incident at all"),
    ],
)
def test_of_what_is_no_incident(labelled: str, typed: str, instead: str) -> None:
    assert refusal(frozenset({labelled}), (), "erin", typed).startswith(
        in_their_words(instead, WORDS)
    )


def says(by: str, text: str) -> Act:
    def act(world: Stage) -> None:
        world.acting(by).comment("#1", text)

    return act


def refusal(what: frozenset[str], before: tuple[str, ...], by: str, typed: str) -> str:
    """What the answer says to type; it is a command that whoever is told so may give."""
    world = stage()
    acts = [opens("rita", what, ()), passes]
    for line in before:
        who, _, text = line.partition(" ")
        acts += [says(who, text), passes]
    world = world_after([*acts, says(by, f"/ima {typed}"), passes], world)
    ours = [c.body for c in world.tracker.issues(["#1"])[0].comments if c.author == "ima"]
    answers = [body for body in ours if "was not done" in body]
    assert len(answers) == 1, ours
    found = re.search(r"^Type `/ima (.+)`\.$", answers[0], re.MULTILINE)
    assert found, answers[0]
    assert found[1].split()[0] in USAGE
    world = world_after([says(by, f"/ima {as_typed(found[1])}"), passes], world)
    ours = [c.body for c in world.tracker.issues(["#1"])[0].comments if c.author == "ima"]
    assert not [body for body in ours[1:] if body not in answers and MAY_NOT.search(body)], found[1]
    return found[1]


def as_typed(words: str) -> str:
    """What somebody types who is told ``words``."""
    words = re.sub(r" ?\[[^\]]*\]", "", words)  # what may be left out
    words = re.sub(r"(\S+?)\|\S+", r"\1", words)  # the first of several
    for name, meant in MEANT.items():
        words = words.replace(name, meant)
    return words
