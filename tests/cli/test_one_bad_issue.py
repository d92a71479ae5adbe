"""One bad issue, value or text never stops the others: it is one finding, and all else is done."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from automation.model.issue import Comment, Draft, Issue
from automation.stored_state.card import VERSION, short_digest
from automation.text.escaping import mark, marker_in

from .conftest import POLICY, START, Ima

GRAVE = Draft("The site is down", "", ("Incident", "S1"))
Spoils = Callable[[Ima], None]

FIGHT = """\
rules:
  - name: be-grave
    why: One says so.
    when: {state: [Identified]}
    set: {status: Degraded Performance}
  - name: be-calm
    why: The other says so.
    when: {state: [Identified]}
    set: {status: Service Disruption}
"""


@pytest.fixture(autouse=True)
def two_incidents(ima: Ima) -> None:
    """#1 is going to be bad; #2 opens in the same minute, and needs people."""
    ima.session.tracker.acting("erin").open(GRAVE)  # type: ignore[attr-defined]


def card_of(issue: Issue) -> Comment:
    return next(c for c in issue.comments if "<!-- ima:card " in c.body)


def with_card(ima: Ima, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """A pass writes the card of #1, and somebody who may edit our comments spoils it."""
    ima("apply")
    card = card_of(ima.session.tracker.issues(["#1"])[0])
    data = marker_in("card", card.body)
    assert data is not None
    data = change({name: value for name, value in data.items() if name != "sum"})
    body = f"A card.\n\n{mark('card', data | {'sum': short_digest(data)})}\n"
    ima.session.tracker.edit_comment("#1", card.id, body)


def newer(ima: Ima) -> None:
    with_card(ima, lambda data: data | {"v": VERSION + 1})


def fact(**values: Any) -> Spoils:
    row = {"kind": "late", "at": START.isoformat(), "text": "60", "what": "stuck-investigating"}
    return lambda ima: with_card(ima, lambda data: data | {"facts": [*data["facts"], row | values]})


def typed(command: str) -> Spoils:
    def do(ima: Ima) -> None:
        ima("apply")
        ima.after(1)
        ima.session.tracker.acting("ian").comment("#1", command)  # type: ignore[attr-defined]

    return do


def fighting(ima: Ima) -> None:
    typed("/ima state identified -- roll back")(ima)
    ima.policy(POLICY + FIGHT)


SPOILED: dict[str, Spoils] = {
    "a newer card": newer,
    "a fact that is no number": fact(text="soon"),
    "a fact with a number that is too long": fact(text="9" * 5000),
    "a waiver without a zone": fact(kind="waived", until="2026-03-09T10:00"),
    "a waiver that ends after time does": fact(kind="waived", until="9999-12-31T23:59:00-14:00"),
    "a waiver that ended before time began": fact(kind="waived", until="0001-01-01T00:00+14:00"),
    "a fact from before time": fact(at="0001-01-01T00:00:00+00:00"),
    "a fact from after time": fact(at="9999-12-31T23:59:59+00:00"),
    "a post that is none": fact(kind="published", what="x", text="y"),
    "a seat of no role": fact(kind="engaged", role="pope", who="erin"),
    "a resolution by nobody": fact(kind="called off", what="x:y"),
    "a next update that is no time": fact(kind="next update", until="", text="soon"),
    "waived to the end of time": typed("/ima waive stuck-investigating x until 9999-12-31 23:59"),
    "waived to the last day": typed("/ima waive remind-update x until 9999-12-31"),
    "waived for ages": typed("/ima waive stuck-investigating x until 99999999d"),
    "an update in ages": typed("/ima publish We look.\n/ima next-update 999999999h"),
    "two rules that fight": fighting,
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_what_is_wrong_with_one_issue_does_not_stop_the_others(ima: Ima, spoil: Spoils) -> None:
    spoil(ima)
    ima.after(1)
    ima.session.tracker.acting("rita").open(replace(GRAVE, title="Git is down"))  # type: ignore[attr-defined]
    for line in ("plan", "plan --format json", "board", "board --format json", "explain 2"):
        said = ima(line)
        assert said.code in (0, 1), (line, said.err)
        assert "#2" in said.out or "Git is down" in said.out, line
    done = ima("apply")
    assert done.code in (0, 1), done.err
    pages = [line for line in outbox(ima) if "#2" in json.dumps(line)]
    assert {page["role"] for page in pages if page["kind"] == "page"} == {"eoc", "imoc"}
    assert "State::Investigating" in ima.session.tracker.issues(["#2"])[0].labels
    for line in ("explain 1", "stats", "gate", "mirror copy", "site public"):
        said = ima(line)
        assert said.code in (0, 1, 3), (line, said.err)
    ima.after(60 * 24)
    assert ima("apply").code in (0, 1)


def outbox(ima: Ima) -> list[dict[str, Any]]:
    path = ima.folder / ".ima" / "outbox.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_card_of_a_newer_version_is_told_by_every_run_and_left_alone(ima: Ima) -> None:
    newer(ima)
    before = card_of(ima.session.tracker.issues(["#1"])[0])
    for line in ("plan", "apply", "apply", "board", "explain 1", "stats", "mirror copy", "gate"):
        said = ima(line)
        told = said.out + said.err
        assert said.code == 1, line
        assert f"#1: this card was written by a newer ima (card version {VERSION + 1})" in told, (
            line
        )
        assert "update the ima of this job" in told, line
    assert card_of(ima.session.tracker.issues(["#1"])[0]) == before


def test_what_is_set_aside_keeps_its_row_on_the_dashboard(ima: Ima) -> None:
    newer(ima)
    ima("apply")
    assert "The site is down" in ima.session.tracker.dashboard().body  # type: ignore[union-attr]
    assert "The site is down" in ima("board").out


def test_a_dashboard_of_a_newer_version_is_left_alone_and_incidents_are_not(ima: Ima) -> None:
    ima("apply")
    tracker = ima.session.tracker
    page = tracker.dashboard()
    assert page is not None
    data = marker_in("dashboard", page.body)
    assert data is not None
    body = f"Newer.\n\n{mark('dashboard', data | {'v': 3})}\n"
    tracker.edit("#0", body=body)
    ima.after(1)
    tracker.acting("rita").open(replace(GRAVE, title="Git is down"))  # type: ignore[attr-defined]
    done = ima("apply")
    assert done.code == 1
    assert "#0: this dashboard was written by a newer ima (version 3)" in done.out + done.err
    assert any(line["kind"] == "page" and "#2" in json.dumps(line) for line in outbox(ima))
    assert tracker.dashboard().body == body  # type: ignore[union-attr]
    writes = ima("apply")
    assert "#1" not in writes.out
    assert "#2" not in writes.out
    assert ima("board").code == 1


def test_of_two_rules_that_fight_both_are_set_aside_and_the_other_rules_hold(ima: Ima) -> None:
    fighting(ima)
    ima.after(1)
    for _ in range(2):
        done = ima("apply")
        told = done.out + done.err
        assert done.code == 1
        assert re.search(r"#1: the rules 'be-calm' and 'be-grave' undo each other", told)
    ima.after(60)
    ima("apply")  # nobody has come: the clocks of the others run
    assert any(line["kind"] == "page" and "imoc" in json.dumps(line) for line in outbox(ima))
    assert "'be-calm' and 'be-grave'" in ima("explain 1").err


BROKEN = {
    "a name that is not given": "{% if card.severity == 'S1' %}{{ nonsense }}{% endif %}",
    "a division by zero": "{% if card.severity == 'S1' %}{{ 1 / 0 }}{% endif %}",
    "a template of itself": "{% include 'comments/called.md.j2' %}",
    "a text without end": "{% if card.severity == 'S1' %}{{ 'x' * 10 ** 9 }}{% endif %}",
    "what the sandbox forbids": "{% if card.severity == 'S1' %}{{ card.__class__.x }}{% endif %}",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_people_are_called_with_the_shipped_text_where_theirs_fails(ima: Ima, text: str) -> None:
    (ima.folder / "templates" / "comments").mkdir(parents=True)
    (ima.folder / "templates" / "comments" / "called.md.j2").write_text(f"Hello.\n{text}\n")
    ima.session = ima.fresh()
    done = ima("apply")
    issue = ima.session.tracker.issues(["#1"])[0]
    told = done.out + done.err
    assert done.code == 1
    assert "templates/comments/called.md.j2:" in told
    assert "#1" in told
    assert any(
        "@erin" in c.body and "Engineer On Call" in c.body
        for c in issue.comments
        if c.author == "ima"
    )
    assert any(line["kind"] == "page" for line in outbox(ima))
    assert ima("apply").code == 0  # it is written, and said once


def test_a_card_whose_template_fails_is_the_shipped_one(ima: Ima) -> None:
    (ima.folder / "templates").mkdir()
    (ima.folder / "templates" / "card.md.j2").write_text("{{ card.no_such_name }}\n")
    ima.session = ima.fresh()
    done = ima("apply")
    assert done.code == 1
    assert "templates/card.md.j2:1" in done.out + done.err
    assert "Owner" in card_of(ima.session.tracker.issues(["#1"])[0]).body


def test_a_binary_template_stops_nobody_and_check_says_so(ima: Ima) -> None:
    (ima.folder / "templates").mkdir()
    (ima.folder / "templates" / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    (ima.folder / "templates" / "card.md.j2").write_bytes(b"\xff\xfe\x00{{ card.owner }}")
    ima.session = ima.fresh()
    checked = ima("check")
    assert checked.code == 2
    assert "logo.png" not in checked.err  # no template, whatever is in it
    assert "templates/card.md.j2:1: not UTF-8" in checked.err
    done = ima("apply")
    assert done.code == 1
    assert "#1: templates/card.md.j2:1: not UTF-8: the shipped text was written instead" in done.out
    assert "Owner" in card_of(ima.session.tracker.issues(["#1"])[0]).body
