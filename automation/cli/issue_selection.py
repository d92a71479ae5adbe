"""Which issues a pass looks at: those named by --issue, those of an event, or all."""

from __future__ import annotations

from collections.abc import Sequence

import click

from automation.alerts.webhook_events import ALERT, CHAT, LIMIT, Event, read_event
from automation.cli.idle_event import NAMED_BY, named_payload
from automation.cli.invocation import Call
from automation.cli.options import Function
from automation.errors import PolicyError
from automation.mistakes import quoted
from automation.planning.plan import Plan

Refs = list[str]


def scope_options(function: Function) -> Function:
    """Adds the options ``--issue`` and ``--event``."""
    issue = click.option(
        "--issue", "issues", metavar="REF", multiple=True, help="Only this issue. May be repeated."
    )
    event = click.option(
        "--event",
        metavar="[FILE]",
        is_flag=False,
        flag_value="",
        help="Only what a webhook's payload is about; without FILE the one of this CI job.",
    )
    return issue(event(function))


def scope(call: Call, issues: Sequence[str], event: Event | None) -> Refs | None:
    """References of the issues to look at; None for all; [] where an event concerns none."""
    refs = [call.ref(issue) for issue in issues]
    one = event is not None and not event.whole
    if event is not None and one:
        refs += of_event(call, event)
    return list(dict.fromkeys(refs)) if refs or one else None


def of_event(call: Call, event: Event) -> Refs:
    """The reference of the event's issue; [] where the event asks for nothing.

    Raises PolicyError for an alert that cannot be read: nobody else may have heard of it.
    """
    if event.alerts:
        call.progress(f"an alert of {event.what}: `ima apply --event` makes an incident of it")
    elif event.what == ALERT:
        problem = (
            "an alert came, but client_payload is no webhook of Alertmanager, Grafana or PagerDuty,"
            " and no HTTP alert"
        )
        remedy = "put the webhook's body into it, as it came: {alert: BODY} (docs/github.md)"
        raise PolicyError(problem, remedy)
    elif event.what == CHAT:
        call.progress("a line of a chat: `ima apply --event` does what it says")
    elif idle := event.idle() or _idle_here(call, event):
        call.progress(idle)
    else:
        return [event.ref]
    return []


def _idle_here(call: Call, event: Event) -> str:
    """Why the event asks for nothing in this project; "" if it does ask. Who we are is asked last,
    because that may be a request."""
    project = call.session.policy.project
    return event.idle(project) or (event.idle(project, call.tracker.me()) if event.actor else "")


def event_of(call: Call, file: str | None) -> Event | None:
    """The event that ``--event`` names, in a file or by the CI job's variables; None without it.
    Raises PolicyError."""
    if file is None:
        return None
    path, kind = named_payload(file, call.session.environment)
    if path:
        return read_event(read_file(call, path, "--event: "), kind)
    problem = f"--event: neither {' nor '.join(NAMED_BY)} names a payload"
    raise PolicyError(problem, "name the file: `--event FILE`")


def read_file(call: Call, path: str, option: str) -> bytes:
    """The payload in a file, cut where it is already too long. Raises PolicyError."""
    try:
        with call.path(path).open("rb") as payload:
            return payload.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        problem = f"{option}{quoted(path)} cannot be read: {reason}"
        raise PolicyError(problem, "name the file that holds the webhook's payload") from error


def check_known(call: Call, issues: Sequence[str], plan: Plan) -> None:
    """Raises PolicyError where a person has named an issue that is not there. An event may name one
    that is gone."""
    for issue in issues:
        if (ref := call.ref(issue)) not in plan.before.incidents:
            raise call.unknown(ref)
