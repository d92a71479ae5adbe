"""What the week was: what counts, what got better, whose it was; on one screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from automation.model.incident import Incident, Resolution
from automation.model.issue import Duty
from automation.planning.digest import Digest, digest_due, digest_memory
from automation.planning.weekly_digest import digest_of
from automation.policy.planning_input import Context
from automation.stored_state.dashboard import Dashboard, Row, encode, read
from automation.text.chat_text import unmarked
from automation.writing.digest_text import (
    MARKDOWN,
    PLAIN,
    digest_as_json,
    digest_in_words,
    digest_message,
)
from automation.writing.templates import Templates
from tests.build import a_context, a_fact, an_incident, at, policy
from tests.stored_state.test_dashboard import stands
from tests.worlds import shipped

TEMPLATES = Templates(shipped().templates)
WEEK = 7 * 24 * 60  # minutes
NOON = 12 * 60  # the start is a Monday at noon: that is midnight
BERLIN = "working_hours: {zone: Europe/Berlin}"


def context(now: float = 2 * WEEK, says: str = BERLIN) -> Context:
    return a_context(now, says=says)


def digest(
    *incidents: Incident, ctx: Context | None = None, board: Dashboard | None = None
) -> Digest:
    """The second week."""
    ctx = ctx or context()
    world = {each.ref: each for each in incidents}
    return digest_of(world, board or Dashboard("#0"), ctx, at(WEEK), at(2 * WEEK))


def an_outage(
    ref: str,
    declared: float,
    lasted: float | None = 60,
    pages: tuple[float, ...] = (),
    **rest: object,
) -> Incident:
    """An incident with pages of erin, so many minutes after it was declared."""
    facts = [a_fact("paged", declared + each, role="eoc", who="erin") for each in pages]
    came = a_fact("engaged", declared + 10, role="eoc", who="erin")
    end = Resolution(at(declared + lasted), "erin") if lasted is not None else None
    values: dict[str, object] = {
        "ref": ref,
        "declared_at": at(declared),
        "began": at(declared),
        "resolution": end,
        "facts": (*facts, came),
        "severity": "S3",
    } | rest
    return an_incident(**values)  # type: ignore[arg-type]


def words(made: Digest, ctx: Context | None = None, template: str = PLAIN) -> str:
    return unmarked(digest_in_words(made, ctx or context(), TEMPLATES, template))


def test_what_is_counted_stands_beside_the_week_before() -> None:
    made = digest(an_outage("#1", 0), an_outage("#2", 5), an_outage("#3", WEEK + 5, pages=(1, 2)))
    assert (made.counts.incidents, made.counts.pages) == (1, 2)
    assert made.before
    assert made.before.incidents == 2
    assert "1 incident (2 before), 2 pages.\n" in words(made)


def test_without_a_week_before_nothing_is_compared() -> None:
    ctx = replace(context(), since=at(1))
    made = digest(an_outage("#1", 5), an_outage("#3", WEEK + 5), ctx=ctx)
    assert made.before is None
    assert made.better == ()
    assert "1 incident, " in words(made)


def test_only_what_got_better_is_said_to_have() -> None:
    slow, quick = an_outage("#1", 0, 90, pages=(0,)), an_outage("#2", WEEK, 30, pages=(0,))
    assert [row["what"] for row in digest(slow, quick).better] == ["resolve"]
    assert "Incidents were over sooner: after 30 min, 1 h 30 min before" in words(
        digest(slow, quick)
    )
    worse = digest(an_outage("#1", 0, 30), an_outage("#2", WEEK, 90), an_outage("#3", WEEK, 90))
    assert worse.better == ()
    assert "got better" not in words(worse)


def test_what_ended_in_the_week_is_told_and_counts_for_the_week_in_which_it_began() -> None:
    made = digest(an_outage("#1", WEEK - 30, 60), an_outage("#2", WEEK - 90, 60))
    assert made.counts.incidents == 0
    assert [row["ref"] for row in made.incidents] == ["#1"]
    assert "0 incidents (2 before), 0 pages.\n" in words(made)


def test_the_time_in_which_it_was_closed_counts_for_nothing() -> None:
    back = a_fact("reopened", WEEK + 30, by="erin")
    made = an_outage("#1", 5, WEEK + 45, began=at(WEEK + 30), facts=(back,))
    assert "- #1 Git pushes fail (S3): over after 20 min" in words(digest(made))


def test_a_page_counts_as_out_of_hours_where_the_one_it_called_lives() -> None:
    night = an_outage("#1", WEEK + NOON, pages=(0,))
    assert digest(night).counts.out_of_hours == 1
    abroad = context(says=f"{BERLIN}\npeople: {{erin: {{zone: Pacific/Auckland}}}}")
    assert digest(night, ctx=abroad).counts.out_of_hours == 0  # 13:00 there
    before = an_outage("#2", NOON, pages=(0,))
    assert {"what": "out of hours", "now": "0", "before": "1"} in digest(before).better


def test_reviews_and_actions_that_were_finished_are_what_got_better() -> None:
    def follow(ref: str, kind: str, closed: float | None) -> Incident:
        made = an_incident(ref=ref, kind=kind, declared_at=None, title=f"The {kind}")  # type: ignore[arg-type]
        return replace(made, closed=closed is not None, closed_at=at(closed) if closed else None)

    made = digest(
        follow("#5", "review", WEEK + 1),
        follow("#6", "action", WEEK + 2),
        follow("#7", "action", 5),
        follow("#8", "review", None),
    )
    assert [row["ref"] for row in made.done] == ["#5", "#6"]
    assert "- Done: #5 The review\n- Done: #6 The action (corrective action)" in words(made)


DUE: Mapping[str, Row] = {
    "#7": {"title": "Late", "owner": "erin", "due": "2026-03-10", "overdue": "yes", "begun": "no"},
    "#8": {"title": "Soon", "owner": "", "due": "2026-03-18", "overdue": "", "begun": "no"},
    "#9": {"title": "Later", "owner": "ian", "due": "2026-04-30", "overdue": "", "begun": "no"},
    "#10": {"title": "(confidential)", "owner": "", "due": "", "for": "", "begun": ""},
}


def test_what_is_due_begins_with_what_is_overdue_and_ends_in_a_week() -> None:
    made = digest(board=Dashboard("#0", reviews=DUE))
    assert [row["ref"] for row in made.due] == ["#7", "#8"]
    text = words(made)
    assert "- #7 Late: overdue, due 2026-03-10; owner: erin\n" in text
    assert "- #8 Soon: due 2026-03-18\n" in text + "\n"


def test_planned_work_of_the_next_days_is_due_too() -> None:
    row = {"title": "Switches", "phase": "Scheduled", "services": "web", "owner": "mia"}
    soon = row | {"from": at(2 * WEEK + 60).isoformat(), "to": at(2 * WEEK + 120).isoformat()}
    far = row | {"from": at(4 * WEEK).isoformat(), "to": at(4 * WEEK + 60).isoformat()}
    made = digest(board=Dashboard("#0", planned={"#3": soon, "#4": far}))
    said = "- #3 Switches: planned work, from 16 Mar 13:00 UTC (14:00 Berlin); owner: mia"
    assert said in words(made)
    assert "#4" not in words(made)


def test_each_who_was_on_call_has_a_line_and_the_rest_of_them_one() -> None:
    shifts = {
        "eoc": (Duty("old", at(0)), Duty("erin", at(10)), Duty("mia", at(WEEK + 60))),
        "imoc": (Duty("ian"),),
        "cmoc": (Duty("gone", at(0)), Duty("", at(WEEK - 60))),
    }
    board = Dashboard("#0", shifts=shifts, reviews=DUE)
    made = digest(an_outage("#1", WEEK + 5, pages=(0, NOON)), board=board)
    assert "- erin (EOC): 2 pages, 1 out of hours; was there for #1; to do: #7\n" in words(made)
    assert words(made).endswith("- Quiet for ian, mia")


def test_of_a_confidential_incident_there_is_only_that_it_was() -> None:
    secret = an_outage("#1", WEEK + 5, pages=(0,), title="Keys leaked", confidential=True)
    made = digest(secret)
    for text in (words(made), words(made, template=MARKDOWN), str(digest_as_json(made))):
        assert not {"Keys", "#1", "erin"} & set(text.replace("'", " ").split())
    assert "1 incident (0 before), 0 pages. 1 is confidential: not listed here" in words(made)


def test_a_drill_is_no_incident() -> None:
    made = digest(an_outage("#1", WEEK + 5, pages=(0,), drill=True))
    assert (made.counts.incidents, made.counts.pages, made.drills) == (0, 0, 1)
    assert "A quiet week: no incident, no page. 1 drill." in words(made)


def test_in_the_chat_nobody_is_named() -> None:
    board = Dashboard("#0", shifts={"eoc": (Duty("erin"), Duty("mia", at(WEEK)))}, reviews=DUE)
    made = digest(an_outage("#1", WEEK + 5, None, pages=(0,), engaged={"eoc": "erin"}), board=board)
    assert "owner: erin" in words(made)
    told = unmarked(digest_message(made, context(), TEMPLATES))
    assert "#7 Late: overdue" in told
    assert not {"erin", "mia", "owner"} & set(told.replace(":", " ").split())


def test_where_the_policy_consents_people_are_named_in_the_chat_too() -> None:
    made = digest(an_outage("#1", WEEK + 5, pages=(0,)), board=Dashboard("#0", reviews=DUE))
    ctx = context(says=f"{BERLIN}\nstats: {{people: true}}")
    told = unmarked(digest_message(made, ctx, TEMPLATES))
    assert told == words(made)
    assert "- erin (EOC): 1 page; was there for #1; to do: #7" in told


def test_it_fits_on_a_screen_whatever_happened() -> None:
    long = "A title that nobody would call short, for it goes on and on. " * 3
    many = [an_outage(f"#{n}", WEEK + n, 10, pages=(0,), title=long) for n in range(1, 300)]
    slow = [an_outage(f"#{n}", n - 300, 900, pages=(NOON,)) for n in range(300, 700)]
    shifts = {"eoc": tuple(Duty(f"person{n}", at(WEEK + n)) for n in range(6))}
    rows = {f"#{n}": {**DUE["#7"], "title": long} for n in range(700, 900)}
    board = Dashboard("#0", shifts=shifts, reviews=rows, actions=rows)
    made = digest(*many, *slow, board=board)
    for template in (PLAIN, MARKDOWN):
        lines = words(made, template=template).splitlines()
        assert len(lines) <= 36
        assert max(map(len, lines)) <= 200
    assert "- and 294 more" in words(made)
    assert len(digest_as_json(made)["incidents"]) == 299


HOSTILE = "@all <!-- ima:card {} --> | *x* <script>\n/close"


@pytest.mark.parametrize("template", [PLAIN, MARKDOWN])
def test_what_people_have_written_stays_text(template: str) -> None:
    text = words(digest(an_outage("#1", WEEK, title=HOSTILE)), template=template)
    assert "@all" not in text
    assert not any(line.startswith("/") for line in text.splitlines())
    assert template == PLAIN or not {"<!--", "<script>", "| *"} & {*text.split()}


WANTED = 'digest: {every: "monday 13:00", to: [dashboard, chat]}'  # 12:00 UTC in winter


def memory(until: float, missing: str = "", since: float | None = None) -> Dashboard:
    start = until - WEEK if since is None else since
    row = {"since": at(start).isoformat(), "until": at(until).isoformat(), "missing": missing}
    return Dashboard("#0", digest=row)


@pytest.mark.parametrize(
    ("stored", "now", "due"),
    [
        pytest.param(memory(0), WEEK - 1, None, id="not yet"),
        pytest.param(memory(0), WEEK, (0, WEEK), id="now"),
        pytest.param(memory(0), WEEK + 999, (0, WEEK), id="late"),
        pytest.param(memory(0), 3 * WEEK + 5, (0, 3 * WEEK), id="late by weeks: once"),
        pytest.param(memory(0), 3 * WEEK - 5, (0, 2 * WEEK), id="the last time that it came"),
        pytest.param(memory(WEEK), WEEK, None, id="told"),
        pytest.param(memory(2 * WEEK), WEEK, None, id="the clock was put back"),
        pytest.param(Dashboard("#0"), WEEK, None, id="the policy has just begun to want it"),
        pytest.param(replace(memory(0), ref=""), WEEK, None, id="no dashboard can remember it"),
        pytest.param(replace(memory(0), newer=9), WEEK, None, id="the dashboard is not ours"),
    ],
)
def test_when_a_week_is_due(stored: Dashboard, now: float, due: tuple[float, float] | None) -> None:
    wanted = (at(due[0]), at(due[1])) if due else None
    found = digest_due(policy(f"{BERLIN}\n{WANTED}"), stored, at(now))
    assert (found and (found.since, found.until)) == wanted
    assert found is None or found.places == ("dashboard", "chat")


def test_four_weeks_are_the_most_that_one_digest_tells() -> None:
    found = digest_due(policy(f"{BERLIN}\n{WANTED}"), memory(0), at(3 * WEEK))
    assert found
    assert found.until - found.since == timedelta(weeks=3)
    found = digest_due(policy(WANTED.replace("13:00", "12:00")), memory(0), at(99 * WEEK))
    assert found
    assert found.until - found.since == timedelta(weeks=4)


def test_where_it_failed_it_is_due_again_there_alone_and_as_long_as_it_is_wanted_there() -> None:
    stored = memory(WEEK, missing="chat", since=3)
    found = digest_due(policy(f"{BERLIN}\n{WANTED}"), stored, at(WEEK + 5))
    assert found
    assert (found.places, found.since, found.again) == (("chat",), at(3), True)
    alone = policy(f'{BERLIN}\ndigest: {{every: "monday 13:00"}}')
    assert digest_due(alone, stored, at(WEEK + 5)) is None


def test_what_is_remembered_ends_with_the_key_and_begins_with_it_anew() -> None:
    assert digest_memory(policy(), memory(0), at(WEEK), None) == {}
    anew = digest_memory(policy(f"{BERLIN}\n{WANTED}"), Dashboard("#0"), at(WEEK + 5), None)
    assert anew == {"since": at(WEEK).isoformat(), "until": at(WEEK).isoformat(), "missing": ""}


@pytest.mark.parametrize("odd", ["", "soon", "0001-01-01T00:00:00+14:00", "9999-99-99", 7, None])
def test_a_memory_that_is_none_is_begun_anew(odd: object) -> None:
    assert read_again({"since": odd, "until": odd, "missing": ""}) == {}


def test_what_a_memory_says_oddly_ends_no_run() -> None:
    row = {"since": "2001-01-01", "until": at(WEEK).isoformat(), "missing": "chat mail"}
    board = replace(memory(0), digest=read_again(row))
    found = digest_due(policy(f"{BERLIN}\n{WANTED}"), board, at(WEEK))
    assert found
    assert found.places == ("chat",)
    assert found.read_since == at(-7 * WEEK)  # four weeks, and four before


def read_again(row: object) -> Row:
    """What a later run reads of it."""
    board = replace(memory(0), digest=row)  # type: ignore[arg-type]
    found = read(stands(encode(board, "")))
    assert found
    return found.digest


@pytest.mark.parametrize(
    ("since", "until", "period"),
    [
        pytest.param(WEEK, 2 * WEEK, "9 Mar to 16 Mar 2026", id="in one year"),
        pytest.param(-9 * WEEK, -8 * WEEK, "29 Dec 2025 to 5 Jan 2026", id="over new year"),
    ],
)
def test_the_days_of_a_digest_say_their_years(since: float, until: float, period: str) -> None:
    made = replace(digest(), since=at(since), until=at(until))
    assert words(made).startswith(f"The week: {period}\n")
