"""One connection to GitLab, through python-gitlab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import sleep
from typing import TYPE_CHECKING, Any

from automation.http.answers import NOT_SENT, Failure, failure_of, read_json, server_message
from automation.http.bounded import limit, settle
from automation.trackers.gitlab.budget import asked_to_wait, window
from automation.trackers.gitlab.errors import explain
from automation.trackers.request_budget import Budget, server_time
from automation.trackers.tokens import GITLAB as TOKENS
from automation.trackers.tokens import checked_token
from automation.trackers.wire import PAGE, Answer, Wire, paging

if TYPE_CHECKING:
    from gitlab import Gitlab
    from requests import Response

GRAPHQL = "graphql"  # in place of a path


def gitlab_wire(
    url: str,
    token: str,
    *,
    timeout: float,
    share: float,
    patience: float,
    at_once: int = 8,
    ca_file: str = "",
    sleep: Callable[[float], None] = sleep,
) -> Wire:
    """The wire to GitLab at ``url``, whose certificate an authority of ``ca_file`` has signed.
    Raises ServiceError where the token cannot be one."""
    checked_token(token, "gitlab", TOKENS[0])
    budget = Budget("gitlab", share, patience, sleep, window)
    url = url.rstrip("/")
    # No partial: it would show the token to whoever prints it.
    return Wire(
        url,
        lambda: Line(url, token, timeout, budget.hear, ca_file),
        budget,
        explain,
        at_once=at_once,
    )


class Line:
    """One connection. ``headers`` are those of the last answer, good or bad."""

    def __init__(
        self, url: str, token: str, timeout: float, hear: Callable[..., None], ca_file: str = ""
    ) -> None:
        self._how: dict[str, Any] = {
            "timeout": timeout,
            "per_page": PAGE,
            "retry_transient_errors": False,
            "keep_base_url": True,
        }
        self._url, self._hear, self._ca_file = url, hear, ca_file
        self.client = self._connect(private_token=token)
        self._bearer: Gitlab | None = None
        self.headers: Mapping[str, str] = {}

    def _connect(self, **token: Any) -> Gitlab:
        from gitlab import Gitlab  # late: a tenth of a second

        client = Gitlab(self._url, **token, **self._how)
        session = settle(limit(client.session), self._url, self._ca_file or None)
        client.ssl_verify = session.verify or True  # it is told with every request
        session.hooks["response"].append(self._note)
        return client

    def _graphql(self) -> Gitlab:
        """It wants the token in another header."""
        self._bearer = self._bearer or self._connect(oauth_token=self.client.private_token or "")
        return self._bearer

    def _note(self, response: Response, *_args: object, **_more: object) -> None:
        self.headers = response.headers
        self._hear(response.headers)

    def send(
        self,
        verb: str,
        path: str,
        query: Mapping[str, Any] | None,
        data: Mapping[str, Any] | None,
    ) -> Answer | Failure:
        from gitlab.exceptions import GitlabError

        self.headers = {}
        client = self.client
        if path == GRAPHQL:  # beside the REST API
            client, path = self._graphql(), f"{self._url}/api/graphql"
        try:
            response = client.http_request(
                verb,
                path,
                query_data=dict(query or {}),
                post_data=None if data is None else dict(data),
                obey_rate_limit=False,
                retry_transient_errors=False,
                max_retries=0,
            )
        except GitlabError as error:
            said = server_message(error.response_body or error.error_message)
            status = error.response_code or 0
            return Failure("answer", status, said, asked_to_wait(self.headers, status))
        except NOT_SENT as error:
            return failure_of(error)
        except RecursionError:  # python-gitlab looks into what was refused
            return Failure("not json")
        return _read(response, dict(query or {}))

    def close(self) -> None:
        self.client.session.close()
        if self._bearer:
            self._bearer.session.close()


def _read(response: Response, query: dict[str, Any]) -> Answer | Failure:
    if response.status_code == 204 or not response.content:
        return Answer(None, response.status_code, None)
    try:
        data = read_json(response.content)
    except ValueError:
        return Failure("not json", response.status_code)
    following, last = paging(response.links.values())
    if following is None and (page := response.headers.get("X-Next-Page")):
        following = {**query, "page": page}
    return Answer(data, response.status_code, following, last, server_time(response.headers))
