"""Takes back what phones, word processors and web pages make of what people type. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

DASHES = "‐‑‒–—―−﹘﹣－"
_DOUBLE, _SINGLE = "“”„‟«»＂", "‘’‚‛‹›＇"
QUOTES = f"{_DOUBLE}{_SINGLE}\"'"
_QUOTES = str.maketrans(_DOUBLE + _SINGLE, '"' * len(_DOUBLE) + "'" * len(_SINGLE))
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"[^\S\n]")  # of any width, breaking or not; vertical tabs, too
_WORD = re.compile(r'"([^"]*)"|(\S+)')
_PAIRS = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "'": "'", "‹": "›", "”": "”"}
# Looked for once in each gap: a gap of two thousand spaces took a second
_STEP = re.compile(
    rf"(?<!\s)(?:\s*+(?:-+>|=+>|--+|[{DASHES}]+|→)\s*|\s++(?:-\s+|\|\s*|(?=\()))|[:;,]\s+|：\s*"
)
_LENGTH = re.compile(
    r"(?P<number>\d{1,6})\s*(?P<unit>m|h|d)(?:ins?|inuten?|inutes?|rs?|ours?|eures?|ays?)?(?![^\W\d])"
    r"|(?P<hours>\d{1,6})\s*(?:stunden?|std)\b",
    re.IGNORECASE,
)
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}
_BARE_MINUTES = re.compile(r"([0-5]\d)\b(?!\s*\w|[:.,]\d)")  # "1h30"
_END = re.compile(
    r"(?P<reason>.*)\b(?:until|for)\s+(?P<end>\S+(?:\s+\S+){0,2})\s*", re.DOTALL | re.IGNORECASE
)
_UTC = re.compile(r"\s*\(?(?:UTC|Z)\)?$", re.IGNORECASE)
_NAMED = re.compile(
    r"[(\[{<*_~`\"']*@(\w[\w.-]{0,254})(?![\w.-]*/\w)"
)  # no team, which has a slash
_BEFORE_REASON = {"because", "since", "cc", "fyi", "weil", "car"}
_PLACEHOLDER = re.compile(r"<?(?:TEXT|REASON|STEP|TITLE)>?[.!]?")  # as the usage has it
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # "／", "Ｓ", "＠" …
MARKUP = "*_`~"  # what people put around a value, as in Markdown or before a label of GitLab
POINTS = ".,:;!?…。、，：；！？"  # what people put behind a value


def narrow(text: str) -> str:
    """``text`` with wide Latin letters, digits and signs made as narrow as usual."""
    return text.translate(_WIDE)


def narrow_signs(text: str) -> str:
    """``text`` with the wide sign before a name made as narrow as usual."""
    return text.replace("＠", "@").replace("，", ",").replace("＃", "#")


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


def person_named(word: str) -> str:
    """The login that a word names with an @, without what people put around and behind it; "" for
    none."""
    found = _NAMED.match(word)
    if not found:
        return ""
    wrapped = "_" if "_" in word[: word.index("@")] else ""
    return found[1].rstrip("." + wrapped)


def before_reason(words: Sequence[str]) -> Sequence[str]:
    """The words before a dash, a "because" or the like, behind which a reason stands."""
    for place, word in enumerate(words):
        if place and (not word.strip(f"-{DASHES}") or word.casefold() in _BEFORE_REASON):
            return words[:place]
    return words


def said_in(text: str) -> str:
    """What somebody says in a line: without a dash before it and quotation marks or stars around
    all of it; "" where it is no more than a point, or what the usage has in its place."""
    said = without_markup(unquoted(re.sub(rf"^(?:-+|[{DASHES}]+)\s+", "", text)))
    empty = _PLACEHOLDER.fullmatch(said) or not any(map(str.isalnum, said))
    return "" if empty else said


def unquoted(text: str) -> str:
    """``text`` without the quotation marks that stand around the whole of it."""
    ends = _PAIRS.get(text[:1], "")
    inner = text[1:-1]
    if len(text) < 3 or text[-1] not in ends:
        return text
    apostrophes = re.sub(r"(?<=\w)['’](?=\w)", "", inner)
    return text if {text[0], text[-1]} & set(apostrophes) else inner.strip()


def length_in(text: str) -> str:
    """The length of time that a text begins with, as policies write it: "45m" for "45 minutes" or
    "in 45 minutes", "90m" for "1h 30m" or "1h30"; any other text as it is."""
    rest = re.sub(r"^in\s+", "", text, flags=re.IGNORECASE)
    minutes, lengths = 0, []
    unit = ""
    while found := _LENGTH.match(rest):
        unit = (found["unit"] or "h").lower()
        lengths.append(f"{int(found['number'] or found['hours'])}{unit}")
        minutes += int(found["number"] or found["hours"]) * _MINUTES[unit]
        rest = rest[found.end() :].lstrip(" ,+&")
    if unit == "h" and (found := _BARE_MINUTES.match(rest)):
        return f"{minutes + int(found[1])}m"
    return f"{minutes}m" if len(lengths) > 1 else "".join(lengths) or text


def reason_and_end(text: str) -> tuple[str, str]:
    """A reason, and until when, as policies and commands write it: "the vendor is away", "2h" for
    "the vendor is away for 2 hours"; "", "" where no end is named."""
    if not (found := _END.fullmatch(text.strip())):
        return "", ""
    return found["reason"], length_in(_UTC.sub("", found["end"].rstrip(".,;!")))


def value_and_step(text: str) -> tuple[str, str]:
    """A value, and the text behind a dash, an arrow, a comma or the like: "identified -- roll
    back"."""
    value, *step = _STEP.split(text, maxsplit=1)
    return value, "".join(step)


def has_step(text: str) -> bool:
    """Does something stand behind a value that parts it from a text?"""
    return _STEP.search(f"{text} ") is not None


def without_markup(text: str) -> str:
    """``text`` without the stars or backticks that stand around the whole of it."""
    found = re.fullmatch(r"(\*{1,3}|_{1,3}|~~|`{1,3})(?=\S)(.+?)(?<=\S)\1", text, re.DOTALL)
    return found[2] if found and found[1] not in found[2] else text
