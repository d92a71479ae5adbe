"""``ima doctor``: is this set-up alive? Each line is in order, or says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from automation.cli import doctor_forges as forges
from automation.cli import output
from automation.cli.change_limit import is_person
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.doctor import setup_check as judge
from automation.doctor.not_said import not_said
from automation.doctor.pushed_policy import of_last_sweep
from automation.doctor.reach import reaching_nobody
from automation.doctor.setup_check import Line
from automation.errors import ImaError, PolicyError
from automation.stored_state.dashboard import PAGE, read
from automation.text.escaping import clean
from automation.trackers.signed_memory import NO_KEY

if TYPE_CHECKING:
    from automation.model.issue import Head
    from automation.policy.outside_services import PagerSettings
    from automation.policy.policy import Policy, Role
    from automation.services.pagerduty.setup_facts import SetupQuestions

_SIGNS = {"ok": "✓", "todo": "!", "unseen": "?", "failed": "✗"}
_LEFT_OUT = "·"
_STYLES = {"ok": "+", "todo": "!", "unseen": "~", "failed": "-"}
_BY_HAND = {"gitlab": "Build > Pipelines > New pipeline", "github": "Actions > ima > Run workflow"}
_PATIENCE = 1.0  # seconds: who asks wants to hear what does not answer


@command("doctor", formats=("text", "json"), examples=["ima doctor", "ima doctor --format json"])
def doctor(call: Call) -> int:
    """Is this set-up alive? ✓ in order, ! to do, ? this token cannot see it, ✗ no answer.

    Changes nothing. Exit 3 where something is to do, 1 where something did not answer. Settings
    that the own token of IMA may not see are asked for with IMA_DOCTOR_TOKEN, a Maintainer's. What
    the team does without has a · before it.
    """
    call.session.patience = _PATIENCE
    lines = list(_lines(call))
    if call.format == "json":
        output.show_json(judge.as_json(lines))
    else:
        _show(lines, call)
    return judge.exit_code(lines)


def _show(lines: list[Line], call: Call) -> None:
    paint, width = call.style().paint, max(len(line.about) for line in lines)
    for line in lines:
        mark = _LEFT_OUT if judge.is_left_out(line) else _SIGNS[line.verdict]
        sign = paint(mark, _STYLES[line.verdict])
        output.show(f"{sign} {line.about:<{width}}  {clean(line.said)}")
        if line.remedy:
            output.show(f"{'':{width + 4}}{clean(line.remedy)}")
    output.show("")
    output.show(judge.summary(lines))


def _lines(call: Call) -> Iterator[Line]:
    try:
        policy = call.session.policy
    except PolicyError as error:
        yield from judge.files([error])
        return
    yield from judge.files(_template_mistakes(call, policy))
    yield (duty := _line_or_failure("on call", lambda: _on_call(call, policy)))
    if policy.pagerduty and duty.verdict != "failed":
        yield from _pagerduty(call, policy, policy.pagerduty)
    if policy.pager.kind == "gitlab" and duty.verdict != "failed":
        yield from _gitlab_pager(call, policy)
    if policy.statusio or policy.statuspage:
        yield _line_or_failure("status page", lambda: _status_page(call, policy))
    if policy.slack:
        yield from _lines_or_failure("chat", lambda: _chat(call, policy))
    if policy.google:
        yield _line_or_failure("documents", lambda: _documents(call))
    if policy.metrics.kind != "none":
        yield from _lines_or_failure("metrics", lambda: _metrics(call, policy))
    asked = partial(_tracker, call, policy)
    if policy.tracker.kind == "gitlab":
        yield from forges.gitlab(call, policy, asked)
    elif policy.tracker.kind == "github":
        yield from forges.github(call, policy, asked)
    else:
        session, job = call.session, not is_person(call.session.environment, terminal=False)
        yield from reaching_nobody(policy, file=session.files.user is not None, job=job)
        yield from not_said(policy)
        yield from asked(False)


def _template_mistakes(call: Call, policy: Policy) -> list[ImaError]:
    from automation.workspace.files_check import mistakes_in

    return mistakes_in(call.session.files, policy, call.session.clock())


def _tracker(call: Call, policy: Policy, jobs_have_key: bool | None) -> Iterator[Line]:
    """What every tracker can be asked: labels, dashboard, and whether memory is signed."""
    yield _line_or_failure("labels", lambda: _labels(call, policy))
    yield from _lines_or_failure("dashboard", lambda: _dashboard(call, policy))
    if policy.tracker.kind == "gitlab":  # GitHub tells it only to who may write
        yield _line_or_failure("people", lambda: _people(call, policy))
    if policy.tracker.kind != "local":  # that is a file, which its owner may edit anyway
        yield _line_or_failure("memory", lambda: _memory(call, jobs_have_key))


def _lines_or_failure(about: str, ask: Callable[[], Iterable[Line]]) -> Iterator[Line]:
    """Its lines, or the one that says why there are none."""
    try:
        yield from ask()
    except PolicyError as error:
        yield judge.todo(about, error.problem, error.remedy)
    except ImaError as error:
        yield judge.failed(about, error)


def _line_or_failure(about: str, ask: Callable[[], Line]) -> Line:
    return next(_lines_or_failure(about, lambda: [ask()]))


def _on_call(call: Call, policy: Policy) -> Line:
    return judge.on_call(policy, call.session.services.pager.on_call(call.session.clock()))


def _people(call: Call, policy: Policy) -> Line:
    duties = call.session.services.pager.on_call(call.session.clock())
    roles = {duty.person: role for role, duty in reversed(list(duties.items())) if duty}
    return judge.people(roles, call.tracker.outsiders(roles))


def _pagerduty(call: Call, policy: Policy, settings: PagerSettings) -> Iterator[Line]:
    """It is really asked: for the service, the account, each role, everybody on call."""
    from automation.doctor import pager as pager_judge
    from automation.services.pagerduty.pagerduty import PagerDuty as Pager
    from automation.services.pagerduty.setup_facts import SetupQuestions

    pager = call.session.services.pager
    assert isinstance(pager, Pager)
    questions, number = SetupQuestions(pager), settings.service
    about = "pager service"
    yield (
        first := _line_or_failure(
            about, lambda: pager_judge.service(questions.service(number), number)
        )
    )
    if first.verdict == "failed":  # it would be the same of all that follows
        return
    yield _line_or_failure("pager account", partial(_pager_account, questions, policy, settings))
    if questions.knows_who_is_on_call:
        yield _line_or_failure("pager people", lambda: pager_judge.strangers(questions.strangers()))
    for name, role in policy.roles.items():
        about = f"pager {policy.words.typed(name)}"
        yield _line_or_failure(about, partial(_paged_role, questions, policy, name, role))


def _pager_account(questions: SetupQuestions, policy: Policy, settings: PagerSettings) -> Line:
    from automation.doctor import pager as pager_judge

    ours, roles = questions.account(settings.sender), policy.roles.items()
    of = [n for n, r in roles if ours and questions.calls(ours, r.escalation, r.schedule)]
    return pager_judge.sender(bool(ours), settings.sender, of)


def _gitlab_pager(call: Call, policy: Policy) -> Iterator[Line]:
    from automation.doctor import gitlab_pager as pager_judge
    from automation.services.gitlab.gitlab import GitLabPager as Pager

    if isinstance(pager := call.session.services.pager, Pager):
        yield from _lines_or_failure(
            "on-call schedules", lambda: pager_judge.schedules(policy, pager.schedules())
        )
        yield from _lines_or_failure(
            "escalations", lambda: pager_judge.escalations(policy, pager.escalations())
        )


def _paged_role(questions: SetupQuestions, policy: Policy, name: str, role: Role) -> Line:
    from automation.doctor import pager as pager_judge

    idle = [each for each in questions.idle([role.schedule]) if each]
    there = {each: questions.schedule(each) is not None for each in idle}
    return pager_judge.role(policy, name, questions.policy(role.escalation), there)


def _status_page(call: Call, policy: Policy) -> Line:
    """It is really asked: for its components."""
    from automation.services.statusio.statusio import StatusIoPage
    from automation.services.statuspage.statuspage import StatuspagePage

    page = call.session.services.status_page
    assert isinstance(page, (StatusIoPage, StatuspagePage))
    missing = [(each.problem, each.remedy) for each in page.unknown()]
    links = bool(policy.status_page.host or policy.statuspage)  # one gives short links
    return judge.status_page(missing, len(policy.services), links)


def _chat(call: Call, policy: Policy) -> Iterator[Line]:
    """The token, the channels and the groups are really looked at."""
    from automation.doctor.chat import judge_chat
    from automation.services.slack.setup_facts import chat_answers
    from automation.services.slack.slack import SlackChat

    chat = call.session.services.chat
    assert isinstance(chat, SlackChat)
    channels = [name for name in (policy.chat.channel, policy.stakeholders) if name]
    groups = [*policy.chat.groups, *(role.group for role in policy.roles.values() if role.group)]
    try:
        duties = call.session.services.pager.on_call(call.session.clock()).values()
        on_call = {duty.person for duty in duties if duty}
    except ImaError:  # told as that of `on call`
        on_call = set()
    return judge_chat(chat_answers(chat, channels, groups), policy, on_call)


def _documents(call: Call) -> Line:
    """The template and the folder are really asked for."""
    from automation.services.google.google import GoogleDocuments

    documents = call.session.services.documents
    assert isinstance(documents, GoogleDocuments)
    if mistake := documents.mistake():
        return judge.todo("documents", mistake.problem, mistake.remedy)
    return judge.ok("documents", "the template can be copied into the folder")


def _metrics(call: Call, policy: Policy) -> Iterable[Line]:
    """Every figure that is judged is really asked for."""
    from automation.doctor.metrics import judge_metrics
    from automation.policy import slo

    services, now = slo.evaluated_services(policy), call.session.clock()
    samples = call.session.services.metrics.samples(services, now) if services else {}
    return judge_metrics(
        policy, [slo.judge(s, samples.get(s.name, {}), policy, now) for s in services]
    )


def _memory(call: Call, jobs_have_key: bool | None) -> Line:
    """Is what IMA remembers signed, and with the key of this run? Another key is an error."""
    page = call.tracker.dashboard()
    elsewhere = None if page is None else NO_KEY in page.distrusted
    return judge.memory(call.session.keys.now is not None, elsewhere, jobs_have_key)


_MOST_READ = 5  # issues that may be the dashboard of another account


def _dashboard_of_another(call: Call, heads: Iterable[Head]) -> tuple[str, str] | None:
    """What is wrong, and what to do, where IMA has worked here as another account."""
    me, ours = call.tracker.me(), call.session.policy.labels.ours
    plain = [h for h in heads if h.author != me and h.notes and not any(map(ours, h.labels))]
    for page in call.tracker.issues([head.ref for head in plain[:_MOST_READ]]):
        if PAGE in page.body and page.author:
            said = f"{page.ref} is that of @{page.author}, whom this policy does not know"
            remedy = f'if that is IMA\'s account: `accounts: ["{page.author}"]` in the policy'
            return f"{said}: what it remembers is not seen here", remedy
    return None


def _labels(call: Call, policy: Policy) -> Line:
    from automation.cli.labels import renamed_on_the_tracker
    from automation.config.label_sync import label_changes

    today = call.session.clock().date()
    there = call.tracker.labels()
    renamed = renamed_on_the_tracker(call, there)
    changes, findings = label_changes(policy.labels, there, today, renamed=renamed)
    adopting, _ = label_changes(policy.labels, there, today, adopt=True, renamed=renamed)
    if renamed:
        return judge.todo("labels", *next(iter(renamed.values())))
    by_hand = _BY_HAND.get(policy.tracker.kind, "")
    return judge.labels(len(changes), findings, len(adopting) - len(changes), by_hand)


def _dashboard(call: Call, policy: Policy) -> Iterator[Line]:
    board, now = read(call.tracker.dashboard()), call.session.clock()
    heads, name = call.tracker.heads(), policy.labels.name("incident")
    if board is None and (other := _dashboard_of_another(call, heads)):
        yield judge.todo("dashboard", *other)
        return
    yield judge.dashboard(board, heads, name, now, policy.since)
    yield judge.heartbeat(board, policy.heartbeat_every, policy.heartbeat, now)
    yield from judge.standing(board)
    yield from judge.begun(policy.since, now)
    if policy.tracker.kind != "local":
        yield from of_last_sweep(board, policy.digest)
        yield from judge.clock(now, call.tracker.time())
