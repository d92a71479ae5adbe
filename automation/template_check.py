"""Do all templates render? Each is rendered with sample incidents by the very code that writes
with it, so that the names a template may use are those that it will get. Pure.

A template that ima knows nothing of (another one's include) is checked for its syntax only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from automation import write
from automation.alert_table import Row, Table, table_body
from automation.context import Context
from automation.dashboard import Dashboard
from automation.declare import Declaration, incident_draft, near_miss_draft
from automation.effects import Open
from automation.errors import PolicyError
from automation.incident import Choice, Fact, Incident, Note, Resolution, Seat
from automation.model import Duty
from automation.oncall import OnCall
from automation.policy import Policy
from automation.rules.document import DocumentRule
from automation.rules.review import ReviewRule
from automation.templates import Safe, Templates

NOTES: tuple[tuple[str, dict[str, str]], ...] = (  # comments/NAME.md.j2: what it is told
    ("contested", {"who": "mia", "what": "closed"}),
    ("contested", {"who": "", "what": "assigned", "whom": "ian"}),
    ("explain", {}),
    ("handed", {"who": "mia", "whom": "ian", "role": "imoc"}),
    ("help", {}),
    ("help_severity", {}),
    ("kept", {"who": "mia", "whom": "ian"}),
    ("operational", {"who": "", "status": "Service Disruption"}),
    (
        "refused",
        {"typed": "/ima x", "who": "mia", "why": "there is no such command", "instead": ""},
    ),
    ("refused", {"typed": "/ima x", "who": "", "why": "you may not", "instead": "help"}),
    ("seat_undone", {"who": "mia", "whom": "ian"}),
    ("together", {"stands": "S1", "others": "S2"}),
    ("undone", {"who": ""}),
    ("undone", {"who": "mia"}),
)
_NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Rendering = Callable[[Templates], Any]


def check_templates(policy: Policy, texts: Mapping[str, str]) -> list[PolicyError]:
    """All mistakes of all templates, each with file and line."""
    watch = _Watch(texts)
    for rendering in _renderings(policy, texts):
        with suppress(PolicyError):  # the watch has it
            rendering(watch)
    for name in sorted(texts):
        watch.compare(name)
    return [watch.mistakes[place] for place in sorted(watch.mistakes)]


def check_syntax(texts: Mapping[str, str]) -> list[PolicyError]:
    """The mistakes that can be seen without a policy."""
    watch = _Watch(texts)
    for name in sorted(texts):
        watch.compare(name)
    return [watch.mistakes[place] for place in sorted(watch.mistakes)]


class _Watch(Templates):
    """Templates that remember which names each is given, and what was wrong."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self.names: dict[str, set[str]] = {}
        self.mistakes: dict[str, PolicyError] = {}  # by file and line

    def render(self, name: str, values: Mapping[str, Any]) -> Safe:
        self.names.setdefault(name, set()).update(values)
        try:
            return super().render(name, values)
        except PolicyError as error:
            self._note(error)
            raise

    def _note(self, error: PolicyError) -> None:
        place = ":".join(error.problem.split(":")[:2])
        self.mistakes.setdefault(place, error)

    def compare(self, name: str) -> None:
        """Note bad syntax, and names that are never given, in branches that no sample takes."""
        from jinja2 import TemplateError, TemplateSyntaxError, meta, nodes

        environment = self._environment()
        try:
            environment.get_template(name)
            tree = environment.parse(self.texts[name])
        except TemplateError as error:
            line = error.lineno if isinstance(error, TemplateSyntaxError) else 1
            self._mistake(name, line, str(error))
            return
        if name not in self.names:
            return
        for unknown in sorted(meta.find_undeclared_variables(tree) - self.names[name]):
            uses = (node.lineno for node in tree.find_all(nodes.Name) if node.name == unknown)
            self._mistake(name, min(uses, default=1), f"'{unknown}' is undefined")

    def _mistake(self, name: str, line: int, problem: str) -> None:
        remedy = "the names that a template may use are in docs/policy.md"
        self._note(PolicyError(f"templates/{name}:{line}: {problem}", remedy))


def _renderings(policy: Policy, texts: Mapping[str, str]) -> Iterator[Rendering]:
    for origin, body in (("declare", ""), ("report", "It is slow."), ("alert", "")):
        said = Declaration(title="Sample", by="rita", origin=origin, body=body)
        yield partial(incident_draft, said, policy)
    for table in _tables():
        yield partial(table_body, table)
    for severity in ("", "S2"):
        yield partial(near_miss_draft, "Sample", "rita", severity, policy)
    for incident, ctx in _samples(policy):
        yield from _on_incident(incident, ctx, texts)
    for dashboard in _dashboards():
        yield partial(write.dashboard_body, dashboard)


