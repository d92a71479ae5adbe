"""``fold``: from an issue's history to what it means. The only judge of acts and commands. Pure.

A left fold in the order of time over the tracker's events, people's comments, acknowledgements
and the facts on our card. What somebody did at 12:03 is judged by the facts of 12:03. A fact
that names its cause stands in for judging that cause again; so neither a changed policy nor a
changed shift rewrites the past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from automation import acts, roles
from automation.alert_mark import alert_of
from automation.card import CardText, calls, facts_said, read_card, said
from automation.carried import History, whole
from automation.case import Case
from automation.commands import Order, orders
from automation.context import Context
from automation.due import day, overdue_at
from automation.family import Family
from automation.form import form_of
from automation.history import all_events, author
from automation.incident import CardRead, Fact, Incident, Kind, Note, Request
from automation.model import Comment, Issue
from automation.obey import again, obey
from automation.seats import acknowledge
from automation.text import marked
from automation.watching import clock, gravest

Step = tuple[datetime, int, float, Callable[[], None]]


def fold(issue: Issue, ctx: Context) -> Incident:
    """Judge the history of one issue."""
    issue, past = whole(issue, ctx.me)
    card = read_card(issue, ctx.me)
    card = past.joined(card) if past else card
    case = Case(issue, past.context(ctx) if past else ctx, wrote=card.wrote)
    case.facts = [*card.facts, *facts_said(issue, ctx.me, card.facts)]
    case.known = {fact.of: fact for fact in case.facts if fact.of}
    _opening(case)
    steps = [*_steps(case), *(_since(case, past, ctx) if past else ())]
    for *_, step in sorted(steps, key=lambda item: item[:3]):
        step()
    return _incident(case, card)


def _opening(case: Case) -> None:
    """What the issue was opened with: who declared it and what they asked for."""
    issue, ctx = case.issue, case.ctx
    case.review = _review_of(case) is not None or any(
        ctx.policy.labels.meaning(label) == ("review", "") for label in issue.labels
    )
    declared = marked("declared", issue.body)
    if declared and (issue.author == ctx.me or ctx.member(issue.author)):
        case.origin = str(declared.get("origin", "declare"))
        wanted = declared.get("wanted")
        case.wanted = {k: v is True for k, v in wanted.items()} if isinstance(wanted, dict) else {}


def _review_of(case: Case) -> str | None:
    found = _marked(case, "review")
    return str(found.get("for", "")) if found else None


def _marked(case: Case, kind: str) -> dict[str, Any] | None:
    """What an issue of ours says of itself."""
    return marked(kind, case.issue.body) if case.issue.author == case.ctx.me else None


def _steps(case: Case) -> Iterator[Step]:
    """Everything that happened, each with its place in time."""
    causes = set()
    for event in all_events(case):
        causes.add(event.id)
        yield event.at, 0, event.order, partial(acts.act, case, event)
    for comment in case.issue.comments:
        if comment.author == case.ctx.me:
            continue
        yield comment.at, 0, comment.order, partial(_spoke, case, comment)
        for number, order in enumerate(orders(comment, case.known)):
            causes.add(order.of)
            place = comment.order + (number + 1) / 1000
            yield order.at, 0, place, partial(_order, case, order, comment)
    yield from _memories(case, causes)
    if (fact := case.ctx.assessed.get(case.issue.ref)) and fact.of not in case.known:
        yield fact.at, 1, 0, partial(_assessed, case, fact)
    for role, person in _declared_requests(case):
        yield case.issue.opened_at, 2, 0, partial(_request, case, role, person)


def _since(case: Case, past: History, ctx: Context) -> Iterator[Step]:
    """From the moment when it was carried over, acts are judged as here."""
    case.adopted = past.tracked
    at, order = past.place
    yield at, 0, order, partial(setattr, case, "ctx", ctx)


def _memories(case: Case, causes: set[str]) -> Iterator[Step]:
    """Facts whose cause is not among what the tracker shows: ours, or since deleted."""
    for number, fact in enumerate(list(case.facts)):
        if fact.of.partition("@")[0] in causes:
            continue
        do = again if fact.kind == "command" else Case.apply
        yield fact.at, 1, number, partial(do, case, fact)
        if fact.kind == "paged" and (ack := case.ctx.acks.get(fact.what)):
            yield ack.at, 0, -10, partial(acknowledge, case, fact, ack)


def _declared_requests(case: Case) -> Iterator[tuple[str, str]]:
    """Roles that the declarer asked to page, with the person if one was named."""
    declared = marked("declared", case.issue.body) or {}
    for role in case.ctx.policy.chain:
        if case.wanted.get(f"page:{role}") and role != case.ctx.policy.chain[0]:
            yield role, str(declared.get(role) or "")


def _request(case: Case, role: str, person: str) -> None:
    of = f"opened/{role}"
    person = person or case.ctx.on_call.at(role, case.issue.opened_at) or ""
    if of not in case.known and case.active and person and role not in case.seats:
        by = author(case) or ""
        case.requests.append(Request("engage", by, of, role=role, person=person))


def _assessed(case: Case, fact: Fact) -> None:
    """What its review came to, unless that is how it stands (P-37)."""
    stands = case.families["severity"].stands()
    value = case.assessed.what if case.assessed else stands.value if stands else ""
    if case.tracked and value != fact.what:
        case.assess(fact)


def _spoke(case: Case, comment: Comment) -> None:
    case.shows_up(comment.author, comment.at)
    case.touch(comment.author, comment.at)
    if comment.author:
        case.heard[comment.author] = comment.at


def _order(case: Case, order: Order, comment: Comment) -> None:
    if order.at < case.ctx.since:
        return
    new = comment.receipt is None and order.of not in case.known
    if case.ctx.can.receipts and (new or comment.receipt is False):
        case.receipts.setdefault(order.comment, order.typed)
    obey(case, order)


def _incident(case: Case, card: CardText) -> Incident:
    """What the case came to."""
    issue = case.issue
    alert_key, alerts = alert_of(issue, case.ctx.me)
    return Incident(
        ref=issue.ref,
        title=issue.title,
        kind=_kind(case),
        author=author(case),
        opened_at=issue.opened_at,
        closed=issue.closed,
        confidential=issue.confidential or case.security_at is not None,
        hidden=issue.confidential,
        waiting=tuple(case.waiting()),
        calls=calls(issue, case.ctx.me),
        labels=issue.labels,
        assignees=issue.assignees,
        links=issue.links,
        url=issue.url,
        notes=_notes(case),  # it may add to the facts
        facts=tuple(case.facts),
        requests=tuple(case.requests),
        receipts=tuple(case.receipts.items()),
        said=said(issue, case.ctx.me) | card.said | set(_measured(case, "said")),
        wrote=card.wrote,
        near_miss=case.near_miss and not case.review,
        review_of=_review_of(case) or str((_marked(case, "action") or {}).get("for", "")),
        reviews=_reviews(case),
        touched_at=case.touched_at,
        alert_key=alert_key,
        alerts=alerts,
        card=CardRead(card.comment, card.digest, frozenset(card.facts)) if card.comment else None,
        form=form_of(case),
        **_due(case),
        **_standing(case),
    )


def _standing(case: Case) -> dict[str, Any]:
    """How the incident stands: since when, how bad, whose."""
    severity = case.families["severity"]
    return {
        "declared_at": case.declared_at,
        "began": case.began,
        "security_at": case.security_at,
        "tracked": _kept(case),
        "origin": case.origin,
        "wanted": case.wanted,
        "severity_unset_at": max(filter(None, (severity.gone_at, case.began)), default=None),
        **{name: family.stands() for name, family in case.families.items()},
        "services": tuple(case.services),
        "measured": _measured(case),
        "resolution": case.resolution,
        "seats": case.seats,
        "stood_down": case.stood_down,
        "owner": roles.owner(case.ctx.policy, case.seats),
        "extras": () if case.ctx.can.one_assignee else tuple(case.extras),
        "contested_seat": case.contested_seat,
    }


def _measured(case: Case, what: str = "service") -> tuple[str, ...]:
    """The services for which IMA itself opened it; or what it has ``said`` by that."""
    found = marked("slo", case.issue.body) if case.issue.author == case.ctx.me else None
    named = found.get(what) if found else None
    return tuple(map(str, named)) if isinstance(named, list) else ()


def _kept(case: Case) -> bool:
    """Ours to keep: of reviews and actions those that were opened since IMA is here."""
    new = case.issue.opened_at >= case.ctx.since and not case.moved
    return case.tracked if case.declared_at is not None else new


def _reviews(case: Case) -> dict[str, str]:
    """Reviews and actions of this issue: those on the card, and those that name it themselves."""
    known = {f.what: f.by for f in case.facts if f.kind == "opened" and f.done and f.by}
    return known | dict(case.ctx.reviews.get(case.issue.ref, {}))


def _kind(case: Case) -> Kind:
    if case.declared_at is not None:
        return "incident"
    if case.review:
        return "review"
    means = map(case.ctx.policy.labels.meaning, case.issue.labels)
    return "action" if ("action", "") in means else "other"


def _due(case: Case) -> dict[str, Any]:
    """The day that the tracker knows, else the one that we wrote into the body."""
    mark = _marked(case, "review") or _marked(case, "action") or {}
    due = case.issue.due or day(mark.get("due"))
    return {"due": due, "overdue_at": overdue_at(case.ctx.policy, due, case.issue.assignees)}


def _notes(case: Case) -> tuple[Note, ...]:
    """What people must be told: of commands, of acts undone, of labels that came together."""
    if case.tracked:
        for attempt in case.attempts:  # this pass will undo them
            case.remember(attempt.undone(case.ctx.now))
        for fact in case.facts:
            if fact.kind == "undone":
                _undone(case, fact)
        for family in case.families.values():
            _together(case, family)
    elif case.review and _kept(case) and not case.closed:
        _together(case, case.families["severity"])
    return tuple(case.notes.values())


def _undone(case: Case, fact: Fact) -> None:
    """What IMA has put right: no right to it, or the right too early (P-23)."""
    if not fact.text:
        case.note(f"undone:{fact.what}", "undone", who=fact.who)
        return
    until = clock(fact.ends) if fact.ends else ""
    values = {"who": fact.who, "left": fact.text, "until": until, "status": gravest(case)}
    case.note(f"undone:{fact.what}", "too_early", **values)


def _together(case: Case, family: Family) -> None:
    if (case.active or case.review) and (values := family.together()):
        current, *others = values
        key = f"together:{'+'.join(sorted(values))}:{family.present[current].at.isoformat()}"
        case.note(key, "together", stands=current, others=", ".join(others))
