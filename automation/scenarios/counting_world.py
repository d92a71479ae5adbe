"""The world of a scenario, counting writes: it can kill a pass, and let services fail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field, replace
from datetime import datetime

from automation.errors import ServiceError
from automation.model.issue import (
    Ack,
    Capabilities,
    Draft,
    Duty,
    Fate,
    Happened,
    Head,
    Issue,
    Label,
    Paper,
    Sample,
    Unmeasured,
    Update,
)
from automation.model.status_page import Notice, PageIncident
from automation.policy.policy import Service
from automation.records import dataclass
from automation.services import (
    Chat,
    Documents,
    Metrics,
    Pager,
    StatusPage,
    Theirs,
    WokeNobody,
    nobodys,
)
from automation.stored_state.dashboard import Row
from automation.trackers import Tracker, anything

IN_VAIN = "does not wake "  # how a pager answers that takes pages and calls somebody in vain


class KilledInTheMiddle(BaseException):
    """The job was killed: nothing of ours may catch it."""


@dataclass
class CallMeter:
    """Counts writes; kills at the next one after ``most``."""

    writes: int = 0
    most: int | None = None
    failing: dict[str, object] = field(default_factory=dict)  # service: how it answers
    wrote: Callable[[], None] = lambda: None  # hears of each write

    def write(self, service: str) -> None:
        self.reach(service)
        self.count()

    def count(self) -> None:
        """One more write; the last one, if the pass is to die."""
        if self.most is not None and self.writes >= self.most:
            raise KilledInTheMiddle
        self.writes += 1
        self.wrote()

    def reach(self, service: str) -> None:
        """Any call of a service that fails, fails."""
        answer = self.failing.get(service)
        if answer is not None and not str(answer).startswith(IN_VAIN):
            error = ServiceError(f"{service}: answered {answer}", "run again when it is back")
            error.tracker_away = service == "tracker"
            raise error


class CountingTracker:
    """A tracker whose writes are counted."""

    def __init__(self, tracker: Tracker, meter: CallMeter) -> None:
        self._tracker, self._meter = tracker, meter
        self.project = tracker.project

    @property
    def can(self) -> Capabilities:
        return replace(self._tracker.can, writers=1)  # a pass dies at a certain write

    @can.setter
    def can(self, can: Capabilities) -> None:
        self._tracker.can = can

    def renew(self, tracker: Tracker) -> None:
        """Go on with another connection."""
        self._tracker = tracker

    def me(self) -> str:
        return self._tracker.me()

    def left_out(self) -> Mapping[str, ServiceError]:
        return self._tracker.left_out()

    def time(self) -> datetime | None:
        return self._tracker.time()

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        return self._tracker.outsiders(logins)

    def issues(
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: dict[str, Exception] | None = None,
    ) -> list[Issue]:
        self._meter.reach("tracker")
        return self._tracker.issues(refs, closed_since=closed_since, unreadable=unreadable)

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        self._meter.reach("tracker")
        return self._tracker.heads(since, closed_since=closed_since)

    def moved_issue(self, ref: str) -> Issue | None:
        self._meter.reach("tracker")
        return self._tracker.moved_issue(ref)

    def fate(self, ref: str) -> Fate:
        self._meter.reach("tracker")
        return self._tracker.fate(ref)

    def dashboard(self, prefers: Callable[[Issue], bool] = anything) -> Issue | None:
        self._meter.reach("tracker")
        return self._tracker.dashboard(prefers)

    def dashboard_of_another(self, ours: Callable[[Issue], bool]) -> Issue | None:
        self._meter.reach("tracker")
        return self._tracker.dashboard_of_another(ours)

    def also_us(self, accounts: Iterable[str]) -> None:
        self._tracker.also_us(accounts)

    def open(self, draft: Draft) -> str:
        self._meter.write("tracker")
        return self._tracker.open(draft)

    def update(self, ref: str, update: Update) -> None:
        self._meter.write("tracker")
        self._tracker.update(ref, update)

    def unassigned(self, ref: str) -> tuple[str, ...]:
        return self._tracker.unassigned(ref)

    def edited_by(self, ref: str, comment: str) -> str | None:
        return self._tracker.edited_by(ref, comment)

    def description_edited_at(self, ref: str) -> datetime | None:
        return self._tracker.description_edited_at(ref)

    def exposed(self, ref: str) -> str:
        return self._tracker.exposed(ref)

    def renamed(self) -> Mapping[str, str]:
        return self._tracker.renamed()

    def show_severity(self, ref: str, severity: str) -> None:
        self._meter.write("tracker")
        self._tracker.show_severity(ref, severity)

    def record(self, ref: str, happened: Sequence[Happened], links: Mapping[str, str]) -> None:
        self._meter.write("tracker")
        self._tracker.record(ref, happened, links)

    def comment(self, ref: str, body: str) -> str:
        self._meter.write("tracker")
        return self._tracker.comment(ref, body)

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        self._meter.write("tracker")
        self._tracker.edit_comment(ref, comment, body)

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        self._meter.write("tracker")
        self._tracker.edit(ref, title=title, body=body)

    def receipt(self, ref: str, comment: str) -> None:
        self._meter.write("tracker")
        self._tracker.receipt(ref, comment)

    def link(self, ref: str, other: str) -> None:
        self._meter.write("tracker")
        self._tracker.link(ref, other)

    def labels(self) -> list[Label]:
        return self._tracker.labels()

    def also_ours(self, names: Collection[str]) -> None:
        self._tracker.also_ours(names)

    def label_memory(self, seen: Iterable[str]) -> Mapping[str, Row]:
        return self._tracker.label_memory(seen)

    def create_label(self, label: Label) -> None:
        self._meter.write("tracker")
        self._tracker.create_label(label)

    def change_label(self, name: str, label: Label) -> None:
        self._meter.write("tracker")
        self._tracker.change_label(name, label)

    def delete_label(self, name: str) -> None:
        self._meter.write("tracker")
        self._tracker.delete_label(name)

    def exclusive(self) -> AbstractContextManager[None]:
        return self._tracker.exclusive()

    def close(self) -> None:
        self._tracker.close()


class CountingPager:
    """A pager whose pages are counted."""

    def __init__(self, pager: Pager, meter: CallMeter) -> None:
        self._pager, self._meter = pager, meter

    def on_call(self, now: datetime) -> Mapping[str, Duty | None]:
        self._meter.reach("pagerduty")
        return self._pager.on_call(now)

    def page(self, role: str, person: str, key: str, text: str) -> str:
        self._meter.write("pagerduty")
        number = self._pager.page(role, person, key, text)
        if self._meter.failing.get("pagerduty") == f"{IN_VAIN}{person}":
            raise WokeNobody("pagerduty: it woke nobody", "call them yourself", number)
        return number

    def acks(self, pages: Mapping[str, str]) -> Mapping[str, Sequence[Ack]]:
        self._meter.reach("pagerduty")
        return self._pager.acks(pages)

    def logins(self, people: Iterable[str]) -> Mapping[str, str]:
        self._meter.reach("pagerduty")
        return self._pager.logins(people)

    def hush(self, pages: Mapping[str, str], others: Theirs = nobodys) -> None:
        self._meter.write("pagerduty")
        self._pager.hush(pages, others)

    def end(self, pages: Mapping[str, str], text: str, others: Theirs = nobodys) -> None:
        self._meter.write("pagerduty")
        self._pager.end(pages, text, others)


class CountingChat:
    """A chat whose posts are counted."""

    def __init__(self, chat: Chat, meter: CallMeter) -> None:
        self._chat, self._meter = chat, meter
        self.can = chat.can

    def post(self, channel: str, text: str, key: str) -> str:
        self._meter.write("slack")
        return self._chat.post(channel, text, key)

    def update(self, channel: str, text: str, key: str, at: str) -> None:
        self._meter.write("slack")
        self._chat.update(channel, text, key, at)

    def reply(self, channel: str, at: str, text: str, key: str, of: str = "") -> None:
        self._meter.write("slack")
        self._chat.reply(channel, at, text, key, of)

    def change_replies(self, channel: str, at: str, text: str, of: str) -> None:
        self._meter.write("slack")
        self._chat.change_replies(channel, at, text, of)

    def tell(self, person: str, text: str, key: str) -> None:
        self._meter.write("slack")
        self._chat.tell(person, text, key)

    def set_group(self, handle: str, people: Iterable[str]) -> None:
        self._meter.write("slack")
        self._chat.set_group(handle, people)


class CountingMetrics:
    """Metrics that may be away."""

    def __init__(self, metrics: Metrics, meter: CallMeter) -> None:
        self._metrics, self._meter = metrics, meter

    def samples(
        self, services: Iterable[Service], now: datetime
    ) -> Mapping[str, Mapping[str, Sequence[Sample] | Unmeasured]]:
        self._meter.reach("prometheus")
        return self._metrics.samples(services, now)


class CountingDocuments:
    """Documents, counted."""

    def __init__(self, documents: Documents, meter: CallMeter) -> None:
        self._documents, self._meter = documents, meter

    def create(self, paper: Paper) -> str:
        self._meter.write("google")
        return self._documents.create(paper)


class CountingStatusPage:
    """A status page whose posts are counted."""

    def __init__(self, page: StatusPage, meter: CallMeter) -> None:
        self._page, self._meter = page, meter
        self.can = page.can

    def find(self, notice: Notice) -> PageIncident | None:
        self._meter.reach("status.io")
        return self._page.find(notice)

    def create(self, notice: Notice) -> str:
        self._meter.write("status.io")
        return self._page.create(notice)

    def update(self, shown: str, notice: Notice) -> None:
        self._meter.write("status.io")
        self._page.update(shown, notice)

    def resolve(self, shown: str, notice: Notice) -> None:
        self._meter.write("status.io")
        self._page.resolve(shown, notice)

    def permalink(self, shown: str) -> str:
        return self._page.permalink(shown)

    def active(self) -> Sequence[PageIncident]:
        self._meter.reach("status.io")
        return self._page.active()

    def overall(self) -> str:
        self._meter.reach("status.io")
        return self._page.overall()
