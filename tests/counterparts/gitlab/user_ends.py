"""Accounts, the token in use, and the server itself."""

from __future__ import annotations

from functools import partial

from tests.counterparts.gitlab import shown, shown_project
from tests.counterparts.gitlab.call import Call, Endpoint, number
from tests.counterparts.gitlab.paging import paged
from tests.counterparts.gitlab.world import Refused
from tests.counterparts.messages import Answer

VERSION = {"version": "19.0.0", "revision": "counterpart"}


def me(call: Call) -> Answer:
    email = f"{call.me.username}@example.com"
    return Answer(200, {**shown.whole_user(call.world, call.me), "email": email})


def users(call: Call) -> Answer:
    rows = list(call.world.people.values())
    if name := call.one("username"):
        found = call.world.users.get(name.lower())
        rows = [found] if found else []
    return paged(call, rows, partial(shown.user, call.world))


def user(call: Call) -> Answer:
    found = call.world.user(number(call.args[0], "id"))
    if found is None:
        raise Refused(404, "404 User Not Found")
    return Answer(200, shown.whole_user(call.world, found))


def token(call: Call) -> Answer:
    if call.token is None:
        raise Refused(401, "401 Unauthorized")
    return Answer(200, shown_project.token(call.token, call.world.now()))


def version(call: Call) -> Answer:
    assert call.me
    return Answer(200, VERSION)


ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", "/user"): me,
    ("GET", "/users"): users,
    ("GET", "/users/:id"): user,
    ("GET", "/personal_access_tokens/self"): token,
    ("GET", "/version"): version,
}
