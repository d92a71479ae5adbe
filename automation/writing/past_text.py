"""The past by two policies, as text or Markdown: what cannot be known, the sums, then each incident
on which something differs, then which rules did what. Pure.

Of a confidential incident only the reference is shown (P-16). Names of rules are strangers' words.
"""

from __future__ import annotations

from collections.abc import Iterator

from automation.model.secrecy import TITLE
from automation.planning.past import Figures, Past
from automation.text.columns import GAP, table, wrap
from automation.text.escaping import clean, escape_inline
from automation.writing.plan_text import count
from automation.writing.preview_text import code, difference_lines, hidden, markdown_row
from automation.writing.text_style import TextStyle

UNKNOWN = (
    "Nobody knows what people would have done otherwise: here they do what they did then, and each"
    " incident is lived by itself."
)
_ENOUGH, _ROWS = 10_000, 12  # characters of a comment; rows of one incident in it
_MOST = 40  # incidents in a terminal
_WORDS = {
    "called": "people called",
    "pages": "pages",
    "at_night": "pages at night",
    "public": "public posts",
    "comments": "comments",
    "reviews": "reviews",
    "actions": "corrective actions",
}


def _head(past: Past) -> str:
    days = max(1, round((past.until - past.since).total_seconds() / 86400))
    of = f"of {count(len(past.lived), 'incident')} of the last {count(days, 'day')}"
    if not past.lived:
        return f"There is no incident in the last {count(days, 'day')}."
    if not past.refs:
        return f"On none {of} would anything have been otherwise."
    return f"{len(past.refs)} {of} would have gone otherwise{_minutes(past)}."


def _top(past: Past) -> list[str]:
    """How much differs; and where anything does, what nobody knows."""
    return [_head(past), *([UNKNOWN] if past.refs else [])]


def _minutes(past: Past) -> str:
    said = [
        f"{minutes} min {word}"
        for minutes, word in ((past.earlier, "earlier"), (past.later, "later"))
        if minutes
    ]
    return f": people called {', '.join(said)} in all" if said else ""


def _sums(past: Past) -> Iterator[list[str]]:
    """How much each policy did: in all, and of pages in a week."""
    for name in Figures.__slots__:
        now, then = getattr(past.base, name), getattr(past.head, name)
        if now or then:
            yield [_WORDS[name], str(now), str(then)]
        if name in ("pages", "at_night") and (now or then):
            weekly = [f"{number / past.weeks:.1f}" for number in (now, then)]
            yield ["– in a week", *weekly]


def _rules(past: Past) -> Iterator[tuple[str, list[str]]]:
    if past.lived:
        yield "Rules that never did anything in that time", past.never
        yield "Rules that did something on nearly every incident", past.nearly_always


def _sentences(past: Past) -> Iterator[str]:
    if past.unread:
        what = count(past.unread, "issue")
        yield f"Not among them: {what} that could not be read now. The next preview goes on there."
    if lost := sum(one.lost for one in past.lived):
        yield f"Left out: {count(lost, 'act')} of people on what would not have been opened."
    if cut := sum(one.cut for one in past.lived):
        yield f"Followed only so far: {count(cut, 'incident')} that nobody ends."
    yield from past.notes


def _name(past: Past, ref: str, project: str) -> list[str]:
    one = past.incident(ref)
    title = TITLE if one is None or past.confidential(ref) else clean(one.title)
    began = f"{one.began:%Y-%m-%d %H:%M} UTC" if one and not past.confidential(ref) else ""
    return [f"{clean(project)}{ref}", title, began]


def past_text(past: Past, project: str, style: TextStyle) -> str:
    """What ``ima preview --days`` prints below the preview."""
    parts = ["\n".join(line for each in _top(past) for line in wrap(each, style.width))]
    if past.refs:
        rows = list(_sums(past))
        parts.append("\n".join(table(["", "now", "proposed"], rows, style.width, 0)))
    for ref in past.refs[:_MOST]:
        head = style.paint(GAP.join(filter(None, _name(past, ref, project))), "head")
        parts.append("\n".join([head, *_lines(past, ref, style)]))
    if (left := len(past.refs) - _MOST) > 0:
        parts.append(f"{count(left, 'more incident')}: `--format json` has them.")
    told = [f"{said}: {', '.join(map(clean, names))}." for said, names in _rules(past) if names]
    for each in (*told, *_sentences(past)):
        parts.append("\n".join(wrap(each, style.width)))
    return "\n\n".join(parts)


def _lines(past: Past, ref: str, style: TextStyle) -> Iterator[str]:
    rows = past.of(ref)
    if past.confidential(ref):
        yield f"  {style.paint('~', '~')} {hidden(rows)}"
        return
    for each in rows:
        yield from difference_lines(each, style)


def past_markdown(past: Past, project: str, titles: bool = True, issues: bool = True) -> str:
    """The same as a part of a comment; without ``titles``, or without ``issues`` at all, where its
    readers may not see them."""
    parts = [f"**The past.** {' '.join(escape_inline(each, 300) for each in _top(past))}"]
    if past.refs:
        rows = (f"| {' | '.join(row)} |" for row in _sums(past))
        parts.append("\n".join(["| | now | proposed |", "|--|--|--|", *rows]))
    refs = past.refs
    while issues and refs and len("".join(parts)) < _ENOUGH:
        ref, refs = refs[0], refs[1:]
        name, title, began = map(escape_inline, _name(past, ref, project))
        shown = [f"**{name}**", *([title] if titles else []), began]
        parts.append(" · ".join(filter(None, shown)))
        parts.append("\n".join(_markdown_rows(past, ref)))
    if refs:
        parts.append(f"`ima preview --days` shows {count(len(refs), 'incident')} more.")
    for said, names in _rules(past):
        if names:
            parts.append(f"{said}: {', '.join(map(code, names))}.")
    parts += [escape_inline(each, 500) for each in _sentences(past)]
    return "\n\n".join(parts)


def _markdown_rows(past: Past, ref: str) -> Iterator[str]:
    rows = past.of(ref)
    yield "| | | rule |\n|--|--|--|"
    if past.confidential(ref):
        yield f"| ~ | {hidden(rows)} | |"
        return
    yield from (markdown_row(each) for each in rows[:_ROWS])
    if (left := len(rows) - _ROWS) > 0:
        yield f"| | {count(left, 'more change')} | |"
