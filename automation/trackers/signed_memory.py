"""A tracker as IMA trusts it: what it remembers there is signed when written, judged when read.

Whoever asks this tracker sees markers that count, and no others: those of comments and
descriptions of ours that somebody changed, forged or copied are empty, and the issue says so in
``distrusted``. Everything else is passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from automation.errors import ServiceError
from automation.model.issue import Capabilities, Comment, Draft, Head, Issue
from automation.records import dataclass
from automation.stored_state.signatures import (
    SIGNED,
    Keys,
    Verdict,
    judge,
    signed,
    stamps_in,
    without_signature,
)
from automation.text.escaping import marker_in, with_each_marker
from automation.trackers import Tracker, anything

_SIGNATURE_ROOM = 600  # characters of the signatures of one text
_WRITTEN_WITHIN = timedelta(minutes=1)  # of being signed: a text of ours always is
_LATELY = timedelta(days=30)  # issues closed in this time are searched for signatures, too
CARD, DASHBOARD, MEMORY = "card", "dashboard", "memory"  # kinds of markers
CARD_MARK = "<!-- ima:card "
DESCRIPTION, NO_KEY = "description", "no key"


class SignedTracker:
    """``tracker`` with the memory that ``keys`` have signed. ``former`` accounts were ours; none of
    ``people`` is held for one, whatever the memory says."""

    def __init__(
        self,
        tracker: Tracker,
        keys: Keys,
        clock: Callable[[], datetime],
        former: Iterable[str] = (),
        people: Iterable[str] = (),
    ) -> None:
        self._tracker, self._keys, self._clock = tracker, keys, clock
        self.project = tracker.project
        self._former = frozenset(former)  # accounts that were ours
        self._people = frozenset(map(str.casefold, people))  # who work on incidents: never us
        self._proven = frozenset[str]()  # of them those that the signed dashboard tells
        self._card_numbers: dict[str, int] = {}  # by issue: the number of its newest card
        self._dashboard_read = False  # it knows since when memory is signed
        self._signed_since: datetime | None = None
        self._key_proven = False  # something here was signed with our key, so it is the right one
        self._signatures_found: _SignaturesFound | None = None

    def __getattr__(self, name: str) -> Any:
        """Everything else is the wrapped tracker's own."""
        return getattr(self._tracker, name)

    @property
    def can(self) -> Capabilities:
        """What the tracker can; texts have less room where they are signed."""
        can = self._tracker.can
        return replace(can, body_limit=can.body_limit - _SIGNATURE_ROOM) if self._keys.now else can

    @can.setter
    def can(self, can: Capabilities) -> None:
        self._tracker.can = can

    def me(self) -> str:
        return self._tracker.me()

    def issues(
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: dict[str, Exception] | None = None,
    ) -> list[Issue]:
        """See `Tracker.issues`. Raises ServiceError where another key has signed what is there."""
        if self._keys.now and not self._dashboard_read:
            self.dashboard()
        found = self._tracker.issues(refs, closed_since=closed_since, unreadable=unreadable)
        seen: set[Verdict] = set()
        read = [self._with_what_counts(issue, seen) for issue in found]
        self._check_key(seen)
        return read

    def moved_issue(self, ref: str) -> Issue | None:
        """See `Tracker.moved_issue`."""
        found = self._tracker.moved_issue(ref)
        return self._with_what_counts(found, set()) if found else None

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        """See `Tracker.heads`."""
        found = self._tracker.heads(since, closed_since=closed_since)
        if not self._former:
            return found
        return [replace(head, author=self._now_called(head.author)) for head in found]

    def dashboard(self, prefers: Callable[[Issue], bool] = anything) -> Issue | None:
        """See `Tracker.dashboard`: one that is signed is preferred. Raises ServiceError where
        another key has signed it."""
        page = self._tracker.dashboard(self._is_signed)
        if page is None and self._keys.now:
            page = self._tracker.dashboard_of_another(self._is_signed_by_an_account)
        self._dashboard_read = True
        if page is None:
            return None
        self._learn_accounts(page)
        self._refuse_key_of_another_memory(page)
        seen: set[Verdict] = set()
        known, read = self._signed_since, self._with_what_counts(page, seen, page.updated_at)
        self._check_key(seen)
        if self._keys.now and self._signed_since is None:
            self._signed_since = self._signed_anywhere().since
        if self._signed_since != known:
            read = self._with_what_counts(page, seen, page.updated_at)
        counts = any(marker_in("memory", c.body) for c in read.comments if c.author == read.author)
        lost = [what for what in read.distrusted if what != DESCRIPTION or not counts]
        distrusted = (DASHBOARD,) if lost else ()
        if self._keys == Keys() and Verdict.FOREIGN in seen:
            distrusted = (NO_KEY,)
        return replace(read, distrusted=distrusted, stale=read.stale or bool(read.distrusted))

    def _is_signed(self, page: Issue) -> bool:
        """Is it the issue that our key has signed as the dashboard?"""
        if self._keys.now is None:
            return True
        data = marker_in(DASHBOARD, page.body)
        place = [f"{self.project}{page.ref}"]
        return judge(DASHBOARD, data, place, self._keys).holds if data else False

    def _is_signed_by_an_account(self, page: Issue) -> bool:
        return self._may_have_been_us(page.author or "") and self._is_signed(page)

    def _may_have_been_us(self, login: str) -> bool:
        """Somebody whose own token once ran IMA is a person again."""
        return bool(login) and login.casefold() not in self._people

    def _learn_accounts(self, page: Issue) -> None:
        """Which accounts were ours: the one that opened the dashboard which our key has signed, and
        those that the signature names (P-59)."""
        if self._keys.now is None:
            return
        place = [f"{self.project}{page.ref}"]
        texts = [page.body, *(c.body for c in page.comments if c.author == page.author)]
        found = [self._judged(text, place, page.updated_at)[1] for text in texts]
        if any(verdict.holds for verdicts in found for verdict in verdicts):
            self._proven |= {page.author or ""}
        self._proven = frozenset(filter(self._may_have_been_us, self._proven - {self.me()}))
        self._former |= self._proven
        self._tracker.also_us(self._proven)

    def open(self, draft: Draft) -> str:
        """See `Tracker.open`. Its number is not known yet: its markers are signed without. With a
        wrong key nothing is opened."""
        if self._keys.now and not self._dashboard_read:
            self.dashboard()
        return self._tracker.open(replace(draft, body=self._signed(draft.body, "")))

    def comment(self, ref: str, body: str) -> str:
        return self._tracker.comment(ref, self._signed(body, ref))

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        self._tracker.edit_comment(ref, comment, self._signed(body, ref))

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        text = None if body is None else self._signed(body, ref)
        self._tracker.edit(ref, title=title, body=text)

    def _now_called(self, login: str | None) -> str | None:
        return self.me() if login in self._former else login

    def _as_ours(self, issue: Issue) -> Issue:
        called = self._now_called
        return replace(
            issue,
            author=called(issue.author),
            events=tuple(replace(event, actor=called(event.actor)) for event in issue.events),
            comments=tuple(replace(each, author=called(each.author)) for each in issue.comments),
        )

    def _signed(self, body: str, ref: str) -> str:
        if CARD_MARK in body:
            self._card_numbers[ref] = self._card_numbers.get(ref, 0) + 1
        return signed(
            body, f"{self.project}{ref}", self._keys, partial(self._said_by_signature, ref)
        )

    def _said_by_signature(self, ref: str, kind: str) -> dict[str, Any]:
        """What a signature says besides: when it was made, and the number of the card that stood
        there then, by which an older copy is told; the dashboard's, since when memory is signed,
        and by which accounts, if they were several."""
        made: dict[str, Any] = {"at": self._now().isoformat()}
        if ref in self._card_numbers:
            made["card"] = self._card_numbers[ref]
        if kind not in (DASHBOARD, MEMORY):
            return made
        self._signed_since = self._signed_since or self._now()
        if self._proven:
            made["accounts"] = sorted({*self._proven, self.me()})
        return made | {"since": self._signed_since.isoformat()}

    def _now(self) -> datetime:
        return self._tracker.time() or self._clock()

    def _with_what_counts(
        self, issue: Issue, seen: set[Verdict], changed_at: datetime | None = None
    ) -> Issue:
        """The issue with those markers of ours that count, and what a former account of ours did
        as done by us. ``changed_at`` is given for an issue without its history: its description
        was not changed later."""
        issue = self._as_ours(issue) if self._former else issue
        me, place = self.me(), f"{self.project}{issue.ref}"
        comments, changed, card = [], list[Comment](), False
        judged = {
            c.id: self._judged_comment(c, place)
            for c in issue.comments
            if self._has_marker_of_ours(c)
        }
        numbers = [
            number
            for c in issue.comments
            if c.id in judged and all(verdict.holds for verdict in judged[c.id][1])
            for _, number in stamps_in(c.body)
        ]
        self._card_numbers[issue.ref] = last = max(numbers, default=0)
        for comment in issue.comments:
            if comment.id in judged:
                last_change = comment.edited_at or comment.at
                read, found = judged[comment.id]
                if self._keys.now and self._is_put_back(issue.ref, comment, found, last):
                    read, found = with_each_marker(read, lambda kind, data: {}), {Verdict.BROKEN}
                seen |= found
                comment = replace(comment, body=read, stale=self._stale(found))
                if self._counts(found, last_change):
                    card = card or _is_card(comment)
                elif not (self._keys.lost and found == {Verdict.FOREIGN}):
                    changed.append(comment)
            comments.append(comment)
        lost = [CARD if _is_card(c) and not card else f"comment {c.id}" for c in changed]
        body, stale = issue.body, False
        if issue.author == me and "<!-- ima:" in body:
            edits = (e.at for e in issue.events if (e.kind, e.subject) == ("edited", "body"))
            last_change = changed_at or max([issue.opened_at, *edits])
            body, found = self._judged(body, [place, self.project], last_change)
            unsigned = self._keys.now and not all(verdict.holds for verdict in found)
            if unsigned and self._counts(found, last_change):  # unless it was edited since then
                edited_at = self._tracker.description_edited_at(issue.ref)
                last_change = max(last_change, edited_at or last_change)
                body, found = self._judged(issue.body, [place, self.project], last_change)
            seen |= found
            stale = self._stale(found)
            if not self._counts(found, last_change):
                lost.append(DESCRIPTION)
        return replace(
            issue, body=body, comments=tuple(comments), distrusted=tuple(lost), stale=stale
        )

    def _has_marker_of_ours(self, comment: Comment) -> bool:
        return comment.author == self.me() and "<!-- ima:" in comment.body

    def _judged_comment(self, comment: Comment, place: str) -> tuple[str, set[Verdict]]:
        return self._judged(comment.body, [place], comment.edited_at or comment.at)

    def _is_put_back(self, ref: str, comment: Comment, found: set[Verdict], last: int) -> bool:
        """Is it an older text of ours that somebody put back? So it is where a comment of ours
        knows a later card; and where it was edited later than it was signed, and not by us, as
        far as the tracker tells who did."""
        stamps = stamps_in(comment.body)
        if not stamps or not all(verdict.holds for verdict in found):
            return False
        if comment.edited_at is None:  # so a proxy that sends a card twice leaves two of them
            return False
        if _is_card(comment) and max(number for _, number in stamps) < last:
            return True
        signed_at = max((at for at, _ in stamps if at), default=None)
        if not (signed_at and comment.edited_at - signed_at > _WRITTEN_WITHIN):
            return False
        return self._edited_by_us(ref, comment) is False

    def _is_as_we_wrote_it(self, ref: str, comment: Comment) -> bool:
        """Is it sure that nobody else has edited it?"""
        return comment.edited_at is None or bool(self._edited_by_us(ref, comment))

    def _edited_by_us(self, ref: str, comment: Comment) -> bool | None:
        """Were we the last to edit it? None where the tracker does not tell."""
        editor = self._tracker.edited_by(ref, comment.id)
        return None if editor is None else self._now_called(editor) == self.me()

    def _judged(
        self, body: str, places: Sequence[str], last_change: datetime
    ) -> tuple[str, set[Verdict]]:
        """The text with what counts in it, and what its signatures say."""
        found: set[Verdict] = set()

        def what_counts(kind: str, data: dict[str, Any] | None) -> dict[str, Any]:
            verdict = judge(kind, data, places, self._keys)
            found.add(verdict)
            if verdict.holds and kind in (MEMORY, DASHBOARD) and data:
                self._learn(data[SIGNED])
            if not self._counts({verdict}, last_change):
                return {}
            return without_signature(data or {})

        return with_each_marker(body, what_counts), found

    def _learn(self, stamp: dict[str, Any]) -> None:
        """What the dashboard's signature says: since when memory is signed, and by whom."""
        self._proven |= {str(account) for account in stamp.get("accounts", ())}
        try:
            self._signed_since = datetime.fromisoformat(stamp["since"]).astimezone(UTC)
        except (KeyError, TypeError, ValueError):
            return

    def _counts(self, found: set[Verdict], last_change: datetime) -> bool:
        """Does it count? Without a key everything does; with one, what it has signed, and what
        stands there unchanged since before anything was signed."""
        if self._keys.now is None:
            return True
        before = self._signed_since is None or last_change <= self._signed_since
        unproven = {verdict for verdict in found if not verdict.holds}
        accepted = {Verdict.UNSIGNED, *([Verdict.FOREIGN] if self._keys.lost else [])}
        return not unproven or (before and unproven <= accepted)

    def _stale(self, found: set[Verdict]) -> bool:
        """Is it to be signed anew?"""
        return self._keys.now is not None and bool(found - {Verdict.OURS})

    def _check_key(self, seen: set[Verdict]) -> None:
        """Raise ServiceError if our key is a wrong one: no signature holds, and a comment of ours
        that nobody else edited has another key. So nobody can make it a wrong one by editing texts.
        Where it cannot be told the run goes on, as people must be called."""
        self._key_proven |= any(verdict.holds for verdict in seen)
        if self._key_proven or Verdict.FOREIGN not in seen or self._keys.now is None:
            return
        if self._keys.lost:
            return
        found = self._signed_anywhere()
        self._key_proven = found.since is not None
        if found.by_another and not self._key_proven:
            raise self._wrong_key()

    def _refuse_key_of_another_memory(self, page: Issue) -> None:
        """Raise ServiceError if the last run had another key: the dashboard's memory is as it wrote
        it, and signed with that. What an earlier key has signed elsewhere does not prove ours."""
        if self._keys.now is None or self._keys.lost:
            return
        place = f"{self.project}{page.ref}"
        for comment in page.comments:
            by_another = Verdict.FOREIGN in self._judged_comment(comment, place)[1]
            if by_another and self._is_as_we_wrote_it(page.ref, comment):
                raise self._wrong_key()

    def _wrong_key(self) -> ServiceError:
        return ServiceError(
            f"{self.project}: its memory is signed with another key than IMA_KEY",
            "set IMA_KEY to that key, or IMA_KEY_OLD beside a new one; where nobody has it any"
            " more, `IMA_KEY_OLD: lost` takes over what is there. Nothing was changed",
        )

    def _signed_anywhere(self) -> _SignaturesFound:
        """What comments of ours say where the dashboard does not: those of open issues and of
        what was closed lately. Looked for once."""
        if self._signatures_found is None:
            self._signatures_found = _SignaturesFound()
            lately = (self._tracker.time() or self._clock()) - _LATELY
            for issue in self._tracker.issues(closed_since=lately, unreadable={}):
                place = [f"{self.project}{issue.ref}"]
                for comment in issue.comments:
                    if self._now_called(comment.author) != self.me():
                        continue
                    _, verdicts = self._judged(comment.body, place, comment.at)
                    found = self._signatures_found
                    another = (
                        Verdict.FOREIGN in verdicts
                        and not found.by_another
                        and self._is_as_we_wrote_it(issue.ref, comment)
                    )
                    self._signatures_found = found.with_verdicts_of(comment, verdicts, another)
        return self._signatures_found


@dataclass(frozen=True, slots=True)
class _SignaturesFound:
    """What signatures of comments say."""

    since: datetime | None = None  # the oldest that holds
    by_another: bool = False  # one as we wrote it is signed with a key that we do not have

    def with_verdicts_of(
        self, comment: Comment, verdicts: set[Verdict], by_another: bool
    ) -> _SignaturesFound:
        holds = any(verdict.holds for verdict in verdicts)
        since = min(filter(None, [self.since, comment.at])) if holds else self.since
        return _SignaturesFound(since, self.by_another or by_another)


def _is_card(comment: Comment) -> bool:
    return CARD_MARK in comment.body
