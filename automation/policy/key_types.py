"""Types of keys that only ``policy.yml`` and ``labels.yml`` have: logins, names, working days.

Each is a shape of a text and an alias with which a dataclass says that a key has it. Pure.
"""

from __future__ import annotations

from typing import Annotated, Any

from automation.errors import PolicyError
from automation.mistakes import Mistakes, quoted
from automation.model.issue import STATES, STATUSES, UNSET
from automation.schema.shapes import DurationShape, Text, Whole, node_in_words, words_as_code
from automation.schema.yaml_nodes import Node
from automation.text.colours import READABLE, contrast
from automation.times.durations import Calendar, Duration

VERSION = 1  # of the format of policy.yml


class Version(Whole):
    """The version of the format."""

    __slots__ = ()

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.value != VERSION or node.kind != "whole":
            remedy = f"write `version: {VERSION}`, or use the release of ima that it is for"
            what = f"this ima reads `version: {VERSION}` of the format, not {node.raw or node.kind}"
            mistakes.add(node, what, remedy)
        return VERSION

    def json_schema(self) -> dict[str, Any]:
        return {"const": VERSION}

    def describe(self) -> str:
        return f"`{VERSION}`"


class Kind(Text):
    """Which implementation of a service."""

    __slots__ = ()

    def __init__(self, *known: str) -> None:
        super().__init__(choices=known)

    def remedy(self, text: str) -> str:
        from difflib import get_close_matches

        if close := get_close_matches(text, self.choices, 1, 0.75):  # github is not gitlab
            return f"did you mean {quoted(close[0])}?"
        *others, last = self.choices
        before = f"{', '.join(others)} and " if others else ""
        return f"this version of ima knows only {before}{last}"


class KeyOf(Text):
    """A state or a status, by IMA's word for it and not by the team's, which ``section`` has."""

    __slots__ = ("section",)

    def __init__(self, section: str, *known: str) -> None:
        super().__init__(choices=known)
        self.section = section

    def remedy(self, text: str) -> str:
        guess = super().remedy(text)
        also = f" (rules say these, whatever `{self.section}` calls them)"
        return guess if guess.startswith("did you mean") else f"{guess}{also}"


class NameOf(Text):
    """The name of a role, a service or a template; or one of ``words``.

    Whether there is one of this name is checked when the whole file has been read. In ``file``,
    the path of a template, the name stands for the braces.
    """

    __slots__ = ("file", "of", "words")

    def __init__(self, of: str, *words: str, pattern: str = "", file: str = "{}") -> None:
        others = f", or {words_as_code(words)}" if words else ""
        named = f"the name of a {of}" if file == "{}" else f"a word in the name of a {of}"
        super().__init__(pattern, says=f"{named}{others}")
        self.of = of
        self.words = words
        self.file = file

    def refers(self, text: str) -> bool:
        """Does ``text`` name something that must be there?"""
        return text not in self.words and not self.problem(text)


class WhoMay(NameOf):
    """Who may give a command: a word, a role or a login."""

    __slots__ = ()

    def __init__(self) -> None:
        words = ("owner", "holder", "chain", "member", "anyone")
        login = r"@[A-Za-z0-9][A-Za-z0-9._-]*(\[bot\])?"
        super().__init__("role", *words, pattern=rf"{login}|[a-z0-9][a-z0-9_-]*")
        said = ", ".join(f"`{word}`" for word in words)
        self.says = f"{said}, a role, or a login: `@mia`"

    def refers(self, text: str) -> bool:
        return super().refers(text) and not text.startswith("@")


class CalendarText(Text):
    """A text that `Calendar` takes for its ``part``, "days" or "hours"."""

    __slots__ = ("part",)

    def __init__(self, part: str, says: str) -> None:
        super().__init__(says=says)
        self.part = part

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        before = len(mistakes)
        text = super().read(node, mistakes)
        if len(mistakes) == before:
            try:
                Calendar(**{self.part: text})
            except PolicyError as error:
                mistakes.add(node, f"{mistakes.label(node)} is {error.problem}", error.remedy)
        return text


class Color(Text):
    """Six hex digits, without or with the #, read without."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(r"#?[0-9a-fA-F]{6}", says='six hex digits such as "d9534f"')

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind in ("whole", "number"):
            where = mistakes.label(node)
            remedy = f'quote it: "{node.raw}" (`{node.raw}` is a number)'
            mistakes.add(node, f"{where} is {node_in_words(node)}", remedy)
            return ""
        super().read(node, mistakes)
        return node.raw.removeprefix("#").lower()


class ReadableColor(Color):
    """A colour of text on ``background``, which it must be told from."""

    __slots__ = ("background", "darker")

    def __init__(self, background: str, darker: bool) -> None:
        super().__init__()
        self.background = background
        self.darker = darker
        self.says = f'six hex digits such as "0b57b0", to be read on `#{background}`'

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        before = len(mistakes)
        color = super().read(node, mistakes)
        if len(mistakes) == before and (found := contrast(color, self.background)) < READABLE:
            what = f"{mistakes.label(node)} cannot be read on #{self.background}"
            remedy = f"take a {'darker' if self.darker else 'lighter'} one"
            mistakes.add(
                node,
                f"{what}: its contrast is {found:.1f}",
                f"{remedy}: people need {READABLE} (WCAG 2.2, 1.4.3)",
            )
        return color


MaybeEmpty = Annotated[str, Text(empty=True)]  # where the empty text says something: no room
Name = Annotated[
    str, Text(r"[a-z0-9][a-z0-9_-]*", says="a name in lower case, such as `web` or `git-ssh`")
]
Login = Annotated[str, Text(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[bot\])?", says="a login, without the @")]
OnCallName = Annotated[
    str,
    Text(
        r"[A-Za-z0-9][A-Za-z0-9._-]*(\[bot\])?|@[\w.-]+/[\w.-]+",
        says="a login, without the @, or a team of GitHub's, such as `@acme/oncall`",
    ),
]
RoleName = Annotated[str, NameOf("role")]
ServiceName = Annotated[str, NameOf("service")]
TemplateName = Annotated[str, NameOf("template")]
NewSeverity = Annotated[
    str, Text(r"[^\W_][\w.+-]{0,29}", says="a name in one word, such as `S1` or `SEV1`")
]
SeverityName = Annotated[str, NameOf("severity")]
SeverityOrUnset = Annotated[str, NameOf("severity", UNSET)]
# Of a role, a state, a status: what people type, so it is one word where more would follow it
OneWord = Annotated[str, Text(r"[^\W_][\w.+-]{0,29}", says="one word, such as `lead` or `in-work`")]
SomeWords = Annotated[
    str, Text(r"(?=.{1,40}$)[^\W_][\w.+-]*( [\w.+-]+)*", says="some words, such as `very slow`")
]
StateName = Annotated[str, Text(choices=STATES)]
StatusName = Annotated[str, Text(choices=STATUSES)]
Elapsed = Annotated[Duration, DurationShape(exact=True)]  # without a calendar
Period = Annotated[Duration, DurationShape(exact=True, repeats=True)]  # comes again after it
