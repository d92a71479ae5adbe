"""Every way in which GitHub can say no, as the two lines that a person reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.http.answers import SAID_MOST, Failure, Kind
from automation.text.escaping import clean
from automation.trackers.action_in_words import Doing
from automation.trackers.github.errors import explain, said_in

SERVER = "https://rita:secret@api.github.test"
ASSIGN = Doing("assigning @ian to", "acme/production", "#42")
READ = Doing("reading the issues of", "acme/production", writes=False)
LABEL = Doing("creating label 'S1' in", "acme/production")
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes."


def told(failure: Failure, doing: Doing) -> list[str]:
    return str(explain(failure, doing, SERVER)).split("\n  ")


@pytest.mark.parametrize(
    ("status", "message", "doing", "remedy"),
    [
        (401, "Bad credentials", READ, "is wrong, expired or revoked: set IMA_GITHUB_TOKEN"),
        (403, "Resource not accessible by integration", ASSIGN, "`permissions: issues: write`"),
        (403, "Resource not accessible by integration", READ, "`permissions: issues: read`"),
        (
            403,
            "Resource not accessible by personal access token",
            ASSIGN,
            "give the fine-grained token Issues: read and write on acme/production",
        ),
        (403, "Must have admin rights to Repository.", READ, "needs the Write role on acme/prod"),
        (
            403,
            "Must have push access to view collaborator permission.",
            READ,
            "needs the Write role",
        ),
        (403, "Repository was archived so is read-only.", ASSIGN, "archived and can only be read"),
        (403, "Resource protected by organization SAML enforcement.", READ, "single sign-on"),
        (403, "Unable to create comment because issue is locked.", ASSIGN, "it is locked: unlock"),
        (403, "Sorry. Your account was suspended.", READ, "use another account's token"),
        (451, "Repository access blocked", READ, "use another account's token"),
        (404, "Not Found", READ, "there is no acme/production, or it is private and the token"),
        (404, "Not Found", ASSIGN, "there is no such thing there, or the token may not see it"),
        (410, "Issues are disabled for this repo", READ, "turn the issues of acme/production on"),
        (410, "This issue was deleted", ASSIGN, "it was deleted: nothing is left to do"),
        (422, "Validation Failed", ASSIGN, "what it says is in brackets"),
        (500, "", READ, "GitHub itself failed: run again"),
        (502, "", ASSIGN, "it may have been done all the same; the next run looks first"),
    ],
)
def test_an_answer_says_what_to_do(status: int, message: str, doing: Doing, remedy: str) -> None:
    problem, advice = told(Failure("answer", status, said_in({"message": message})), doing)
    assert problem.startswith(f"github: {doing} failed: {status}")
    assert remedy in advice


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("API rate limit exceeded for user ID 1.", "the token's requests of this hour are used up"),
        (SECONDARY, "too many requests in too short a time"),
    ],
)
@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_is_not_taken_for_a_permission(status: int, said: str, remedy: str) -> None:
    _, advice = told(Failure("answer", status, said, 60, True), READ)
    assert remedy in advice
    assert "the rest waits for the next run" in advice


@pytest.mark.parametrize(
    ("kind", "problem", "remedy"),
    [
        ("timeout", "no answer from api.github.test in time", "run again"),
        ("tls", "certificate of api.github.test", "REQUESTS_CA_BUNDLE"),
        ("refused", "api.github.test refuses the connection", "GitHub is down"),
        ("name", "no such host: api.github.test", "GitHub's address"),
        ("broken", "the connection to api.github.test broke", "run again"),
        ("not json", "sent a web page instead of data", "a proxy"),
        ("redirect", "acme/production has been renamed", "tracker: {project: owner/name}"),
        ("url", "api.github.test is no address of GitHub", "write it as https://"),
    ],
)
def test_no_answer_says_what_to_do(kind: Kind, problem: str, remedy: str) -> None:
    first, second = told(Failure(kind), READ)
    assert problem in first
    assert remedy in second
    assert "secret" not in first + second


def test_a_moved_issue_is_told_from_a_renamed_repository() -> None:
    problem, _ = told(Failure("redirect", said="api.github.test/repositories/1/issues/7"), ASSIGN)
    assert problem.endswith("failed: it has moved to another repository")


@pytest.mark.parametrize("status", [500, 503])
def test_whether_github_is_away_is_known(status: int) -> None:
    assert explain(Failure("answer", status), READ, SERVER).tracker_away
    assert not explain(Failure("answer", 403), READ, SERVER).tracker_away


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "Not Found", "documentation_url": "https://docs"}, "Not Found"),
        (
            {
                "message": "Validation Failed",
                "errors": [
                    {"resource": "Issue", "field": "assignees", "code": "invalid", "value": "x"},
                    {"resource": "Label", "field": "name", "code": "already_exists"},
                ],
            },
            "Validation Failed; assignees invalid x; name already_exists",
        ),
        (
            {
                "message": "Validation Failed",
                "errors": [{"code": "custom", "message": "body is too long"}, "and more"],
            },
            "Validation Failed; body is too long; and more",
        ),
        ({"message": "Validation Failed", "errors": "none"}, "Validation Failed"),
        ([], ""),
        (None, ""),
    ],
)
def test_what_github_says_is_one_line(body: object, said: str) -> None:
    assert said_in(body) == said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("errors"), inner),
)


@given(st.dictionaries(st.sampled_from(["message", "errors"]), JSON))
def test_whatever_it_says_is_short_and_without_control_characters(body: dict[str, object]) -> None:
    said = said_in(body)
    assert len(said) <= SAID_MOST
    assert said == clean(said)
