"""What ``policy.yml`` may say: its keys, in their order; a rule's are elsewhere. Pure."""

from __future__ import annotations

from typing import Any

from automation.config.policy_scalars import COMMANDS, LOGIN, NAME, Hours, Kind, People, Version
from automation.config.policy_shape_services import (
    ALERTS,
    CHAT,
    DOCUMENTS,
    FLAPPY,
    GATE,
    LATENESS,
    OUTAGE,
    PAGER,
    SAMPLES,
    SERVICE,
    STATUS_PAGE,
    VERDICTS,
)
from automation.model.issue import SEVERITIES, STATES, STATUSES, WITHDRAWN
from automation.schema.shapes import (
    DurationShape,
    Field,
    Flag,
    ListOf,
    LocalMoment,
    MapOf,
    Moment,
    Number,
    OneOrMany,
    Record,
    Shape,
    Text,
    Whole,
    Zone,
)
from automation.times.durations import Duration


def _section(name: str, shape: Shape, doc: str, **more: Any) -> Field:
    return Field(name, shape, doc=doc, **more)


_EXACT = DurationShape(exact=True)
_SEVERITY = Text(choices=SEVERITIES)
_STATUS = Text(choices=STATUSES)
_TEXTS = OneOrMany(Text())
_DUE = Record("Due date", Field("due", DurationShape(), required=True, doc="After the resolution"))

TRACKERS = ("local", "gitlab", "github")
TRACKER = Record(
    "Tracker",
    Field("kind", Kind(*TRACKERS), default="local", doc="Where the incidents are"),
    Field("project", Text(), required=True, doc="Such as `acme/production`"),
    Field("path", Text(), default=".ima/incidents.db", doc="The file of the local tracker"),
    Field(
        "url",
        Text(r"https?://[^\s]+", says="an https:// URL"),
        default="",
        doc="The forge's address; in its CI known by itself",
    ),
    Field(
        "issue_type",
        Text(choices=("issue", "incident")),
        default="issue",
        doc="On GitLab: what kind of issue IMA opens for an incident",
    ),
    Field(
        "private",
        Text(r"[\w.-]+/[\w.-]+", says="a repository, such as `acme/security`"),
        default="",
        doc="On GitHub: the private repository that security incidents are moved to",
    ),
    Field(
        "account",
        Text(),
        default="",
        doc="On GitHub: IMA's login, where its token does not tell it (an App's on an old server)",
    ),
)
PERSON = Record(
    "Person",
    Field("pager", Text(), default="", doc="In the pager: their id, or the e-mail address there"),
    Field("chat", Text(), default="", doc="Their id in the chat"),
    Field("zone", Zone(), default="", doc="Their time zone, for `eod` and working days"),
    Field("manager", LOGIN, default="", doc="The login of their manager"),
)
ROTA = Record(
    "Rota",
    Field("who", OneOrMany(LOGIN), required=True, doc="Logins, in turn"),
    Field("from", LocalMoment(), required=True, doc="When the first one begins"),
    Field("every", _EXACT, required=True, doc="How long each one's turn is"),
)
ROLE = Record(
    "Role",
    Field("title", Text(), default="", doc="As people read it"),
    Field("chain", Flag(), default=True, doc="Whether it passes the ownership on"),
    Field(
        "owns",
        Text(choices=("always", "by_person", "never")),
        default="always",
        doc="Whether it takes the ownership: `by_person` only if a person engaged it",
    ),
    Field("schedule", Text(), default="", doc="On PagerDuty: the id of its schedule"),
    Field("escalation", Text(), default="", doc="On PagerDuty: the id of its escalation policy"),
    Field("checklist", Text(), default="", doc="The template of what the role owes"),
    Field("on_call", LOGIN, default="", doc="Without a schedule: always this login"),
    Field("rota", ROTA, doc="Without a schedule: these logins in turn"),
    Field("group", Text(), default="", doc="The chat's group that follows who is on call"),
)
SEVERITY = Record(
    "Severity",
    Field("means", Text(empty=True), default="", doc="One sentence for people"),
    Field("page", OneOrMany(NAME), default=(), doc="Roles that are paged for it"),
    Field("announce", Flag(), default=False, doc="Whether it is announced in the chat"),
    Field("document", Flag(), default=False, doc="Whether it gets a document to write in"),
    Field(
        "public",
        Text(choices=("ask", "auto", "no")),
        default="no",
        doc="Whether the status page tells of it",
    ),
    Field("broadcast", _TEXTS, default=(), doc="Media that the status page passes its posts on to"),
    Field("tell", _TEXTS, default=(), doc="Groups of `chat` that its announcement calls"),
    Field("review", _DUE, doc="When its review is due"),
    Field("action", _DUE, doc="When its corrective actions are due"),
)
LIMITS = Record(
    "Limits",
    Field("pages", Whole(0), default=5, doc="Pages within `window`"),
    Field("posts", Whole(0), default=5, doc="Chat messages and publications within `window`"),
    Field("opens", Whole(0), default=10, doc="Issues and documents opened within `window`"),
    Field("window", _EXACT, default=Duration(10, "m"), doc="The time that these are counted in"),
    Field(
        "requests",
        Number(0.01, 1),
        default=0.5,
        doc="The share of the forge's rate limit that one run may use",
    ),
    Field("changes", Whole(0), default=40, doc="Stops labels sync and runs by hand"),
)
_CADENCE = MapOf(MapOf(_EXACT, key=Text(choices=SEVERITIES)), key=Text(choices=STATES))


