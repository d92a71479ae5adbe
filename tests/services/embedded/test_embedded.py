"""The services that need no account: an outbox of JSON lines, rotas, Markdown files."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from automation.errors import ServiceError
from automation.model.issue import Ack, Paper
from automation.services.embedded.embedded import FileDocuments, LogChat, Outbox, PolicyPager
from tests.build import at, policy


def paper(key: str, text: str) -> Paper:
    return Paper(key, "#1 t", text, {})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "outbox.jsonl"


@pytest.fixture
def outbox(path: Path) -> Outbox:
    return Outbox(path, lambda: at(1))


def keys(outbox: Outbox, kind: str = "page") -> list[str]:
    return [entry["key"] for entry in outbox.entries(kind)]


def test_entries_are_json_lines_with_their_time(outbox: Outbox, path: Path) -> None:
    outbox.add("page", key="k", text="Ünïcode\nand lines")
    (line,) = path.read_text("ascii").splitlines()
    assert json.loads(line) == {
        "at": "2026-03-02T12:01:00+00:00", "kind": "page", "key": "k", "text": "Ünïcode\nand lines",
    }  # fmt: skip


def test_without_a_file_there_are_no_entries(outbox: Outbox, path: Path) -> None:
    assert keys(outbox) == []
    assert not path.exists()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"kind": "page", "key": "ha', id="half written"),
        pytest.param("[1]", id="a list"),
        pytest.param("7", id="a number"),
        pytest.param("", id="empty"),
        pytest.param("\x00\udcff", id="no text"),
    ],
)
def test_a_line_that_is_none_is_passed_over(outbox: Outbox, path: Path, line: str) -> None:
    outbox.add("page", key="one")
    with path.open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(line + "\n")
    outbox.add("page", key="two")
    assert keys(outbox) == ["one", "two"]


def test_what_is_written_behind_a_half_written_line_is_not_lost(outbox: Outbox, path: Path) -> None:
    outbox.add("page", key="one")
    with path.open("a", encoding="utf-8") as file:
        file.write('{"kind": "page", "key": "ha')  # the run was killed here
    outbox.add("page", key="two")
    assert keys(outbox) == ["one", "two"]


def pager(outbox: Outbox, roles: str = "") -> PolicyPager:
    return PolicyPager(policy(roles), outbox)


ROTA = """
roles:
  eoc: {rota: {who: [erin, mia, zoe], from: "2026-03-02T09:00 Europe/Berlin", every: 7d}}
  imoc: {on_call: ian}
