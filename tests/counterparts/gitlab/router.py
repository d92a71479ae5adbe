"""From a request to its answer: who asks, may the token do that, and who answers."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.counterparts.gitlab import (
    ci_ends,
    graphql_ends,
    issue_ends,
    label_ends,
    merge_ends,
    note_ends,
    project_ends,
    user_ends,
)
from tests.counterparts.gitlab.call import Call, Endpoint, Redirected
from tests.counterparts.gitlab.rows import Token
from tests.counterparts.gitlab.world import Refused, World
from tests.counterparts.messages import Answer, Request

API = "/api/v4"
ROUTES: dict[tuple[str, str], Endpoint] = {
    **issue_ends.ROUTES,
    **note_ends.ROUTES,
    **label_ends.ROUTES,
    **project_ends.ROUTES,
    **user_ends.ROUTES,
    **ci_ends.ROUTES,
    **merge_ends.ROUTES,
}
_SPLIT: dict[tuple[str, int], list[tuple[list[str], str, Endpoint]]] = {}
for (_method, _pattern), _endpoint in ROUTES.items():
    _parts = _pattern.strip("/").split("/")
    _SPLIT.setdefault((_method, len(_parts)), []).append((_parts, _pattern, _endpoint))


def answer(world: World, request: Request) -> tuple[Answer, Call | None]:
    """The answer, and the request as it was understood."""
    call = None
    graphql = request.path == graphql_ends.PATH
    try:
        endpoint, pattern, args = find(request.method, request.path)
        call = Call(
            world,
            request.method,
            request.path,
            args,
            request.query,
            parameters(request),
            None,
            pattern,
        )
        triggers = pattern.endswith("/trigger/pipeline")
        if not triggers:
            call.token = _token(world, request, only_bearer=graphql)
        if not triggers and not graphql:
            _check_scope(call)
        return endpoint(call), call
    except Redirected as moved:
        return Answer(moved.status, moved.body, {"location": moved.location}), call
    except Refused as refused:
        return Answer(refused.status, refused.body), call


def find(method: str, path: str) -> tuple[Endpoint, str, tuple[str, ...]]:
    if (method, path) in graphql_ends.ROUTES:
        return graphql_ends.ROUTES[method, path], path, ()
    if not path.startswith(f"{API}/"):
        raise Refused(404, "404 Not Found", key="error")
    parts = path[len(API) + 1 :].split("/")
    for names, pattern, endpoint in _SPLIT.get((method, len(parts)), ()):
        if all(name == part or name[0] == ":" for name, part in zip(names, parts, strict=True)):
            pairs = zip(names, parts, strict=True)
            return endpoint, pattern, tuple(unquote(part) for name, part in pairs if name[0] == ":")
    raise Refused(404, "404 Not Found", key="error")


def parameters(request: Request) -> dict[str, Any]:
    """What was sent in the body, as JSON or as a form."""
    if not request.body:
        return {}
    kind = request.headers.get("content-type", "")
    if "json" in kind:
        try:
            sent = json.loads(request.body)
        except ValueError:
            raise Refused(400, "Problems parsing JSON", key="error") from None
        return sent if isinstance(sent, dict) else {}
    form = parse_qs(request.body.decode(errors="replace"), keep_blank_values=True)
    return {
        name.removesuffix("[]"): got if name.endswith("[]") else got[-1]
        for name, got in form.items()
    }


def _token(world: World, request: Request, *, only_bearer: bool = False) -> Token | None:
    value = None if only_bearer else request.headers.get("private-token")
    bearer = request.headers.get("authorization", "")
    if value is None and bearer.lower().startswith("bearer "):
        value = bearer[7:]
    if value is None and "private_token=" in request.target:
        value = request.query["private_token"][-1]
    if value is None:
        if "job-token" in request.headers:
            raise Refused(401, "401 Unauthorized")
        return None
    found = world.tokens.get(value)
    if found is None:
        raise Refused(401, "401 Unauthorized")
    if found.revoked or (found.expires_at and found.expires_at <= world.now().date()):
        why = "Token was revoked" if found.revoked else "Token is expired"
        text = f"{why}. You can either do re-authorization or token refresh."
        refused = Refused(401, "invalid_token", key="error")
        refused.body["error_description"] = text
        raise refused
    if found.user.state == "blocked":
        raise Refused(403, "403 Forbidden - Your account has been blocked.")
    return found


def _check_scope(call: Call) -> None:
    if call.token is None:
        if call.method != "GET":
            raise Refused(401, "401 Unauthorized")
        return
    scopes = set(call.token.scopes)
    enough = {"api"} if call.method != "GET" else {"api", "read_api"}
    if call.pattern == "/user":
        enough |= {"read_user"}
    if scopes & enough or call.pattern.startswith("/personal_access_tokens"):
        return
    refused = Refused(403, "insufficient_scope", key="error")
    refused.body["error_description"] = (
        "The request requires higher privileges than provided by the access token."
    )
    refused.body["scope"] = " ".join(sorted(enough))
    raise refused
