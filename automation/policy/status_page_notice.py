"""The notice for the status page, with names of services and projects as the policy has them.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from automation.model.incident import Incident
from automation.model.issue import OPERATIONAL, Post
from automation.model.maintenance import MAINTENANCE, PHASES, window_of
from automation.model.publicity import gravest, headline, post_of, state_of
from automation.model.status_page import Abilities, Notice, posts_since_end, reference
from automation.policy.policy import Policy


def notice_of(
    incident: Incident, what: str, broadcast: Sequence[str], policy: Policy, can: Abilities
) -> Notice:
    """The notice of the post that the fact called ``what`` remembers."""
    planned = state_of(what) in PHASES
    facts = [
        fact
        for fact in incident.facts
        if fact.kind == "published" and (state_of(fact.what) in PHASES) == planned
    ]
    here = next(index for index, fact in enumerate(facts) if fact.what == what)
    fact = facts[here]
    before = posts_since_end([post_of(each) for each in facts[:here] if each.done])
    post = replace(post_of(fact), broadcast=tuple(broadcast))
    same = [(each.state, each.status, each.text) for each in before]
    work = incident.maintenance
    title = _title([*before, post], policy, can)
    return Notice(
        incident.ref,
        post,
        headline(MAINTENANCE, parts_of(post.services, policy)) if planned else title,
        mark_of(incident, policy),
        window_of(work.confirmed) if planned and work and work.confirmed else None,
        1 + same.count((post.state, post.status, post.text)),
    )


def _title(said: Sequence[Post], policy: Policy, can: Abilities) -> str:
    """The title of the incident on the page: the gravest status and all services so far. On a page
    that cannot change a title it has no status, and only the services of the first post."""
    if not can.rename:
        return headline(OPERATIONAL, parts_of(said[0].services, policy))
    named = dict.fromkeys(name for post in said for name in post.services)
    status = gravest(post.status for post in said)
    return headline(status, parts_of(named, policy), policy.words)


def parts_of(services: Iterable[str], policy: Policy) -> list[str]:
    """The names of these services as the public knows them."""
    known = policy.services
    return [known[name].component or name if name in known else name for name in services]


def mark_of(incident: Incident, policy: Policy) -> str:
    """The mark that tells that a post is of this issue: its address if the public may know it, else
    a reference."""
    hidden = incident.confidential or incident.security_at is not None
    linked = policy.statusio is not None and policy.statusio.link
    if linked and not hidden and incident.url.startswith(("https://", "http://")):
        return incident.url
    return f"Reference: {reference(policy.project, incident.ref)}"
