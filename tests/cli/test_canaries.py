"""Of what is confidential or internal, no word comes out of any command, on any tracker (P-16).

Unique words are planted in every field of a confidential incident, of one that was secured while
the tracker was away, of an alert that repeats, and of an internal note. Then each command that
there is runs, and all that came out is searched: what was printed, every file, what was sent to
the outside services, and what everybody reads on the tracker.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click
import pytest

from automation.cli.command_group import ima as commands
from automation.model.issue import Draft, Issue
from automation.text.escaping import unmarked
from automation.trackers import Tracker
from automation.trackers.local.tracker import LocalTracker
from tests.counterparts.github import GitHubServer
from tests.counterparts.github.people import People
from tests.counterparts.gitlab import GitLabServer
from tests.payloads import an_alert, single_alert

from .conftest import POLICY, Ima

CANARY = re.compile(r"xq\w+", re.IGNORECASE)  # each word of what nobody else may read
NAME = "xqzelda"
PEOPLE = ("rita", "erin", "ian", "cara", "sam", "mia", NAME)
TYPED = (
    "the xqtalk is on https://xqlink.example/xqpath",
    "/ima severity S1",
    f"/ima engage imoc @{NAME}",
    "/ima state identified -- block xqstep",
    f"/ima need @{NAME} xqneed",
    "/ima tell-next xqnext is not over",
    "/ima withhold xqwithheld would know",
    "/ima waive unacknowledged xqwaived until 2026-03-09",
    f"/ima action Rotate xqaction @{NAME}",
    "/ima review",
    "/ima document",
    "/ima announce",
    "/ima explain",
    "/ima publish xqpublished",
    "/ima engage xqrole",
    "/ima xqcommand xqwords",
)
INTERNAL = (
    "the xqinternal is in here",
    "/ima state identified -- block xqinternalstep",
    "/ima need @mia xqinternalneed",
    "/ima tell-next xqinternalnext",
    "/ima withhold xqinternalwithheld",
    "/ima waive unacknowledged xqinternalwaived until 2026-03-09",
    "/ima action Rotate xqinternalaction @mia",
    "/ima publish xqinternalpublished",
    "/ima severity S9 xqinternalseverity",
    "/ima severity S2 xqinternalreason",
    "/ima engage xqinternalrole",
    "/ima status xqinternalstatus",
    "/ima state xqinternalstate",
    "/ima happened xqinternalhappened",
    "/ima duplicate xqinternalduplicate",
    "/ima next-update xqinternalupdate",
    "/ima handover @mia xqinternalhandover",
    "/ima stand-down xqinternaldown",
    "/ima drill xqinternaldrill",
    "/ima maintenance xqinternalmaintenance",
    "/ima adopt xqinternaladopt",
    "/ima help xqinternalhelp",
    "/ima explain xqinternalexplain",
    "/ima document xqinternaldocument",
    "/ima review xqinternalreview",
    "/ima near-miss xqinternalnear",
    "/ima declare xqinternaldeclare",
    "/ima waive xqinternalwaive",
    "/ima need @xqinternalperson",
    "/ima xqinternalcommand",
    "`/ima resolve xqinternalcode`",
    "/ima resolve xqinternalend",
    "/ima reopen xqinternalagain",
)
LINES = {  # of each command, how it says most; one that is not here fails the test
    **{name: (name,) for name in "oncall board check doctor slo handbook".split()},
    "stats": ("stats", "stats --metrics", "stats --html figures"),
    "digest": ("digest", "digest --days 60"),
    "demo": (),  # it plays a world of its own
    "init": ("init other",),
    "schema": ("schema policy", "schema labels"),
    "policy": ("policy show",),
    "plan": ("plan -v", "plan -v --issue 2 --out plan.json", "plan -v --issue 2 --check"),
    "apply": ("apply -v", "apply --hourly", "apply -v --issue 2"),
    "preview": ("preview -v --base . --head then", "preview -v --base then --head . --issue 2"),
    "explain": ("explain 2", "explain 1"),
    "test": ("test one.yml",),
    "labels": ("labels sync --check", "labels sync"),
    "declare": ('declare "Pushes hang" --severity S3',),
    "report": ('report "Pushes hang"',),
    "near-miss": ('near-miss "Wrong host" --severity S3',),
    "maintenance": ('maintenance "Switches" --from "2026-03-20 22:00" --to 23:30',),
    "drill": ('drill "Data centre lost"',),
    "alert": ("alert again.json",),
    "gone": ("gone 1",),
    "show": ("show 1",),
    "say": ('say 1 "it goes on"',),
    "edit": ("edit 1 --label +S2",),
    "site": ("site public",),
    "gate": ("gate -v --service Git",),
    "mirror": ("mirror -v copy",),
    "replay": ("replay outage.db --plan", "replay outage.db"),
    "chat": ("chat board", "chat 'show 2'", "chat 'explain 2'", "chat oncall"),
}
REFUSED = ("edit", "gone", "say")  # nothing is to be done by them on these issues
THEN = """
rules:
  - {name: everybody, why: They shall know., when: {severity: [S1, S2]}, engage: {role: cmoc}}
