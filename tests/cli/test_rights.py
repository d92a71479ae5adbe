"""Nobody borrows rights: no name, marker, quote or label of a stranger's gets further than they."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.history.command_parsing import command_lines
from automation.model.issue import Draft
from automation.policy.policy import Limits
from automation.text.escaping import mark
from automation.trackers.local.tracker import LocalTracker
from tests.worlds import ROLES, assigns, comments, incidents, stage

from .conftest import Ima
from .test_one_bad_issue import outbox


@pytest.fixture
def tracker(ima: Ima) -> LocalTracker:
    made = LocalTracker(
        ":memory:",
        project="acme/production",
        clock=lambda: ima.now,
        outsiders=frozenset({"mallory"}),
    )
    vars(ima.session)["tracker"] = vars(ima.session)["local"] = made
    return made


NAMES = (
    "@mallory",
    "@mallory.",
    "@mallory,",
    "@mallory!",
    '"@mallory"',
    "'@mallory'",
    '"@mallory',
    "@mallory\\",
    "\\@mallory",
    "@mallory...",
    "@Mallory",
    "@MALLORY.",
    "@mallory)",
    "(@mallory)",
    "@\u200bmallory",
    "@mallory\u200b",
    "@mallory\u2028",
    "@ima",
    "@ima.",
    "@IMA",
    '"@ima"',
    "@ima\\",
)
COMMANDS = ("handover {}", "engage cmoc {}", "near-miss S2 {}", "action Mend it {}", "need {}")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_spelling_of_a_name_seats_pages_or_assigns_a_stranger_or_the_bot(
    ima: Ima, tracker: LocalTracker, command: str, name: str
) -> None:
    tracker.acting("rita").open(Draft("It is down", "", ("Incident", "S1")))
    tracker.acting("mallory").comment("#1", "me too")
    ima("apply")
    ima.after(1)
    tracker.acting("ian").comment("#1", "here")
    ima("apply")
    ima.after(1)
    tracker.acting("ian").comment("#1", f"/ima {command.format(name)}")
    assert ima("apply").code == 0
    for _ in range(3):
        ima.after(20)
        ima("apply")
    for issue in tracker.issues():
        wrong = {login.casefold() for login in issue.assignees} & {"mallory", "ima"}
        assert not wrong, (issue.ref, issue.assignees)
    for line in outbox(ima):
        assert str(line.get("person")).casefold() not in ("mallory", "ima", "mallory.", "ima.")
    owner = json.loads(ima("board --format json").out)["active"][0]["owner"]
    assert owner in ("ian", "erin", "cara")


@pytest.mark.parametrize(
    ("author", "named"),
    [
        pytest.param("mallory", "mallory", id="an outsider names themselves"),
        pytest.param("mallory", "ima", id="an outsider names the bot"),
        pytest.param("mallory", "mia", id="an outsider names a member"),
        pytest.param("mia", "mallory", id="a member repeats an outsider's text"),
        pytest.param("mia", "ima", id="a member names the bot"),
    ],
)
def test_a_forged_marker_seats_nobody_whom_it_names(
    ima: Ima, tracker: LocalTracker, author: str, named: str
) -> None:
    data = {
        "by": "erin",
        "origin": "declare",
        "wanted": {"page:imoc": True, "page:cmoc": True},
        "imoc": named,
        "cmoc": named,
    }
    tracker.acting(author).open(
        Draft("It is down", f"It is.\n\n{mark('declared', data)}\n", ("Incident",))
    )
    ima("apply")
    ima.after(1)
    ima("apply")
    assert named not in tracker.issues(["#1"])[0].assignees
    assert all(line.get("person") != named for line in outbox(ima))


def test_a_strangers_status_at_opening_pages_nobody_but_the_engineer(
    ima: Ima, tracker: LocalTracker
) -> None:
    labels = ("Incident", "S1", "Status::Service Disruption")
    tracker.acting("mallory").open(Draft("It is down", "", labels))
    ima("apply")
    ima.after(1)
    ima("apply")
    pages = [line["role"] for line in outbox(ima) if line["kind"] == "page"]
    assert set(pages) <= {"eoc"}
    assert "ian" not in tracker.issues(["#1"])[0].assignees
    announced = [line for line in outbox(ima) if line["kind"] == "status"]
    assert announced == []


hostile = st.lists(
    st.sampled_from(
        [
            "/ima resolve",
            "/ima handover @mallory",
            "\n",
            "\r",
            "\r\n",
            "\u2028",
            "\u2029",
            "\x85",
            "\x0b",
            "\x0c",
            "\x1c",
            "\x1d",
            "\x1e",
            " ",
            "    ",
            "\t",
            "x",
            "- ",
            "* ",
            "1. ",
            "> ",
            "```",
            "~~~",
            "<!--",
            "-->",
            "<pre>",
            "</pre>",
            "<details>",
            "</details>",
            "<code>",
        ]
    ),
    max_size=14,
).map("".join)


@pytest.mark.property
@given(hostile)
def test_what_a_forge_quotes_of_a_stranger_never_runs(text: str) -> None:
    """A forge puts "> " before each line, and ends lines as the tracker's editor does."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    quoted = "\n".join(f"> {line}" for line in lines)
    assert list(command_lines(quoted)) == []
    assert list(command_lines(f"{quoted}\n\nI do not think so.")) == []


