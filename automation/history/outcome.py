"""What a case came to, once all of its history has been judged: the incident. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from automation.history.command_effects_clocks import people_waited_for
from automation.history.issue_state import IssueState
from automation.history.monitoring_time import gravest, time_in_words
from automation.history.opening_events import opener
from automation.history.review_form import review_form
from automation.model.incident import (
    DRILL,
    CardRead,
    Fact,
    Incident,
    Kind,
    Note,
    OpenedWith,
)
from automation.model.label_choices import Family
from automation.policy import ownership
from automation.policy.due_dates import due_day_in, overdue_at, parse_day, parse_time
from automation.stored_state.alert_marker import alert_of, alerts_seen
from automation.stored_state.card import CardText, call_comments, facts_told, other_keepers
from automation.stored_state.promised_messages import messages_owed
from automation.text.escaping import marker_in


def review_of(case: IssueState) -> str | None:
    """The issue that this one, opened by us, is the review of."""
    found = _marked(case, "review")
    return str(found.get("for", "")) if found else None


def _marked(case: IssueState, kind: str) -> dict[str, Any] | None:
    """What an issue of ours says of itself."""
    return marker_in(kind, case.issue.body) if case.issue.author == case.ctx.me else None


def incident_of(case: IssueState, card: CardText) -> Incident:
    """What the case came to; ``card`` as it was read."""
    issue = case.issue
    _, alerts = alert_of(issue, case.ctx.me)
    return Incident(
        ref=issue.ref,
        title=_title(case),
        drill=case.drill,
        kind=_kind(case),
        author=opener(case),
        opened_at=issue.opened_at,
        closed=issue.closed,
        confidential=_is_confidential(case),
        hidden=issue.confidential or (issue.locked and case.ctx.can.locks),
        silent=_silent(case),
        waiting=tuple(people_waited_for(case)),
        calls=call_comments(issue, case.ctx.me),
        native_severity=issue.native_severity,
        labels=issue.labels,
        assignees=issue.assignees,
        links=issue.links,
        url=issue.url,
        notes=_notes(case),  # it may add to the facts
        facts=tuple(case.facts),
        requests=tuple(case.requests),
        receipts=tuple(case.receipts.items()),
        said=facts_told(issue, case.ctx.me) | card.said,
        owed=messages_owed(issue, case.ctx.me),
        wrote=card.wrote,
        stored=card.stored,
        near_miss=case.near_miss and not case.review,
        maintenance=case.maintenance,
        review_of=review_of(case) or str((_marked(case, "action") or {}).get("for", "")),
        reviews=_reviews(case),
        touched_at=case.touched_at,
        alerts_seen=alerts_seen(issue, case.ctx.me),
        alerts=alerts,
        card=_card_read(card) if card.comment else None,
        other_keepers=frozenset(filter(_may_keep(case), other_keepers(issue, case.ctx.me))),
        form=review_form(case),
        **_due(case),
        **_standing(case),
    )


def _may_keep(case: IssueState) -> Callable[[str], bool]:
    """Could this account be another IMA's? A stranger's copy of a card is none. An App commands
    nobody, but an administrator has let it in; no person's login ends like its."""
    return lambda who: who.endswith("[bot]") or case.ctx.member(who)


def _card_read(card: CardText) -> CardRead:
    return CardRead(card.comment, card.digest, frozenset(card.facts), card.stale, card.seconds)


def _is_confidential(case: IssueState) -> bool:
    """The one place that decides it. A tracker that hides says itself when an issue is shown
    again; where nothing can be hidden, a label that was taken off brings no title out."""
    shown = case.was_security and not case.ctx.can.confidential
    return case.issue.confidential or case.security_at is not None or shown


def _silent(case: IssueState) -> bool:
    """Is it a security incident where nothing can be hidden, or could not be?"""
    can = case.ctx.can
    return case.security_at is not None and can.locks and (case.issue.locked or not can.moves)


def _standing(case: IssueState) -> dict[str, Any]:
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
        "resolution": case.resolution or case.let_go,
        "let_go": case.let_go is not None and (case.resolution is None or case.moved),
        "seats": case.seats,
        "former": case.former,
        "stood_down": case.stood_down,
        "owner": ownership.owner(case.ctx.policy, case.seats),
        "calls_made": dict(case.calls_made),
        "acts": case.acts,
        "upgraded_at": next((f.at for f in case.facts if f.kind == "upgraded"), None),
        "extras": () if case.ctx.can.one_assignee else tuple(case.extras),
        "contested_seat": case.contested_seat,
        "left": case.left,
    }


