"""What ima asks of GitLab: counts, which no busy machine changes. Times are for `make bench`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.planning.sweep_state import Cache, KnownIssue
from automation.policy.policy import Policy
from automation.schema.yaml_nodes import parse
from automation.workspace.session import Session
from tests.counterparts.gitlab import GitLabServer

POLICY = """
version: 1
tracker: {{kind: gitlab, project: acme/production, url: "{url}"}}
roles: {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}}}}
since: 2026-01-01T00:00:00Z
"""
RULE = """
  - name: after-{hours}-hours
    why: It takes long.
    when: {{severity: [S1, S2, S3], state: Investigating, for: {hours}h}}
    engage: {{role: imoc}}
"""
AS_WRITTEN = ["Incident", "S3", "State::Investigating", "Status::Operational"]
HOUR = timedelta(hours=1)
MEMORY = "GET /issues/2/notes/3"  # the comment in which the dashboard's facts stand


class Team:
    """People, ima and GitLab, all at one time that stands still unless it is moved."""

    def __init__(self, server: GitLabServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.now = datetime.now(UTC).replace(microsecond=0)
        server.clock = lambda: self.now
        self.text = POLICY.format(url=server.url)
        (folder / "policy.yml").write_text(self.text, "utf-8")

    def session(self, policy: Policy | None = None) -> Session:
        job = {"IMA_GITLAB_TOKEN": "t-ima", "CI": "true"}
        session = Session(
            lambda: self.now, "rita", folder=self.folder, environment=job, by_example=True
        )
        if policy:
            session.__dict__["policy"] = policy
        return session

    def ima(self, *words: str) -> list[str]:
        """Run a command as a new process would, and return what it asked for."""
        self.server.forget()
        assert invoke([*words], self.session()) == 0
        return self.asked()

    def asked(self) -> list[str]:
        start = len("/projects/acme%2Fproduction")
        return [
            f"{each.method} {each.path[start:] if each.path.startswith('/p') else each.path}"
            for each in self.server.log
        ]

    def opens(self, severity: str = "S3") -> int:
        return self.server.people.open("rita", "API errors", labels=["Incident", severity])

    def settled(self, severity: str = "S3") -> int:
        """An incident with nothing left to do, and a dashboard; the time is a little later."""
        iid = self.opens(severity)
        self.ima("apply", "--issue", str(iid))
        self.ima("apply", "--issue", str(iid))
        self.now += timedelta(minutes=2)
        return iid

    def many(self, count: int) -> None:
        """So many other issues of the project, which IMA tracks."""
        row = {"title": "Slow", "author": "rita", "labels": AS_WRITTEN, "assignees": ["erin"]}
        self.server.seed_issues({**row, "created_at": self.now - HOUR} for _ in range(count))

    def remember(self, age: timedelta = timedelta(), policy: Policy | None = None) -> None:
        """Leave the cache of a run that listed all that is there, ``age`` ago."""
        session = self.session(policy)
        heads = session.tracker.heads()
        known = {head.ref: KnownIssue(head.updated_at, active=True) for head in heads}
        duties = session.services.pager.on_call(self.now)
        people = {role: duty.person if duty else None for role, duty in duties.items()}
        names = session.policy.project, session.policy.digest
        seen = max(head.updated_at for head in heads)
        session.tracker.dashboard()
        assert session.tracker.can.one_assignee
        session.tracker.outsiders(["rita"])
        assert session.run.cache
        session.run.cache.write(Cache(*names, self.now - age, seen, people, known))
        session.tracker.close()


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with GitLabServer() as server:
        yield Team(server, tmp_path)
        assert server.violations == []


@pytest.mark.parametrize("count", [3, 300])
def test_a_quiet_sweep_costs_the_same_whatever_is_tracked(team: Team, count: int) -> None:
    team.settled()
    team.many(count)
    team.remember()
    assert team.ima("apply") == [MEMORY, "GET /issues"]  # the dashboard, what moved


def test_a_quiet_sweep_costs_the_same_while_people_are_called_and_react(team: Team) -> None:
    iid = team.settled("S1")
    team.remember()
    quiet = team.ima("apply")
    assert quiet == [MEMORY.replace("/3", "/4"), "GET /issues"]
    calls = [note["id"] for note in team.server.notes(iid) if "@erin" in note["body"]]
    team.server.people.react("erin", iid, calls[-1], "thumbsup")
    team.remember()
    assert team.ima("apply") == quiet
    team.server.people.comment("rita", iid, "looking at the graphs")
    asked = team.ima("apply")
    assert asked.count(f"GET /issues/{iid}/notes/{calls[-1]}/award_emoji") == 1
    team.server.people.comment("rita", iid, "still looking")
    assert team.session().run.plan().world[f"#{iid}"].is_here("erin")


def test_a_preview_by_two_policies_asks_what_one_full_sweep_does(team: Team) -> None:
    team.settled("S1")
    team.many(20)
    team.server.people.comment("erin", 1, "looking")
    proposal = team.folder / "then"
    proposal.mkdir()
    (proposal / "policy.yml").write_text(f"{team.text}rules:{RULE.format(hours=1)}", "utf-8")
    sweep = team.ima("plan")
    assert len(sweep) > 20
    asked = team.ima("preview", "--base", ".", "--head", "then")
    assert sorted(asked) == sorted(sweep)


def test_of_several_events_that_wait_one_pass_does_the_work(team: Team) -> None:
    one, two = team.settled(), team.settled()
    team.ima("apply")
    team.now += timedelta(minutes=10)
    team.server.people.comment("rita", one, "looking at the graphs")
    team.now += timedelta(seconds=30)
    team.server.people.comment("erin", one, "/ima severity S2")  # no list shows that it moved
    team.server.people.comment("erin", two, "/ima severity S2")
    hook = {"object_kind": "note", "issue": {"iid": one}}
    hook["object_attributes"] = {"noteable_type": "Issue"}
    (team.folder / "hook.json").write_text(json.dumps(hook), "utf-8")
    team.ima("apply", "--event", "hook.json", "--catch-up")
    for iid in (one, two):
        assert "S2" in team.server.issue(iid)["labels"]
    cache = json.loads((team.folder / ".ima" / "cache.json").read_text("utf-8"))
    assert datetime.fromisoformat(cache["sweep"]["began"]) == team.now


def test_a_project_with_a_past_is_adopted_for_a_request_for_a_hundred_issues(team: Team) -> None:
    old = {"title": "Slow", "author": "rita", "labels": ["Incident", "S2"], "assignees": ["erin"],
           "comments": [{"author": "erin", "body": "looking"}]}  # fmt: skip
    team.server.seed_issues({**old, "created_at": team.now - n * HOUR} for n in range(450, 0, -1))
    since = f"since: {team.now:%Y-%m-%dT%H:%M:%SZ}"
    text = team.text.replace("since: 2026-01-01T00:00:00Z", since)
    (team.folder / "policy.yml").write_text(text, "utf-8")
    team.now += timedelta(minutes=5)
    asked = team.ima("apply")
    assert {each for each in asked if not each.startswith("GET")} == set()
    assert len(asked) <= 5 + 5, asked
    assert len(team.ima("apply")) <= 2
    team.server.people.comment("erin", 7, "/ima adopt")
    team.now += timedelta(minutes=5)
    team.ima("apply")
    assert "State::Investigating" in team.server.issue(7)["labels"]
    team.now += 2 * HOUR
    team.ima("apply")
    assert "#8" in team.server.issue(451)["description"], "the dashboard lists what is left alone"


def test_a_full_sweep_costs_a_request_for_a_hundred_issues(team: Team) -> None:
    team.settled()
    team.many(250)
    team.remember(2 * HOUR)
    # the dashboard, three pages, what is closed; and once an hour the tier
    assert team.ima("apply") == [MEMORY, *["GET /issues"] * 4, "GET "]
    assert team.ima("apply") == [MEMORY, "GET /issues"]


@pytest.mark.parametrize("changed", [1, 4])
def test_a_changed_issue_costs_three_reads(team: Team, changed: int) -> None:
    iids = [team.settled() for _ in range(changed)]
    team.remember()
    for iid in iids:
        team.server.people.comment("rita", iid, "looking at the graphs")
    asked = team.ima("apply")
    assert asked.count("GET /issues") == 2
    assert asked[0].startswith("GET /issues/2/notes/")
    lists = ("notes", "resource_label_events", "resource_state_events")
    details = [f"GET /issues/{iid}/{what}" for iid in iids for what in lists]
    assert sorted(set(asked[1:]) - {"GET /issues"}) == sorted(details)
    assert len(asked) == 3 + len(details)


def test_what_is_written_where_an_s1_opens(team: Team) -> None:
    team.settled()
    team.remember()
    iid = team.opens("S1")
    asked = team.ima("apply")
    card = team.server.notes(iid)[0]["id"]
    assert [each for each in asked if not each.startswith("GET")] == [
        f"POST /issues/{iid}/notes",  # what is about to leave
        f"PUT /issues/{iid}",
        f"POST /issues/{iid}/notes",  # who is called
        f"PUT /issues/{iid}/notes/{card}",
        MEMORY.replace("GET", "PUT"),
        "PUT /issues/2",  # the dashboard
    ]
    reads = [each for each in asked if each.startswith("GET")]
    assert len(reads) == 3 + 3, reads


def test_a_label_taken_off_is_one_write(team: Team) -> None:
    team.ima("labels", "sync")  # else the ids of those that IMA makes are learnt now
    iid = team.settled()
    team.remember(2 * HOUR)
    team.server.people.unlabel("rita", iid, "Status::Operational")
    asked = team.ima("apply")
    assert [each for each in asked if not each.startswith("GET")] == [f"PUT /issues/{iid}"]


@pytest.mark.parametrize(("severity", "most"), [("S3", 9), ("S1", 11)])
def test_an_event_costs_few_requests(team: Team, severity: str, most: int) -> None:
    team.settled()
    team.many(300)
    team.remember()
    iid = team.opens(severity)
    hook = {"object_kind": "issue", "object_attributes": {"iid": iid}}
    (team.folder / "hook.json").write_text(json.dumps(hook), "utf-8")
    asked = team.ima("apply", "--event", "hook.json")
    assert f"PUT /issues/{iid}" in asked
    assert len(asked) <= most, asked
    assert len(team.ima("apply", "--event", "hook.json")) <= 5


@pytest.mark.parametrize("seconds", [1, 30, 59, 61])
def test_a_command_is_obeyed_however_soon_after_the_last_change_it_was_typed(
    team: Team, seconds: int
) -> None:
    iid = team.settled()
    team.now += timedelta(minutes=10)
    team.server.people.comment("rita", iid, "looking at the graphs")
    team.ima("apply")
    team.now += timedelta(seconds=seconds)
    team.server.people.comment("erin", iid, "/ima severity S2")
    team.now += timedelta(minutes=15)
    team.ima("apply")
    assert "S2" in team.server.issue(iid)["labels"]


def test_more_rules_ask_for_nothing_more(team: Team) -> None:
    iids = [team.settled() for _ in range(3)]
    whole = team.session().policy
    more = "".join(RULE.format(hours=hours) for hours in range(1, 51 - len(whole.rules)))
    many = team.session().files.policy(parse(f"{team.text}rules:{more}", "many"))
    one = replace(many, rules=many.rules[:1], digest="one")
    assert len(many.rules) == 50
    counts = []
    for policy in (one, many):
        team.remember(policy=policy)
        for iid in iids:
            team.now += timedelta(minutes=2)
            team.server.people.comment("rita", iid, "looking at the graphs")
        team.server.forget()
        assert team.session(policy).run.plan().before.incidents.keys() == {f"#{i}" for i in iids}
        counts.append(len(team.server.log))
    assert counts[0] == counts[1] == 3 + 3 * 3


LIBRARIES = ["gitlab", "requests", "urllib3", "jinja2", "sqlite3"]
LIBRARIES += ["cronsim", "markdown_it", "wcwidth", "orjson", "google"]


@pytest.mark.parametrize(
    ("command", "needs"),
    [
        pytest.param("--version", "", id="version"),
        pytest.param("check", "jinja2", id="check"),
        pytest.param("policy show", "", id="policy"),
        pytest.param("oncall", "", id="oncall"),
        pytest.param("plan", "sqlite3", id="plan on the embedded tracker"),
        pytest.param("apply --event hook.json", "", id="an event that concerns nothing"),
    ],
)
def test_what_is_not_used_is_not_imported(tmp_path: Path, command: str, needs: str) -> None:
    (tmp_path / "hook.json").write_text("{}", "utf-8")
    script = "import sys; from automation.cli import main; main(sys.argv[1:])\n"
    script += f"print([m for m in {LIBRARIES} if m in sys.modules], file=sys.stderr)"
    run = [sys.executable, "-c", script, *command.split()]
    root = str(Path(__file__).parents[2])
    said = subprocess.run(
        run, cwd=tmp_path, env={"PYTHONPATH": root}, capture_output=True, text=True, check=True
    ).stderr
    assert said.splitlines()[-1] == str(needs.split())
