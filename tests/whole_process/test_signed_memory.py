"""What IMA remembers is signed: what somebody edits, copies or forges does not count (SECURITY.md).

On the embedded tracker, with the command line, as a job runs it.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.cli import invoke
from automation.errors import ServiceError
from automation.model.issue import Comment, Draft, Issue
from automation.stored_state.card import short_digest
from automation.stored_state.dashboard import Dashboard, encode, read
from automation.stored_state.signatures import Keys, keys_of
from automation.text.escaping import mark, marker_in
from automation.trackers.github.tracker import GitHubTracker
from automation.trackers.gitlab.tracker import GitLabTracker
from automation.trackers.local.tracker import LocalTracker
from automation.trackers.signed_memory import SignedTracker
from automation.workspace.session import Session
from tests.counterparts.github import GitHubServer
from tests.counterparts.gitlab import GitLabServer
from tests.leaks import secret

KEY, OTHER = secret("a-key-that-is-long-enough-to-sign"), secret("another-key-of-the-same-length-x")
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POLICY = """\
version: 1
tracker: {kind: local, project: acme/production}
roles:
  eoc: {on_call: erin}
  imoc: {on_call: ian}
  cmoc: {on_call: cara}
  security: {on_call: sam}
since: 2026-03-02T00:00:00Z
"""
MINE = {"shifts": {"eoc": [["mallory", None]], "imoc": [["mallory", None]]}}
GRAVE = Draft("The site is down", "", ("Incident", "S1"))
MILD = Draft("Git is slow", "", ("Incident", "S3"))


@dataclass
class Said:
    code: int
    text: str


class Job:
    """Runs of one job; the key of the next run may be another."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys, self.now = folder, capsys, START
        self.environment = {"IMA_KEY": KEY}
        (folder / "policy.yml").write_text(POLICY, encoding="utf-8")

    def __call__(self, line: str = "apply") -> Said:
        self.now += timedelta(minutes=1)
        session = Session(
            lambda: self.now,
            "rita",
            folder=self.folder,
            environment=self.environment,
            by_example=True,
        )
        code = invoke(shlex.split(line), session)
        said = self._capsys.readouterr()
        return Said(code, said.out + said.err)

    @property
    def tracker(self) -> LocalTracker:
        """The tracker as it is, for looking at it and for people."""
        path = self.folder / ".ima" / "incidents.db"
        return LocalTracker(path, project="acme/production", clock=lambda: self.now)

    def issue(self, ref: str) -> Issue:
        return self.tracker.issues([ref])[0]

    def opens(self, draft: Draft = GRAVE) -> None:
        self.now += timedelta(minutes=1)
        self.tracker.acting("rita").open(draft)

    def sent(self) -> list[dict[str, Any]]:
        path = self.folder / ".ima" / "outbox.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def count(self) -> int:
        """Everything that left the issues, but what is told of findings."""
        return sum(" findings " not in str(each.get("key")) for each in self.sent())

    def card(self, ref: str = "#1") -> Comment:
        (card,) = [c for c in self.issue(ref).comments if "<!-- ima:card " in c.body]
        return card

    def memory(self) -> Comment:
        """The comment in which the dashboard's facts stand."""
        (memory,) = [c for c in self.issue("#0").comments if "<!-- ima:memory " in c.body]
        return memory

    def edits(self, ref: str, comment: Comment, body: str) -> None:
        """A maintainer edits a comment of IMA's."""
        self.now += timedelta(minutes=1)
        self.tracker.acting("mallory").edit_comment(ref, comment.id, body)


