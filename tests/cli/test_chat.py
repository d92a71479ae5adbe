"""`ima chat`, as a chat job calls it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automation.cli.invocation import current_user
from automation.workspace.session import Session

from .conftest import Ima


class Chat:
    """A chat job with this CHAT_INPUT."""

    def __init__(self, ima: Ima) -> None:
        self.ima = ima

    def __call__(self, line: str, words: str = "chat") -> str:
        self.ima.session = self.session({"CHAT_INPUT": line, "CI_PIPELINE_SOURCE": "chat"})
        done = self.ima(words)
        assert (done.code, done.err) == (0, "")
        start, *lines, end = done.out.splitlines(keepends=True)
        assert start == "section_start:1772452800:chat_reply\r"
        assert end == "\x1b[0K\n"
        assert lines[-1] == "section_end:1772452800:chat_reply\r"
        return "".join(lines[:-1]).removeprefix("\x1b[0K\n")

    def session(self, environment: dict[str, str]) -> Session:
        return replace(self.ima.fresh(), environment=environment)


@pytest.fixture
def chat(ima: Ima) -> Chat:
    return Chat(ima)


def test_a_line_declares_an_incident(chat: Chat) -> None:
    said = chat('declare "API down" --severity S1')
    assert said.splitlines()[:2] == ["acme/production#1  API down", "Owner: @erin"]
    assert "@erin (EOC)" in said
    assert chat.ima("chat 'show 1'").out


def test_nothing_of_the_line_is_run_or_expanded(chat: Chat) -> None:
    chat("declare $(touch x) `touch x` $HOME ; touch x")
    assert chat.ima("show 1 --format json").json["title"] == "$(touch x) `touch x` $HOME ; touch x"
    assert not (chat.ima.folder / "x").exists()


def test_the_job_may_say_what_its_line_is_for(chat: Chat) -> None:
    assert chat("imoc", "chat --command oncall").splitlines()[1].split()[:1] == ["imoc"]
    assert len(chat("", "chat --command oncall").splitlines()) == 5


def test_the_board_and_an_explanation(chat: Chat) -> None:
    chat("report Pushes hang")
    assert "#1     Pushes hang" in chat("board")
    assert "page-eoc-on-report" in chat("explain 1")
    assert chat("show 1").splitlines() == [
        "acme/production#1  Pushes hang",
        "open: Incident, State::Investigating, Status::Operational",
        "Assigned: @erin",
        "Opened: 2026-03-02 12:00 UTC by @rita",
    ]


@pytest.mark.parametrize("line", ["show 1", "explain 1"])
def test_of_a_confidential_incident_only_its_reference_leaves_it(chat: Chat, line: str) -> None:
    from automation.model.issue import Draft

    chat.ima.session.tracker.open(Draft("Keys leaked", labels=("Incident",), confidential=True))
    assert chat(line) == "acme/production#1 is confidential: read it there\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("show 9", "acme/production has no issue #9\n  `ima board` lists them\n"),
        ("explain nine", "'nine' is no issue\n"),
        ("oncall imox", "there is no role 'imox'\n  did you mean 'imoc'? (`roles`, "),
        ("declare x --severity S9", "--severity: there is no severity 'S9'"),
        ("", "oncall [prod] [ROLE] "),
        ("dance", "there is no 'dance'"),
    ],
)
def test_a_mistake_is_answered_and_does_not_fail_the_job(chat: Chat, line: str, said: str) -> None:
    assert chat(line).startswith(said)


def test_what_fails_fails_the_job_and_says_so(chat: Chat) -> None:
    chat.ima.policy("version: 1\ntracker: {kind: gitlab, project: acme/production}\n")
    for line in ("show 1", "board"):
        done = chat.ima(["chat", line])
        assert done.code == 1
        assert done.out.startswith("gitlab: there is no token\n  set IMA_GITLAB_TOKEN ")


def test_outside_of_a_chat_job_the_answer_stands_alone(ima: Ima) -> None:
    assert ima("chat oncall").out.startswith("role ")


def test_who_speaks_is_the_account_that_the_chat_is_linked_to() -> None:
    assert current_user({"GITLAB_USER_LOGIN": "mia", "CHAT_USER_ID": "U123"}) == "mia"
