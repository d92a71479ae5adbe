"""How the past is read and compared: what the histories of scenarios do not show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automation.changes.comments import Say
from automation.changes.issue_changes import Call
from automation.changes.service_calls import Page
from automation.config.merge import merge
from automation.model.facts import Fact, Note
from automation.model.issue import Capabilities, Comment, Duty, Head, Issue
from automation.past import life
from automation.past.on_call import remembered_duties
from automation.past.preview import past_preview
from automation.past.tracker import PastTracker
from automation.planning.past import Act, Lived, Outlook, Past, past_of
from automation.policy.policy import Policy
from automation.reconcile.one_pass import Run
from automation.schema.yaml_nodes import parse
from automation.services import Pager, Services
from automation.services.embedded.embedded import Outbox, PolicyPager, SitePage
from automation.writing.past_text import past_markdown
from automation.writing.templates import NoWords
from tests.worlds import shipped

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PEOPLE = """
since: 2026-01-01T00:00:00Z
roles: {eoc: {on_call: erin}, imoc: {on_call: ian}, cmoc: {on_call: cara}, security: {on_call: sam}}
"""
TEXTS = NoWords(shipped().templates)


def policy(more: str = "", people_file: str = PEOPLE) -> Policy:
    people = parse(people_file, "policy.yml")
    return shipped().policy(merge(people, parse(more, "policy.yml")) if more else people)


def incident(number: int = 1, *comments: tuple[int, str, str], at: datetime = AT) -> Issue:
    """Rita opens it; what others write, by minute."""
    said = tuple(
        Comment(f"c{number}-{minute}", at + timedelta(minutes=minute), who, text, order=minute)
        for minute, who, text in comments
    )
    labels = frozenset({"Incident", "S3"})
    return Issue(f"#{number}", "It breaks", "", "rita", at, at, labels=labels, comments=said)


@dataclass
class Project(PastTracker):
    """A project that lists its issues, and counts which are read whole."""

    def __post_init__(self) -> None:
        self.read: list[str] = []

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        issues = self.now.values()
        return [Head(i.ref, i.updated_at, i.closed, i.labels, i.author, 9) for i in issues]

    def issues(self, *args: object, **values: object) -> list[Issue]:
        found = super().issues(*args, **values)  # type: ignore[arg-type]
        self.read += [issue.ref for issue in found]
        return found


class Kept:
    """A file in memory."""

    def __init__(self) -> None:
        self.issues: dict[str, Issue] = {}

    def read(self) -> dict[str, Issue]:
        return self.issues

    def write(self, issues: Iterable[Issue]) -> None:
        self.issues = {issue.ref: issue for issue in issues}


def looked_back(issues: Sequence[Issue], head: str = "", **more: Any) -> tuple[Past, Project]:
    """The last two days of a project with these issues, by the shipped policy and by another."""
    now = AT + timedelta(days=1)
    base, can = policy(), replace(Capabilities(), room=more.pop("room", 99))
    there = {issue.ref: issue for issue in issues}
    project = Project("acme/production", "ima", can, lambda: now, now=there)
    outbox = Outbox(None, lambda: now)

    def pager_of(by: Policy) -> Pager:
        return PolicyPager(by, outbox)

    nothing: Any = None
    services = Services(pager_of(base), nothing, nothing, SitePage(outbox), nothing)
    run = Run(base, project, services, TEXTS, lambda: now)
    since = now - timedelta(days=2)
    wanted = more.pop("wanted", None) or policy(head)
    return past_preview(run, wanted, since, TEXTS, pager_of=pager_of, **more), project


def said(past: Past) -> list[str]:
    return [f"{each.sign} {each.said}" for each in past.differences]


def test_what_has_not_moved_since_an_earlier_preview_is_not_read_again() -> None:
    kept, issues = Kept(), [incident(1), incident(2)]
    assert sorted(looked_back(issues, kept=kept)[1].read) == ["#1", "#2"]
    moved = replace(issues[1], updated_at=AT + timedelta(hours=1))
    past, project = looked_back([issues[0], moved], kept=kept)
    assert project.read == ["#2"]
    assert len(past.lived) == 2


def test_nothing_confidential_is_kept() -> None:
    kept = Kept()
    looked_back([incident(1), replace(incident(2), confidential=True)], kept=kept)
    assert {*kept.issues} == {"#1"}


def test_where_there_is_no_room_to_read_all_the_newest_are_there_and_the_rest_is_counted() -> None:
    issues = [incident(number) for number in (1, 2, 3)]
    past, project = looked_back(issues, room=2)
    assert sorted(project.read) == ["#2", "#3"]
    assert (len(past.lived), past.unread) == (2, 1)
    assert "1 issue that could not be read now" in past_markdown(past, "acme/production")


def test_what_nobody_ends_is_followed_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reminder each minute of a whole day."""
    monkeypatch.setattr(life, "MOST_PASSES", 9)
    often = """
rules:
  - name: still-there
    why: It goes on.
    when: {severity: [S3], for: 1m}
    ask: {whom: owner, about: severity, every: 1m}
"""
    past, _ = looked_back([incident(1, (1, "erin", "looking"))], often)
    (one,) = past.lived
    assert one.cut
    assert len(one.head) < 50
    assert "1 incident that nobody ends" in past_markdown(past, "acme/production")


def test_a_rota_of_the_proposed_policy_calls_whose_turn_it_would_have_been() -> None:
    rota = '{rota: {who: [mia, max], from: "2026-03-02T12:30 UTC", every: 1d}}'
    wanted = policy(people_file=PEOPLE.replace("{on_call: erin}", rota))
    past, _ = looked_back([incident(1, at=AT + timedelta(hours=1))], wanted=wanted)
    assert "~ call @mia as EOC 13:00 instead of @erin 13:00" in said(past)


