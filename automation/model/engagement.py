"""Who was called and who is here: two facts with two times (P-03). Pure.

A call tells, pages and assigns. An engagement is the person's own act. Both move the roles of an
incident by `with_call` and `with_coming`, when history is judged as well as when it is planned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from automation.model.facts import How, Seat

if TYPE_CHECKING:
    from automation.model.facts import Fact
    from automation.model.incident import Incident

Seats = Mapping[str, Seat]
REPEATED = "r"  # at the end of a page's key: the same call, once more


def with_call(seats: Seats, fact: Fact, nth: int, former: Seat | None = None) -> dict[str, Seat]:
    """The roles once somebody was called: who is here in the role has it until they come; so has
    the ``former`` one of an incident that came back."""
    seat = seats.get(fact.role)
    holder = seat.holder if seat else None
    called = Seat(
        fact.role,
        fact.who,
        since=fact.at,
        how=cast(How, fact.what or "rule"),
        by=fact.by,
        engaged_at=holder.engaged_at if holder else None,
        wants_page=fact.page,
        nth=nth,
        before=holder or former,
    )
    return {**seats, fact.role: called}


def with_coming(seats: Seats, fact: Fact, nth: int) -> dict[str, Seat]:
    """The roles once somebody has come, whether or not they were called; ``nth`` if not."""
    seat = seats.get(fact.role)
    if seat and seat.person == fact.who:
        if seat.here_at:
            return dict(seats)
        here = replace(seat, here_at=fact.at, engaged_at=seat.engaged_at or fact.at, before=None)
        return {**seats, fact.role: here}
    holder = seat.holder if seat else None
    came = Seat(
        fact.role,
        fact.who,
        since=fact.at,
        how="assigned",
        by=fact.by,
        here_at=fact.at,
        engaged_at=(holder.engaged_at if holder else None) or fact.at,
        nth=nth,
    )
    return {**seats, fact.role: came}


def without_call(seats: Seats, role: str) -> dict[str, Seat]:
    """The roles once a call was ended: who was here before stays."""
    rest = {name: seat for name, seat in seats.items() if name != role}
    seat = seats.get(role)
    return {**rest, role: seat.holder} if seat and seat.holder else rest


def holders(seats: Seats) -> Iterator[Seat]:
    """Those who are here, each in their role."""
    return (holder for seat in seats.values() if (holder := seat.holder))


def page_of(incident: Incident, role: str) -> Fact | None:
    """The page of who is called for the role, or has come for it, in this call."""
    seat = incident.seats.get(role)
    ours = (f for f in incident.facts if f.kind == "paged" and f.role == role and f.done)
    return next((f for f in ours if seat and f.what.endswith(f":{seat.nth}")), None)


def paged_at(incident: Incident, role: str) -> datetime | None:
    """When who is called for the role was paged, in this call."""
    page = page_of(incident, role)
    return page.at if page else None


def acknowledged(incident: Incident, role: str) -> Fact | None:
    """Who acknowledged the page of the role in the pager, in this call of it: somebody who fills
    a role. The page of a vacant role, or by anybody else, is none that counts."""
    people = {seat.person for seat in incident.seats.values()}
    return next((fact for fact in answers(incident, role) if fact.who in people), None)


def answers(incident: Incident, role: str) -> list[Fact]:
    """The acknowledgements of the page of the role, in this call of it, whoever made them."""
    if (paged := paged_at(incident, role)) is None:
        return []
    return [
        f for f in incident.facts if f.kind == "acknowledged" and f.role == role and f.at >= paged
    ]


def unanswered(incident: Incident, role: str) -> Fact | None:
    """The page of the role that still calls somebody who is not here."""
    seat = incident.seats.get(role)
    if seat is None or seat.here_at:
        return None
    return page_of(incident, role)


def awaited_since(incident: Incident, role: str) -> datetime | None:
    """Since when the pager has called for the role in vain: whoever acknowledges stops it
    (P-18)."""
    page = unanswered(incident, role)
    if page is None or answers(incident, role) or role in incident.here:
        return None  # who hands the role over has it until then
    return page.at


def here_at(incident: Incident, role: str) -> datetime | None:
    """Since when who has the role has been here."""
    seat = incident.seats.get(role)
    return seat.holder.here_at if seat and seat.holder else None


def holder(incident: Incident, role: str) -> str | None:
    """Who has the role and is here."""
    seat = incident.seats.get(role)
    return seat.holder.person if seat and seat.holder else None


def attended(incident: Incident) -> bool:
    """Is anybody here, or was anybody paged who is called for a role?"""
    return bool(incident.here) or any(paged_at(incident, role) for role in incident.seats)


def who_served(incident: Incident, role: str) -> str:
    """Whose the role was: who has it and is here, else who was here in it last, else who was
    called for it last; nothing where nobody ever was."""
    if seat := incident.here.get(role):
        return seat.person
    for kind in ("engaged", "called"):
        found = [f.who for f in incident.facts if f.kind == kind and f.role == role and f.who]
        if found:
            return found[-1]
    called = incident.seats.get(role)
    return called.person if called else ""
