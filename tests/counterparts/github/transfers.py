"""A GitHub on which issues can be transferred: GraphQL's `transferIssue`, and what it leaves."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.counterparts.github.server import GitHubServer
from tests.counterparts.messages import Answer, Request

_ISSUE = re.compile(r"/repos/([^/]+/[^/]+)/issues/(\d+)(?=/|$)")
_LIST = re.compile(r"/repos/([^/]+/[^/]+)/issues")
_COPIED = ("title", "body")


class TransferringServer(GitHubServer):
    """Issues keep title, body, labels, assignees and comments, and get a number of their own; the
    comments, too. The old address leads to the new one."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.moved: dict[str, str] = {}  # "acme/production/1": "acme/security/1"
        self.apps_may = False  # move issues; some were refused

    def ask(self, request: Request) -> Answer:
        if request.path == "/graphql" and b"transferIssue" in request.body:
            return self._transfer(request, json.loads(request.body)["variables"])
        found = _ISSUE.match(request.path)
        if found and (there := self.moved.get(f"{found[1]}/{found[2]}")):
            where = f"{self.url}/repositories/2/issues/{there.rpartition('/')[2]}"
            body = {"message": "Moved Permanently", "url": where, "documentation_url": "x"}
            return Answer(301, body, {"location": where})
        answer = super().ask(request)
        if request.method == "GET" and (listed := _LIST.fullmatch(request.path)):
            rows = json.loads(answer.body or b"[]")
            kept = [row for row in rows if f"{listed[1]}/{row['number']}" not in self.moved]
            answer.body = json.dumps(kept).encode()
        return answer

    def _transfer(self, request: Request, said: dict[str, str]) -> Answer:
        repos = {self._get(f"/repos/{repo}")["node_id"]: repo for repo in self.seed["repos"]}
        to = repos[said["to"]]
        repo, row = next(
            (repo, row)
            for repo in repos.values()
            for row in self._get(f"/repos/{repo}/issues?state=all")
            if row["node_id"] == said["issue"]
        )
        if refusal := self._refusal_to_move(request, repo, to, row):
            error = {"type": "FORBIDDEN", "message": refusal}
            return Answer(200, {"data": {"transferIssue": None}, "errors": [error]})
        number = self._copy(repo, row, to)
        self.moved[f"{repo}/{row['number']}"] = f"{to}/{number}"
        return Answer(200, {"data": {"transferIssue": {"issue": {"number": number}}}})

    def _refusal_to_move(self, request: Request, repo: str, to: str, row: Any) -> str:
        """It needs a writer of both, a token with the contents of both, and an open issue."""
        grant, login = self.grant(request), self.who(request)
        if grant.kind == "app" and not self.apps_may:
            return "Resource not accessible by integration"
        if grant.kind == "fine-grained" and not grant.has("contents", "write"):
            return "Resource not accessible by personal access token"
        roles = [self.seed["repos"][each]["members"].get(login) for each in (repo, to)]
        if not {*roles} <= {"write", "maintain", "admin"}:
            return "Must have push access to repository"
        return "" if row["state"] == "open" else "Only open issues can be transferred"

    def _copy(self, repo: str, row: dict[str, Any], to: str) -> int:
        comments = self._get(f"/repos/{repo}/issues/{row['number']}/comments")
        issue = {key: row[key] for key in _COPIED} | {
            "labels": [label["name"] for label in row["labels"]],
            "assignees": [user["login"] for user in row["assignees"]],
        }
        made = self._do(row["user"]["login"], "POST", f"/repos/{to}/issues", issue)
        for each in comments:
            path = f"/repos/{to}/issues/{made['number']}/comments"
            self._do(each["user"]["login"], "POST", path, {"body": each["body"]})
        return int(made["number"])

    def _get(self, path: str) -> Any:
        return self._do("ima", "GET", path)

    def _do(self, who: str, method: str, target: str, body: Any = None) -> Any:
        text = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer t-{who}", "content-type": "application/json"}
        answer = super().ask(Request(method, target, headers, text))
        assert answer.status < 300, (method, target, answer.status, answer.body)
        return json.loads(answer.body or b"null")
