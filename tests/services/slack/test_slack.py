"""Slack: what is sent, what comes to life in it, what is said when it does not work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.services import Unchangeable
from automation.services.opening import open_services
from automation.services.retries import TRIES
from automation.services.slack.slack import SlackChat
from automation.services.slack.wire import SlackWire
from automation.text.chat_text import active_markup
from tests.build import at, policy
from tests.counterparts.slack import SlackServer, seen
from tests.counterparts.slack_parts import SCOPES, TOKEN, Channel

POLICY = """
chat:
  kind: slack
  channel: "#production"
  groups: {advocates: "@advocates", sres: S0ONCALL, nobodies: "@nobodies"}
people: {erin: {chat: U0ERIN}, mia: {chat: U0MIA}, ian: {}}
"""
KEY = "acme/production#1:#production"


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer(channels=["general", "production"]) as server:
        yield server
    assert server.errors == []


def chat(server: SlackServer, token: str = TOKEN, **more: Any) -> SlackChat:
    more = {"timeout": 5, "sleep": lambda _: None, **more}
    return SlackChat(policy(POLICY), SlackWire(lambda: token, f"{server.url}/api", **more))


def test_an_announcement_is_posted_and_then_kept_true_in_its_place(server: SlackServer) -> None:
    made = chat(server).post("#production", "It is slow.", KEY)
    chat(server).update("#production", "It is fast.", KEY, made)
    ((channel, text, ts, key),) = server.messages()
    assert (channel, text, key) == ("production", "It is fast.", KEY)
    assert made == f"C0000001:{ts}"
    assert [each.edits for each in server.posted] == [1]


def test_a_deleted_announcement_is_not_posted_anew(server: SlackServer) -> None:
    made = chat(server).post("#production", "It is slow.", KEY)
    server.posted.clear()
    with pytest.raises(Unchangeable, match="message_not_found"):
        chat(server).update("#production", "It is fast.", KEY, made)
    assert server.messages() == []


def test_a_post_that_nobody_remembers_is_found_where_the_channel_is_an_id(
    server: SlackServer,
) -> None:
    server.fail("POST", "chat.postMessage", how="reset", after=True)
    with pytest.raises(ServiceError, match="may have been done"):
        chat(server).post("C0000001", "It is slow.", KEY)
    made = chat(server).post("C0000001", "It is very slow.", KEY)
    assert [each[1] for each in server.messages()] == ["It is very slow."]
    chat(server).update("C0000001", "It is fast.", KEY, "")
    chat(server).post("C0000001", "Another.", f"{KEY}2")
    assert [(text, ts) for _, text, ts, _ in server.messages()] == [
        ("It is fast.", made.partition(":")[2]),
        ("Another.", "1770000000.000001"),
    ]


def test_a_message_of_another_app_is_not_ours_whatever_key_it_has(server: SlackServer) -> None:
    made = chat(server).post("C0000001", "It is slow.", KEY)
    server.posted[0].user = "U0OTHER"
    again = chat(server).post("C0000001", "It is slow.", KEY)
    assert again != made
    assert len(server.messages()) == 2
    thread = "acme/production#1:news"
    chat(server).reply("C0000001", again, "It is fixed.", thread)
    server.posted[-1].user = "U0OTHER"
    chat(server).reply("C0000001", again, "It is fixed.", thread)
    assert len(server.answered()) == 2


def test_without_the_right_to_look_it_is_posted_all_the_same(server: SlackServer) -> None:
    server.scopes.remove("channels:history")
    chat(server).post("C0000001", "It is slow.", KEY)
    chat(server).update("C0000001", "nothing is known of it", "another key", "")
    assert [text for _, text, _, _ in server.messages()] == ["It is slow."]


@pytest.mark.parametrize(
    ("text", "sent", "pinged"),
    [
        ("a & b <c>", "a &amp; b &lt;c&gt;", []),
        ("<!channel> <@U0ERIN>", "&lt;!channel&gt; &lt;@U0ERIN&gt;", []),
        ("<https://evil.example|x>", "&lt;https://evil.example|x&gt;", []),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;", []),
        ("\x02person erin", "person erin", []),
        (active_markup("person", "Erin"), "<@U0ERIN>", ["@U0ERIN"]),
        (active_markup("person", "ian"), "ian", []),
        (active_markup("person", "<!here>"), "&lt;!here&gt;", []),
        (active_markup("group", "@advocates"), "<!subteam^S0ADVOCATES>", ["!subteam^S0ADVOCATES"]),
        (active_markup("group", "S0ONCALL"), "<!subteam^S0ONCALL>", ["!subteam^S0ONCALL"]),
        (active_markup("group", "@here"), "<!here>", ["!here"]),
        (active_markup("group", "@nobodies"), "@nobodies", []),
        (active_markup("link", "https://a.example/?b&c"), "<https://a.example/?b&amp;c>", []),
    ],
)
def test_only_what_is_marked_comes_to_life(
    server: SlackServer, text: str, sent: str, pinged: list[str]
) -> None:
    made = chat(server).post("production", text, KEY)
    chat(server).update("production", text, KEY, made)
    assert [each[1] for each in server.messages()] == [sent]
    assert server.pinged == pinged
    assert [r.headers["authorization"] for r in server.log] == [f"Bearer {TOKEN}"] * len(server.log)
    (body,) = (request.body for request in server.requests("POST", "chat.postMessage"))
    for switch in (b'"link_names": false', b'"parse": "none"', b'"unfurl_links": false'):
        assert switch in body


LONG = "a line & more\n" * 600


def test_a_long_message_is_sent_in_several(server: SlackServer) -> None:
    chat(server).tell("mia", LONG, "k")
    texts = [text for _, text, _, _ in server.direct()]
    assert len(texts) == 3
    assert "\n".join(texts).strip() == LONG.strip().replace("&", "&amp;")
    assert max(map(len, texts)) < 3_900


@pytest.mark.parametrize("text", ["&" * 3_000, f"{'word ' * 1_500}", "x" * 9_000, "<" * 4_000])
def test_what_has_no_lines_is_split_where_nothing_breaks(server: SlackServer, text: str) -> None:
    chat(server).tell("mia", text, "k")
    said = [seen(part) for _, part, _, _ in server.direct()]
    assert "".join(said).replace(" ", "") == text.replace(" ", "")


def test_a_mention_is_never_cut_in_two(server: SlackServer) -> None:
    mention = active_markup("person", "erin")
    chat(server).tell("mia", mention * 700, "k")
    assert len(server.pinged) == 700


def test_a_long_announcement_goes_on_in_its_thread_and_is_cut_when_it_changes(
    server: SlackServer,
) -> None:
    made = chat(server).post("#production", LONG, KEY)
    ((_, _, ts, key),) = server.messages()
    assert (f"C0000001:{ts}", key) == (made, KEY)
    assert [row[2] for row in server.answered()] == [ts, ts]
    chat(server).update("#production", f"It is fast.\n{LONG}", KEY, made)
    ((_, changed, _, _),) = server.messages()
    assert changed.startswith("It is fast.\na line")
    assert changed.endswith("a line &amp; more\n…")


@pytest.mark.parametrize(
    "word", ["is_inactive", "edit_window_closed", "cant_update_message", "message_not_found"]
)
def test_a_message_that_can_be_changed_no_more_is_told_from_a_failure(
    server: SlackServer, word: str
) -> None:
    made = chat(server).post("#production", "It is slow.", KEY)
    server.posted[0].fixed = word
    with pytest.raises(Unchangeable, match=rf"updating the announcement .* failed: {word}"):
        chat(server).update("#production", "It is fast.", KEY, made)
    assert [text for _, text, _, _ in server.messages()] == ["It is slow."]


def test_a_reply_stands_in_the_thread_once(server: SlackServer) -> None:
    made = chat(server).post("C0000001", "It is slow.", KEY)
    for _ in range(2):
        chat(server).reply("C0000001", made, "It is fast.", f"{KEY}:1")
    chat(server).reply("#production", made, "It is over.", f"{KEY}:2")
    ((_, _, ts, _),) = server.messages()
    assert [(text, thread) for _, text, thread, _ in server.answered()] == [
        ("It is fast.", ts),
        ("It is over.", ts),
    ]
    assert not any(row["thread_ts"] != ts for row in _bodies(server) if "thread_ts" in row)


def test_a_reply_to_an_announcement_that_is_only_known_by_its_key(server: SlackServer) -> None:
    chat(server).post("C0000001", "It is slow.", KEY)
    chat(server).reply("C0000001", "", "It is fast.", f"{KEY}:1", KEY)
    assert [text for _, text, _, _ in server.answered()] == ["It is fast."]


@pytest.mark.parametrize("how", ["locked", "gone"])
def test_a_thread_that_takes_no_replies_is_told_from_a_failure(
    server: SlackServer, how: str
) -> None:
    made = chat(server).post("C0000001", "It is slow.", KEY)
    if how == "gone":
        server.posted.clear()
    else:
        server.posted[0].locked = True
    with pytest.raises(Unchangeable, match="answering in the thread of #C0000001 failed: "):
        chat(server).reply("C0000001", made, "It is fast.", f"{KEY}:1")
    assert server.answered() == []


def _bodies(server: SlackServer) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in server.requests("POST", "chat.postMessage")]


def test_a_group_is_written_only_where_it_differs(server: SlackServer) -> None:
    for people in (["erin"], ["erin"], ["mia", "erin"], ["erin", "mia"]):
        chat(server).set_group("@sre-oncall", people)
    assert server.groups["sre-oncall"] == ["U0ERIN", "U0MIA"]
    assert len(server.requests("POST", "usergroups.users.update")) == 2
    chat(server).set_group("sres", ["erin"])
    assert server.groups == {"sre-oncall": ["U0ERIN"], "advocates": []}


@pytest.mark.parametrize(
    ("act", "problem", "remedy"),
    [
        (lambda c: c.tell("ian", "x", "k"), "nobody knows who @ian is", "`people.ian.chat`"),
        (lambda c: c.set_group("sres", ["ian"]), "who @ian is", "`people.ian.chat`"),
        (lambda c: c.set_group("@nobodies", ["mia"]), "no user group @nobodies", "`chat.groups`"),
        (
            lambda c: c.post("#lost", "x", "k"),
            "announcing in #lost failed: channel_not_found",
            "invite",
        ),
        (lambda c: c.post("#left", "x", "k"), "not_in_channel", "/invite @"),
        (lambda c: c.post("#old", "x", "k"), "is_archived", "un-archive"),
    ],
)
def test_what_a_person_must_mend_is_told(
    server: SlackServer, act: Callable[[SlackChat], None], problem: str, remedy: str
) -> None:
    server.channels += [
        Channel("C0LEFT", "left", member=False),
        Channel("C0OLD", "old", archived=True),
    ]
    with pytest.raises(ServiceError) as error:
        act(chat(server))
    assert problem in error.value.problem
    assert remedy in error.value.remedy
    assert server.posted == []


@pytest.mark.parametrize("scope", [s for s in SCOPES if "read" not in s and "history" not in s])
def test_a_missing_scope_is_named(server: SlackServer, scope: str) -> None:
    server.scopes.remove(scope)
    acts = {"chat:write": "post", "im:write": "tell", "usergroups:write": "set_group"}
    with pytest.raises(
        ServiceError, match=f"missing_scope: {scope}\n  give the app the scope {scope}"
    ):
        ACTS[acts[scope]](chat(server))


def test_a_wrong_token_and_none_at_all(server: SlackServer, tmp_path: Any) -> None:
    with pytest.raises(ServiceError, match="invalid_auth\n  set IMA_SLACK_TOKEN") as error:
        ACTS["post"](chat(server, "sekret-of-nobody"))
    assert "sekret" not in str(error.value)
    environment = {"IMA_SLACK_URL": f"{server.url}/api"}
    services = open_services(policy(POLICY), tmp_path, lambda: at(0), environment)
    with pytest.raises(ServiceError, match="IMA_SLACK_TOKEN is not set\n"):
        services.chat.post("#production", "x", KEY)
    environment["IMA_SLACK_TOKEN"] = TOKEN
    open_services(policy(POLICY), tmp_path, lambda: at(0), environment).chat.post(
        "general", "x", KEY
    )
    assert [each[0] for each in server.messages()] == ["general"]


FIRST = "C0000001:1770000000.000000"  # the first message
ACTS: dict[str, Callable[[SlackChat], Any]] = {
    "post": lambda chat: chat.post("C0000001", active_markup("group", "@advocates"), KEY),
    "update": lambda chat: chat.update("production", "x", KEY, FIRST),
    "reply": lambda chat: chat.reply("production", FIRST, "It is fast.", f"{KEY}:1"),
    "tell": lambda chat: chat.tell("mia", "hello", "k"),
    "set_group": lambda chat: chat.set_group("@sre-oncall", ["mia"]),
}
CALLS = [
    ("post", "conversations.history", True),
    ("post", "usergroups.list", True),
    ("post", "chat.postMessage", False),
    ("update", "chat.update", True),
    ("reply", "conversations.replies", True),
    ("reply", "chat.postMessage", False),
    ("tell", "conversations.open", True),
    ("tell", "chat.postMessage", False),
    ("set_group", "usergroups.list", True),
    ("set_group", "usergroups.users.list", True),
    ("set_group", "usergroups.users.update", True),
]
HOWS: list[tuple[Any, str]] = [
    (401, "401 Unauthorized (401 on demand)\n  check Slack's address"),
    (403, "403 Forbidden (403 on demand)\n  check Slack's address"),
    (404, "404 Not Found (404 on demand)\n  check Slack's address"),
    (429, "429 Too Many Requests (429 on demand)\n  too many requests: the rest waits"),
    (500, "500 Internal Server Error\n  Slack itself failed"),
    ("hang", "no answer from"),
    ("reset", "the connection to"),
    ("half", "the connection to"),
    ("html", "sent a web page instead of data\n  check Slack's address"),
    ("error", "500 Internal Server Error\n  Slack itself failed"),
]


@pytest.mark.parametrize(("how", "told"), HOWS, ids=[str(how) for how, _ in HOWS])
@pytest.mark.parametrize(("act", "call", "again"), CALLS)
def test_whatever_fails_is_told_in_two_lines_and_done_by_the_next_run(
    server: SlackServer, act: str, call: str, again: bool, how: Any, told: str
) -> None:
    chat(server).post("production", "It is slow.", "an older one")
    fault = server.fail("POST", f"/{call}$", how=how, times=TRIES)
    with pytest.raises(ServiceError) as error:
        ACTS[act](chat(server, timeout=0.2 if how == "hang" else 5))
    assert told in str(error.value)
    assert str(error.value).startswith("slack: ")
    assert len(str(error.value).splitlines()) == 2
    assert TOKEN not in str(error.value)
    repeated = how == 429 or (again and how in (500, "hang", "reset", "half", "error"))
    seen = 1 if how == "hang" and fault.seen else fault.seen  # a busy machine may not have sent it
    assert seen == (TRIES if repeated and how != "hang" else 1)
    server.faults.clear()
    ACTS[act](chat(server))
    texts = [text for _, text, _, _ in server.messages()]
    assert texts == {
        "post": ["It is slow.", "<!subteam^S0ADVOCATES>"],
        "update": ["x"],
    }.get(act, ["It is slow."])
    assert [text for _, text, _, _ in server.answered()] == ["It is fast."] * (act == "reply")
    assert len(server.direct()) == (0 if act != "tell" else 2 if (call, how) == TWICE else 1)
    assert server.groups["sre-oncall"] == (["U0MIA"] if act == "set_group" else [])


TWICE = ("chat.postMessage", "half")  # it was done: a chat may be told twice


def test_it_waits_as_long_as_slack_asks_but_not_longer_than_its_patience(
    server: SlackServer,
) -> None:
    slept: list[float] = []
    server.fail("POST", "chat.postMessage", how=429, retry_after=7)
    chat(server, sleep=slept.append).post("production", "x", KEY)
    server.fail("POST", "chat.postMessage", how=429, retry_after=30)
    with pytest.raises(ServiceError, match="429 Too Many Requests"):
        chat(server, sleep=slept.append).post("production", "x", KEY)
    assert slept == [7]


def test_a_redirect_does_not_take_the_token_along(server: SlackServer) -> None:
    from tests.counterparts.messages import Answer
    from tests.counterparts.small import SmallServer

    with SmallServer(
        lambda request: Answer(302, None, {"location": f"{server.url}/api/x"})
    ) as other:
        wire = SlackWire(lambda: TOKEN, other.url, sleep=lambda _: None)
        with pytest.raises(ServiceError, match="redirects to"):
            SlackChat(policy(POLICY), wire).post("production", "x", KEY)
    assert server.log == []


def test_what_people_see_is_what_was_said(server: SlackServer) -> None:
    chat(server).post("production", f"a <b> & {active_markup('link', 'https://a.example')}", KEY)
    assert seen(server.messages()[0][1]) == "a <b> & https://a.example"


def test_nobody_there_is_one_line_and_asked_once(server: SlackServer) -> None:
    asking = chat(server)
    server.stop()
    for act in ("tell", "set_group"):
        with pytest.raises(ServiceError, match=r"refuses the connection\n.*Slack is down"):
            ACTS[act](asking)
    with SlackServer(channels=["general", "production"]) as again:
        ACTS["tell"](chat(again))
        assert len(again.direct()) == 1
