"""The mistakes found in files: collected, never stopping at the first, told by file and line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from automation.errors import ImaError, PolicyError


class Place(Protocol):
    """A place in a file, such as a YAML node."""

    @property
    def file(self) -> str:
        """The file's name, as its reader was given it."""

    @property
    def line(self) -> int:
        """Counted from 1."""

    @property
    def path(self) -> str:
        """The keys that lead there: "rules.stuck-investigating.when"."""


class Mistakes:
    """A growing list of mistakes. `within` names the thing that is being read."""

    __slots__ = ("_found", "_path", "_thing")

    def __init__(self) -> None:
        self._found: list[tuple[str, int, ImaError]] = []
        self._thing = ""
        self._path = ""

    def __len__(self) -> int:
        return len(self._found)

    def within(self, thing: str, node: Place) -> Mistakes:
        """The same list; what is added through it begins with ``thing``, paths with ``node``."""
        inner = Mistakes()
        inner._found, inner._thing, inner._path = self._found, f"{thing}: ", node.path
        return inner

    def label(self, node: Place, otherwise: str = "the file") -> str:
        """What to call ``node``: its path, from the thing that is being read."""
        path = node.path
        if self._path and path.startswith(self._path):
            path = path[len(self._path) :].removeprefix(".")
        if path:
            return f"`{path}`"
        return "it" if self._thing else otherwise

    def add(self, node: Place, problem: str, remedy: str, line: int = 0) -> None:
        """Note a mistake at ``node`` (or at ``line`` of its file, if given)."""
        self.at(node.file, line or node.line, self._thing + problem, remedy)

    def at(self, file: str, line: int, problem: str, remedy: str) -> None:
        """Note a mistake at a place that has no node."""
        self._found.append((file, line, PolicyError(f"{file}:{line}: {problem}", remedy)))

    def absorb(self, error: PolicyError) -> None:
        """Take over what another reading has found: it stands first, in its own order."""
        self._found.append(("", 0, error))

    def raise_if_any(self) -> None:
        """Raise one PolicyError with all that was found, by file and line, each once."""
        if self._found:
            by_place = sorted(self._found, key=lambda found: found[:2])
            once = {str(mistake): mistake for _, _, mistake in by_place}
            raise PolicyError.of(list(once.values()))


def suggestion(word: str, known: Iterable[str], where: str = "") -> str:
    """The remedy line for a word that is not among ``known``; ``where`` such words are defined."""
    words = list(dict.fromkeys(known))
    if where and not words:
        return f"none is named yet: {where}"
    guess = _guess(word, words)
    return f"{guess} ({where})" if where else guess


def _guess(word: str, words: list[str]) -> str:
    from difflib import get_close_matches

    lowered = {each.casefold(): each for each in reversed(words)}
    if close := get_close_matches(word.casefold()[:100], lowered, n=1, cutoff=0.6):
        return f"did you mean '{lowered[close[0]]}'?"
    return f"known here: {', '.join(words)}" if words else "nothing can be written here"


def quoted(text: str, limit: int = 60) -> str:
    """``text`` for a message: one line, in quotes, not too long."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return "'" + shown.replace("\n", "⏎") + "'"
