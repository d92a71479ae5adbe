"""The services that the policy names, opened with the secrets of the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from automation.errors import PolicyError, ServiceError
from automation.http.known_secrets import Secret, remember
from automation.policy.outside_services import StatusPageSettings, may_be_asked
from automation.policy.policy import Policy
from automation.services import Chat, Documents, Heartbeat, Metrics, Pager, Services, StatusPage
from automation.services.duties import Teams, no_teams
from automation.services.embedded.embedded import (
    FileDocuments,
    LogChat,
    Outbox,
    PolicyPager,
    SitePage,
)
from automation.services.embedded.sample_file import FileMetrics

Environment = Mapping[str, str]
Sleep = Callable[[float], None]
How = dict[str, Any]  # what the wires are told of time


def open_services(
    policy: Policy,
    folder: Path,
    clock: Callable[[], datetime],
    environment: Environment,
    sleep: Sleep = sleep,
    *,
    timeout: float = 10.0,
    patience: float = 20.0,
    teams: Teams = no_teams,
    ticks: Callable[[], float] = monotonic,
) -> Services:
    """The outside services that the policy names, and the embedded ones for the rest.

    ``timeout`` is how many seconds one request may take, ``patience`` how many a service may
    make us wait in all; ``teams`` tells who is in a team of the forge; ``ticks`` are the seconds
    that ``sleep`` lets pass. Where a secret is missing, each call of that service fails. Raises
    PolicyError where an address cannot be one.
    """
    outbox = Outbox(folder / policy.chat.path, clock)
    how: How = {"sleep": sleep, "timeout": timeout, "patience": patience}
    return Services(
        _pager(policy, outbox, environment, how, teams),
        _chat(policy, outbox, environment, how),
        _documents(policy, folder, environment, how),
        _status_page(policy, outbox, environment, how | {"ticks": ticks}),
        _metrics(policy, folder, environment, how),
        _heartbeat(policy, timeout),
    )


def unset_secrets(policy: Policy, environment: Environment) -> dict[str, list[str]]:
    """The variables of secrets that are not set, by what cannot be done without them: "page",
    "announce", "document", "publish", as a plan calls it."""
    needed: dict[str, list[str]] = {}
    if policy.pagerduty and not environment.get("IMA_PAGERDUTY_OAUTH_TOKEN"):
        needed["page"] = ["IMA_PAGERDUTY_TOKEN"]
    if policy.slack:
        needed["announce"] = ["IMA_SLACK_TOKEN"]
    if policy.google:
        needed["document"] = ["IMA_GOOGLE_CREDENTIALS"]
    if policy.statusio:
        needed["publish"] = ["IMA_STATUSIO_ID", "IMA_STATUSIO_KEY"]
    if policy.statuspage:
        needed["publish"] = ["IMA_STATUSPAGE_KEY"]
    unset = {
        what: [name for name in names if not environment.get(name, "").strip()]
        for what, names in needed.items()
    }
    return {what: names for what, names in unset.items() if names}


def _heartbeat(policy: Policy, timeout: float) -> Heartbeat | None:
    if not policy.heartbeat:
        return None
    from automation.services.heartbeat import HeartbeatUrl

    return HeartbeatUrl(policy.heartbeat, timeout)


def _pager(
    policy: Policy, outbox: Outbox, environment: Environment, how: How, teams: Teams
) -> Pager:
    if policy.pager.kind == policy.tracker.kind == "gitlab":  # else its token has no address
        return _gitlab_pager(policy, environment, how)
    if (settings := policy.pagerduty) is None:
        return PolicyPager(policy, outbox, teams)
    from automation.services.pagerduty.pagerduty import PagerDuty
    from automation.services.pagerduty.wire import OAUTH_TOKEN, TOKEN, pagerduty_wire

    url = settings.url or environment.get("IMA_PAGERDUTY_URL", "")
    where = address("`pager.url` or IMA_PAGERDUTY_URL", url) if url else ""
    oauth = bool(environment.get(OAUTH_TOKEN))
    what = "a REST API key of PagerDuty with full access"
    token = secret("pagerduty", OAUTH_TOKEN if oauth else TOKEN, what, environment)
    return PagerDuty(pagerduty_wire(settings, where, token, oauth=oauth, **how), policy, teams)


def _gitlab_pager(policy: Policy, environment: Environment, how: How) -> Pager:
    """The GitLab where the incidents are, by the same token."""
    from automation.services.gitlab.gitlab import GitLabPager, gitlab_wire

    own = environment.get("CI_SERVER_URL", "")
    url = (policy.tracker.url or own or "https://gitlab.com").rstrip("/")
    where = address("`tracker.url` or CI_SERVER_URL", url, private=False)
    token = secret("gitlab", "IMA_GITLAB_TOKEN", "the token of IMA's account", environment)
    bundle = environment.get("CI_SERVER_TLS_CA_FILE", "") if own.rstrip("/") == url else ""
    how = how | {"bundle": bundle if Path(bundle).is_file() else ""}
    return GitLabPager(gitlab_wire(where, token, **how), policy)


def _chat(policy: Policy, outbox: Outbox, environment: Environment, how: How) -> Chat:
    if policy.slack is None:
        return LogChat(outbox)
    from automation.services.slack.slack import SlackChat
    from automation.services.slack.wire import SLACK, SlackWire

    said = policy.slack.url or environment.get("IMA_SLACK_URL") or SLACK
    url = address("`chat.url` or IMA_SLACK_URL", said)
    token = secret("slack", "IMA_SLACK_TOKEN", "the app's bot token (xoxb-…)", environment)
    bundle = environment.get("REQUESTS_CA_BUNDLE", "")
    return SlackChat(policy, SlackWire(token, url, bundle=bundle, **how))


def _documents(policy: Policy, folder: Path, environment: Environment, how: How) -> Documents:
    if (settings := policy.google) is None:
        return FileDocuments(folder / policy.documents.path)
    from automation.services.google.google import GoogleDocuments
    from automation.services.google.wire import GoogleWires

    url = settings.url or environment.get("IMA_GOOGLE_URL", "")
    base = address("`documents.url` or IMA_GOOGLE_URL", url) if url else ""
    credentials = environment.get("IMA_GOOGLE_CREDENTIALS", "")
    how = how | {"acts_as": settings.acts_as}
    return GoogleDocuments(settings, GoogleWires(credentials, settings.scope, base, **how))


def _status_page(policy: Policy, outbox: Outbox, environment: Environment, how: How) -> StatusPage:
    if policy.statuspage is not None:
        return _atlassian(policy, policy.statuspage, environment, how)
    if (settings := policy.statusio) is None:
        return SitePage(outbox, policy.project)
    from automation.services.statusio.statusio import API, StatusIoPage, statusio_wire

    what = "an API id and key of status.io: its dashboard has them under API"
    id_ = secret("status.io", "IMA_STATUSIO_ID", what, environment)
    key = secret("status.io", "IMA_STATUSIO_KEY", what, environment)
    url = address(
        "`status_page.url` or IMA_STATUSIO_URL",
        settings.url or environment.get("IMA_STATUSIO_URL") or API,
    )
    wire = statusio_wire(id_, key, url, **how)
    tracker = policy.tracker.url or environment.get("CI_SERVER_URL", "")
    return StatusIoPage(wire, settings, policy.services, policy.project, tracker)


def _atlassian(
    policy: Policy, settings: StatusPageSettings, environment: Environment, how: How
) -> StatusPage:
    from automation.services.statuspage.statuspage import API, StatuspagePage, statuspage_wire

    what = "an API key of Statuspage: your avatar there, then API info"
    key = secret("statuspage", "IMA_STATUSPAGE_KEY", what, environment)
    url = address(
        "`status_page.url` or IMA_STATUSPAGE_URL",
        settings.url or environment.get("IMA_STATUSPAGE_URL") or API,
    )
    wire = statuspage_wire(key, url, **how)
    return StatuspagePage(wire, settings, policy.services, policy.project)


def _metrics(policy: Policy, folder: Path, environment: Environment, how: How) -> Metrics:
    if (settings := policy.prometheus) is None:
        return FileMetrics(folder / policy.metrics.path)
    from automation.services.prometheus.prometheus import Prometheus, prometheus_wire

    url = settings.url or environment.get("IMA_PROMETHEUS_URL", "")
    told = _authorization_of_metrics(environment)
    where = address("`metrics.url` or IMA_PROMETHEUS_URL", url, private=bool(told))
    return Prometheus(prometheus_wire(where, told, settings.tenant, **how), policy.slo)


def _authorization_of_metrics(environment: Environment) -> Secret | None:
    """By a name and a password, or a token; None where nobody has set any: Prometheus alone asks
    for none."""
    from automation.services.prometheus.prometheus import basic, bearer

    def told(name: str, what: str) -> Secret:
        whose = "that Prometheus, or the proxy before it, takes"
        return secret("prometheus", name, f"{what} {whose}", environment)

    if environment.get("IMA_PROMETHEUS_USER") or environment.get("IMA_PROMETHEUS_PASSWORD"):
        user = told("IMA_PROMETHEUS_USER", "the name")
        return basic(user, told("IMA_PROMETHEUS_PASSWORD", "the password"))
    if environment.get("IMA_PROMETHEUS_TOKEN"):
        return bearer(told("IMA_PROMETHEUS_TOKEN", "a token"))
    return None


def secret(service: str, name: str, what: str, environment: Environment) -> Secret:
    """A function that gives the value of the variable ``name``; ``what`` says where people get it.
    It raises ServiceError if the variable is not set, or is not one word that can stand in a
    header."""

    def found() -> str:
        value = environment.get(name, "").strip()
        if not value:
            raise ServiceError(f"{service}: {name} is not set", f"set {name} to {what}")
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise ServiceError(
                f"{service}: {name} has characters that no secret has",
                "set it to the secret alone, without quotes or line ends",
            )
        remember(value)
        return value

    return found


def address(where: str, url: str, *, private: bool = True) -> str:
    """``url``, if it may be asked: encrypted if what is asked is ``private``, or on this machine.

    Raises PolicyError.
    """
    if not may_be_asked(url, private=private):
        kind = "https address" if private else "address"
        raise PolicyError(f"{where} is no {kind}", "write it as https://host/path")
    return url.rstrip("/")
