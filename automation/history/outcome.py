"""The incident that an issue is, once all of its history has been judged. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from automation.history.command_effects_clocks import people_waited_for
from automation.history.issue_state import IssueState
from automation.history.monitoring_time import gravest
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
from automation.model.issue import Issue
from automation.model.label_choices import Family
from automation.policy import ownership
from automation.policy.due_dates import due_day_in, overdue_at, parse_day, parse_time
from automation.policy.team_time import team_time
from automation.stored_state.alert_marker import alert_of, alerts_seen
from automation.stored_state.card import (
    CardText,
    call_comments,
    declared_marker,
    keys_told,
    other_keepers,
)
from automation.stored_state.promised_messages import messages_owed
from automation.text.escaping import marker_in


def review_of(state: IssueState) -> str | None:
    """The reference of the incident that this issue is the review of; "" where its marker names
    none, None where it is no review of ours."""
    found = _marker_of_ours(state, "review")
    return str(found.get("for", "")) if found else None


def _marker_of_ours(state: IssueState, kind: str) -> dict[str, Any] | None:
    """The marker of that kind in the body of an issue that IMA has opened."""
    return marker_in(kind, state.issue.body) if state.issue.author == state.ctx.me else None


def incident_of(state: IssueState, card: CardText) -> Incident:
    """The incident, from the state after the last step; ``card`` as it was read."""
    issue = state.issue
    _, alerts = alert_of(issue, state.ctx.me)
    return Incident(
        ref=issue.ref,
        title=_title(state),
        drill=state.drill,
        kind=_kind_of_issue(state),
        author=opener(state),
        opened_at=issue.opened_at,
        closed=issue.closed,
        closed_at=_closed_at(issue),
        confidential=_is_confidential(state),
        hidden=issue.confidential or (issue.locked and state.ctx.can.locks),
        silent=_silent(state),
        waiting=tuple(people_waited_for(state)),
        call_comments=call_comments(issue, state.ctx.me),
        native_severity=issue.native_severity,
        labels=issue.labels,
        assignees=issue.assignees,
        links=issue.links,
        url=issue.url,
        notes=_notes(state),  # it may add to the facts
        facts=tuple(state.facts),
        requests=tuple(state.requests),
        receipts=tuple(state.receipts.items()),
        said=keys_told(issue, state.ctx.me) | card.said,
        owed=messages_owed(issue, state.ctx.me),
        labels_set=card.labels_set,
        opened_marker=declared_marker(issue),
        facts_off_card=card.facts_off_card,
        near_miss=state.near_miss and not state.review,
        maintenance=state.maintenance,
        least_severity=state.ctx.policy.least_severity,
        review_of=review_of(state) or str((_marker_of_ours(state, "action") or {}).get("for", "")),
        reviews=_reviews(state),
        touched_at=state.touched_at,
        alerts_seen=alerts_seen(issue, state.ctx.me),
        alerts=alerts,
        card=_card_read(card) if card.comment else None,
        other_keepers=frozenset(filter(_may_keep(state), other_keepers(issue, state.ctx.me))),
        form=review_form(state),
        **_values_of_due_date(state),
        **_values_of_incident(state),
    )


def _closed_at(issue: Issue) -> datetime | None:
    closings = (event.at for event in issue.events if event.kind == "closed")
    return max(closings, default=None) if issue.closed else None


def _may_keep(state: IssueState) -> Callable[[str], bool]:
    """Could this account be another IMA's? A stranger's copy of a card is none. An App commands
    nobody, but an administrator has let it in; no person's login ends like its."""
    return lambda who: who.endswith("[bot]") or state.ctx.member(who)


def _card_read(card: CardText) -> CardRead:
    return CardRead(card.comment, card.digest, frozenset(card.facts), card.stale, card.second_cards)


def _is_confidential(state: IssueState) -> bool:
    """Must nothing but the bare reference leave the issue (P-16)? Only here that is decided.

    A tracker with confidential issues says itself when one is shown again. On any other, an issue
    that was once a matter of security stays confidential when its label is taken off."""
    shown = state.was_security and not state.ctx.can.confidential
    return state.issue.confidential or state.security_at is not None or shown


def _silent(state: IssueState) -> bool:
    """Is it a security incident that everybody can read, so that IMA writes nothing more on it?"""
    can = state.ctx.can
    return state.security_at is not None and can.locks and (state.issue.locked or not can.moves)


def _values_of_incident(state: IssueState) -> dict[str, Any]:
    """How the incident stands: since when, how bad, whose."""
    severity = state.families["severity"]
    return {
        "declared_at": state.declared_at,
        "began": state.began,
        "security_at": state.security_at,
        "tracked": _is_kept(state),
        "origin": state.origin,
        "wanted": state.wanted,
        "severity_unset_at": max(filter(None, (severity.gone_at, state.began)), default=None),
        **{name: family.stands() for name, family in state.families.items()},
        "services": tuple(state.services),
        "measured": _services_measured(state),
        "resolution": state.resolution or state.let_go,
        "let_go": state.let_go is not None and (state.resolution is None or state.moved),
        "seats": state.seats,
        "former": state.former,
        "stood_down": state.stood_down,
        "owner": ownership.owner(state.ctx.policy, state.seats),
        "calls_made": dict(state.calls_made),
        "acts": state.acts,
        "upgraded_at": next((f.at for f in state.facts if f.kind == "upgraded"), None),
        "extras": () if state.ctx.can.one_assignee else tuple(state.extras),
        "contested_seat": state.contested_seat,
        "left": state.left,
    }


