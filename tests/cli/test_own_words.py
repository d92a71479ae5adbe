"""A team with words of its own, from the first command to the last; and a word that changes."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import POLICY, Ima
from tests.worlds import shipped

ROLES = POLICY.replace("eoc: {", "eoc: {name: bereitschaft, ").replace(
    "imoc: {", "imoc: {name: Koordination, title: Koordination, "
)
STATES = "states: {Investigating: triage, Identified: in-work, Resolved: fixed}\n"
STATUSES = "statuses: {Operational: fine, Degraded Performance: very slow}\n"
OWN = f"{ROLES}{STATES}{STATUSES}"


def outbox(ima: Ima) -> list[dict[str, object]]:
    file = ima.folder / ".ima" / "outbox.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


def shown(ima: Ima) -> str:
    return ima("show 1").out


def test_what_is_typed_and_read_is_theirs(ima: Ima) -> None:
    ima.policy(OWN)
    done = ima('declare "API down" --severity S3 --status "VERY slow" --engage koordination')
    assert "Paged: @erin (bereitschaft), @ian (Koordination)" in done.out
    board = ima("board").out
    assert "triage" in board
    assert "very slow" in board
    assert "Investigating" not in board
    (row,) = ima("board --format json").json["active"]
    assert (row["state"], row["status"]) == ("Investigating", "Degraded Performance")
    ima("say 1 '/ima state In-Work -- roll back' --as erin")
    ima("say 1 '/ima status fine' --as erin")
    ima("apply")
    issue = shown(ima)
    assert "| **State** | in-work since" in issue
    assert "· in-work · fine" in issue
    assert "State::Identified" in issue  # labels.yml says what the label is called
    ima("say 1 '/ima state nonsense' --as erin")
    ima("say 1 '/ima engage nobody' --as erin")
    ima("apply")
    answers = shown(ima)
    assert "it is one of triage, in-work, Monitoring, fixed" in answers
    assert "`/ima state triage|in-work|monitoring`" in answers
    assert "the roles are bereitschaft, Koordination, cmoc, security" in answers
    assert "IMOC" not in answers.replace("imoc-", "")
    ima("say 1 '/ima help' --as erin")
    ima("apply")
    assert "`/ima engage Koordination [@person]`" in shown(ima)


@pytest.mark.parametrize("word", ["bereitschaft", "BEREITSCHAFT", "eoc"])
def test_a_role_is_asked_for_by_its_name_or_key(ima: Ima, word: str) -> None:
    ima.policy(OWN)
    done = ima(f"oncall {word}")
    assert done.out.splitlines()[-1].split() == ["bereitschaft", "@erin"]
    assert ima(f"oncall {word} --format json").json["on_call"][0]["role"] == "eoc"


def test_a_changed_word_pages_nobody_and_announces_nothing(ima: Ima) -> None:
    ima('declare "API down" --severity S1')
    ima("say 1 '/ima state identified -- roll back' --as erin")
    ima("say 1 'I am here' --as ian")
    ima("apply")
    before = outbox(ima)
    ima.policy(OWN)
    plan = ima("plan").out
    assert plan.startswith("No changes.")
    ima("apply")
    assert outbox(ima) == before
    assert "| **State** | in-work since" in shown(ima)  # the card is in the new words
    ima.policy(OWN.replace("in-work", "doing").replace("Koordination", "Leitung"))
    assert ima("plan").out.startswith("No changes.")
    ima("apply")
    assert outbox(ima) == before
    assert "| **State** | doing since" in shown(ima)
    assert "State::Identified" in shown(ima)
    assert ima("board --format json").json["active"][0]["state"] == "Identified"


def test_what_was_typed_in_an_old_word_still_counts(ima: Ima) -> None:
    ima.policy(OWN)
    ima('declare "API down" --severity S3')
    ima("say 1 '/ima state in-work -- roll back' --as erin")
    ima("apply")
    ima.policy(OWN.replace("in-work", "doing"))
    ima("apply")
    assert "| **State** | doing since" in shown(ima)
    assert "was not done" not in shown(ima)


def test_a_role_of_no_such_name_cannot_be_called(ima: Ima) -> None:
    ima.policy(OWN)
    done = ima('declare "API down" --engage kordination')
    assert (done.code, done.err.splitlines()[0]) == (
        2,
        "--engage: there is no role 'kordination' to call",
    )
    assert "did you mean 'Koordination'?" in done.err


def test_a_status_of_no_such_name_opens_nothing(ima: Ima) -> None:
    ima.policy(OWN)
    done = ima('declare "API down" --status wobbly')
    assert done.code == 2
    assert done.err.startswith(
        "--status: there is no status 'wobbly'\n  known here: fine, very slow"
    )


def test_logins_are_the_same_person_in_any_case(ima: Ima) -> None:
    ima.policy(POLICY.replace("erin", "Erin").replace("ian", "IAN"))
    ima('declare "API down" --severity S3 --as rita')
    ima("say 1 'I look' --as erin")
    ima("apply")
    assert "not here yet" not in shown(ima)
    ima("say 1 '/ima handover @Ian' --as ERIN")
    ima("apply")
    pages = [(page["role"], page["person"]) for page in outbox(ima) if page["kind"] == "page"]
    assert ("eoc", "IAN") in pages
    ima("say 1 'I am here' --as ian")
    ima("apply")
    assert ima("board --format json").json["active"][0]["owner"] == "IAN"


def test_a_label_with_a_text_of_its_own_is_typed_too(ima: Ima) -> None:
    labels = shipped().labels.text.replace("State::Identified", "Zustand::Ursache klar")
    (ima.folder / "labels.yml").write_text(labels, encoding="utf-8")
    ima.policy(OWN)
    ima('declare "API down" --severity S3')
    ima(["say", "1", '/ima state ~"Zustand::Ursache klar" -- roll back', "--as", "erin"])
    ima("apply")
    assert "| **State** | in-work since" in shown(ima)
    assert "Zustand::Ursache klar" in shown(ima)
