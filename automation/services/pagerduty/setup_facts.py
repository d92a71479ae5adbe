"""What `ima doctor` asks of an account of PagerDuty; `doctor/pager.py` judges the answers."""

from __future__ import annotations

from typing import Any

from automation.http.answers import Refusal
from automation.http.shapes import Shape
from automation.services.pagerduty.pagerduty import PagerDuty, schedule_of
from automation.services.pagerduty.rows import ESCALATION_POLICY, SCHEDULE, SERVICE, USER
from automation.services.pagerduty.wire import ask, ask_all, reference
from automation.services.wire import part

_ABSENT = 404


class SetupQuestions:
    """Questions to the account that ``pager`` speaks to."""

    def __init__(self, pager: PagerDuty) -> None:
        self._pager, self._wire = pager, pager.wire

    def service(self, number: str) -> dict[str, Any] | None:
        """A service by its id; None: there is none."""
        return self._one("looking at the service", f"/services/{part(number)}", "service", SERVICE)

    def policy(self, number: str) -> dict[str, Any] | None:
        """An escalation policy by its id; None: there is none."""
        path = f"/escalation_policies/{part(number)}"
        doing, key = "looking at an escalation policy", "escalation_policy"
        return self._one(doing, path, key, ESCALATION_POLICY)

    def schedule(self, number: str) -> dict[str, Any] | None:
        """A schedule by its id, with all its users; None: there is none."""
        path = f"/schedules/{part(number)}"
        return self._one("looking at a schedule", path, "schedule", SCHEDULE)

    def account(self, address: str) -> str:
        """The id of the account with this e-mail address; "" if there is none."""
        query = {"query": address}
        users = ask_all(self._wire, "looking for our account", "/users", "users", USER, query)
        ours = (u for u in users if str(u.get("email") or "").casefold() == address.casefold())
        return next((str(user.get("id") or "") for user in ours), "")

    def calls(self, user: str, escalation: str, schedule: str) -> bool:
        """May this account ever be called by the escalation policy, or by the schedule? As far as
        it can be seen."""
        found = self.policy(escalation) or {}
        levels = [reference(level) for level in found.get("escalation_rules") or ()]
        targets = {str(t.get("id")) for level in levels for t in level.get("targets") or ()}
        return user in targets or any(
            self._has(user, each) for each in {schedule, *targets} if each
        )

    def _has(self, user: str, schedule: str) -> bool:
        now = (e for e in self._pager.entries if schedule_of(e) == schedule)
        if any(reference(e.get("user")).get("id") == user for e in now):
            return True
        try:
            users = (self.schedule(schedule) or {}).get("users") or ()
        except Refusal:  # one of the new kind, of which only who is on call now can be asked
            return False
        return any(reference(each).get("id") == user for each in users)

    @property
    def knows_who_is_on_call(self) -> bool:
        """Has PagerDuty said who is on call? Where no role has a schedule it is not asked."""
        return bool(self._pager.entries)

    def strangers(self) -> list[str]:
        """The name and id of each person on call whose login is not known."""
        users = (reference(entry.get("user")) for entry in self._pager.entries)
        return sorted({_name(user) for user in users if not self._pager.people.login(user)})

    def idle(self, schedules: list[str]) -> list[str]:
        """Those of the schedules by which nobody is on call."""
        busy = set(map(schedule_of, self._pager.entries))
        return [each for each in schedules if each not in busy]

    def _one(self, doing: str, path: str, key: str, shape: Shape) -> dict[str, Any] | None:
        try:
            return reference(ask(self._wire, doing, path, key, shape))
        except Refusal as refusal:
            if refusal.failure.status != _ABSENT:
                raise
            return None


def _name(user: dict[str, Any]) -> str:
    said = user.get("email") or user.get("name") or user.get("summary") or "?"
    return f"{said} ({user.get('id')})"
