"""``ima digest``: as text, Markdown and JSON; posted by ``ima apply``, as ``ima plan`` says."""

from __future__ import annotations

import pytest

from .conftest import POLICY, Ima

WEEKLY = 'chat: {channel: "#ops"}\ndigest: {every: "tuesday 09:00", to: [dashboard, chat]}\n'


def live(ima: Ima) -> None:
    """An incident of an hour, with a page; one that goes on."""
    ima('report "Pushes fail" --severity S3 --service git')
    ima.after(5)
    ima('say 1 "I look" --as erin')
    ima("apply")
    ima.after(55)
    ima('say 1 "/ima resolve the disk was full" --as erin')
    ima('declare "API slow" --severity S4')
    ima("apply")
    ima.after(1)


def test_text(ima: Ima) -> None:
    live(ima)
    done = ima("digest")
    assert done.code == 0
    assert done.out.startswith("The week: 23 Feb to 2 Mar 2026\n\n2 incidents, 1 page.\n")
    assert "- #1 Pushes fail (S3): over after 1 h; owner: erin\n" in done.out
    assert "- erin (EOC): 1 page; was there for #1\n" in done.out


def test_markdown(ima: Ima) -> None:
    live(ima)
    assert (
        "\n**What happened**\n\n- #2 API slow (S4): **Investig"
        in ima("digest --format markdown").out
    )


def test_json(ima: Ima) -> None:
    live(ima)
    told = ima("digest --since 2026-03-02 --format json").json
    assert (told["since"], told["until"]) == ("2026-03-02T00:00:00Z", "2026-03-02T13:01:00Z")
    assert told["counts"]["incidents"] == 2
    assert told["counts"]["acknowledge"] == 5
    assert told["before"] is None
    assert [(row["ref"], row["took"]) for row in told["incidents"]] == [("#2", ""), ("#1", "1 h")]
    erin = {"who": "erin", "roles": ["eoc"], "pages": 1, "out_of_hours": 0, "due": []}
    assert erin | {"incidents": ["#1"]} in told["people"]


def test_what_was_closed_long_ago_is_read_for_a_long_time(ima: Ima) -> None:
    live(ima)
    ima.after(60 * 24 * 60)  # look_back is 30 days
    assert ima("digest --days 61 --format json").json["counts"]["incidents"] == 2
    assert ima("digest --format json").json["counts"]["incidents"] == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--since soon", "--since: 'soon' is no time"),
        ("--since 2027-01-01", "nothing has happened since"),
        ("--since 0001-02-01", "no tracker is that old"),
        ("--days 0", "--days"),
        ("--days many", "--days"),
        ("--days 7 --since 2026-03-01", "give one of them"),
    ],
)
def test_a_time_that_is_none_is_a_mistake(ima: Ima, typed: str, said: str) -> None:
    done = ima(f"digest {typed}")
    assert done.code == 2
    assert said in done.err


def test_it_writes_nothing(ima: Ima) -> None:
    live(ima)
    before = ima("show 1 --format json").json
    ima("digest")
    assert ima("show 1 --format json").json == before


def test_the_plan_says_where_the_week_will_be_told_and_apply_that_it_was(ima: Ima) -> None:
    ima.policy(POLICY + WEEKLY)
    live(ima)
    assert "The week" not in ima("plan").out
    ima.after(24 * 60)
    said = ima("plan")
    assert "The week would be told on the dashboard and in #ops." in " ".join(said.out.split())
    assert ima("plan --format json").json["digest_post"] == ["dashboard", "chat"]
    outbox = ima.folder / ".ima" / "outbox.jsonl"
    assert "The week" not in outbox.read_text("utf-8")
    assert "The week was told on the dashboard and in #ops." in " ".join(ima("apply").out.split())
    assert ima("apply --format json").json["digest_post"] == []
    assert outbox.read_text("utf-8").count("The week") == 1
    assert "The week" not in ima("plan").out


def test_a_pass_on_one_issue_tells_no_week(ima: Ima) -> None:
    ima.policy(POLICY + WEEKLY)
    live(ima)
    ima.after(24 * 60)
    assert "The week" not in ima("apply --issue 2").out
    assert "The week was told" in " ".join(ima("apply").out.split())
