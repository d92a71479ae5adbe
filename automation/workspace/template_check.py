"""Do all templates render? Each is rendered with sample incidents by the very code that writes
with it, so that the names a template may use are those that it will get. Pure.

A template that ima knows nothing of (another one's include) is checked for its syntax only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from functools import cache, partial
from typing import Any

from automation.alerts.alert_table import table_body
from automation.changes.comments import Message
from automation.errors import PolicyError
from automation.model.incident import Incident, Note
from automation.model.team_words import COMMON, TeamWords
from automation.planning.finding import Finding
from automation.planning.findings import Telling
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.rules import rules_of
from automation.rules.announce import AnnounceRule
from automation.rules.ask import UNANSWERED, AskRule
from automation.rules.document import DocumentRule
from automation.rules.review import ReviewRule
from automation.rules.rule import Rule
from automation.site.pages import pages_with_values as site_pages
from automation.stats.pages import TEMPLATE, page_values
from automation.workspace.limited_child import TooLong
from automation.workspace.template_names import unknown_names
from automation.workspace.template_samples import (
    NOTES,
    alert_tables,
    dashboards,
    declaration,
    digests,
    figure_pages,
    handovers,
    of_every_kind,
    planned_drafts,
    planned_work,
    sample_action,
    sample_announcement,
    sample_message,
    sample_notice,
    sample_review,
    samples,
    sites,
)
from automation.writing import digest_text, issue_texts, new_issues, project_texts
from automation.writing.declaration import (
    Declaration,
    incident_draft,
    maintenance_draft,
    near_miss_draft,
)
from automation.writing.templates import Safe, Templates

Rendering = Callable[[Templates], Any]
_ENOUGH = 3  # failures of one template


def check_templates(
    policy: Policy,
    texts: Mapping[str, str],
    shipped: Mapping[str, str] | None = None,
    within: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> list[PolicyError]:
    """All mistakes of all templates, each with file and line. Those that are not ``shipped`` are
    tried with incidents of every severity, state, status and kind; each ``within`` its limits."""
    recorded = _RecordingTemplates(texts, within, policy.words)
    changed = shipped is not None and any(text != shipped.get(name) for name, text in texts.items())
    for rendering in renderings(policy, texts, every=changed):
        with suppress(PolicyError):  # it is recorded
            rendering(recorded)
    for name in sorted(texts):
        if shipped is None or texts[name] != shipped.get(name):  # those were checked when built
            recorded.check_names(name)
    return [recorded.mistakes[place] for place in sorted(recorded.mistakes)]


def check_syntax(
    texts: Mapping[str, str], shipped: Mapping[str, str] | None = None
) -> list[PolicyError]:
    """The mistakes that can be seen without a policy, but in those that are as ``shipped``."""
    recorded = _RecordingTemplates(texts)
    for name in sorted(name for name in texts if not shipped or texts[name] != shipped.get(name)):
        recorded.check_names(name)
    return [recorded.mistakes[place] for place in sorted(recorded.mistakes)]


class _RecordingTemplates(Templates):
    """Templates that remember which names each is given, and what was wrong."""

    def __init__(
        self,
        texts: Mapping[str, str],
        within: Callable[[], AbstractContextManager[None]] = nullcontext,
        words: TeamWords = COMMON,
    ) -> None:
        super().__init__(texts, words=words)
        self._within = within
        self._failed = Counter[str]()
        self.names: dict[str, dict[str, list[Any]]] = {}  # by template: what each name was
        self.mistakes: dict[str, PolicyError] = {}  # by file and line

    def render(self, name: str, values: Mapping[str, Any]) -> Safe:
        known = self.names.setdefault(name, {})
        for each, value in values.items():
            known.setdefault(each, []).append(value)
        if self._failed[name] >= _ENOUGH:
            return Safe()
        try:
            with self._within():
                return super().render(name, values)
        except PolicyError as error:
            # What does not end once is not tried with the other samples.
            self._failed[name] += _ENOUGH if isinstance(error.__cause__, TooLong) else 1
            self._note(error)
            raise

    def _note(self, error: PolicyError) -> None:
        place = ":".join(error.problem.split(":")[:2])
        self.mistakes.setdefault(place, error)

    def check_names(self, name: str) -> None:
        """Note bad syntax, and names that are never given, in branches that no sample takes."""
        from jinja2 import TemplateError, TemplateSyntaxError, meta, nodes

        environment = self._environment(name)
        try:
            self._find_template(name)
            environment.get_template(name)
            tree = environment.parse(self.texts[name])
        except PolicyError as error:
            self._note(error)
            return
        except TemplateError as error:
            line = error.lineno if isinstance(error, TemplateSyntaxError) else 1
            self._mistake(name, line, str(error))
            return
        if name not in self.names:
            return
        for unknown in sorted(meta.find_undeclared_variables(tree) - self.names[name].keys()):
            uses = (node.lineno for node in tree.find_all(nodes.Name) if node.name == unknown)
            self._mistake(name, min(uses, default=1), f"'{unknown}' is undefined")
        for line, wrong in unknown_names(tree, self.names[name]):
            self._mistake(name, line, wrong)

    def _mistake(self, name: str, line: int, problem: str) -> None:
        remedy = "the names that a template may use are in docs/policy.md"
        self._note(PolicyError(f"templates/{name}:{line}: {problem}", remedy))


def renderings(
    policy: Policy, texts: Mapping[str, str], every: bool = False
) -> Iterator[Rendering]:
    """Writing all that there is to write of samples; of ``every`` kind of incident, if wanted."""
    for origin, body in (("declare", ""), ("report", "It is slow."), ("alert", "")):
        said = Declaration(title="Sample", by="rita", origin=origin, body=body)
        yield partial(incident_draft, said, policy)
    for table in alert_tables():
        yield partial(table_body, table)
    yield from (partial(maintenance_draft, *work, policy) for work in planned_drafts())
    for severity in ("", next(iter(policy.severities))):
        yield partial(near_miss_draft, "Sample", "rita", severity, policy)
    yield from (partial(issue_texts.card_body, *work, digest="") for work in planned_work(policy))
    for incident, ctx in samples(policy):
        yield from renderings_on(incident, ctx, texts)
    for incident, ctx in of_every_kind(policy) if every else ():
        yield from renderings_on(incident, ctx, texts)
    yield partial(new_issues.declared_draft, declaration(), next(iter(samples(policy)))[1])
    for dashboard in dashboards():
        yield partial(project_texts.dashboard_texts, dashboard, figures="https://acme.example/")
    told = Telling("erin", "", (Finding("nobody is on call"),))
    yield partial(project_texts.findings_text, told, "acme/production")
    for turn in handovers(policy):
        yield partial(project_texts.handover_text, turn, next(iter(samples(policy)))[1])
    yield from _renderings_of_weeks(next(iter(samples(policy)))[1])
    for name, values in _pages(policy):
        yield partial(_rendered, name, values)


def _pages(policy: Policy) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each page for a browser: the template that makes it, and what that is given."""
    for about in sites(policy):
        for _, name, values in site_pages(about):
            yield name, values
    for figures in figure_pages(policy):
        yield TEMPLATE, page_values(figures, draw=lambda *_: "<svg></svg>")


