"""A preview as text or Markdown: totals first, then each issue on which something changes. Pure.

Of a confidential incident only the reference is shown (P-16). A rule may be called anything, and a
value of a proposed file say anything: all of it is a stranger's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from automation.changes.service_calls import NEW
from automation.model import secrecy
from automation.model.proposal import MARK
from automation.model.secrecy import tellable
from automation.planning.preview import (
    PAGES,
    PUBLIC,
    Difference,
    Preview,
    TextDifference,
    lost_labels,
)
from automation.text.columns import GAP, ends, pad, width, wrap
from automation.text.escaping import clean, escape_inline, in_code_block
from automation.writing.plan_text import count, standing_in_words
from automation.writing.text_style import TextStyle

NOTHING = "Nothing changes."
_ENOUGH, _ROWS = 15_000, 20  # characters of a comment; rows of one issue in it
_COLUMN = 48


def totals(preview: Preview) -> str:
    """How much changes, in one sentence."""
    if preview.empty:
        return NOTHING
    if not preview.differences:
        verb = "writes" if len(preview.templates) == 1 else "write"
        return (
            f"Nothing else is done; {count(len(preview.templates), 'template')} {verb} otherwise."
        )
    refs = [ref for ref in preview.refs if ref]
    kinds = {incident.kind for ref in refs if (incident := preview.incident(ref))}
    noun = "incident" if kinds <= {"incident"} else "issue"
    changed = f"{count(len(refs), noun)} change{'s' if len(refs) == 1 else ''}"
    pages, public = preview.more(*PAGES), preview.more(*PUBLIC)
    return f"{changed}; {_more(pages, 'page')}; {_more(public, 'public post')}."


def _more(number: int, noun: str) -> str:
    if number == 0:
        return f"0 {noun}s"
    return f"{count(abs(number), noun)} {'more' if number > 0 else 'fewer'}"


def _sentences(preview: Preview) -> Iterator[str]:
    for old, new in preview.renamed.items():
        yield f"The rule {old} is called {new} now: what it has done is not done again."
    for old, new in preview.labels.items():
        yield f"The label {old} is called {new} now: issues keep it."
    policies = (plan.before.ctx.policy for plan in (preview.base, preview.head))
    for old, new in lost_labels(*policies).items():
        yield (
            f"The label {old} means nothing any more, and {new} what it meant. Is it the same one? "
            f"Write `previously: [{old}]` beside its name in labels.yml, and issues keep it."
        )
    if preview.templates:
        yield f"Templates that change: {', '.join(preview.templates)}."
    yield from preview.notes


def _common_keys(preview: Preview) -> tuple[str, ...]:
    """The keys that make every difference, where all have the same."""
    found = {each.keys for each in preview.differences}
    return found.pop() if len(found) == 1 else ()


def _name(preview: Preview, ref: str) -> str:
    project = clean(preview.base.before.ctx.policy.project)
    return f"{project} {ref}" if ref == NEW else project + ref


def _title_and_standing(preview: Preview, ref: str) -> tuple[str, str]:
    incident = preview.incident(ref)
    if incident is None:
        return "", ""
    told = None if preview.confidential(ref) else tellable(incident)
    if told is None:
        return secrecy.TITLE, ""
    return clean(told.title), standing_in_words(told, preview.head.before.ctx.policy)


def hidden(rows: Sequence[Difference]) -> str:
    """What stands in the place of a confidential issue's rows."""
    return f"{count(len(rows), 'change')}, not shown here: it is confidential"


def preview_text(preview: Preview, style: TextStyle) -> str:
    """What ``ima preview`` prints."""
    common = _common_keys(preview)
    head = [totals(preview), *(f"  {clean(key)}" for key in common)]
    parts = ["\n".join(line for each in head for line in wrap(each, style.width))]
    for ref in preview.refs:
        parts.append("\n".join(_issue_lines(preview, ref, common, style)))
    parts += (_written(each, style) for each in preview.texts)
    if sentences := list(_sentences(preview)):
        lines = (line for each in sentences for line in wrap(clean(each), style.width))
        parts.append("\n".join(lines))
    if preview.handbook:
        parts.append(_diff("The handbook says otherwise:", _of_handbook(preview), style))
    return "\n\n".join(parts)


def _issue_lines(
    preview: Preview, ref: str, common: tuple[str, ...], style: TextStyle
) -> Iterator[str]:
    title, standing = _title_and_standing(preview, ref)
    left, right = ends(f"{_name(preview, ref)}{GAP}{title}".rstrip(), standing, style.width)
    yield style.paint(left, "head") + right
    rows = preview.of(ref)
    if preview.confidential(ref):
        yield f"  {style.paint('~', '~')} {hidden(rows)}"
        return
    for nth, each in enumerate(rows):
        yield from difference_lines(each, style)
        last = nth + 1 == len(rows) or rows[nth + 1].keys != each.keys
        for key in each.keys if last and each.keys != common else ():
            yield from wrap(clean(key), style.width, " " * 6)


def _written(each: TextDifference, style: TextStyle) -> str:
    return _diff(f"templates/{clean(each.template)} on {each.on or 'a sample'}:", each.lines, style)


