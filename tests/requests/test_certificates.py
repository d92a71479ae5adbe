"""REQUESTS_CA_BUNDLE, which our own errors tell people to set: what if it names no file?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from automation.http.answers import Refusal
from automation.http.shapes import anything
from automation.services.google.login import Login
from automation.services.retries import Attempts
from automation.services.slack.wire import SlackWire
from automation.services.wire import Wire
from automation.trackers.action_in_words import Doing
from automation.trackers.github.wire import github_wire
from automation.trackers.gitlab.wire import gitlab_wire

NOBODY = "https://127.0.0.1:9"
READ = Doing("reading", "acme/production", writes=False)
LIMITS: Any = {"timeout": 1.0, "share": 1.0, "patience": 0.0}


def _gitlab(_bundle: str) -> None:
    gitlab_wire(NOBODY, "t", **LIMITS).get(READ, "/x", anything)


def _github(_bundle: str) -> None:
    github_wire(NOBODY, "t", **LIMITS).get(READ, "/x", anything)


def _service(_bundle: str) -> None:
    Wire("Pagers", NOBODY, dict, patience=0).get("asking", "/x", anything)


def _slack(bundle: str) -> None:
    SlackWire(lambda: "t", NOBODY, bundle=bundle, patience=0).read("reading", "auth.test")


def _google(_bundle: str) -> None:
    Login("", "drive", Attempts(0, lambda _: None))._answer_for_google_auth(NOBODY)


@pytest.mark.parametrize("ask", [_gitlab, _github, _service, _slack, _google])
def test_a_file_of_certificates_that_is_not_there_is_named_in_one_line(
    ask: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = str(tmp_path / "absent.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with pytest.raises(Refusal, match="REQUESTS_CA_BUNDLE") as error:
        ask(bundle)
    assert "names a file that is not there" in error.value.problem
    assert "take the variable away" in error.value.remedy
