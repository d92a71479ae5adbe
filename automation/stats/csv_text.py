"""Tables as CSV, in which no text is a formula. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

from automation.text.escaping import clean

Cell = str | int | float | None  # None: not known
_FORMULA = tuple("=+-@＝＋－＠")  # how a spreadsheet tells one


class _Lines(list[str]):
    """What `csv` writes into."""

    write = list.append


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table with its head. What is not known is empty."""
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow([_harmless(each) for each in head])
    writer.writerows([_harmless(each) for each in row] for row in rows)
    return "".join(lines)


def _harmless(cell: Cell) -> Cell:
    """The cell; a text that a spreadsheet would reckon with stands behind an apostrophe, as they
    write text themselves."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    text = clean(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
