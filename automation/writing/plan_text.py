"""A plan, or what a pass did, as text, Markdown or JSON. Pure: width and paint are given.

Of a confidential incident only the reference is shown (P-16); strangers' words lose their control
characters in text, and their markup in Markdown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from automation.changes.announce_move import AnnounceMove
from automation.changes.comments import WriteCard
from automation.changes.issue_changes import Change
from automation.changes.need import PagePerson
from automation.changes.service_calls import NEW, Announce, Page, Repeat
from automation.model.secrecy import Tellable, shown_title, tellable
from automation.planning.digest import DigestPost
from automation.planning.plan import Finding, Plan, by_ref, rows
from automation.planning.report import Report
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.text.columns import GAP, ends, pad, width, wrap
from automation.text.escaping import clean, escape_inline
from automation.writing.text_style import TextStyle

NEXT = "`ima apply` makes it so."


@dataclass(frozen=True, slots=True)
class IssueGroup:
    """What happens to one issue; one without a number is about the whole project."""

    name: str  # "acme/production#42"
    title: str
    standing: str  # "S1 · Investigating"
    changes: tuple[tuple[Change, str], ...]  # each in words
    findings: tuple[Finding, ...]
    hidden: int = 0  # changes of a confidential incident


def groups_by_issue(changes: Iterable[Change], plan: Plan) -> list[IssueGroup]:
    """Changes and findings by issue, in the order of their numbers, the project's last."""
    changes = list(changes)
    refs = {change.ref for change in changes} | {found.ref for found in plan.findings}
    ordered = sorted(refs - {""}, key=by_ref) + [""] * ("" in refs)
    return [_issue_group(ref, changes, plan) for ref in ordered]


def _issue_group(ref: str, changes: Sequence[Change], plan: Plan) -> IssueGroup:
    incident = plan.before.incidents.get(ref)
    told = tellable(incident)
    hides = incident is not None and told is None
    policy = plan.before.ctx.policy
    mine = tuple((each, change_in_words(each, policy)) for each in changes if each.ref == ref)
    project = clean(policy.project)
    return IssueGroup(
        f"{project} {ref}" if ref == NEW else project + ref,
        clean(shown_title(incident)) if incident else "",
        standing_in_words(told, policy) if told else "",
        () if hides else mine,
        tuple(found for found in plan.findings if found.ref == ref),
        len(mine) if hides else 0,
    )


def change_in_words(change: Change, policy: Policy) -> str:
    """The change for a person, who must not think that somebody was woken, or has read it, whom it
    does not reach."""
    said = clean(change.describe(policy.words))
    if isinstance(change, Page | Repeat) and not policy.wakes(change.role):
        return f"{said}, by a comment only"
    if isinstance(change, PagePerson) and not policy.wakes(""):
        return f"{said}, by a comment only"
    if isinstance(change, Announce | AnnounceMove) and not policy.has_readers:
        return f"{said}, where nobody reads it"
    return said


def hidden_in_words(group: IssueGroup) -> str:
    """How many changes of a confidential incident there are, and no more."""
    return f"{count(group.hidden, 'change')}, not shown here: it is confidential"


def standing_in_words(incident: Tellable, policy: Policy) -> str:
    """What kind of issue it is and how it stands, such as "S1 · Investigating"."""
    if incident.kind == "review":
        return f"review of {clean(incident.review_of)}" if incident.review_of else "review"
    if incident.kind == "action":
        follows = f" of {clean(incident.review_of)}" if incident.review_of else ""
        return f"corrective action{follows}"
    if incident.kind != "incident":
        return ""
    severity = incident.severity.value if incident.severity else "no severity"
    drill = "drill · " if incident.drill else ""
    return f"{drill}{severity} · {policy.words.state(incident.state_now)}"


def plan_text(plan: Plan, style: TextStyle) -> str:
    """What ``ima plan`` prints: the changes of each issue, then a summary."""
    return _grouped_text(plan.visible, plan, style, _plan_summary(plan))


def _plan_summary(plan: Plan) -> str:
    cards = sum(isinstance(change, WriteCard) for change in plan.changes)
    memory = _own_pages_in_words(cards, plan.dashboard is not None, "would be")
    summary = _summary_of_changes("Plan", plan.visible, plan, memory) + _first_by(plan)
    summary += _handover_sentences(plan, "would be", True, plan.groups)
    return summary + _digest_sentence(plan.digest_post, "would be")


