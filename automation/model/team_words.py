"""What a team calls its roles, states and statuses. Inside there are only the keys, such as "imoc"
and "Investigating": facts, rules, figures and JSON have them. What people type becomes a key, and
what they read comes of one, here and nowhere else. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from automation.model.issue import STATES, STATUSES
from automation.records import dataclass
from automation.text.typed import DASHES

_APART = re.compile(f"[-_{DASHES}\\s]+")


@dataclass(frozen=True, slots=True)
class TeamWords:
    """The words of a team by key. Where there is none the common word is shown."""

    # Of each role that there is; "" where it has no name
    roles: Mapping[str, str] = field(default_factory=dict, hash=False)
    states: Mapping[str, str] = field(default_factory=dict, hash=False)
    statuses: Mapping[str, str] = field(default_factory=dict, hash=False)
    severities: tuple[str, ...] = ()  # these are words already, the gravest first

    def role(self, key: str) -> str:
        """A role as people read it in a sentence: "IMOC"."""
        return self.roles.get(key) or key.upper()

    def called(self, key: str, common: str) -> str:
        """A role as people read it, where ``common`` words say it for a team without a name."""
        return self.roles.get(key) or common

    def state(self, key: str) -> str:
        """A state as people read it; what is no state stays as it is."""
        return self.states.get(key) or key

    def status(self, key: str) -> str:
        """A status as people read it; what is none stays as it is."""
        return self.statuses.get(key) or key

    def value(self, family: str, key: str) -> str:
        """A value of one of the families "severity", "state" and "status"."""
        named = {"state": self.states, "status": self.statuses}.get(family, {})
        return named.get(key) or key

    def shown(self, key: str) -> str:
        """A role, state or status as people read it; any other text as it is."""
        if (role := key.lower()) in self.roles:
            return self.role(role)
        return self.states.get(key) or self.status(key)

    def knows(self, key: str) -> bool:
        """Is it the key of a role, a state or a status?"""
        return key in self.roles or key in STATES or key in STATUSES

    def typed(self, key: str, common: str = "") -> str:
        """A role, state or status as somebody types it behind a command; ``common`` is what they
        type where the team has no word of its own."""
        word = self.roles.get(key) or self.states.get(key) or self.statuses.get(key) or common
        if not word:
            word = key.lower() if key in STATES else key
        return f'"{word}"' if " " in word else word

    def role_named(self, word: str) -> str | None:
        """The key of the role that somebody names, by the team's word for it or by its key."""
        return _named(word, self.roles, self.roles)

    def state_named(self, word: str) -> str | None:
        """The state that somebody names: see `value_named`."""
        return value_named(word, STATES, self.states)

    def status_named(self, word: str) -> str | None:
        """The status that somebody names: see `value_named`."""
        return value_named(word, STATUSES, self.statuses)

    def severity_named(self, word: str) -> str | None:
        """The severity that somebody names: see `value_named`."""
        return value_named(word, self.severities)


COMMON = TeamWords()  # the words of a policy that has none of its own


def value_named(
    word: str, keys: Iterable[str], words: Mapping[str, str] | None = None
) -> str | None:
    """The one of ``keys`` that somebody names in upper or lower case: by the team's word for it or
    by the key, or only by the beginning of one where no other begins so. The team's words come
    first. None where it is none, or more than one."""
    words, keys = words or {}, list(keys)
    if exact := _named(word, keys, words):
        return exact
    wanted = folded(word)
    for spelt in ({key: words.get(key) or key for key in keys}, {key: key for key in keys}):
        begun = [key for key, text in spelt.items() if wanted and folded(text).startswith(wanted)]
        if begun:
            return begun[0] if len(begun) == 1 else None
    return None


def _named(word: str, keys: Iterable[str], words: Mapping[str, str]) -> str | None:
    wanted, keys = folded(word), list(keys)
    by_word = {folded(words.get(key) or key): key for key in reversed(keys)}
    return by_word.get(wanted) or {folded(key): key for key in reversed(keys)}.get(wanted)


def folded(word: str) -> str:
    """A word as it is compared: without case, and with any kind of dash or space as one space."""
    return _APART.sub(" ", word).strip().casefold()
