"""Which issues a webhook's payload is about. Pure: any text gives an event or nothing.

The payload only names issues; what is so is read from the tracker. So a forged one can do no harm.
Shapes: GitLab issue, work item and note hooks; GitHub ``issues`` and ``issue_comment`` events;
PagerDuty's about our own pages. Other alerts are read by `alerts`. A
pipeline trigger adds ``id`` and ``ref`` to the top of what the webhook sent; they say nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

LIMIT = 5_000_000  # bytes of a payload that is read: thousands of alerts
NOTHING = "the event concerns nothing of ours"
ALERTMANAGER, PAGERDUTY = "Alertmanager", "PagerDuty"
_GREATEST = 10**9
_OUR_PAGE = re.compile(r"([\w./-]{1,400})#([0-9]{1,10}):[^:\s]+:\S+")  # as `effects.Page` names it
_HIDDEN = "confidential_"  # before the kind of a hook of a confidential issue
_ISSUES = ("issue", "work_item")
_NOTEABLE = ("Issue", "WorkItem")
_GROUPS = ("Epic",)  # work items that are a group's: their numbers are no issue's


@dataclass(frozen=True, slots=True)
class Event:
    """What a payload says. ``ref`` is empty where it is about no issue, ``project`` ("acme/
    production") and ``actor`` where it does not say."""

    what: str = ""  # "note", "merge_request", "Alertmanager" …
    ref: str = ""
    project: str = ""
    actor: str = ""  # a login

    def elsewhere(self, project: str) -> bool:
        """Does it come from another project?"""
        return bool(self.project) and self.project.casefold() != project.casefold()

    def by(self, login: str) -> bool:
        """Did this account cause it? GitLab tells us of our own writes, too."""
        return bool(self.actor) and self.actor.casefold() == login.casefold()

    @property
    def alerts(self) -> bool:
        """Does a monitoring system tell of its alerts, and not of our own pages?"""
        return self.what in (ALERTMANAGER, PAGERDUTY) and not self.ref

    def nothing(self) -> str:
        """The sentence of an event that is about nothing of ours."""
        if not self.what:
            return NOTHING
        article = "an" if self.what[0] in "aeiouAEIOU" else "a"
        where = f" of {self.project}" if self.project else ""
        return f"{article} {self.what.replace('_', ' ')} event{where} concerns nothing of ours"


def read_event(payload: str | bytes) -> Event:
    """What the payload is about; an empty event for whatever is none."""
    if len(payload) > LIMIT:
        return Event()
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        return Event()
    if not isinstance(event, dict):
        return Event()
    if "object_kind" in event:
        return _gitlab(event)
    return _github(event) if "issue" in event else _alert(event)


def refs_in(payload: str | bytes) -> list[str]:
    """``["#42"]`` for an event on issue 42, ``[]`` for anything else."""
    ref = read_event(payload).ref
    return [ref] if ref else []


def _gitlab(event: dict[str, Any]) -> Event:
    kind = _word(event["object_kind"]).removeprefix(_HIDDEN)
    attributes = _map(event.get("object_attributes"))
    number = None
    if kind in _ISSUES and attributes.get("type") not in _GROUPS:
        number = attributes.get("iid")
    elif kind == "note" and attributes.get("noteable_type") in _NOTEABLE:
        number = _map(event.get("issue")).get("iid")
    project = _path(_map(event.get("project")).get("path_with_namespace"))
    return Event(kind, _ref(number), project, _word(_map(event.get("user")).get("username")))


def _github(event: dict[str, Any]) -> Event:
    issue = _map(event.get("issue"))
    number = None if "pull_request" in issue else issue.get("number")
    project = _path(_map(event.get("repository")).get("full_name"))
    return Event("issue", _ref(number), project, _word(_map(event.get("sender")).get("login")))


def _alert(event: dict[str, Any]) -> Event:
    """Whose body it is that is no forge's; empty for one that we do not know. A page that we made
    ourselves comes back from the pager with the issue in its key."""
    if "alerts" in event and "receiver" in event:
        return Event(ALERTMANAGER)
    told = _map(event.get("event"))
    if "event_type" not in told:
        return Event()
    key = _map(told.get("data")).get("incident_key")
    ours = _OUR_PAGE.fullmatch(key) if isinstance(key, str) else None
    return Event(PAGERDUTY, _ref(int(ours[2])), ours[1]) if ours else Event(PAGERDUTY)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str:
    """A kind or a login, as far as it could be one; it is shown to people."""
    return value if isinstance(value, str) and re.fullmatch(r"[\w.\[\]-]{1,255}", value) else ""


def _path(value: Any) -> str:
    """A project's path; what is no path is no project of ours either."""
    if not value:
        return ""
    return value if isinstance(value, str) and re.fullmatch(r"[\w./-]{1,400}", value) else "?"


def _ref(number: Any) -> str:
    valid = isinstance(number, int) and not isinstance(number, bool) and 0 < number <= _GREATEST
    return f"#{number}" if valid else ""