def _on_incident(incident: Incident, ctx: Context, texts: Mapping[str, str]) -> Iterator[Rendering]:
    yield partial(write.card_body, incident, ctx, digest="")
    yield partial(write.announcement, incident, ctx)
    yield partial(write.announcement, replace(incident, confidential=True), ctx)
    for role in ctx.policy.roles:  # one by one: a mistake in a checklist hides no other
        yield partial(write.comment_body, [_note("called", role=role)], incident, ctx)
    for note in _notes(incident, texts):
        yield partial(write.comment_body, [note], incident, ctx)
    for rule in ctx.policy.rules:
        if isinstance(rule, DocumentRule):
            yield partial(write.document_body, incident, ctx, template=rule.template)
        elif isinstance(rule, ReviewRule):
            yield partial(write.review_body, incident, _open(rule.template), ctx)


def _notes(incident: Incident, texts: Mapping[str, str]) -> Iterator[Note]:
    for template, values in NOTES:
        yield _note(template, **values)
    for name in texts:
        stem = name.removeprefix("comments/").removesuffix(".md.j2")
        if name == f"comments/{stem}.md.j2" and stem.startswith("ask_"):
            yield _note(stem, whom="erin")
    if "near miss" in incident.reviews:
        yield _note("near_miss_opened", what="near miss")


def _note(template: str, **values: str) -> Note:
    return Note("sample", template, tuple(values.items()))


def _open(template: str) -> Open:
    return Open(
        ref="#1", rule="", why="", what="review", template=template, assignee="erin", severity="S2"
    )


def _samples(policy: Policy) -> Iterable[tuple[Incident, Context]]:
    """An incident that nobody has touched, one at its height, and one that is over."""
    known = OnCall({role: (Duty("erin", _NOW),) for role in policy.roles})
    ctx = Context(policy=policy, me="ima", now=_NOW, since=_NOW, on_call=known)
    nobody = replace(ctx, on_call=OnCall(unknown=frozenset(policy.roles)))
    fresh = Incident(ref="#1", title="Sample", kind="incident", author=None, opened_at=_NOW)
    busy = replace(
        fresh,
        author="rita",
        declared_at=_NOW,
        severity=Choice("S2", _NOW, "rita", confirmed=False),
        state=Choice("Investigating", _NOW, "erin"),
        status=Choice("Service Disruption", _NOW),
        services=("web",),
        seats={role: Seat(role, "erin", _NOW, _NOW, nth=1) for role in policy.roles},
        owner="erin",
        extras=("mia",),
        facts=(Fact("document", _NOW, by="doc.md"), Fact("announced", _NOW, what="#production")),
    )
    here = {role: replace(seat, here_at=_NOW) for role, seat in busy.seats.items()}
    over = replace(
        busy,
        closed=True,
        seats=here,
        resolution=Resolution(_NOW, "erin", "fixed", contested=True),
        reviews={"review": "#2", "near miss": "#3"},
    )
    waiting = replace(busy, seats=dict(list(busy.seats.items())[:1]), severity=None)
    later = replace(ctx, now=_NOW + timedelta(seconds=1))
    return [(fresh, nobody), (busy, ctx), (waiting, later), (over, ctx)]


def _tables() -> Iterator[Table]:
    row = Row("Sample", "f1", _NOW, severity="S2", because="severity=high")
    yield Table((row, Row("Other", "f2", _NOW, url="https://x.example")), more=1)
    yield Table((replace(row, ended=_NOW),))
    yield Table((row,), over=True)
    yield Table((replace(row, ended=_NOW),), over=True)


def _dashboards() -> Iterator[Dashboard]:
    yield Dashboard()
    row = {"title": "Sample", "owner": "erin"}
    active = dict.fromkeys(("severity", "state", "status", "due", "rule"), "x") | row
    review = {"for": "#1", "begun": "no"} | row
    yield Dashboard(
        shifts={"eoc": (Duty("erin"),)},
        unknown=frozenset(["eoc"]),
        active={"#1": active},
        reviews={"#2": review},
        old=("#3",),
        alerts={"Sample": ((_NOW, "#1"),)},
        flappy=("Sample",),
    )
