"""``POST /api/graphql``: what REST does not have of incidents. After `app/graphql/` and
`ee/app/graphql/`; who is refused gets 200 all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tests.counterparts.gitlab import graphql_text, rights
from tests.counterparts.gitlab.call import Call, Endpoint
from tests.counterparts.gitlab.graphql_text import Unavailable, Wrong, takes
from tests.counterparts.gitlab.rows import (
    DEVELOPER,
    REPORTER,
    Happened,
    Issue,
    Note,
    Project,
    Resource,
)
from tests.counterparts.gitlab.shown_project import time
from tests.counterparts.messages import Answer

Args = Mapping[str, Any]
Shown = dict[str, Any]
PATH = "/api/graphql"
NOT_THERE = (
    "The resource that you are attempting to access does not exist or you don't have permission "
    "to perform this action"
)
QUERY_LIMIT, PAGE, MUTATIONS = 10_000, 100, 40  # characters, rows, about where it is too complex
NOTE_LIMIT, LINK_LIMIT, TEXT_LIMIT = 280, 2200, 255
TYPES = (  # of a link that comes without: the first whose address it is
    ("zoom", re.compile(r"https://(?:[\w-]+\.)?zoom\.us/(?:s|j|my)/\S+")),
    ("slack", re.compile(r"https://[a-zA-Z0-9]+.slack\.com/[a-z][a-zA-Z0-9_]+")),
    ("pagerduty", re.compile(r"https://[a-zA-Z0-9]+.pagerduty\.com/incidents/[a-zA-Z0-9]+")),
)


def execute(call: Call) -> Answer:
    sent = call.body
    text, variables = str(sent.get("query") or ""), sent.get("variables") or {}
    if len(text) > QUERY_LIMIT:
        return Answer(422, {"errors": [{"message": "Query too large"}]})
    try:
        document = graphql_text.read(text)
    except (Wrong, IndexError) as wrong:
        return Answer(200, {"errors": [{"message": str(wrong) or "Parse error"}]})
    if document.kind == "mutation":
        if call.token is None or "api" not in call.token.scopes:
            return Answer(200, {"errors": [{"message": NOT_THERE}]})
        if len(document.fields) > MUTATIONS:
            why = "Query has complexity of 251, which exceeds max complexity of 250"
            return Answer(200, {"errors": [{"message": why}]})
    roots = {"query": _queries(call), "mutation": _mutations(call)}
    return Answer(200, graphql_text.answered(document, roots, variables))


def _queries(call: Call) -> Shown:
    @takes(fullPath="ID!")
    def project(args: Args) -> Any:
        found = call.world.paths.get(args["fullPath"])
        seen = found is not None and rights.sees(found, call.user)
        return _project(call, found) if found is not None and seen else None

    @takes(id="IssueID!")
    def issue(args: Args) -> Any:
        found = _by_gid(call, args["id"])
        return None if found is None else _issue(call, found)

    @takes(id="NoteID!")
    def note(args: Args) -> Any:
        found = re.fullmatch(r"gid://gitlab/(?:\w*Note)/(\d+)", str(args["id"]))
        row = _note(call, int(found[1])) if found else None
        editor = row and next((u for u in call.world.users.values() if u.id == row.edited_by), None)
        shown = {"__typename": "UserCore", "username": editor.username} if editor else None
        return row and {"__typename": "Note", "lastEditedBy": shown}

    user = call.user
    me = {"__typename": "CurrentUser", "username": user.username} if user else None
    fields = {"project": project, "issue": issue, "note": note, "currentUser": me}
    return {"__typename": "Query", **fields}


def _project(call: Call, project: Project) -> Shown:
    @takes(incidentId="IssueID!", first="Int", after="String")
    def events(args: Args) -> Any:
        issue = _by_gid(call, args["incidentId"])
        rows = [] if issue is None else sorted(issue.timeline, key=lambda one: (one.at, one.id))
        show = partial(_event, call)
        return _page(rows, args, "TimelineEventTypeConnection", show)

    @takes(iid="String!")
    def issue(args: Args) -> Any:
        found = project.issues.get(int(args["iid"]))
        return _issue(call, found) if found and rights.reads(found, call.user) else None

    @takes(iids="[String!]")
    def issues(args: Args) -> Any:
        rows = [project.issues[int(iid)] for iid in args["iids"] if int(iid) in project.issues]
        seen = [row for row in rows if rights.reads(row, call.user)]
        return _page(seen, {}, "IssueConnection", lambda row: _issue(call, row))

    @takes(iids="[ID!]")
    def schedules(args: Args) -> Any:
        rows = list(enumerate(project.oncall.items(), 1)) if _escalates(call, project) else []
        return _page(rows, {}, "IncidentManagementOncallScheduleConnection", _schedule)

    @takes(name="String")
    def policies(args: Args) -> Any:
        rows = list(enumerate(project.policies, 1)) if _escalates(call, project) else []
        return _page(rows, {}, "EscalationPolicyTypeConnection", lambda row: _policy(*row))

    return {
        "__typename": "Project",
        "fullPath": project.path,
        "issue": issue,
        "issues": issues,
        "incidentManagementTimelineEvents": events,
        "incidentManagementOncallSchedules": schedules,
        "incidentManagementEscalationPolicies": policies,
    }


def _escalates(call: Call, project: Project) -> bool:
    return project.premium and rights.level(project, call.user) >= REPORTER


def _schedule(row: tuple[int, tuple[str, list[str]]]) -> Shown:
    number, (name, people) = row
    users = [{"__typename": "UserCore", "username": login} for login in people]
    kind = "IncidentManagementOncallSchedule"
    return {"__typename": kind, "iid": str(number), "name": name, "oncallUsers": users}


def _policy(number: int, name: str) -> Shown:
    gid = f"gid://gitlab/IncidentManagement::EscalationPolicy/{number}"
    return {"__typename": "EscalationPolicyType", "id": gid, "name": name}


def _issue(call: Call, issue: Issue) -> Shown:
    @takes(incidentId="IssueID!")
    def links(args: Args) -> Any:
        rows = issue.resources if _links_resources(call, issue) else []
        return _page(rows, args, "IssuableResourceLinkConnection", _resource)

    names = list(issue.project.policies)
    called = issue.policy and issue.project.premium
    return {
        "__typename": "Issue",
        "id": f"gid://gitlab/Issue/{issue.id}",
        "iid": str(issue.iid),
        "issuableResourceLinks": links,
        "escalationStatus": issue.status if issue.kind == "incident" else None,
        "escalationPolicy": _policy(issue.policy, names[issue.policy - 1]) if called else None,
    }


def _page(rows: list[Any], args: Args, kind: str, show: Callable[[Any], Any]) -> Shown:
    start, most = int(args.get("after") or 0), min(args.get("first", PAGE), PAGE)
    more = start + most < len(rows)
    info = {"__typename": "PageInfo", "hasNextPage": more, "endCursor": str(start + most)}
    nodes = [show(row) for row in rows[start : start + most]]
    return {"__typename": kind, "nodes": nodes, "pageInfo": info}


def _event(call: Call, row: Happened) -> Shown:
    author = call.world.user(row.by)
    return {
        "action": row.action,
        "author": {"__typename": "UserCore", "username": author.username} if author else None,
        "__typename": "TimelineEventType",
        "id": f"gid://gitlab/IncidentManagement::TimelineEvent/{row.id}",
        "note": row.note,
        "occurredAt": time(row.at),
    }


def _resource(row: Resource) -> Shown:
    names = {"link": row.link, "linkText": row.text, "linkType": row.kind}
    return {"__typename": "IssuableResourceLink", **names}


def _mutations(call: Call) -> Shown:
    @takes(input="TimelineEventCreateInput!")
    def tell(args: Args) -> Any:
        return _tell(call, args["input"])

    @takes(input="IssuableResourceLinkCreateInput!")
    def link(args: Args) -> Any:
        return _link(call, args["input"])

    @takes(input="IssueSetEscalationPolicyInput!")
    def escalate(args: Args) -> Any:
        return _escalate(call, args["input"])

    return {
        "__typename": "Mutation",
        "issueSetEscalationPolicy": escalate,
        "timelineEventCreate": tell,
        "issuableResourceLinkCreate": link,
    }


def _tell(call: Call, sent: Args) -> Shown:
    _only(sent, {"incidentId", "note", "occurredAt"}, {"timelineEventTagNames"})
    issue = _by_gid(call, sent["incidentId"])
    if issue is None or issue.kind != "incident" or not _is(call, issue, DEVELOPER):
        raise Unavailable(NOT_THERE)
    note = str(sent["note"])
    wrong = []
    if not note.strip():
        wrong = ["Timeline text can't be blank"]
    elif len(note) > NOTE_LIMIT:
        wrong = [f"Timeline text is too long (maximum is {NOTE_LIMIT} characters)"]
    if wrong:
        return _payload("timelineEvent", None, wrong)
    at = datetime.fromisoformat(str(sent["occurredAt"])).astimezone(UTC)
    row = Happened(call.world.next_id("timeline_event"), at, note, call.me.id)
    issue.timeline.append(row)
    _noted(call, issue, "added an incident timeline event")
    return _payload("timelineEvent", _event(call, row), [])


def _link(call: Call, sent: Args) -> Shown:
    _only(sent, {"id", "link"}, {"linkText", "linkType"})
    issue = _by_gid(call, sent["id"])
    if issue is None or not _links_resources(call, issue):
        raise Unavailable(NOT_THERE)
    link, text = str(sent["link"]), str(sent.get("linkText") or sent["link"])
    wrong = []
    if not re.match(r"https?://\S+$", link) or len(link) > LINK_LIMIT:
        wrong = ["Link must be a valid URL"]
    elif len(text) > TEXT_LIMIT:
        wrong = [f"Link text is too long (maximum is {TEXT_LIMIT} characters)"]
    elif any(each.link == link for each in issue.resources):
        wrong = ["Link already exists"]
    if wrong:
        return _payload("issuableResourceLink", None, wrong)
    kind = sent.get("linkType") or next((k for k, of in TYPES if of.match(link)), "general")
    row = Resource(call.world.next_id("resource"), link, text, kind)
    issue.resources.append(row)
    _noted(call, issue, f"added a {'resource' if kind == 'general' else kind.capitalize()} link")
    return _payload("issuableResourceLink", _resource(row), [])


def _escalate(call: Call, sent: Args) -> Shown:
    """Whom it calls at once gets an e-mail; another policy than before calls anew."""
    _only(sent, {"projectPath", "iid"}, {"escalationPolicyId"})
    project = call.world.paths.get(str(sent["projectPath"]))
    issue = project.issues.get(int(sent["iid"])) if project else None
    may = project is not None and rights.level(project, call.user) >= DEVELOPER
    if project is None or issue is None or not may or not project.premium:
        raise Unavailable(NOT_THERE)
    if issue.kind != "incident":
        raise Unavailable("Feature unavailable for provided issue")
    number = int(str(sent.get("escalationPolicyId") or "/0").rpartition("/")[2])
    if number != issue.policy and number and issue.status == "TRIGGERED":
        schedule = list(project.policies.values())[number - 1]
        issue.paged += project.oncall.get(schedule, [])
    issue.policy = number
    call.world.touch(issue)
    return {"__typename": "IssueSetEscalationPolicyPayload", "issue": None, "errors": []}


def _noted(call: Call, issue: Issue, what: str) -> None:
    call.world.system_note(issue, call.me, what)
    call.world.touch(issue, throttled=True)


def _payload(name: str, made: Any, errors: list[str]) -> Shown:
    return {"__typename": f"{name}CreatePayload", name: made, "errors": errors}


def _only(sent: Args, needed: set[str], more: set[str]) -> None:
    if missing := sorted(needed - {name for name in sent if sent[name] is not None}):
        raise Wrong(f"Variable $input was provided invalid value for {', '.join(missing)}")
    if unknown := sorted(sent.keys() - needed - more):
        raise Wrong(f"Variable $input: Field is not defined: {', '.join(unknown)}")


def _by_gid(call: Call, gid: Any) -> Issue | None:
    found = re.fullmatch(r"gid://gitlab/Issue/(\d+)", str(gid))
    if found is None:
        raise Wrong(f'"{gid}" does not represent an instance of Issue')
    every = (issue for project in call.world.projects.values() for issue in project.issues.values())
    issue = next((each for each in every if each.id == int(found[1])), None)
    return issue if issue is not None and rights.reads(issue, call.user) else None


def _note(call: Call, number: int) -> Note | None:
    every = (issue for project in call.world.projects.values() for issue in project.issues.values())
    return next(
        (n for i in every if rights.reads(i, call.user) for n in i.notes if n.id == number), None
    )


def _is(call: Call, issue: Issue, role: int) -> bool:
    return rights.level(issue.project, call.user) >= role


def _links_resources(call: Call, issue: Issue) -> bool:
    paid = call.world.premium(issue.project)
    return paid and issue.kind == "incident" and _is(call, issue, REPORTER)


ROUTES: dict[tuple[str, str], Endpoint] = {("POST", PATH): execute}
