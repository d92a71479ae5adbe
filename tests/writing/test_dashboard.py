"""The dashboard begins with what needs a person now: what nobody has, what is overdue, what is
grave."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from automation.planning.dashboard_rows import dashboard_now
from automation.planning.plan import Snapshot
from automation.stored_state.dashboard import Dashboard
from automation.writing import project_texts
from automation.writing.templates import Templates
from tests.build import START, a_context, an_incident, at, chosen
from tests.worlds import shipped

SHIPPED = Templates(shipped().templates)
ROW = {"title": "Sample", "owner": "erin", "for": "#1", "begun": "no"}


def page(board: Dashboard) -> str:
    written = replace(board, beat=START)
    return project_texts.dashboard_texts(written, SHIPPED, "Europe/Berlin").page


def section(text: str, name: str) -> str:
    found = re.search(rf"## {name}\n\n(.*?)(?=\n\n## |\n\n[^- ])", text, re.DOTALL)
    assert found, text
    return found[1]


def order(text: str, *words: str) -> bool:
    places = [text.index(word) for word in words]
    return places == sorted(places)


def board_of(**incidents: Any) -> Dashboard:
    """The dashboard of these incidents, by their titles."""
    made = (replace(one, title=title) for title, one in incidents.items())
    world = {ref: replace(one, ref=ref) for ref, one in zip(("#1", "#2", "#3"), made, strict=False)}
    empty = Dashboard("#0")
    return dashboard_now(Snapshot(a_context(), world, empty, empty, whole=True), world)


def test_the_gravest_comes_first_and_only_what_waits_needs_somebody() -> None:
    mild = replace(an_incident(engaged={"eoc": "erin"}), severity=chosen("S3"))
    grave = an_incident(severity="S1")
    text = page(board_of(Slow=mild, Down=grave))
    assert order(section(text, "Active incidents"), "#2 Down", "#1 Slow")
    assert section(text, "Needs somebody now") == "- #2 Down (S1): **nobody owns it**"
    assert "  - Next: 2 Mar 12:30 UTC (13:30 Berlin): call and page ian as Incident Man" in text


def test_of_a_confidential_incident_there_is_its_reference_and_nothing_else() -> None:
    secret = replace(an_incident(severity="S1", engaged={"eoc": "erin"}), security_at=at(0))
    board = board_of(Vault=replace(secret, confidential=True))
    row = board.active["#1"]
    assert {value for key, value in row.items() if key != "title"} == {""}
    assert section(page(board), "Active incidents") == "- #1 (confidential)"
    assert section(page(board), "Needs somebody now") == "Nothing that may be told here."


def test_what_is_overdue_comes_first() -> None:
    late = ROW | {"due": "2026-03-01", "overdue": "yes"}
    rows = {"#4": ROW | {"due": "2026-02-09"}, "#5": ROW, "#6": late}
    text = page(Dashboard("#0", reviews=rows, actions={"#7": ROW, "#8": late}))
    assert order(section(text, "Reviews"), "#6", "#4", "#5")
    assert order(section(text, "Corrective actions"), "#8", "#7")
    now = section(text, "Needs somebody now")
    assert [line[:4] for line in now.splitlines()] == ["- #6", "- #8"]


def test_a_grave_finding_comes_first_and_each_says_since_when() -> None:
    found = {"text": "the chat is away", "ref": "", "since": START.isoformat(), "grave": ""}
    grave = found | {"text": "#1 has no owner.", "grave": "yes", "told": "yes"}
    text = page(Dashboard("#0", findings={"a": found, "b": grave}))
    assert section(text, "What only people can mend").splitlines() == [
        "- **Grave.** #1 has no owner. Since 2 Mar 12:00 UTC (13:00 Berlin), told in the chat.",
        "- the chat is away. Since 2 Mar 12:00 UTC (13:00 Berlin).",
    ]


def test_a_row_that_an_older_ima_wrote_is_shown() -> None:
    columns = ("title", "severity", "state", "status", "owner", "due", "rule")
    text = page(Dashboard("#0", active={"#1": dict.fromkeys(columns, "x")}))
    assert section(text, "Active incidents").splitlines() == [
        "- #1 x", "  - x · x · x; owner: x", "  - Next: x (`x`)",
    ]  # fmt: skip
