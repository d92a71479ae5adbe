"""GitLab's on-call schedules and escalation policies (Premium) as the pager.

An incident of GitLab's has one escalation policy at a time: the first role that is paged sets its
own, and GitLab goes on from there. It sends e-mail; so does the comment that calls somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from automation.errors import ServiceError
from automation.http.answers import as_said
from automation.http.known_secrets import Secret
from automation.http.shapes import Shape
from automation.model.engagement import BY_COMMENT, REPEATED
from automation.model.issue import Ack, Did, Duty
from automation.policy.policy import Policy, Role
from automation.services import PagerAbilities, Theirs, nobodys
from automation.services.duties import duty_of
from automation.services.embedded.embedded import first_of_each
from automation.services.gitlab.rows import INCIDENT, INCIDENTS, POLICIES, SCHEDULES, SET, TIMELINE
from automation.services.wire import Wire

_SCHEDULES = """query($path: ID!) { project(fullPath: $path) {
  incidentManagementOncallSchedules { nodes { iid name oncallUsers { username } } } } }"""
_POLICIES = """query($path: ID!) { project(fullPath: $path) {
  incidentManagementEscalationPolicies { nodes { id name } } } }"""
_INCIDENT = """query($path: ID!, $iid: String!) { project(fullPath: $path) {
  issue(iid: $iid) { escalationStatus escalationPolicy { id } }
  incidentManagementEscalationPolicies { nodes { id name } } } }"""
_INCIDENTS = """query($path: ID!, $iids: [String!]) { currentUser { username }
  project(fullPath: $path) { issues(iids: $iids) { nodes { id iid escalationStatus } } } }"""
_TIMELINE = """query($path: ID!, $incident: IssueID!) { project(fullPath: $path) {
  incidentManagementTimelineEvents(incidentId: $incident) {
    nodes { action occurredAt author { username } } } } }"""
_SET = """mutation($input: IssueSetEscalationPolicyInput!) {
  issueSetEscalationPolicy(input: $input) { errors } }"""
_DID: dict[str, Did] = {"ACKNOWLEDGED": "acknowledged", "RESOLVED": "resolved"}
_REMEDIES = {401: "set IMA_GITLAB_TOKEN to one that is valid, with the api scope"}


def gitlab_wire(url: str, token: Secret, **how: Any) -> Wire:
    """The GitLab of the tracker."""

    def headers() -> dict[str, str]:
        return {"Authorization": f"Bearer {token()}"}

    return Wire("GitLab", url, headers, remedies=_REMEDIES, **how)


class GitLabPager:
    """See `Pager`. ``schedule`` and ``escalation`` of a role are names, as GitLab shows them."""

    can: ClassVar = PagerAbilities(
        wakes=False, roles=False, stand_ins=False, given_on=False, words=False
    )

    def __init__(self, wire: Wire, policy: Policy) -> None:
        self.wire, self._path, self._roles = wire, policy.project, policy.roles
        self._answers: dict[str, list[Ack]] = {}  # by iid, as asked in this run

    def on_call(self, now: datetime) -> dict[str, Duty | None]:
        """The first person of each role's schedule; of a role without one, or whose schedule
        GitLab does not have (it comes with Premium), by the policy."""
        duties = {name: duty_of(role, now) for name, role in self._roles.items()}
        if any(role.schedule for role in self._roles.values()):
            there = self.schedules()
            found = {name: there.get(role.schedule) for name, role in self._roles.items()}
            duties |= {
                name: Duty(people[0]) if people else None
                for name, people in found.items()
                if people is not None
            }
        return duties

    def schedules(self) -> dict[str, list[str]]:
        """Who is on call now by each schedule, in one look-up; none where there are no such."""
        project = self._ask("asking who is on call", _SCHEDULES, {}, SCHEDULES)["project"]
        there = project and project["incidentManagementOncallSchedules"]
        rows = there["nodes"] if there else []
        return {row["name"]: [each["username"] for each in row["oncallUsers"]] for row in rows}

    def escalations(self) -> list[str]:
        """The names of the escalation policies; none where there are no such."""
        project = self._ask("reading escalation policies", _POLICIES, {}, POLICIES)["project"]
        there = project and project["incidentManagementEscalationPolicies"]
        return [row["name"] for row in there["nodes"]] if there else []

    def page(self, role: str, person: str, key: str, text: str) -> str:
        """By the role's escalation policy, if no other one calls people for the incident; once
        more: from its beginning. Without a policy, the comment calls."""
        called = self._roles[role] if role else None
        if called is None or not (wanted := called.escalation):
            return BY_COMMENT
        doing, iid = f"paging the {called.shown} for #{_iid(key)}", _iid(key)
        now, there = self._incident(doing, iid)
        policy = there.get(wanted)
        if policy is None:
            remedy = f"write into `roles.{role}.escalation` what GitLab calls it; it is Premium's"
            raise ServiceError(f"gitlab: {doing} failed: no escalation policy {wanted!r}", remedy)
        if key.endswith(REPEATED) and now == policy:
            self._set(doing, iid, None)
            now = None
        if now is None:
            self._set(doing, iid, policy)
        return "" if now in (None, policy) else BY_COMMENT

    def acks(self, pages: Mapping[str, str]) -> dict[str, Sequence[Ack]]:
        """Who has acknowledged incidents: GitLab has one status for all pages of one. One look-up
        for all, and one for each incident that is acknowledged."""
        wanted = {key: _iid(key) for key in pages if self._pages_by_policy(key)}
        new = sorted({*wanted.values()} - {*self._answers})
        if new:
            self._answers |= {iid: [] for iid in new} | dict(self._acks_of(new))
        return {key: acks for key, iid in wanted.items() if (acks := self._answers[iid])}

    def _acks_of(self, iids: Sequence[str]) -> Iterator[tuple[str, list[Ack]]]:
        doing = "asking who has acknowledged"
        answer = self._ask(doing, _INCIDENTS, {"iids": list(iids)}, INCIDENTS)
        me = (answer["currentUser"] or {}).get("username")
        issues = answer["project"] and answer["project"]["issues"]
        for row in issues["nodes"] if issues else ():
            did = _DID.get(row["escalationStatus"] or "")
            if did is None:
                continue
            asked = {"incident": row["id"]}
            project = self._ask(doing, _TIMELINE, asked, TIMELINE)["project"]
            events = project and project["incidentManagementTimelineEvents"]
            moves = [e for e in (events["nodes"] if events else ()) if e["action"] == "status"]
            acks = [
                Ack(
                    move["author"]["username"],
                    _time(move["occurredAt"]),
                    did if move is moves[-1] else "acknowledged",
                    of_all_pages=True,
                )
                for move in moves
                if move["author"]
            ]
            yield row["iid"], first_of_each(ack for ack in acks if ack.person != me)

    def _pages_by_policy(self, key: str) -> bool:
        role = self._roles.get(_role(key))
        return role is not None and bool(role.escalation)

    def logins(self, people: Iterable[str]) -> dict[str, str]:
        """They are the same here."""
        return {}

    def hush(self, pages: Mapping[str, str], others: Theirs = nobodys) -> None:
        """GitLab has one status for all pages of an incident: it is left to people."""

    def end(self, pages: Mapping[str, str], text: str, others: Theirs = nobodys) -> None:
        """Take away the policy that these pages have set. GitLab keeps no words about it."""
        roles: dict[str, list[Role]] = {}
        for key in pages:
            if self._pages_by_policy(key):
                roles.setdefault(_iid(key), []).append(self._roles[_role(key)])
        for iid, ended in roles.items():
            doing = f"ending the page for #{iid}"
            now, there = self._incident(doing, iid)
            if now and now in {there.get(role.escalation) for role in ended}:
                self._set(doing, iid, None)

    def _incident(self, doing: str, iid: str) -> tuple[str | None, dict[str, str]]:
        """The escalation policy that an incident has, and all that there are by name."""
        project = self._ask(doing, _INCIDENT, {"iid": iid}, INCIDENT)["project"]
        issue = project and project["issue"]
        if not issue or issue["escalationStatus"] is None:
            remedy = "`/promote_to_incident` there makes one of it: GitLab pages for no other issue"
            raise ServiceError(f"gitlab: {doing} failed: it is no incident of GitLab's", remedy)
        policies = project["incidentManagementEscalationPolicies"]
        there = {row["name"]: row["id"] for row in policies["nodes"]} if policies else {}
        return (issue["escalationPolicy"] or {}).get("id"), there

    def _set(self, doing: str, iid: str, policy: str | None) -> None:
        sent = {"projectPath": self._path, "iid": iid, "escalationPolicyId": policy}
        made = self._ask(doing, _SET, {"input": sent}, SET)["issueSetEscalationPolicy"]
        if made is None or made["errors"]:
            raise self._refused(doing, "; ".join(made["errors"]) if made else "it was not made")

    def _ask(self, doing: str, query: str, variables: Mapping[str, Any], shape: Shape) -> Any:
        writes = query.startswith("mutation")
        known = {} if writes else {"path": self._path}
        sent = {"query": query, "variables": {**known, **variables}}
        answer = self.wire.post(doing, "/api/graphql", sent, shape, again=True)
        if answer.get("errors") or answer.get("data") is None:
            said = [each["message"] for each in answer.get("errors") or ()]
            raise self._refused(doing, "; ".join(said) or "it answers nothing")
        return answer["data"]

    def _refused(self, doing: str, said: str) -> ServiceError:
        remedy = f"the token needs Premium and the Developer role on {self._path}"
        return ServiceError(f"gitlab: {doing} failed: {as_said(said)}", remedy)


def _iid(key: str) -> str:
    """ "42" of "acme/production#42:eoc:1"."""
    return key.rpartition("#")[2].partition(":")[0]


def _role(key: str) -> str:
    return key.rpartition("#")[2].partition(":")[2].partition(":")[0]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
