"""For mypy: nothing goes out of a confidential incident but what `model/secrecy.py` gives (P-16).

What an `Incident` or an `Issue` holds is read by name only where things are judged, or written on
the issue itself (`INSIDE`), and where a line here says why (`MAY_READ`). In every other file, and
in each that there will be, it is an error: take a `Tellable`, which only `secrecy.tellable` makes.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.checker import TypeChecker
from mypy.plugin import AttributeContext, Plugin
from mypy.types import Instance, Type

_KNOWN_BY_ALL = {  # whether it is open may be known of any; these say nothing else
    "automation.model.incident.Incident": {
        "ref", "kind", "confidential", "hidden", "silent", "closed", "tracked", "active", "drill",
    },
    "automation.model.issue.Issue": {"ref", "confidential", "locked", "closed"},
}  # fmt: skip
INSIDE = (
    *("model.", "history.", "stored_state.", "rules.", "changes.", "trackers."),  # judging, writing
    *("past.", "scenarios.", "alerts."),  # lives and plays it; reads what others send
    "outage.replay.",  # carries it into another tracker, or leaves it where it is
    *(  # what should be done on the issue
        f"planning.{name}."
        for name in "calls distrusted_memory drills invariants limits people_missing planner"
        " plain_incidents security_incidents service_incidents severity_followed"
        " status_page_drift".split()
    ),
    *("planning.incident_view.", "planning.card_times.", "planning.next_effects."),  # on its card
    *("reconcile.observe.", "reconcile.issue_reading.", "reconcile.alert_arrival."),  # reading
    *("reconcile.apply_issue.", "reconcile.long_text_writes.", "reconcile.message_sending."),
    *("policy.public_updates.", "policy.status_page_notice."),  # what a person has published of it
    *("writing.new_issues.", "writing.review_goes_on.", "writing.severity_followed."),  # as secret
    *("writing.picture.", "writing.timeline."),  # what a review shows
    *(  # texts on the issue itself
        f"writing.issue_texts.{name}"
        for name in "card_body _called_by_comment_only comment_body _facts_of_note template_values"
        " _due note_text called_text proposed_text".split()
    ),
    *("workspace.rule_check.", "workspace.template_check.", "workspace.template_samples."),  # ours
)
OUTSIDE = ("changes.announcement.",)  # though its folder is inside
MAY_READ = {
    "changes.announcement.": {"facts"},  # which announcement there was
    "cli.issue_commands._assignees": {"assignees"},  # who is to be assigned
    "cli.doctor.": {"author", "body", "distrusted"},  # of the dashboard
    "cli.own_token.": {"distrusted"},  # of the dashboard
    "cli.other_account.": {"card", "other_keepers"},  # whose IMA keeps it
    "cli.stats.": {"opened_at"},  # of the dashboard
    "planning.dashboard_rows.opened_": {"title"},  # of a review, which is as secret
    "planning.dashboard_rows._alerting_row": {"alerts_seen"},  # does any fire?
    "planning.dashboard_rows._old": {"declared_at"},  # is it older than IMA?
    "planning.deployment_gate._": {"maintenance", "grade", "status_to_act_by"},  # does it hold?
    "planning.findings.owner_here": {"owner", "seats"},  # to whom a finding is told
    "planning.gone_issues.": {"facts"},  # what has begun outside, without any name
    "planning.lateness.": {"facts"},  # how late, of which reference
    "planning.maintenance.": {"assignees", "author", "alerts_seen", "maintenance"},
    "planning.weekly_digest.": {"counts", "declared_at", "labels", "opened_at"},  # are counted
    "planning.shift_change.": {"facts", "said"},  # notes, of which the bare reference is left
    "reconcile.remembered_world.": {"opened_at"},  # of the dashboard
    "site.site.": {"maintenance"},  # of what was published
    "stats.": {  # they count in the whole, and are not named
        "counts", "declared_at", "drill", "due", "facts", "labels", "maintenance", "opened_at",
        "resolution", "review_of", "severity", "state", "status",
    },
    "stats.figures._months": {"services"},  # whether planned work is to be left out
    "writing.issue_texts.page_text": {"severity", "url"},  # to whoever is called
    "writing.issue_texts.called_off_text": {"resolution", "url"},
}  # fmt: skip


class ConfidentialReads(Plugin):
    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        owner, _, name = fullname.rpartition(".")
        guarded = owner in _KNOWN_BY_ALL and name not in _KNOWN_BY_ALL[owner]
        return _judge(name) if guarded else None


def _judge(name: str) -> Callable[[AttributeContext], Type]:
    def judged(read: AttributeContext) -> Type:
        of = read.type.type if isinstance(read.type, Instance) else None
        whole = of is not None and of.fullname in _KNOWN_BY_ALL
        if of and whole and not _may_read(_place(read.api), name):
            text = f'"{name}" of {of.name} may be confidential: take a Tellable'
            read.api.fail(text, read.context)
        return read.default_attr_type

    return judged


def _place(api: object) -> str:
    """Where we are, such as "planning.maintenance.maintenance_row"."""
    if not isinstance(api, TypeChecker):
        return ""
    function = api.scope.top_level_function()
    return f"{api.tree.fullname}.{function.name if function else ''}"


def _may_read(place: str, name: str) -> bool:
    ours, _, place = place.partition("automation.")
    if ours or not place:
        return True
    if place.startswith(INSIDE) and not place.startswith(OUTSIDE):
        return True
    return any(place.startswith(start) and name in names for start, names in MAY_READ.items())


def plugin(version: str) -> type[Plugin]:
    return ConfidentialReads
