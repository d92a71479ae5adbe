"""Where the status page and the issues do not agree, and what the page cannot follow. Pure.

What stands in a plan is going to be told to the page: it is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from automation.changes.comments import Say
from automation.model.incident import Fact, Incident, Note
from automation.model.issue import OPERATIONAL
from automation.model.publicity import is_public, posts
from automation.model.status_page import PageIncident, StatusPageRead, posts_since_end, shown_fact
from automation.planning.finding import Finding
from automation.planning.plan import Snapshot
from automation.policy.planning_input import Context
from automation.policy.status_page_notice import parts_of
from automation.text.escaping import clean

FOLLOWED = {"rule": "page-follows", "why": "What the status page cannot follow, people do. (P-30)"}
_LONGEST = 80  # characters of a title that somebody typed there


def tell_unknown_services(incident: Incident, ctx: Context) -> Iterator[Say]:
    """Where the status page cannot change the services of an incident, tell the owner so, once for
    each set of services."""
    page, shown = shown_fact(incident), posts_since_end(posts(incident))
    if ctx.page_can.parts or not (page and shown and incident.owner) or incident.resolution:
        return
    now, there = tuple(sorted(incident.services)), shown[0].services
    if now == there:
        return
    values = {
        "whom": incident.owner,
        "shown": ", ".join(parts_of(there, ctx.policy)),
        "now": ", ".join(parts_of(now, ctx.policy)),
        "link": page.by,
        "renamed": "yes" if ctx.page_can.rename else "",
    }
    note = Note(f"page parts:{','.join(now)}", "page_parts", tuple(values.items()))
    yield Say(ref=incident.ref, note=note, **FOLLOWED)


def drift_findings(snapshot: Snapshot, world: Mapping[str, Incident]) -> Iterator[Finding]:
    """Where page and issues contradict each other so that only a person can put it right. Each
    sweep says it while it is so, and never on the issue."""
    if (seen := snapshot.status_page) is None:
        return
    still = {ref: i for ref, i in world.items() if not _will_post(snapshot.incidents.get(ref), i)}
    for shown in seen.active:
        if shown.ref in still or shown.ref not in world:
            yield from _findings_of_shown(shown, still.get(shown.ref), seen)
    there = {shown.ref for shown in seen.active}
    for ref, incident in still.items():
        if ref not in there and _should_show(incident):
            status = snapshot.ctx.policy.words.status(posts(incident)[-1].status)
            what = f"{ref} is public and {status}, but not on the status page"
            text = f"{what}: did somebody end it there? `/ima publish TEXT` opens it"
            yield Finding(text, ref, key=f"page:{ref}", grave=True)
    if seen.overall == OPERATIONAL:
        refs = ", ".join(shown.ref for shown in seen.active if shown.ref and shown.bad)
        yield Finding(f"the status page as a whole says {OPERATIONAL} while it shows {refs}: look")


def _will_post(before: Incident | None, after: Incident) -> bool:
    """Does the plan post something on the status page? Then the page is not compared."""
    return _published(after) != (_published(before) if before else ())


def _published(incident: Incident) -> tuple[Fact, ...]:
    return tuple(fact for fact in incident.facts if fact.kind == "published")


def _should_show(incident: Incident) -> bool:
    """Must the status page show the incident as going on? Where its last post says that all works,
    it need not."""
    if not is_public(incident) or incident.resolution or posts(incident)[-1].final:
        return False
    return posts(incident)[-1].status != OPERATIONAL


def _findings_of_shown(
    shown: PageIncident, incident: Incident | None, seen: StatusPageRead
) -> Iterator[Finding]:
    """What is wrong about an incident that the page shows as going on. ``incident`` is None where
    no pass has read its issue, or where there is none."""
    name = f"“{clean(shown.title)[:_LONGEST]}”" + (f" ({shown.link})" if shown.link else "")
    if not shown.ref:
        what = f"the status page also shows {name}, which is of no issue here"
        yield Finding(f"{what}: leave it to who posted it, or `ima declare` it")
    elif incident is None and shown.ref not in seen.closed:
        what = f"the status page shows {name} of {shown.ref}, and there is no such issue"
        yield Finding(f"{what}: end it there", shown.ref)
    elif incident.resolution is not None if incident else seen.closed[shown.ref]:
        what = f"the status page still shows {name}, but {shown.ref} is resolved"
        yield Finding(f"{what}: end it there", shown.ref)
    elif incident and not posts(incident):
        what = f"the status page shows {name} of {shown.ref}, whose card knows of no post"
        yield Finding(f"{what}: `/ima publish TEXT` goes on with it", shown.ref)
