"""The services of an incident that is lived again: they wake and tell nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime

from automation.model.issue import Ack, Duty, Paper, Sample, Unmeasured
from automation.model.status_page import Abilities
from automation.past.deeds import History
from automation.policy.policy import Service
from automation.records import dataclass
from automation.services import Services
from automation.services.embedded.embedded import LogChat, Outbox, SitePage

Clock = Callable[[], datetime]

Answer = tuple[str, str, Ack]  # the issue, the role, what became of its page


@dataclass(frozen=True, slots=True)
class Duties:
    """Who was on call at a time, and when that changed."""

    at: Callable[[datetime], Mapping[str, Duty | None]]
    next_change: Callable[[datetime], datetime | None]
    before: Callable[[datetime], Mapping[str, tuple[Duty, ...]]]  # the shifts, oldest first


@dataclass
class PastPager:
    """Who was on call, and what people did then with pages."""

    duties: Duties
    clock: Clock
    answers: Sequence[Answer] = ()
    pages: Mapping[str, str] = field(default_factory=dict)  # the issue of those of then, by key
    _paged: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)

    def on_call(self, now: datetime) -> Mapping[str, Duty | None]:
        return self.duties.at(now)

    def page(self, role: str, person: str, key: str, text: str) -> str:
        self._paged.setdefault(key, (role, person, self.clock()))
        return ""

    def acks(self, pages: Mapping[str, str]) -> Mapping[str, Sequence[Ack]]:
        """What they did with a page of the same role, if it came before that."""
        found = {key: self._acks(key) for key in pages}
        return {key: acks for key, acks in found.items() if acks}

    def _acks(self, key: str) -> list[Ack]:
        if key in self._paged:
            role, person, at = self._paged[key]
            issue = f"#{key.partition('#')[2].partition(':')[0]}"
        else:  # the pager's own
            issue, role, person, at = self.pages.get(key, ""), key.split(":")[-2], "", None
        now = self.clock()
        return [
            ack
            for ref, of, ack in self.answers
            if (ref, of) == (issue, role)
            and (role or ack.person == person)
            and (at is None or ack.at >= at)
            and ack.at <= now
        ]

    def logins(self, people: Iterable[str]) -> Mapping[str, str]:
        return {}

    def hush(self, keys: Iterable[str], others: object = None) -> None: ...

    def end(self, keys: Iterable[str], text: str, others: object = None) -> None: ...


@dataclass
class _Documents:
    known: Mapping[str, str]  # the addresses of those of then

    def create(self, paper: Paper) -> str:
        ref = f"#{paper.key.rpartition('#')[2]}"
        return self.known.get(ref, f"past:{paper.key}")


class _Metrics:
    """What was measured then is not kept."""

    def samples(
        self, services: Iterable[Service], now: datetime
    ) -> Mapping[str, Mapping[str, Sequence[Sample] | Unmeasured]]:
        return {}


class _Page(SitePage):
    def __init__(self, outbox: Outbox, project: str, can: Abilities) -> None:
        super().__init__(outbox, project)
        self.can = replace(can, drifts=False)


def past_services(
    project: str,
    page_can: Abilities,
    duties: Duties,
    clock: Clock,
    then: History,
) -> Services:
    """All of them, for one life."""
    outbox = Outbox(None, clock)
    page = _Page(outbox, project, page_can)
    pager = PastPager(duties, clock, then.answers, then.pages)
    return Services(pager, LogChat(outbox), _Documents(then.documents), page, _Metrics())
