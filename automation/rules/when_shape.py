"""The words of ``when``: what a rule's condition may say. Pure."""

from __future__ import annotations

from automation.model.issue import SEVERITIES, STATES, STATUSES
from automation.schema.shapes import DurationShape, Field, Flag, OneOrMany, Record, Text

UNSET = "unset"
KINDS = ("incident", "review", "action", "near miss")
ORIGINS = ("label", "declare", "report", "alert")
UPDATE_EVERY = "update_every"  # the cadence of the status page, by state and severity
DURATIONS = ("severity_within", "cmoc_after", UPDATE_EVERY)  # policy values that `for` may name

WHEN = Record(
    "when",
    Field("kind", Text(choices=KINDS), default="incident",
          doc="what kind of issue; incidents unless said otherwise"),
    Field("state", OneOrMany(Text(choices=STATES)),
          doc="the incident's state; without this key only incidents that are not Resolved"),
    Field("status", OneOrMany(Text(choices=STATUSES)), doc="the incident's status"),
    Field("severity", OneOrMany(Text(choices=(*SEVERITIES, UNSET))),
          doc="the severity that a member chose; `unset` for none"),
    Field("service", OneOrMany(Text()), doc="an affected service"),
    Field("engaged", OneOrMany(Text()), doc="roles that are all filled"),
    Field("vacant", OneOrMany(Text()), doc="roles that are all empty"),
    Field("awaited", OneOrMany(Text()),
          doc="roles that were all paged, and nobody has come or acknowledged the page"),
    Field("acknowledged", OneOrMany(Text()), doc="roles whose page was acknowledged in the pager"),
    Field("here", OneOrMany(Text()), doc="roles whose holders have all shown up"),
    Field("origin", OneOrMany(Text(choices=ORIGINS)), doc="how it was opened"),
    Field("alerts", Text(choices=("firing",)), doc="alerts of it fire, whoever opened it"),
    Field("attended", Flag(), doc="is anybody here, or was anybody paged who fills a role"),
    Field("wants", Text(choices=("announcement", "document", "review")),
          doc="asked for by command, else by the severity's entry"),
    Field("public", OneOrMany(Text(choices=("ask", "auto", "no", "yes"))),
          doc="`yes` once the status page shows it; before that what its severity says of it"),
    Field("security", Flag(), doc="flagged as a security incident"),
    Field("touched", Flag(), doc="for a review: has its assignee edited or commented"),
    Field("of", Text(choices=("incident", "near miss")), doc="for a review: what it reviews"),
    Field("closed", Flag(), default=False,
          doc="for a review: closed, complete, within the last day; else only open ones"),
    Field("actions", Flag(), doc="for a review: has it, or its incident, corrective actions"),
    Field("overdue", Flag(), doc="for a review or an action: is the day over that it was due"),
    Field("step", Flag(), doc="whether a step was agreed on, for the state that holds"),
    Field("for", DurationShape(names=DURATIONS),
          doc="how long all of this has been so, or the name of a policy duration"),
)  # fmt: skip
