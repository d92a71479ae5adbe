"""``when``: the closed vocabulary of conditions, which explains itself. Pure.

Keys mean *all of*, lists *any of*, ``unset`` means none. ``mismatch`` gives the first reason
why a rule does not apply, as a sentence, or None where it does: filtering and `ima explain` are
the same function.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Annotated, Literal

from automation.model.engagement import acknowledged, attended, awaited_since, here_at, holder
from automation.model.facts import is_action
from automation.model.incident import Choice, Incident
from automation.model.issue import OPERATIONAL, RESOLVED, STATES, STATUSES, UNSET
from automation.model.publicity import SECURITY_ISSUE
from automation.model.replacing import replace
from automation.policy.key_types import KeyOf, RoleName, ServiceName, SeverityOrUnset
from automation.policy.planning_input import Context
from automation.policy.policy import NAMED_DURATIONS, Policy
from automation.policy.public_updates import publicity, update_due
from automation.records import dataclass
from automation.schema.described import AT_LEAST_ONE, Key
from automation.schema.shapes import DurationShape
from automation.times.durations import Duration

UPDATE_EVERY = "update_every"  # the cadence of the status page, by state and severity
LATELY = timedelta(
    days=1
)  # a review that was closed before is left alone, whatever a new rule says


_Roles = Annotated[tuple[RoleName, ...], AT_LEAST_ONE]

CALLED = ("engaged", "here", "awaited", "acknowledged")  # keys whose roles somebody was called for
_ON_FOLLOW_UPS = ("touched", "of", "closed", "actions", "overdue")  # keys; all may have `for`
_APART = (  # that never hold of one role at once
    *(("vacant", key) for key in CALLED),
    ("awaited", "engaged"),
    ("awaited", "here"),
    ("awaited", "acknowledged"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """One rule's condition."""

    kind: Annotated[
        Literal["incident", "review", "action", "near miss"],
        "what kind of issue; incidents unless said otherwise",
    ] = "incident"
    state: Annotated[
        tuple[Annotated[str, KeyOf("states", *STATES)], ...],
        AT_LEAST_ONE,
        "the incident's state; without this key only incidents that are not Resolved",
    ] = ()
    status: Annotated[
        tuple[Annotated[str, KeyOf("statuses", *STATUSES, UNSET)], ...],
        AT_LEAST_ONE,
        "the incident's status; `unset` while nobody has set one",
    ] = ()
    severity: Annotated[
        tuple[SeverityOrUnset, ...],
        AT_LEAST_ONE,
        "the severity that a member chose; `unset` for none",
    ] = ()
    service: Annotated[tuple[ServiceName, ...], AT_LEAST_ONE, "an affected service"] = ()
    engaged: Annotated[
        _Roles, "roles whose people are all here; time counts from when somebody came first"
    ] = ()
    vacant: Annotated[_Roles, "roles for which nobody is called or here"] = ()
    awaited: Annotated[
        _Roles, "roles that were all paged, and nobody has come or acknowledged the page"
    ] = ()
    acknowledged: Annotated[_Roles, "roles whose page was acknowledged in the pager"] = ()
    here: Annotated[
        _Roles, "roles whose people are all here; time counts from when that person came"
    ] = ()
    origin: Annotated[
        tuple[Literal["label", "declare", "report", "alert"], ...],
        AT_LEAST_ONE,
        "how it was opened",
    ] = ()
    alerts: Annotated[Literal["firing"] | None, "alerts of it fire, whoever opened it"] = None
    attended: Annotated[bool | None, "is anybody here, or was anybody paged who fills a role"] = (
        None
    )
    wants: Annotated[
        Literal["announcement", "document", "review"] | None,
        "asked for by command, else by the severity's entry",
    ] = None
    public: Annotated[
        tuple[Literal["ask", "auto", "no", "yes"], ...],
        AT_LEAST_ONE,
        "`yes` once the status page shows it; before that what its severity says of it",
    ] = ()
    security: Annotated[bool | None, "flagged as a security incident"] = None
    touched: Annotated[bool | None, "for a review: has its assignee edited or commented"] = None
    of: Annotated[Literal["incident", "near miss"] | None, "for a review: what it reviews"] = None
    closed: Annotated[
        bool, "for a review: closed, complete, within the last day; else only open ones"
    ] = False
    actions: Annotated[bool | None, "for a review: has it, or its incident, corrective actions"] = (
        None
    )
    overdue: Annotated[
        bool | None, "for a review or an action: is the day over that it was due"
    ] = None
    step: Annotated[bool | None, "whether a step was agreed on, for the state that holds"] = None
    lasting: Annotated[
        Duration | str | None,
        Key("for"),
        DurationShape(names=(*NAMED_DURATIONS, UPDATE_EVERY)),
        "how long all of this has been so, or the name of a policy duration",
    ] = None

    @property
    def waits_for_time(self) -> bool:
        """Can the condition come to hold by time alone?"""
        return self.lasting is not None or self.overdue is True

    def never_holds(self, state: str, severity: str, status: str) -> bool:
        """Can the condition hold of no incident with this state, severity ("" for none) and
        status?"""
        if self.kind != "incident":
            return False
        over = not self.state and state == RESOLVED
        return (
            over
            or bool(self.state and state and state not in self.state)
            or bool(self.severity and (severity or UNSET) not in self.severity)
            or bool(self.status and UNSET not in self.status and status not in self.status)
        )

    def contradiction(self) -> str:
        """Why this can hold of no issue at all, whatever happens, or what in it says nothing; empty
        where it may, and all of it counts."""
        if unread := self._unread():
            where = "reviews and actions" if unread in _ON_FOLLOW_UPS else "incidents"
            return f"`{unread}` is looked at on {where} only: here it says nothing"
        if self.kind == "action" and self.closed:
            return "`closed` is for reviews: no action is looked at once it is closed"
        if self.kind == "action" and self.of == "near miss":
            return "`of` says what a review is of: no action is of a near miss"
        if self.kind != "incident":
            return ""
        for one, other in _APART:
            for role in getattr(self, one):
                if role in getattr(self, other):
                    return f"`{one}` and `{other}` both name {role}: it is never both"
        return self._never_together()

    def _unread(self) -> str:
        """A key that nobody looks at on this kind of issue; empty where there is none."""
        own = {"incident": False, "review": True, "action": True}  # are those of follow-ups read?
        for key in fields(self):
            if key.name in ("kind", "lasting") or getattr(self, key.name) == key.default:
                continue
            if own.get(self.kind) is not (key.name in _ON_FOLLOW_UPS):
                return key.name
        return ""

    def _never_together(self) -> str:
        called = [key for key in CALLED if getattr(self, key)]
        if self.attended is False and called:
            return f"`attended: false` says that nobody was called, `{called[0]}` that somebody was"
        over = self.state == (RESOLVED,) and bool(self.status)
        if over and not {UNSET, OPERATIONAL} & {*self.status}:
            return f"what is {RESOLVED} is {OPERATIONAL}: `status` says neither that nor `unset`"
        before = bool(self.public) and "yes" not in self.public
        if before and self.lasting == UPDATE_EVERY:
            return "only what is public owes updates: `public` lacks `yes`"
        if self.state == (RESOLVED,) and self.lasting == UPDATE_EVERY:
            return f"what is {RESOLVED} owes no updates"
        secret = self.security or self.status == (SECURITY_ISSUE,)
        if before and "no" not in self.public and secret:
            return "of a security incident the status page is never to tell: `public` lacks `no`"
        return ""

    def contradicts(self, policy: Policy) -> str:
        """Why it can hold of no issue by this policy; empty where it may."""
        if self.attended and {*policy.roles} <= {*self.vacant}:
            return "`attended` wants somebody in a role, and `vacant` names every role"
        said = {policy.severities[name].public for name in self.severity if name != UNSET}
        chosen = bool(said) and UNSET not in self.severity
        if self.public and chosen and not {"yes", "no", *said} & {*self.public}:
            names, told = _either(self.severity), " or ".join(sorted(said))
            return f"`public` of {names} is {told} in the policy, not {_either(self.public)}"
        return ""

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        """The first reason why the condition does not hold now; None if it holds."""
        return self.mismatch_besides_time(incident, ctx) or self._too_early(incident, ctx)

    def mismatch_besides_time(self, incident: Incident, ctx: Context) -> str | None:
        """The first reason why the condition does not hold, `for` aside; None if there is none."""
        if self.kind == "incident":
            return self._incident_mismatch(incident, ctx) or self._value_mismatch(incident, ctx)
        if self.kind == "near miss":
            near = incident.near_miss or incident.asked("near miss")
            return None if near else "it is no near miss"
        return _follow_up_mismatch(self, incident, ctx)

    def still_asks(self, incident: Incident) -> bool:
        """Do the severity, status, service and security that people have chosen fit the condition?
        Time and roles do not count here. What somebody who is no member has chosen since takes
        nothing back."""
        choices = (incident, as_confirmed(incident))
        if self.severity and all(map(self._severity_mismatch, choices)):
            return False
        if self.status and not self._status_fits(incident):
            return False
        if self.service and not set(self.service) & set(incident.services):
            return False
        return self.security is None or self.security == (incident.security_at is not None)

    def _incident_mismatch(self, incident: Incident, ctx: Context) -> str | None:
        if incident.kind != "incident":
            return "it is no incident"
        if not incident.tracked:
            return "IMA leaves it alone: older than `since`, moved, or let go"
        state, words = incident.state_now, ctx.policy.words
        if self.state and state not in self.state:
            wanted = _either(map(words.state, self.state))
            return f"state is {words.state(state) or 'unset'}, not {wanted}"
        over = not self.state and state == RESOLVED
        return f"it is {words.state(RESOLVED)}" if over else None

    def _value_mismatch(self, incident: Incident, ctx: Context) -> str | None:
        if self.severity and (reason := self._severity_mismatch(incident)):
            return reason
        if self.status and (reason := self._status_mismatch(incident, ctx)):
            return reason
        if self.service and not set(self.service) & set(incident.services):
            return f"it does not affect {_either(self.service)}"
        if self.origin and incident.origin not in self.origin:
            return f"it was opened by {incident.origin}, not by {_either(self.origin)}"
        if self.alerts and not incident.alerts_seen.fires:
            return "no alert of it fires"
        if self.attended is not None and self.attended != attended(incident):
            return (
                "nobody is here or was paged" if self.attended else "somebody is here or was paged"
            )
        return (
            self._role_mismatch(incident, ctx)
            or self._publicity_mismatch(incident, ctx)
            or self._wants_mismatch(incident, ctx)
        )

    def _publicity_mismatch(self, incident: Incident, ctx: Context) -> str | None:
        """The first reason about security, and about what the public knows or may know."""
        flagged = incident.security_at is not None
        if self.security is not None and self.security != flagged:
            return "it is a security incident" if flagged else "it is no security incident"
        if self.public and (known := publicity(incident, ctx.policy)) not in self.public:
            return "it is public" if known == "yes" else f"it is not public (policy: {known})"
        if self.lasting == UPDATE_EVERY and update_due(incident, ctx.policy) is None:
            return "the status page owes no update of it"
        return None

    def _severity_mismatch(self, incident: Incident) -> str | None:
        chosen = incident.severity
        if chosen is None:
            return None if UNSET in self.severity else "it has no severity"
        if not chosen.confirmed and chosen.value in self.severity:
            return f"{chosen.value} was set by {chosen.by}, no member; a member has to confirm it"
        if chosen.value not in self.severity:
            return f"severity is {chosen.value}, not {_either(self.severity)}"
        return None

    def _status_mismatch(self, incident: Incident, ctx: Context) -> str | None:
        if self._status_fits(incident):
            return None
        if incident.status_now in self.status:
            return "the status was set by somebody who is no member of the project"
        words = ctx.policy.words
        wanted = _either(map(words.status, self.status))
        return f"status is {words.status(incident.status_now)}, not {wanted}"

    def _status_fits(self, incident: Incident) -> bool:
        unset = incident.status is None or incident.status.by is None
        return (unset and UNSET in self.status) or incident.status_to_act_by in self.status

    def _role_mismatch(self, incident: Incident, ctx: Context) -> str | None:
        shown = ctx.policy.words.role
        for role in self.engaged:
            if holder(incident, role) is None:
                return f"the {shown(role)} is not engaged"
        for role in self.vacant:
            if role in incident.seats:
                return f"{incident.seats[role].person} is the {shown(role)}"
        return self._presence_mismatch(incident, ctx) or self._step_mismatch(incident)

    def _presence_mismatch(self, incident: Incident, ctx: Context) -> str | None:
        shown = ctx.policy.words.role
        for role in self.awaited:
            if not awaited_since(incident, role):
                return f"nobody waits for the {shown(role)} to answer a page"
        for role in self.acknowledged:
            if not acknowledged(incident, role):
                return f"nobody has acknowledged the page of the {shown(role)}"
        for role in self.here:
            if not here_at(incident, role):
                return f"the {shown(role)} is not here"
        return None

    def _step_mismatch(self, incident: Incident) -> str | None:
        agreed = bool(incident.state and incident.state.note)
        if self.step is None or self.step == agreed:
            return None
        return "a step was agreed on" if agreed else "no step was agreed on"

    def _wants_mismatch(self, incident: Incident, ctx: Context) -> str | None:
        if self.wants and not is_wanted(self.wants, incident, ctx):
            if incident.wanted.get(self.wants) is False:
                return f"whoever declared it wanted no {self.wants}"
            by_itself = "" if self.wants == "review" else f", and {incident.grade} asks for none"
            article = "an" if self.wants == "announcement" else "a"
            return f"nobody asked for {article} {self.wants}{by_itself}"
        return None

    def _too_early(self, incident: Incident, ctx: Context) -> str | None:
        if not self.waits_for_time:
            return None
        due = self.due(incident, ctx)
        return f"not before {due:%Y-%m-%d %H:%M} UTC" if due > ctx.now else None

    def since(self, incident: Incident) -> datetime:
        """Since when all of the condition has held, `for` aside."""
        if self.overdue and incident.overdue_at:
            return incident.overdue_at
        if self.kind in ("review", "action"):
            return incident.opened_at
        times = [incident.began or incident.opened_at]
        if UNSET in self.severity and incident.severity_unset_at:
            times.append(incident.severity_unset_at)
        times += _chosen_since(incident.severity, self.severity)
        times += _chosen_since(incident.state, self.state)
        times += _chosen_since(incident.status, self.status)
        if incident.resolution and RESOLVED in self.state:
            times.append(incident.resolution.at)
        here = incident.here
        times += [at for r in self.engaged if r in here and (at := here[r].engaged_at)]
        times += [at for r in self.awaited if (at := awaited_since(incident, r))]
        times += [ack.at for r in self.acknowledged if (ack := acknowledged(incident, r))]
        times += [at for r in self.here if (at := here_at(incident, r))]
        return max(times)

    def due(self, incident: Incident, ctx: Context) -> datetime:
        """When the `for` of the condition runs out, or has run out."""
        since = self.since(incident)
        if isinstance(self.lasting, str):
            return update_due(incident, ctx.policy) or since
        if self.lasting is None:
            return since
        calendar = ctx.policy.calendar
        person = ctx.policy.people.get(incident.assignees[0]) if incident.assignees else None
        if self.kind in ("review", "action") and person and person.zone:
            calendar = calendar.in_zone(person.zone)
        return self.lasting.due(since, calendar)


