"""Templates: Jinja2 in its sandbox, everything escaped unless it is known to be harmless.

``.html.j2`` and ``.xml.j2`` are escaped for markup, ``.txt.j2`` is text for a chat
(`text/chat_text.py`), all others are Markdown. Undefined names and mistakes are PolicyErrors with
file and line. Jinja2 is imported on first use: most runs write nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from automation.errors import PolicyError
from automation.model.team_words import COMMON, TeamWords
from automation.text.chat_text import active_markup, harmless_line
from automation.text.escaping import (
    ZERO_WIDTH_SPACE,
    clean,
    escape_block,
    escape_inline,
    is_login,
    mention,
)

if TYPE_CHECKING:
    from jinja2 import Environment, Template

MARKUP, CHAT = (".html.j2", ".xml.j2"), ".txt.j2"


class Safe(str):
    """Text of ours, or a stranger's text that was made harmless: it is not escaped again."""

    __slots__ = ()


class Templates:
    """Template texts by name, rendered on demand."""

    def __init__(
        self,
        texts: Mapping[str, str],
        shipped: Mapping[str, str] | None = None,
        words: TeamWords = COMMON,
    ) -> None:
        self.texts = texts
        self.words = words
        self.mistakes: dict[str, PolicyError] = {}  # by file and line; a shipped text stood instead
        self._shipped = Templates(shipped, words=words) if shipped is not None else None
        self._made: dict[Maker, Environment] = {}  # by the function that makes it

    def apart(self) -> Templates:
        """The same templates, which note their mistakes apart from these."""
        made = copy(self)
        made.mistakes = {}
        return made

    def render(self, name: str, values: Mapping[str, Any]) -> Safe:
        """The text of the template ``name``. Where it is missing or wrong, its mistake is noted,
        and the template that IMA ships is used; without shipped ones it raises PolicyError."""
        try:
            return self._render_own(name, values)
        except PolicyError as error:
            if self._shipped is None:
                raise
            self.mistakes.setdefault(place_of(error), error)
            if name in self._shipped.texts:
                return self._shipped.render(name, values)
            return Safe(f"{_NO_TEXT.format(name=name)}\n")

    def _render_own(self, name: str, values: Mapping[str, Any]) -> Safe:
        template = self._find_template(name)
        try:
            return Safe(template.render(values).strip() + "\n")
        except Exception as error:  # whatever an expression of the team's may raise
            raise _template_mistake(name, error) from error

    def check(self, name: str, values: Mapping[str, Any]) -> PolicyError | None:
        """The mistake in a template, if there is one, when it is rendered with these values."""
        try:
            self.render(name, values)
        except PolicyError as error:
            return error
        return None

    def _find_template(self, name: str) -> Template:
        if name not in self.texts:
            raise PolicyError(
                f"templates/{name}: there is no such template", "`ima init` writes the shipped ones"
            )
        if isinstance(text := self.texts[name], Unreadable):
            raise text.error
        try:
            return self._environment(name).get_template(name)
        except Exception as error:  # also an expression that is reckoned when it is read
            raise _template_mistake(name, error) from error

    def _environment(self, name: str) -> Environment:
        """Jinja2's environment for the template ``name``: what is escaped depends on what the
        template writes."""
        make = _for_chat if name.endswith(CHAT) else _for_markdown
        make = _for_markup if name.endswith(MARKUP) else make
        if make not in self._made:
            self._made[make] = made = make(self.texts)
            _add_words(made, self.words)
        return self._made[make]


class NoWords(Templates):
    """Templates that write no word where nobody reads it; the forms that people fill in they
    write."""

    def apart(self) -> Templates:
        return self

    def render(self, name: str, values: Mapping[str, Any]) -> Safe:
        return Safe("") if name.startswith(_WORDS) else super().render(name, values)


_WORDS = ("comments/", "chat/", "checklists/", "card.md", "maintenance_card.md", "dashboard.md")


