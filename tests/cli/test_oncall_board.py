from __future__ import annotations

import re

from tests.cli.conftest import Ima


def test_who_is_on_call(ima: Ima) -> None:
    ima.policy(
        "roles:\n  eoc: {on_call: erin}\n"
        '  imoc: {rota: {who: [ian, mia], from: "2026-02-16T09:00 UTC", every: 7d}}\n'
    )
    lines = [re.split("  +", line) for line in ima("oncall").out.splitlines()]
    assert lines == [
        ["role", "person", "since", "next"],
        ["eoc", "Engineer On Call", "@erin"],
        [
            "imoc",
            "Incident Manager On Call",
            "@ian",
            "2026-03-02 09:00 UTC (10:00 Berlin)",
            "@mia 2026-03-09 09:00 UTC (10:00 Berlin)",
        ],
        ["cmoc", "Communications Manager On Call", "nobody"],
        ["security", "Security Operations On Call", "nobody"],
    ]
    assert ima("oncall IMOC --format json").json["on_call"] == [
        {
            "role": "imoc",
            "title": "Incident Manager On Call",
            "person": "ian",
            "since": "2026-03-02T09:00:00Z",
            "next": {"person": "mia", "from": "2026-03-09T09:00:00Z"},
        }
    ]


def test_a_turn_keeps_its_local_time_where_clocks_change(ima: Ima) -> None:
    rota = '{who: [ian, mia], from: "2026-02-16T09:00 Europe/Berlin", every: 28d}'
    ima.policy(f"roles:\n  eoc: {{rota: {rota}}}\n")
    said = ima("oncall eoc").out
    assert "@ian    2026-02-16 08:00 UTC (09:00 Berlin)  @mia 2026-03-16 08:00 UTC (09:00 " in said
    ima.policy(f"roles:\n  eoc: {{rota: {rota.replace('28d', '42d')}}}\n")
    ima.session = ima.fresh()
    assert "@mia 2026-03-30 07:00 UTC (09:00 Berlin)" in ima("oncall eoc").out


def test_a_role_that_there_is_not(ima: Ima) -> None:
    done = ima("oncall imok")
    place = f"(`roles`, {ima.folder / 'policy.yml'}:3)"
    remedy = f"did you mean 'imoc'? {place}"
    assert (done.code, done.err) == (2, f"there is no role 'imok'\n  {remedy}\n")


def test_an_empty_board(ima: Ima) -> None:
    assert (
        ima("board").out
        == "No active incidents.\n\nNo open reviews.\n\nNo open corrective actions.\n"
    )
    kinds = ("active", "planned", "flappy", "reviews", "actions")
    empty: dict[str, list[object]] = {kind: [] for kind in kinds}
    assert ima("board --format json").json == empty


def test_the_board_needs_no_dashboard(ima: Ima) -> None:
    ima('declare "API down" --severity S3')
    ima("say 1 looking --as erin")
    ima("apply")
    ima('near-miss "Wrong host" --severity S2 --owner erin')
    data = ima("board --format json").json
    (row,) = data["active"]
    assert (row["issue"], row["severity"], row["owner"]) == ("#1", "S3", "erin")
    assert row["rule"] == "stuck-investigating"
    assert row["next"] == "2026-03-02T12:30:00Z"
    (review,) = data["reviews"]
    assert (review["owner"], review["due"], review["overdue"]) == ("erin", "2026-03-09", False)
    markdown = ima("board --format markdown").out
    assert markdown.startswith("| issue | title |")
    assert "| #1 | API down |" in markdown


def test_explain_says_why_not(ima: Ima) -> None:
    ima('declare "API down" --severity S3')
    ima("say 1 looking --as erin")
    ima("apply")
    out = ima("explain 1").out
    assert "✓ eoc-owns" in out
    assert "severity is S3, not S1 or S2" in out
    assert "Owner: @erin" in out
    assert "(stuck-investigating)" in out
    data = ima("explain 1 --format json").json
    assert {"issue", "title", "rules", "owner", "roles", "deadlines"} <= set(data)
    assert "| `eoc-owns` | **yes**" in ima("explain 1 --format markdown").out
