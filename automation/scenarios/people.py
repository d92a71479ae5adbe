"""What people and other systems do in a scenario: one function for each action of the format.

Each function takes the stage, the login of whoever acts, and what the scenario says of the action;
one that runs a command of ``ima`` returns its exit code.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automation.errors import PolicyError
from automation.model.alerts_seen import ADOPTED
from automation.model.issue import Draft, Issue, Update
from automation.scenarios.pager_webhook import triggered
from automation.scenarios.scenario_file import CLOCK, people_on_call, strings
from automation.schema.yaml_nodes import Node
from automation.stored_state.alert_marker import alerts_seen
from automation.stored_state.card import calls_somebody
from automation.text.escaping import marker_in, with_each_marker
from automation.times.durations import Duration
from automation.trackers.local.tracker import LocalTracker
from automation.workspace.session import Session

if TYPE_CHECKING:
    from automation.scenarios.world import Stage
    from automation.trackers import Tracker


def _opens(stage: Stage, by: str, node: Node) -> None:
    for item in node.items if node.kind == "list" else [node]:
        values = item.plain()
        draft = Draft(
            values["title"],
            stage.names.for_tracker(values.get("body") or ""),
            tuple(values.get("labels") or ()),
            tuple(values.get("assignees") or ()),
            bool(values.get("confidential", False)),
        )
        stage.people.add(stage.names.name(stage.acting(by).open(draft)))


def _issue_now(stage: Stage, ref: str) -> Issue:
    """The issue as it is. Raises PolicyError where there is none: the scenario is wrong then."""
    for issue in stage.believed_tracker().issues([ref]):
        return issue
    raise PolicyError(f"there is no {stage.names.name(ref)} to act on at {stage.now:%H:%M:%S}")


def _comments(stage: Stage, by: str, node: Node) -> None:
    for name, (_, texts) in node.entries.items():
        for text in strings(texts):
            stage.acting(by).comment(stage.names.ref(name), stage.names.for_tracker(text))


def _labels(stage: Stage, by: str, node: Node) -> None:
    for name, (_, changes) in node.entries.items():
        person = stage.acting(by)
        for change in strings(changes):
            labels = frozenset({change[1:]})
            update = Update(labels) if change[0] == "+" else Update(remove_labels=labels)
            person.update(stage.names.ref(name), update)


def _assigns(stage: Stage, by: str, node: Node) -> None:
    for name, (_, changes) in node.entries.items():
        person, ref = stage.acting(by), stage.names.ref(name)
        for change in strings(changes):
            login, now = change[1:], _issue_now(stage, ref).assignees
            people = tuple(each for each in now if each != login)
            if change[0] == "+":
                people = (login,) if stage.tracker.can.one_assignee else (*people, login)
            person.update(ref, Update(assignees=people))


def _closes(stage: Stage, by: str, node: Node) -> None:
    if node.kind == "map":  # with a reason, where the tracker knows such
        for name, (_, reason) in node.entries.items():
            stage.acting(by).close_as(stage.names.ref(name), reason.value)
        return
    for name in strings(node):
        stage.acting(by).update(stage.names.ref(name), Update(closed=True))


def _reopens(stage: Stage, by: str, node: Node) -> None:
    for name in strings(node):
        stage.acting(by).update(stage.names.ref(name), Update(closed=False))


def _deletes(stage: Stage, by: str, node: Node) -> None:
    for name in strings(node):
        stage.acting(by).delete(stage.names.ref(name))


def _moves(stage: Stage, by: str, node: Node) -> None:
    for name in strings(node):
        stage.acting(by).move(stage.names.ref(name))


def _renames_label(stage: Stage, by: str, node: Node) -> None:
    """In the tracker's own pages: the issues keep it."""
    for name, (_, to) in node.entries.items():
        stage.acting(by).rename_label(name, str(to.value))


def _edits(stage: Stage, by: str, node: Node) -> None:
    for name, (_, texts) in node.entries.items():
        ref = stage.names.ref(name)
        typed = {key: stage.names.for_tracker(text) for key, text in texts.plain().items()}
        for issue in stage.tracker.issues([ref]) if "body" in typed else ():
            typed["body"] = _with_markers_of(issue.body, typed["body"])
        stage.acting(by).edit(ref, **typed)


