"""`ima doctor` really asks Slack and Google."""

from __future__ import annotations

import pytest

from tests.counterparts.google import FOLDER, TEMPLATE, GoogleServer
from tests.counterparts.slack import SlackServer
from tests.counterparts.slack_parts import TOKEN, Channel

from .conftest import POLICY, Ima
from .test_doctor import with_environment

SLACK = """
chat: {kind: slack, channel: "#production", groups: {advocates: "@advocates"}}
stakeholders: C0MANAGERS
people: {erin: {chat: U0ERIN}, ian: {chat: U0IAN}, cara: {chat: U0CARA}, sam: {chat: U0SAM}}
"""
GOOGLE = f"documents: {{kind: google, template: {TEMPLATE}, folder: {FOLDER}}}\n"


def test_slack_in_order_and_not(ima: Ima) -> None:
    ima.policy(f"{POLICY}{SLACK}")
    with SlackServer(channels=[f"c{n}" for n in range(1001)]) as server:
        keys = {"IMA_SLACK_TOKEN": TOKEN, "IMA_SLACK_URL": f"{server.url}/api"}
        server.channels += [
            Channel("C0PRODUCTION", "production"),
            Channel("C0MANAGERS", "managers"),
        ]
        done = with_environment(ima, **keys)("doctor")
        assert done.code == 0, done.out
        for said in ("ima in Acme", "we are in #production", "we are in C0MANAGERS", "there (1)"):
            assert said in done.out
        server.channels[-2].member, server.channels[-1].archived = False, True
        server.teams.clear()
        ima.policy(f"{POLICY}{SLACK}".replace("ian: {chat: U0IAN}", "ian: {}"))
        done = with_environment(ima, **keys)("doctor")
        assert done.code == 3
        for said in (
            "! chat       we are not in #production\n",
            "! chat       C0MANAGERS is archived\n",
            "! chat       there is no user group advocates\n",
            "! chat       nobody knows who @ian is there\n",
            "set `people.ian.chat`",
        ):
            assert said in done.out
        server.channels.clear()
        server.scopes -= {"usergroups:read"}
        done = with_environment(ima, **keys)("doctor")
        assert "! chat       there is no channel #production\n" in done.out
        assert "! chat       there is no channel C0MANAGERS\n" in done.out
        assert "? chat       the groups: missing_scope: usergroups:read\n" in done.out
        server.scopes -= {"channels:read"}
        done = with_environment(ima, **keys)("doctor")
        assert "? chat       the channel #production: missing_scope: channels:read\n" in done.out
        assert server.errors == []


@pytest.mark.parametrize(
    ("token", "said"),
    [("sekret-of-nobody", "slack: asking who we are failed: invalid_auth"), ("", "is not set")],
)
def test_slack_with_a_wrong_token_and_with_none(ima: Ima, token: str, said: str) -> None:
    ima.policy(f"{POLICY}{SLACK}")
    with SlackServer() as server:
        keys = {"IMA_SLACK_URL": f"{server.url}/api"} | (
            {"IMA_SLACK_TOKEN": token} if token else {}
        )
        done = with_environment(ima, **keys)("doctor")
    assert done.code == 1
    assert said in done.out
    assert "sekret" not in done.out


def test_google_in_order_and_not(ima: Ima) -> None:
    ima.policy(f"{POLICY}{GOOGLE}")
    with GoogleServer() as server:
        keys = {"IMA_GOOGLE_URL": server.url, "IMA_GOOGLE_CREDENTIALS": server.credentials()}
        asking = with_environment(ima, **keys)
        assert "✓ documents  the template can be copied into the folder\n" in asking("doctor").out
        assert server.documents() == []
        server.shared = False
        done = with_environment(ima, **keys)("doctor")
        assert done.code == 3
        assert "! documents  google: `documents.folder` is in no shared drive\n" in done.out
        server.visible = False
        done = with_environment(ima, **keys)("doctor")
        assert "404 Not Found (File not found: template-1.)\n" in done.out
        assert "let the account itself make the template" in done.out
        server.fail("GET", "/files/", how="html")
        assert with_environment(ima, **keys)("doctor").code == 1
        ima.policy(f"{POLICY}{GOOGLE}".replace(TEMPLATE, FOLDER))
        server.faults.clear()
        done = with_environment(ima, **keys)("doctor")
        assert "! documents  google: `documents.template` is no document\n" in done.out


def test_a_doctor_without_them_asks_neither(ima: Ima) -> None:
    done = ima("doctor")
    assert "chat" not in done.out
    assert "documents" not in done.out