def as_confirmed(incident: Incident) -> Incident:
    """The incident with the severity that a member chose last, if one ever did."""
    chosen = incident.severity
    while chosen and not chosen.confirmed:
        chosen = chosen.before
    return replace(incident, severity=chosen) if chosen else incident


def is_wanted(what: str, incident: Incident, ctx: Context) -> bool:
    """Is an announcement, a document or a review wanted? What somebody asked for counts, else what
    the severity's entry in the policy says (P-13)."""
    if what == "review":
        return incident.asked(what) is not None
    if what in incident.wanted:
        return incident.wanted[what]
    severity = ctx.policy.severities.get(incident.grade)
    if severity is None:
        return False
    return severity.announce if what == "announcement" else severity.document


def _chosen_since(choice: Choice | None, values: tuple[str, ...]) -> list[datetime]:
    return [choice.since(values)] if choice and values else []


def _either(values: Iterable[str]) -> str:
    return " or ".join(values)


def _follow_up_mismatch(when: When, incident: Incident, ctx: Context) -> str | None:
    """The first reason why a condition on a review or corrective action does not hold, time
    aside."""
    if incident.kind != when.kind:
        return f"it is no {when.kind}"
    if not incident.tracked:
        return "IMA leaves it alone: older than `since`, or moved"
    if when.closed and (reason := _closing_mismatch(incident, ctx)):
        return reason
    if incident.closed and not when.closed:
        return f"the {when.kind} is closed"
    if when.touched is not None and when.touched != (incident.touched_at is not None):
        return "its assignee has begun" if incident.touched_at else "nobody has begun it"
    return _overdue_mismatch(when, incident, ctx) or _review_mismatch(when, incident, ctx)


