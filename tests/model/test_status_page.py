"""What a status page is told of an incident, and the mark by which it is found again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automation.model.incident import Fact, Incident
from automation.model.issue import Post
from automation.model.publicity import post_name
from automation.model.status_page import (
    Abilities,
    Notice,
    PageIncident,
    PageMessage,
    posts_since_end,
    ref_in,
    reference,
)
from automation.policy.outside_services import StatusPageSettings
from automation.policy.policy import Policy
from automation.policy.status_page_notice import mark_of, notice_of, parts_of
from tests.build import at
from tests.worlds import shipped

case = pytest.param
URL = "https://gitlab.example/acme/production/-/issues/42"
ON_STATUS_IO = StatusPageSettings(kind="status.io", page="p")
BASE = replace(
    shipped().policy(None).with_tracker(project="acme/production"), status_page=ON_STATUS_IO
)
INCIDENT = Incident(
    ref="#42", title="Initech is down", kind="incident", author=None, opened_at=at(0), url=URL
)
LASTING = Abilities(rename=False, parts=False)


def published(*posts: tuple[str, str, str, str], undone: int = 0) -> Incident:
    """An incident with posts: state, status, services, text; the last are only about to be."""
    facts = tuple(
        Fact(
            "published",
            at(n),
            what=f"{n}/{state}/{status}/{services}",
            text=text,
            done=n <= len(posts) - undone,
        )
        for n, (state, status, services, text) in enumerate(posts, 1)
    )
    return replace(INCIDENT, facts=facts)


def last(incident: Incident, can: Abilities = LASTING) -> Notice:
    return notice_of(incident, incident.facts[-1].what, ("email",), BASE, can)


@pytest.mark.parametrize(
    ("incident", "policy", "hidden"),
    [
        case({}, {}, False, id="its address"),
        case({"confidential": True}, {}, True, id="confidential"),
        case({"security_at": at(1)}, {}, True, id="security, before it is shut in"),
        case({"url": "local:acme/production#42"}, {}, True, id="the embedded tracker"),
        case({}, {"status_page": replace(ON_STATUS_IO, link=False)}, True, id="link: false"),
        case({}, {"status_page": StatusPageSettings(kind="site")}, True, id="another page"),
    ],
)
def test_the_mark(incident: Any, policy: Any, hidden: bool) -> None:
    of: Policy = replace(BASE, **policy)
    mark = mark_of(replace(INCIDENT, **incident), of)
    assert mark == (f"Reference: {reference(of.project, '#42')}" if hidden else URL)
    assert ref_in(f"We look.\n\n{mark}", of.project) == "#42"
    assert not hidden or "acme" not in mark


A = ("Investigating", "Service Disruption", "web", "We look.")
B = ("Investigating", "Degraded Performance", "api,web", "We look.")
END = ("Resolved", "Operational", "web", "Over.")


@pytest.mark.parametrize(
    ("posts", "nth"),
    [
        case([A], 1, id="the first"),
        case([A, B], 1, id="another status"),
        case([A, A], 2, id="the same words again"),
        case([A, B, A], 2, id="with others between"),
        case([A, A, END, A], 1, id="after the end the page has a new one"),
    ],
)
def test_the_so_manieth_with_these_words(posts: Any, nth: int) -> None:
    assert last(published(*posts)).nth == nth


def test_what_was_not_made_does_not_count() -> None:
    assert last(published(A, A, undone=2)).nth == 1


def test_nothing_of_the_issue_is_in_it() -> None:
    notice = last(published(A))
    assert "Initech" not in repr(notice)
    assert notice.post == Post(
        at(1), "Investigating", "Service Disruption", "We look.", ("web",), "", ("email",)
    )


@pytest.mark.parametrize(
    ("can", "posts", "title"),
    [
        case(LASTING, [B], "Incident: API, Web", id="lasting"),
        case(LASTING, [A, B], "Incident: Web", id="as it was opened"),
        case(LASTING, [A, END, B], "Incident: API, Web", id="opened anew"),
        case(LASTING, [("Investigating", "Operational", "", "x")], "Incident", id="of nothing"),
        case(Abilities(), [A, B], "Service Disruption: Web, API", id="it can be renamed"),
    ],
)
def test_the_title(can: Abilities, posts: Any, title: str) -> None:
    assert last(published(*posts), can).title == title


def test_a_service_that_the_policy_does_not_know_keeps_its_name() -> None:
    assert parts_of(["web", "gone"], BASE) == ["Web", "gone"]


def test_chapters() -> None:
    posts = [Post(at(n), state, "x", "") for n, state in enumerate(("a", "Resolved", "b", "c"))]
    assert [post.state for post in posts_since_end(posts)] == ["b", "c"]
    assert posts_since_end(posts[:2]) == []


@pytest.mark.parametrize(
    ("text", "same"),
    [
        case(f"If a<b & c>d: wait!\n\n{URL}", True, id="as it was sent"),
        case("If a<b & c>d: wait!", True, id="without the mark"),
        case(f"<p>If a&lt;b &amp; c&gt;d:  wait!</p> <a href='x'>{URL}</a>", True, id="as HTML"),
        case(f"If a<b & c>d: wait! More.\n\n{URL}", False, id="more"),
        case("", False, id="nothing"),
    ],
)
def test_the_same_words(text: str, same: bool) -> None:
    post = Post(at(0), "Investigating", "Operational", "If a<b & c>d: wait!")
    notice = Notice("#42", post, "", URL)
    said = (
        PageMessage("Investigating", "Operational", text),
        PageMessage("Investigating", "", text),
        PageMessage("Monitoring", "Operational", text),
    )
    assert PageIncident("1", said=said).times(notice) == same


def test_the_name_of_a_post() -> None:
    assert published(A).facts[0].what == post_name(1, *A[:2], ("web",))
