"""``ima doctor``: is this set-up alive? Each line is in order, or says what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from automation import doctor as judge
from automation.cli import screen
from automation.cli.call import Call
from automation.cli.options import command
from automation.dashboard import decode
from automation.doctor import Line
from automation.errors import ImaError, PolicyError, ServiceError
from automation.text import clean

if TYPE_CHECKING:
    from automation.policy import Policy
    from automation.trackers.gitlab_doctor import Asker

OTHER = "IMA_DOCTOR_TOKEN"  # in the environment: who runs the doctor may see more than IMA
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
    if policy.tracker == "gitlab":
        yield from _gitlab(call, policy)
    else:
        yield from _tracker(call, policy)


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


def _gitlab(call: Call, policy: Policy) -> Iterator[Line]:
    from automation.address import address
    from automation.forge import CACHE
    from automation.trackers.gitlab_doctor import Asker
    from automation.trackers.tokens import gitlab_token

    yield judge.cache(_cache(call.session.folder / CACHE), CACHE)
    environment = call.session.environment
    url = address(policy, environment)
    try:
        other = environment.get(OTHER, "").strip()
        asker = Asker(url, policy.project, gitlab_token(environment), other)
    except ServiceError as error:
        yield judge.todo("token", error.problem, error.remedy)
        return
    try:
        yield from _judged(call, policy, url, asker)
    finally:
        asker.close()


def _judged(call: Call, policy: Policy, url: str, asker: Asker) -> Iterator[Line]:
    from automation import doctor_gitlab, doctor_hook, doctor_jobs, doctor_pipeline
    from automation.trackers.gitlab import TOKENS

    seen, now = asker.look(), call.session.clock()
    yield from doctor_gitlab.account(seen, _people(policy))
    if seen.project is None:
        return
    yield from doctor_gitlab.token(seen, now.date())
    yield from doctor_gitlab.project(seen, policy.project)
    if isinstance(seen.project, doctor_gitlab.Refused):
        return
    yield from doctor_gitlab.tier(seen)
    yield from _tracker(call, policy)
    yield from doctor_jobs.jobs(seen)
    yield from doctor_pipeline.variables(seen, TOKENS)
    yield from doctor_pipeline.minimum_role(seen)
    yield from doctor_pipeline.schedule(seen, url, now)
    yield from doctor_pipeline.triggers(seen)
    yield from doctor_hook.webhook(seen, url, policy.project)


def _people(policy: Policy) -> set[str]:
    """Logins that the policy names."""
    named = {role.on_call for role in policy.roles.values() if role.on_call}
    turns = {each for role in policy.roles.values() if role.rota for each in role.rota.who}
    return named | turns | set(policy.people)


def _cache(path: Path) -> Literal["none", "good", "garbled", "closed"]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        there = next(each for each in path.absolute().parents if each.is_dir())
        return "none" if os.access(there, os.W_OK) else "closed"
    except (OSError, UnicodeDecodeError):
        return "garbled"
    try:
        return "good" if isinstance(json.loads(text), dict) else "garbled"
    except (ValueError, RecursionError):
        return "garbled"
