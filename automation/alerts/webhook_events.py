"""Which issue a webhook's payload is about. Pure: any text gives an event, if only an empty one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

LIMIT = 5_000_000  # bytes of a payload that is read: thousands of alerts
NOTHING = "the event concerns nothing of ours"
ALERTMANAGER, PAGERDUTY, CHAT = "Alertmanager", "PagerDuty", "chat"
HTTP_ALERT = "monitoring"  # any other system, in the shape that GitLab documents
# The event_type of a repository_dispatch that is a line of a chat, and of one that is an alert.
SAID, ALERT = "ima-chat", "ima-alert"
_GREATEST = 10**9
_OUR_PAGE = re.compile(r"([\w./-]{1,400})#([0-9]{1,10}):[^:\s]+:\S+")  # as `effects.Page` names it
_HIDDEN = "confidential_"  # before the kind of a hook of a confidential issue
_ISSUES = ("issue", "work_item")
_NOTEABLE = ("Issue", "WorkItem")
_GROUPS = ("Epic",)  # work items that are a group's: their numbers are no issue's


class Event(NamedTuple):  # and no dataclass: most jobs end here, and that module takes 10 ms
    """What a payload says. ``ref``, ``project`` ("acme/production") and ``actor`` are "" where it
    does not say."""

    what: str = ""  # "note", "merge_request", "Alertmanager" …
    ref: str = ""
    project: str = ""
    actor: str = ""  # a login
    whole: bool = False  # the clock, or somebody by hand: about all issues
    body: bytes = b""  # of alerts, without what carried them
    line: str = ""  # of a chat

    def elsewhere(self, project: str) -> bool:
        """Does it come from another project?"""
        return bool(self.project) and self.project.casefold() != project.casefold()

    def by(self, login: str) -> bool:
        """Did this account cause it? GitLab tells of IMA's own writes, too."""
        return bool(self.actor) and self.actor.casefold() == login.casefold()

    @property
    def alerts(self) -> bool:
        """Does a monitoring system tell of alerts, and not of a page of ours?"""
        return self.what in (ALERTMANAGER, PAGERDUTY, HTTP_ALERT) and not self.ref

    def idle(self, project: str = "", account: str = "") -> str:
        """Why no pass follows, by what is known of us; empty: one may. An alert, a line of a chat
        and the clock are never idle. Where people share our account, what they do waits for the
        next sweep, which looks at all."""
        if self.alerts or self.whole or self.what in (ALERT, CHAT):
            return ""
        if not self.ref or (project and self.elsewhere(project)):
            return f"{self.nothing()}: nothing to do"
        if account and self.by(account):
            return f"we did that on {self.ref} ourselves: nothing to do"
        return ""

    def nothing(self) -> str:
        """The sentence to say of an event that is about nothing of ours."""
        if not self.what:
            return NOTHING
        article = "an" if self.what[0] in "aeiouAEIOU" else "a"
        where = f" of {self.project}" if self.project else ""
        return f"{article} {self.what.replace('_', ' ')} event{where} concerns nothing of ours"


def read_event(payload: str | bytes, name: str = "") -> Event:
    """What the payload is about; an empty event for anything else. ``name`` is GitHub's name of the
    event, where it is known."""
    if len(payload) > LIMIT:
        return Event()
    try:
        event = json.loads(payload)
        return _event_of(event, name) if isinstance(event, dict) else Event()
    except (ValueError, RecursionError):
        return Event()


def _event_of(event: dict[str, Any], name: str) -> Event:
    if "object_kind" in event and not name:
        return _event_of_gitlab(event)
    kind = _word(name) or next((kind for key, kind in _TOLD_BY.items() if key in event), "")
    return _event_of_github(event, kind) if kind else _alert(event)


def refs_in(payload: str | bytes) -> list[str]:
    """The references of a payload: ["#42"] for an event on issue 42, [] for anything else."""
    ref = read_event(payload).ref
    return [ref] if ref else []


def proposal_in(payload: str | bytes) -> tuple[int, str]:
    """The number of the open merge or pull request that the payload is about, and its project; 0
    for anything else."""
    if len(payload) > LIMIT:
        return 0, ""
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        return 0, ""
    if not isinstance(event, dict):
        return 0, ""
    if event.get("object_kind") == "merge_request":
        row, project = _map(event.get("object_attributes")), _map(event.get("project"))
        number, opened = row.get("iid"), row.get("state") == "opened"
        path = _path(project.get("path_with_namespace"))
    else:
        row, project = _map(event.get("pull_request")), _map(event.get("repository"))
        number, opened = row.get("number"), row.get("state") == "open"
        path = _path(project.get("full_name"))
    return (int(_ref(number)[1:]) if opened and _ref(number) else 0), path


_NAMED = re.compile(r"(?<![\w&])(?:([\w.-]+(?:/[\w.-]+)*))?#([0-9]{1,10})\b")
_ADDRESS = re.compile(
    r"https?://[^\s/]+/(\S+?)(?:/-)?/(?:issues|work_items)/(?:incident/)?([0-9]{1,10})\b"
)