SECTIONS = (
    _section("version", Version(), "The version of this format", required=True),
    _section("tracker", TRACKER, "Where the incidents are", required=True),
    _section("people", MapOf(PERSON, key=LOGIN), "One person, many names", default={}),
    _section("roles", MapOf(ROLE, key=NAME), "The chain, in order", required=True),
    _section(
        "severities",
        MapOf(SEVERITY, key=Text(choices=SEVERITIES)),
        "What each severity asks for",
        required=True,
    ),
    _section("update_every", _CADENCE, "The status page's cadence", default={}),
    _section(
        "sentences",
        MapOf(Text(), key=Text(choices=(*STATES, WITHDRAWN))),
        "What the status page says at each state, and at the end of what was no incident",
        default={},
    ),
    _section(
        "monitor_for",
        MapOf(_EXACT, key=_STATUS),
        "By the gravest status: how long Monitoring lasts before a resolve needs no reason",
        default={},
    ),
    _section(
        "need_within",
        MapOf(_EXACT, key=_SEVERITY),
        "How soon somebody who is needed answers",
        default={},
    ),
    _section("services", MapOf(SERVICE, key=NAME), "What may be affected", default={}),
    _section("room", Text(empty=True), "The URL of the permanent room", default=""),
    _section("chat", CHAT, "Where announcements go"),
    _section("stakeholders", Text(empty=True), "The channel that also hears of S1", default=""),
    _section("status_page", STATUS_PAGE, "What users see"),
    _section("pager", PAGER, "Who is on call"),
    _section("documents", DOCUMENTS, "Where people write together"),
    _section("metrics", SAMPLES, "Where numbers come from"),
    _section("slo", VERDICTS, "What bad numbers lead to"),
    _section("goal", Number(0, 1), "The availability that is aimed at", default=0.9995),
    _section("lateness", LATENESS, "When a late run is recorded"),
    _section("alerts", ALERTS, "Which alerts join which incident"),
    _section("flappy", FLAPPY, "Which alerts are listed as flappy"),
    _section("gate", GATE, "What holds deployments back"),
    _section("outage", OUTAGE, "While the tracker is away"),
    _section("runbooks", _TEXTS, "Files that `ima mirror` copies", default=()),
    _section("since", Moment(), "The adoption: older incidents are left alone"),
    _section("working_hours", Hours(), "For `5wd` and `eod`"),
    _section("severity_within", DurationShape(), "How long the severity may be unknown"),
    _section("cmoc_after", DurationShape(), "After how long the CMOC joins"),
    _section("full_sweep", _EXACT, "How often everything is listed anew", required=True),
    _section("look_back", _EXACT, "Closed issues are read for so long", required=True),
    _section("limits", LIMITS, "Outward effects within a time"),
    _section(
        "may",
        MapOf(OneOrMany(People()), key=Text(choices=COMMANDS)),
        "Who may give a command",
        default={},
    ),
)


def policy_record(rule: Shape) -> Record:
    """The whole file, with the given shape of a rule."""
    rules = _section("rules", ListOf(rule), "What is done when", required=True)
    return Record("Policy", *SECTIONS, rules)
