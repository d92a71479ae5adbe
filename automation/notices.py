"""What a status page is told, what it shows, and how what is ours is found there again. Pure.

Every post on a page of others carries a mark: the address of its issue, or, where that is not
for the public, a reference that gives nothing away but a number. By it a repeat finds what an
answer that was lost has opened.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from automation.incident import Fact, Incident
from automation.model import OPERATIONAL, Post
from automation.public import gravest, headline, post_of

if TYPE_CHECKING:
    from automation.policy import Policy

_REFERENCE = re.compile(r"\b([0-9]{1,12})-([0-9a-f]{8})\b")
_MARKUP = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a status page can change of an incident that it shows. Data."""

    rename: bool = True  # an update brings the title that it should have by now
    parts: bool = True  # which services it affects
    drifts: bool = False  # people may change it there: it is compared


@dataclass(frozen=True, slots=True)
class Notice:
    """One post, for the page's incident of one issue."""

    ref: str
    post: Post
    title: str  # of the page's incident, as of now
    mark: str
    nth: int = 1  # the first, second, … post with these words on this incident of the page


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a page's incident. A state or status that nobody knows is empty."""

    state: str
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident as the page shows it. ``ref`` is the issue that its mark names, if any."""

    id: str
    title: str = ""
    ref: str = ""
    over: bool = False
    said: tuple[Said, ...] = ()  # the oldest first
    link: str = field(default="", compare=False)

    @property
    def bad(self) -> bool:
        """Does it say last that something does not work?"""
        return bool(self.said) and self.said[-1].status not in ("", OPERATIONAL)

    def times(self, notice: Notice) -> int:
        """How often it says this. A page may change blanks and markup: they are not compared."""
        post = notice.post
        ours = {_bare(post.text), _bare(f"{post.text}{notice.mark}")}
        return sum(
            bool(ours & {_bare(said.text), _bare(_MARKUP.sub("", said.text))})
            for said in self.said
            if (said.state, said.status) == (post.state, post.status)
        )


@dataclass(frozen=True, slots=True)
class PageSeen:
    """What a sweep has seen of the status page."""

    active: tuple[Shown, ...] = ()
    overall: str = ""  # its own status, where that was asked for
    closed: Mapping[str, bool] = field(default_factory=dict)  # issues that were not read whole


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", html.unescape(text)).casefold()


def notice_of(
    incident: Incident, what: str, broadcast: Sequence[str], policy: Policy, can: Abilities
) -> Notice:
    """The notice for the post that the fact called ``what`` remembers."""
    facts = [fact for fact in incident.facts if fact.kind == "published"]
    here = next(index for index, fact in enumerate(facts) if fact.what == what)
    fact = facts[here]
    before = chapter([post_of(each) for each in facts[:here] if each.done])
    post = replace(post_of(fact), broadcast=tuple(broadcast))
    same = [(each.state, each.status, each.text) for each in before]
    return Notice(
        incident.ref,
        post,
        _title([*before, post], policy, can),
        mark_of(incident, policy),
        1 + same.count((post.state, post.status, post.text)),
    )


def _title(said: Sequence[Post], policy: Policy, can: Abilities) -> str:
    """With the gravest status and all services so far. Where it cannot change later it says no
    status, and the services of the first post."""
    if not can.rename:
        return headline(OPERATIONAL, parts_of(said[0].services, policy))
    named = dict.fromkeys(name for post in said for name in post.services)
    return headline(gravest(post.status for post in said), parts_of(named, policy))


def parts_of(services: Iterable[str], policy: Policy) -> list[str]:
    """The names of services as the public knows them."""
    known = policy.services
    return [known[name].component or name if name in known else name for name in services]


def chapter(posts: Sequence[Post]) -> list[Post]:
    """The posts on the page's incident of now: those since the last one that ended it."""
    last = max((index for index, post in enumerate(posts) if post.final), default=-1)
    return list(posts[last + 1 :])


def shown_fact(incident: Incident) -> Fact | None:
    """Where the public reads of it: ``what`` is the page's id, ``by`` the address."""
    return next((fact for fact in reversed(incident.facts) if fact.kind == "shown"), None)


def shown_link(incident: Incident) -> str:
    fact = shown_fact(incident)
    return fact.by if fact else ""


def mark_of(incident: Incident, policy: Policy) -> str:
    """The issue's address, if the public may know it; else a reference."""
    hidden = incident.confidential or incident.security_at is not None
    linked = policy.statusio is not None and policy.statusio.link
    if linked and not hidden and incident.url.startswith(("https://", "http://")):
        return incident.url
    return f"Reference: {reference(policy.project, incident.ref)}"


def reference(project: str, ref: str) -> str:
    """The number of the issue, and a fingerprint by which it is known to be ours."""
    made = hashlib.sha256(f"{project}{ref}".encode()).hexdigest()
    return f"{ref.lstrip('#')}-{made[:8]}"


def ref_in(text: str, project: str, url: str = "") -> str:
    """The issue of ``project`` that a text is marked with, or nothing. ``url`` is the tracker's."""
    text = html.unescape(text)
    server = rf"(?:https?://[^\s/]+|{re.escape(url.rstrip('/')) or '(?!)'})"
    path = rf"/{re.escape(project)}/(?:-/)?(?:issues|work_items)/(?:incident/)?([0-9]+)\b"
    if found := re.search(server + path, text, re.IGNORECASE):
        return f"#{found[1]}"
    for number, _ in _REFERENCE.findall(text):
        if reference(project, f"#{number}") in text:
            return f"#{number}"
    return ""
