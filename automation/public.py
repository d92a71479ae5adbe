"""What the public knows of an incident: the posts on the status page, kept as facts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automation.facts import Fact
from automation.model import Post

if TYPE_CHECKING:
    from automation.incident import Incident


def post_name(number: int, state: str, status: str, services: tuple[str, ...]) -> str:
    """A post as the ``what`` of its fact: "2/Monitoring/Operational/web,api"."""
    return f"{number}/{state}/{status}/{','.join(services)}"


def post_of(fact: Fact) -> Post:
    """The post that a fact remembers."""
    _, state, status, services = fact.what.split("/", 3)
    named = tuple(services.split(",")) if services else ()
    return Post(fact.at, state, status, fact.text, named, fact.by)


def posts(incident: Incident) -> tuple[Post, ...]:
    """The public updates of an incident, the oldest first."""
    return tuple(post_of(fact) for fact in incident.facts if fact.kind == "published" and fact.done)


def withheld(incident: Incident) -> Fact | None:
    """Why nothing of it is posted, unless something was posted since."""
    found = None
    for fact in incident.facts:
        if fact.kind == "withheld":
            found = fact
        elif fact.kind == "published":
            found = None
    return found


def is_public(incident: Incident) -> bool:
    """Is it on the status page now?"""
    shown = posts(incident)
    return bool(shown) and not shown[-1].final
