"""Text in columns, as wide as a terminal shows it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

GAP = "  "
_LEAST = 8  # cells of a column that gives way
_LOG = 88  # cells of a line where nobody says how wide it may be
# Western text, and the signs that IMA writes: one cell each. wcwidth, which knows all characters,
# takes longer to import than most commands take to run, and is asked only about other text.
_NARROW = re.compile("[ -~\xa0-\u02ff\u2010-\u2027\u2039\u203a\u2190-\u21ff\u2212\u2713\u2717]*")


def width(text: str) -> int:
    """How many cells a terminal needs for a text: two for a wide character or an emoji, none for
    one that combines with another."""
    if _NARROW.fullmatch(text):
        return len(text)
    from wcwidth import width as cells_of

    return cells_of(text, control_codes="ignore")


def pad(text: str, cells: int) -> str:
    """``text`` with spaces behind it."""
    return text + " " * (cells - width(text))


def fit(text: str, cells: int) -> str:
    """``text``, cut with an ellipsis where it is longer."""
    if width(text) <= cells:
        return text
    if _NARROW.fullmatch(text):
        kept = text[: max(cells - 1, 0)]
    else:
        from wcwidth import clip

        # A wide character that would be cut in two is left out.
        kept = clip(text, 0, max(cells - 1, 0), fillchar="", control_codes="ignore")
    return kept.rstrip() + "…"


def wrap(text: str, cells: int | None, indent: str = "") -> list[str]:
    """The text in lines of whole words; in one line where ``cells`` is None."""
    if cells is None:
        return [indent + text]
    lines = [indent]
    for word in text.split():
        longer = lines[-1] + (" " if lines[-1] != indent else "") + word
        if lines[-1] != indent and width(longer) > max(cells, 20):
            lines.append(indent + word)
        else:
            lines[-1] = longer
    return lines


def ends(left: str, right: str, cells: int | None) -> tuple[str, str]:
    """Two texts at both ends of a line. The left one is cut where they do not fit, but never below
    a few cells."""
    left_cells = (cells or _LOG) - width(right) - len(GAP)
    if cells is not None:
        left = fit(left, max(left_cells, _LEAST))
    return (pad(left, left_cells) + GAP if right else left), right


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], cells: int | None, giving_way: int = -1
) -> list[str]:
    """Lines with aligned columns, the head first. Where they do not fit, column ``giving_way`` is
    cut; where that is not enough, each row becomes a paragraph."""
    widths = [max(map(width, column)) for column in zip(head, *rows, strict=True)]
    too_wide = sum(widths) + len(GAP) * (len(widths) - 1) - (cells or 0)
    if cells is not None and too_wide > 0:
        if giving_way < 0 or widths[giving_way] - too_wide < _LEAST:
            return [line for row in rows for line in _paragraph(head, row, cells)]
        widths[giving_way] -= too_wide
    return [_line(row, widths) for row in (head, *rows)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    fitted = (pad(fit(text, cells), cells) for text, cells in zip(row, widths, strict=True))
    return GAP.join(fitted).rstrip()


def _paragraph(head: Sequence[str], row: Sequence[str], cells: int) -> list[str]:
    rest = (f"{name} {text}" for name, text in zip(head[1:], row[1:], strict=True) if text)
    return [*wrap(row[0], cells), *wrap(" · ".join(rest), cells, GAP)]