def _with_markers_of(before: str, typed: str) -> str:
    """The text that somebody typed, with IMA's markers as they were before: whoever edits a text
    leaves them alone. A marker in the scenario stands for the one that is there, with its
    signature."""
    return with_each_marker(typed, lambda kind, data: marker_in(kind, before) or data or {})


def _edits_comment(stage: Stage, by: str, node: Node) -> None:
    """Somebody edits their newest comment."""
    for name, (_, text) in node.entries.items():
        ref = stage.names.ref(name)
        theirs = [c for c in _issue_now(stage, ref).comments if c.author == by]
        stage.acting(by).edit_comment(ref, theirs[-1].id, stage.names.for_tracker(str(text.value)))


def _reacts(stage: Stage, by: str, node: Node) -> None:
    """Somebody reacts with an emoji to the newest comment of IMA that calls somebody."""
    for name in strings(node):
        ref, me = stage.names.ref(name), stage.tracker.me()
        comments = _issue_now(stage, ref).comments
        calls = [c.id for c in comments if c.author == me and calls_somebody(c.body)]
        if not calls:
            raise PolicyError(f"{name} has no comment that calls somebody at {stage.now:%H:%M:%S}")
        stage.acting(by).receipt(ref, calls[-1])


def _on_call_is(stage: Stage, by: str, node: Node) -> None:
    stage.acting(by)
    stage.roster.change(people_on_call(node), stage.now)


def _acknowledges(stage: Stage, by: str, node: Node) -> None:
    for name in strings(node):
        stage.acting(by)
        pages = _pages_of(stage, name)
        theirs = [page for page in pages if page["person"] == by] or pages
        for page in theirs:
            stage.roster.acknowledge(str(page["key"]), by)


def _pager_escalates(stage: Stage, by: str, node: Node) -> None:
    """The pager itself passes each page that nobody has acknowledged on to the next person."""
    for name, (_, person) in node.entries.items():
        for page in _pages_of(stage, name):
            stage.roster.pass_on(str(page["key"]), str(person.value))


def _pages_of(stage: Stage, name: str) -> list[dict[str, Any]]:
    """The pages of an incident: those that IMA sent, and the pager's own incidents that IMA
    adopted."""
    ref = stage.names.ref(name)
    pages = [page for page in stage.outbox.entries("page") if f"{ref}:" in str(page["key"])]
    events = alerts_seen(_issue_now(stage, ref), stage.tracker.me()).pager
    own = {event.id: event for event in events}.values()
    return pages + [{"key": f"{ADOPTED}{each.id}", "person": ""} for each in own]


def _acts_in_pager(stage: Stage, by: str, node: Node) -> int | None:
    """Somebody does something in the pager itself. Of incidents of its own it tells IMA by a
    webhook."""
    code: int | None = None
    for name, (_, said) in node.entries.items():
        stage.acting(by)
        if name == "triggers":
            code = _triggers_in_pager(stage, by, said.plain())
        elif name in ("reassigns", "escalates"):
            for ref, (_, whom) in said.entries.items():
                for page in _pages_of(stage, ref):
                    _hand_page_on(stage, name, str(page["key"]), by, str(whom.value))
        else:
            person = "" if by in _NOBODY else by
            act = {"resolves": "resolve", "snoozes": "snooze", "merges": "merge"}[name]
            for each in strings(said):
                for page in _pages_of(stage, each):
                    getattr(stage.roster, act)(str(page["key"]), person)
    return code


def _hand_page_on(stage: Stage, name: str, key: str, by: str, person: str) -> None:
    if name == "reassigns":
        stage.roster.reassign(key, by, person)
    else:
        stage.roster.pass_on(key, person)