"""
FIRST = at(-4 * 60)  # 09:00 in Berlin
WEEK = 7 * 24 * 60


@pytest.mark.parametrize(
    ("minutes", "person"),
    [
        pytest.param(-1, None, id="before it starts nobody is on call"),
        pytest.param(0, "erin", id="at its start the first one"),
        pytest.param(WEEK - 1, "erin", id="to the end of the first turn"),
        pytest.param(WEEK, "mia", id="at its end the next one"),
        pytest.param(2 * WEEK, "zoe", id="then the last one"),
        pytest.param(3 * WEEK, "erin", id="then the first one again"),
        pytest.param(300 * WEEK, "erin", id="and so on for years"),
    ],
)
def test_a_rota_turns(outbox: Outbox, minutes: float, person: str | None) -> None:
    now: datetime = at(-4 * 60 + minutes)
    duty = pager(outbox, ROTA).on_call(now)["eoc"]
    assert (duty and duty.person) == person
    if duty:
        assert duty.since
        assert duty.since <= now
        assert (duty.since - FIRST).total_seconds() % (WEEK * 60) == 0


def test_a_rota_turns_at_the_same_local_hour_in_summer(outbox: Outbox) -> None:
    summer = at(-5 * 60 + 5 * WEEK)  # 09:00 in Berlin on 6 April
    duty = pager(outbox, ROTA).on_call(summer)["eoc"]
    assert duty
    assert duty.person == "zoe"


def test_fixed_people_are_on_call_for_ever_and_roles_without_anybody_are_empty(
    outbox: Outbox,
) -> None:
    duties = pager(outbox, ROTA).on_call(at(0))
    assert duties["imoc"]
    assert (duties["imoc"].person, duties["imoc"].since) == ("ian", None)
    assert duties["cmoc"] is None


def test_a_key_is_paged_once(outbox: Outbox, path: Path) -> None:
    for _ in range(2):
        pager(outbox).page("eoc", "erin", "p#1:eoc:1", "wake up")
    pager(Outbox(path, lambda: at(2))).page("eoc", "erin", "p#1:eoc:1", "from another process")
    pager(outbox).page("eoc", "erin", "p#1:eoc:2", "called again")
    assert keys(outbox) == ["p#1:eoc:1", "p#1:eoc:2"]


def test_the_first_acknowledgement_of_each_person_counts(outbox: Outbox) -> None:
    calls = pager(outbox)
    calls.pass_on("k", "mia")
    for person in ("erin", "mia", "erin"):
        calls.acknowledge("k", person)
    now = at(1)
    assert calls.acks({"k": "", "other": ""}) == {
        "k": [Ack("erin", now), Ack("mia", now), Ack("mia", now, did="passed")]
    }
    assert calls.acks({}) == {}


def test_pages_are_called_off_once(outbox: Outbox) -> None:
    calls = pager(outbox)
    for _ in range(2):
        calls.end(dict.fromkeys(["p#1:eoc:1", "p#1:imoc:1"], ""), "#1 is resolved.")
    ended = [entry["key"] for entry in outbox.entries("page ended")]
    assert ended == ["p#1:eoc:1", "p#1:imoc:1"]


def test_a_key_is_announced_once(outbox: Outbox) -> None:
    chat = LogChat(outbox)
    for text in ("first", "second"):
        chat.post("#production", text, "k")
    (post,) = outbox.entries("announcement")
    assert (post["channel"], post["text"]) == ("#production", "first")


def test_a_person_is_told_a_key_once(outbox: Outbox) -> None:
    chat = LogChat(outbox)
    for text in ("first", "second"):
        chat.tell("mia", text, "k")
    (message,) = outbox.entries("message")
    assert (message["person"], message["text"]) == ("mia", "first")


def test_a_group_is_whoever_it_was_set_to_last(outbox: Outbox) -> None:
    chat = LogChat(outbox)
    for people in (("erin",), ("mia", "ian")):
        chat.set_group("@sre", people)
    assert [(g["handle"], g["people"]) for g in outbox.entries("group")] == [
        ("@sre", "erin"),
        ("@sre", "mia ian"),
    ]


def test_a_key_and_a_page_are_two_things(outbox: Outbox) -> None:
    LogChat(outbox).post("#production", "text", "k")
    pager(outbox).page("eoc", "erin", "k", "text")
    assert keys(outbox) == keys(outbox, "announcement") == ["k"]


def test_a_document_is_written_once_and_never_over_what_people_wrote(tmp_path: Path) -> None:
    documents = FileDocuments(tmp_path / "new")
    first = documents.create(paper("acme/production#1", "template"))
    Path(first).write_text("what people wrote", encoding="utf-8")
    assert documents.create(paper("acme/production#1", "template")) == first
    assert Path(first).read_text("utf-8") == "what people wrote"
    assert Path(first).name == "acme-production-1.md"


def test_no_key_leaves_the_folder(tmp_path: Path) -> None:
    made = FileDocuments(tmp_path / "here").create(paper("../../etc/passwd", "text"))
    assert Path(made).parent == tmp_path / "here"


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A path below a file, where nothing can be written, whoever we are."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "below"


def test_an_outbox_that_cannot_be_written(blocked: Path) -> None:
    with pytest.raises(ServiceError) as error:
        Outbox(blocked / "outbox.jsonl", lambda: at(0)).add("page")
    first, second = str(error.value).splitlines()
    assert first.startswith(f"outbox: writing to {blocked / 'outbox.jsonl'} failed: ")
    assert second == "  make the folder writable, or name another file"


def test_an_outbox_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as error:
        list(Outbox(tmp_path, lambda: at(0)).entries("page"))
    assert str(error.value).splitlines() == [
        f"outbox: reading {tmp_path} failed: {os.strerror(21)}",
        "  make the file readable, or name another one",
    ]


def test_documents_that_cannot_be_written(blocked: Path) -> None:
    with pytest.raises(ServiceError) as error:
        FileDocuments(blocked).create(paper("k", "text"))
    first, second = str(error.value).splitlines()
    assert first.startswith(f"documents: writing {blocked / 'k.md'} failed: ")
    assert second == "  make the folder writable, or set `documents: {kind: files, path: …}`"


def test_a_key_of_another_process_is_known_at_once(outbox: Outbox, path: Path) -> None:
    assert not outbox.has("page", "k")
    Outbox(path, lambda: at(2)).add("page", key="k")
    assert outbox.has("page", "k")
    assert not outbox.has("announcement", "k")


def test_a_key_whose_line_another_process_is_still_writing_is_known_once_it_is_whole(
    outbox: Outbox, path: Path
) -> None:
    outbox.add("page", key="one")
    line = b'{"kind": "page", "key": "two"}\n'
    with path.open("ab") as file:
        file.write(line[:9])
        file.flush()
        assert not outbox.has("page", "two")
        file.write(line[9:])
    assert outbox.has("page", "two")
