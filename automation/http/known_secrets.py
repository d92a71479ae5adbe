"""What is never printed: the secrets that this run knows, also in texts of others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import quote, urlsplit

Secret = Callable[[], str]  # gives a secret when it is needed; raises ServiceError if it is missing
SHORTEST = 8  # characters: what is shorter is a word
_NAMES = re.compile(
    r"TOKEN|SECRET|PASSW|CREDENTIAL|(?:^|_)(?:KEY|KEY_OLD|ID_RSA)$|^IMA_STATUSIO_ID$", re.I
)
_OLD = "_OLD"  # of keys that signed before, which may be several
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_TEXTS = re.compile(r'"((?:[^"\\]|\\.){20,})"')  # of JSON: keys, and all that is long
_known: frozenset[str] = frozenset()


def remember(*secrets: str) -> None:
    """Never print these texts from now on."""
    global _known
    found = {each for each in secrets if len(each) >= SHORTEST}
    if not found <= _known:
        _known |= found | {quote(each, safe="") for each in found}


def remember_environment(environment: Mapping[str, str]) -> None:
    """Never print the values in the environment whose names say that they are secrets."""
    for name, value in environment.items():
        if name.upper() in _PROXIES:
            remember(*_login_in(value))
        elif _NAMES.search(name) and not value.startswith(("/", "./", "~")):
            several = re.split(r"[\s,]+", value) if name.upper().endswith(_OLD) else []
            remember(value.strip(), *several, *_inside(value))


def _login_in(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
        return [parts.password or ""]
    except ValueError:
        return []


def _inside(value: str) -> list[str]:
    """The texts within a secret: those of a key file in JSON, and each line of a private key."""
    if not value.lstrip().startswith(("{", "-----BEGIN")):
        return []
    texts = [*_TEXTS.findall(value), value]
    pieces = [line.strip() for text in texts for line in re.split(r"\\n|\n", text)]
    return [piece for piece in pieces if len(piece) >= 20 and not _is_public(piece)]


def _is_public(piece: str) -> bool:
    """Is it no secret, such as an address, or a line around a key?"""
    return piece.startswith(("-----", "https://", "http://", "{"))


def veiled(text: str) -> str:
    """``text`` without any of the secrets."""
    return _pattern(_known).sub("…", text) if _known else text


@lru_cache(maxsize=1)
def _pattern(known: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(known, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
