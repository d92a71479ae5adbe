"""What the public knows of an incident: the posts on the status page, kept as facts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from automation.model.facts import Fact
from automation.model.incident import Incident
from automation.model.issue import OPERATIONAL, STATUSES, Post
from automation.model.maintenance import PHASES
from automation.model.team_words import COMMON, TeamWords

SECURITY = "security"  # the role that alone publishes a security incident (P-32)
SECURITY_ISSUE = "Security Issue"  # … and the status that it has then
_GRAVITY = {status: gravity for gravity, status in enumerate(STATUSES)}


def post_name(number: int, state: str, status: str, services: tuple[str, ...]) -> str:
    """A post in one text, the ``what`` of its fact: "2/Monitoring/Operational/web,api"."""
    return f"{number}/{state}/{status}/{','.join(services)}"


def state_of(name: str) -> str:
    """The state in the name of a post."""
    return name.split("/", 3)[1] if name.count("/") > 2 else ""


def post_of(fact: Fact) -> Post:
    """The post that a fact remembers."""
    _, state, status, services = fact.what.split("/", 3)
    named = tuple(services.split(",")) if services else ()
    return Post(fact.at, state, status, fact.text, named, fact.by)


def posts(incident: Incident) -> tuple[Post, ...]:
    """The public updates of an incident, the oldest first; without those of planned work."""
    return tuple(post for post in _posted(incident) if post.state not in PHASES)


def maintenance_posts(incident: Incident) -> tuple[Post, ...]:
    """The posts about planned work, the oldest first (P-56)."""
    return tuple(post for post in _posted(incident) if post.state in PHASES)


def _posted(incident: Incident) -> Iterator[Post]:
    return (post_of(fact) for fact in incident.facts if fact.kind == "published" and fact.done)


def gravest(statuses: Iterable[str]) -> str:
    """The gravest of ``statuses``; Operational where there is none."""
    return max(statuses, key=gravity, default=OPERATIONAL)


def gravity(status: str) -> int:
    """The graver a status, the more."""
    return _GRAVITY.get(status, 0)


def headline(status: str, parts: Sequence[str], words: TeamWords = COMMON) -> str:
    """The public title of an incident, such as "Service Disruption: Web, API"."""
    what = "Incident" if status == OPERATIONAL else words.status(status)
    return f"{what}: {', '.join(parts)}" if parts else what


def withheld(incident: Incident) -> Fact | None:
    """The fact that says why nothing of the incident is posted; None where something was posted
    since."""
    found = None
    for fact in incident.facts:
        if fact.kind == "withheld":
            found = fact
        elif fact.kind == "published":
            found = None
    return found


def is_public(incident: Incident) -> bool:
    """Does the status page show the incident, or has it yet to show its end?"""
    shown = posts(incident)
    return bool(shown) and not (shown[-1].final and incident.resolution)


def follows_policy_sentences(incident: Incident) -> bool:
    """May the policy's sentences be posted for it? For a security incident only while the security
    team publishes it, and at its end (P-32)."""
    if incident.security_at is None or incident.resolution:
        return True
    return incident.status_to_act_by == SECURITY_ISSUE


def moved_update(incident: Incident) -> Fact | None:
    """The fact that moved the time of the next update, since the last post; None if nobody did."""
    shown, fact = posts(incident), incident.found("next update")
    return fact if fact and fact.ends and shown and fact.at >= shown[-1].at else None