@pytest.mark.property
@given(hostile.map(lambda text: text.replace(">>>", "").replace("\r", "\n")))
def test_what_stands_in_a_gitlab_quotation_never_runs(text: str) -> None:
    safe = text.replace("```", "").replace("~~~", "").replace("<", "")
    assert list(command_lines(f">>>\n{safe}\n>>>\n")) == []


@pytest.mark.property
@given(hostile)
def test_what_stands_in_code_never_runs(text: str) -> None:
    inside = text.replace("`", "").replace("\r\n", "\n").replace("\r", "\n")
    assert list(command_lines(f"````\n{inside}\n````\n")) == []
    indented = "\n".join(f"    {line}" for line in inside.split("\n"))
    assert list(command_lines(f"Look:\n\n{indented}\n")) == []


@pytest.mark.parametrize("one_seat", [False, True])
@pytest.mark.parametrize("on_call", [False, True])
@pytest.mark.parametrize("person", ["mallory", "ima"])
def test_whom_a_member_assigns_has_no_right_as_a_stranger(
    one_seat: bool, on_call: bool, person: str
) -> None:
    """Both forges let more people be assigned than may command; nobody is on call, or the owner
    assigns them where there is one seat."""
    world = stage(one_assignee=one_seat)
    if not on_call:
        world.roster.change(dict.fromkeys(ROLES), world.now)
    world.tracker.acting("rita").open(Draft("It is down", "", ("Incident", "S2")))
    acts = [
        comments("erin", 0, "here"),
        assigns("erin", 0, person, True),
        comments("mallory", 0, "me too"),
        comments("mallory", 0, "/ima resolve"),
    ]
    for act in acts:
        world.now += timedelta(minutes=1)
        act(world)
        world.now += timedelta(seconds=5)
        world.run_pass()
    (issue,) = [each for each in world.issues() if "Incident" in each.labels]
    assert incidents(world)[issue.ref].owner == ("erin" if on_call else None)
    assert not issue.closed
    assert person not in {page["person"] for page in world.outbox.entries("page")}
    if one_seat and on_call:
        assert issue.assignees == ("erin",)


def test_who_is_assigned_and_has_never_acted_is_a_member_all_the_same() -> None:
    world = stage()
    world.roster.change(dict.fromkeys(ROLES), world.now)
    world.tracker.acting("rita").open(Draft("It is down", "", ("Incident", "S2")))
    world.run_pass()
    world.now += timedelta(minutes=1)
    assigns("rita", 0, "zoe", True)(world)
    world.run_pass()
    assert incidents(world)["#1"].owner == "zoe"


def test_issues_of_a_stranger_spend_nobody_elses_pages() -> None:
    """Forms put labels on anybody's issue. The engineer is paged for each, and the limit of pages
    is still there for the others."""
    world = stage()
    world.policy = replace(world.policy, limits=Limits(pages=3, posts=99, opens=99))
    for number in range(3):
        world.tracker.acting("mallory").open(Draft(f"Odd {number}", "", ("Incident", "S1")))
    world.run_pass()
    assert {page["role"] for page in world.outbox.entries("page")} == {"eoc"}
    world.now += timedelta(minutes=1)
    world.tracker.acting("rita").open(Draft("Git is down", "", ("Incident", "S1")))
    world.tracker.acting("mallory").open(Draft("Odd too", "", ("Incident", "S1")))
    world.run_pass()
    pages = [page["role"] for page in world.outbox.entries("page") if "#4:" in str(page["key"])]
    assert pages == ["eoc", "imoc"]


def test_whoever_writes_without_end_holds_up_no_pass(ima: Ima, tracker: LocalTracker) -> None:
    """What they say beyond a bound is not searched for commands; others are heard."""
    ima.environment["CI"] = "true"
    tracker.acting("rita").open(Draft("It is down", "", ("Incident", "S3")))
    assert ima("apply").code == 0
    for n in range(9):
        tracker.acting("mia").comment("#1", f"{'x' * 75_000}\n\n/ima frobnicate-{n}")
    tracker.acting("erin").comment("#1", "/ima state identified")
    assert ima("apply").code == 0
    (issue,) = tracker.issues(["#1"])
    assert "State::Identified" in issue.labels
    said = "".join(comment.body for comment in issue.comments if comment.author == "ima")
    assert [n for n in range(9) if f"/ima frobnicate-{n}`" in said] == [0, 1]