def refs_named(text: str, project: str) -> set[str]:
    """References of the issues of ``project`` that a person names: "#1", "production#1", or an
    address."""
    found = [*_ADDRESS.findall(text), *_NAMED.findall(text)]
    path = project.casefold()
    ours = (
        (where, number)
        for where, number in found
        if not where or path == where.casefold() or path.endswith(f"/{where.casefold()}")
    )
    return {ref for _, number in ours if (ref := _ref(int(number)))}


def _event_of_gitlab(event: dict[str, Any]) -> Event:
    kind = _word(event["object_kind"]).removeprefix(_HIDDEN)
    attributes = _map(event.get("object_attributes"))
    number = None
    if kind in _ISSUES and attributes.get("type") not in _GROUPS:
        number = attributes.get("iid")
    elif kind == "note" and attributes.get("noteable_type") in _NOTEABLE:
        number = _map(event.get("issue")).get("iid")
    project = _path(_map(event.get("project")).get("path_with_namespace"))
    return Event(kind, _ref(number), project, _word(_map(event.get("user")).get("username")))


_TOLD_BY = {  # what only a GitHub event of this kind has
    "issue": "issue",
    "client_payload": "repository_dispatch",
    "inputs": "workflow_dispatch",
    "schedule": "schedule",
}


def _event_of_github(event: dict[str, Any], kind: str) -> Event:
    project = _path(_map(event.get("repository")).get("full_name"))
    if kind == "repository_dispatch":
        return _dispatched(event, project)
    if kind == "schedule":
        return Event(kind, "", project, whole=True)
    if kind == "workflow_dispatch":
        asked = _map(event.get("inputs")).get("issue")
        return Event(kind, _typed(asked), project, whole=not asked)
    issue = _map(event.get("issue")) if kind in _ISSUE_EVENTS else {}
    number = None if "pull_request" in issue else issue.get("number")
    return Event(kind, _ref(number), project, _word(_map(event.get("sender")).get("login")))


_ISSUE_EVENTS = ("issue", "issues", "issue_comment")


def _dispatched(event: dict[str, Any], project: str) -> Event:
    """What somebody who may write to the repository has sent: an alert, or a line of a chat."""
    told = _map(event.get("client_payload"))
    if event.get("action") != SAID:
        surely = event.get("action") == ALERT
        what = ALERT if surely else "repository_dispatch"
        found = (_alert(body, surely=surely) for body in (told, _only_value(told)))
        return next((alert for alert in found if alert.what), Event(what, "", project))
    by = _word(told.get("user")) or _word(_map(event.get("sender")).get("login"))
    text = told.get("text")
    return Event(CHAT, "", project, by, line=text if isinstance(text, str) else "")


def _only_value(told: dict[str, Any]) -> dict[str, Any]:
    """What stands under the only key, as JSON or as its text: GitHub takes no more than ten keys,
    so a body may be put under one."""
    value = next(iter(told.values())) if len(told) == 1 else None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return _map(value)


def _typed(text: Any) -> str:
    """The reference of the issue that somebody typed into a form: "12" or "#12"."""
    found = re.fullmatch(r"\s*#?([0-9]{1,10})\s*", text) if isinstance(text, str) else None
    return _ref(int(found[1])) if found else ""


def is_http_alert(body: dict[str, Any], *, surely: bool = False) -> bool:
    """Is it an alert as GitLab documents it for HTTP endpoints? By its title and, unless it is
    ``surely`` an alert, by another key that hardly anything else has."""
    title = body.get("title")
    return (
        isinstance(title, str)
        and bool(title.strip())
        and "object_kind" not in body
        and (surely or any(body.get(key) for key in _KEYS_OF_ALERT))
    )


_KEYS_OF_ALERT = (
    "start_time", "end_time", "service", "monitoring_tool", "hosts", "severity", "fingerprint",
    "gitlab_environment_name",
)  # fmt: skip


def _alert(event: dict[str, Any], *, surely: bool = False) -> Event:
    """The event of a body that a monitoring system sent; an empty one where none did. A page of
    ours comes back from the pager with the issue in its key."""
    body = json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if "alerts" in event and "receiver" in event:
        return Event(ALERTMANAGER, body=body)
    told = _map(event.get("event"))
    if "event_type" not in told:
        return Event(HTTP_ALERT, body=body) if is_http_alert(event, surely=surely) else Event()
    key = _map(told.get("data")).get("incident_key")
    ours = _OUR_PAGE.fullmatch(key) if isinstance(key, str) else None
    alert = Event(PAGERDUTY, body=body)
    return alert._replace(ref=_ref(int(ours[2])), project=ours[1]) if ours else alert


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str:
    """A kind or a login, if it can be one: it is shown to people."""
    return value if isinstance(value, str) and re.fullmatch(r"[\w.\[\]-]{1,255}", value) else ""


def _path(value: Any) -> str:
    """A project's path; "" for what cannot be one."""
    if not value:
        return ""
    return value if isinstance(value, str) and re.fullmatch(r"[\w./-]{1,400}", value) else "?"


def _ref(number: Any) -> str:
    valid = isinstance(number, int) and not isinstance(number, bool) and 0 < number <= _GREATEST
    return f"#{number}" if valid else ""
