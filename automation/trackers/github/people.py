"""Accounts on GitHub: who we are, who may command, who can be assigned."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import quote

from automation.http.answers import Refusal
from automation.http.shapes import nothing
from automation.model import bounds
from automation.trackers.action_in_words import Doing
from automation.trackers.github.records import is_member
from automation.trackers.github.rows import (
    COLLABORATOR,
    PERMISSION,
    REPOSITORY,
    USER,
    VIEWER,
)
from automation.trackers.github.wire import GRAPHQL
from automation.trackers.list_rows import person_in
from automation.trackers.ordered_history import parse_time
from automation.trackers.wire import Wire

ACTIONS = "github-actions[bot]"  # the account of every workflow's GITHUB_TOKEN
FEW = 3  # strangers that are asked about one by one; of more, all collaborators are listed
_ASSIGNABLE = "assignable"  # behind the login of a member that is kept for the next run
_NO_MEMBER = "only-assignable"  # behind that of another
_BOT = "[bot]"
IDLE_DAYS = 60  # without a commit
_JOB = "ghs_"  # what tokens of Apps begin with; that of a job is an App's too
_ABSENT = (403, 404)
_NAMED = person_in("login")


class People:
    """Each question is asked once a run, also where issues are written side by side. ``members``:
    logins that are known to belong, with a word after a space where they are known to be
    assignable. ``strangers``: those that are known not to. Both count ``until`` then, by GitHub's
    clock."""

    def __init__(
        self,
        wire: Wire,
        path: str,
        project: str,
        token: str,
        members: Iterable[str] | None = None,
        me: str = "",
        account: str = "",
        strangers: Iterable[str] = (),
        until: datetime | None = None,
    ) -> None:
        self._wire = wire
        self._path = path
        self._project = project
        self._is_job = token.startswith(_JOB)
        self._me = account or me  # the policy's word, or what the run before knew
        self._supposed = "" if account else me
        self._assignable: dict[str, bool] = {}  # by login in lower case
        self._members = frozenset(filter(None, map(self._known, members or ())))
        self._strangers = {login.lower() for login in strangers}
        self._until = until
        self.asked_at: datetime | None = None  # when this run asked anew who belongs
        self._asked_about = 0  # people, in this run
        self._listed = False
        self._repository: dict[str, Any] = {}
        self._asking = threading.Lock()
        self.left_out: dict[str, Refusal] = {}  # by @login: what they may do is of no shape

    def _known(self, entry: str) -> str:
        """The login of a member that an earlier run knew; "" for another's."""
        login, _, word = entry.lower().partition(" ")
        if word in (_ASSIGNABLE, _NO_MEMBER):
            self._assignable[login] = True
        return "" if word == _NO_MEMBER else login

    @property
    def members(self) -> frozenset[str]:
        """Logins, in lower case, that belong to the project as far as was asked; those that can
        be assigned say so, and the next run need not ask. So do others who can, as people may who
        only read."""
        can = {login for login, yes in self._assignable.items() if yes}
        belong = {f"{login} {_ASSIGNABLE}" if login in can else login for login in self._members}
        return frozenset(belong | {f"{login} {_NO_MEMBER}" for login in can - self._members})

    @property
    def strangers(self) -> list[str]:
        """Logins of which this run knows that they are no members, so that the next need not ask
        again, one request for each, and comes to those for whom there was no room."""
        return sorted(self._strangers - self._members)[: bounds.STRANGERS]

    def has_another_name(self) -> bool:
        """Is our account called otherwise than an earlier run knew? Asked once, where nothing is
        here that belongs to that one (P-59)."""
        supposed, self._supposed = self._supposed, ""
        if not supposed:
            return False
        self._me = ""
        return self.me() != supposed

    def me(self) -> str:
        """The login of the token's account. One request, the first time.

        An App's token, and a job's own, may not ask `/user`; GraphQL tells them.
        """
        if not self._me:
            doing = Doing("asking who the token belongs to, for", self._project, writes=False)
            self._me = self._viewer(doing) if self._is_job else self._user(doing)
        return self._me

    def _user(self, doing: Doing) -> str:
        try:
            return str(self._wire.get(doing, "/user", USER)["login"])
        except Refusal as refusal:
            if refusal.failure.status != 403 or refusal.failure.busy:
                raise
            return self._viewer(doing)

    def _viewer(self, doing: Doing) -> str:
        try:
            asked = {"query": "{viewer{login}}"}
            answer = self._wire.post(doing, GRAPHQL, asked, VIEWER, delta=True)
        except Refusal as refusal:
            if refusal.failure.status not in _ABSENT or refusal.failure.busy:
                raise
            return ACTIONS
        viewer = (answer["data"] or {}).get("viewer") or {}
        return viewer.get("login") or ACTIONS

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        """Those who may not act in the project. GitHub tells it of each account: who may triage,
        or, where the repository is private, read. Bots besides ours command nobody. One run asks
        about so many, the first of ``logins`` first; the others wait for the next."""
        self._forget_who_may_have_left()
        logins = list(logins)
        asked = {login for login in logins if login.lower() not in self._members}
        if asked:
            asked -= {self.me()}
        people = {login.lower() for login in asked if not login.endswith(_BOT)}
        if people := people - self._strangers:
            first = dict.fromkeys(login.lower() for login in logins if login.lower() in people)
            new = {*islice(first, bounds.NEW_NAMES - self._asked_about)}
            self._asked_about += len(new)
            self._ask(new)
        return frozenset(login for login in asked if login.lower() not in self._members)

    def _forget_who_may_have_left(self) -> None:
        if self._until and not self._wire.is_before(self._until):
            self._members, self._strangers, self._until = frozenset(), set(), None
            self._assignable.clear()
            self.asked_at = self._wire.time()

    def _ask(self, people: set[str]) -> None:
        if len(people) > FEW and not self._listed and self._list():
            people = set()
        told = {login: may for login in people if (may := self._told(login)) is not None}
        self._members |= {login for login, may in told.items() if may}
        self._strangers |= {login for login, may in told.items() if not may}
        self.asked_at = self.asked_at or self._wire.time()

    def _told(self, login: str) -> bool | None:
        """May they act here? None where the answer is of no shape: it stops nobody else."""
        try:
            return self._may(login)
        except Refusal as refusal:
            if refusal.failure.kind != "shape":
                raise
            self.left_out[f"@{login}"] = refusal
            return None

    def _list(self) -> bool:
        """Read all collaborators, if the token may: who is not among them is none."""
        doing = Doing("reading the collaborators of", self._project, writes=False)
        try:
            path = f"{self._path}/collaborators"
            rows = list(self._wire.pages(doing, path, COLLABORATOR, named=_NAMED))
        except Refusal as refusal:
            if refusal.failure.status not in _ABSENT or refusal.failure.busy:
                raise
            return False
        finally:
            self._listed = True
        found = ((str(row["login"]).lower(), row["permissions"]) for row in rows)
        self._members |= {login for login, may in found if self._counts(login, may)}
        return True

    def _may(self, login: str) -> bool:
        doing = Doing(f"asking what @{login} may do in", self._project, writes=False)
        try:
            path = f"{self._path}/collaborators/{quote(login, safe='')}/permission"
            row = self._wire.get(doing, path, PERMISSION)
        except Refusal as refusal:
            if refusal.failure.status == 404:
                return False
            raise
        return self._counts(login, permissions(row))

    def _counts(self, login: str, may: dict[str, bool]) -> bool:
        """Is it a member, with these permissions? Who may triage can be assigned, too."""
        if is_member(may):
            self._assignable[login] = True
            return True
        return may.get("pull", False) and self.is_private()

    def is_private(self) -> bool:
        """Is the repository? One request, the first time."""
        return bool(self._read_repository()["private"])

    def switched_off_at(self) -> datetime | None:
        """When GitHub switches the schedule off: in a public repository, sixty days after the last
        commit. None where it does not."""
        row = self._read_repository()
        if row["private"] or not row["pushed_at"]:
            return None
        return parse_time(row["pushed_at"]) + timedelta(days=IDLE_DAYS)

    def _read_repository(self) -> dict[str, Any]:
        if not self._repository:
            doing = Doing("reading", self._project, writes=False)
            self._repository = self._wire.get(doing, self._path, REPOSITORY)
        return self._repository

    def unassignable(self, logins: Iterable[str], ref: str = "") -> list[str]:
        """Those of ``logins`` who cannot be assigned: GitHub would refuse the whole write, or
        leave them out without a word."""
        with self._asking:
            return [login for login in dict.fromkeys(logins) if not self._can_be(login, ref)]

    def _can_be(self, login: str, ref: str) -> bool:
        key = login.lower()
        if key not in self._assignable:
            doing = Doing(f"looking up @{login} for", self._project, ref, writes=False)
            try:
                path = f"{self._path}/assignees/{quote(login, safe='')}"
                self._wire.get(doing, path, nothing)
                self._assignable[key] = True
            except Refusal as refusal:
                if refusal.failure.status != 404:
                    raise
                self._assignable[key] = False
        return self._assignable[key]


def permissions(row: dict[str, Any]) -> dict[str, bool]:
    """What an account may do, from GitHub's answer about one: it tells of the old levels first,
    where triage is only read."""
    if may := (row.get("user") or {}).get("permissions"):
        return dict(may)
    level = str(row.get("role_name") or row.get("permission") or "none")
    return {"pull": level != "none", "triage": level in _TRIAGE}


_TRIAGE = ("triage", "write", "maintain", "admin")
