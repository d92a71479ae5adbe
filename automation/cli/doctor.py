"""``ima doctor``: is this set-up alive? Each line is in order, or says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from automation import doctor as judge
from automation.cli import doctor_forges as forges
from automation.cli import screen
from automation.cli.call import Call
from automation.cli.options import command
from automation.dashboard import decode
from automation.doctor import Line
from automation.errors import ImaError, PolicyError
from automation.text import clean

if TYPE_CHECKING:
    from automation.policy import Policy

_SIGNS = {"ok": "✓", "todo": "!", "unseen": "?", "failed": "✗"}
_STYLES = {"ok": "+", "todo": "!", "unseen": "~", "failed": "-"}
_PATIENCE = 1.0  # seconds: who asks wants to hear what does not answer


@command("doctor", formats=("text", "json"), examples=["ima doctor", "ima doctor --format json"])
def doctor(call: Call) -> int:
    """Is this set-up alive? ✓ in order, ! to do, ? this token cannot see it, ✗ no answer.

    Changes nothing. Exit 3 where something is to do, 1 where something did not answer. Settings
    that the own token of IMA may not see are asked for with IMA_DOCTOR_TOKEN, a Maintainer's.
    """
    call.session.patience = _PATIENCE
    lines = list(_lines(call))
    if call.format == "json":
        screen.show_json(judge.as_json(lines))
    else:
        _show(lines, call)
    return judge.exit_code(lines)


def _show(lines: list[Line], call: Call) -> None:
    paint, width = call.look().paint, max(len(line.about) for line in lines)
    for line in lines:
        sign = paint(_SIGNS[line.verdict], _STYLES[line.verdict])
        screen.show(f"{sign} {line.about:<{width}}  {clean(line.said)}")
        if line.remedy:
            screen.show(f"{'':{width + 4}}{clean(line.remedy)}")
    screen.show("")
    screen.show(judge.summary(lines))


def _lines(call: Call) -> Iterator[Line]:
    try:
        policy = call.session.policy
    except PolicyError as error:
        yield from judge.files([error])
        return
    yield from judge.files(_template_mistakes(call, policy))
    yield _answered("on call", lambda: _on_call(call, policy))
    asked = _tracker(call, policy)
    if policy.tracker == "gitlab":
        yield from forges.gitlab(call, policy, asked)
    elif policy.tracker == "github":
        yield from forges.github(call, policy, asked)
    else:
        yield from asked


def _template_mistakes(call: Call, policy: Policy) -> list[ImaError]:
    from automation.template_check import check_templates

    return list(check_templates(policy, call.session.files.templates))


def _tracker(call: Call, policy: Policy) -> Iterator[Line]:
    """What every tracker can be asked: labels and dashboard."""
    yield _answered("labels", lambda: _labels(call, policy))
    yield _answered("dashboard", lambda: _dashboard(call, policy))


def _answered(about: str, ask: Callable[[], Line]) -> Line:
    try:
        return ask()
    except PolicyError as error:
        return judge.todo(about, error.problem, error.remedy)
    except ImaError as error:
        return judge.failed(about, error)


def _on_call(call: Call, policy: Policy) -> Line:
    return judge.on_call(policy, call.session.services.pager.on_call(call.session.clock()))


def _labels(call: Call, policy: Policy) -> Line:
    from automation.label_changes import label_changes

    today = call.session.clock().date()
    there = call.tracker.labels()
    changes, findings = label_changes(policy.labels, there, today)
    adopting, _ = label_changes(policy.labels, there, today, adopt=True)
    return judge.labels(len(changes), findings, len(adopting) - len(changes))


def _dashboard(call: Call, policy: Policy) -> Line:
    page = call.tracker.dashboard()
    board = decode(page.body, page.ref) if page else None
    heads = call.tracker.heads()
    return judge.dashboard(board, heads, policy.labels.name("incident"), call.session.clock())
