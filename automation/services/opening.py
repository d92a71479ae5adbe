"""The services that the policy names, opened with the secrets of the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from automation.errors import PolicyError, ServiceError
from automation.policy import Policy
from automation.services import Chat, Documents, Metrics, Pager, Services, StatusPage
from automation.services.embedded import FileDocuments, LogChat, Outbox, PolicyPager, SitePage
from automation.services.samples import FileMetrics

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
Environment = Mapping[str, str]


def open_services(
    policy: Policy, folder: Path, clock: Callable[[], datetime], environment: Environment
) -> Services:
    """All five: the outside ones that the policy names, the embedded ones for the rest.

    Raises ServiceError where a secret is missing.
    """
    outbox = Outbox(folder / policy.log, clock)
    return Services(
        _pager(policy, outbox, environment),
        _chat(policy, outbox, environment),
        _documents(policy, folder, environment),
        _status_page(policy, outbox, environment),
        _metrics(policy, folder, environment),
    )


def _pager(policy: Policy, outbox: Outbox, environment: Environment) -> Pager:
    return PolicyPager(policy, outbox)


def _chat(policy: Policy, outbox: Outbox, environment: Environment) -> Chat:
    return LogChat(outbox)


def _documents(policy: Policy, folder: Path, environment: Environment) -> Documents:
    return FileDocuments(folder / policy.documents)


def _status_page(policy: Policy, outbox: Outbox, environment: Environment) -> StatusPage:
    return SitePage(outbox)


def _metrics(policy: Policy, folder: Path, environment: Environment) -> Metrics:
    return FileMetrics(folder / policy.samples)


def secret(service: str, name: str, what: str, environment: Environment) -> str:
    """The value of ``name`` in the environment; ``what`` says where people get it.

    Raises ServiceError if it is not set, or is no single word of a header.
    """
    value = environment.get(name, "").strip()
    if not value:
        raise ServiceError(f"{service}: {name} is not set", f"set it to {what}")
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ServiceError(
            f"{service}: {name} has characters that no secret has",
            "set it to the secret alone, without quotes or line ends",
        )
    return value


def address(where: str, url: str) -> str:
    """``url``, if secrets may be sent there: encrypted, or to this machine. Raises PolicyError."""
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        good = good and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise PolicyError(f"{where}: this is no https address", "write it as https://host/path")
    return url.rstrip("/")
