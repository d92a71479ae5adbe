"""Calls of Slack's Web API: the answer, or an error that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import sleep
from typing import TYPE_CHECKING, Any, NoReturn

from automation.http.answers import (
    NOT_SENT,
    Failure,
    Refusal,
    as_said,
    failure_of,
    no_answer_in_words,
    remedy_when_unsure,
    status_in_words,
)
from automation.http.known_secrets import remember
from automation.http.shapes import Odd, Shape, nothing
from automation.services.retries import TOO_MANY_REQUESTS, Attempts
from automation.services.wire import read_answer, session_for

if TYPE_CHECKING:
    from requests import Response, Session

SLACK = "https://slack.com/api"
_CROWDED = ("ratelimited", "rate_limited", "message_limit_exceeded")
_THEIRS = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
_RENEW = "set IMA_SLACK_TOKEN to the bot token of the app in this workspace (xoxb-…)"
_REMEDIES = {
    "not_in_channel": "type `/invite @` and the app's name in that channel",
    "channel_not_found": "write `chat.channel` as in Slack, or as its id, and invite the app there",
    "is_archived": "un-archive the channel, or name another one in the policy",
    "msg_too_long": "shorten the template in templates/chat",
    "edit_window_closed": "let apps edit their messages: workspace settings, message editing",
    "cant_update_message": "another app posted it: set IMA_SLACK_TOKEN to the token of that one",
    "user_not_found": "check `people.*.chat` in the policy: member ids begin with U or W",
    "users_not_found": "check `people.*.chat` in the policy: member ids begin with U or W",
    "invalid_users": "check `people.*.chat` in the policy: member ids begin with U or W",
    "no_such_subteam": "check `chat.groups` and `roles.*.group`: ids of user groups begin with S",
    "permission_denied": "let the app change user groups: workspace settings, permissions",
    "restricted_action": "an admin of the workspace must allow the app to do that",
    "not_allowed_token_type": _RENEW,
    "invalid_auth": _RENEW,
    "not_authed": _RENEW,
    "token_revoked": _RENEW,
    "token_expired": _RENEW,
    "account_inactive": _RENEW,
}


class SlackWire:
    """Slack's API at ``url``. ``token`` is asked for at the first call, and may raise
    ServiceError."""

    def __init__(
        self,
        token: Callable[[], str],
        url: str = SLACK,
        *,
        bundle: str = "",
        timeout: float = 10.0,
        patience: float = 20.0,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self.url, self._token, self._bundle = url.rstrip("/"), token, bundle
        self._timeout, self._attempts = timeout, Attempts(patience, sleep)
        self._session: Session | None = None

    def __repr__(self) -> str:
        return f"<SlackWire at {self.url}>"

    def read(self, doing: str, method: str, shape: Shape = nothing, **values: Any) -> Any:
        """The answer of ``method``, read by its ``shape``. ``doing`` says what for, such as
        "reading the groups". Raises ServiceError."""
        return self._ask(doing, method, {"data": values}, shape, again=True, writes=False)

    def write(
        self,
        doing: str,
        method: str,
        values: Mapping[str, Any],
        shape: Shape = nothing,
        *,
        again: bool = False,
    ) -> Any:
        """Call a ``method`` that changes something; ``again`` says that it may be done twice. A
        message is sent as JSON; not every other method takes that, so all else is sent as a form.
        Raises ServiceError."""
        form = "json" if method.startswith("chat.") else "data"
        return self._ask(doing, method, {form: dict(values)}, shape, again=again, writes=True)

    def _ask(
        self,
        doing: str,
        method: str,
        how: dict[str, Any],
        shape: Shape,
        *,
        again: bool,
        writes: bool,
    ) -> Any:
        answer = self._attempts.answer_of(lambda: self._ask_once(method, how), again)
        if isinstance(answer, Failure):
            self._raise(answer, doing, writes)
        try:
            return shape(answer[0])
        except Odd as odd:
            self._raise(Failure("shape", said=str(odd)), doing, writes)

    def _ask_once(self, method: str, how: dict[str, Any]) -> tuple[Any] | Failure:
        headers = {"Authorization": f"Bearer {self._token_told()}"}
        self._session = self._session or session_for(self.url)
        try:
            response = self._session.post(
                f"{self.url}/{method}",
                **how,
                headers=headers,
                timeout=self._timeout,
                verify=self._bundle or None,
                allow_redirects=False,  # it would take the token along
            )
        except NOT_SENT as error:
            return failure_of(error)
        return _answer(response)

    def _token_told(self) -> str:
        token = self._token()
        remember(token)
        return token

    def _raise(self, failure: Failure, doing: str, writes: bool) -> NoReturn:
        if failure.kind != "answer":
            why, remedy = no_answer_in_words(failure, self.url, "Slack", writes)
        elif failure.status == TOO_MANY_REQUESTS:
            why, remedy = (
                status_in_words(failure),
                "too many requests: the rest waits for the next run",
            )
        elif failure.status >= 500:
            why, remedy = (
                status_in_words(failure),
                remedy_when_unsure("Slack itself failed", writes),
            )
        elif failure.status != 200:
            why, remedy = (
                status_in_words(failure),
                "check Slack's address; it is not Slack that answers so",
            )
        else:
            why, remedy = failure.said, _remedy(failure.said)
        raise Refusal(failure, f"slack: {doing} failed: {why}", remedy) from None


def said_no(refusal: Refusal) -> bool:
    """Has Slack itself refused it? Then Slack is there, and works."""
    return refusal.failure.kind == "answer" and refusal.failure.status == 200


def _answer(response: Response) -> tuple[Any] | Failure:
    """What Slack says. What it refuses is a failure with the status 200; ``said`` is its word for
    that."""
    answer = read_answer(response)
    if isinstance(answer, Failure):
        return answer
    (said,) = answer
    if not isinstance(said, dict):
        return Failure("not json", 200)
    if said.get("ok"):
        return answer
    word = as_said(str(said.get("error") or "no reason given"), 100)
    if word == "missing_scope":
        word = f"missing_scope: {as_said(str(said.get('needed', '')), 100)}"
    status = TOO_MANY_REQUESTS if word in _CROWDED else 500 if word in _THEIRS else 200
    return Failure("answer", status, word, _seconds_asked(response.headers.get("Retry-After")))


def _seconds_asked(asked: object) -> float | None:
    try:
        return max(1.0, float(str(asked)))
    except ValueError:
        return None


def _remedy(word: str) -> str:
    word, _, scope = word.partition(": ")
    if word == "missing_scope":
        return f"give the app the scope {scope}, and install it in the workspace again"
    return _REMEDIES.get(word, "Slack's documentation of its API says what that means")
