"""What ``policy.yml`` may say of services: those of users, and those that IMA speaks to. Pure."""

from __future__ import annotations

from automation.config.policy_scalars import Kind
from automation.model.issue import SEVERITIES, STATUSES
from automation.schema.shapes import (
    DurationShape,
    Field,
    Flag,
    MapOf,
    Number,
    OneOrMany,
    Record,
    Text,
    Whole,
)
from automation.times.durations import Duration

_EXACT = DurationShape(exact=True)
_SEVERITY = Text(choices=SEVERITIES)
_STATUS = Text(choices=STATUSES)

SLO = Record(
    "SLO",
    Field("errors", Number(0, 1), doc="The share of requests that may fail"),
    Field("apdex", Number(0, 1), doc="The apdex that must be kept"),
    Field("outage", Number(0), doc="How many times the SLO's errors are an outage"),
)
METRICS = Record(
    "Queries",
    Field("errors", Text(), doc="The query for the share of errors"),
    Field("apdex", Text(), doc="The query for the apdex"),
)
SERVICE = Record(
    "Service",
    Field("component", Text(), default="", doc="Its name on the status page"),
    Field("container", Text(), default="", doc="The part of the component there; else all of it"),
    Field("slo", SLO, doc="What its users are promised"),
    Field("metrics", METRICS, doc="Where its numbers are"),
)
_URL = Field("url", Text(), default="", doc="Its API, where that is elsewhere")
CHAT = Record(
    "Chat",
    Field(
        "kind",
        Kind("log", "slack"),
        default="log",
        doc="`log` writes announcements to a file; `slack` posts them (docs/services.md)",
    ),
    Field("channel", Text(empty=True), default="", doc="Where announcements go; empty: no chat"),
    Field("path", Text(), default=".ima/outbox.jsonl", doc="The file of the log"),
    Field("groups", MapOf(Text()), default={}, doc="Groups of people: name and handle, or id"),
    _URL,
)
STATUS_PAGE = Record(
    "Status page",
    Field(
        "kind",
        Kind("site", "status.io", "none"),
        default="none",
        doc="`site`: `ima site` writes it; `status.io`: posts go there",
    ),
    Field("page", Text(), default="", doc="On status.io: the id of the page"),
    Field("host", Text(), default="", doc="On status.io: where people see it: status.example.com"),
    Field(
        "link",
        Flag(),
        default=True,
        doc="On status.io: posts link their issue; `false` if it is not for the public",
    ),
    _URL,
)
PAGER = Record(
    "Pager",
    Field(
        "kind",
        Kind("policy", "pagerduty"),
        default="policy",
        doc="`policy`: on call as the roles say; `pagerduty`: as its schedules say",
    ),
    Field("service", Text(), default="", doc="On PagerDuty: the id of the service for pages"),
    Field("from", Text(), default="", doc="On PagerDuty: the e-mail address of its account of IMA"),
    Field("region", Text(choices=("us", "eu")), default="us", doc="On PagerDuty: where it is"),
    _URL,
)
DOCUMENTS = Record(
    "Documents",
    Field(
        "kind",
        Kind("files", "google"),
        default="files",
        doc="`files` are Markdown files; `google`: copies of a Google Doc",
    ),
    Field("path", Text(), default=".ima/documents", doc="Their folder"),
    Field("template", Text(), default="", doc="At Google: the id of the document that is copied"),
    Field("folder", Text(), default="", doc="At Google: the id of a folder in a shared drive"),
    Field("share", Text(), default="", doc="At Google: the domain whose people may write in it"),
    Field(
        "scope",
        Text(choices=("drive.file", "drive")),
        default="drive.file",
        doc="At Google: files that IMA made or was given; or all that its account sees",
    ),
    _URL,
)
SAMPLES = Record(
    "Metrics",
    Field(
        "kind",
        Kind("none", "file", "prometheus"),
        default="none",
        doc="`file`: samples as JSON; `prometheus`: asked for at `url`",
    ),
    Field("path", Text(), default=".ima/samples.json", doc="The file of the samples"),
    Field("url", Text(), default="", doc="Of Prometheus, or of what speaks like it"),
    Field("tenant", Text(), default="", doc="For Mimir: the tenant that is asked for"),
)
VERDICTS = Record(
    "Verdicts",
    Field("declare", Flag(), default=False, doc="Open an incident for a bad verdict"),
    Field("window", _EXACT, default=Duration(5, "m"), doc="How long every sample must violate"),
    Field("interval", _EXACT, default=Duration(30, "s"), doc="One sample for each"),
    Field(
        "severity",
        MapOf(_SEVERITY, key=Text(choices=("degraded", "outage", "all"))),
        default={},
        doc="What is proposed: a service degraded, in outage, all in outage",
    ),
)
LATENESS = Record(
    "Lateness",
    Field("warn", _EXACT, default=Duration(10, "m"), doc="A clock acted on so late is recorded"),
)
FLAPPY = Record(
    "Flappy alerts",
    Field("count", Whole(1), default=3, doc="So many incidents of one alert …"),
    Field("window", _EXACT, default=Duration(7, "d"), doc="… in this time make it flappy"),
)
ALERTS = Record(
    "Alerts",
    Field(
        "join",
        Text(choices=("service", "group", "never")),
        default="service",
        doc="Which alerts are one event: those of one service, of one group, or each by itself",
    ),
    Field(
        "within",
        _EXACT,
        default=Duration(6, "h"),
        doc="How long after its opening or its last alert an incident is joined",
    ),
)
GATE = Record(
    "Gate",
    Field("severity", OneOrMany(_SEVERITY), default=(), doc="Active incidents that block"),
    Field("status", OneOrMany(_STATUS), default=(), doc="Statuses that block"),
)
OUTAGE = Record(
    "Outage",
    Field("document", Text(), default="", doc="Where to write while the tracker is away"),
    Field("mirror", Text(), default="", doc="Where `ima mirror` puts its copy"),
)
