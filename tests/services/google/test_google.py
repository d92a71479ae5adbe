"""Google Docs: one copy for one incident, filled with the fields and nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from automation.errors import ServiceError
from automation.model.issue import Paper
from automation.policy.outside_services import DocumentsSettings
from automation.services.google.google import GoogleDocuments
from automation.services.google.wire import GoogleWires
from automation.services.opening import open_services
from automation.services.retries import TRIES
from automation.writing import issue_texts
from tests.build import a_context, an_incident, at, policy
from tests.counterparts.google import FOLDER, TEMPLATE, TEXT, TOKEN, GoogleServer
from tests.worlds import shipped

SETTINGS = DocumentsSettings(kind="google", template=TEMPLATE, folder=FOLDER, share="acme.example")
FIELDS = {
    "reference": "#1", "title": "Pushes {{owner}} fail\n", "severity": "S1", "owner": "",
    "room": "https://meet.example/room", "link": "https://git.example/1", "secret": "no field",
}  # fmt: skip
PAPER = Paper(f"acme/{'long/' * 40}production#1", "#1 Pushes fail", "# Markdown", FIELDS)
FILLED = (
    "#1: Pushes {\u200b{owner}} fail\nSeverity: S1\nOwner: \nRoom: https://meet.example/room\n"
    "Issue: https://git.example/1\n{{what the team writes}}\n"
)


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        yield server
    assert server.errors == []


def documents(
    server: GoogleServer, settings: DocumentsSettings = SETTINGS, **more: Any
) -> GoogleDocuments:
    credentials = more.pop("credentials", server.credentials())
    more = {"timeout": 5, "sleep": lambda _: None, **more}
    more["acts_as"] = settings.acts_as
    return GoogleDocuments(settings, GoogleWires(credentials, settings.scope, server.url, **more))


def test_the_template_is_copied_filled_and_shared_once(server: GoogleServer) -> None:
    links = {documents(server).create(PAPER) for _ in range(2)}
    (made,) = server.documents()
    assert links == {made.link}
    assert (made.name, made.folder, made.domains) == ("#1 Pushes fail", FOLDER, ["acme.example"])
    assert made.text == FILLED
    assert PAPER.key not in json.dumps(made.properties)
    another = documents(server).create(replace(PAPER, key="acme/production#2"))
    assert another not in links


def test_without_google_auth_it_says_what_to_write_anew(
    server: GoogleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.auth.exceptions", None)
    with pytest.raises(ServiceError) as raised:
        documents(server).create(PAPER)
    assert "google-auth is not installed" in str(raised.value)
    assert "ima init --lock" in raised.value.remedy


def test_a_document_in_the_bin_is_made_anew(server: GoogleServer) -> None:
    documents(server).create(PAPER)
    server.made[0].trashed = True
    assert documents(server).create(PAPER) == server.made[1].link


def test_without_a_domain_or_of_a_confidential_incident_it_is_not_shared(
    server: GoogleServer,
) -> None:
    documents(server, replace(SETTINGS, share="")).create(PAPER)
    documents(server).create(replace(PAPER, key="another", confidential=True))
    assert [each.domains for each in server.documents()] == [[], []]


def test_of_a_confidential_incident_a_copy_holds_the_reference_only(server: GoogleServer) -> None:
    from automation.writing.templates import Templates

    secret = replace(
        an_incident(severity="S1"), title="Secret leak", confidential=True, url="https://x"
    )
    templates = Templates(shipped().templates)
    paper = issue_texts.working_document(secret, a_context(5), templates, "document.md.j2")
    documents(server).create(paper)
    (made,) = server.documents()
    assert made.name == "#1 (confidential)"
    assert "S1" not in paper.text
    assert made.text == ("#1: \nSeverity: \nOwner: \nRoom: \nIssue: \n{{what the team writes}}\n")
    paper = issue_texts.working_document(
        replace(secret, confidential=False), a_context(5), templates, "document.md.j2"
    )
    documents(server).create(replace(paper, key="open"))
    assert "S1" in server.documents()[1].text
    assert "Secret leak" in server.documents()[1].text


def test_what_it_needs_comes_from_the_environment(server: GoogleServer, tmp_path: Path) -> None:
    says = f"documents: {{kind: google, template: {TEMPLATE}, folder: {FOLDER}}}"
    environment = {"IMA_GOOGLE_URL": server.url}

    def create() -> str:
        services = open_services(policy(says), tmp_path, lambda: at(0), environment)
        return services.documents.create(PAPER)

    with pytest.raises(ServiceError, match="IMA_GOOGLE_CREDENTIALS is not set\n"):
        create()
    key = tmp_path / "given" / "key.json"
    key.parent.mkdir()
    key.write_text(server.credentials(), encoding="utf-8")
    for credentials in (server.credentials(), str(key)):
        environment["IMA_GOOGLE_CREDENTIALS"] = credentials
        assert create() == server.made[0].link


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        ("{'private_key': 'sekret'}", "neither JSON nor the path of a file with JSON"),
        ("/there/is/no/sekret", "neither JSON nor the path"),
        ('["sekret"]', "neither JSON nor the path"),
        ('{"type": "service_account", "private_key": "sekret"}', "is of no use"),
        ('{"type": "external_account", "sekret": "x"}', "is of no use"),
        (
            '{"type": "service_account", "private_key": "sekret", "client_email": "a",'
            ' "token_uri": "b"}',
            "is of no use",
        ),
    ],
)
def test_credentials_that_are_none_are_refused_without_a_word_of_them(
    server: GoogleServer, credentials: str, told: str
) -> None:
    with pytest.raises(ServiceError, match="key of a service account") as error:
        documents(server, credentials=credentials).create(PAPER)
    assert told in error.value.problem
    assert "sekret" not in str(error.value)


@pytest.mark.parametrize(
    ("scope", "remedy"),
    [("drive.file", "let the account itself make the template"), ("drive", "must see both")],
)
def test_a_template_that_cannot_be_seen_says_how_to_mend_it(
    server: GoogleServer, scope: Literal["drive.file", "drive"], remedy: str
) -> None:
    server.visible = False
    with pytest.raises(ServiceError, match=rf"404 Not Found \(File not found: {TEMPLATE}") as error:
        documents(server, replace(SETTINGS, scope=scope)).create(PAPER)
    assert remedy in error.value.remedy


def test_a_folder_that_is_in_no_shared_drive_says_so(server: GoogleServer) -> None:
    server.shared = False
    with pytest.raises(ServiceError, match="shared drive") as error:
        documents(server).create(PAPER)
    assert "storage quota has been exceeded" in error.value.problem


def test_where_google_did_not_look_everywhere_nothing_is_copied(server: GoogleServer) -> None:
    server.incomplete = True
    with pytest.raises(ServiceError, match="did not look everywhere\n"):
        documents(server).create(PAPER)
    assert server.made == []


@pytest.mark.parametrize("drives", [1, 4])
def test_an_account_that_is_in_several_shared_drives_finds_its_copy(
    server: GoogleServer, drives: int
) -> None:
    server.drives = drives
    for _ in range(2):
        documents(server).create(PAPER)
    assert len(server.documents()) == 1


def test_an_empty_page_is_not_the_end_of_a_search(server: GoogleServer) -> None:
    documents(server).create(PAPER)
    server.pages = 2
    documents(server).create(PAPER)
    assert len(server.documents()) == 1


def test_in_a_persons_name_a_folder_of_their_own_will_do(server: GoogleServer) -> None:
    server.shared = False
    settings = replace(SETTINGS, acts_as="docs@acme.example")
    assert documents(server, settings).mistake() is None
    for _ in range(2):
        documents(server, settings).create(PAPER)
    assert server.acts_as == "docs@acme.example"
    assert len(server.documents()) == 1


def test_a_workload_identity_acts_in_nobodys_name(server: GoogleServer) -> None:
    settings = replace(SETTINGS, acts_as="docs@acme.example")
    identity = '{"type": "external_account"}'
    with pytest.raises(ServiceError, match=r"`documents\.as` is for the key of a service account"):
        documents(server, settings, credentials=identity).create(PAPER)


CALLS = [
    ("POST", "/token", "signing in", True),
    ("GET", "/drive/v3/files/folder-1", "looking at the folder", True),
    ("GET", r"/drive/v3/files\?", "looking for the document", True),
    ("POST", "/copy", "copying the template", False),
    ("POST", ":batchUpdate", "filling the document", True),
    ("POST", "/permissions", "sharing the document", True),
]
HOWS: list[tuple[Any, str]] = [
    (401, "401 Unauthorized"),
    (403, "403 Forbidden"),
    (404, "404 Not Found"),
    (429, "429 Too Many Requests"),
    (500, "500 Internal Server Error"),
    ("hang", "no answer from"),
    ("reset", "the connection to"),
    ("half", "the connection to"),
    ("html", "sent a web page instead of data"),
]


@pytest.mark.parametrize(("how", "told"), HOWS, ids=[str(how) for how, _ in HOWS])
@pytest.mark.parametrize(("verb", "path", "doing", "again"), CALLS)
def test_whatever_fails_is_told_in_two_lines_and_done_by_the_next_run_once(
    server: GoogleServer, verb: str, path: str, doing: str, again: bool, how: Any, told: str
) -> None:
    fault = server.fail(verb, path, how=how, times=TRIES)
    with pytest.raises(ServiceError) as error:
        documents(server, timeout=0.1 if how == "hang" else 5).create(PAPER)
    first, _, second = str(error.value).partition("\n  ")
    assert first.startswith(f"google: {doing} failed: ")
    assert told in first
    assert second
    assert "\n" not in second
    for secret in (TOKEN, "PRIVATE KEY"):
        assert secret not in str(error.value)
    repeated = how == 429 or (again and how in (500, "hang", "reset", "half"))
    seen = 1 if how == "hang" and fault.seen else fault.seen  # a busy machine may not have sent it
    assert seen == (TRIES if repeated and how != "hang" else 1)
    server.faults.clear()
    link = documents(server).create(PAPER)
    (made,) = server.documents()
    assert (link, made.text, made.domains) == (made.link, FILLED, ["acme.example"])


@pytest.mark.parametrize("path", [call[1] for call in CALLS[:3]])
def test_an_error_in_good_form_is_an_error(server: GoogleServer, path: str) -> None:
    server.fail("*", path, how="error")
    with pytest.raises(ServiceError, match="google: "):
        documents(server).create(PAPER)
    documents(server).create(PAPER)
    assert len(server.documents()) == 1


def test_a_copy_that_was_made_although_it_failed_is_gone_on_with(server: GoogleServer) -> None:
    server.fail("POST", "/copy", how="reset", after=True)
    with pytest.raises(ServiceError, match="may have been done all the same"):
        documents(server).create(PAPER)
    assert [each.text for each in server.documents()] == [TEXT]
    documents(server).create(PAPER)
    assert [each.text for each in server.documents()] == [FILLED]


def test_nobody_there_is_one_line(server: GoogleServer) -> None:
    credentials = server.credentials()
    server.stop()
    with pytest.raises(ServiceError, match=r"signing in failed: .* refuses the connection\n"):
        documents(server, credentials=credentials).create(PAPER)