def _measured(case: IssueState) -> tuple[str, ...]:
    """The services for which IMA itself opened it."""
    found = marker_in("slo", case.issue.body) if case.issue.author == case.ctx.me else None
    named = found.get("service") if found else None
    return tuple(map(str, named)) if isinstance(named, list) else ()


def _kept(case: IssueState) -> bool:
    """Ours to keep: of reviews and actions those that were opened since IMA is here."""
    new = case.issue.opened_at >= case.ctx.since and not case.moved
    if case.maintenance and case.maintenance.confirmed and case.declared_at is None:
        return True  # it was confirmed since IMA is here
    return case.tracked if case.declared_at is not None else new


def _reviews(case: IssueState) -> dict[str, str]:
    """Reviews and actions of this issue: those on the card, and those that name it themselves."""
    known = {f.what: f.by for f in case.facts if f.kind == "opened" and f.done and f.by}
    return known | dict(case.ctx.reviews.get(case.issue.ref, {}))


def _kind(case: IssueState) -> Kind:
    if case.declared_at is not None:
        return "incident"
    if case.review:
        return "review"
    if case.maintenance:
        return "maintenance"
    means = map(case.ctx.policy.labels.meaning, case.issue.labels)
    return "action" if ("action", "") in means else "other"


def _due(case: IssueState) -> dict[str, Any]:
    """The day that the tracker knows, else the one that people read and change in the body."""
    mark = _marked(case, "review") or _marked(case, "action") or {}
    due = case.issue.due or (mark and due_day_in(case.issue.body)) or parse_day(mark.get("due"))
    return {
        "due": due,
        "overdue_at": overdue_at(case.ctx.policy, due, case.issue.assignees),
        "opened_with": _opened_with(case, mark, due) if mark else None,
    }


def _opened_with(case: IssueState, mark: dict[str, Any], due: date | None) -> OpenedWith:
    """What its marker says. A date that is another one, or was taken off, is a person's."""
    stands, issue = case.families["severity"].stands(), case.issue
    planned = parse_day(mark.get("due"))
    taken_off = planned is not None and case.ctx.can.due_dates and issue.due is None
    since = parse_time(mark.get("since")) or issue.opened_at
    severity = str(mark.get("severity") or (stands.value if stands else ""))
    return OpenedWith(severity, planned, since, taken_off or due != planned, issue.body)


def _notes(case: IssueState) -> tuple[Note, ...]:
    """What people must be told: of commands, of acts undone, of labels that came together."""
    if case.tracked:
        for attempt in case.attempts:  # this pass will undo them
            case.remember(attempt.undone(case.ctx.now))
        for fact in case.facts:
            if fact.kind == "undone":
                _undone(case, fact)
        for family in case.families.values():
            _together(case, family)
        _alerts_get_worse(case)
    elif case.review and _kept(case) and not case.closed:
        _together(case, case.families["severity"])
    return tuple(case.notes.values())


def _alerts_get_worse(case: IssueState) -> None:
    """What came up after the table of alerts was first shown: a new comment says so (P-17)."""
    for what, value, *why in alerts_seen(case.issue, case.ctx.me).worse if case.active else ():
        values = dict.fromkeys(("severity", "service", "limit", "name", "because"), "")
        values |= {what: value} | dict(zip(("name", "because"), why, strict=False))
        case.note(f"worse:{what}:{value}", "worse", **values)


def _undone(case: IssueState, fact: Fact) -> None:
    """What IMA has put right: no right to it, or the right too early (P-23)."""
    if not fact.text:
        case.note(f"undone:{fact.what}", "undone", who=fact.who)
        return
    until = time_in_words(fact.ends) if fact.ends else ""
    values = {"who": fact.who, "left": fact.text, "until": until, "status": gravest(case)}
    case.note(f"undone:{fact.what}", "too_early", **values)


def _together(case: IssueState, family: Family) -> None:
    if (case.active or case.review) and (values := family.together()):
        current, *others = values
        key = f"together:{'+'.join(sorted(values))}:{family.present[current].at.isoformat()}"
        case.note(key, "together", stands=current, others=", ".join(others))


def _title(case: IssueState) -> str:
    """What it is called everywhere: of a drill, so that nobody takes it for anything else."""
    title = case.issue.title
    return title if not case.drill or title.startswith(DRILL) else f"{DRILL}: {title}"
