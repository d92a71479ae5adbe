"""What a status page is told, what it shows, and how IMA finds its own posts there again. Pure.

Each post on another system's page carries a mark: the address of its issue or, where the public
must not know that, a reference that tells only a number. By the mark a retry finds what was opened
though its answer was lost.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Annotated

from automation.model.incident import Fact, Incident
from automation.model.issue import OPERATIONAL, Post
from automation.model.maintenance import Window
from automation.records import dataclass

_REFERENCE = re.compile(r"\b([0-9]{1,12})-([0-9a-f]{8})\b")
_MARKUP = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a status page can do with an incident that it shows. The sentences stand in
    docs/services.md."""

    rename: Annotated[bool, "an update changes its title"] = True
    parts: Annotated[bool, "an update changes the services that it affects"] = True
    levels: Annotated[bool, "each component has a level of its own"] = True
    last_words: Annotated[bool, "one that has ended takes further words"] = True
    reschedules: Annotated[bool, "the times of planned work move with the issue"] = True
    passes_on: Annotated[bool, "it passes posts on to subscribers"] = False
    drifts: Annotated[bool, "people may change it there, so each sweep compares it"] = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One post for the incident that the page has for an issue."""

    ref: str
    post: Post
    title: str  # of the page's incident, as of now
    mark: str
    window: Window | None = None  # of planned work, which is no incident there (P-56)
    nth: int = 1  # the first, second, … post with these words on this incident of the page


@dataclass(frozen=True, slots=True)
class PageMessage:
    """One message of an incident on the page. A state or status that IMA does not know is ""."""

    state: str
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class PageIncident:
    """An incident as the page shows it. ``ref`` is the issue that its mark names, "" if it names
    none."""

    id: str
    title: str = ""
    ref: str = ""
    over: bool = False
    said: tuple[PageMessage, ...] = ()  # the oldest first
    link: str = field(default="", compare=False)

    @property
    def bad(self) -> bool:
        """Does the last message say that something does not work?"""
        return bool(self.said) and self.said[-1].status not in ("", OPERATIONAL)

    def times(self, notice: Notice) -> int:
        """How often the incident has this message. Blanks and markup are not compared: a page may
        change them."""
        post = notice.post
        ours = {_bare(post.text), _bare(f"{post.text}{notice.mark}")}
        return sum(
            bool(ours & {_bare(said.text), _bare(_MARKUP.sub("", said.text))})
            for said in self.said
            if (said.state, said.status) == (post.state, post.status)
        )


@dataclass(frozen=True, slots=True)
class StatusPageRead:
    """What a sweep has read of the status page."""

    active: tuple[PageIncident, ...] = ()
    overall: str = ""  # the status of the whole page, where that was asked for
    # Is the issue closed? For issues that the page names and that this pass did not judge.
    closed: Mapping[str, bool] = field(default_factory=dict)


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", _unescaped(text)).casefold()


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    import html  # two thousand names of signs

    return html.unescape(text)


def posts_since_end(posts: Sequence[Post]) -> list[Post]:
    """The posts on the incident that the page has now: those after the last one that ended one."""
    last = max((index for index, post in enumerate(posts) if post.final), default=-1)
    return list(posts[last + 1 :])


def shown_fact(incident: Incident) -> Fact | None:
    """The fact that says where the public reads of the incident: ``what`` is its id on the page,
    ``by`` the address. None where it does not."""
    return next((fact for fact in reversed(incident.facts) if fact.kind == "shown"), None)


def shown_link(incident: Incident) -> str:
    """The address where the public reads of the incident; "" where it does not."""
    fact = shown_fact(incident)
    return fact.by if fact else ""


def reference(project: str, ref: str) -> str:
    """The number of an issue, with a fingerprint that tells whether the reference is ours."""
    made = hashlib.sha256(f"{project}{ref}".encode()).hexdigest()
    return f"{ref.lstrip('#')}-{made[:8]}"


def ref_in(text: str, project: str, url: str = "") -> str:
    """The issue of ``project`` that a text is marked with; "" if it is with none. ``url`` is the
    address of the tracker."""
    text = _unescaped(text)
    server = rf"(?:https?://[^\s/]+|{re.escape(url.rstrip('/')) or '(?!)'})"
    path = rf"/{re.escape(project)}/(?:-/)?(?:issues|work_items)/(?:incident/)?([0-9]+)\b"
    if found := re.search(server + path, text, re.IGNORECASE):
        return f"#{found[1]}"
    for number, _ in _REFERENCE.findall(text):
        if reference(project, f"#{number}") in text:
            return f"#{number}"
    return ""
