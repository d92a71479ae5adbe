"""The questions of GraphQL that IMA asks: who the token belongs to, what it may do where."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from tests.counterparts.messages import Answer, Request

if TYPE_CHECKING:
    from tests.counterparts.github.server import GitHubServer

_REPOSITORY = re.compile(
    r"(\w+):\s*repository\(\s*owner:\s*(\"?\$?[\w.-]+\"?),\s*name:\s*(\"?\$?[\w.-]+\"?)\)"
)
_PERMISSIONS = {
    "admin": "ADMIN",
    "maintain": "MAINTAIN",
    "write": "WRITE",
    "triage": "TRIAGE",
    "read": "READ",
}
REFUSED = {"data": None, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible"}]}


def answer(server: GitHubServer, request: Request) -> Answer:
    """The answer to a query. GraphQL says with status 200 that it refuses."""
    said = request.json()
    login, data = server.who(request), dict[str, Any]()
    if login is None:
        return Answer(401, {"message": "Bad credentials", "documentation_url": "https://docs"})
    if re.search(r"\bviewer\b", said["query"]):
        data["viewer"] = {"login": login}
    if re.search(r"\bIssueComment\b", said["query"]):
        name = b64decode(str(said["variables"]["id"])).decode()  # "012:IssueComment7"
        number = int(name.rpartition("IssueComment")[2])
        editor = server.editors.get(number)
        data["node"] = {"editor": {"login": editor} if editor else None}
    for alias, *named in _REPOSITORY.findall(said["query"]):
        owner, name = (_value(each, said.get("variables") or {}) for each in named)
        variables = said.get("variables") or {}
        where, grant = f"{owner}/{name}", server.grant(request)
        data[alias] = _repository(server, login, where, grant, said["query"], variables)
    return Answer(200, {"data": data}) if data else Answer(200, REFUSED)


def _value(text: str, variables: dict[str, Any]) -> str:
    return str(variables[text[1:]]) if text.startswith("$") else text.strip('"')


def _repository(
    server: GitHubServer, login: str, path: str, grant: Any, query: str, variables: Any
) -> Any:
    """What the account may do; a token of an App has no account that could be anything there."""
    repo = server.seed["repos"].get(path)
    if repo is None or not grant.reaches(path):
        return None
    role = repo.get("members", {}).get(login, "none" if repo.get("private") else "read")
    shown = None if grant.kind == "app" else _PERMISSIONS.get(role)
    if asked := re.search(r"issue\(number:\s*(\$?\w+)", query):
        number = int(variables[asked[1][1:]] if asked[1][0] == "$" else asked[1])
        return {"issue": {"lastEditedAt": server.edited_at.get(number)}}
    return {"viewerPermission": shown, "isPrivate": bool(repo.get("private"))}
