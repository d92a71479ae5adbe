"""Every way in which GitLab can say no, as the two lines that a person reads."""

from __future__ import annotations

import json
from socket import gaierror

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError

from automation.http.answers import Failure, Kind, failure_of, server_message
from automation.trackers.action_in_words import Doing
from automation.trackers.gitlab.errors import explain

SERVER = "https://rita:secret@gitlab.test:8443"
ASSIGN = Doing("assigning @ian to", "acme/production", "#42")
READ = Doing("reading the issues of", "acme/production", writes=False)
LABEL = Doing("creating label 'S1' in", "acme/production")


def told(failure: Failure, doing: Doing) -> list[str]:
    return str(explain(failure, doing, SERVER)).split("\n  ")


def answered(status: int, body: object, doing: Doing) -> list[str]:
    return told(Failure("answer", status, server_message(json.dumps(body))), doing)


@pytest.mark.parametrize(
    ("status", "body", "doing", "problem", "remedy"),
    [
        (
            403,
            {"message": "403 Forbidden"},
            ASSIGN,
            "gitlab: assigning @ian to acme/production#42 failed: 403 Forbidden",
            "the token needs the api scope and the Reporter role on acme/production, which must not"
            " be archived: `ima doctor` says which it is",
        ),
        (
            403,
            {"message": "403 Forbidden"},
            READ,
            "gitlab: reading the issues of acme/production failed: 403 Forbidden",
            "the token needs the read_api scope and the Reporter role on acme/production",
        ),
        (
            401,
            {"message": "401 Unauthorized"},
            READ,
            "gitlab: reading the issues of acme/production failed: 401 Unauthorized",
            "the token is wrong, expired or revoked: set IMA_GITLAB_TOKEN to one that is valid",
        ),
        (
            401,
            {"error": "invalid_token", "error_description": "Token is expired."},
            READ,
            "gitlab: reading the issues of acme/production failed: 401 Unauthorized"
            " (invalid_token; Token is expired.)",
            "the token is wrong, expired or revoked: set IMA_GITLAB_TOKEN to one that is valid",
        ),
        (
            403,
            {"error": "insufficient_scope", "error_description": "More privileges."},
            ASSIGN,
            "gitlab: assigning @ian to acme/production#42 failed: 403 Forbidden"
            " (insufficient_scope; More privileges.)",
            "the token needs the api scope: make one that has it",
        ),
        (
            403,
            {"message": "403 Forbidden - Your account has been blocked."},
            READ,
            "gitlab: reading the issues of acme/production failed: 403 Forbidden"
            " (403 Forbidden - Your account has been blocked.)",
            "the token's account is blocked: ask an administrator, or use another account's",
        ),
        (
            403,
            {"message": "The project is archived"},
            ASSIGN,
            "gitlab: assigning @ian to acme/production#42 failed: 403 Forbidden"
            " (The project is archived)",
            "acme/production is archived and can only be read: unarchive it",
        ),
        (
            404,
            {"message": "404 Project Not Found"},
            ASSIGN,
            "gitlab: assigning @ian to acme/production#42 failed: 404 Not Found"
            " (404 Project Not Found)",
            "there is no acme/production, or it is private and the token's account no member",
        ),
        (
            404,
            {"message": "404 Not found"},
            ASSIGN,
            "gitlab: assigning @ian to acme/production#42 failed: 404 Not Found",
            "there is no such thing there, or the token's account may not see it (confidential)",
        ),
        (
            405,
            {"message": "Non GET methods are not allowed for moved projects"},
            ASSIGN,
            "gitlab: assigning @ian to acme/production#42 failed: 405 Method Not Allowed"
            " (Non GET methods are not allowed for moved projects)",
            "if acme/production has moved, write its new path into `tracker:` of policy.yml",
        ),
        (
            409,
            {"message": "Label already exists"},
            LABEL,
            "gitlab: creating label 'S1' in acme/production failed: 409 Conflict"
            " (Label already exists)",
            "change that one, or take another name",
        ),
        (
            409,
            {"message": "409 Conflict: Resource lock"},
            ASSIGN,
            "gitlab: assigning @ian to acme/production#42 failed: 409 Conflict"
            " (409 Conflict: Resource lock)",
            "somebody else was writing: run again",
        ),
        (
            400,
            {"message": {"title": ["is too long", "is odd"], "base": ["No."]}},
            ASSIGN,
            "gitlab: assigning @ian to acme/production#42 failed: 400 Bad Request"
            " (title is too long; title is odd; No.)",
            "GitLab does not take what was sent; what it says is in brackets",
        ),
        (
            422,
            ["spam"],
            ASSIGN,
            "gitlab: assigning @ian to acme/production#42 failed: 422 Unprocessable Entity (spam)",
            "GitLab does not take what was sent; what it says is in brackets",
        ),
        (
            429,
            {"message": {"error": "This endpoint has been requested too many times."}},
            READ,
            "gitlab: reading the issues of acme/production failed: 429 Too Many Requests"
            " (This endpoint has been requested too many times.)",
            "too many requests for this account or address: the rest waits for the next run",
        ),
        (
            500,
            {"message": "500 Internal Server Error"},
            READ,
            "gitlab: reading the issues of acme/production failed: 500 Internal Server Error",
            "GitLab itself failed: run again",
        ),
        (
            502,
            "<html>nginx</html>",
            ASSIGN,
            "gitlab: assigning @ian to acme/production#42 failed: 502 Bad Gateway",
            "GitLab itself failed: it may have been done all the same; the next run looks first",
        ),
        (
            599,
            None,
            READ,
            "gitlab: reading the issues of acme/production failed: 599",
            "GitLab itself failed: run again",
        ),
    ],
)
def test_an_answer_is_explained_in_two_lines(
    status: int, body: object, doing: Doing, problem: str, remedy: str
) -> None:
    assert answered(status, body, doing) == [problem, remedy]


