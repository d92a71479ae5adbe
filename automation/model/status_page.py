"""What a status page is told, what it shows, and how what is ours is found there again. Pure.

Every post on a page of others carries a mark: the address of its issue, or, where that is not
for the public, a reference that gives nothing away but a number. By it a repeat finds what an
answer that was lost has opened.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from automation.model.incident import Fact, Incident
from automation.model.issue import OPERATIONAL, Post
from automation.model.maintenance import Window

_REFERENCE = re.compile(r"\b([0-9]{1,12})-([0-9a-f]{8})\b")
_MARKUP = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a status page can change of an incident that it shows. Data."""

    rename: bool = True  # an update brings the title that it should have by now
    parts: bool = True  # which services it affects
    drifts: bool = False  # people may change it there: it is compared
    last_words: bool = True  # what has ended there may still be added to


@dataclass(frozen=True, slots=True)
class Notice:
    """One post, for the page's incident of one issue."""

    ref: str
    post: Post
    title: str  # of the page's incident, as of now
    mark: str
    window: Window | None = None  # of planned work, which is no incident there (P-56)
    nth: int = 1  # the first, second, … post with these words on this incident of the page


@dataclass(frozen=True, slots=True)
class PageMessage:
    """One message of a page's incident. A state or status that nobody knows is empty."""

    state: str
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class PageIncident:
    """An incident as the page shows it. ``ref`` is the issue that its mark names, if any."""

    id: str
    title: str = ""
    ref: str = ""
    over: bool = False
    said: tuple[PageMessage, ...] = ()  # the oldest first
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

    active: tuple[PageIncident, ...] = ()
    overall: str = ""  # its own status, where that was asked for
    closed: Mapping[str, bool] = field(default_factory=dict)  # issues that were not read whole


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", html.unescape(text)).casefold()


def posts_since_end(posts: Sequence[Post]) -> list[Post]:
    """The posts on the page's incident of now: those since the last one that ended it."""
    last = max((index for index, post in enumerate(posts) if post.final), default=-1)
    return list(posts[last + 1 :])


def shown_fact(incident: Incident) -> Fact | None:
    """Where the public reads of it: ``what`` is the page's id, ``by`` the address."""
    return next((fact for fact in reversed(incident.facts) if fact.kind == "shown"), None)


def shown_link(incident: Incident) -> str:
    fact = shown_fact(incident)
    return fact.by if fact else ""


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