def test_who_is_on_call_is_what_is_remembered() -> None:
    """Before the first shift that the dashboard knows nobody was; where it has forgotten shifts,
    whom rules called then; of a role of which nothing is known, who has it now."""
    later = [AT + timedelta(hours=hour) for hour in range(8)]
    shifts = {
        "eoc": (Duty("erin", later[1]), Duty("mia", later[3])),
        "imoc": tuple(Duty(f"i{hour}", later[hour]) for hour in range(2, 8)),
    }
    facts = [Fact("called", later[0], "imoc", "ian", "page-by-severity", what="rule")]
    present = {"eoc": Duty("mia"), "imoc": None, "cmoc": Duty("cara")}
    duties = remembered_duties(shifts, facts, present)

    def people(at: datetime) -> list[str | None]:
        return [duty.person if duty else None for duty in duties.at(at).values()]

    assert people(later[0]) == [None, "ian", "cara"]
    assert people(later[4]) == ["mia", "i4", "cara"]
    assert duties.next_change(later[1]) == later[2]
    assert duties.next_change(later[7]) is None


def call(minute: int, who: str = "ian", rule: str = "r") -> Act:
    change = Call(ref="#1", rule=rule, why="", role="imoc", person=who)
    return Act(AT + timedelta(minutes=minute), change, who)


def lived(base: Sequence[Act], head: Sequence[Act], **more: Any) -> Past:
    one = Lived("#1", "It breaks", AT, False, tuple(base), tuple(head))
    outlook = Outlook(policy(), policy(more.pop("head", "")))
    return past_of([replace(one, **more)], outlook, AT - timedelta(days=7), AT)


def test_minutes_are_summed_apart_by_whether_people_are_called_earlier_or_later() -> None:
    past = lived([call(10), call(20)], [call(4), call(50)])
    assert (past.earlier, past.later) == (6, 30)


def test_what_comes_on_another_day_says_which() -> None:
    past = lived([call(10)], [call(10 + 24 * 60)])
    assert said(past) == ["~ call @ian as IMOC 3 Mar 12:10 instead of 12:10"]


def test_comments_for_different_people_are_told_apart() -> None:
    def note(role: str) -> Say:
        return Say(ref="#1", rule="r", why="", note=Note("k", "called", (("role", role),)))

    past = lived([], [Act(AT, note("EOC")), Act(AT, note("CMOC")), Act(AT, note("CMOC"))])
    assert said(past) == ["+ comment: call the EOC", "+ 2 × comment: call the CMOC"]


def test_less_than_a_minute_is_no_difference() -> None:
    later = replace(call(10), at=AT + timedelta(minutes=10, seconds=59))
    assert lived([call(10)], [later]).refs == []


@pytest.mark.parametrize(
    ("hour", "who", "night"), [(20, "ian", 0), (22, "ian", 1), (5, "ian", 1), (6, "ian", 0)]
)
def test_night_is_by_the_clock_of_whoever_is_paged(hour: int, who: str, night: int) -> None:
    """In Berlin it is an hour later."""
    page = Page(ref="#1", rule="r", why="", role="imoc")
    past = lived([Act(AT.replace(hour=hour), page, who)], [])
    assert past.base.at_night == night


def many(number: int, *rules: tuple[str, int]) -> Past:
    """So many incidents, on the first ones of which each rule said something."""
    lives = [
        Lived(
            f"#{nth}",
            "It breaks",
            AT,
            False,
            (),
            tuple(call(nth, rule=rule) for rule, on in rules if nth < on),
        )
        for nth in range(number)
    ]
    outlook = Outlook(policy(), policy(CARA))
    return past_of(lives, outlook, AT - timedelta(days=7), AT)


CARA = """
rules:
  - {name: wide, why: x, when: {severity: [S1, S2, S3]}, engage: {role: cmoc}}
  - {name: narrow, why: x, when: {severity: S2}, engage: {role: cmoc}}
  - {name: unused, why: x, when: {severity: S1}, engage: {role: cmoc}}
"""


def test_a_rule_that_does_something_on_nine_of_ten_incidents_is_named() -> None:
    past = many(20, ("wide", 18), ("narrow", 17))
    assert past.nearly_always == ["wide"]
    told = past_markdown(past, "acme/production").splitlines()
    assert "Rules that did something on nearly every incident: `wide`." in told
    (never,) = (line for line in told if line.startswith("Rules that never did anything"))
    assert "`unused`" in never
    assert "`narrow`" not in never


def test_of_few_incidents_nothing_is_said_of_rules_but_that_a_new_one_did_nothing() -> None:
    past = many(9, ("wide", 9))
    assert past.nearly_always == []
    assert {*past.never} == {"narrow", "unused"}


def test_where_a_run_would_have_refused_the_other_incidents_are_lived_all_the_same() -> None:
    """By the proposed policy IMA's own account is on call."""
    wanted = policy(people_file=PEOPLE.replace("erin", "ima"))
    past, _ = looked_back([incident(1)], wanted=wanted)
    assert "- call @erin as EOC 12:00" in said(past)


def test_words_of_strangers_are_harmless_in_the_comment() -> None:
    note = Note("k", "x", (("a", "@all"),))
    say = Say(ref="#1", rule="</td>`|@all", why="", note=note)
    past = lived([], [Act(AT, say), call(1, rule="<!-- ima:preview -->")], title="<b> @all | #2")
    shown = past_markdown(past, "acme/production")
    assert "<!--" not in shown
    assert "@all |" not in shown.replace("@\u200ball", "")
    assert "<b>" not in shown
