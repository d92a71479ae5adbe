"""What templates are tried with: incidents, dashboards and sites that show everything. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from automation.alerts.alert_table import AlertRow, AlertTable, Proposal
from automation.changes.need import MessagePerson
from automation.changes.notice import PostNotice
from automation.changes.service_calls import NEW, Announce, Declare, Open
from automation.model.alerts_seen import PagerEvent
from automation.model.incident import Choice, Fact, Incident, Resolution, Seat
from automation.model.issue import STATES, STATUSES, Duty
from automation.model.maintenance import Maintenance, Window, window_fact
from automation.model.on_call import OnCall
from automation.model.publicity import post_name
from automation.planning.digest import Counts, Digest, PersonWeek
from automation.planning.handover import Handover
from automation.policy.planning_input import Context
from automation.policy.policy import Policy, Service
from automation.policy.slo import Figure, Verdict
from automation.rules.ask import UNANSWERED
from automation.site.site import SHOWN_FOR, AboutSite, Site, site_of_incidents
from automation.stats.figures import stats_since
from automation.stats.pages import FiguresPage, figures_page
from automation.stored_state.dashboard import Dashboard, Late

_EARLY = {
    "who": "erin",
    "left": "18 min",
    "until": "2026-03-02 12:48 UTC",
    "status": "Partial Service Disruption",
}
_HAVE_IT = {"whom": "zoe", "who": "erin", "role": "eoc", "did": "put off", "next": "12:20 UTC"}
_UNANSWERED = {
    "whom": "ian",
    "who": "erin",
    "role": "eoc",
    "since": "12:00 UTC",
    "next": "12:10 UTC",
    "then": "imoc",
    "unheard": "",
}
_WORSE = dict.fromkeys(("severity", "service", "limit", "name", "because"), "")
_WORK = {
    "whom": "mia",
    "said": "From 2026-03-02 14:00 to 15:00 UTC",
    "said_services": "Web",
    "window": "From 2026-03-02 22:00 to 23:00 UTC",
    "window_services": "Web",
}
NOTES: tuple[tuple[str, dict[str, str]], ...] = (  # comments/NAME.md.j2: what it is told
    ("back", {"who": "mallory", "whom": "ian", "why": ""}),
    ("back", {"who": "mallory", "whom": "", "why": "it fails"}),
    ("joined", {"ref": "#7", "who": "erin", "helpers": "mia,tom", "alerts": "Slow, Errors"}),
    ("joined", {"ref": "#7", "who": "", "helpers": "", "alerts": ""}),
    ("returned", {"whom": "erin,ian", "who": "zoe", "why": "pushes fail again"}),
    ("returned", {"whom": "erin", "who": "", "why": ""}),
    ("review_returned", {"whom": "erin", "incident": "#1"}),
    ("review_returned", {"whom": "", "incident": "#1"}),
    ("severity_followed", {"whom": "mia", "of": "#1", "severity": "S1", "due": "2026-03-09"}),
    ("severity_followed", {"whom": "", "of": "#1", "severity": "S1", "due": ""}),
    ("contested", {"who": "mia", "what": "closed"}),
    ("contested", {"who": "", "what": "assigned", "whom": "ian"}),
    ("explain", {}),
    ("action_opened", {"what": "action:c1/x"}),
    ("gate", {"who": "", "severity": "", "sections": "Impact"}),
    ("gate", {"who": "mia", "severity": "S2", "sections": ""}),
    ("unanswered", _UNANSWERED),
    ("unanswered", _UNANSWERED | {"whom": "", "next": "", "then": ""}),
    ("unanswered", _UNANSWERED | {"next": "", "unheard": "yes"}),
    ("unconfirmed", {"whom": "erin", "severity": "S1", "by": "mallory"}),
    ("unconfirmed", {"whom": "erin", "severity": "S1", "by": ""}),
    ("have_it", _HAVE_IT),
    ("have_it", _HAVE_IT | {"whom": "erin"}),
    ("nobody", {"whom": ""}),
    ("nobody", {"whom": "rita"}),
    ("nobody_on_call", {"whom": "erin", "title": "Engineer On Call"}),
    ("maintenance_asks", _WORK | {"whom": "", "what": "times"}),
    ("maintenance_asks", _WORK | {"what": "confirm", "said_services": ""}),
    ("maintenance_asks", _WORK | {"what": "changed"}),
    ("drill_asks", {"whom": "erin", "why": ""}),
    ("drill_asks", {"whom": "", "why": "somebody was paged for it"}),
    ("maintenance_goes_on", {"who": "mia"}),
    ("maintenance_goes_on", {"who": ""}),
    ("maintenance_ends", {"whom": "mia", "end": "15:00 UTC"}),
    ("maintenance_ends", {"whom": "", "end": "15:00 UTC"}),
    ("handover", {"whom": "erin", "role": "EOC", "left": "mia: watch it", "rest": ""}),
    ("handover", {"whom": "erin", "role": "EOC", "left": "", "rest": "reviews due: #3"}),
    ("help", {}),
    ("help_severity", {}),
    ("kept", {"who": "mia", "whom": "ian"}),
    ("chase", {"whom": "ian", "who": "mia", "by": "erin", "reason": "", "manager": ""}),
    ("chase", {"whom": "ian", "who": "mia", "by": "erin", "reason": "x", "manager": "mona"}),
    ("public_before", {"whom": "sam"}),
    ("page_parts", {"whom": "erin", "shown": "", "now": "Web", "link": "", "renamed": ""}),
    (
        "page_parts",
        {"whom": "erin", "shown": "API", "now": "", "link": "https://a.example", "renamed": "yes"},
    ),
    ("operational", {"who": "", "status": "Service Disruption"}),
    (
        "refused",
        {"typed": "/ima x", "who": "mia", "why": "there is no such command", "instead": ""},
    ),
    ("propose", {"family": "severity", "value": "S2"}),
    ("propose", {"family": "status", "value": "Service Disruption"}),
    ("refused", {"typed": "/ima x", "who": "", "why": "you may not", "instead": "help"}),
    ("seat_undone", {"who": "mia", "whom": "ian"}),
    ("second", {"first": "#2"}),
    ("security_stays", {"who": "mia"}),
    ("security_stays", {"who": ""}),
    ("together", {"stands": "S1", "others": "S2"}),
    ("too_early", _EARLY | {"until": ""}),
    ("too_early", _EARLY | {"who": ""}),
    ("undone", {"who": ""}),
    ("worse", _WORSE | {"service": "api"}),
    ("worse", _WORSE | {"limit": "limits.opens: 10 within 10m"}),
    ("worse", _WORSE | {"severity": "S1", "name": "Disk", "because": "severity=critical"}),
    ("undone", {"who": "mia"}),
)
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_FACTS = (  # of each kind that shows
    Fact("document", NOW, by="doc.md"),
    Fact("announced", NOW, what="#production", text="x"),
    Fact("withheld", NOW, by="erin", text="nobody uses it"),
    Fact("published", NOW, by="erin", what="1/Investigating/Operational/web", text="We look."),
    Fact("shown", NOW, by="https://status.example/1", what="1"),
    Fact("waived", NOW, by="ian", what="remind-update", text="night", until=NOW.isoformat()),
    Fact("late", NOW, what="stuck-investigating", text="900"),
)
_ERRORS = Figure(
    measure="errors", word="outage", slo=0.001, outage=0.002, newest=0.2, worst=0.3, since=NOW
)
_WEB = Verdict("web", "Web", (_ERRORS,))


def declaration() -> Declare:
    """An incident that IMA itself declares, for a service that is out."""
    return Declare(
        ref=NEW,
        rule="",
        why="",
        title="Sample",
        services=(),
        status="Service Disruption",
        figures=tuple(_WEB.lines),
    )


def samples(policy: Policy) -> Iterable[tuple[Incident, Context]]:
    """An incident that nobody has touched, one at its height, and one that is over."""
    known = OnCall({role: (Duty("erin", NOW),) for role in policy.roles})
    ctx = Context(
        policy=policy, me="ima", now=NOW, since=NOW, on_call=known, verdicts={"web": _WEB}
    )
    nobody = replace(ctx, on_call=OnCall(unknown=frozenset(policy.roles)))
    fresh = Incident(ref="#1", title="Sample", kind="incident", author=None, opened_at=NOW)
    busy = replace(
        fresh,
        author="rita",
        declared_at=NOW,
        severity=Choice("S2", NOW, "rita", confirmed=False),
        state=Choice("Investigating", NOW, "erin"),
        status=Choice("Service Disruption", NOW),
        services=("web",),
        seats={role: Seat(role, "erin", NOW) for role in policy.roles},
        owner="erin",
        extras=("mia",),
        facts=_FACTS,
        waiting=(Fact("needed", NOW, who="mia", text="the database"),),
    )
    here = {role: replace(seat, here_at=NOW, engaged_at=NOW) for role, seat in busy.seats.items()}
    over = replace(
        busy,
        closed=True,
        seats=here,
        resolution=Resolution(NOW, "erin", "fixed", contested=True),
        reviews={"review": "#2", "near miss": "#3", "action:c1/x": "#4"},
    )
    left = Fact("left", NOW, by="rita", what="closed")
    waiting = replace(busy, seats=dict(list(busy.seats.items())[:1]), severity=None, left=left)
    later = replace(ctx, now=NOW + timedelta(seconds=1))
    return [(fresh, nobody), (busy, ctx), (waiting, later), (over, ctx)]


def of_every_kind(policy: Policy) -> Iterator[tuple[Incident, Context]]:
    """An incident of each severity, state and status, a secret one, and what follows one."""
    (fresh, _), (busy, ctx), *_ = samples(policy)
    for severity in policy.severities:
        yield replace(busy, severity=Choice(severity, NOW, "erin")), ctx
    for state in STATES:
        yield replace(busy, state=Choice(state, NOW, "erin", note="roll back")), ctx
    for status in STATUSES:
        yield replace(busy, status=Choice(status, NOW, "erin")), ctx
    yield replace(busy, security_at=NOW, confidential=True), ctx
    yield replace(fresh, kind="other", near_miss=True), ctx
    for kind in ("review", "action"):
        yield replace(fresh, kind=kind, review_of="#2", due=NOW.date(), assignees=("erin",)), ctx


def planned_work(policy: Policy) -> list[tuple[Incident, Context]]:
    """Planned work that is confirmed, and some that was called off."""
    (fresh, _), (_, ctx), *_ = samples(policy)
    return [(_planned_work(fresh, ended), ctx) for ended in (False, True)]


def planned_drafts() -> list[tuple[str, str, Window, str]]:
    """What is said of planned work when it is opened: title, by whom, when, what is done."""
    window = Window(NOW, NOW + timedelta(hours=1))
    return [
        ("Sample", "rita", window, ""),
        ("Sample", "rita", replace(window, services=("web",)), "We swap switches."),
    ]


def _planned_work(fresh: Incident, ended: bool) -> Incident:
    window = Window(NOW, NOW + timedelta(hours=1), ("web",) if ended else ())
    over = Fact("ended", NOW, by="erin", text="no spare parts")
    post = Fact("published", NOW, what=post_name(1, "Scheduled", "Operational", ()), text="Soon.")
    work = Maintenance(window, window_fact(window, NOW, "cara", ""), over if ended else None)
    shown = (post, *(fact for fact in _FACTS if fact.kind == "shown")) if ended else ()
    return replace(fresh, kind="maintenance", maintenance=work, facts=shown)


def dashboards() -> Iterator[Dashboard]:
    """One that has nothing to show, and one with some of everything."""
    yield Dashboard()
    row = {"title": "Sample", "owner": "erin"}
    active = dict.fromkeys(("severity", "state", "status", "due", "rule"), "x") | row
    active |= dict.fromkeys(("rank", "began", "next", "then"), "x") | {"todo": "come"}
    active |= {"card": "https://forge.example/1#note_1"}
    review = {"for": "#1", "begun": "no", "due": "2026-03-09", "overdue": "yes"} | row
    yield Dashboard(
        shifts={"eoc": (Duty("erin"),)},
        unknown=frozenset(["eoc"]),
        active={"#1": active},
        reviews={"#2": review},
        old=("#3",),
        actions={"#4": {name: value for name, value in review.items() if name != "begun"}},
        planned={
            "#5": dict.fromkeys(("from", "to"), NOW.isoformat())
            | {"title": "Sample", "phase": "Scheduled", "services": "web", "owner": ""}
        },
        tell={"a": {"ref": "#1", "at": "", "by": "mia", "text": "Look."}},
        alerts={"Sample": ((NOW, "#1"),)},
        flappy=("Sample",),
        policy="0123456789ab",
        policy_since=NOW,
        late=(Late(NOW, "#1", "stuck-investigating", 900),),
        findings={
            "a": {"text": "x", "since": NOW.isoformat(), "ref": "", "grave": "", "told": ""},
            "b": {"text": "y", "since": NOW.isoformat(), "ref": "#1", "grave": "y", "told": "y"},
        },
        beat=NOW,
    )


def handovers(policy: Policy) -> Iterator[Handover]:
    """One that has nothing to tell, and one with some of everything."""
    bare = Handover("erin", policy.chain[0], "", "", True, {}, {}, {})
    row = dict.fromkeys(("title", "severity", "state", "status", "owner", "due", "rule"), "")
    full = dict.fromkeys(row, "x")
    note = {"ref": "#1", "at": "", "by": "mia", "text": "Look."}
    notes = {"a": note, "b": note | {"by": "", "text": ""}}
    due = {"reviews due": {"#3": full, "#4": row}}
    yield bare
    yield replace(bare, active={"#1": row, "#2": full}, left=notes, due=due)


def digests() -> Iterator[Digest]:
    """A quiet week, and one with some of everything, more of it than is shown."""
    week = NOW - timedelta(days=7)
    yield Digest(week, NOW, Counts())
    row = {"ref": "#1", "title": "Sample", "owner": "erin"}
    going_on = row | {"severity": "", "state": "Investigating", "since": "x", "took": ""}
    due = row | {"what": "review", "due": "2026-03-09", "overdue": "yes", "begins": ""}
    action = due | {"what": "action", "overdue": ""}
    better = [
        {"what": w, "now": "1", "before": "2"} for w in ("incidents", "out of hours", "resolve")
    ]
    busy = PersonWeek("erin", ("eoc",), 2, 1, ("#1",), ("#2",))
    yield Digest(
        week,
        NOW,
        Counts(2, 1, 3, 1, 60.0, 3600.0),
        Counts(3),
        1,
        2,
        (going_on, {**going_on, "took": "1 h", "severity": "S1"}) * 4,
        (due, action, {**action, "what": "work", "begins": "x"}) * 3,
        ({"ref": "#2", "title": "Sample", "what": "action"}, {**row, "what": "review"}) * 3,
        (*better, {**better[0], "what": "acknowledge"}),
        (*[busy] * 9, replace(busy, who="mia", pages=0, incidents=(), due=())),
        ("#4",),
    )


def sites(policy: Policy) -> Iterator[Site]:
    """One that has nothing to show, and one with an active incident and one that is over."""
    about = AboutSite("Status", "", policy.project, NOW, NOW, SHOWN_FOR)
    yield site_of_incidents((), {}, about)
    posts = (("Investigating", "Service Disruption"), ("Resolved", "Operational"))
    services = policy.services or {"web": Service(name="web")}
    facts = [
        Fact("published", NOW, what=post_name(n, state, status, ("web",)), text="Sample")
        for n, (state, status) in enumerate(posts, 1)
    ]
    made = Incident(ref="#1", title="", kind="incident", author=None, opened_at=NOW)
    active = replace(made, facts=tuple(facts[:1]))
    over = replace(made, ref="#2", facts=tuple(facts))
    work, _ = planned_work(policy)[0]
    told = Fact("published", NOW, what=post_name(1, "In progress", "Maintenance", ()), text="Now.")
    yield site_of_incidents((active, over), services, about)
    yield site_of_incidents((replace(work, ref="#3", facts=(told,)),), services, about)


def figure_pages(policy: Policy) -> Iterator[FiguresPage]:
    """The page of figures: one that has nothing to show, and one with an incident."""
    ctx = replace(next(iter(samples(policy)))[1], since=NOW, now=NOW + timedelta(days=40))
    made = Incident(
        ref="#1", title="", kind="incident", author=None, opened_at=NOW, declared_at=NOW
    )
    for known in ((), (made,)):
        yield figures_page(known, ctx, stats_since(known, ctx, NOW))


def sample_notice(about: str) -> PostNotice:
    """What the channel is told where a question about this went unanswered."""
    about = f"ask_{about}{UNANSWERED}"
    return PostNotice(
        ref="#1", rule="", why="", channel="#production", about=about, of="x", whom="cara"
    )


def sample_message() -> MessagePerson:
    """What a person is told who is needed."""
    return MessagePerson(ref="#1", rule="", why="", person="mia", by="erin", of="c1/x", text="why")


def sample_announcement(about: str, role: str) -> Announce:
    """An announcement; ``about``: of what besides the incident itself."""
    return Announce(ref="#1", rule="", why="", channel="#production", about=about, role=role)


def sample_review(template: str) -> Open:
    """The review of an incident, opened from this template."""
    return Open(
        ref="#1", rule="", why="", what="review", template=template, assignee="erin", severity="S2"
    )


def sample_action() -> Open:
    """A corrective action, opened from an incident."""
    return Open(
        ref="#1",
        rule="",
        why="",
        what="action:c1/x",
        template="action.md.j2",
        assignee="erin",
        due="2026-03-09",
        title="Sample",
        by="mia",
    )


def alert_tables() -> Iterator[AlertTable]:
    """Alerts that fire, that are over, that were not told or merged, and a call by hand in the
    pager."""
    row = AlertRow("Sample", "f1", NOW, labels=(("host", "a"),))
    over = replace(row, ended=NOW)
    other = AlertRow("Other", "f2", NOW, url="https://x.example")
    proposes = Proposal("S2", "Sample", "severity=high")
    yield AlertTable((row, other, replace(row, fingerprint="f3")), shown=2, proposes=proposes)
    yield AlertTable((over,))
    yield AlertTable((over,), untold=(("", 3),))
    yield AlertTable((row,), over=True)
    yield AlertTable(pager=(PagerEvent("P1", "triggered", NOW, "PERIN", title="Sample"),))
    yield AlertTable((over,), over=True)
    yield AlertTable((over,), pager=(PagerEvent("f1", "merged", NOW),))