def _first_by(plan: Plan) -> str:
    """That nothing was done by this policy before: its plan is what a preview has shown, or people
    have done something since."""
    if not plan.first_by:
        return ""
    digest = plan.first_plan or plan.digest
    return f" The first sweep by policy {plan.first_by}, with the plan {digest}."


def _handover_sentences(
    plan: Plan, mood: str, handed: bool, groups: Mapping[str, tuple[str, ...]]
) -> str:
    """Sentences on who is told and which groups are set when a shift changes. ``mood`` is "would
    be" or "was"; of incidents there is nothing but how many (P-16)."""
    turn = plan.handover
    tells = turn is not None and turn.tells and handed
    told = [f"@{clean(turn.whom)} {mood} told of {turn.describe()}."] if turn and tells else []
    for handle, people in groups.items():
        who = " and ".join(f"@{clean(person)}" for person in people)
        told.append(f"The group {clean(handle)} {mood} set to {who}.")
    return "".join(f" {sentence}" for sentence in told)


def _digest_sentence(post: DigestPost | None, mood: str) -> str:
    """Where the week is told."""
    return f" The week {mood} told {post.describe()}." if post and post.places else ""


def done_text(plan: Plan, report: Report, style: TextStyle) -> str:
    """What ``ima apply`` prints: the changes that were made, then a summary."""
    done = _visible(report.done)
    return _grouped_text(done, plan, style, done_sentence(plan, report))


def done_sentence(plan: Plan, report: Report) -> str:
    """What was done, in a sentence or two."""
    cards = sum(isinstance(change, WriteCard) for change in report.done)
    memory = _own_pages_in_words(
        cards, plan.dashboard is not None and not report.dashboard_failed, "were"
    )
    summary = _summary_of_changes("Done", _visible(report.done), plan, memory, report.unfinished)
    summary += _first_by(plan) + _handover_sentences(plan, "was", report.handed, report.groups)
    if post := plan.digest_post:
        done = tuple(place for place in post.places if place in report.digest_posted)
        summary += _digest_sentence(replace(post, places=done), "was")
    return (
        f"{summary} {count(len(report.failures), 'step')} failed." if report.failures else summary
    )


def done_groups(plan: Plan, report: Report) -> list[IssueGroup]:
    """What was done, by issue."""
    return groups_by_issue(_visible(report.done), plan)


