"""A token for Google, for an account of its own: by the key of a service account, or by workload
identity."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automation.errors import ServiceError
from automation.http.answers import (
    NOT_SENT,
    Failure,
    Refusal,
    failure_of,
    no_answer_in_words,
    read_json,
    server_message,
    status_in_words,
)
from automation.http.bounded import limit
from automation.http.known_secrets import remember
from automation.records import dataclass
from automation.services.retries import Attempts

if TYPE_CHECKING:
    from requests import Response

_WHAT = "the key of a service account as JSON, or the path of a file with it"
DOING = "google: signing in"


@dataclass(frozen=True, slots=True)
class _GoogleAuthAnswer:
    """An answer in the form that google-auth wants."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class Login:
    """Signs in with ``credentials``, the value of IMA_GOOGLE_CREDENTIALS; ``elsewhere`` is another
    address to sign in at than Google's; ``acts_as`` the person in whose name a service account
    asks, where their organisation has delegated that to it."""

    def __init__(
        self,
        credentials: str,
        scope: str,
        attempts: Attempts,
        elsewhere: str = "",
        timeout: float = 10.0,
        acts_as: str = "",
    ) -> None:
        self._credentials, self._attempts = credentials, attempts
        self._scopes = [f"https://www.googleapis.com/auth/{scope}"]
        self._elsewhere, self._timeout, self._acts_as = elsewhere, timeout, acts_as

    def __repr__(self) -> str:
        return "<Login at Google>"

    def token(self) -> str:
        """A token, which several requests of this run may use. Raises ServiceError."""
        try:
            from google.auth.exceptions import GoogleAuthError
        except ModuleNotFoundError:
            remedy = "write ima.lock anew with `ima init --lock`, and commit it"
            raise ServiceError(f"{DOING} failed: google-auth is not installed", remedy) from None
        said = _key_or_identity(self._credentials)
        if self._elsewhere and "token_uri" in said:
            said["token_uri"] = f"{self._elsewhere}/token"
        try:
            made = _credentials_of(said, self._scopes, self._acts_as)
            made.refresh(self._answer_for_google_auth)
        except (GoogleAuthError, ValueError) as error:
            raise ServiceError(
                f"{DOING} failed: IMA_GOOGLE_CREDENTIALS is of no use ({type(error).__name__})",
                f"set it to {_WHAT}, whole and as Google gave it",
            ) from None
        except (AttributeError, KeyError, OverflowError, TypeError):  # google-auth trusts answers
            raise _odd_token() from None
        token = made.token
        if not isinstance(token, str) or not re.fullmatch("[!-~]+", token):
            raise _odd_token()
        remember(token)
        return token

    def _answer_for_google_auth(
        self, url: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any
    ) -> _GoogleAuthAnswer:
        """The answer to a request that google-auth wants to make. It would wait and try again in
        its own way, without saying so."""
        answer = self._attempts.answer_of(
            lambda: self._ask_once(url, method, body, headers), again=True
        )
        if isinstance(answer, Failure):
            raise _refusal(answer, url)
        made: _GoogleAuthAnswer = answer[0]
        return made

    def _ask_once(self, url: str, method: str, body: Any, headers: Any) -> tuple[Any] | Failure:
        from requests import Session

        try:
            with limit(Session()) as session:
                session.auth = lambda request: request  # no .netrc
                response = session.request(
                    method,
                    url,
                    data=body,
                    headers=headers,
                    timeout=self._timeout,
                    allow_redirects=False,
                )
        except NOT_SENT as error:
            return failure_of(error)
        return _answer_of(response)


def _odd_token() -> ServiceError:
    problem = f"{DOING} failed: in its answer, the token is of another shape than Google's"
    return ServiceError(problem, "Google, or a proxy before it, may be at fault: run again")


def _credentials_of(said: dict[str, Any], scopes: list[str], acts_as: str) -> Any:
    """google-auth's credentials for these texts. Raises its errors, or ValueError, or
    ServiceError."""
    from google.auth import identity_pool
    from google.oauth2 import service_account

    if said.get("type") == "external_account":  # GitLab's or GitHub's id token, no key
        if acts_as:
            raise ServiceError(
                f"{DOING} failed: `documents.as` is for the key of a service account",
                "set IMA_GOOGLE_CREDENTIALS to such a key, or take `documents.as` out",
            )
        pool: Any = identity_pool.Credentials
        return pool.from_info(said, scopes=scopes)
    account: Any = service_account.Credentials
    return account.from_service_account_info(said, scopes=scopes, subject=acts_as or None)


def _answer_of(response: Response) -> tuple[Any] | Failure:
    status = response.status_code
    if 300 <= status < 400:
        return Failure("redirect", status)
    if status >= 400:
        return Failure("answer", status, server_message(response.content))
    try:
        said = read_json(response.content)
        good = isinstance(said, dict) and "error" not in said
    except ValueError:
        return Failure("not json", status)
    if not good:
        return Failure("answer", status, server_message(response.content))
    return (_GoogleAuthAnswer(status, response.headers, response.content),)


def _refusal(failure: Failure, url: str) -> Refusal:
    if failure.kind != "answer":
        why, remedy = no_answer_in_words(failure, url, "Google", False)
    elif failure.status >= 500:
        why, remedy = status_in_words(failure), "Google itself failed: run again"
    elif failure.status == 429:
        why, remedy = status_in_words(failure), "too many requests: the rest waits for the next run"
    else:
        why = status_in_words(failure)
        remedy = "make a new key for the service account, and set IMA_GOOGLE_CREDENTIALS to it"
    return Refusal(failure, f"{DOING} failed: {why}", remedy)


def _key_or_identity(credentials: str) -> dict[str, Any]:
    """The JSON of the credentials, given as such or as the path of a file. No error shows any of
    it."""
    if not credentials.strip():
        remedy = f"set IMA_GOOGLE_CREDENTIALS to {_WHAT}"
        raise ServiceError("google: IMA_GOOGLE_CREDENTIALS is not set", remedy)
    text = credentials
    try:
        if not text.lstrip().startswith("{"):
            text = Path(credentials.strip()).read_text(encoding="utf-8")
        said = json.loads(text)
    except (OSError, ValueError):
        said = None
    if not isinstance(said, dict):
        raise ServiceError(
            "google: IMA_GOOGLE_CREDENTIALS is neither JSON nor the path of a file with JSON",
            f"set it to {_WHAT}",
        )
    return said