def _triggers_in_pager(stage: Stage, by: str, said: dict[str, Any]) -> int:
    """The pager opens an incident of its own, of a service that only it has, and tells IMA of
    it."""
    person = "" if by in _NOBODY else by
    title, to = stage.names.for_tracker(str(said["title"])), str(said["to"])
    number = stage.roster.trigger(str(said["service"]), title, to, person)
    ids = [stage.roster.id_of(login) if login else "" for login in (to, person)]
    body = triggered(number, str(said["service"]), title, ids[:1], ids[1], stage.now)
    stage.folder.mkdir(parents=True, exist_ok=True)
    file = stage.folder / "pager.json"
    file.write_text(body, encoding="utf-8")
    return _invoke(stage, by, ["alert", str(file)], stage.counted)


_NOBODY = ("ima", "monitoring")  # what they trigger, no person has triggered by hand


def _services_fail(stage: Stage, by: str, node: Node) -> None:
    for service, (_, answer) in node.entries.items():
        stage.meter.failing[service] = answer.value


def _slo_is(stage: Stage, by: str, node: Node) -> None:
    stage.samples.give(node, stage.now)


def _alerts_arrive(stage: Stage, by: str, node: Node) -> int:
    stage.acting(by)
    told = [item.plain() for item in node.items]
    stage.folder.mkdir(parents=True, exist_ok=True)
    file = stage.folder / "alert.json"
    file.write_text(stage.monitoring.payload(told, stage.now), encoding="utf-8")
    return _invoke(stage, by, ["alert", str(file)], stage.counted)


def _runs_command(stage: Stage, by: str, node: Node) -> int:
    stage.acting(by)
    words = [
        _path_meant(stage, word) for word in shlex.split(stage.names.for_tracker(str(node.value)))
    ]
    embedded = isinstance(stage.tracker, LocalTracker)
    return _invoke(stage, by, words, stage.ima() if embedded else stage.counted)


def _path_meant(stage: Stage, word: str) -> str:
    """The path of a file that a command line names: beside the scenario, or from where the test is
    run. Any other word as it is."""
    for folder in (stage.folder, Path(stage.scenario.file).parent, Path.cwd()):
        if "." in word and (path := folder / word).is_file():
            return str(path.resolve())
    return word


def _invoke(stage: Stage, by: str, words: list[str], tracker: Tracker) -> int:
    """Run a command of ``ima`` in the scenario's world, as a session of ``by``; its exit code."""
    stage.counted.renew(stage.ima())
    session = Session(stage.clock, by, folder=stage.folder)
    session.__dict__ |= {  # opened already: the scenario's world
        "files": stage.files,
        "policy": stage.policy,
        "templates": stage.templates,
        "tracker": tracker,
        "local": stage.tracker,
        "keys": stage.keys,
        "services": stage.services,
    }
    with redirect_stdout(StringIO()) as answer, redirect_stderr(StringIO()) as errors:
        try:
            return stage.command(words, session)
        finally:
            stage.now = max(stage.now, stage.tracker_time)  # the command's writes took their time
            stage.stderr = errors.getvalue()
            stage.printed = answer.getvalue() + stage.stderr


def _runner_clock(stage: Stage, by: str, node: Node) -> None:
    """From now on the clock of the machine that IMA runs on is ahead of the world's, or behind
    it."""
    found = re.fullmatch(CLOCK, str(node.value))
    ahead = Duration.parse(found[1]).length if found and found[1] else timedelta()
    stage.runner_ahead = -ahead if found and found[2] == "behind" else ahead


ACTIONS: dict[str, Callable[[Stage, str, Node], int | None]] = {
    "opens": _opens,
    "comments": _comments,
    "labels": _labels,
    "assigns": _assigns,
    "closes": _closes,
    "reopens": _reopens,
    "deletes": _deletes,
    "moves": _moves,
    "renames_label": _renames_label,
    "edits": _edits,
    "edits_comment": _edits_comment,
    "reacts": _reacts,
    "on_call": _on_call_is,
    "acknowledges": _acknowledges,
    "escalates": _pager_escalates,
    "pager": _acts_in_pager,
    "alerts": _alerts_arrive,
    "fails": _services_fail,
    "slo": _slo_is,
    "runs": _runs_command,
    "runner_clock": _runner_clock,
}
