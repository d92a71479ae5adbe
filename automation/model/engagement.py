"""Who was called for a role, and who is here: two facts with two times (P-03). Pure.

A call tells, pages and assigns somebody. An engagement is that person's own act. Both change the
seats of an incident by `with_call` and `with_coming`, when history is judged as well as when it is
planned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

from automation.model.facts import How, Seat
from automation.model.replacing import replace

if TYPE_CHECKING:
    from automation.model.facts import Fact
    from automation.model.incident import Incident

Seats = Mapping[str, Seat]
BY_COMMENT = "comment"  # what a page is called that the pager does not make: a comment calls
REPEATED = "r"  # the end of a page's key where the same call is paged once more


def with_call(seats: Seats, fact: Fact, nth: int, former: Seat | None = None) -> dict[str, Seat]:
    """The seats once somebody was called. Whoever has the role and is here keeps it until they
    come; so does the ``former`` one of an incident that came back. ``nth`` counts the calls of the
    role."""
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
    """The seats once somebody has come, called or not. ``nth`` counts the calls of the role, for
    somebody who was not called."""
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
    """The seats once a call was ended: whoever was here before keeps the role."""
    rest = {name: seat for name, seat in seats.items() if name != role}
    seat = seats.get(role)
    return {**rest, role: seat.holder} if seat and seat.holder else rest


def holders(seats: Seats) -> Iterator[Seat]:
    """The seats of those who are here."""
    return (holder for seat in seats.values() if (holder := seat.holder))


def page_of(incident: Incident, role: str) -> Fact | None:
    """The page of this very call of the role, once it was made; else None."""
    seat = incident.seats.get(role)
    ours = (f for f in incident.facts if f.kind == "paged" and f.role == role and f.done)
    return next((f for f in ours if seat and f.what.endswith(f":{seat.nth}")), None)


def paged_at(incident: Incident, role: str) -> datetime | None:
    """When the page of this very call of the role was made; else None."""
    page = page_of(incident, role)
    return page.at if page else None


def acknowledged(incident: Incident, role: str) -> Fact | None:
    """The acknowledgement of the page of the role, in this very call, by somebody who has a seat.
    One by anybody else does not count."""
    people = {seat.person for seat in incident.seats.values()}
    return next((fact for fact in answers(incident, role) if fact.who in people), None)


def unheard(incident: Incident, page: Fact) -> bool:
    """Has this page woken nobody, though the pager has taken it?"""
    return incident.found("unheard", page.what) is not None


def answers(incident: Incident, role: str) -> list[Fact]:
    """The acknowledgements of the page of the role, in this very call, by whomever."""
    if (paged := paged_at(incident, role)) is None:
        return []
    return [
        f for f in incident.facts if f.kind == "acknowledged" and f.role == role and f.at >= paged
    ]


def unanswered(incident: Incident, role: str) -> Fact | None:
    """The page of the role that still calls somebody who is not here; else None."""
    seat = incident.seats.get(role)
    if seat is None or seat.here_at:
        return None
    return page_of(incident, role)


def awaited_since(incident: Incident, role: str) -> datetime | None:
    """Since when the pager has called for the role without an answer; None where it does not. Any
    acknowledgement stops it (P-18)."""
    page = unanswered(incident, role)
    if page is None or answers(incident, role) or role in incident.here:
        return None  # whoever hands the role over has it until then
    return page.at


def here_at(incident: Incident, role: str) -> datetime | None:
    """Since when the person who has the role is here; None where nobody is."""
    seat = incident.seats.get(role)
    return seat.holder.here_at if seat and seat.holder else None


def holder(incident: Incident, role: str) -> str | None:
    """The login of whoever has the role and is here; else None."""
    seat = incident.seats.get(role)
    return seat.holder.person if seat and seat.holder else None


def attended(incident: Incident) -> bool:
    """Is anybody here, or was anybody paged who is called for a role?"""
    return bool(incident.here) or any(paged_at(incident, role) for role in incident.seats)


def who_served(incident: Incident, role: str) -> str:
    """The login of the person whose role it was: who has it and is here, else who was here in it
    last, else who was called for it last; "" if nobody ever was."""
    if seat := incident.here.get(role):
        return seat.person
    for kind in ("engaged", "called"):
        found = [f.who for f in incident.facts if f.kind == kind and f.role == role and f.who]
        if found:
            return found[-1]
    called = incident.seats.get(role)
    return called.person if called else ""
