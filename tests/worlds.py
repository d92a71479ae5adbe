"""Worlds and histories for the properties: people who do anything at all, in any order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from automation.cli import invoke
from automation.model.incident import Incident
from automation.model.issue import Capabilities, Draft, Issue, Update
from automation.policy.policy import Limits, Policy
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.world import Stage
from automation.schema.yaml_nodes import Source
from automation.stored_state.card import keys_told
from automation.workspace import files
from automation.workspace.files import ProcessFiles

PEOPLE = ("rita", "erin", "ian", "cara", "sam", "mia", "mallory")
ROLES = ("eoc", "imoc", "cmoc", "security")
LABELS = (
    "Incident",
    "S1",
    "S2",
    "S3",
    "S4",
    "State::Investigating",
    "State::Identified",
    "State::Monitoring",
    "State::Resolved",
    "Near Miss",
    "Security",
    "Maintenance",
    "Drill",
    "Status::Operational",
    "Status::Service Disruption",
    "Service::Web",
    "backend",
    "Team::Core",
)
COMMANDS = (
    "help",
    "explain",
    "declare S2",
    "severity S1",
    "severity S3",
    "severity S9",
    "state identified -- roll back",
    "state monitoring",
    'status "Partial Service Disruption"',
    "status operational",
    "engage imoc",
    "engage cmoc @mia",
    "engage eoc",
    "engage eoc @mia",
    "page imoc",
    "handover eoc @mia",
    "handover imoc @me",
    "stand-down eoc",
    "handover @mia",
    "handover @me",
    "handover @next",
    "stand-down imoc",
    "resolve it is over",
    "drill S2",
    "drill real",
    "maintenance confirm",
    "maintenance extend 30m",
    "maintenance cancel",
    "resolve duplicate of #1",
    "reopen it is back",
    "near-miss S3 @mia",
    "review",
    "action Page @all sooner <!-- @mia",
    "action",
    "adopt",
    "security",
    "publish We look into it <!-- @all",
    "withhold nobody uses it",
    "next-update 5m",
    "need @mia she knows it",
    "tell-next watch it",
    "waive stuck-investigating we wait until 13:00",
    "frobnicate",
)
Act = Callable[[Stage], None]
_FOLDER = TemporaryDirectory(prefix="ima-")
_NUMBER = count()

SCENARIO = """
scenario: a generated world
source: P-49
start: 2026-03-02T12:00:00Z
on_call: {eoc: erin, imoc: ian, cmoc: cara, security: sam}
outsiders: [mallory]
steps: []
"""


@cache
def shipped() -> ProcessFiles:
    return files.read(folder=Path(__file__).parent.parent)


def stage(*, one_assignee: bool = False, policy: Policy | None = None) -> Stage:
    """An empty world with the shipped policy."""
    scenario = read_scenario(Source("generated.yml", SCENARIO))
    scenario = replace(scenario, can=Capabilities(one_assignee=one_assignee))
    made = Stage(scenario, shipped(), Path(_FOLDER.name) / str(next(_NUMBER)), invoke)
    made.policy = replace(policy or made.policy, limits=Limits(pages=99, posts=99, opens=99))
    return made


def opens(by: str, labels: frozenset[str], assignees: tuple[str, ...]) -> Act:
    window = "From 2026-03-02 12:10 to 13:00 UTC"  # where it is planned work
    draft = Draft("It breaks <!-- @all", f"/close\n{window}", tuple(sorted(labels)), assignees)

    def act(world: Stage) -> None:
        world.people.add(world.tracker.acting(by).open(draft))

    return act


def on_issue(number: int, act: Callable[[Stage, Issue], None]) -> Act:
    """``act`` on one of the issues that there are; nothing where there is none."""

    def do(world: Stage) -> None:
        if issues := world.issues():
            act(world, issues[number % len(issues)])

    return do


def comments(by: str, number: int, text: str) -> Act:
    def act(world: Stage, issue: Issue) -> None:
        world.tracker.acting(by).comment(issue.ref, text)

    return on_issue(number, act)


def labels(by: str, number: int, label: str, add: bool) -> Act:
    names = frozenset({label})
    update = Update(add_labels=names) if add else Update(remove_labels=names)
    return on_issue(number, lambda world, i: world.tracker.acting(by).update(i.ref, update))


def closes(by: str, number: int, closed: bool) -> Act:
    return on_issue(
        number, lambda world, i: world.tracker.acting(by).update(i.ref, Update(closed=closed))
    )


REVIEW = "- [x] The severity is confirmed\n" + "".join(
    f"## {heading}\n\nIt says something.\n\n"
    for heading in ("What happened", "Impact", "Why it happened", "What we change")
)


def edits(by: str, number: int, body: str) -> Act:
    """A person puts text before the body of an issue: our markers stay."""
    return on_issue(
        number,
        lambda world, i: world.tracker.acting(by).edit(
            i.ref, body=f"{body}\n\n{world.tracker.issues([i.ref])[0].body}"
        ),
    )


def assigns(by: str, number: int, person: str, add: bool) -> Act:
    def act(world: Stage, issue: Issue) -> None:
        rest = tuple(login for login in issue.assignees if login != person)
        people = (*rest, person) if add else rest
        if add and world.scenario.can.one_assignee:
            people = (person,)
        world.tracker.acting(by).update(issue.ref, Update(assignees=people))

    return on_issue(number, act)


def waits(minutes: int) -> Act:
    def act(world: Stage) -> None:
        world.now += timedelta(minutes=minutes)

    return act


def passes(world: Stage) -> None:
    world.run_pass()


def shift(role: str, person: str | None) -> Act:
    return lambda world: world.roster.change({role: person}, world.now)


def acknowledges(by: str, number: int) -> Act:
    """A person acknowledges the pages of an incident, their own or others'."""

    def act(world: Stage, issue: Issue) -> None:
        for page in list(world.outbox.entries("page")):
            if f"{issue.ref}:" in str(page["key"]):
                world.roster.acknowledge(str(page["key"]), by)

    return on_issue(number, act)


