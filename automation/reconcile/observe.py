"""``observe``: read everything that a rule may need, once. The only reader of the world."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

from automation.errors import PolicyError, ServiceError
from automation.history.command_parsing import commands_in
from automation.history.duplicates import duplicates_named
from automation.history.fold import fold
from automation.model.bounds import NAMES
from automation.model.facts import is_action
from automation.model.incident import Fact, Incident
from automation.model.issue import Duty, Fate, Issue, Sample, Unmeasured
from automation.model.replacing import replace
from automation.model.status_page import StatusPageRead
from automation.planning.digest import DASHBOARD, DigestDue, digest_due
from automation.planning.distrusted_memory import memory_findings
from automation.planning.gone_issues import gone_incident, is_shut_in_elsewhere, not_found
from automation.planning.people_missing import PAGER
from automation.planning.plain_incidents import plain_incidents
from automation.planning.plan import Finding, Snapshot, by_ref
from automation.planning.renamed_labels import renamed_labels
from automation.planning.set_aside import SetAside, finding_of
from automation.planning.sweep_state import Cache
from automation.policy import slo
from automation.policy.planning_input import Context
from automation.policy.policy import Policy, Role
from automation.policy.slo import Verdict
from automation.reconcile.issue_reading import (
    PagerAnswers,
    Reader,
    is_full_sweep,
    opening_marker,
    reviewed_by,
)
from automation.reconcile.tracker_time import Clock, clock_findings, now_on_tracker
from automation.services import Metrics, Pager, Services, StatusPage
from automation.services.duties import duty_of
from automation.stored_state import dashboard
from automation.stored_state.card import as_it_was_opened, read_card
from automation.stored_state.dashboard import DIGEST, SHUT_IN, Dashboard, on_call_with_last_known
from automation.stored_state.label_memory import LabelMemory
from automation.text.escaping import is_login, marker_in
from automation.trackers import Tracker


def observe(
    tracker: Tracker,
    services: Services,
    policy: Policy,
    clock: Clock,
    refs: Iterable[str] | None = None,
    cache: Cache | None = None,
    said_gone: Collection[str] = (),
) -> Snapshot:
    """The world as it is now: all issues, or those of ``refs`` with their reviews; with a
    ``cache``, of all issues those that may have changed since. A person says that those of
    ``said_gone`` were deleted, where the tracker does not tell."""
    dashboard_issue = tracker.dashboard()  # its answer says what time it is there
    me = tracker.me()  # it may have another name than an earlier run knew
    now = now_on_tracker(tracker, clock)
    stored, of_dashboard = _dashboard(dashboard_issue)
    on_call_now, findings = _on_call(services.pager, policy, now, tracker.renamed())
    pager_away = bool(findings)
    findings += [*of_dashboard, *clock_findings(tracker, clock)]
    if policy.since and policy.since > now:
        text = f"`since` lies in the future ({policy.since:%Y-%m-%d %H:%M} UTC)"
        text = f"{text}: no incident before it is kept, nobody is paged"
        findings.append(Finding(text, lasting=False))
    board, on_call = on_call_with_last_known(stored, on_call_now, now, pager_away)
    verdicts, unmeasured = judge_services(services.metrics, policy, now)
    any_bad = any(verdict.bad for verdict in verdicts.values())
    pager_answers, set_aside = PagerAnswers(services.pager), SetAside()
    on_dashboard = frozenset((*stored.active, *stored.reviews, *stored.actions, *stored.alerting))
    since = policy.since or stored.since
    digest = _digest_due(policy, stored, now, refs, cache)
    reader = Reader(
        tracker,
        pager_answers,
        policy,
        now,
        me,
        stored.ref,
        any_bad,
        set_aside,
        since,
        on_dashboard,
        digest.read_since if digest else None,
    )
    found, sweep = reader.issues_to_judge(refs, cache, on_call)
    issues = [issue for issue in found if issue.ref != stored.ref]
    ctx = Context(
        policy=policy,
        me=me,
        now=now,
        since=since or _when_ima_began(issues, me, dashboard_issue, now),
        on_call=on_call,
        can=tracker.can,
        outsiders=_folded_logins(tracker.outsiders(asked := _people(issues, me))),
        asked=_folded_logins(asked),
        renamed=tracker.renamed(),
        acks=pager_answers.acks(_pages_to_ask_about(issues, me)),
        reviews=_opened_from_each(issues, me, sweep.cache.reviews if sweep else {}),
        verdicts=verdicts,
        page_can=services.status_page.can,
        ended=stored.ended,
    )
    findings += _set_aside_unreadable(tracker.left_out(), issues, me, set_aside)
    issues = [issue for issue in issues if issue.ref not in set_aside]
    ctx, incidents = _folded(issues, ctx, set_aside)
    incidents = dict(_with_seconds(issues, incidents, ctx, stored.ref))
    if pager_answers.away and not findings:  # else the pager is known to be away
        findings.append(Finding(str(pager_answers.away.problem), failed=True))
    findings += unmeasured
    if sweep and sweep.unread:
        used = "our share of the requests is used up (limits.requests)"
        findings.append(Finding(f"{len(sweep.unread)} to read wait for the next run: {used}"))
    findings += memory_findings([*([dashboard_issue] if dashboard_issue else []), *issues])
    findings += plain_incidents(issues, incidents, ctx)
    absent = reader.missing & {*stored.active} - {*incidents} - {*set_aside.findings}
    gone, lost = _fates(tracker, absent, said_gone)
    judged = ((ref, gone_incident(ref, stored.active[ref], gone[ref], ctx)) for ref in gone)
    incidents |= {ref: one for ref, one in judged if one}
    findings += map(not_found, lost)
    moved = (ref for ref, fate in gone.items() if is_shut_in_elsewhere(stored.active[ref], fate))
    shut_in = tuple(dict.fromkeys((*stored.shut_in, *moved)))[-SHUT_IN:]
    board = replace(board, shut_in=shut_in)
    kept = _labels_kept(incidents.values(), policy)
    if stored.ref or kept:
        everything = refs is None and (sweep is None or sweep.full)
        seen = kept if everything or not stored.labels else ()  # in the night nothing is asked
        board = replace(board, labels=tracker.label_memory(seen) or stored.labels)
        findings += renamed_labels(LabelMemory.of(policy.labels, board.labels))
    if digest:
        digest = _digest_not_posted(digest, tracker, stored.ref, me)
    whole, aside = refs is None and cache is None, frozenset(set_aside.findings)
    findings += set_aside.findings.values()
    return Snapshot(
        ctx,
        incidents,
        dashboard=board,
        stored=stored,
        findings=tuple(findings),
        whole=whole,
        sweep=sweep,
        aside=aside,
        gone=frozenset(gone),
        lost=frozenset(lost),
        digest=digest,
    )


def _digest_due(
    policy: Policy,
    stored: Dashboard,
    now: datetime,
    refs: Iterable[str] | None,
    cache: Cache | None,
) -> DigestDue | None:
    """The digest that this run is to post, if it looks at everything. What has failed once is tried
    again where all is listed anyway: much must be read for it."""
    due = digest_due(policy, stored, now) if refs is None else None
    if due and due.again and cache is not None and not is_full_sweep(cache, policy, now):
        return None
    return due


def _digest_not_posted(due: DigestDue, tracker: Tracker, board: str, me: str) -> DigestDue | None:
    """The digest without the dashboard among its places, where it stands in its thread: the run
    that posted it was killed. None where the thread cannot be read now."""
    if DASHBOARD not in due.places:
        return due
    failed: dict[str, Exception] = {}
    threads = tracker.issues([board], unreadable=failed)
    if failed:
        return None
    said = (c.body for thread in threads for c in thread.comments if c.author == me)
    posted = {str(found.get("until")) for body in said if (found := marker_in(DIGEST, body))}
    if due.until.isoformat() not in posted:
        return due
    return replace(due, places=tuple(place for place in due.places if place != DASHBOARD))


def _set_aside_unreadable(
    left_out: Mapping[str, ServiceError], issues: Sequence[Issue], me: str, set_aside: SetAside
) -> Iterator[Finding]:
    """Set aside what could not be read; it stops nothing else. The rights of a person are not
    guessed: where they could not be read, the issues that this person takes part in wait."""
    for name, error in left_out.items():
        if not name.startswith("@"):
            set_aside.add(name, error)
            continue
        yield Finding(f"{name}: {error.problem}: {error.remedy}", failed=True)
        for issue in issues:
            if name[1:] in {login.lower() for login in _people([issue], me)}:
                text = f"{issue.ref}: set aside, for it is not known what somebody there may do"
                set_aside.add(issue.ref, PolicyError(text, ""))


def _labels_kept(incidents: Iterable[Incident], policy: Policy) -> set[str]:
    """The labels of what makes a dashboard needed: active incidents, and confirmed planned work."""

    def is_kept(one: Incident) -> bool:
        return one.active or bool(one.tracked and one.maintenance and one.maintenance.confirmed)

    kept = [one for one in incidents if is_kept(one)]
    names = {name for one in kept for name in one.labels}
    return names | {policy.labels.name("incident")} if kept else set()


def with_status_page(seen: Snapshot, tracker: Tracker, page: StatusPage) -> Snapshot:
    """With what the status page shows now, where people may have changed it there."""
    if not page.can.drifts:
        return seen
    try:
        active = tuple(page.active())
        overall = page.overall() if any(each.ref and each.bad for each in active) else ""
    except ServiceError as error:
        away = Finding(str(error.problem), failed=True)
        return replace(seen, findings=(*seen.findings, away))
    known = seen.sweep.cache.issues if seen.sweep else {}
    closed = {ref: False for ref, one in known.items() if one.active}
    closed |= dict.fromkeys(seen.aside, False)  # nobody knows, and it has its finding
    unread = {each.ref for each in active if each.ref} - {*seen.incidents, *closed}
    set_aside, failed = SetAside(), dict[str, Exception]()
    others = tracker.issues(sorted(unread), unreadable=failed) if unread else []
    for ref, why in failed.items():
        set_aside.add(ref, why)
    closed |= {each.ref: each.closed for each in others} | dict.fromkeys(failed, False)
    findings = (*seen.findings, *set_aside.findings.values())
    return replace(seen, findings=findings, status_page=StatusPageRead(active, overall, closed))


def _fates(
    tracker: Tracker, missing: Iterable[str], said_gone: Collection[str]
) -> tuple[dict[str, Fate], list[str]]:
    """Of active incidents that are on no list: what became of those that are gone for good, and
    those of which nobody can tell (P-58)."""
    fates = {ref: tracker.fate(ref) for ref in sorted(missing)}
    fates |= {ref: "deleted" for ref in said_gone if fates.get(ref) == "unknown"}
    gone = {ref: fate for ref, fate in fates.items() if fate not in ("here", "unknown")}
    return gone, [ref for ref, fate in fates.items() if fate == "unknown"]


def judge_services(
    metrics: Metrics, policy: Policy, now: datetime
) -> tuple[dict[str, Verdict], list[Finding]]:
    """The verdict on each service that has a promise; all unknown where nobody answers."""
    services = slo.evaluated_services(policy) if policy.metrics.kind != "none" else []
    if not services:
        return {}, []
    try:
        samples = metrics.samples(services, now)
    except ServiceError as error:
        why = "the metrics did not answer"
        verdicts = {service.name: slo.unknown(service, policy, why) for service in services}
        return verdicts, [Finding(str(error.problem), failed=True)]
    found = (slo.judge(each, samples.get(each.name, {}), policy, now) for each in services)
    return {verdict.service: verdict for verdict in found}, list(_unmeasured(samples))


def _unmeasured(
    samples: Mapping[str, Mapping[str, Sequence[Sample] | Unmeasured]],
) -> Iterator[Finding]:
    """What could not be measured; one line for what has one reason."""
    reasons: dict[str, list[str]] = {}
    for name, measures in samples.items():
        for measure, answer in measures.items():
            if isinstance(answer, Unmeasured):
                reasons.setdefault(answer.why, []).append(f"the {measure} of {name}")
    for why, figures in reasons.items():
        yield Finding(f"{', '.join(figures)} are unknown: {why}", failed=True)


def _folded(
    issues: list[Issue], ctx: Context, set_aside: SetAside
) -> tuple[Context, dict[str, Incident]]:
    """Each issue judged, the reviews first: their incidents follow them (P-37)."""
    reviewed = {i.ref: ref for i in issues if (ref := reviewed_by(i, ctx.me))}
    reviews = _judged((issue for issue in issues if issue.ref in reviewed), ctx, set_aside)
    ctx = replace(ctx, assessed=_assessed(reviews, reviewed))
    rest = [issue for issue in issues if issue.ref not in reviews]
    judged = reviews | _judged(rest, ctx, set_aside)
    ctx, judged = _with_duplicates(rest, judged, ctx, set_aside)
    world = {issue.ref: judged[issue.ref] for issue in issues if issue.ref in judged}
    kept = {ref: _as_confidential_as_its_cause(one, world, set_aside) for ref, one in world.items()}
    return ctx, {ref: _with_what_it_follows(one, world) for ref, one in kept.items()}


def _with_duplicates(
    issues: Sequence[Issue], judged: dict[str, Incident], ctx: Context, set_aside: SetAside
) -> tuple[Context, dict[str, Incident]]:
    """Which issue is a duplicate is judged once it is known which incidents go on; then what it
    is a duplicate of learns of it (P-53)."""
    named = [issue for issue in issues if any(duplicates_named(issue, ctx.me))]
    if not named:
        return ctx, judged
    ctx = replace(
        ctx, active=frozenset(ref for ref, one in judged.items() if one.active and not one.drill)
    )
    judged = judged | _judged(named, ctx, set_aside)
    goes_on = {}  # else the outage would be in none of them
    for ref in _closing_a_circle(judged):
        ended = judged[ref].resolution
        others = ctx.active - {ended.duplicate_of if ended else ""}
        goes_on[ref] = replace(ctx, active=others)
        judged |= _judged((i for i in named if i.ref == ref), goes_on[ref], set_aside)
    joined = _joined(judged)
    for issue in issues:
        if issue.ref in joined:
            judged |= _judged(
                [issue], replace(goes_on.get(issue.ref, ctx), joined=joined), set_aside
            )
    return replace(ctx, joined=joined), judged


def _closing_a_circle(judged: Mapping[str, Incident]) -> Iterator[str]:
    """Those that were said last to be duplicates of what is a duplicate of them."""
    of = {ref: end.duplicate_of for ref, one in judged.items() if (end := one.resolution)}
    seen: set[str] = set()
    for ref in of:
        circle: list[str] = []
        while ref in of and ref not in seen:
            seen.add(ref)
            circle.append(ref)
            ref = of[ref]
        if ref in circle:
            ends = (
                (end.at, each)
                for each in circle[circle.index(ref) :]
                if (end := judged[each].resolution)
            )
            yield max(ends)[1]


def _joined(judged: Mapping[str, Incident]) -> dict[str, list[Fact]]:
    """Of each issue its duplicates, with who was on them and which alerts. Of a confidential one
    nothing leaves it but its reference (P-16)."""
    found: dict[str, list[Fact]] = {}
    for one in judged.values():
        end = one.resolution
        if not (end and end.duplicate_of and one.tracked):
            continue
        here = (seat.person for seat in one.seats.values() if seat.here_at)
        people = dict.fromkeys((*here, *one.extras, *(need.who for need in one.waiting)))
        other = judged.get(end.duplicate_of)
        told = not one.confidential or (other is not None and other.confidential)
        who, alerts = (
            ",".join(people) if told else "",
            "" if one.confidential else ", ".join(one.alerts),
        )
        of = f"joined/{one.ref}/{end.at.isoformat()}"
        fact = Fact("joined", end.at, who=who, by=end.by or "", of=of, what=one.ref, text=alerts)
        found.setdefault(end.duplicate_of, []).append(fact)
    return found


def _with_what_it_follows(one: Incident, world: Mapping[str, Incident]) -> Incident:
    """A review or action with what it must know of the issue that it was opened from; any other
    issue as it is."""
    followed = world.get(one.review_of)
    chosen = followed.severity if followed else None
    near_miss = one.form is not None and one.form.near_miss  # has a severity of its own
    if one.kind in ("review", "action") and chosen and chosen.confirmed and not near_miss:
        one = replace(one, follows=chosen)
    return _with_moves_of_reviewed(one, world) if one.kind == "review" else one


def _with_moves_of_reviewed(review: Incident, world: Mapping[str, Incident]) -> Incident:
    """With when what it reviews last came back, or ended after that (P-51). People may have
    taken away the marker that says what it reviews; the incident knows, too."""
    reviewed = world.get(review.review_of) or next(
        (one for one in world.values() if one.reviews.get("review") == review.ref), None
    )
    if reviewed is None or reviewed.kind != "incident":
        return review
    ends = ("reopened", "resolved", "contested")
    moves = [fact.at for fact in reviewed.facts if fact.kind in ends]
    returns = [fact.at for fact in reviewed.facts if fact.kind == "reopened"]
    return replace(
        review,
        reviewed_moved_at=max(moves, default=None),
        reviewed_returned_at=max(returns, default=None),
    )


def _with_seconds(
    issues: Iterable[Issue], incidents: Mapping[str, Incident], ctx: Context, board: str
) -> Iterator[tuple[str, Incident]]:
    """The incidents; each knows the older issue of ours for the same purpose, if there is one: for
    reviews and actions by what they were opened for, for dashboards the one that counts."""
    first = {}
    for issue in issues:
        opened = opening_marker(issue, ctx.me)
        older = ctx.reviews.get(opened[0], {}).get(opened[1], "") if opened else ""
        if issue.author == ctx.me and marker_in("dashboard", issue.body) and not opened:
            older = board if not any(map(ctx.policy.labels.ours, issue.labels)) else ""
        if older and by_ref(older) < by_ref(issue.ref):
            first[issue.ref] = older
    for ref, one in incidents.items():
        yield ref, replace(one, second_of=first[ref]) if ref in first else one


def _judged(issues: Iterable[Issue], ctx: Context, set_aside: SetAside) -> dict[str, Incident]:
    found = {issue.ref: set_aside.attempt(issue.ref, partial(fold, issue, ctx)) for issue in issues}
    return {ref: incident for ref, incident in found.items() if incident}


def _as_confidential_as_its_cause(
    incident: Incident, world: Mapping[str, Incident], set_aside: SetAside
) -> Incident:
    """What follows a confidential issue, or what follows that, is as confidential (P-16); so is
    what follows one that could not be judged."""
    cause = incident.review_of
    if cause and (cause in set_aside or ("" in set_aside and cause not in world)):
        return replace(incident, confidential=True)
    seen, followed = {incident.ref}, world.get(incident.review_of)
    while followed and followed.ref not in seen:
        if followed.confidential:
            return replace(incident, confidential=True)
        seen.add(followed.ref)
        followed = world.get(followed.review_of)
    return incident


def _assessed(reviews: Mapping[str, Incident], of: Mapping[str, str]) -> dict[str, Fact]:
    """The severity that a person chose on the review of each incident, the latest."""
    found: dict[str, Fact] = {}
    for ref, review in reviews.items():
        chosen = review.severity
        if not (chosen and chosen.by and chosen.confirmed and review.kind == "review"):
            continue
        cause = f"{ref}@{chosen.at.isoformat()}"
        fact = Fact("assessed", chosen.at, by=chosen.by, of=cause, what=chosen.value)
        before = found.get(of[ref])
        if before is None or before.at < fact.at:
            found[of[ref]] = fact
    return found


def _dashboard(page: Issue | None) -> tuple[Dashboard, list[Finding]]:
    """What the dashboard says; nothing, if there is none or somebody has emptied it."""
    board = dashboard.read(page) or Dashboard()
    if not board.newer:
        return board, []
    text = f"{board.ref}: this dashboard was written by a newer ima (version {board.newer})"
    remedy = "it is left alone; update the ima of this job"
    return board, [finding_of(PolicyError(text, remedy), board.ref)]


def _when_ima_began(
    issues: Iterable[Issue], me: str, dashboard_issue: Issue | None, now: datetime
) -> datetime:
    """IMA began with its dashboard, or with the first incident that was declared through it or
    has a card of it."""
    ours = [
        issue.opened_at
        for issue in issues
        if marker_in("declared", issue.body) or read_card(issue, me).comment
    ]
    return min([*ours, *([dashboard_issue.opened_at] if dashboard_issue else [])], default=now)


def _on_call(
    pager: Pager, policy: Policy, now: datetime, renamed: Mapping[str, str]
) -> tuple[Mapping[str, Duty | None], list[Finding]]:
    """One look-up for all roles. An unreachable pager means that nobody answered (P-08), but for
    those whom the policy itself names."""
    try:
        answer = pager.on_call(now)
        return {role: _now_called(duty, policy, renamed) for role, duty in answer.items()}, []
    except ServiceError as error:
        named = {name: _named_duty(role, now) for name, role in policy.roles.items()}
        duties = {role: _now_called(duty, policy, renamed) for role, duty in named.items()}
        text = f"{error.problem}; {error.remedy}" if error.remedy else error.problem
        return duties, [Finding(text, failed=True, key=PAGER)]


def _named_duty(role: Role, now: datetime) -> Duty | None:
    """Who is on call for the role by the policy alone, which need ask nobody; else None."""
    try:
        return None if role.schedule else duty_of(role, now)
    except ServiceError:
        return None  # by a team


def _now_called(duty: Duty | None, policy: Policy, renamed: Mapping[str, str]) -> Duty | None:
    """Policy and pager may still know somebody by a former login, or spell it otherwise."""
    if duty is None:
        return None
    now = policy.spelling(renamed.get(duty.person.casefold(), duty.person))
    return duty if now == duty.person else replace(duty, person=now)


def _folded_logins(logins: Iterable[str]) -> frozenset[str]:
    return frozenset(login.casefold() for login in logins)


def _people(issues: Sequence[Issue], me: str) -> list[str]:
    """Everybody whose rights may matter: who acted, spoke or is assigned, then who is named in a
    command or when declaring. Of one comment only some: each name may cost a request. Our own
    comments show commands and give none, and whom we assigned was known then."""
    people: dict[str, None] = {}
    for issue in issues:
        people |= dict.fromkeys(event.actor for event in issue.events if event.actor)
        authors = (issue.author, *(comment.author for comment in issue.comments))
        people |= dict.fromkeys(filter(None, authors))
        assigned = [event for event in issue.events if event.kind == "assigned"]
        ours = {event.subject for event in assigned if event.actor == me}
        theirs = (event.subject for event in assigned if event.actor != me)
        opened_with = (login for login in issue.assignees if login not in ours)
        people |= dict.fromkeys(islice(dict.fromkeys((*opened_with, *theirs)), NAMES))
    for issue in issues:
        for comment in (each for each in issue.comments if each.author != me):
            named = (name for order in commands_in(comment, ()) for name in order.mentioned)
            people |= dict.fromkeys(islice(named, NAMES))
        card = read_card(issue, me)
        people |= dict.fromkeys(f.by for f in card.facts if _commanded(f))
        declared = marker_in("declared", as_it_was_opened(issue, card).body) or {}
        named_there = (str(who) for key, who in declared.items() if key != "origin")
        declarers = filter(is_login, named_there)
        people |= dict.fromkeys(islice(declarers, NAMES))
    people.pop(me, None)
    return list(people)


def _commanded(fact: Fact) -> bool:
    """Was it a command of somebody's, whose comment may be gone?"""
    return fact.kind == "command" and bool(fact.by and fact.what)


