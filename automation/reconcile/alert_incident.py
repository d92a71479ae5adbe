"""Opens an incident for alerts: the issue, and the comment that holds their table (P-17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from automation.alerts.alert_payload import Group
from automation.alerts.alert_table import AlertTable, alert_draft
from automation.model.issue import Draft
from automation.policy.policy import Policy
from automation.reconcile.long_text_writes import open_issue
from automation.trackers import Tracker
from automation.writing.templates import Templates


def open_for_alerts(
    group: Group,
    tracker: Tracker,
    policy: Policy,
    templates: Templates,
    marked: Callable[[str], str] = str,
) -> tuple[str, str, AlertTable]:
    """Open an incident for a group of alerts. ``marked`` may add a marker to its body. Returns its
    reference, its title and the table."""
    draft: Draft = alert_draft(group, policy, templates)
    ref = open_issue(tracker, replace(draft, body=marked(draft.body)))
    table, body = AlertTable().with_group(group).cut_to_fit(templates, tracker.can.body_limit)
    tracker.comment(ref, body)
    return ref, draft.title, table
