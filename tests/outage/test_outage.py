"""The outage card, and the folders that IMA keeps for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from automation.errors import PolicyError, ServiceError
from automation.http.answers import Failure
from automation.model.incident import Incident
from automation.model.issue import Comment, Duty, Issue
from automation.outage.mirror import mirror
from automation.outage.outage_card import error_with_outage_card, outage_card
from automation.planning.plan import Snapshot
from automation.stored_state.dashboard import Dashboard
from automation.text.escaping import in_code_block
from automation.trackers.action_in_words import Doing
from automation.trackers.gitlab.errors import explain
from automation.workspace.folder import read_matching, write_folder
from tests.build import a_context, an_incident, at, policy
from tests.worlds import stage

PLACES = "outage: {document: https://docs.example/o, mirror: https://mirror.example}"


def on_call() -> Mapping[str, Duty | None]:
    return {"eoc": Duty("erin"), "imoc": None}


def no_pager() -> Mapping[str, Duty | None]:
    raise ServiceError("pagerduty: no answer", "run again")


def test_the_card_says_who_where_and_how_to_go_on() -> None:
    assert outage_card(policy(PLACES), on_call).splitlines() == [
        "The issues cannot be reached. Go on without them:",
        "  EOC (Engineer On Call): @erin",
        "  IMOC (Incident Manager On Call): nobody on call",
        "  CMOC (Communications Manager On Call): nobody on call",
        "  SECURITY (Security Operations On Call): nobody on call",
        "  room: https://meet.example/situation-room",
        "  write down what happens, with times: https://docs.example/o",
        "  open incidents and runbooks, as last copied: https://mirror.example",
        '  declare an incident: ima declare "TITLE" --severity S1 --tracker local',
    ]


def test_what_the_policy_does_not_name_is_left_out() -> None:
    said = outage_card(policy('room: ""'), on_call)
    assert "room" not in said
    assert "write down" not in said


def test_without_a_pager_the_card_says_so_and_the_rest() -> None:
    said = outage_card(policy(), no_pager)
    assert "nobody knows, for the pager does not answer (pagerduty: no answer)" in said
    assert "--tracker local" in said


DOING = Doing("listing the issues of", "acme/production", writes=False)


@pytest.mark.parametrize(
    ("failure", "away"),
    [
        pytest.param(Failure(status=503), True, id="it fails"),
        pytest.param(Failure("timeout"), True, id="it is silent"),
        pytest.param(Failure("refused"), True, id="nobody listens"),
        pytest.param(Failure("name"), True, id="there is no such host"),
        pytest.param(Failure("not json"), True, id="a proxy says that it is away"),
        pytest.param(Failure(status=401), False, id="the token is wrong"),
        pytest.param(Failure(status=429), False, id="too many requests"),
        pytest.param(Failure("tls"), False, id="a certificate is missing"),
    ],
)
def test_the_card_is_for_a_tracker_that_gives_no_answer(failure: Failure, away: bool) -> None:
    error = explain(failure, DOING, "https://gitlab.example")
    said = error_with_outage_card(error, policy(), on_call)
    assert said.startswith(str(error))
    assert ("Go on without them" in said) is away


def test_in_a_scenario_the_card_is_said_with_the_error() -> None:
    world = stage()
    world.meter.failing = {"tracker": 503}
    passed = world.run_pass()
    assert passed.exit == 1
    assert passed.findings == [
        "tracker: answered 503\n  run again when it is back\n"
        + outage_card(world.policy, lambda: world.services.pager.on_call(world.now))
    ]


# A folder that is kept


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def write(folder: Path, *files: str) -> None:
    write_folder(folder, dict.fromkeys(files, "text\n"), ".manifest")


def test_what_was_ours_and_is_no_more_goes_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "one"
    write(folder, "index.md", "a/1.md", "a/b/2.md")
    (folder / "theirs.md").write_text("mine")
    (folder / "a" / "theirs.md").write_text("mine")
    write(folder, "index.md")
    assert names(folder) == [".manifest", "a/theirs.md", "index.md", "theirs.md"]
    assert not (folder / "a" / "b").exists()


def test_the_same_text_is_not_written_again(tmp_path: Path) -> None:
    write(tmp_path, "index.md")
    before = (tmp_path / "index.md").stat().st_ino
    write(tmp_path, "index.md", "2.md")
    assert (tmp_path / "index.md").stat().st_ino == before
    write_folder(tmp_path, {"index.md": "other"}, ".manifest")
    assert (tmp_path / "index.md").read_text() == "other"


def test_a_killed_run_is_made_good(tmp_path: Path) -> None:
    """Its manifest is written before the files: those that are there are known as ours."""
    write(tmp_path, "index.md")
    (tmp_path / ".manifest").write_text('["2.md", "3.md", "index.md"]')
    (tmp_path / "2.md").write_text("text\n")
    write(tmp_path, "index.md", "3.md")
    assert names(tmp_path) == [".manifest", "3.md", "index.md"]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        pytest.param({"theirs.md": ""}, "not empty, and not written by ima", id="foreign"),
        pytest.param({".manifest": "{"}, "garbled", id="a garbled manifest"),
        pytest.param({".manifest": '["../x"]'}, "garbled", id="a manifest that leads outside"),
        pytest.param({".manifest": '["/x"]'}, "garbled", id="a manifest that leads to the root"),
        pytest.param({".manifest": "[]", "index.md": "mine"}, "in the way", id="a foreign file"),
    ],
)
def test_a_folder_of_somebody_else_is_refused_untouched(
    tmp_path: Path, files: Mapping[str, str], problem: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(PolicyError, match=problem):
        write(tmp_path, "index.md", "2.md")
    assert {name: (tmp_path / name).read_text() for name in names(tmp_path)} == files


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PolicyError, match="no folder"):
        write(tmp_path / "file", "index.md")
    with pytest.raises(ServiceError, match="cannot be written"):
        write(tmp_path / "file" / "below", "index.md")


def test_runbooks_by_pattern_from_below_the_policy_only(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("outside")
    books = tmp_path / "process" / "books"
    books.mkdir(parents=True)
    (books / "db.md").write_text("# DB\n")
    (books / "picture.md").write_bytes(b"\xff\xfe")
    (books / "link.md").symlink_to(tmp_path / "secret.md")
    patterns = ["books/*.md", "../secret.md", "/etc/hostname", "none/*.md", ""]
    texts, wrong = read_matching(tmp_path / "process", patterns)
    assert texts == {"books/db.md": "# DB\n"}
    said = [error.problem for error in wrong]
    assert len(said) == 6
    assert any("link.md: lies outside of" in each for each in said)
    assert any("picture.md:1: not UTF-8" in each for each in said)
    assert all("outside" not in text for text in texts.values())


# What is mirrored


def snapshot(*incidents: Incident, now: float = 60) -> Snapshot:
    known = {one.ref: one for one in incidents}
    return Snapshot(a_context(now), known, Dashboard(), Dashboard())


def an_issue(ref: str = "#1", *comments: Comment, **rest: object) -> Issue:
    values = {"title": "Git pushes fail", "body": "", "author": "rita"} | rest
    return Issue(ref, opened_at=at(0), updated_at=at(0), comments=comments, **values)  # type: ignore[arg-type]


def test_the_index_says_what_is_open_who_is_on_call_and_as_of_when() -> None:
    world = snapshot(
        an_incident(severity="S1", engaged={"eoc": "erin"}),
        an_incident(ref="#10", title="No [link](x) <b>"),
        an_incident(ref="#3", kind="review", title="Review: x", assignees=("mia",)),
        an_incident(ref="#4", kind="review", closed=True),
        an_incident(ref="#5", kind="other"),
    )
    issues = [an_issue(ref) for ref in ("#1", "#3", "#10")]
    files = mirror(world, issues, {"db (new).md": "# DB"})
    assert sorted(files) == [
        "incidents/1.md", "incidents/10.md", "index.md", "reviews/3.md", "runbooks/db (new).md",
    ]  # fmt: skip
    index = files["index.md"]
    assert "As of 2026-03-02 13:00 UTC" in index
    assert "- EOC (Engineer On Call): @erin" in index
    assert "- [#1](incidents/1.md) Git pushes fail: S1, Investigating, Operational, @erin" in index
    assert "No \\[link\\](x) &lt;b&gt;: no severity" in index
    assert index.index("(incidents/1.md)") < index.index("(incidents/10.md)")
    assert "- [#3](reviews/3.md) Review: x: @mia" in index
    assert "(<runbooks/db (new).md>)" in index


def test_texts_stand_as_they_were_written_and_end_no_block() -> None:
    comments = [
        Comment(
            "c1", at(1), "mia", "```\nrm -rf /\n```\n<!-- ima:x {} -->\n# not a heading\x1b[2J"
        ),
        Comment("c2", at(2), "ima", '<!-- ima:card {"v":1} -->'),
        Comment("c3", at(3), None, "who am I"),
    ]
    world = snapshot(an_incident())
    page = mirror(world, [an_issue("#1", *comments, body="It fails")], {})["incidents/1.md"]
    assert "````text\n```\nrm -rf /\n```\n\n# not a heading[2J\n````" in page
    assert "```text\nIt fails\n```" in page
    assert "ima:" not in page
    assert "## a deleted account, 2026-03-02 12:03 UTC" in page
    assert "@ima, " not in page, "of what only we can read there is nothing to show"


def test_of_secret_ones_there_is_the_bare_reference() -> None:
    world = snapshot(
        an_incident(title="Keys", confidential=True),
        an_incident(ref="#2", title="Keys", security_at=at(0)),
        an_incident(ref="#3", title="Keys", kind="review", review_of="#2"),
        an_incident(ref="#4", title="Keys"),
    )
    issues = [an_issue(ref, title="Keys") for ref in ("#1", "#2", "#3")]
    issues.append(an_issue("#4", title="Keys", confidential=True))  # since it was judged
    files = mirror(world, issues, {})
    assert list(files) == ["index.md"]
    assert "Keys" not in files["index.md"]
    assert [f"- #{n} (confidential)" in files["index.md"] for n in (1, 2, 3, 4)] == [True] * 4


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    assert in_code_block("a\n`````\n\tb").splitlines() == [
        "``````text",
        "a",
        "`````",
        "    b",
        "``````",
    ]
