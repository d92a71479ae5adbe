"""Is this set-up alive? Values in, lines out: each says that all is well, or what to do. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Literal

from automation.errors import ImaError
from automation.model.issue import Duty, Head
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.stored_state.dashboard import Dashboard
from automation.times.durations import Duration

Verdict = Literal["ok", "todo", "unseen", "failed"]
ON_DASHBOARD_WITHIN = timedelta(hours=1)  # of an incident's last change
CLOCKS_APART = timedelta(minutes=2)
INCOMPLETE, UNANSWERED = 3, 1  # exit codes


@dataclass(frozen=True, slots=True)
class Line:
    """One question, answered. ``unseen``: this token may not ask; ``failed``: nobody answered."""

    about: str
    verdict: Verdict
    said: str
    remedy: str = ""


def ok(about: str, said: str) -> Line:
    """A line that says that all is well."""
    return Line(about, "ok", said)


def todo(about: str, said: str, remedy: str) -> Line:
    """A line that says what is to do."""
    return Line(about, "todo", said, remedy)


def failed(about: str, error: ImaError) -> Line:
    """The line of something outside that gave no answer."""
    return Line(about, "failed", error.problem, error.remedy)


@dataclass(frozen=True, slots=True)
class Refused:
    """A question that was not answered, and why. ``status`` is HTTP's; 0 where no answer came at
    all."""

    status: int
    kind: str = "answer"
    problem: str = ""
    remedy: str = ""
    said: str = ""
    with_doctor_token: bool = False  # asked with IMA_DOCTOR_TOKEN

    @property
    def denied(self) -> bool:
        """Did the server answer, and refuse it?"""
        return self.status in (401, 403, 404)


Answer = Any  # the JSON of an answer, or Refused
_REMEDY = "set IMA_DOCTOR_TOKEN to a token of yours that may; it is only read with"


def refusal(about: str, refused: Refused, needs: str) -> Line:
    """The line of a question that was not answered: this token may not ask, or nobody answered.
    ``needs`` says what may."""
    if refused.status == 401 and refused.with_doctor_token:
        said = "the token in IMA_DOCTOR_TOKEN is wrong, expired or revoked (401)"
        return todo(about, said, "set it to one of yours that is valid, or take it away")
    if refused.denied:
        said = f"cannot be seen with this token ({refused.status}); seeing it needs {needs}"
        return Line(about, "unseen", said, _REMEDY)
    return Line(about, "failed", refused.problem, refused.remedy)


def memory(has_key: bool, signed: bool | None, jobs_have_key: bool | None = False) -> Line:
    """The line about the signature of what IMA remembers. ``signed``: it is signed, by a key that
    this run does not have; None where there is no memory yet. ``jobs_have_key``: somebody looks
    from their own machine, where the key need not be, and the forge says that the jobs get one;
    None where it does not tell."""
    if jobs_have_key and not has_key:
        return ok("memory", "the jobs have IMA_KEY, and sign what IMA remembers")
    if has_key:
        return ok("memory", "what IMA remembers on issues is signed with IMA_KEY")
    if signed:
        said = "it is signed; this run has no IMA_KEY, and cannot tell whether it is right"
        return Line("memory", "unseen", said, "ask again where IMA_KEY is set, as in a job")
    if signed is None and jobs_have_key is None:
        said = "whether the jobs have IMA_KEY cannot be seen with this token"
        return Line("memory", "unseen", said, _REMEDY)
    said = (
        "what IMA remembers is not signed: whoever may edit its comments can change who is on call"
        " and what was done; who may edit its descriptions, what an issue was opened for"
    )
    return todo("memory", said, "set IMA_KEY for the jobs that write (docs/key.md)")


def rough_length_in_words(minutes: int) -> str:
    """A length of time for people: "90 min", "3.5 h"."""
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.3g} h"


def moment(text: Any) -> datetime | None:
    """A time as a forge writes it; None for anything else."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None