severities: {S1: {public: auto, announce: true, document: true}}
may: {resolve: [member]}
"""
_MEMBERS = re.compile(r'"members":\[[^]]*\]')  # of the project, whatever they do in it
ONE = """\
scenario: Nothing happens
source: P-49
start: 2026-03-02T12:00:00Z
steps:
  - after: 1m
    expect: nothing
"""


def lines(*forms: str) -> Iterator[str]:
    """Each command, in each of these ways to show it that it knows."""
    context = click.Context(commands)
    names = commands.list_commands(context)
    assert {*names} == LINES.keys(), "what does a new command say of a confidential incident?"
    for name in names:
        command = commands.get_command(context, name)
        assert command
        known = [p.type.choices for p in command.params if isinstance(p.type, click.Choice)]
        for line in LINES[name]:
            shown = [form for form in forms if any(form in choices for choices in known)]
            shown = [] if "--metrics" in line else shown  # a form of its own
            yield from (f"{line} --format {form}" for form in shown)
            if not shown:
                yield line


class World:
    """What went out of a folder since the canaries are in it."""

    def __init__(self, ima: Ima, policy: str) -> None:
        self.ima, self.heard = ima, dict[str, str]()
        self._policy = policy
        ima.policy(policy)
        (ima.folder / "one.yml").write_text(ONE, "utf-8")
        (ima.folder / "then").mkdir(exist_ok=True)
        (ima.folder / "then" / "policy.yml").write_text(policy + THEN, "utf-8")
        _outage(ima)

    def run(self, chosen: Iterable[str], when: str = "") -> None:
        for line in chosen:
            done = self.ima(shlex.split(line))
            name = line.split()[0]
            assert done.code in (0, 1) or name != "apply", done.err
            assert done.code != 2 or name in REFUSED, f"it says nothing: {line}: {done.err}"
            self.heard[f"{when}{line}"] = done.out + done.err

    def alert(self, notes: str) -> None:
        """The payload of the alert that opened the third issue."""
        row = single_alert("DiskFull", notes={"summary": notes})
        (self.ima.folder / "again.json").write_text(json.dumps(an_alert(row)), "utf-8")

    def leaks(self, public: dict[str, str]) -> str:
        """Where a canary stands, and which; a line each. Whom a message is for must be said."""
        everything = self.heard | _files(self.ima.folder) | public
        assert {"GITHUB_STEP_SUMMARY", "IMA_REPORT"} <= everything.keys()
        found = (
            (where, sorted(set(CANARY.findall(text.replace(f'"person": "{NAME}"', "")))))
            for where, text in everything.items()
        )
        return "\n".join(f"{where}: {', '.join(words)}" for where, words in found if words)


def _places(folder: Path) -> dict[str, str]:
    """Where a job shows what a pass did."""
    files = {name: str(folder / name) for name in ("GITHUB_STEP_SUMMARY", "IMA_REPORT")}
    return {"GITHUB_ACTIONS": "true", **files}


def _outage(ima: Ima) -> None:
    """What people kept while the tracker was away: two incidents became a matter of security
    after the last pass."""
    path = ima.folder / "outage.db"
    with closing(LocalTracker(path, project="acme/production", clock=lambda: ima.now)) as there:
        rita = there.acting("rita")
        rita.open(Draft("Keys in xqoutagetitle", "xqoutagebody", ("Incident", "S2")))
        rita.comment("#1", "/ima security")
        rita.open(Draft("More in xqoutagelabel", "xqoutagebody", ("Incident", "Security")))


def _files(folder: Path) -> dict[str, str]:
    """Every file but the issues themselves and what the test has written."""
    given = {"again.json", "seed.yml"}
    files = (f for f in folder.rglob("*") if f.is_file() and ".db" not in f.name)
    return {
        str(f.relative_to(folder)): _MEMBERS.sub("", f.read_text("utf-8", errors="replace"))
        for f in files
        if f.name not in given
    }


def _words(issue: Issue) -> str:
    return "\n".join([issue.title, issue.body, *(c.body for c in issue.comments)])


def _draft(hidden: bool) -> Draft:
    labels = ("Incident", "Security", "Service::Git", "xqlabel")
    return Draft("Key of xqtitle leaked", "xqbody", labels, (NAME,), confidential=hidden)


# The embedded tracker


@pytest.mark.parametrize("can_hide", [True, False], ids=["where it can hide", "where it cannot"])
def test_no_command_of_the_embedded_tracker_tells_it(ima: Ima, can_hide: bool) -> None:
    made = World(
        ima,
        POLICY
        + "limits: {changes: 200}\n"
        + 'chat: {channel: "#production"}\nstakeholders: "#managers"\n',
    )
    ima.session.environment = _places(ima.folder)
    tracker: Tracker = ima.session.tracker
    tracker.can = replace(tracker.can, confidential=can_hide)
    ima('declare "Pushes fail" --severity S2')
    ima.session.acting().open(_draft(can_hide))
    made.alert("it is full")
    ima("alert again.json")  # opens #3
    ima(["say", "3", "/ima security", "--as", "erin"])
    ima("apply")
    made.alert("xqannotation")
    for minutes, command in enumerate(TYPED):
        ima.after(1)
        ima(["say", "2", command, "--as", (NAME, "ian", "erin")[minutes % 3]])
        made.run(("apply -v",), f"{command}: ")
    made.run(lines("text", "json"))
    ima.after(300)
    made.run(lines("markdown"), "late: ")
    ima(["say", "2", "/ima resolve xqend", "--as", NAME])
    ima(["edit", "2", "--close", "--as", "ian"])
    made.run(lines("text"), "over: ")
    issues = [i for i in tracker.issues() if not i.confidential and i.ref != "#2"]
    if not can_hide:  # what people wrote stands where they wrote it
        issues = [i for i in issues if i.author == tracker.me() and "(confidential)" in i.title]
    public = {issue.ref: _words(issue) for issue in issues}
    dashboard = tracker.dashboard()
    public |= {"dashboard": dashboard.body if dashboard else ""}
    assert made.leaks(public) == ""
    assert "#2" in made.heard["board --format json"], "its bare reference is shown"


# The forges


FORGE = POLICY.replace("kind: local", "kind: {kind}, url: '{url}'")


def _on_forge(ima: Ima, kind: str, url: str) -> World:
    policy = FORGE.replace("{kind}", kind).replace("{url}", url)
    made = World(ima, policy + 'chat: {channel: "#production"}\n')
    token = {f"IMA_{kind.upper()}_TOKEN": "t-ima", "CI": "true"}  # a pass is made by a job
    token |= _places(ima.folder)
    fresh = ima.fresh
    ima.fresh = lambda: replace(fresh(), environment=token)  # type: ignore[method-assign]
    ima.session = ima.fresh()
    return made


def _anew(made: World, chosen: Iterable[str]) -> None:
    """Each line in a process of its own."""
    for line in chosen:
        made.ima.session = made.ima.fresh()
        made.run([line])
        made.ima.after(1)


def test_no_command_on_gitlab_tells_it(ima: Ima) -> None:
    members = dict.fromkeys(PEOPLE, "developer") | {"ima": "reporter"}
    project = {"members": members, "visibility": "public"}
    seed = {"tokens": {"t-ima": "ima"}, "projects": {"acme/production": project}}
    with GitLabServer(seed, clock=lambda: ima.now) as server:
        made = _on_forge(ima, "gitlab", server.url)
        ima("labels sync")
        people = server.people
        people.open("rita", "Pushes fail", labels=["Incident", "S2"])
        secret = _draft(True)
        people.open(
            "rita", secret.title, description=secret.body, labels=list(secret.labels),
            assignees=[NAME], confidential=True,
        )  # fmt: skip
        made.alert("it is full")
        ima("alert again.json")
        people.comment("erin", 3, "/ima security")
        made.alert("xqannotation")
        _anew(made, ["apply"])
        for command in TYPED:
            people.comment("erin", 2, command)
        for command in INTERNAL:
            people.comment("ian", 1, command, internal=True)
        _anew(made, ["apply --issue 1"])
        _anew(made, ["apply -v", *lines("json"), "show 2", "show 2 --format json"])
        public: dict[str, str] = {}
        for row in server.world.project().issues.values():
            if not row.confidential:
                notes = [note.body for note in row.notes if not note.internal]
                public[f"#{row.iid}"] = "\n".join([row.title, row.description or "", *notes])
        assert made.leaks(public) == ""
        states = [n.body for n in server.world.project().issues[1].notes if n.internal]
        assert states == list(INTERNAL), "what was said inside stands there, as it was"


def test_no_command_on_github_tells_it(ima: Ima) -> None:
    members = dict.fromkeys((*PEOPLE, "ima"), "write")
    seed = {"repos": {"acme/production": {"members": members}}}
    with GitHubServer(seed, clock=lambda: ima.now) as server:
        made = _on_forge(ima, "github", server.url)
        ima("labels sync")
        people, secret = server.people, _draft(False)
        people.open("rita", "Pushes fail", labels=["Incident", "S2"])
        people.open("rita", secret.title, secret.body, labels=list(secret.labels), assignees=[NAME])
        made.alert("it is full")
        ima("alert again.json")
        people.comment("erin", 3, "/ima security")
        made.alert("xqannotation")
        _anew(made, ["apply"])
        for command in TYPED:
            people.comment("erin", 2, command)
        _anew(made, ["apply -v", *lines("text"), "show 2", "show 2 --format json"])
        assert made.leaks(_by_ima(people)) == ""
        people.unlabel("erin", 2, "Security")
        _anew(made, ["apply -v", "board"])
        said = _by_ima(people)
        said.pop("on #2")  # where it says what people say there
        assert made.leaks(said) == ""


def test_the_cache_has_no_title_once_an_incident_is_confidential(ima: Ima) -> None:
    """On GitHub it holds the dashboard's memory, which had the title while all could read it."""
    seed = {"repos": {"acme/production": {"members": dict.fromkeys((*PEOPLE, "ima"), "write")}}}
    with GitHubServer(seed, clock=lambda: ima.now) as server:
        made = _on_forge(ima, "github", server.url)
        labels = ["Incident", "S2"]
        server.people.open("rita", "Key of xqtitle leaked", "xqbody", labels=labels)
        _anew(made, ["apply"])
        assert "xqtitle" in _files(ima.folder)[".ima/cache.json"]
        server.people.comment("erin", 1, "/ima security")
        server.people.comment("erin", 1, "/ima tell-next xqnote")
        _anew(made, ["apply --issue 1"])
        assert CANARY.findall(_files(ima.folder)[".ima/cache.json"]) == []