def _visible(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(change for change in changes if not isinstance(change, WriteCard))


def _grouped_text(changes: Sequence[Change], plan: Plan, style: TextStyle, summary: str) -> str:
    grouped = groups_by_issue(changes, plan)
    column = _column_of_rules(changes, plan.before.ctx.policy, style)
    parts = ["\n".join(_group_lines(group, style, column)) for group in grouped]
    return "\n\n".join([*parts, "\n".join(wrap(summary, style.width))])


def _column_of_rules(changes: Sequence[Change], policy: Policy, style: TextStyle) -> int:
    """Where the rules' names begin, counted from the end of the sign."""
    longest = max((width(change_in_words(change, policy)) for change in changes), default=0)
    names = max((width(change.rule) for change in changes), default=0)
    if style.width is None:
        return max(longest, 48)
    return max(min(longest, style.width - 6 - names), min(48, style.width - 6 - names))


def _group_lines(group: IssueGroup, style: TextStyle, column: int) -> Iterator[str]:
    left, right = ends(f"{group.name}{GAP}{group.title}".rstrip(), group.standing, style.width)
    yield style.paint(left, "head") + right
    if group.hidden:
        yield f"  {style.paint('~', '~')} {hidden_in_words(group)}"
    for change, said in group.changes:
        yield from _change_lines(change, said, style, column)
    for found in group.findings:
        sign = f"  {style.paint('!', '!')} "
        first, *rest = wrap(clean(found.text), style.width and style.width - 4)
        yield sign + first
        yield from (f"    {line}" for line in rest)


def _change_lines(change: Change, said: str, style: TextStyle, column: int) -> Iterator[str]:
    rule = style.paint(change.rule, "rule")
    sign = f"  {style.paint(change.sign, change.sign)} "
    if width(said) <= column:
        yield f"{sign}{pad(said, column)}{GAP}{rule}"
    else:
        first, *rest = wrap(said, style.width and style.width - 4)
        yield sign + first
        yield from (f"    {line}" for line in [*rest, rule])
    if style.verbose:
        yield from wrap(clean(change.why), style.width, " " * 6)
        for line in style.text(change).splitlines() if style.text else ():
            room = style.width and style.width - 4
            yield from (f"  | {part}".rstrip() for part in wrap(clean(line), room) or [""])


def count(number: int, noun: str) -> str:
    """ "1 change", "2 changes"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _summary_of_changes(
    verb: str,
    changes: Sequence[Change],
    plan: Plan,
    memory: str,
    unfinished: Collection[str] = (),
) -> str:
    persons = len(plan.findings)
    people = f", {count(persons, 'thing')} for a person" if persons else ""
    touched = {change.ref for change in changes}
    kept = _incidents_held_for(plan)
    rest = len(kept - touched - {*unfinished})
    if not changes:
        match = "matches" if rest == 1 else "match"
        start = f"No changes{people}. {count(rest, 'incident')} {match} the policy."
        return f"{start} {memory}" if memory else start
    noun = "incident" if touched <= kept else "issue"
    matching = f" {count(rest, 'incident')} already match{'es' if rest == 1 else ''}."
    made = f"{verb}: {count(len(changes), 'change')} to {count(len(touched), noun)}{people}."
    return made + (matching if rest else "")


def _incidents_held_for(plan: Plan) -> set[str]:
    """The incidents that the policy is held for: those read, and of a sweep all active ones."""
    read = plan.before.incidents.values()
    kept = {one.ref for one in read if one.kind == "incident" and one.tracked}
    return kept | set(plan.before.dashboard.active if plan.before.sweep else ())


def _own_pages_in_words(cards: int, dashboard: bool, mood: str) -> str:
    """What nobody asked for but is written: our own pages."""
    pages = [count(cards, "card")] if cards else []
    pages += ["the dashboard"] if dashboard else []
    verb = mood.replace("were", "was") if pages == ["1 card"] or not cards else mood
    shown = " and ".join(pages)
    return f"{shown[0].upper()}{shown[1:]} {verb} refreshed." if pages else ""


def plan_markdown(plan: Plan) -> str:
    """A comment for a merge request."""
    return _markdown(plan.visible, plan, _plan_summary(plan), NEXT if plan.visible else "")


def done_markdown(plan: Plan, report: Report) -> str:
    """The same of what was done."""
    return _markdown(_visible(report.done), plan, done_sentence(plan, report))


def _markdown(changes: Sequence[Change], plan: Plan, summary: str, after: str = "") -> str:
    parts = [f"**{escape_inline(summary)}**", *changes_markdown(groups_by_issue(changes, plan))]
    return "\n\n".join([*parts, *([after] if after else [])])


def changes_markdown(groups: Iterable[IssueGroup]) -> Iterator[str]:
    """Of each issue a line and a table."""
    for group in groups:
        titles = (
            part for part in (escape_inline(group.title), escape_inline(group.standing)) if part
        )
        yield " · ".join([f"**{escape_inline(group.name)}**", *titles])
        yield "\n".join(_markdown_rows(group))


def _markdown_rows(group: IssueGroup) -> Iterator[str]:
    yield "| | | rule |\n|--|--|--|"
    if group.hidden:
        yield f"| ~ | {hidden_in_words(group)} | |"
    for change, words in group.changes:
        said = escape_inline(words)
        yield f"| {change.sign} | {said} | `{clean(change.rule)}`: {escape_inline(change.why)} |"
    for found in group.findings:
        yield f"| ! | {escape_inline(found.text, 500)} | |"


def done_json(plan: Plan, report: Report) -> dict[str, Any]:
    """What ``ima apply --format json`` prints."""
    return plan.as_json() | {
        "changes": rows(_visible(report.done), plan.before.incidents),
        "cards": [change.ref for change in report.done if isinstance(change, WriteCard)],
        "digest_post": sorted(report.digest_posted),
        "failures": [{"problem": f.problem, "remedy": f.remedy} for f in report.failures],
    }