def _pages_to_ask_about(issues: Iterable[Issue], me: str) -> dict[str, str]:
    """The pages of all incidents that are not over: by key, what each is called in the pager."""
    cards = (read_card(issue, me) for issue in issues)
    return {page.what: page.text for card in cards for page in _pages_unless_over(card.facts)}


def _pages_unless_over(facts: tuple[Fact, ...]) -> list[Fact]:
    """The pages of an incident; none if it is over."""
    last = [fact.kind for fact in facts if fact.kind in ("resolved", "reopened")][-1:]
    return [] if last == ["resolved"] else [f for f in facts if f.kind in ("paged", "repeated")]


def _opened_from_each(
    issues: Iterable[Issue], me: str, known: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """By issue, the reviews and actions that were opened from it: those whose own marker names it,
    and the actions that the card of a reviewed incident knows. Of two the oldest counts."""
    found = {ref: dict(opened) for ref, opened in known.items()}
    for issue in issues:
        if opened := opening_marker(issue, me):
            of_it = found.setdefault(opened[0], {})
            of_it[opened[1]] = min(issue.ref, of_it.get(opened[1], issue.ref), key=by_ref)
    for issue in issues:
        for fact in read_card(issue, me).facts if "review" in found.get(issue.ref, ()) else ():
            if fact.kind == "opened" and fact.done and fact.by and is_action(fact.what):
                found[issue.ref].setdefault(fact.what, fact.by)
    return found