def _renderings_of_weeks(ctx: Context) -> Iterator[Rendering]:
    for week in digests():
        yield partial(digest_text.digest_comment, week, ctx)
        yield partial(digest_text.digest_message, week, ctx)


REMINDED = ("chase", "unanswered", "have_it")  # comments that the chat may tell, too
ANNOUNCED = ("unanswered",)  # what IMA announces besides the policy's rules


def _rendered(name: str, values: Mapping[str, Any], templates: Templates) -> Safe:
    return templates.render(name, values)


def renderings_on(
    incident: Incident, ctx: Context, texts: Mapping[str, str]
) -> Iterator[Rendering]:
    """Writing all that there is to write of an incident."""
    known = cache(partial(issue_texts.template_values, incident, ctx))

    def comment(note: Note) -> Rendering:
        return lambda made: issue_texts.comment_body([note], incident, ctx, made, known())

    yield partial(issue_texts.card_body, incident, ctx, digest="")
    yield partial(issue_texts.announcement, incident, ctx)
    yield partial(issue_texts.announcement, replace(incident, confidential=True), ctx)
    for role in ctx.policy.roles:  # one by one: a mistake in a checklist hides no other
        yield comment(_sample_note("called", role=role))
    for whole in (incident, replace(incident, confidential=True)):
        yield partial(issue_texts.needed_text, sample_message(), whole, ctx)
        yield partial(issue_texts.moved_text, whole, ctx)
        yield partial(issue_texts.news_text, whole, ctx)
    yield partial(new_issues.action_body, incident, sample_action(), ctx)
    for note in _sample_notes(incident, texts):
        yield comment(note)
        if note.template in REMINDED or note.template.startswith("ask_"):
            said = Message(ref="#1", rule="", why="Because.", note=note, person="erin")
            yield partial(issue_texts.reminder, said, incident, ctx)
            yield partial(issue_texts.reminder, said, replace(incident, confidential=True), ctx)
    for about in ANNOUNCED:
        yield from _announced(about, incident, ctx)
    for rule in rules_of(ctx.policy):
        yield from _of_rule(rule, incident, ctx)


def _of_rule(rule: Rule, incident: Incident, ctx: Context) -> Iterator[Rendering]:
    """The templates that a rule names."""
    if isinstance(rule, DocumentRule):
        yield partial(issue_texts.document_body, incident, ctx, template=rule.template)
    elif isinstance(rule, AskRule) and rule.then:
        for whole in (incident, replace(incident, confidential=True)):
            yield partial(issue_texts.notice_text, sample_notice(rule.about), whole, ctx)
        note = _sample_note(f"ask_{rule.about}{UNANSWERED}", whom="erin", asked="cara", times="3")
        yield partial(issue_texts.comment_body, [note], incident, ctx)
    elif isinstance(rule, AnnounceRule) and rule.about:
        yield from _announced(rule.about, incident, ctx)
    elif isinstance(rule, ReviewRule):
        yield partial(new_issues.review_body, incident, sample_review(rule.template), ctx)


def _announced(about: str, incident: Incident, ctx: Context) -> Iterator[Rendering]:
    coming = sample_announcement(about, next(iter(ctx.policy.roles)))
    yield partial(issue_texts.announcement_text, coming, incident, ctx)
    yield partial(issue_texts.announcement_text, coming, replace(incident, confidential=True), ctx)


def _sample_notes(incident: Incident, texts: Mapping[str, str]) -> Iterator[Note]:
    for template, values in NOTES:
        yield _sample_note(template, **values)
    for name in texts:
        stem = name.removeprefix("comments/").removesuffix(".md.j2")
        if name == f"comments/{stem}.md.j2" and stem.startswith(("ask_", "tell_")):
            yield _sample_note(stem, whom="erin", asked="cara", times="3")
    if "near miss" in incident.reviews:
        yield _sample_note("near_miss_opened", what="near miss")


def _sample_note(template: str, **values: str) -> Note:
    return Note("sample", template, tuple(values.items()))
