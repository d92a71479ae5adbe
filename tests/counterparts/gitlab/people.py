"""People at work on the server, without HTTP: the same rules, faster.

What they may not do raises `Refused`, as it would be answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.counterparts.gitlab import (
    ci_ends,
    issue_apply,
    issue_write,
    label_write,
    note_write,
    rights,
)
from tests.counterparts.gitlab.rows import (
    MAINTAINER,
    REPORTER,
    ROLES,
    Issue,
    MergeRequest,
    Note,
    User,
)
from tests.counterparts.gitlab.world import Refused, World

Where = str | int | None  # a project by path or id; None: the first


class People:
    def __init__(self, world: World, flush: Callable[[], None]) -> None:
        self._world, self._flush = world, flush

    def open(self, who: str, title: str, project: Where = None, **params: Any) -> int:
        """Open an issue with the parameters of the API and return its iid."""
        with self._acting(who) as user:
            sent = {**self._by_name(params), "title": title}
            return issue_write.create(self._world, self._world.project(project), user, sent).iid

    def alert(self, title: str, project: Where = None, **params: Any) -> int:
        """An alert that GitLab's own integration makes an incident of, as its bot."""
        with self._world.lock:
            bot = self._world.users.get("alert-bot")
            bot = bot or self._world.add_user("alert-bot", name="GitLab Alert Bot", bot=True)
            found = self._world.project(project)
            found.members[bot.id] = REPORTER
            sent = {**params, "title": title, "issue_type": "incident"}
            made = issue_write.create(self._world, found, bot, sent)
            made.alert = "triggered"
            del found.members[bot.id]  # it acts for GitLab itself
        self._flush()
        return made.iid

    def update(self, who: str, iid: int, project: Where = None, **params: Any) -> None:
        """Change an issue with the parameters of the API; ``assignees`` are logins."""
        with self._acting(who) as user:
            issue = self._issue(user, iid, project)
            issue_write.update(self._world, issue, user, self._by_name(params))

    def delete(self, who: str, iid: int, project: Where = None) -> None:
        """Delete an issue, as an owner may: it is 404 from then on."""
        with self._acting(who) as user:
            issue_write.remove(self._world, self._issue(user, iid, project), user)

    def move(self, who: str, iid: int, to: str, project: Where = None) -> None:
        """Move an issue: here it is closed, and says where it went."""
        with self._acting(who) as user:
            issue = self._issue(user, iid, project)
            self._world.system_note(issue, user, f"moved to {to}")
            issue.moved_to_id = issue.id + 1000
            issue_write.update(self._world, issue, user, {"state_event": "close"})

    def comment(
        self, who: str, iid: int, text: str, project: Where = None, *, internal: bool = False
    ) -> int | None:
        """Comment, and return the note's id: None if all of it were quick actions."""
        with self._acting(who) as user:
            issue = self._issue(user, iid, project)
            written = note_write.create(self._world, issue, user, text, internal=internal)
            return written.note.id if written.note else None

    def reply(self, who: str, iid: int, note: int, text: str, project: Where = None) -> int:
        """Reply to a comment, which makes a discussion of it: that moves its time, too."""
        with self._acting(who) as user:
            issue = self._issue(user, iid, project)
            first = _note(issue, note)
            written = note_write.create(self._world, issue, user, text).note
            assert written
            written.discussion = first.discussion or first.id
            if not first.discussion:  # `convert_to_discussion!`
                first.discussion, first.updated_at = first.id, self._world.now()
            return written.id

    def edit_comment(self, who: str, iid: int, note: int, text: str, project: Where = None) -> None:
        with self._acting(who) as user:
            issue = self._issue(user, iid, project)
            note_write.edit(self._world, issue, _note(issue, note), user, text)

    def remove_comment(self, who: str, iid: int, note: int, project: Where = None) -> None:
        with self._acting(who) as user:
            issue = self._issue(user, iid, project)
            note_write.remove(issue, _note(issue, note), user)

    def label(self, who: str, iid: int, *names: str, project: Where = None) -> None:
        self.update(who, iid, project, add_labels=list(names))

    def unlabel(self, who: str, iid: int, *names: str, project: Where = None) -> None:
        self.update(who, iid, project, remove_labels=list(names))

    def rename_label(self, who: str, name: str, to: str, project: Where = None) -> None:
        """In the project's list of labels."""
        with self._acting(who):
            found = self._world.project(project)
            label_write.rename(found, found.titles[name], to)
            found.version += 1

    def delete_label(self, who: str, name: str, project: Where = None) -> None:
        with self._acting(who):
            found = self._world.project(project)
            label_write.remove(found, found.titles[name])
            found.version += 1

    def assign(self, who: str, iid: int, *logins: str, project: Where = None) -> None:
        """Set the assignees, all of them."""
        self.update(who, iid, project, assignees=list(logins))

    def unassign(self, who: str, iid: int, project: Where = None) -> None:
        self.update(who, iid, project, assignees=[])

    def close(self, who: str, iid: int, project: Where = None) -> None:
        self.update(who, iid, project, state_event="close")

    def acknowledge(
        self, who: str, iid: int, to: str = "ACKNOWLEDGED", project: Where = None
    ) -> None:
        """Change the status of an incident, on its page."""
        with self._acting(who) as user:
            issue_apply.status(self._world, self._issue(user, iid, project), user, to)

    def reopen(self, who: str, iid: int, project: Where = None) -> None:
        self.update(who, iid, project, state_event="reopen")

    def react(self, who: str, iid: int, note: int, name: str, project: Where = None) -> None:
        with self._acting(who) as user:
            found = _note(self._issue(user, iid, project), note)
            note_write.react(self._world, found, user, name)

    def link(self, who: str, iid: int, other: int, project: Where = None) -> None:
        with self._acting(who) as user:
            one, two = self._issue(user, iid, project), self._issue(user, other, project)
            issue_apply.connect(self._world, one, two, user.id, "relates_to")

    def push(self, who: str, project: Where = None) -> None:
        """Push to the default branch: what waits there, whatever started it, is cancelled."""
        with self._acting(who) as user:
            found = self._world.project(project)
            rights.need(rights.level(found, user) >= MAINTAINER)
            ci_ends.cancel_redundant(found)

    def propose(
        self,
        who: str,
        files: Mapping[str, bytes | None],
        iid: int = 0,
        *,
        fork: bool = False,
        modes: Mapping[str, str] | None = None,
        project: Where = None,
    ) -> int:
        """Open a merge request that changes these files, or push to the one with this number."""
        with self._acting(who) as user:
            found, number = self._world.project(project), iid or self._world.next_id("merge")
            commit = f"{self._world.next_id('commit'):040x}"
            source = found.id + 1000 if fork else found.id
            made = MergeRequest(number, "A change", user.id, source, commit, dict(files))
            made.modes = dict(modes or {})
            if before := found.merge_requests.get(number):
                made.notes = before.notes
            found.merge_requests[number] = made
            return number

    def role(self, login: str, role: str | None, project: Where = None) -> None:
        """Make somebody a member with this role, or none any more."""
        with self._world.lock:
            members, user = self._world.project(project).members, self._world.called(login)
            members.pop(user.id, None)
            if role is not None:
                members[user.id] = ROLES[role]

    def block(self, login: str, *, blocked: bool = True) -> None:
        self._world.called(login).state = "blocked" if blocked else "active"

    def rename(self, login: str, to: str) -> None:
        """Another login for an account: system notes keep the one that it had."""
        with self._world.lock:
            user = self._world.users.pop(login.lower())
            user.username = to
            self._world.users[to.lower()] = user
            for project in self._world.projects.values():
                project.version += 1

    def delete_account(self, login: str) -> None:
        """What they wrote is the ghost's now; their events are nobody's."""
        with self._world.lock:
            gone = self._world.users.pop(login.lower())
            del self._world.people[gone.id]
            for project in self._world.projects.values():
                project.members.pop(gone.id, None)
                project.version += 1
                for issue in project.issues.values():
                    issue.assignees = [each for each in issue.assignees if each != gone.id]
            for value, token in list(self._world.tokens.items()):
                if token.user is gone:
                    del self._world.tokens[value]

    @contextmanager
    def _acting(self, who: str) -> Iterator[User]:
        with self._world.lock:
            yield self._world.called(who)
        self._flush()

    def _issue(self, user: User, iid: int, project: Where) -> Issue:
        issue = self._world.project(project).issues[iid]
        if not rights.reads(issue, user):
            raise Refused(404, "404 Not found")
        return issue

    def _by_name(self, params: dict[str, Any]) -> dict[str, Any]:
        if "assignees" not in params:
            return params
        rest = {name: value for name, value in params.items() if name != "assignees"}
        ids = [self._world.called(login).id for login in params["assignees"]]
        return {**rest, "assignee_ids": ids}


def _note(issue: Issue, number: int) -> Note:
    return next(note for note in issue.notes if note.id == number)
