"""Making a plan so: how many writes, in which order, and what a failure leaves behind.

Everything runs on the embedded tracker and services; `Ledger` only writes down what goes by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from automation.errors import StalePlan
from automation.model.incident import Fact
from automation.model.issue import Draft, Issue, Update
from automation.scenarios.counting_world import CountingTracker
from automation.scenarios.world import Stage
from automation.stored_state.card import read_card
from automation.text.escaping import mark
from automation.trackers.local.tracker import LocalTracker
from tests.build import at
from tests.worlds import stage

WRITES = ("open", "update", "comment", "edit_comment", "edit", "receipt", "link")


class Ledger:
    """The tracker and services of a stage, with a list of the writes that went by."""

    def __init__(self, world: Stage) -> None:
        self.wrote: list[tuple[str, str, str]] = []  # what, where, a text
        tracker = world.counted
        for name in WRITES:
            setattr(tracker, name, self._noted(name, getattr(tracker, name)))
        for service, name in (("pager", "page"), ("chat", "post"), ("documents", "create")):
            seam = getattr(world.services, service)
            setattr(seam, name, self._noted(name, getattr(seam, name)))

    def _noted(self, name: str, call: Any) -> Any:
        def noted(*args: Any, **kwargs: Any) -> Any:
            body = str(args[-1]) if args else str(kwargs)
            kind = "card" if "<!-- ima:card " in body else name
            kind = "memory" if "<!-- ima:memory " in body else kind  # of the dashboard
            if args and isinstance(args[0], Draft):
                kind = "dashboard" if args[0].dashboard else "open"
            result = call(*args, **kwargs)
            self.wrote.append((kind, str(args[0]), body))
            return result

        return noted

    def kinds(self, ref: str = "") -> list[str]:
        return [kind for kind, where, _ in self.wrote if not ref or where == ref]


def opened(world: Stage, *labels: str, title: str = "It breaks") -> Issue:
    ref = world.tracker.acting("rita").open(Draft(title, labels=labels))
    return issue(world, ref)


def issue(world: Stage, ref: str = "#1") -> Issue:
    return world.believed_tracker().issues([ref])[0]


def facts(world: Stage, kind: str, ref: str = "#1") -> list[Fact]:
    card = read_card(issue(world, ref), world.tracker.me())
    return [fact for fact in card.facts if fact.kind == kind]


def known_on_call(world: Stage) -> None:
    """A first incident, so that the dashboard knows who is on call."""
    opened(world, "Incident", "S4", title="the first one")
    world.run_pass()
    world.now = at(1)


def test_the_ledger_stands_between_ima_and_the_tracker() -> None:
    world = stage()
    assert isinstance(world.counted, CountingTracker)
    assert isinstance(world.tracker, LocalTracker)


def test_a_quiet_incident_costs_one_update_and_one_card() -> None:
    world = stage()
    opened(world, "Incident", "S3")
    ledger = Ledger(world)
    world.run_pass()
    assert ledger.kinds() == ["update", "card", "dashboard", "memory"]


def test_what_leaves_the_issue_is_written_ahead_and_done_once() -> None:
    world = stage()
    opened(world, "Incident", "S1")
    ledger = Ledger(world)
    world.run_pass()
    assert ledger.kinds() == [
        "card", "update", "page", "page", "post", "comment", "card", "dashboard", "memory",
    ]  # fmt: skip
    ahead, done = (text for kind, _, text in ledger.wrote if kind == "card")
    assert ahead.count('"done":false') == 3
    assert '"done":false' not in done
    ledger.wrote.clear()
    world.run_pass()
    assert ledger.wrote == []


@pytest.mark.parametrize("issues", [1, 3])
def test_each_issue_costs_at_most_one_update_one_comment_and_two_cards(issues: int) -> None:
    world = stage()
    for number in range(issues):
        opened(world, "Incident", "S1", "State::Identified", "S2", title=f"no {number}")
        world.tracker.acting("mia").comment(f"#{number + 1}", "/ima frobnicate\n/ima help")
        world.tracker.acting("mia").update(f"#{number + 1}", Update(closed=True))
    ledger = Ledger(world)
    world.run_pass()
    for number in range(1, issues + 1):
        kinds = ledger.kinds(f"#{number}")
        assert kinds.count("update") == kinds.count("comment") == 1
        assert kinds.count("card") == 2
        assert set(kinds) == {"update", "comment", "card", "receipt"}


def test_the_update_of_labels_people_and_state_is_one_and_adds_single_labels() -> None:
    world = stage()
    opened(world, "Incident", "S2", "backend")
    world.run_pass()
    world.now = at(5)
    world.tracker.acting("mia").update("#1", Update(closed=True, assignees=()))
    ledger = Ledger(world)
    world.run_pass()
    assert ledger.kinds("#1").count("update") == 1
    assert (issue(world).closed, issue(world).assignees[:1]) == (False, ("erin",))
    assert "backend" in issue(world).labels


SERVICES = [("slack", "announced", "announcement"), ("google", "document", ""),
            ("pagerduty", "paged", "page")]  # fmt: skip


@pytest.mark.parametrize(("service", "kind", "entry"), SERVICES)
def test_a_failing_service_leaves_about_to_and_the_next_pass_completes_it_once(
    service: str, kind: str, entry: str
) -> None:
    world = stage()
    known_on_call(world)
    body = '<!-- ima:declared {"by":"rita","wanted":{"document":true}} -->'
    draft = Draft("It breaks", body, labels=("Incident", "S1"))
    world.tracker.acting("rita").open(draft)
    world.meter.failing = {service: 503}
    for _ in range(3):
        failed = world.run_pass()
        assert failed.exit == 1
        assert any(f"{service}: answered 503" in text for text in failed.findings)
        assert [fact.done for fact in facts(world, kind, "#2")] == [False] * len(
            facts(world, kind, "#2")
        )
        assert facts(world, kind, "#2")
        assert issue(world, "#2").assignees == ("erin", "ian"), "the tracker's changes are made"
        comments = len(issue(world, "#2").comments)
    world.meter.failing = {}
    mended = world.run_pass()
    assert mended.exit == 0
    assert all(fact.done for fact in facts(world, kind, "#2"))
    assert len(issue(world, "#2").comments) == comments, "nothing is said twice"
    if entry:
        keys = [line["key"] for line in world.outbox.entries(entry)]
        assert len(keys) == len(set(keys)) == (2 if entry == "page" else 1)
    world.run_pass()
    assert world.meter.writes == 0


def test_one_failing_service_does_not_hold_back_the_others() -> None:
    world = stage()
    opened(world, "Incident", "S1")
    world.meter.failing = {"slack": 500}
    world.run_pass()
    assert [page["role"] for page in world.outbox.entries("page")] == ["eoc", "imoc"]


def test_what_failed_is_not_reported_as_done() -> None:
    world = stage()
    opened(world, "Incident", "S1")
    world.meter.failing = {"slack": 500}
    _, report = world.run.apply()
    assert "announce" not in {change.kind for change in report.done}
    assert [failure.problem for failure in report.failures] == ["slack: answered 500"]


def test_a_failing_tracker_ends_the_pass_with_exit_1_and_the_next_one_does_everything() -> None:
    world = stage()
    opened(world, "Incident", "S1")
    world.meter.failing = {"tracker": 502}
    assert world.run_pass().exit == 1
    world.meter.failing = {}
    assert world.run_pass().exit == 0
    assert issue(world).assignees == ("erin", "ian")


@pytest.mark.parametrize("writes", range(8))
def test_killed_after_any_write_nothing_is_lost_and_nothing_doubled(writes: int) -> None:
    world = stage()
    opened(world, "Incident", "S1")
    assert world.run_pass(writes).killed
    world.now = at(1)
    world.run_pass()
    assert sorted(page["role"] for page in world.outbox.entries("page")) == ["eoc", "imoc"]
    assert len(list(world.outbox.entries("announcement"))) == 1
    assert len(issue(world).comments) == 2
    world.run_pass()
    assert world.meter.writes == 0


def test_the_review_is_opened_linked_and_on_the_card() -> None:
    world = stage()
    opened(world, "Incident", "S1")
    world.run_pass()
    world.now = at(9)
    world.tracker.acting("erin").update("#1", Update(closed=True))
    ledger = Ledger(world)
    world.run_pass()
    assert ledger.kinds().count("open") == 1
    review = issue(world, "#2")
    assert (review.author, review.assignees, set(review.links)) == ("ima", ("erin",), {"#1"})
    assert [(fact.by, fact.done) for fact in facts(world, "opened")] == [("#2", True)]


def test_a_plan_that_no_longer_fits_is_refused_and_nothing_is_written() -> None:
    world = stage()
    opened(world, "Incident", "S1")
    digest = world.run.plan().digest
    world.tracker.acting("rita").update("#1", Update(add_labels=frozenset({"S2"})))
    world.tracker.acting("rita").update("#1", Update(remove_labels=frozenset({"S1"})))
    world.tracker.acting("rita").open(Draft("another", labels=("Incident",)))
    world.meter.writes = 0
    with pytest.raises(StalePlan) as refused:
        world.run.apply(digest=digest)
    assert str(refused.value).splitlines() == [
        f"the plan {digest} no longer fits: things have changed since it was made",
        "  run `ima plan` again, look at it, and apply the new one",
    ]
    assert world.meter.writes == 0


def test_exactly_the_plan_that_was_looked_at_is_applied() -> None:
    world = stage()
    opened(world, "Incident", "S1")
    looked_at = world.run.plan()
    plan, report = world.run.apply(digest=looked_at.digest)
    assert plan.changes == looked_at.changes == tuple(report.done)


def test_after_a_time_without_passes_the_gravest_goes_out_first() -> None:
    world = stage()
    for severity in ("S4", "S2", "S1", "S2"):
        opened(world, "Incident", severity)
    wrote = Ledger(world)
    world.run_pass()
    order = [ref for _, ref, _ in wrote.wrote if ref in ("#1", "#2", "#3", "#4")]
    assert list(dict.fromkeys(order)) == ["#3", "#2", "#4", "#1"]
    pages = [body for kind, _, body in wrote.wrote if kind == "page"]
    assert "#3" in pages[0]


def announcing(kind: str, world: Stage) -> None:
    """The policy of a project on a forge, whose job keeps no file."""
    tracker = replace(world.policy.tracker, kind="gitlab")
    world.policy = replace(
        world.policy, tracker=tracker, chat=replace(world.policy.chat, kind=kind)
    )


@pytest.mark.parametrize("over", [False, True])
def test_what_was_announced_where_nobody_reads_is_announced_once_there_is_a_chat(
    over: bool,
) -> None:
    world = stage()
    announcing("log", world)
    opened(world, "Incident", "S1")
    world.run_pass()
    world.run_pass()
    (before,) = (fact for fact in facts(world, "announced") if fact.what == "#production")
    world.now = at(5)
    if over:
        world.tracker.acting("erin").update("#1", Update(closed=True))
        world.run_pass()
    announcing("slack", world)
    ledger = Ledger(world)
    world.run_pass()
    made = ledger.kinds().count("post")
    world.run_pass()
    assert ledger.kinds().count("post") == made == (not over)
    (after,) = (fact for fact in facts(world, "announced") if fact.what == "#production")
    assert (after.at == before.at) is over


def test_how_an_incident_was_declared_is_nobodys_login() -> None:
    world, asked = stage(), list[str]()
    outsiders = world.counted.outsiders

    def noted(logins: Iterable[str]) -> frozenset[str]:
        asked.extend(logins := list(logins))
        return outsiders(logins)

    world.counted.outsiders = noted  # type: ignore[method-assign]
    declared = mark("declared", {"by": "mia", "origin": "declare", "imoc": "ian", "wanted": {}})
    world.tracker.open(Draft("It breaks", declared, ("Incident",), incident=True))
    world.run_pass()
    assert {"mia", "ian"} <= {*asked}
    assert "declare" not in asked