people = st.sampled_from(PEOPLE)
numbers = st.integers(0, 3)
labelled = st.sampled_from(LABELS)
acts = st.one_of(
    st.builds(
        opens, people, st.frozensets(labelled, max_size=4), st.lists(people, max_size=2).map(tuple)
    ),
    st.builds(comments, people, numbers, st.sampled_from(COMMANDS).map("/ima {}".format)),
    st.builds(comments, people, numbers, st.just("looking at it")),
    st.builds(labels, people, numbers, labelled, st.booleans()),
    st.builds(closes, people, numbers, st.booleans()),
    st.builds(edits, people, numbers, st.sampled_from(["looked at", REVIEW])),
    st.builds(assigns, people, numbers, people, st.booleans()),
    st.builds(shift, st.sampled_from(ROLES), st.one_of(people, st.none())),
    st.builds(acknowledges, people, numbers),
    st.builds(waits, st.sampled_from([0, 1, 4, 5, 15, 31, 700])),
    st.just(passes),
)
histories = st.builds(
    lambda first, rest: [first, *rest],
    st.builds(
        opens,
        people,
        st.frozensets(labelled, max_size=3).map(lambda chosen: chosen | {"Incident"}),
        st.just(()),
    ),
    st.lists(acts, max_size=14),
)


def world_after(history: list[Act], world: Stage) -> Stage:
    """The world once everything of the history was done in it."""
    for act in history:
        world.now += timedelta(seconds=1)
        act(world)
    world.now += timedelta(seconds=1)
    return world


def incidents(world: Stage) -> dict[str, Incident]:
    return dict(world.run.plan().before.incidents)


def essence(world: Stage) -> object:
    """All that matters of a world, without times and the wording of texts."""
    judged = incidents(world)
    return (
        [_essence(world, issue, judged[issue.ref]) for issue in world.issues()],
        sorted(str(page["key"]) for page in world.outbox.entries("page")),
        sorted(
            re.sub(r"\d{4}-\d\d-\d\dT\S+", "", str(post["key"]))  # when a finding was told
            for post in world.outbox.entries("announcement")
            if " findings " not in str(post["key"])  # of these one may come twice
        ),
    )


def _essence(world: Stage, issue: Issue, incident: Incident) -> object:
    ours = [c for c in issue.comments if c.author == world.tracker.me()]
    return (
        issue.ref,
        issue.title,
        issue.closed,
        issue.labels,
        issue.assignees,
        issue.links,
        incident.owner,
        {role: (seat.person, seat.nth) for role, seat in incident.seats.items()},
        {role: seat.person for role, seat in incident.here.items()},
        sorted(keys_told(issue, world.tracker.me())),
        len(ours),
        [comment.receipt for comment in issue.comments],
    )