def exit_code(lines: Iterable[Line]) -> int:
    """1 where something did not answer, else 3 where there is something to do, else 0."""
    verdicts = {line.verdict for line in lines}
    return UNANSWERED if "failed" in verdicts else INCOMPLETE if "todo" in verdicts else 0


def is_left_out(line: Line) -> bool:
    """Does the team do without what the line is about?"""
    return line.verdict == "ok" and line.said.startswith("none:")


def _lacks_secret(line: Line) -> bool:
    return line.verdict == "failed" and line.said.endswith(" is not set")


def summary(lines: Sequence[Line]) -> str:
    """The last line: how many lines say what."""
    verdicts = ("todo", "failed", "unseen")
    count = {verdict: sum(line.verdict == verdict for line in lines) for verdict in verdicts}
    if unset := sum(map(_lacks_secret, lines)):  # nobody was asked
        count["failed"] -= unset
        count["secret"] = unset
    parts = [f"{number} {_VERDICT_WORDS[verdict]}" for verdict, number in count.items() if number]
    good = sum(line.verdict == "ok" for line in lines)
    if not parts:
        return f"All {good} are in order."
    return "\n".join([f"{', '.join(parts)}; {good} in order.", *_in_a_sentence(lines)])


_AREAS = {  # what people want of IMA, by the begin of what a line is about
    "calling people": (
        "on call",
        "pager",
        "on-call",
        "escalations",
        "role to page",
        "people",
        "team",
    ),
    "announcing": ("chat",),
    "telling users": ("status page", "page", "pages"),
    "documents": ("documents",),
    "figures": ("metrics",),
}
_OTHER = "keeping issues by itself"


def _area(line: Line) -> str:
    words = f"{line.about} "
    return next(
        (
            area
            for area, begins in _AREAS.items()
            if words.startswith(tuple(f"{b} " for b in begins))
        ),
        _OTHER,
    )


def _areas(lines: Sequence[Line]) -> dict[str, list[str]]:
    """What people want of IMA: what of it works now, what does not, what this token cannot see."""
    broken = {_area(line) for line in lines if line.verdict in ("todo", "failed")}
    dark = {_area(line) for line in lines if line.verdict == "unseen"} - broken
    found: dict[str, list[str]] = {"works": [], "not_yet": [], "not_seen": []}
    there = (line for line in lines if line.verdict != "ok" or not line.said.startswith("none"))
    for area in dict.fromkeys(map(_area, there)):  # what a team does without is no part of it
        key = "not_yet" if area in broken else "not_seen" if area in dark else "works"
        found[key].append(area)
    return found


def _in_a_sentence(lines: Sequence[Line]) -> Iterator[str]:
    """What works now, what does not, and what to do first."""
    words = {"works": "Works", "not_yet": "Not yet", "not_seen": "Not seen by this token"}
    areas = _areas(lines)
    yield " ".join(f"{words[key]}: {', '.join(named)}." for key, named in areas.items() if named)
    if first := _first(lines):
        yield f"Begin with {first.about}: {first.remedy}"


# What stands earlier in the list, but comes with the first pass, with the variables of the jobs, or
# stops no job as long as it is to do.
_COMES_LATER = (
    "memory", "labels", "dashboard", "heartbeat", "security", "pages", "findings",
)  # fmt: skip


def _first(lines: Iterable[Line]) -> Line | None:
    """Where to begin."""
    waiting = [line for line in lines if line.verdict in ("todo", "failed") and line.remedy]
    return min(waiting, key=lambda line: line.about in _COMES_LATER, default=None)


_VERDICT_WORDS = {
    "todo": "to do",
    "failed": "without an answer",
    "secret": "that cannot be asked without its secret",
    "unseen": "that this token cannot see",
}


def as_json(lines: Sequence[Line]) -> dict[str, Any]:
    """The answer for programs (docs/json.md)."""
    first = _first(lines)
    return {
        "checks": [asdict(line) for line in lines],
        "complete": exit_code(lines) == 0,
        **_areas(lines),
        "begin_with": first.about if first else None,
    }


