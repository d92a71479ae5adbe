"""A GitLab with a certificate of its own authority: CI_SERVER_TLS_CA_FILE."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from automation.errors import ServiceError
from automation.model.issue import Duty, Happened
from automation.workspace.session import Session
from tests.counterparts.gitlab import GitLabServer

POLICY = """
version: 1
tracker: {{kind: gitlab, project: acme/production, url: "{url}"}}
pager: {{kind: gitlab}}
roles: {{eoc: {{schedule: Engineers, on_call: erin}}, imoc: {{on_call: ian}},
         cmoc: {{on_call: cara}}, security: {{on_call: sam}}}}
"""
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Secure:
    url: str
    certificate: Path
    folder: Path
    server: GitLabServer

    def session(self, **environment: str) -> Session:
        environment = {"IMA_GITLAB_TOKEN": "t-ima", **environment}
        session = Session(
            lambda: NINE, "rita", folder=self.folder, environment=environment, by_example=True
        )
        session.patience = 0
        return session


@pytest.fixture
def secure(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    key, certificate = tmp_path_factory.mktemp("key") / "key.pem", tmp_path / "ca.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with GitLabServer() as server:
        assert server._listener
        server._listener.socket = context.wrap_socket(server._listener.socket, server_side=True)
        url = server.url.replace("http:", "https:")
        (tmp_path / "policy.yml").write_text(POLICY.format(url=url), "utf-8")
        yield Secure(url, certificate, tmp_path, server)


@pytest.mark.needs("openssl")
def test_the_certificate_of_the_job_is_trusted_for_its_own_gitlab(secure: Secure) -> None:
    job = {"CI_SERVER_URL": secure.url, "CI_SERVER_TLS_CA_FILE": str(secure.certificate)}
    session = secure.session(**job)
    assert session.tracker.me() == "ima"
    iid = secure.server.people.open("rita", "API errors", issue_type="incident")
    session.tracker.record(f"#{iid}", [Happened(NINE, "seen")], {})
    assert session.services.pager.on_call(NINE)["eoc"] == Duty("erin")


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("server", ["", "https://another.test"])
def test_it_is_trusted_for_no_other(secure: Secure, server: str) -> None:
    job = {"CI_SERVER_URL": server, "CI_SERVER_TLS_CA_FILE": str(secure.certificate)}
    session = secure.session(**job)
    with pytest.raises(ServiceError, match="certificate"):
        session.tracker.me()
    with pytest.raises(ServiceError, match="certificate"):
        session.services.pager.on_call(NINE)


@pytest.mark.needs("openssl")
def test_a_file_that_is_not_there_is_left_aside(secure: Secure) -> None:
    job = {"CI_SERVER_URL": secure.url, "CI_SERVER_TLS_CA_FILE": "/nowhere"}
    with pytest.raises(ServiceError, match="certificate"):
        secure.session(**job).tracker.me()


@pytest.mark.needs("openssl")
def test_a_bundle_of_the_machine_is_trusted(
    secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(secure.certificate))
    assert secure.session().tracker.me() == "ima"
