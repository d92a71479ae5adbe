"""What emulate has not and IMA asks: statuses of commits, teams, dependencies between issues, and
what pull requests change.

The seed says what there is: ``"teams": {"acme/oncall": ["erin"]}``, ``"types": {"acme":
["Incident"]}``; with ``"dependencies": false`` it is a server of before there were any.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.counterparts.github.oracle import operation_of, sample
from tests.counterparts.messages import Answer, Request

if TYPE_CHECKING:
    from tests.counterparts.github.server import GitHubServer

_REPO = r"/repos/([^/]+/[^/]+)"
_WRITERS = ("write", "maintain", "admin")
_INLINE = 1_048_576  # bytes of a file that is shown with its text
_DESCRIPTION = 140  # characters of a status
NOT_THERE = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}


class Beyond:
    def __init__(self, server: GitHubServer) -> None:
        self._server = server
        self.statuses: dict[str, list[dict[str, Any]]] = {}  # by commit, oldest first
        self.blocked: dict[int, list[int]] = {}  # by number: the numbers that it waits for
        self.proposed: dict[int, dict[str, Any]] = {}  # by number, see `propose`
        self.types: dict[int, str] = {}  # by number: the type of an issue
        self._routes: list[tuple[str, str, Callable[..., Answer | None]]] = [
            ("GET", rf"{_REPO}/pulls/(\d+)", self._pull),
            ("GET", rf"{_REPO}/pulls/(\d+)/files", self._pull_files),
            ("GET", rf"{_REPO}/commits/([^/]+)/pulls", self._of_commit),
            ("GET", rf"{_REPO}/contents/(.+)", self._content),
            ("GET", rf"{_REPO}/commits/([^/]+)/status", self._combined),
            ("POST", rf"{_REPO}/statuses/([^/]+)", self._status),
            ("GET", r"/orgs/([^/]+)/teams/([^/]+)/members", self._team),
            ("GET", r"/orgs/([^/]+)/issue-types", self._types),
            ("GET", rf"{_REPO}/issues/(\d+)/dependencies/blocked_by", self._blockers),
            ("POST", rf"{_REPO}/issues/(\d+)/dependencies/blocked_by", self._block),
        ]

    def answer(self, request: Request) -> Answer | None:
        """The answer to what stands here; None to all else."""
        for method, pattern, route in self._routes:
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method and (made := route(request, *found.groups())):
                return made
        opened = re.fullmatch(rf"{_REPO}/issues", request.path)
        if opened and request.method == "POST" and "type" in request.json():
            return self._typed(request, opened[1])
        return None

    def _typed(self, request: Request, repo: str) -> Answer:
        """An issue with a type that the organisation has; else none is opened: 422, the field
        `type` is `invalid` (github/github-mcp-server#1317, as GitHub answers a repository without
        such types)."""
        said = request.json()
        wanted = str(said.pop("type"))
        known = self._server.seed.get("types", {}).get(repo.partition("/")[0], [])
        name = next((each for each in known if each.casefold() == wanted.casefold()), "")
        if not name:
            what = {"resource": "Issue", "field": "type", "code": "invalid", "value": wanted}
            return Answer(422, {**NOT_THERE, "message": "Validation Failed", "errors": [what]})
        answer = self._server.ask(replace(request, body=json.dumps(said).encode()))
        if answer.status == 201 and isinstance(answer.body, bytes):
            self.types[json.loads(answer.body)["number"]] = name
        return answer

    def propose(self, number: int, files: dict[str, bytes | None], fork: bool = False) -> None:
        """What the pull request changes from now on: files as they are there; None: it is gone."""
        commit = f"{len(self.proposed) * 1000 + number:x}".rjust(40, "c")
        self.proposed[number] = {"files": files, "fork": fork, "commit": commit}

    def _pull(self, _request: Request, repo: str, number: str) -> Answer | None:
        if (one := self.proposed.get(int(number))) is None:
            return None
        head = {"sha": one["commit"], "ref": "proposal"}
        home = {"full_name": f"mallory/{repo.partition('/')[2]}" if one["fork"] else repo}
        base = {"ref": "main", "sha": "b" * 40, "repo": {"full_name": repo}}
        shown = {"number": int(number), "state": "open", "head": head | {"repo": home}}
        return Answer(200, shown | {"base": base})

    def _of_commit(self, _request: Request, _repo: str, commit: str) -> Answer:
        """Those that became this commit."""
        ones = [n for n, one in self.proposed.items() if one.get("merged_as") == commit]
        return Answer(200, [{"number": number, "state": "closed"} for number in ones])

    def _pull_files(self, _request: Request, _repo: str, number: str) -> Answer | None:
        if (one := self.proposed.get(int(number))) is None:
            return None
        rows = [
            {"filename": name, "status": "removed" if text is None else "modified", "sha": "d" * 40}
            for name, text in one["files"].items()
        ]
        return Answer(200, rows)

    def _content(self, request: Request, _repo: str, path: str) -> Answer | None:
        """Of a fork, too; of what is longer than 1 MB without its text."""
        ref = request.query.get("ref", [""])[-1]
        known = [one for one in self.proposed.values() if one["commit"] == ref]
        text = known[0]["files"].get(unquote(path)) if known else None
        if text is None:
            return Answer(404, NOT_THERE) if known else None
        long = len(text) > _INLINE
        row = {"type": "file", "encoding": "none" if long else "base64", "size": len(text)}
        row |= {"name": path.rpartition("/")[2], "path": path}
        return Answer(200, row | {"content": "" if long else base64.b64encode(text).decode()})

    def _may(self, request: Request, repo: str, permission: str) -> bool:
        """Does the account's role allow it, and of a job or an App what it was given?"""
        token = request.headers.get("authorization", "").split(" ")[-1]
        role = self._server.seed["repos"].get(repo, {}).get("members", {})
        given = self._server.seed.get("grants", {}).get(token)
        if given is not None:
            return bool(given.get(permission) == "write")
        return not token.startswith("ghs_") and role.get(self._server.tokens.get(token)) in _WRITERS

    def _combined(self, request: Request, _repo: str, commit: str) -> Answer:
        latest = {each["context"]: each for each in self.statuses.get(commit, [])}
        shown = {"sha": commit, "total_count": len(latest), "statuses": [*latest.values()]}
        return _whole(request, 200, shown)

    def _status(self, request: Request, repo: str, commit: str) -> Answer:
        if not self._may(request, repo, "statuses"):
            return Answer(403, {**NOT_THERE, "message": "Resource not accessible by integration"})
        said = json.loads(request.body)
        if len(said.get("description") or "") > _DESCRIPTION:
            what = {"resource": "Status", "code": "custom", "message": "description is too long"}
            return Answer(422, {**NOT_THERE, "message": "Validation Failed", "errors": [what]})
        if not re.fullmatch("[0-9a-f]{40}", commit):
            return Answer(422, {**NOT_THERE, "message": f"No commit found for SHA: {commit}"})
        kept = {key: said.get(key) for key in ("state", "description", "target_url")}
        row = {**kept, "context": said.get("context", "default")}
        self.statuses.setdefault(commit, []).append(row)
        return _whole(request, 201, row)

    def _team(self, request: Request, org: str, slug: str) -> Answer:
        """A job's token knows nothing of the organisation; others only if they belong to it."""
        token = request.headers.get("authorization", "").split(" ")[-1]
        if token.startswith("ghs_"):
            return Answer(403, {**NOT_THERE, "message": "Resource not accessible by integration"})
        people = self._server.seed.get("teams", {}).get(f"{org}/{slug}".lower())
        if people is None:
            return Answer(404, NOT_THERE)
        return _whole(request, 200, [{"login": login} for login in people])

    def _types(self, request: Request, org: str) -> Answer:
        types = self._server.seed.get("types", {}).get(org)
        if types is None:  # an account that is no organisation
            return Answer(404, NOT_THERE)
        return _whole(request, 200, [{"name": name, "is_enabled": True} for name in types])

    def _issue(self, request: Request, repo: str, number: int) -> dict[str, Any]:
        asked = Request("GET", f"/repos/{repo}/issues/{number}", request.headers, b"")
        body = self._server.ask(asked).body
        found: dict[str, Any] = json.loads(body) if isinstance(body, bytes) else body
        return found

    def _blockers(self, request: Request, repo: str, number: str) -> Answer:
        if not self._server.seed.get("dependencies", True):
            return Answer(404, NOT_THERE)
        numbers = self.blocked.get(int(number), [])
        return Answer(200, [self._issue(request, repo, each) for each in numbers])

    def _block(self, request: Request, repo: str, number: str) -> Answer:
        if not self._server.seed.get("dependencies", True):
            return Answer(404, NOT_THERE)
        wanted, there = (
            json.loads(request.body)["issue_id"],
            self.blocked.setdefault(int(number), []),
        )
        rows = self._server.people.look()
        other = next(row["issue"] for row in rows if row["issue"]["id"] == wanted)
        if other["number"] in there:
            what = {"resource": "IssueDependency", "code": "custom", "message": "already exists"}
            return Answer(422, {**NOT_THERE, "message": "Validation Failed", "errors": [what]})
        there.append(other["number"])
        return Answer(201, self._issue(request, repo, int(number)))


def _whole(request: Request, status: int, said: Any) -> Answer:
    """With all that GitHub's OpenAPI says there must be."""
    found = operation_of(request.method, request.path)
    assert found, request.path
    schema = found[1]["responses"][str(status)]["content"]["application/json"]["schema"]
    return Answer(status, sample(schema, said))