def files(mistakes: Sequence[ImaError]) -> Iterator[Line]:
    """Are the policy, labels and templates valid?"""
    if not mistakes:
        yield ok("policy", "the policy, labels and templates are valid")
    for each in mistakes:
        problem, _, more = each.problem.partition("\n")
        yield todo("policy", problem, each.remedy or more.strip())


def on_call(policy: Policy, duties: Mapping[str, Duty | None]) -> Line:
    """Is there somebody on call for each role?"""
    people = {role: duty.person for role, duty in duties.items() if duty}
    missing = [role for role in policy.roles if role not in people]
    typed = policy.words.typed
    said = ", ".join(f"{typed(role)} @{people[role]}" for role in policy.roles if role in people)
    if missing:
        whom = ", ".join(missing)
        schedules = [policy.roles[role].schedule for role in missing]
        remedy = f"name somebody in `roles:` of the policy: {whom}"
        if any(schedules) and policy.pager.kind == "gitlab":
            named = ", ".join(filter(None, schedules))
            remedy = f"put somebody into {named} (Monitor > On-call schedules), or give `on_call`"
        elif any(schedules):
            remedy = "put somebody who is known here into the schedules on PagerDuty"
        return todo("on call", f"nobody for {', '.join(map(typed, missing))}", remedy)
    return ok("on call", said)


def people(roles: Mapping[str, str], outsiders: Collection[str]) -> Line:
    """May everybody act who is on call? ``roles`` are theirs by login, ``outsiders`` those who are
    no members of the project, or blocked."""
    lost = [f"@{login} ({roles[login]})" for login in roles if login in outsiders]
    if not lost:
        return ok("people", "everybody who is on call is a member of the project")
    said = (
        f"{', '.join(lost)}: no member of the project, or blocked, so IMA obeys nothing of theirs"
    )
    return todo("people", said, "make them members, or name somebody else in `roles:`")


def room(address: str) -> Iterator[Line]:
    """Is the room one where people can meet? The example's is none."""
    if re.match(r"https?://[^/]*\.example(?=[:/]|$)", address):
        said = f"{address} is an example, and everybody who is called is sent there"
        yield todo("room", said, 'write yours: `room: https://…`, or `room: ""` for none')


def status_page(unknown: Sequence[tuple[str, str]], named: int, links: bool) -> Line:
    """Does the page have what the policy names? ``unknown`` are problems and remedies, ``named`` is
    how many services the policy names; ``links`` says that posts have an address."""
    if unknown:
        problem, remedy = unknown[0]
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        return todo("status page", problem + more, remedy)
    if not named:
        remedy = "name them under `services:`, each with its `component` there"
        return todo("status page", "no component is ever shown: the policy has no services", remedy)
    said = f"it has the component of each of the {named} services"
    if not links:
        what = f"{said}; the card cannot link to it"
        return todo("status page", what, "set `status_page.host` to where people see it")
    return ok("status page", said)


def page_link(visibility: str) -> Line:
    """May everybody who reads the status page see the issues that its messages link to?"""
    if visibility == "public":
        return ok("status page links", "the project is public")
    what = f"its messages link to issues, and the project is {visibility or 'not public'}"
    remedy = "set `status_page: {link: false}`, unless all who read it may see the project"
    return todo("status page links", what, remedy)


def labels(changes: int, findings: Collection[str], otherwise: int = 0, by_hand: str = "") -> Line:
    """Are the labels as in labels.yml, by the count of ``changes`` and the ``findings`` of `ima
    labels sync --check`? ``otherwise`` counts labels that differ, but were not made by IMA as far
    as it remembers. ``by_hand`` is how one starts the forge's job that makes them."""
    if changes:
        what = "label is" if changes == 1 else "labels are"
        remedy = f"{by_hand}: its job `labels` makes them" if by_hand else "run `ima labels sync`"
        return todo("labels", f"{changes} {what} not as in labels.yml", remedy)
    if findings:
        first, _, remedy = next(iter(findings)).partition("\n")
        return todo("labels", first, remedy.strip())
    if otherwise:
        said = f"all there; {otherwise} not made by ima look otherwise (`ima labels sync --adopt`)"
        return ok("labels", said)
    return ok("labels", "as in labels.yml")


