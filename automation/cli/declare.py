"""``ima declare``, ``report`` and ``near-miss``: open an issue, and the first pass on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import click

from automation.changes.service_calls import Page
from automation.cli import output
from automation.cli.invocation import Call, login_of
from automation.cli.job_report import leave_report
from automation.cli.options import Body, TeamWord, command, people_option
from automation.cli.own_token import member_with_own_token, refuse_review_with_own_token
from automation.errors import ImaError, PolicyError
from automation.mistakes import quoted, suggestion
from automation.model.issue import STATUSES, Draft, Update
from automation.model.on_call import OnCall
from automation.model.secrecy import Tellable, tellable
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.policy import ownership
from automation.policy.due_dates import review_due
from automation.text.escaping import clean
from automation.times.moments import past_span
from automation.trackers.local.text import TITLE_LIMIT
from automation.writing.declaration import Declaration, incident_draft, near_miss_draft

_HOW_BAD = "How bad it is: one of the policy's `severities`."
SEVERITY = click.option("--severity", metavar="SEVERITY", default="", help=_HOW_BAD)
_STATUS = click.option(
    "--status", type=TeamWord(STATUSES, "STATUS"), help=f"For users: {', '.join(STATUSES)}."
)

Decorator = Callable[[Body], Body]


def _services_and_body(services: str, body: str) -> Decorator:
    """``--service`` and ``--body``, with what the help says of each."""
    said = f"{services}. May be repeated."
    service = click.option("--service", "services", metavar="NAME", multiple=True, help=said)
    text = click.option("--body", metavar="TEXT", default="", help=body)
    return lambda function: service(text(function))


def issue_options(services: str = "Affected", body: str = "What is known.") -> Decorator:
    """The options of every command that opens an issue: ``--service``, ``--body`` and ``--as``,
    with what the help says of the services and of the text."""
    return lambda function: _services_and_body(services, body)(people_option(function))


def _yes_or_no_option(option: str, said: str) -> Decorator:
    text = f"Whether to {said}. Default: as the severity says."
    return click.option(f"--{option}/--no-{option}", default=None, help=text)


_ENGAGE = click.option(
    "--engage",
    metavar="ROLE[=@LOGIN]",
    multiple=True,
    help="Calls a role by the policy's name for it; pages whoever is on call, or LOGIN.",
)


def _role_option(role: str) -> Decorator:
    return click.option(f"--{role}", metavar="@LOGIN", help=f"The {role.upper()}; pages them.")


@command(
    "declare",
    formats=("text", "json"),
    examples=[
        'ima declare "API error rate above SLO" --severity S2 --service api',
        'ima declare "Pushes failed" --severity S2 --from "2026-03-01 14:05" --to 15:20',
        'ima declare "Unknown login on db-01" --severity S1 --security',
        'ima declare "Data centre lost" --severity S1 --status "Service Disruption" --cmoc @cara',
    ],
)
@click.argument("title")
@SEVERITY
@_STATUS
@_services_and_body("Affected", "What is known.")
@_yes_or_no_option("doc", "create a working document")
@_yes_or_no_option("announce", "announce it")
@_yes_or_no_option("page-imoc", "page the incident manager on call")
@_yes_or_no_option("page-cmoc", "page the communications manager on call")
@_role_option("cmoc")
@_role_option("imoc")
@_ENGAGE
@click.option("--from", "begun", metavar="TIME", help="It is over: when it began, in UTC.")
@click.option("--to", "ended", metavar="TIME", help="When it ended. Nobody is called.")
@click.option("--security", is_flag=True, help="Confidential from the first moment on.")
@people_option
def declare(call: Call, title: str, login: str | None, **said: Any) -> int:
    """Declare an incident: opens the issue and makes the first pass on it."""
    by = _person_if_allowed(call, "declare", login)
    called = _roles_called(call, said)
    keys = {"document": "doc", "announcement": "announce"}
    keys |= {f"page:{role}": f"page_{role}" for role in ("imoc", "cmoc")}
    wanted = {f"page:{role}": True for role in called}
    wanted |= {key: said[name] for key, name in keys.items() if said[name] is not None}
    declaration = Declaration(
        title=title_of(title),
        by=by,
        severity=severity_named(call, said["severity"]),
        status=_status_named(call, said["status"] or ""),
        services=services_named(call, said["services"]),
        body=said["body"],
        security=said["security"],
        happened=_time_span(call, said["begun"], said["ended"]),
        wanted=wanted,
        people={role: login for role, login in called.items() if login},
    )
    return _open_and_pass(
        _call_in_confidential_place(call) if said["security"] else call, declaration
    )


def _roles_called(call: Call, said: Mapping[str, Any]) -> dict[str, str]:
    """The roles that the options call, each with the login that is named for it, or "". Raises
    PolicyError."""
    words, chain = call.session.policy.words, call.session.policy.chain[1:]
    wanted = [(role, f"--{role}", said[role] or "") for role in ("cmoc", "imoc")]
    wanted = [
        (role, option, login)
        for role, option, login in wanted
        if login or said[f"page_{role}"] is not None
    ]
    for text in said["engage"]:
        name, _, login = text.partition("=")
        wanted.append((words.role_named(name) or name, "--engage", login))
    for role, option, _ in wanted:
        if role not in chain:
            names = [*map(words.typed, chain), *chain]
            remedy = suggestion(role, names, call.session.policy.place("roles"))
            raise PolicyError(f"{option}: there is no role {quoted(role)} to call", remedy)
    named = [(role, login) for role, option, login in wanted if login or option == "--engage"]
    return {role: login_of(login) if login else "" for role, login in named}


def _status_named(call: Call, name: str) -> str:
    """The status of ``--status``, by the team's word for it or the common one; "" for none. Raises
    PolicyError."""
    words = call.session.policy.words
    found = words.status_named(name) if name else ""
    if found is None:
        known, where = map(words.status, STATUSES), call.session.policy.place("statuses")
        remedy = suggestion(name, known, where)
        raise PolicyError(f"--status: there is no status {quoted(name)}", remedy)
    return found


def _time_span(
    call: Call, begun: str | None, ended: str | None
) -> tuple[datetime, datetime] | None:
    """From when to when it was, where the incident is over already; else None. Raises
    PolicyError."""
    if begun is None and ended is None:
        return None
    if span := past_span(f"{begun or ''} to {ended or ''}", call.now()):
        return span
    remedy = 'both, in the past and in UTC: `--from "2026-03-02 14:05" --to 15:20`'
    raise PolicyError("--from and --to: say when it began and when it ended", remedy)


def _call_in_confidential_place(call: Call) -> Call:
    """The call in the project where a security incident can be opened so that only members see it.
    Raises PolicyError where there is none."""
    policy = call.session.policy
    private = policy.tracker.private
    if _hides_issues(call):
        return call
    if call.tracker.can.moves and _hides_issues(there := _call_in_project(call, private)):
        return there
    raise PolicyError(
        f"{policy.project} cannot hide an issue, so nothing was opened",
        "name a private repository, `tracker: {private: acme/security}`; now tell the security"
        " engineer on call yourself: `ima oncall security`",
    )


def _call_in_project(call: Call, project: str) -> Call:
    return replace(call, session=call.session.in_project(project))


def _hides_issues(call: Call) -> bool:
    """Can an issue of this project be shown to members only?"""
    tracker, can = call.session.policy.tracker, call.tracker.can
    at_home = tracker.private.lower() == tracker.project.lower() and not can.locks
    return can.confidential or (bool(tracker.private) and at_home)


@command("report", formats=("text", "json"), examples=['ima report "Pushes hang" --service git'])
@click.argument("title")
@SEVERITY
@issue_options()
def report(
    call: Call,
    title: str,
    severity: str,
    services: Sequence[str],
    body: str,
    login: str | None,
) -> int:
    """Report trouble: opens the issue and pages the engineer on call."""
    declaration = Declaration(
        title=title_of(title),
        by=call.person(login),
        origin="report",
        severity=severity_named(call, severity),
        services=services_named(call, services),
        body=body,
    )
    return _open_and_pass(call, declaration)


@command(
    "near-miss", formats=("text", "json"), examples=['ima near-miss "Wrong host" --severity S2']
)
@click.argument("title")
@SEVERITY
@click.option("--owner", metavar="@LOGIN", help="Who knows most about it. Default: you.")
@people_option
def near_miss(call: Call, title: str, severity: str, owner: str | None, login: str | None) -> None:
    """Open the review of a near miss. Nobody is paged."""
    refuse_review_with_own_token(call)
    by = _person_if_allowed(call, "near-miss", login)
    whose = login_of(owner) if owner else by
    policy, templates = call.session.policy, call.session.templates
    grade = severity_named(call, severity)
    due = review_due(policy, grade, call.now())
    draft = near_miss_draft(title_of(title), by, grade, policy, templates, whose, due)
    ref = call.tracker.open(draft)
    if call.format == "json":
        output.show_json({"issue": ref, "owner": whose})
        return
    output.show(f"{policy.project}{ref}  {draft.title}")
    output.show(f"A review, owned by @{whose}. `ima show {ref[1:]}` shows it.")


def title_of(text: str) -> str:
    """A title that the tracker takes. Raises PolicyError."""
    title = clean(text)
    if not title:
        remedy = 'say in a few words what users notice: `ima declare "Pushes fail"`'
        raise PolicyError("an incident needs a title", remedy)
    if len(title) > TITLE_LIMIT:
        problem = f"the title has {len(title):,} characters; it may have {TITLE_LIMIT}"
        raise PolicyError(problem, "shorten it; the rest goes into --body")
    return title


def severity_named(call: Call, name: str) -> str:
    """The severity of ``--severity``, as the policy writes it; "" for none. Raises PolicyError."""
    known = {each.casefold(): each for each in call.session.policy.severities}
    if name and name.casefold() not in known:
        guess = suggestion(name, known.values())
        listed = f"known here: {', '.join(known.values())}"
        remedy = f"{guess} {listed}" if guess.startswith("did you mean") else listed
        remedy += f" ({call.session.policy.place('severities')})"
        raise PolicyError(f"--severity: there is no severity {quoted(name)}", remedy)
    return known.get(name.casefold(), "")


def services_named(call: Call, names: Sequence[str]) -> tuple[str, ...]:
    """The services of ``--service``, as labels.yml writes them. Raises PolicyError."""
    known = {name.casefold(): name for name in call.session.policy.labels.values("service")}
    for name in names:
        if name.casefold() not in known:
            remedy = suggestion(name, known.values(), call.session.policy.labels.place("service"))
            raise PolicyError(f"--service: there is no service {quoted(name)}", remedy)
    return tuple(known[name.casefold()] for name in names)


def _person_if_allowed(call: Call, word: str, login: str | None) -> str:
    """The login of whoever gives the command, if the policy lets them. Raises PolicyError."""
    policy, person = call.session.policy, call.person(login)
    member = person not in call.tracker.outsiders([person])
    asker = ownership.Asker(policy.spelling(person), member, call.session.clock(), OnCall())
    if ownership.is_allowed(policy, {}, word, asker):
        return person
    may = ownership.who_in_words(policy, policy.may.get(word, ("member",)))
    raise PolicyError(
        f"@{person} may not {word}: {may} may, as `may:` of the policy says",
        f'{call.doubt(login)}ask one of them, or say what you see: `ima report "TITLE"`',
    )


def open_as(call: Call, person: str, draft: Draft) -> str:
    """Open an issue as ``person``; returns its reference. A marker by an outsider is not believed,
    so our account opens theirs; on a forge it opens all, and the marker says for whom."""
    if call.embedded is None or person in call.tracker.outsiders([person]):
        return call.tracker.open(draft)
    call.tracker.dashboard()  # with a wrong key nothing is opened
    return call.acting(person).open(draft)


def _open_as_declarer(call: Call, said: Declaration) -> str:
    """Open the incident. A severity that an outsider has said stays theirs: a member has to confirm
    it (P-12)."""
    policy, templates, person = call.session.policy, call.session.templates, said.by
    theirs = call.embedded is not None and person in call.tracker.outsiders([person])
    severity = said.severity if theirs else ""
    draft = incident_draft(replace(said, severity="") if theirs else said, policy, templates)
    ref = open_as(call, person, draft)
    if severity:
        label = policy.labels.name("severity", severity)
        call.acting(person).update(ref, Update(frozenset([label])))
    return ref


def _open_and_pass(call: Call, declaration: Declaration) -> int:
    ref = _open_as_declarer(call, declaration)
    if call.format == "text":  # at once: whatever comes, nobody should declare it again
        title = "confidential" if declaration.security else declaration.title
        output.show(f"{call.session.policy.project}{ref}  {title}")
    return first_pass(call, ref, declaration.origin)


def first_pass(
    call: Call, ref: str, origin: str | None, also: Mapping[str, Any] | None = None
) -> int:
    """Make a pass on an issue that was just opened, in the way that ``origin`` says (None: it was
    there before), and show what came of it. ``also`` is added to the JSON. Returns the exit
    code."""
    if member_with_own_token(call):
        return _leave_to_job(call, ref, also)
    try:
        planned, report = call.run.apply([ref])
    except ImaError as error:
        error.remedy += f"\n  {ref} is open; `ima apply --issue {ref[1:]}` makes its first pass"
        raise
    if ref not in planned.world:
        raise call.unknown(ref)
    if call.format == "json":
        output.show_json({**_first_pass_as_json(planned, report, ref), **(also or {})})
    elif told := tellable(planned.world[ref]):
        _show_first_pass(planned, report, told, origin, call.session.user)
    for failure in report.said:
        output.tell(failure)
    fails = any(found.failed or found.alarming for found in planned.findings)  # it was opened
    failed = bool(report.failures) or fails
    leave_report(call.session.environment, planned, report, failed)
    return 1 if failed else 0


def _leave_to_job(call: Call, ref: str, also: Mapping[str, Any] | None) -> int:
    """Say that IMA's job will make the first pass: the token is a member's own."""
    if call.format == "json":
        output.show_json({"issue": ref, **(also or {})})
        return 0
    output.show(f"Next:  IMA's job takes {ref} up and calls the people; see what it does there.")
    output.show("       Nobody within a few minutes? `ima oncall` says whom to call yourself.")
    return 0


def _people_paged(
    planned: Plan, report: Report, incident: Tellable, woken: bool = True
) -> list[tuple[str, str]]:
    """Whom the pager wakes, with their role; those whom it does not, if not ``woken``."""
    seats, policy = incident.seats, planned.before.ctx.policy
    paged = [c.role for c in report.done if isinstance(c, Page) and policy.wakes(c.role) is woken]
    return [(role, seats[role].person) for role in paged]


def _first_pass_as_json(planned: Plan, report: Report, ref: str) -> dict[str, Any]:
    if (told := tellable(planned.world[ref])) is None:
        return {"issue": ref}
    return {
        "issue": ref,
        "owner": told.owner or "",
        "paged": [
            {"role": role, "person": who} for role, who in _people_paged(planned, report, told)
        ],
        "room": planned.before.ctx.policy.room,
        "findings": [finding.text for finding in planned.findings],
        "failures": report.said,
    }


def _show_first_pass(
    planned: Plan, report: Report, told: Tellable, origin: str | None, user: str
) -> None:
    if told.kind == "maintenance":
        output.show("Nobody is called. Next: who may publish confirms it there:")
        output.show("       `/ima maintenance confirm`")
        return
    owner, room = told.owner, planned.before.ctx.policy.room
    words = planned.before.ctx.policy.words
    paged, others = (
        ", ".join(
            f"@{who} ({words.role(role)})" for role, who in _people_paged(planned, report, told, w)
        )
        for w in (True, False)
    )
    if told.found("happened"):
        output.show("Written down. Nobody was called.")
        return
    output.show(f"Owner: {f'@{owner}' if owner else 'nobody: no one is on call'}")
    output.show(f"Paged: {paged or 'nobody'}")
    if others:
        output.show(f"By a comment only: {others}; call them yourself if it is urgent")
    if room:
        output.show(f"Room:  {room}")
    for finding in planned.findings:
        output.show(f"! {clean(finding.text)}")
    if origin == "report" and owner != user:
        first = words.role(planned.before.ctx.policy.chain[0])
        output.show(f"Next:  stay reachable until the {first} is here.")
    elif origin in ("declare", "report"):
        start = "join the room; write" if room else "write"
        output.show(f"Next:  {start} on {told.ref}, `/ima help` says what you can do there.")