@pytest.fixture
def job(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Job:
    for name in ("CI", "TRIGGER_PAYLOAD", "GITHUB_EVENT_PATH", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    made = Job(tmp_path, capsys)
    made("check")
    made("board")
    return made


def changed(body: str, kind: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> str:
    """What somebody makes of a marker who knows its form, its check sum, too, but no key."""
    data = marker_in(kind, body)
    assert data is not None
    data = change({name: value for name, value in data.items() if name != "sum"})
    whole = {name: value for name, value in data.items() if name != "signed"}
    data |= {"sum": short_digest(whole)}
    return f"Words for people.\n\n{mark(kind, data)}\n"


def forgotten(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"facts": [], "said": []}


def resolved(data: dict[str, Any]) -> dict[str, Any]:
    """As if the owner had ended it."""
    end = {"kind": "resolved", "at": START.isoformat(), "by": "erin"}
    return data | {"facts": [*data["facts"], end]}


@pytest.mark.parametrize("change", [forgotten, resolved])
def test_a_card_that_somebody_edited_does_not_count_and_is_told_once(
    job: Job, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    job.opens()
    assert job().code == 0
    before, sent = job.card(), job.count()
    job.edits("#1", before, changed(before.body, "card", change))
    told = job()
    assert told.code == 1, "somebody must know"
    assert "#1: the card was edited or copied by somebody" in told.text
    assert not job.issue("#1").closed
    assert job.count() == sent, "nothing leaves the issue a second time"
    assert job.card().id == before.id, "it is built anew in its place"
    quiet = job()
    assert (quiet.code, "edited or copied" in quiet.text) == (0, False)
    assert job.count() == sent


def test_a_card_of_one_issue_does_not_count_on_another(job: Job) -> None:
    job.opens(MILD)
    job()
    job.now += timedelta(minutes=1)
    job.tracker.acting("erin").comment("#1", "/ima resolve it is over")
    job()
    assert job.issue("#1").closed
    job.opens()
    job()
    sent = job.count()
    job.edits("#2", job.card("#2"), job.card("#1").body)
    assert "#2: the card was edited or copied by somebody" in job().text
    assert not job.issue("#2").closed
    assert job.count() == sent


def test_what_is_forged_in_another_comment_of_ours_does_not_count(job: Job) -> None:
    job.opens()
    job()
    card = job.card()
    other = next(c for c in job.issue("#1").comments if c.id != card.id)
    job.edits("#1", other, changed(card.body, "card", resolved))
    sent = job.count()
    told = job()
    assert f"#1: comment {other.id} of IMA's was edited or copied" in told.text
    assert not job.issue("#1").closed
    assert (job().code, job.count()) == (0, sent)
    assert card.body == next(c for c in job.issue("#1").comments if c.id == card.id).body


def test_a_forged_shift_gives_no_right(job: Job) -> None:
    job.opens()
    job()
    memory = job.memory()
    job.edits("#0", memory, changed(memory.body, "memory", lambda data: data | MINE))
    job.tracker.acting("mallory").comment("#1", "/ima publish All is lost")
    sent = job.count()
    told = job()
    assert told.code == 1
    assert "#0: the dashboard was edited or copied by somebody" in told.text
    assert job.count() == sent
    assert "mallory" not in job("board").text
    assert (job().code, job.count()) == (0, sent)


def test_the_words_of_a_former_account_count_as_ours(job: Job) -> None:
    job.opens()
    job()
    sent, card = job.count(), job.card()
    policy = POLICY.replace("roles:", "accounts: [ima]\nroles:")
    (job.folder / "policy.yml").write_text(policy, encoding="utf-8")
    path = job.folder / ".ima" / "incidents.db"
    for _ in range(2):
        job.now += timedelta(minutes=1)
        session = Session(
            lambda: job.now, "rita", folder=job.folder, environment=job.environment, by_example=True
        )
        session.__dict__["local"] = LocalTracker(
            path, project="acme/production", clock=lambda: job.now, account="ima-2"
        )
        assert invoke(["apply"], session) == 0
    assert job.count() == sent
    assert job.card().id == card.id


def test_with_a_wrong_key_nothing_outward_happens_and_the_run_fails(job: Job) -> None:
    job.opens()
    job()
    sent, board = job.count(), job.issue("#0")
    job.opens(replace(GRAVE, title="Git is down"))
    job.environment = {"IMA_KEY": OTHER}
    wrong = job()
    assert wrong.code == 1
    assert "signed with another key than IMA_KEY" in wrong.text
    assert "IMA_KEY_OLD" in wrong.text
    assert KEY not in wrong.text
    assert OTHER not in wrong.text
    assert job.count() == sent
    assert job.issue("#0") == board
    assert not job.issue("#2").comments
    job.environment = {"IMA_KEY": KEY}
    assert job().code == 0
    assert job.count() > sent


def ends(job: Job, ref: str) -> None:
    """Whoever is on call ends it: nothing that is signed stands on an open issue."""
    job.now += timedelta(minutes=1)
    job.tracker.acting("erin").comment(ref, "/ima resolve it is over")
    job()
    assert job.issue(ref).closed


def invented(data: dict[str, Any]) -> dict[str, Any]:
    """As if another key had signed it."""
    return data | {"signed": {**data["signed"], "key": "0badc0de"}}


def unsigned(data: dict[str, Any]) -> dict[str, Any]:
    """As if it were of the time before the key, and the forger on call."""
    shifts = {"shifts": {"eoc": [["mallory", None]], "imoc": [["mallory", None]]}}
    return {name: value for name, value in data.items() if name != "signed"} | shifts


@pytest.mark.parametrize("change", [invented, unsigned])
def test_an_edit_of_the_dashboard_alone_stops_no_run(
    job: Job, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    job.opens(MILD)
    job()
    ends(job, "#1")
    memory = job.memory()
    job.edits("#0", memory, changed(memory.body, "memory", change))
    job.opens()
    told = job()
    assert "another key" not in told.text
    assert any("The site is down" in str(each) for each in job.sent()), "people are called"
    assert told.code == 1, "somebody must know"
    assert "#0: the dashboard was edited or copied by somebody" in told.text
    assert "mallory" not in job("board").text
    quiet = job()
    assert (quiet.code, "edited or copied" in quiet.text) == (0, False)


def test_an_edit_of_each_text_that_may_be_edited_stops_no_run(job: Job) -> None:
    job.opens()
    job()
    sent = job.count()
    for ref in ("#0", "#1"):
        job.now += timedelta(minutes=1)
        issue = job.issue(ref)
        for comment in issue.comments:
            if "<!-- ima:" in comment.body:
                body = comment.body.replace('"key":"', '"key":"0')
                assert body != comment.body
                job.edits(ref, comment, body)
        if "<!-- ima:" in issue.body:
            job.tracker.acting("mallory").edit(ref, body=issue.body.replace('"key":"', '"key":"0'))
    told = job()
    assert "another key" not in told.text
    assert "#0: the dashboard was edited or copied by somebody" in told.text
    assert "#1: the card was edited or copied by somebody" in told.text
    assert not job.issue("#1").closed
    assert job.count() == sent
    job.opens(replace(GRAVE, title="Git is down"))
    assert job().code == 0
    assert job.count() > sent


def test_a_wrong_key_is_found_where_no_incident_is_open(job: Job) -> None:
    job.opens()
    job()
    ends(job, "#1")
    board = job.issue("#0")
    job.environment = {"IMA_KEY": OTHER}
    wrong = job()
    assert (wrong.code, "signed with another key than IMA_KEY" in wrong.text) == (1, True)
    assert job.issue("#0") == board


@pytest.mark.parametrize(
    "line",
    [
        'declare "Git is down" --severity S1',
        'report "Git is down"',
        'maintenance "Switches" --from "2026-03-20 22:00" --to 23:30',
        'drill "Data centre lost"',
    ],
)
def test_with_a_wrong_key_no_command_opens_anything(job: Job, line: str) -> None:
    job.opens()
    job()
    sent, there = job.sent(), job.tracker.issues()
    job.environment = {"IMA_KEY": OTHER}
    wrong = job(line)
    assert (wrong.code, "signed with another key than IMA_KEY" in wrong.text) == (1, True)
    assert job.sent() == sent
    assert job.tracker.issues() == there


def test_a_wrong_key_is_found_where_ima_itself_has_edited_each_comment(job: Job) -> None:
    job.opens()
    job()
    for ref in ("#0", "#1"):
        for comment in job.issue(ref).comments:
            job.now += timedelta(minutes=1)
            job.tracker.edit_comment(ref, comment.id, comment.body + "\n")
    sent, board = job.sent(), job.issue("#0")
    job.opens(replace(GRAVE, title="Git is down"))
    job.environment = {"IMA_KEY": OTHER}
    wrong = job()
    assert (wrong.code, "signed with another key than IMA_KEY" in wrong.text) == (1, True)
    assert job.sent() == sent
    assert job.issue("#0") == board


def test_a_key_that_is_rotated_changes_nothing(job: Job) -> None:
    job.opens()
    job()
    sent = job.count()
    job.environment = {"IMA_KEY": OTHER, "IMA_KEY_OLD": f"{'x' * 40} {KEY}"}
    for _ in range(2):
        assert (job().code, job.count()) == (0, sent)
    job.opens(replace(GRAVE, title="Git is down"))
    assert job().code == 0


def test_a_key_that_was_lost_is_replaced_and_nothing_is_done_twice(job: Job) -> None:
    job.opens()
    job()
    sent = job.count()
    job.environment = {"IMA_KEY": OTHER, "IMA_KEY_OLD": "lost"}
    for _ in range(2):
        assert (job().code, job.count()) == (0, sent)
    card = job.card()
    job.edits("#1", card, changed(card.body, "card", resolved))
    assert "edited or copied" in job().text
    assert not job.issue("#1").closed


def test_the_key_that_was_lost_is_a_wrong_one_once_another_has_taken_over(job: Job) -> None:
    job.opens()
    job()
    job.environment = {"IMA_KEY": OTHER, "IMA_KEY_OLD": "lost"}
    assert job().code == 0
    sent, board, card = job.sent(), job.issue("#0"), job.card()
    job.environment = {"IMA_KEY": KEY}
    wrong = job()
    assert (wrong.code, "signed with another key than IMA_KEY" in wrong.text) == (1, True)
    assert (job.sent(), job.issue("#0"), job.card()) == (sent, board, card)
    job.environment = {"IMA_KEY": OTHER, "IMA_KEY_OLD": KEY}
    assert (job().code, job.sent()) == (0, sent)


def test_a_key_that_comes_later_takes_over_what_there_is_once(job: Job) -> None:
    job.environment = {}
    job.opens()
    job()
    sent = job.count()
    job.environment = {"IMA_KEY": KEY}
    for _ in range(2):
        assert (job().code, job.count()) == (0, sent)
    card = job.card()
    job.edits("#1", card, changed(card.body, "card", resolved))
    told = job()
    assert "edited or copied" in told.text
    assert not job.issue("#1").closed
    assert job.count() == sent


def test_where_the_key_is_gone_memory_counts_as_before_and_it_is_told(job: Job) -> None:
    job.opens()
    job()
    sent = job.count()
    job.environment = {}
    told = job()
    assert "IMA_KEY" in told.text
    assert (told.code, job.count()) == (1, sent)
    job.environment = {"IMA_KEY": KEY}
    job()
    assert job.count() == sent
    assert (job().code, job.count()) == (0, sent)


@pytest.mark.parametrize("in_a_job", [False, True])
def test_whoever_looks_without_the_key_has_nothing_to_do(job: Job, in_a_job: bool) -> None:
    """The jobs have it, and a person is not to have it; a job that has none is told."""
    job.opens()
    job()
    job.environment = {"CI": "true"} if in_a_job else {}
    looked = job("plan")
    assert looked.code == 0
    assert ("the key stays with the jobs" in looked.text) is not in_a_job
    assert ("give the key to the jobs" in looked.text) is in_a_job
    assert ("for a person" in looked.text) is in_a_job


@pytest.mark.parametrize("key", ["short", "x" * 31, "two words that are long enough as one"])
def test_a_key_that_is_none_is_refused_and_not_printed(job: Job, key: str) -> None:
    job.opens()
    job.environment = {"IMA_KEY": key}
    said = job()
    assert said.code == 2
    assert "IMA_KEY: this is no key" in said.text
    assert key not in said.text
    assert job.count() == 0


def test_a_shift_in_the_description_gives_no_right_without_a_key_either(job: Job) -> None:
    job.environment = {}
    job.opens()
    job()
    body = changed(job.memory().body, "memory", lambda data: data | MINE)
    job.now += timedelta(minutes=1)
    mallory = job.tracker.acting("mallory")
    mallory.edit("#0", body=body.replace("ima:memory", "ima:dashboard"))
    mallory.comment("#1", "/ima publish All is lost")
    sent = job.count()
    job()
    assert job.count() == sent
    assert "mallory" not in job("board").text
    assert "mallory" not in job.issue("#0").body, "the page is written anew"


OVER = {"from": "2026-03-02T11:00:00+00:00", "to": "2026-03-02T11:30:00+00:00"}
NO_CALL = {"wanted": {"page:imoc": False, "announcement": False}}


@pytest.mark.parametrize("key", ["", KEY], ids=["without a key", "with a key"])
@pytest.mark.parametrize("forged", [OVER, NO_CALL], ids=["over", "no call"])
@pytest.mark.parametrize("opened", ["by IMA", "by a person"])
def test_what_an_issue_was_opened_with_stands_on_its_card(
    job: Job, key: str, forged: dict[str, Any], opened: str
) -> None:
    """Whoever may edit the description ends nothing by it, calls nobody off and is nobody else."""
    job.environment = {"IMA_KEY": key} if key else {}
    if opened == "by IMA":
        declared = mark("declared", {"by": "rita", "origin": "declare", "wanted": {}})
        job.tracker.open(replace(MILD, body=f"Text.\n\n{declared}\n"))
    else:
        job.tracker.acting("rita").open(MILD)
    job()
    body = job.issue("#1").body
    if "<!-- ima:declared " in body:
        body = changed(body, "declared", lambda data: data | forged)
    else:
        body += "\n\n" + mark("declared", {"by": "rita", "origin": "declare"} | forged)
    job.tracker.acting("mallory").edit("#1", body=body)
    job.tracker.acting("erin").comment("#1", "/ima severity S1")
    job()
    job()
    assert not job.issue("#1").closed
    assert "imoc" in [line.get("role") for line in job.sent()], "the incident goes on"
    assert "announcement" in [line["kind"] for line in job.sent()]


@pytest.mark.parametrize("key", ["", KEY], ids=["without a key", "with a key"])
def test_nobody_stops_an_incident_by_saying_that_it_is_only_half_carried_over(
    job: Job, key: str
) -> None:
    job.environment = {"IMA_KEY": key} if key else {}
    job.tracker.open(MILD)
    job()
    body = job.issue("#1").body + "\n\n" + mark("replayed", {"from": "a", "ref": "#1"})
    job.tracker.acting("mallory").edit("#1", body=body)
    job.tracker.acting("erin").comment("#1", "/ima severity S1")
    job()
    assert "imoc" in [line.get("role") for line in job.sent()], "the incident goes on"


def test_what_an_older_ima_left_in_the_description_is_taken_over_once(job: Job) -> None:
    job.environment = {}
    job.opens()
    job()
    sent, memory = job.count(), job.memory()
    job.tracker.edit("#0", body=memory.body.replace("ima:memory", "ima:dashboard"))
    job.tracker.edit_comment("#0", memory.id, "gone")
    for _ in range(2):
        assert (job().code, job.count()) == (0, sent)
    assert job.memory().id != memory.id
    assert marker_in("memory", job.memory().body)["shifts"]["eoc"][0][0] == "erin"  # type: ignore[index]


def test_a_page_that_was_copied_onto_another_issue_is_no_dashboard() -> None:
    keys, texts = keys_of("acme/production", KEY, ""), encode(Dashboard(handed="erin"), "page")
    with GitLabServer() as server:

        def on_gitlab() -> SignedTracker:
            tracker = GitLabTracker("acme/production", url=server.url, token="t-ima")
            return SignedTracker(tracker, keys, lambda: START)

        ima = on_gitlab()
        other = ima.open(Draft("What IMA wrote about something else"))
        board = ima.open(Draft("IMA dashboard", texts.page, dashboard=True))
        ima.comment(board, texts.memory)
        ima.edit(board, body=texts.page)
        signed = server.issue(int(board[1:]))["description"]
        server.people.update("erin", int(other[1:]), description=signed)
        found = on_gitlab().dashboard()
    assert found is not None
    assert (found.ref, found.distrusted) == (board, ())
    assert read(found) == Dashboard(board, handed="erin", comment=found.comments[0].id)


def test_an_older_card_that_somebody_puts_back_does_not_count(job: Job) -> None:
    job.opens()
    job()
    old = job.card()
    job.now += timedelta(minutes=5)
    job.tracker.acting("erin").comment("#1", "/ima severity S2")
    job()
    assert job.card().body != old.body
    sent = job.count()
    job.edits("#1", old, old.body)
    told = job()
    assert "#1: the card was edited or copied by somebody" in told.text
    assert job.count() == sent, "nothing leaves the issue a second time"
    assert (job().code, job.count()) == (0, sent)


def test_an_older_memory_of_the_dashboard_that_somebody_puts_back_does_not_count(job: Job) -> None:
    job.opens(MILD)
    job()
    old = job.memory()
    job.opens(replace(MILD, title="Pages are slow"))
    job()
    assert job.memory().body != old.body
    sent = job.count()
    job.now += timedelta(minutes=1)
    job.edits("#0", old, old.body)
    told = job()
    assert "#0: the dashboard was edited or copied by somebody" in told.text
    assert job.count() == sent
    assert (job().code, job.count()) == (0, sent)


def test_where_nobody_tells_who_edited_a_later_comment_of_ours_tells_an_older_card() -> None:
    keys = keys_of("acme/production", KEY, "")
    with GitLabServer() as server:

        def on_gitlab() -> SignedTracker:
            tracker = GitLabTracker("acme/production", url=server.url, token="t-ima")
            return SignedTracker(tracker, keys, lambda: START)

        iid = server.people.open("rita", "The site is down")
        ima, ref = on_gitlab(), f"#{iid}"
        ima.issues([ref])
        card = ima.comment(ref, mark("card", {"v": 1}))
        ima.comment(ref, mark("said", {"keys": ["a"]}))  # a run that ends here leaves no doubt
        old = server.notes(iid)[0]["body"]
        assert on_gitlab().issues([ref])[0].distrusted == ()
        ima.edit_comment(ref, card, mark("card", {"v": 2}))
        ima.comment(ref, mark("said", {"keys": ["b"]}))
        assert on_gitlab().issues([ref])[0].distrusted == ()
        server.people.edit_comment("ima", iid, int(card), old)
        assert on_gitlab().issues([ref])[0].distrusted == ("card",)


def test_github_tells_who_edited_a_card() -> None:
    keys, now = keys_of("acme/production", KEY, ""), [START]
    with GitHubServer(clock=lambda: now[0]) as server:

        def on_github() -> SignedTracker:
            tracker = GitHubTracker("acme/production", url=server.url, token="t-ima")
            return SignedTracker(tracker, keys, lambda: now[0])

        number = server.people.open("rita", "The site is down")
        ima, ref = on_github(), f"#{number}"
        card = ima.comment(ref, mark("card", {"v": 1}))
        old = server.people.comments(number)[0]["body"]
        for who, lost in (("ima", ()), ("erin", ("card",))):
            now[0] += timedelta(minutes=5)
            server.people.edit_comment("erin", int(card), "something else")
            server.people.edit_comment(who, int(card), old)
            assert on_github().issues([ref])[0].distrusted == lost


@pytest.mark.parametrize("minutes", [-5, 5], ids=["before the key", "since then"])
def test_github_tells_when_a_description_was_edited(minutes: int) -> None:
    """What IMA wrote before it had a key counts, and what somebody made of it since then does
    not."""
    now = [START]
    with GitHubServer(clock=lambda: now[0]) as server:

        def on_github(keys: Keys) -> SignedTracker:
            tracker = GitHubTracker("acme/production", url=server.url, token="t-ima")
            return SignedTracker(tracker, keys, lambda: now[0])

        body = f"It is down.\n\n{mark('alert', {'key': 'x', 'names': ['Down']})}\n"
        ref, keys = on_github(Keys()).open(Draft("Down", body)), keys_of("acme/production", KEY, "")

        def sign() -> None:
            board = on_github(keys).open(Draft("IMA dashboard", texts.page, dashboard=True))
            on_github(keys).comment(board, texts.memory)
            on_github(keys).edit(board, body=texts.page)

        def edit() -> None:
            server.people.change("erin", int(ref[1:]), body=body.replace("Down", "Up"))

        texts = encode(Dashboard(handed="erin"), "page")
        for do in (sign, edit) if minutes > 0 else (edit, sign):
            now[0] += timedelta(minutes=5)
            do()
        (read,) = on_github(keys).issues([ref])
    assert read.distrusted == (("description",) if minutes > 0 else ())


def test_who_copies_the_signed_dashboard_is_no_account_of_ours() -> None:
    keys = keys_of("acme/production", KEY, "")
    texts = encode(Dashboard(handed="erin"), "page")
    with GitLabServer() as server:

        def on_gitlab(token: str) -> SignedTracker:
            tracker = GitLabTracker("acme/production", url=server.url, token=token)
            return SignedTracker(tracker, keys, lambda: START)

        ima = on_gitlab("t-ima")
        board = ima.open(Draft("IMA dashboard", texts.page, dashboard=True))
        ima.comment(board, texts.memory)
        ima.edit(board, body=texts.page)
        iid = int(board[1:])
        page, memory = server.issue(iid)["description"], server.notes(iid)[0]["body"]
        for copied in (server.people.open("mia", "IMA dashboard", description=page), iid):
            server.people.comment("mia", copied, memory)
            server.people.comment("mia", copied, page)
        another = on_gitlab("t-rita")
        found = another.dashboard()
        said = another.issues([board])[0].comments
    assert found is not None
    assert (found.ref, found.distrusted) == (board, ())
    assert [one.author for one in said] == ["rita", "mia", "mia"], "and not ours"


def test_on_a_forge_a_wrong_key_opens_nothing_and_a_person_is_no_account_of_ours() -> None:
    keys, other = (keys_of("acme/production", key, "") for key in (KEY, OTHER))
    with GitLabServer() as server:

        def on_gitlab(token: str, keys: Keys, *people: str) -> SignedTracker:
            tracker = GitLabTracker("acme/production", url=server.url, token=token)
            return SignedTracker(tracker, keys, lambda: START, people=people)

        texts, mia = encode(Dashboard(handed="erin"), "page"), on_gitlab("t-mia", keys)
        board = mia.open(Draft("IMA dashboard", texts.page, dashboard=True))
        mia.comment(board, texts.memory)
        mia.edit(board, body=texts.page)
        found = on_gitlab("t-ima", keys).dashboard()
        assert found
        assert found.author == "ima", "who was Mia before"
        assert on_gitlab("t-ima", keys, "Mia").dashboard() is None, "she works on incidents"
        with pytest.raises(ServiceError, match="signed with another key"):
            on_gitlab("t-mia", other).open(Draft("Git is down"))
        assert len(server.world.project().issues) == 1


def test_one_wrong_row_does_not_stop_the_search_for_the_dashboard_of_another_account() -> None:
    keys = keys_of("acme/production", KEY, "")
    with GitLabServer() as server:
        server.people.open("rita", "Git is slow")
        server.fail("GET", "/issues", how="lie", lie=lambda rows: [None, *rows], times=9)
        tracker = GitLabTracker("acme/production", url=server.url, token="t-ima")
        ima = SignedTracker(tracker, keys, lambda: START)
        assert ima._tracker.dashboard_of_another(ima._is_signed) is None


def test_gitlab_tells_who_edited_a_comment() -> None:
    keys, now = keys_of("acme/production", KEY, ""), [START]
    with GitLabServer(clock=lambda: now[0]) as server:
        server.people.role("erin", "maintainer")

        def on_gitlab() -> SignedTracker:
            tracker = GitLabTracker("acme/production", url=server.url, token="t-ima")
            return SignedTracker(tracker, keys, lambda: now[0])

        iid = server.people.open("rita", "The site is down")
        ima, ref = on_gitlab(), f"#{iid}"
        card = ima.comment(ref, mark("card", {"v": 1}))
        board = ima.open(Draft("IMA dashboard", encode(Dashboard(), "page").page, dashboard=True))
        memory = ima.comment(board, encode(Dashboard(handed="erin"), "page").memory)
        places = ((iid, card), (int(board[1:]), memory))
        old = {made: server.notes(at)[0]["body"] for at, made in places}
        for who, card_lost, board_lost in (
            ("ima", (), ()), ("erin", ("card",), ("dashboard",)), ("ima", (), ()),
        ):  # fmt: skip
            now[0] += timedelta(minutes=5)
            for at, made in places:
                server.people.edit_comment("erin", at, int(made), "something else")
                server.people.edit_comment(who, at, int(made), old[made])
            assert on_gitlab().issues([ref])[0].distrusted == card_lost
            found = on_gitlab().dashboard()
            assert found
            assert found.distrusted == board_lost


def test_a_signature_that_cannot_be_reckoned_stops_no_run(job: Job) -> None:
    job.opens(MILD)
    job()
    key = keys_of("acme/production", KEY, "").now
    assert key is not None
    forged = mark("card", {"signed": {"key": key.name, "mac": "\ud800"}})
    job.edits("#1", job.card(), f"Words for people.\n\n{forged}\n")
    job.opens()
    assert "acme/production#1" in job().text
    assert any("#2:imoc" in str(each.get("key")) for each in job.sent())
