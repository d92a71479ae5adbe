"""The timeline and the linked resources of GitLab's incidents, which only GraphQL has.

What is there is read first: an answer that was lost, or a card, doubles nothing. GitLab answers
200 to what it refuses, too; `errors` say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from automation.errors import ServiceError
from automation.http.answers import as_said
from automation.http.shapes import Shape
from automation.model.issue import Happened
from automation.trackers.action_in_words import Doing
from automation.trackers.gitlab.rows import LINKS, MADE_EACH, TIMELINE
from automation.trackers.gitlab.wire import GRAPHQL
from automation.trackers.ordered_history import parse_time
from automation.trackers.wire import Wire

AT_ONCE = 20  # writes in one request: GitLab counts how complex it is
_EVENTS = """query($path: ID!, $incident: IssueID!, $after: String) {
  project(fullPath: $path) {
    incidentManagementTimelineEvents(incidentId: $incident, after: $after) {
      nodes { note occurredAt } pageInfo { hasNextPage endCursor } } } }"""
_LINKS = """query($incident: IssueID!) {
  issue(id: $incident) { issuableResourceLinks(incidentId: $incident) { nodes { link } } } }"""
_TELL = ("timelineEventCreate", "TimelineEventCreateInput!")
_LINK = ("issuableResourceLinkCreate", "IssuableResourceLinkCreateInput!")
Write = tuple[tuple[str, str], Mapping[str, str]]


class IncidentRecord:
    """What stands beside the text of incidents of ``project``."""

    def __init__(self, wire: Wire, project: str) -> None:
        self._wire = wire
        self._project = project

    def keep(
        self, ref: str, number: int, happened: Sequence[Happened], links: Mapping[str, str]
    ) -> None:
        """Add what is missing to the incident with this ``number``, which is no reference."""
        incident = f"gid://gitlab/Issue/{number}"
        writes: list[Write] = []
        if happened:
            known = set(self._events(ref, incident))
            writes += [
                (_TELL, {"incidentId": incident, "note": one.text, "occurredAt": _time(one.at)})
                for one in happened
                if (_time(one.at), one.text) not in known
            ]
        if links:
            there = set(self._links(ref, incident))
            writes += [
                (_LINK, {"id": incident, "link": link, "linkText": text})  # GitLab knows its type
                for text, link in links.items()
                if link not in there
            ]
        for start in range(0, len(writes), AT_ONCE):
            self._write(ref, writes[start : start + AT_ONCE])

    def _events(self, ref: str, incident: str) -> Iterator[tuple[str, str]]:
        doing = Doing("reading the timeline of", self._project, ref, writes=False)
        asked: dict[str, Any] = {"path": self._project, "incident": incident}
        while True:
            project = self._ask(doing, _EVENTS, asked, TIMELINE)["project"]
            events = project and project["incidentManagementTimelineEvents"]
            if not events:
                return
            for row in events["nodes"]:
                yield _time(parse_time(row["occurredAt"])), row["note"] or ""
            after, asked["after"] = asked.get("after"), events["pageInfo"]["endCursor"]
            if not events["pageInfo"]["hasNextPage"] or asked["after"] in (None, after):
                return

    def _links(self, ref: str, incident: str) -> Iterator[str]:
        doing = Doing("reading the links of", self._project, ref, writes=False)
        issue = self._ask(doing, _LINKS, {"incident": incident}, LINKS)["issue"]
        links = issue and issue["issuableResourceLinks"]
        yield from (row["link"] for row in links["nodes"]) if links else ()

    def _write(self, ref: str, writes: Sequence[Write]) -> None:
        doing = Doing("recording what happened on", self._project, ref)
        types = ", ".join(f"$w{nth}: {kind}" for nth, ((_, kind), _) in enumerate(writes))
        fields = " ".join(
            f"w{nth}: {name}(input: $w{nth}) {{ errors }}"
            for nth, ((name, _), _) in enumerate(writes)
        )
        sent = {f"w{nth}": values for nth, (_, values) in enumerate(writes)}
        answers = self._ask(doing, f"mutation({types}) {{ {fields} }}", sent, MADE_EACH)
        for name in sent:
            if wrong := (answers.get(name) or {}).get("errors"):
                raise _refused(doing, "; ".join(wrong))

    def _ask(self, doing: Doing, query: str, variables: Mapping[str, Any], shape: Shape) -> Any:
        sent = {"query": query, "variables": dict(variables)}
        answer = self._wire.post(doing, GRAPHQL, sent, shape)
        if answer.get("errors") or answer.get("data") is None:
            said = [each["message"] for each in answer.get("errors") or ()]
            raise _refused(doing, "; ".join(said) or "it answers nothing")
        return answer["data"]


def _refused(doing: Doing, said: str) -> ServiceError:
    problem = f"gitlab: {doing} failed: {as_said(said)}"
    remedy = f"the token needs the Developer role on {doing.project}: `ima doctor` says which it is"
    return ServiceError(problem, f"{remedy}; or `tracker: {{timeline: false}}`")


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