class Values(Mapping[str, Any]):
    """What a template may use, reckoned when it asks."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make, self._made = make, dict[str, Any]()

    def _values(self) -> dict[str, Any]:
        self._made = self._made or self._make()
        return self._made

    def __getitem__(self, name: str) -> Any:
        return self._values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())


Maker = Callable[[Mapping[str, str]], "Environment"]
_NO_TEXT = "The text of {name} cannot be written: see the finding in the log of this job."


class Unreadable(str):
    """Stands for a template that could not be read, so that only a text that needs it fails."""

    __slots__ = ("error",)
    error: PolicyError

    @classmethod
    def of(cls, error: PolicyError) -> Unreadable:
        """A stand-in that raises this error when the template is used."""
        made = cls()
        made.error = error
        return made


def place_of(error: PolicyError) -> str:
    """File and line of a mistake in a template, such as "comments/called.md.j2:3"."""
    return ":".join(error.problem.removeprefix("templates/").split(":")[:2])


def _add_words(made: Environment, words: TeamWords) -> None:
    """Filters that write a role, a state or a status as the team reads it (`shown`) and types it
    (`typed`), and the test whether there is such a role. That they take the context keeps Jinja2
    from reckoning them when it compiles, which is done once for all teams."""
    from jinja2 import pass_context

    @pass_context
    def shown(_: object, key: object, common: str = "") -> str:
        return words.called(str(key), common) if common else words.shown(str(key))

    @pass_context
    def typed(_: object, key: object, common: str = "") -> str:
        text = words.typed(str(key), common)
        return Safe(text) if words.knows(str(key)) and text != common else text

    @pass_context
    def is_role(_: object, key: object) -> bool:
        return str(key) in words.roles or not words.roles

    made.filters |= {"shown": shown, "typed": typed}
    made.tests["role"] = is_role


def _for_markdown(texts: Mapping[str, str]) -> Environment:
    made = _sandbox_for(texts)
    made.finalize = _harmless
    made.filters |= {
        "mention": lambda logins: Safe(" ".join(map(mention, str(logins).split(", ")))),
        "block": lambda text: Safe(escape_block(str(text))),
        "group": lambda handle: Safe(clean(str(handle))),
        "link": lambda url: Safe(_link(str(url))),
        "short_link": lambda url: Safe(_short_link(str(url))),
        "code": lambda text: Safe(f"`{_code(str(text))}`"),
        "sentence": lambda text: Safe(_sentence(_harmless(text))),
    }
    return made


def _sentence(text: object) -> str:
    """``text`` with a full stop, unless it ends with one, or the like, already."""
    said = str(text).rstrip()
    return said if said.rstrip("\"')*_`”’").endswith((".", "!", "?", "…")) else f"{said}."


def _for_chat(texts: Mapping[str, str]) -> Environment:
    """For plain text with the marks of `text/chat_text.py`; the adapter of the chat does its own
    escaping."""
    made = _sandbox_for(texts)
    made.finalize = _plain
    made.filters |= {
        "mention": lambda logins: Safe(" ".join(map(_person, str(logins).split(", ")))),
        "block": lambda text: Safe("\n".join(map(harmless_line, str(text).splitlines()))),
        "group": lambda handle: Safe(active_markup("group", str(handle))),
        "link": lambda url: Safe(
            active_markup("link", str(url)) if _is_link(str(url)) else harmless_line(url)
        ),
        "code": lambda text: Safe(harmless_line(str(text))),
        "sentence": lambda text: Safe(_sentence(_plain(text))),
    }
    return made


def _person(login: str) -> str:
    return active_markup("person", login) if is_login(login) else harmless_line(login)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (Safe, bool, int)) else harmless_line(str(value))


def _for_markup(texts: Mapping[str, str]) -> Environment:
    """For HTML and XML. No filter or block of a template can switch the escaping off."""
    made = _sandbox_for(texts)
    made.autoescape = True
    made.finalize = _escaped
    made.filters |= {"moment": _moment, "clock": _clock}
    del made.filters["safe"]
    return made


def _sandbox_for(texts: Mapping[str, str]) -> Environment:
    from jinja2 import FunctionLoader, StrictUndefined

    from automation.writing.template_sandbox import COMPILED, Sandbox

    def load(name: str) -> tuple[str, str, None] | None:
        return (texts[name], name, None) if name in texts else None  # tracebacks say the name

    return Sandbox(
        loader=FunctionLoader(load),
        bytecode_cache=COMPILED,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _harmless(value: Any) -> Any:
    return value if isinstance(value, (Safe, bool, int)) else escape_inline(str(value))


def _escaped(value: Any) -> Any:
    from markupsafe import Markup, escape

    return value if isinstance(value, (Markup, bool, int)) else escape(clean(str(value)))


def _moment(when: str) -> str:
    """An ISO time for people, such as "2 March 2026, 12:31 UTC"."""
    at = datetime.fromisoformat(when)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _clock(when: str) -> str:
    """The time of day of an ISO time, such as "12:31 UTC"."""
    return f"{datetime.fromisoformat(when):%H:%M} UTC"


def _link(url: str) -> str:
    """An address as a link, which nothing in it ends; anything else as code."""
    if not _is_link(url):
        return f"`{_code(url)}`"
    return re.sub(r"[()\[\]\\]", lambda found: f"%{ord(found[0]):02X}", url)


def _short_link(url: str) -> str:
    """An address as a link that shows its host alone: a long word would widen a table beyond the
    screen of a phone."""
    host = re.match(r"https?://([\w-]+(?:\.[\w-]+)+)", url)
    return f"[{host[1][:60]}]({_link(url)})" if host and _is_link(url) else _link(url)


def _is_link(url: str) -> bool:
    return re.fullmatch(r"https?://[^\s<>\"'`|]+", url) is not None


def _code(text: str) -> str:
    """``text`` for a code span. Nothing in it is markup, but a backtick or the end of a line would
    leave the span, and our markers are looked for everywhere."""
    return clean(text).replace("`", "'").replace("<", "<" + ZERO_WIDTH_SPACE)[:200]


def _template_mistake(name: str, error: Exception) -> PolicyError:
    from jinja2 import TemplateError, TemplateSyntaxError

    if isinstance(error, PolicyError):
        return error
    if isinstance(error, TemplateSyntaxError):
        name, line = error.name or name, error.lineno
    else:
        name, line = _place(error, name)
    said = str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
    return PolicyError(
        f"templates/{name}:{line}: {said}",
        "the names that a template may use are in docs/policy.md",
    )


def _place(error: Exception, name: str) -> tuple[str, int]:
    """The template and line where rendering failed, which Jinja2 writes into the traceback."""
    found = (name, 1)
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file == name or file.endswith(".j2"):
            found = (file, trace.tb_lineno)
        trace = trace.tb_next
    return found