def _services_measured(state: IssueState) -> tuple[str, ...]:
    """The services whose SLO was missed, where IMA opened the incident for that."""
    found = marker_in("slo", state.issue.body) if state.issue.author == state.ctx.me else None
    named = found.get("service") if found else None
    return tuple(map(str, named)) if isinstance(named, list) else ()


def _is_kept(state: IssueState) -> bool:
    """Does IMA keep it? Of reviews and actions those that were opened since IMA is here."""
    new = state.issue.opened_at >= state.ctx.since and not state.moved
    if state.maintenance and state.maintenance.confirmed and state.declared_at is None:
        return True  # it was confirmed since IMA is here
    return state.tracked if state.declared_at is not None else new


def _reviews(state: IssueState) -> dict[str, str]:
    """Reviews and actions of this issue, their kind by reference: those on the card, and those
    whose marker names this issue."""
    known = {f.what: f.by for f in state.facts if f.kind == "opened" and f.done and f.by}
    return known | dict(state.ctx.reviews.get(state.issue.ref, {}))


def _kind_of_issue(state: IssueState) -> Kind:
    if state.declared_at is not None:
        return "incident"
    if state.review:
        return "review"
    if state.maintenance:
        return "maintenance"
    means = map(state.ctx.policy.labels.meaning, state.issue.labels)
    return "action" if ("action", "") in means else "other"


def _values_of_due_date(state: IssueState) -> dict[str, Any]:
    """The day that the tracker knows, else the one that people read and change in the body."""
    mark = _marker_of_ours(state, "review") or _marker_of_ours(state, "action") or {}
    due = state.issue.due or (mark and due_day_in(state.issue.body)) or parse_day(mark.get("due"))
    return {
        "due": due,
        "overdue_at": overdue_at(state.ctx.policy, due, state.issue.assignees),
        "opened_with": _opened_with(state, mark, due) if mark else None,
    }


def _opened_with(state: IssueState, mark: dict[str, Any], due: date | None) -> OpenedWith:
    """What the marker of a review or action says of the time when IMA opened it. A due date that is
    another one by now, or was taken off, is a person's."""
    stands, issue = state.families["severity"].stands(), state.issue
    planned = parse_day(mark.get("due"))
    taken_off = planned is not None and state.ctx.can.due_dates and issue.due is None
    since = parse_time(mark.get("since")) or issue.opened_at
    severity = str(mark.get("severity") or (stands.value if stands else ""))
    return OpenedWith(severity, planned, since, taken_off or due != planned, issue.body)


def _notes(state: IssueState) -> tuple[Note, ...]:
    """What people must be told: answers to commands, acts undone, labels that contradict each
    other."""
    if state.tracked:
        for attempt in state.attempts:  # this pass will undo them
            state.remember(attempt.undone(state.ctx.now))
        for fact in state.facts:
            if fact.kind == "undone":
                _note_undone_act(state, fact)
        for family in state.families.values():
            _note_contradiction(state, family)
        _note_worse_alerts(state)
    elif state.review and _is_kept(state) and not state.closed:
        _note_contradiction(state, state.families["severity"])
    return tuple(state.notes.values())


def _note_worse_alerts(state: IssueState) -> None:
    """What came up after the table of alerts was first shown: a new comment says so (P-17)."""
    for what, value, *why in alerts_seen(state.issue, state.ctx.me).worse if state.active else ():
        values = dict.fromkeys(("severity", "service", "limit", "name", "because"), "")
        values |= {what: value} | dict(zip(("name", "because"), why, strict=False))
        state.note(f"worse:{what}:{value}", "worse", **values)


def _note_undone_act(state: IssueState, fact: Fact) -> None:
    """What IMA has put right: no right to it, or the right too early (P-23)."""
    if not fact.text:
        state.note(f"undone:{fact.what}", "undone", who=fact.who)
        return
    until = team_time(state.ctx.policy, fact.ends, fact.at) if fact.ends else ""
    values = {"who": fact.who, "left": fact.text, "until": until, "status": gravest(state)}
    state.note(f"undone:{fact.what}", "too_early", **values)


def _note_contradiction(state: IssueState, family: Family) -> None:
    if (state.active or state.review) and (values := family.chosen_at_once()):
        current, *others = values
        key = f"together:{'+'.join(sorted(values))}:{family.present[current].at.isoformat()}"
        shown = state.ctx.policy.words.shown
        state.note(key, "together", stands=shown(current), others=", ".join(map(shown, others)))


def _title(state: IssueState) -> str:
    """The title that is shown everywhere; that of a drill says so first, so that nobody takes it
    for anything else."""
    title = state.issue.title
    return title if not state.drill or title.startswith(DRILL) else f"{DRILL}: {title}"
