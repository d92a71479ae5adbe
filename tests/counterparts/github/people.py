"""People at work on the site: what they do neither counts nor fails, and is done at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.counterparts.messages import Request

if TYPE_CHECKING:
    from tests.counterparts.github.server import GitHubServer


class People:
    """Each acts with their own token, on the first repository unless another is named."""

    def __init__(self, server: GitHubServer) -> None:
        self._server = server
        self.repo: str = next(iter(server.seed["repos"]))

    def open(self, who: str, title: str, body: str = "", **more: Any) -> int:
        """Open an issue and return its number; ``labels`` and ``assignees`` may be given."""
        made = self._do(who, "POST", "/issues", {"title": title, "body": body, **more})
        return int(made["number"])

    def by_form(
        self,
        who: str,
        title: str,
        body: str = "",
        labels: Iterable[str] = (),
        assignees: Iterable[str] = (),
    ) -> int:
        """Open an issue by a form of the repository: labels and assignees that stand in the form
        are set whatever ``who`` may do, and are told as theirs; a label that is none is not."""
        at = self._server.now().isoformat()
        row = {"title": title, "body": body, "author": who, "created_at": at,
               "labels": [*labels], "assignees": [*assignees]}  # fmt: skip
        made = self._server.order("issues", repo=self.repo, rows=[row])
        return int(made["numbers"][0])

    def change(self, who: str, number: int, **changes: Any) -> None:
        """Title, body, state, state_reason, or all the assignees."""
        self._do(who, "PATCH", f"/issues/{number}", changes)

    def label(self, who: str, number: int, *names: str) -> None:
        self._do(who, "POST", f"/issues/{number}/labels", {"labels": list(names)})

    def unlabel(self, who: str, number: int, *names: str) -> None:
        for name in names:
            if name.lower() in self._labels(number):
                self._do(who, "DELETE", f"/issues/{number}/labels/{quote(name, safe='')}")

    def rename_label(self, who: str, name: str, to: str) -> None:
        """In the repository's list of labels: its issues keep it, what happened tells the old."""
        self._do(who, "PATCH", f"/labels/{quote(name, safe='')}", {"new_name": to})

    def delete_label(self, who: str, name: str) -> None:
        self._do(who, "DELETE", f"/labels/{quote(name, safe='')}")

    def assign(self, who: str, number: int, logins: Iterable[str]) -> None:
        self._do(who, "POST", f"/issues/{number}/assignees", {"assignees": list(logins)})

    def unassign(self, who: str, number: int, logins: Iterable[str]) -> None:
        self._do(who, "DELETE", f"/issues/{number}/assignees", {"assignees": list(logins)})

    def hand_over(self, who: str, number: int, logins: Iterable[str]) -> None:
        """Assign these and nobody else, as in the site's menu: who is new comes last."""
        wanted = {login.lower(): login for login in logins}
        there = {each["login"].lower() for each in self.issue(number)["assignees"]}
        if gone := there - wanted.keys():
            self.unassign(who, number, sorted(gone))
        if new := [wanted[one] for one in wanted if one not in there]:
            self.assign(who, number, new)

    def comment(self, who: str, number: int, body: str) -> int:
        return int(self._do(who, "POST", f"/issues/{number}/comments", {"body": body})["id"])

    def edit_comment(self, who: str, comment: int, body: str) -> None:
        self._do(who, "PATCH", f"/issues/comments/{comment}", {"body": body})

    def react(self, who: str, comment: int, content: str) -> None:
        self._do(who, "POST", f"/issues/comments/{comment}/reactions", {"content": content})

    def lock(self, who: str, number: int, reason: str) -> None:
        self._do(who, "PUT", f"/issues/{number}/lock", {"lock_reason": reason})

    def unlock(self, who: str, number: int) -> None:
        self._do(who, "DELETE", f"/issues/{number}/lock")

    def pull_request(self, who: str, title: str, **more: Any) -> int:
        """A pull request: what GitHub lists among the issues."""
        made = self._server.order("pull", repo=self.repo, title=title, author=who, **more)
        self._server.pulls.add(int(made["number"]))
        return int(made["number"])

    def role(self, login: str, role: str | None) -> None:
        """From now on they are that, or nobody, in the repository."""
        self._server.order("role", repo=self.repo, login=login, role=role)

    def rename(self, login: str, to: str) -> None:
        """Another login for an account: GitHub tells it everywhere, also of what was before."""
        self._server.renamed[login] = to

    def issue(self, number: int) -> dict[str, Any]:
        """The issue as the site shows it."""
        found: dict[str, Any] = self._do("ghost", "GET", f"/issues/{number}")
        return found

    def comments(self, number: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._do("ghost", "GET", f"/issues/{number}/comments")
        return found

    def look(self) -> list[dict[str, Any]]:
        """All issues, oldest first, with their timelines and the numbers of their sub-issues."""
        text = json.dumps(self._server.order("look", repo=self.repo))
        found: list[dict[str, Any]] = json.loads(
            text.replace(self._server.emulate.url, self._server.url)
        )
        return found

    def _labels(self, number: int) -> set[str]:
        return {label["name"].lower() for label in self.issue(number)["labels"]}

    def _do(self, who: str, method: str, path: str, body: Any = None) -> Any:
        text = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer t-{who}", "content-type": "application/json"}
        request = Request(method, f"/repos/{self.repo}{path}", headers, text)
        answer = self._server.ask(request)
        assert answer.status < 300, (who, method, path, answer.status, answer.body)
        return json.loads(answer.body) if answer.body else None