def _diff(head: str, told: Sequence[str], style: TextStyle) -> str:
    block = in_code_block("\n".join(told)).splitlines()[1:-1]  # without what moves a cursor
    lines = (style.paint(line, line[0]) if line[:1] in ("+", "-") else line for line in block)
    return "\n".join([style.paint(head, "head"), *(f"  {line}" for line in lines)])


def difference_lines(each: Difference, style: TextStyle) -> Iterator[str]:
    """One difference for a terminal."""
    sign = _sign(each)
    said, start = clean(each.said), f"  {style.paint(sign, sign)} "
    rule = style.paint(clean(each.rule), "rule")
    if width(said) <= _COLUMN and (
        style.width is None or width(each.rule) + _COLUMN + 6 <= style.width
    ):
        yield f"{start}{pad(said, _COLUMN)}{GAP}{rule}".rstrip()
    else:
        first, *rest = wrap(said, style.width and style.width - 4)
        yield start + first
        yield from (f"    {line}" for line in [*rest, *([rule] if each.rule else [])])
    if style.verbose and each.why:
        yield from wrap(clean(each.why), style.width, " " * 6)


def _sign(each: Difference) -> str:
    return "!" if each.kind == "finding" and each.sign == "+" else each.sign


def preview_markdown(preview: Preview, titles: bool = True, issues: bool = True) -> str:
    """The same as a comment; without ``titles``, or without ``issues`` at all, where its readers
    may not see them."""
    common = _common_keys(preview)
    parts = [f"**{escape_inline(totals(preview))}**"]
    if common:
        parts.append("By " + ", ".join(map(code, common)) + ".")
    refs = preview.refs
    while issues and refs and len("".join(parts)) < _ENOUGH:
        ref, refs = refs[0], refs[1:]
        shown = [_name(preview, ref), *(_title_and_standing(preview, ref) if titles else ())]
        name, *rest = (escape_inline(each) for each in shown if each)
        parts.append(" · ".join([f"**{name}**", *rest]))
        parts.append("\n".join(_markdown_rows(preview, ref, common)))
    if refs:
        parts.append(f"`ima preview` shows {count(len(refs), 'issue')} more.")
    for each in preview.texts:
        parts.append(f"{code(f'templates/{each.template}')} on {each.on or 'a sample'}:")
        parts.append(_diff_block(each.lines))
    parts += [escape_inline(each, 500) for each in _sentences(preview)]
    if preview.handbook:
        many = count(sum(line[:1] in ("+", "-") for line in preview.handbook), "line")
        head = f"<details><summary>The handbook says otherwise: {many}</summary>"
        parts += [head, _diff_block(_of_handbook(preview)), "</details>"]
    return "\n\n".join(parts)


def _of_handbook(preview: Preview) -> list[str]:
    """The lines of its diff, without the mark of a list, which would look like a sign."""
    return [f"{line[:1]} {line[1:].removeprefix('- ')}" for line in preview.handbook]


def _diff_block(lines: Sequence[str]) -> str:
    return in_code_block("\n".join(lines)).replace("text\n", "diff\n", 1)


def _markdown_rows(preview: Preview, ref: str, common: tuple[str, ...]) -> Iterator[str]:
    rows = preview.of(ref)
    yield "| | | rule |\n|--|--|--|"
    if preview.confidential(ref):
        yield f"| ~ | {hidden(rows)} | |"
        return
    yield from (markdown_row(each, common) for each in rows[:_ROWS])
    if (left := len(rows) - _ROWS) > 0:
        yield f"| | {count(left, 'more change')} | |"


def markdown_row(each: Difference, common: tuple[str, ...] = ()) -> str:
    """One difference as the row of a table; keys that are ``common`` to all stand elsewhere."""
    by = [code(each.rule)] if each.rule else []
    by += map(code, each.keys if each.keys != common else ())
    return f"| {_sign(each)} | {escape_inline(each.said)} | {'<br>'.join(by)} |"


def code(text: str) -> str:
    """A stranger's words as code in a cell of a table."""
    shown = clean(text)[:200].replace("`", "'").replace("|", "¦").replace("<!--", "<! --")
    return f"`{shown}`" if shown else ""


def proposal_comment(body: str, commit: str, plan: str, policy: str, at: datetime) -> str:
    """What stands on a merge or pull request: a preview, and what it is of."""
    of = f"Of commit {commit[:12]}, against what holds and what goes on at {at:%Y-%m-%d %H:%M} UTC."
    digests = f"Plan `{plan}`, policy `{policy}`." if plan else ""
    last = f"{of} {digests}".strip()
    return f"{MARK}\n{body}\n\n{last} IMA brings this up to date with each push."


def refusal_line(problem: str) -> str:
    """In one line, why a proposal is no policy that a run could work with, and what to write."""
    lines = [line for line in problem.splitlines() if line]
    first, *rest = [line for line in lines if not line.startswith("  ")]
    remedy = "".join(f"; {line.strip()}" for line in lines[1:2] if line.startswith("  "))
    more = f" (and {count(len(rest), 'more mistake')}: `ima check` shows them)" if rest else ""
    return f"**No run could work with these files:** {escape_inline(first + remedy, 400)}{more}"