def _closing_mismatch(incident: Incident, ctx: Context) -> str | None:
    form = incident.form
    if not incident.closed or form is None or form.closed_at is None:
        return "nobody has closed it"
    if ctx.now - form.closed_at > LATELY:
        return "it was closed more than a day ago"
    return None


def _overdue_mismatch(when: When, incident: Incident, ctx: Context) -> str | None:
    if when.overdue is None:
        return None
    if incident.overdue_at is None:
        return "it is due on no known day"
    late = incident.overdue_at <= ctx.now
    return f"it was due on {incident.due}" if late and not when.overdue else None


def _review_mismatch(when: When, incident: Incident, ctx: Context) -> str | None:
    near = incident.form is not None and incident.form.near_miss
    if incident.second_of:
        return f"{incident.second_of} was opened for the same before"
    if when.of and near != (when.of == "near miss"):
        return f"it reviews {'a near miss' if near else 'an incident'}"
    if when.actions is not None and when.actions != has_actions(incident, ctx):
        return "it has no corrective action" if when.actions else "it has a corrective action"
    return None


def has_actions(incident: Incident, ctx: Context) -> bool:
    """Is there a corrective action of the review or its incident, or does the review name one
    (P-38)?"""
    opened = {**incident.reviews, **ctx.reviews.get(incident.review_of, {})}
    named = incident.form.named if incident.form else frozenset()
    return any(map(is_action, opened)) or bool(named - {incident.ref, incident.review_of})
