"""The policy as typed values, and with them each key of ``policy.yml``: see `schema/described.py`.

What an outside service wants to be told is in `outside_services.py`, the keys of rules are in
`automation.rules`. Reading a file, merged over the shipped one, is `automation.config`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import date, datetime
from typing import Annotated, Any, Literal, Protocol

from automation.model.commands import GRANTED
from automation.model.issue import STATES, WITHDRAWN
from automation.model.maintenance import PHASES
from automation.model.team_words import TeamWords
from automation.policy.key_types import (
    CalendarText,
    Elapsed,
    Kind,
    Login,
    MaybeEmpty,
    Name,
    NewSeverity,
    OnCallName,
    OneWord,
    Period,
    RoleName,
    SeverityName,
    SomeWords,
    StateName,
    StatusName,
    TemplateName,
    Version,
    WhoMay,
)
from automation.policy.labels import Labels
from automation.policy.outside_services import (
    ChatSettings,
    DocumentsSettings,
    MetricsSettings,
    PagerSettings,
    SiteSettings,
    StatusPageSettings,
    Web,
)
from automation.records import dataclass
from automation.schema.described import AT_LEAST_ONE, MAP_KEY, Key
from automation.schema.shapes import DayShape, ListOf, LocalMoment, Number, Text, Whole, Zone
from automation.times.durations import Calendar, Duration
from automation.times.weekly import WEEKLY

COMMON_WORDS = ("critical", "high", "medium", "low")  # for severities
NAMED_DURATIONS = ("severity_within", "cmoc_after")  # that a rule's `for` may name


class NamedRule(Protocol):
    """What the policy itself knows of a rule; the whole of it gives `automation.rules.rules_of`."""

    @property
    def name(self) -> str:
        """Unique, in kebab case."""

    @property
    def why(self) -> str:
        """The reason that people read."""

    @property
    def has_clock(self) -> bool:
        """Does it wait for a time to run out?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerSettings:
    """Where the incidents are."""

    kind: Annotated[str, Kind("local", "gitlab", "github"), "Where the incidents are"] = "local"
    project: Annotated[str, "Such as `acme/production`"]
    path: Annotated[str, "The file of the local tracker"] = ".ima/incidents.db"
    url: Annotated[
        str,
        Text(r"https?://[^\s]+", says="an https:// URL"),
        "The forge's address; in its CI known by itself",
    ] = ""
    issue_type: Annotated[
        Literal["issue", "incident"],
        "What kind of issue IMA opens for an incident: GitLab's own, or the type *Incident* of the"
        " organisation on GitHub, where it has one",
    ] = "issue"
    dependencies: Annotated[
        bool, "On GitHub: whether a review is shown as blocked by its corrective actions"
    ] = False
    adopt: Annotated[
        tuple[Literal["type"], ...],
        "On GitLab: which of its own incidents are taken in; `type`: each of the type *incident*,"
        " whoever or whatever made it, also without our label",
    ] = ()
    timeline: Annotated[
        bool,
        "On GitLab: whether what happened goes on the timeline of its incidents, and the room and"
        " the document among their links",
    ] = True
    private: Annotated[
        str,
        Text(r"[\w.-]+/[\w.-]+", says="a repository, such as `acme/security`"),
        "On GitHub: the private repository that security incidents are moved to",
    ] = ""
    account: Annotated[
        str,
        "IMA's login: on GitLab where it is no bot account; on GitHub where its token does not"
        " tell it (an App's on an old server)",
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person's other names."""

    login: Annotated[str, MAP_KEY]
    pager: Annotated[str, "In the pager: their id, or the e-mail address there"] = ""
    chat: Annotated[str, "Their id in the chat"] = ""
    zone: Annotated[str, Zone(), "Their time zone, for `eod` and working days"] = ""
    manager: Annotated[Login, "The login of their manager"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """People who take turns, each for ``every``, the first one from ``start``."""

    who: Annotated[
        tuple[OnCallName, ...],
        AT_LEAST_ONE,
        "Logins, in turn; `@acme/oncall` is everybody in that team on GitHub, by login",
    ]
    start: Annotated[datetime, Key("from"), LocalMoment(), "When the first one begins"]
    every: Annotated[Period, "How long each one's turn is"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of the process. Those of the chain are engaged in the order of the file."""

    name: Annotated[str, MAP_KEY]
    word: Annotated[
        OneWord, Key("name"), "What people type and read for it, in one word; else its key"
    ] = ""
    title: Annotated[str, "As people read it in full; else `name`, or its key in capitals"] = ""
    chain: Annotated[bool, "Whether it passes the ownership on"] = True
    owns: Annotated[
        Literal["always", "by_person", "never"],
        "Whether it takes the ownership: `by_person` only if a person engaged it",
    ] = "always"
    schedule: Annotated[str, "On PagerDuty: the id of its schedule; on GitLab: its name"] = ""
    escalation: Annotated[
        str, "On PagerDuty: the id of its escalation policy; on GitLab: its name"
    ] = ""
    checklist: Annotated[TemplateName, "The template of what the role owes"] = ""
    on_call: Annotated[
        OnCallName,
        "Without a schedule: always this login, or whoever is in that team on GitHub,"
        " `@acme/oncall` (of several the first by login)",
    ] = ""
    rota: Annotated[Rota | None, "Without a schedule: these logins in turn"] = None
    group: Annotated[str, "The chat's group that follows who is on call"] = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", self.title or self.shown)

    def spelt(self, spelling: Callable[[str], str]) -> Role:
        """The role with its logins in the policy's spelling."""
        rota = self.rota and replace(self.rota, who=tuple(map(spelling, self.rota.who)))
        return replace(self, on_call=spelling(self.on_call), rota=rota)

    @property
    def shown(self) -> str:
        """As people read it in a sentence: "IMOC"."""
        return self.word or self.name.upper()

    @property
    def in_full(self) -> str:
        """As people read it on a list: "IMOC (Incident Manager On Call)"."""
        return self.shown if self.title == self.shown else f"{self.shown} ({self.title})"

    @property
    def on_call_names(self) -> tuple[str, ...]:
        """All that the policy names for it: logins, and teams with their @."""
        return self.rota.who if self.rota else (self.on_call,) if self.on_call else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """When something is due."""

    due: Annotated[Duration, "After the resolution"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """What a severity means, and what it asks for when nobody says otherwise."""

    name: Annotated[str, MAP_KEY]
    means: Annotated[MaybeEmpty, "One sentence for people"] = ""
    like: Annotated[str, "Which shipped one it follows where nothing is said; else by order"] = ""
    alerts: Annotated[tuple[str, ...], "Words of an alert that propose it, besides its name"] = ()
    page: Annotated[tuple[RoleName, ...], "Roles that are paged for it"] = ()
    announce: Annotated[bool, "Whether it is announced in the chat"] = False
    document: Annotated[bool, "Whether it gets a document to write in"] = False
    public: Annotated[Literal["ask", "auto", "no"], "Whether the status page tells of it"] = "no"
    broadcast: Annotated[tuple[str, ...], "Media that the status page passes its posts on to"] = ()
    tell: Annotated[tuple[str, ...], "Groups of `chat` that its announcement calls"] = ()
    review: Annotated[DueDate | None, "When its review is due"] = None
    action: Annotated[DueDate | None, "When its corrective actions are due"] = None

    @property
    def review_due(self) -> Duration | None:
        """How long after the resolution the review is due."""
        return self.review.due if self.review else None

    @property
    def action_due(self) -> Duration | None:
        """How long after they were opened corrective actions are due."""
        return self.action.due if self.action else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SLO:
    """What users are promised of a service."""

    errors: Annotated[float | None, Number(0, 1), "The share of requests that may fail"] = None
    apdex: Annotated[float | None, Number(0, 1), "The apdex that must be kept"] = None
    outage: Annotated[float, Number(0), "How many times the SLO's errors are an outage"] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """Where the numbers of a service are."""

    errors: Annotated[str, "The query for the share of errors"] = ""
    apdex: Annotated[str, "The query for the apdex"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A part that users see, its promises and where its numbers are."""

    name: Annotated[str, MAP_KEY]
    component: Annotated[str, "Its name on the status page; else its name here"] = ""
    container: Annotated[str, "The part of the component there; else all of it"] = ""
    since: Annotated[date | None, "Its first day: of those before the status site says nothing"] = (
        None
    )
    slo: Annotated[SLO, "What its users are promised"] = field(default_factory=SLO)
    metrics: Annotated[Queries, "Where its numbers are"] = field(default_factory=Queries)

    def __post_init__(self) -> None:
        object.__setattr__(self, "component", self.component or self.name)

    @property
    def queries(self) -> Mapping[str, str]:
        """The queries that there are, by what they measure: "errors" and "apdex"."""
        both = {"errors": self.metrics.errors, "apdex": self.metrics.apdex}
        return {name: query for name, query in both.items() if query}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """How samples become verdicts, and what a verdict leads to (P-27, P-40)."""

    declare: Annotated[bool, "Open an incident for a bad verdict"] = False
    window: Annotated[Period, "How long every sample must violate"] = Duration(5, "m")
    interval: Annotated[Period, "One sample for each"] = Duration(30, "s")
    lag: Annotated[Elapsed, "How late a sample may be there; Mimir's rules: `1m`"] = Duration(
        0, "s"
    )
    severity: Annotated[
        Mapping[Annotated[str, Text(choices=("degraded", "outage", "all"))], SeverityName],
        "What is proposed: a service degraded, in outage, all in outage",
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """When a late run is recorded on the card."""

    warn: Annotated[Elapsed, "A clock acted on so late is recorded"] = Duration(10, "m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Which alerts are one event, and so one incident (P-17)."""

    join: Annotated[
        Literal["service", "group", "never"],
        "Which alerts are one event: those of one service, of one group, or each by itself",
    ] = "service"
    within: Annotated[
        Elapsed, "How long after its opening or its last alert an incident is joined"
    ] = Duration(6, "h")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWork:
    """What holds of planned work on the systems (P-56)."""

    page: Annotated[
        bool, "Whether alerts of its services open incidents and page while it goes on"
    ] = False
    warn: Annotated[Elapsed, "How long before its end whoever does it is told; `0s`: never"] = (
        Duration(15, "m")
    )
    broadcast: Annotated[
        tuple[str, ...], "Media that the status page passes its posts about it on to"
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drills:
    """What holds of exercises (P-57)."""

    page: Annotated[bool, "Whether people are paged for a drill"] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FlappyAlerts:
    """An alert is flappy that opened ``count`` incidents within ``window`` (P-19)."""

    count: Annotated[int, Whole(1), "So many incidents of one alert …"] = 3
    window: Annotated[Elapsed, "… in this time make it flappy"] = Duration(7, "d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What `ima stats` may show, and where its page is."""

    people: Annotated[
        bool, "Whether pages are also counted by person, and the week names people in the chat"
    ] = False
    page: Annotated[
        Web, "Where the page of `ima stats --html` stands; the dashboard has a link to it"
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyDigest:
    """When the week is told, and where."""

    every: Annotated[
        str,
        Text(WEEKLY, says="a day and a time, such as `monday 09:00`"),
        "When, by the clock of `working_hours`: `monday 09:00`",
    ]
    to: Annotated[
        tuple[Literal["dashboard", "chat"], ...],
        AT_LEAST_ONE,
        "Where: in the thread of the dashboard, in `chat.channel`",
    ] = ("dashboard",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Incidents that hold deployments back: of these severities, or of these statuses."""

    severity: Annotated[tuple[SeverityName, ...], "Active incidents that block"] = ()
    status: Annotated[tuple[StatusName, ...], "Statuses that block"] = ()
    maintenance: Annotated[
        bool, "Whether planned work blocks, while it goes on, what is deployed to its services"
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """How people go on while the tracker is away."""

    document: Annotated[str, "Where to write while the tracker is away"] = ""
    mirror: Annotated[str, "Where `ima mirror` puts its copy"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """When people work; as a `Calendar` it is `Policy.calendar`."""

    zone: Annotated[str, Zone(), "Where the hours are; cards and comments give times by it"] = "UTC"
    days: Annotated[
        tuple[Annotated[str, CalendarText("days", "days such as `Mon-Fri`")], ...],
        AT_LEAST_ONE,
        "`Mon-Fri`, `[Mon, Wed]`",
    ] = ("Mon-Fri",)
    hours: Annotated[str, CalendarText("hours", "hours such as `9-17`"), "`9-17`, `9:30-17:30`"] = (
        "9-17"
    )
    holidays: Annotated[tuple[date, ...], ListOf(DayShape()), "Days on which nobody works"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Outward effects within ``window``, over all runs: gravest first; the rest waits."""

    pages: Annotated[int, Whole(0), "Pages within `window`"] = 5
    posts: Annotated[int, Whole(0), "Chat messages and publications within `window`"] = 5
    opens: Annotated[int, Whole(0), "Issues and documents opened within `window`"] = 10
    window: Annotated[Period, "The time that these are counted in"] = Duration(10, "m")
    requests: Annotated[
        float, Number(0.01, 1), "The share of the forge's rate limit that one run may use"
    ] = 0.5
    changes: Annotated[int, Whole(0), "Stops labels sync and runs by hand"] = 40


HEARTBEAT = (
    r"(?:(?:https://[\w.-]+(?::[0-9]{1,5})?|http://(?:localhost|127\.0\.0\.1)(?::[0-9]{1,5})?)"
    r"(?:/[^\s@]*)?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole of ``policy.yml``; every field has a value after merging."""

    version: Annotated[int, Version(), "The version of this format"]
    tracker: Annotated[TrackerSettings, "Where the incidents are"]
    people: Annotated[Mapping[Login, Person], "One person, many names"] = field(
        default_factory=dict
    )
    roles: Annotated[Mapping[Name, Role], "The chain, in order"]
    severities: Annotated[
        Mapping[NewSeverity, Severity], "What each severity asks for, the gravest first"
    ]
    states: Annotated[
        Mapping[StateName, OneWord], "What people type and read for a state, each in one word"
    ] = field(default_factory=dict)
    statuses: Annotated[
        Mapping[StatusName, SomeWords], "What people type and read for a status"
    ] = field(default_factory=dict)
    update_every: Annotated[
        Mapping[StateName, Mapping[SeverityName, Period]], "The status page's cadence"
    ] = field(default_factory=dict)
    sentences: Annotated[
        Mapping[Annotated[str, Text(choices=(*STATES, WITHDRAWN, *PHASES))], str],
        "What the status page says at each state, at the end of what was no incident, and of"
        " planned work",
    ] = field(default_factory=dict)
    monitor_for: Annotated[
        Mapping[StatusName, Elapsed],
        "By the gravest status: how long Monitoring lasts before a resolve needs no reason",
    ] = field(default_factory=dict)
    answer_within: Annotated[
        Mapping[SeverityName, Elapsed],
        "How soon somebody who was paged comes, before the page is repeated",
    ] = field(default_factory=dict)
    need_within: Annotated[
        Mapping[SeverityName, Elapsed], "How soon somebody who is needed answers"
    ] = field(default_factory=dict)
    services: Annotated[Mapping[Name, Service], "What may be affected"] = field(
        default_factory=dict
    )
    room: Annotated[MaybeEmpty, "The URL of the permanent room"] = ""
    chat: Annotated[ChatSettings, "Where announcements go"] = field(default_factory=ChatSettings)
    stakeholders: Annotated[MaybeEmpty, "The channel that also hears of the gravest"] = ""
    status_page: Annotated[StatusPageSettings, "What users see"] = field(
        default_factory=StatusPageSettings
    )
    site: Annotated[SiteSettings, "The site that `ima site` writes"] = field(
        default_factory=SiteSettings
    )
    pager: Annotated[PagerSettings, "Who is on call"] = field(default_factory=PagerSettings)
    documents: Annotated[DocumentsSettings, "Where people write together"] = field(
        default_factory=DocumentsSettings
    )
    metrics: Annotated[MetricsSettings, "Where numbers come from"] = field(
        default_factory=MetricsSettings
    )
    slo: Annotated[Verdicts, "What bad numbers lead to"] = field(default_factory=Verdicts)
    goal: Annotated[float, Number(0, 1), "The availability that is aimed at"] = 0.9995
    lateness: Annotated[Lateness, "When a late run is recorded"] = field(default_factory=Lateness)
    alerts: Annotated[Alerts, "Which alerts join which incident"] = field(default_factory=Alerts)
    maintenance: Annotated[PlannedWork, "Planned work on the systems"] = field(
        default_factory=PlannedWork
    )
    drills: Annotated[Drills, "Exercises"] = field(default_factory=Drills)
    flappy: Annotated[FlappyAlerts, "Which alerts are listed as flappy"] = field(
        default_factory=FlappyAlerts
    )
    stats: Annotated[Figures, "The figures of the past"] = field(default_factory=Figures)
    weekly_digest: Annotated[
        WeeklyDigest | None,
        Key("digest"),
        "When `ima digest` is posted by itself; without it, never",
    ] = None
    heartbeat: Annotated[
        str,
        Text(HEARTBEAT, says="an https:// URL, or nothing"),
        "A dead man's switch: the URL that hears of each sweep",
    ] = ""
    heartbeat_every: Annotated[
        Period | None, "How old the dashboard's sign of life may get, where nothing else changes"
    ] = None
    gate: Annotated[Gate, "What holds deployments back"] = field(default_factory=Gate)
    outage: Annotated[Outage, "While the tracker is away"] = field(default_factory=Outage)
    accounts: Annotated[
        tuple[str, ...], "Former accounts of IMA: what they wrote counts as its own"
    ] = ()
    runbooks: Annotated[tuple[str, ...], "Files that `ima mirror` copies"] = ()
    since: Annotated[datetime | None, "The adoption: older incidents are left alone"] = None
    working_hours: Annotated[WorkingHours, "For `5wd` and `eod`"] = field(
        default_factory=WorkingHours
    )
    severity_within: Annotated[Duration | None, "How long the severity may be unknown"] = None
    cmoc_after: Annotated[Duration | None, "After how long the CMOC joins"] = None
    full_sweep: Annotated[Period, "How often everything is listed anew"]
    look_back: Annotated[Elapsed, "Closed issues are read for so long"]
    limits: Annotated[Limits, "Outward effects within a time"] = field(default_factory=Limits)
    may: Annotated[
        Mapping[
            Annotated[str, Text(choices=GRANTED)],
            Annotated[tuple[Annotated[str, WhoMay()], ...], AT_LEAST_ONE],
        ],
        "Who may give a command",
    ] = field(default_factory=dict)
    rules: tuple[NamedRule, ...] = ()  # their keys are those of `automation.rules`
    labels: Labels
    resting: Mapping[str, str] = field(default_factory=dict)  # rules, with the role that they need
    places: Mapping[str, str] = field(default_factory=dict, compare=False)  # where sections stand
    digest: str = ""  # of the files it was read from
    calendar: Calendar = field(init=False)  # the working hours, for counting
    # Names of the roles that pass the ownership on, the first one first.
    chain: tuple[str, ...] = field(init=False)
    _spelt: Mapping[str, str] = field(init=False, repr=False, compare=False)  # logins, folded
    words: TeamWords = field(init=False)  # what the team calls its roles, states and statuses

    def __post_init__(self) -> None:
        hours = self.working_hours
        days, holidays = ",".join(hours.days), frozenset(hours.holidays)
        object.__setattr__(self, "calendar", Calendar(hours.zone, days, hours.hours, holidays))
        chain = tuple(role.name for role in self.roles.values() if role.chain)
        object.__setattr__(self, "chain", chain)
        self._spell_alike()
        roles = {name: role.word for name, role in self.roles.items()}
        words = TeamWords(roles, self.states, self.statuses, tuple(self.severities))
        object.__setattr__(self, "words", words)

    def _spell_alike(self) -> None:
        """Give each person one login, as `people` has it, else as the first that names them."""
        named = [name for role in self.roles.values() for name in role.on_call_names]
        named += [word[1:] for words in self.may.values() for word in words if word[0] == "@"]
        spelt = {login.casefold(): login for login in reversed([*self.people, *named])}
        object.__setattr__(self, "_spelt", spelt)
        roles = {name: role.spelt(self.spelling) for name, role in self.roles.items()}
        may = {
            command: tuple(
                f"@{self.spelling(word[1:])}" if word[0] == "@" else word for word in words
            )
            for command, words in self.may.items()
        }
        people = {
            login: replace(person, manager=self.spelling(person.manager))
            for login, person in self.people.items()
        }
        object.__setattr__(self, "roles", roles)
        object.__setattr__(self, "may", may)
        object.__setattr__(self, "people", people)

    def spelling(self, login: str) -> str:
        """A login in the case that the policy has it in; as it is where the policy has it not."""
        return self._spelt.get(login.casefold(), login)

    @property
    def least_severity(self) -> str:
        """The one by which an incident is treated that has none."""
        return list(self.severities)[-1]

    @property
    def severity_by_word(self) -> dict[str, str]:
        """The severity that a word of an alert proposes, by the word in lower case."""
        words = {
            word.casefold(): each.name
            for each in reversed(list(self.severities.values()))
            for word in each.alerts
        }
        return words | {name.casefold(): name for name in self.severities}

    def common_word(self, severity: str) -> str:
        """What others call it, such as GitLab on its own incidents: critical, high, medium, low."""
        said = self.severities[severity].alerts if severity in self.severities else ()
        return (
            next((word for word in COMMON_WORDS if word in said), "")
            or (COMMON_WORDS[min(self.rank(severity), len(COMMON_WORDS) - 1)])
        )

    def rank(self, severity: str) -> int:
        """How grave a severity is: 0 for the gravest; beyond all for one that the policy has not,
        or for none."""
        known = list(self.severities)
        return known.index(severity) if severity in known else len(known)

    def place(self, section: str) -> str:
        """Where the words of a section are defined: "`roles`, policy.yml:3"."""
        place = self.places.get(section, "")
        return f"`{section}`, {place}" if place else f"`{section}`"

    @property
    def project(self) -> str:
        """The path of the tracker's project, such as "acme/production"."""
        return self.tracker.project

    def with_tracker(self, **settings: Any) -> Policy:
        """The same with other settings of the tracker, such as ``kind="gitlab"``."""
        return replace(self, tracker=replace(self.tracker, **settings))

    @property
    def pagerduty(self) -> PagerSettings | None:
        """How to reach PagerDuty, where it is the pager."""
        return self.pager if self.pager.kind == "pagerduty" else None

    @property
    def statusio(self) -> StatusPageSettings | None:
        """How to reach status.io, where it shows the status page."""
        return self.status_page if self.status_page.kind == "status.io" else None

    @property
    def statuspage(self) -> StatusPageSettings | None:
        """How to reach Atlassian Statuspage, where it shows the status page."""
        return self.status_page if self.status_page.kind == "statuspage" else None

    @property
    def slack(self) -> ChatSettings | None:
        """How to reach Slack, where it is the chat."""
        return self.chat if self.chat.kind == "slack" else None

    @property
    def google(self) -> DocumentsSettings | None:
        """How to reach Google, where the documents are there."""
        return self.documents if self.documents.kind == "google" else None

    @property
    def prometheus(self) -> MetricsSettings | None:
        """How to reach Prometheus, where numbers come from it."""
        return self.metrics if self.metrics.kind == "prometheus" else None

    @property
    def logins_on_call(self) -> frozenset[str]:
        """Everybody whom `roles` names by login."""
        named = (name for role in self.roles.values() for name in role.on_call_names)
        return frozenset(name for name in named if not name.startswith("@"))

    @property
    def teams(self) -> Mapping[str, str]:
        """The teams that `roles` names, such as "acme/oncall", each with the first role that it
        serves."""
        found: dict[str, str] = {}
        for role in self.roles.values():
            for name in role.on_call_names:
                if name.startswith("@"):
                    found.setdefault(name[1:].lower(), role.name)
        return found

    def wakes(self, role: str) -> bool:
        """Does the pager wake whoever is called for the role ("": for none)? Else they see it in a
        comment, or nowhere: on a forge the file that stands for a pager ends with the job."""
        if self.pager.kind == "gitlab":
            known = self.roles.get(role)  # a page may be for a role that is none any more
            return known is not None and known.escalation != ""
        return self.pager.kind != "policy" or self.tracker.kind == "local"

    @property
    def has_readers(self) -> bool:
        """Is an announcement read by anybody? On a forge a file of the job is not."""
        return self.chat.kind != "log" or self.tracker.kind == "local"

    def reaches(self, login: str) -> bool:
        """Can the chat write to them? An outside one wants to know who they are there."""
        known = {name.casefold() for name, person in self.people.items() if person.chat}
        return bool(self.chat.channel) and (self.slack is None or login.casefold() in known)