def test_what_followed_an_incident_keeps_no_title_once_that_is_confidential(ima: Ima) -> None:
    seed = {"repos": {"acme/production": {"members": dict.fromkeys((*PEOPLE, "ima"), "write")}}}
    with GitHubServer(seed, clock=lambda: ima.now) as server:
        made, people = _on_forge(ima, "github", server.url), server.people
        people.open("rita", "Key of xqtitle leaked", "it is", labels=["Incident", "S2"])
        _anew(made, ["apply"])
        people.comment("erin", 1, "/ima action Rotate the xqkey")
        people.comment("erin", 1, "/ima resolve it is over")
        _anew(made, ["apply", "apply"])
        assert "xqtitle" in _by_ima(people)["#2"], "the dashboard knows of the review"
        made.heard.clear()
        people.comment("erin", 1, "/ima security")
        _anew(made, ["apply", "apply"])
        said = {place: text for place, text in _by_ima(people).items() if place in ("#2", "on #2")}
        assert "(confidential)" in said["#2"]
        assert CANARY.findall(said["#2"]) == []
        assert CANARY.findall(_files(ima.folder)[".ima/cache.json"]) == []


def _by_ima(people: People) -> dict[str, str]:
    """What IMA has written on GitHub, where everybody reads it; without its memory, which on an
    issue has what people typed on the same."""
    public: dict[str, str] = {}
    for row in people.look():
        issue, number = row["issue"], row["issue"]["number"]
        if issue["user"]["login"] == "ima":
            public[f"#{number}"] = f"{issue['title']}\n{issue['body']}"
        said = (c for c in people.comments(number) if c["user"]["login"] == "ima")
        public[f"on #{number}"] = "\n".join(unmarked(comment["body"]) for comment in said)
    return public