def dashboard(
    board: Dashboard | None,
    heads: Iterable[Head],
    incident_label: str,
    now: datetime,
    since: datetime | None = None,
) -> Line:
    """Does the dashboard have each open incident that is more than an hour old? What is older than
    ``since`` is left alone."""
    if board and board.newer:
        said = f"{board.ref} is that of a newer ima: this one leaves all of it alone"
        return todo("dashboard", said, "update ima here; where jobs say so, there (IMA_PACKAGE)")
    since = since or (board.since if board else None)
    known = {*board.active, *board.old, *board.reviews, *board.actions} if board else set()
    missing = [
        head.ref
        for head in heads
        if incident_label in head.labels
        and not head.closed
        and head.ref not in known
        and not head.is_before(since)
        and now - head.updated_at > ON_DASHBOARD_WITHIN
    ]
    if missing:
        shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        where = "the dashboard does not know" if board else "there is no dashboard, but"
        remedy = "no pass has been made since: look at the schedule, or run `ima apply`"
        return todo("dashboard", f"{where} {shown}", remedy)
    if board is None:
        return ok("dashboard", "none yet; the first incident makes it")
    return ok("dashboard", f"{board.ref}, with {len(board.active)} active")


def heartbeat(board: Dashboard | None, every: Duration | None, url: str, now: datetime) -> Line:
    """When did a run last give a sign of life on the dashboard, and is anybody alarmed when none
    does?"""
    if board is None or board.beat is None:
        return ok("heartbeat", "no run has given a sign of life on the dashboard yet")
    ago = int((now - board.beat).total_seconds() // 60)
    said = f"the last sign of life on the dashboard is {rough_length_in_words(ago)} old"
    if every is not None and now - board.beat > every.length + ON_DASHBOARD_WITHIN:
        remedy = "no run has come to its end since: look at the schedule, or run `ima apply`"
        return todo("heartbeat", said, remedy)
    if not url:
        said += "; nobody is alarmed when none comes (`heartbeat:` of the policy)"
    return ok("heartbeat", said)


def standing(board: Dashboard | None) -> Iterator[Line]:
    """What no run can mend stands on the dashboard; is any of it grave?"""
    grave = [row["text"] for row in board.findings.values() if row.get("grave")] if board else []
    if board and grave:
        more = f" (and {len(grave) - 1} more)" if len(grave) > 1 else ""
        remedy = f"see {board.ref}, the dashboard: it goes once a run no longer finds it"
        yield todo("findings", f"{grave[0]}{more}", remedy)


def begun(since: datetime | None, now: datetime) -> Iterator[Line]:
    """Does `since` lie ahead? Until then every incident is one from before IMA."""
    if since and since > now:
        said = f"{since:%Y-%m-%d %H:%M} UTC lies ahead: until then every incident is left alone"
        yield todo("since", said, "write a time of the past into `since:` of the policy")


def clock(here: datetime, there: datetime | None) -> Iterator[Line]:
    """Is this machine's clock that of the tracker? Who is on call goes by it, and tokens do."""
    apart = here - there if there else timedelta()
    if abs(apart) > CLOCKS_APART:
        how = "ahead of" if apart > timedelta() else "behind"
        length = rough_length_in_words(round(abs(apart).total_seconds() / 60))
        said = f"this machine is {length} {how} the tracker: who is on call is asked by its clock"
        yield todo("clock", said, "set it by NTP")


def cache(state: Literal["none", "good", "garbled", "closed"], where: str) -> Line:
    """Can the cache file be read and written? It may be lost, but must not be in the way."""
    if state == "garbled":
        return todo("cache", f"{where} cannot be read: every sweep is a full one", "delete it")
    if state == "closed":
        return todo("cache", f"{where} cannot be written", "make its folder writable")
    return ok("cache", where if state == "good" else f"no {where} here; the first sweep makes it")
