"""Takes back what phones, word processors and web pages make of what people type. Pure."""

from __future__ import annotations

import re

DASHES = "‐‑‒–—―−﹘﹣－"
_DOUBLE, _SINGLE = "“”„‟«»＂", "‘’‚‛‹›＇"
_QUOTES = str.maketrans(_DOUBLE + _SINGLE, '"' * len(_DOUBLE) + "'" * len(_SINGLE))
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"[^\S\n]")  # of any width, breaking or not; vertical tabs, too
_WORD = re.compile(r'"([^"]*)"|(\S+)')
_PAIRS = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "'": "'", "‹": "›", "”": "”"}
_STEP = re.compile(rf"\s*(?:--+|[{DASHES}])\s*|\s+-\s+|:\s+|：\s*")
_LENGTH = re.compile(
    r"(?:in\s+)?(\d{1,9})\s*(m|h|d)(?:ins?|inutes?|rs?|ours?|ays?)?\b", re.IGNORECASE
)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # "／", "Ｓ", "＠" …
MARKUP = "*_`~"  # what people put around a value, as in Markdown or before a label of GitLab
POINTS = ".,:;!?…。、，：；！？"  # what people put behind a value


def narrow(text: str) -> str:
    """``text`` with wide Latin letters, digits and signs made as narrow as usual."""
    return text.translate(_WIDE)


def without_invisible_start(text: str) -> str:
    """``text`` without the marks that keyboards put before it, which nobody sees."""
    return re.sub(rf"^(?:{_INVISIBLE.pattern}|\s)+", "", text)


def plain(text: str) -> str:
    """``text`` with usual spaces and without invisible characters. Line feeds stay."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", text))


def plain_quotes(text: str) -> str:
    """``text`` with quotation marks as keyboards have them."""
    return text.translate(_QUOTES)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text; what stands in double quotation marks of any kind is one word. An
    apostrophe is no quotation mark."""
    found = _WORD.finditer(narrow(plain_quotes(text)))
    return tuple(each[2] if each[1] is None else each[1] for each in found)


def unquoted(text: str) -> str:
    """``text`` without the quotation marks that stand around the whole of it."""
    ends = _PAIRS.get(text[:1], "")
    inner = text[1:-1]
    if len(text) < 3 or text[-1] not in ends:
        return text
    apostrophes = re.sub(r"(?<=\w)['’](?=\w)", "", inner)
    return text if {text[0], text[-1]} & set(apostrophes) else inner.strip()


def length_in(text: str) -> str:
    """A length of time as policies write it, such as "45m" for "45 minutes" or "in 45 minutes"; any
    other text as it is."""
    found = _LENGTH.match(text)
    return f"{found[1]}{found[2].lower()}" if found else text


def value_and_step(text: str) -> tuple[str, str]:
    """A value, and the text behind a dash of any kind: "identified -- roll back"."""
    value, *step = _STEP.split(text, maxsplit=1)
    return value, "".join(step)
