"""A secret that the run knows is never printed, whoever repeats it, and wherever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from automation.cli import invoke
from automation.errors import ServiceError
from automation.http.shapes import anything
from automation.services.opening import open_services
from automation.services.slack.wire import SlackWire
from automation.services.wire import Wire
from automation.trackers.action_in_words import Doing
from automation.trackers.github.wire import github_wire
from automation.trackers.gitlab.wire import gitlab_wire
from automation.workspace.session import Session
from tests.build import at, policy
from tests.counterparts.messages import Answer, Request
from tests.counterparts.small import SmallServer
from tests.leaks import hear, secret
from tests.services.pagerduty.world import ROLES

KEY = secret("the-run")
OTHER = secret("another-service")
FORMER = secret("a-key-that-signed-before")
READ = Doing("reading", "acme/production", "#42", writes=False)
HOW: dict[str, Any] = {"timeout": 5, "patience": 0, "sleep": lambda _: None}
ASKS: dict[str, Callable[[str], object]] = {
    "gitlab": lambda url: gitlab_wire(url, KEY, share=1.0, **HOW).get(READ, "/x", anything),
    "github": lambda url: github_wire(url, KEY, share=1.0, **HOW).get(READ, "/x", anything),
    "a service": lambda url: Wire("Pages", url, lambda: {"Authorization": KEY}, **HOW).get(
        "asking", "/x", anything
    ),
    "slack": lambda url: SlackWire(lambda: KEY, url, **HOW).read("asking", "x"),
}
SAID: dict[str, Callable[[str], Any]] = {
    "in a message": lambda key: {"message": f"the token {key} is not valid", "error": f"bad_{key}"},
    "as a field": lambda key: {"message": {key: ["is wrong"]}, "ok": False, "error": key},
    "where it is cut": lambda key: {"message": "x" * 190 + key, "error": "x" * 90 + key},
    "in an address": lambda key: {"message": f"https://a/?token={quote(key)}", "error": quote(key)},
    "in capitals": lambda key: {"message": key.upper(), "error": key.upper()},
    "among errors": lambda key: {"message": "no", "errors": [{"message": key}, key], "error": key},
    "as text": lambda key: f"the token {key} is not valid",
    "as a needed scope": lambda key: {"ok": False, "error": "missing_scope", "needed": key},
}


def assert_unseen(text: str, *keys: str) -> None:
    hear(text)
    for key in keys:
        for part in (key, quote(key), key[:12]):
            assert part.lower() not in text.lower()


@pytest.mark.parametrize("who", ASKS)
@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 422, 503])
def test_a_token_that_is_repeated_is_not_told(who: str, said: str, status: int) -> None:
    body = SAID[said](KEY)
    where = {"location": f"https://{KEY}@elsewhere.test/{KEY}?private_token={KEY}"}
    with SmallServer(lambda request: Answer(status, body, where)) as server:
        try:
            ASKS[who](server.url)
        except ServiceError as error:
            assert_unseen(f"{error} {getattr(error, 'failure', '')!r}", KEY)


def test_nor_one_of_another_service_that_the_run_knows(tmp_path: Path) -> None:
    Session(lambda: at(0), "rita", folder=tmp_path, environment={"IMA_SLACK_TOKEN": OTHER})
    with SmallServer(lambda request: Answer(400, {"message": f"no {OTHER}"})) as server:
        with pytest.raises(ServiceError, match="400 Bad Request \\(no …\\)") as error:
            ASKS["gitlab"](server.url)
        assert_unseen(str(error.value), OTHER)


def test_a_command_prints_none_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(request: Request) -> Answer:
        return Answer(403, {"message": f"{request.headers['private-token']} may not {OTHER}"})

    (tmp_path / "policy.yml").write_text("tracker: {kind: gitlab, project: acme/production}\n")
    with SmallServer(answer) as server:
        environment = {
            "IMA_GITLAB_TOKEN": KEY, "CI_SERVER_URL": server.url, "MY_PASSWORD": OTHER,
            "HTTPS_PROXY": f"http://user:{OTHER}@proxy.test",
        }  # fmt: skip
        for command in (["plan"], ["doctor"], ["apply"]):
            session = Session(lambda: at(0), "rita", folder=tmp_path, environment=environment)
            assert invoke(command, session) != 0
    said = capsys.readouterr()
    assert "403 Forbidden (… may not …)" in said.err
    assert_unseen(said.out + said.err, KEY, OTHER)


OUTSIDE = (
    ROLES
    + """
chat: {kind: slack, channel: "#production"}
documents: {kind: google, template: t1, folder: f1}
status_page: {kind: status.io, page: "1234"}
metrics: {kind: prometheus, url: "https://prometheus.test"}
"""
)


@pytest.mark.parametrize("page", ["status.io", "statuspage"])
def test_what_is_looked_at_in_a_debugger_shows_none(tmp_path: Path, page: str) -> None:
    names = (
        "IMA_GITLAB_TOKEN", "IMA_PAGERDUTY_TOKEN", "IMA_SLACK_TOKEN", "IMA_STATUSIO_ID",
        "IMA_STATUSIO_KEY", "IMA_PROMETHEUS_TOKEN", "IMA_GOOGLE_CREDENTIALS",
        "IMA_STATUSPAGE_KEY",
        "IMA_PAGERDUTY_OAUTH_TOKEN", "IMA_PROMETHEUS_USER", "IMA_PROMETHEUS_PASSWORD",
    )  # fmt: skip
    environment = dict.fromkeys(names, KEY)
    (tmp_path / "policy.yml").write_text("tracker: {kind: gitlab, project: acme/production}\n")
    session = Session(lambda: at(0), "rita", folder=tmp_path, environment=environment)
    services = open_services(
        policy(OUTSIDE.replace("status.io", page)), tmp_path, lambda: at(0), environment
    )
    seen: list[object] = [session, session.by("erin"), session.tracker, session.run, services]
    shown = "".join(f"{each!r} {each}" for each in [*seen, *parts(seen, 4)])
    assert_unseen(shown, KEY)


def parts(values: list[object], deep: int) -> list[object]:
    """What is within these, as far as it is ours."""
    found = [
        inner
        for each in values
        for inner in getattr(each, "__dict__", {}).values()
        if type(inner).__module__.startswith("automation.")
    ]
    return [*found, *parts(found, deep - 1)] if deep and found else found


@pytest.mark.parametrize("old", [f"{FORMER}", f"lost, {FORMER}", f"{FORMER} {KEY}"])
def test_nor_a_key_that_signed_before(tmp_path: Path, old: str) -> None:
    Session(lambda: at(0), "rita", folder=tmp_path, environment={"IMA_KEY_OLD": old})
    with SmallServer(lambda request: Answer(400, {"message": f"no {FORMER}"})) as server:
        with pytest.raises(ServiceError, match="400 Bad Request \\(no …\\)") as error:
            ASKS["gitlab"](server.url)
        assert_unseen(str(error.value), FORMER)
