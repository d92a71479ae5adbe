"""Services are asked encrypted, or on this machine; the policy or the environment says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.errors import PolicyError
from automation.services.opening import open_services
from tests.build import at, policy

SERVICES = {
    "pager": ("pagerduty, service: P1, from: a@b.example", "IMA_PAGERDUTY_URL"),
    "chat": ("slack", "IMA_SLACK_URL"),
    "documents": ("google, template: a, folder: b", "IMA_GOOGLE_URL"),
    "status_page": ("status.io, page: a", "IMA_STATUSIO_URL"),
    "status_page: Atlassian": ("statuspage, page: a", "IMA_STATUSPAGE_URL"),
    "metrics": ("prometheus", "IMA_PROMETHEUS_URL"),
}
ROLES = "\n".join(
    [
        "roles:",
        *(f"  {r}: {{schedule: S, escalation: E}}" for r in "eoc imoc cmoc security".split()),
    ]
)
BAD = (
    "http://evil.example",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1@evil.example",
    "http://localhost:80@evil.example",
    "https://user:word@host.example",
    "https://host.example?key=x",
    "https://",
    "ftp://host.example",
    "host.example",
    "https://host.example:port",
    "https://a b",
)
GOOD = (
    "https://host.example:8443/base/",
    "http://localhost:4100",
    "http://[::1]:80",
    "HTTPS://A.B",
)
KEYS = {"IMA_PROMETHEUS_TOKEN": "x" * 8}


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("url", [*BAD, *GOOD])
def test_an_address_is_encrypted_or_here(tmp_path: Path, name: str, url: str) -> None:
    (kind, variable), name = SERVICES[name], name.partition(":")[0]
    says = f"{name}: {{kind: {kind}}}\n{ROLES if name == 'pager' else ''}"
    made = policy(says)
    environment = {**KEYS, variable: url}
    if url in GOOD:
        open_services(made, tmp_path, lambda: at(0), environment)
        return
    with pytest.raises(PolicyError, match=rf"`{name}.url` or {variable} is no https address"):
        open_services(made, tmp_path, lambda: at(0), environment)


@pytest.mark.parametrize("name", SERVICES)
def test_the_policys_address_is_checked_with_the_policy(name: str) -> None:
    (kind, _), name = SERVICES[name], name.partition(":")[0]
    roles = ROLES if name == "pager" else ""
    url = "host.example" if name == "metrics" else "http://host.example"
    with pytest.raises(PolicyError, match=rf"`{name}.url` is no (https )?address"):
        policy(f"{name}: {{kind: {kind}, url: '{url}'}}\n{roles}")
    policy(f"{name}: {{kind: {kind}, url: 'https://host.example'}}\n{roles}")