LATER = "it may have been done all the same; the next run looks first"


@pytest.mark.parametrize(
    ("kind", "doing", "reason", "remedy"),
    [
        ("timeout", READ, "no answer from gitlab.test:8443 in time", "it may be busy: run again"),
        ("timeout", ASSIGN, "no answer from gitlab.test:8443 in time", f"it may be busy: {LATER}"),
        ("broken", ASSIGN, "the connection to gitlab.test:8443 broke", f"it happens: {LATER}"),
        (
            "tls",
            READ,
            "the certificate of gitlab.test:8443 cannot be verified",
            "set REQUESTS_CA_BUNDLE to the file with the certificate of its authority",
        ),
        (
            "refused",
            READ,
            "gitlab.test:8443 refuses the connection",
            "check GitLab's address; if it is right, GitLab is down: run again later",
        ),
        (
            "name",
            READ,
            "no such host: gitlab.test:8443",
            "check GitLab's address and this machine's network",
        ),
        (
            "not json",
            READ,
            "gitlab.test:8443 sent a web page instead of data",
            "check GitLab's address; a proxy or a sign-in page may stand in front of it",
        ),
        (
            "redirect",
            READ,
            "gitlab.test:8443 redirects to new.test/a/b",
            "write the new address or the project's new path where the old one stands",
        ),
        (
            "url",
            READ,
            "gitlab.test:8443 is no address of GitLab",
            "write it as https://host.example.com",
        ),
    ],
)
def test_no_answer_is_explained_in_two_lines(
    kind: Kind, doing: Doing, reason: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    said = "new.test/a/b" if kind == "redirect" else ""
    assert told(Failure(kind, said=said), doing) == [f"gitlab: {doing} failed: {reason}", remedy]


def test_a_login_in_the_address_is_never_shown() -> None:
    assert "secret" not in str(explain(Failure("timeout"), READ, SERVER))


POOL = HTTPSConnectionPool("gitlab.test")
LINE = HTTPSConnection("gitlab.test")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.exceptions.SSLError("certificate verify failed"), "tls"),
        (requests.exceptions.ConnectTimeout(), "timeout"),
        (requests.exceptions.ReadTimeout(), "timeout"),
        (requests.ConnectionError(MaxRetryError(POOL, "/", NewConnectionError(LINE, "no"))),
         "refused"),
        (requests.ConnectionError(
            MaxRetryError(POOL, "/", NameResolutionError("x", LINE, gaierror()))), "name"),
        (requests.ConnectionError(ProtocolError("Connection aborted.")), "broken"),
        (requests.exceptions.ChunkedEncodingError(), "broken"),
        (requests.exceptions.InvalidHeader("glpat-secret"), "broken"),
        (UnicodeEncodeError("idna", "gitlab.\u2026", 6, 7, "no"), "url"),
        (requests.exceptions.MissingSchema("gitlab.test"), "url"),
        (requests.exceptions.InvalidURL("x"), "url"),
        (requests.exceptions.TooManyRedirects(), "redirect"),
        (requests.ConnectionError(), "broken"),
        (OSError("Could not find a suitable TLS CA certificate bundle"), "bundle"),
        (FileNotFoundError(2, "No such file or directory"), "bundle"),
        (OSError(24, "Too many open files"), "broken"),
    ],
)  # fmt: skip
def test_what_kept_a_request_from_its_answer(error: Exception, kind: str) -> None:
    assert failure_of(error).kind == kind
    assert "secret" not in failure_of(error).said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"message": "no"}', "no"),
        (b"plain\ntext", "plain text"),
        (b"<html>login</html>", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"message": {"a": {"b": ["c"]}}}', "b c"),
        (b"", ""),
        (b"null", ""),
        (b"[" * 100_000, "[" * 199 + "…"),
        (b'{"odd": "key"}', "odd key"),
        (b'{"message": "\\u001b[31mred\\n\\u202ex"}', "[31mred x"),
    ],
)
def test_what_the_server_says_is_one_harmless_line(body: bytes, said: str) -> None:
    assert server_message(body) == said


Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(Json)
def test_whatever_the_server_says_fits_on_a_line(body: object) -> None:
    said = server_message(json.dumps(body))
    assert len(said) <= 200
    assert "\n" not in said
