"""Templates: Jinja2 in its sandbox, everything escaped unless it is known to be harmless.

Undefined names and mistakes are PolicyErrors with file and line. Jinja2 is imported on first use:
most runs write nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from automation.errors import PolicyError
from automation.text import ZERO_WIDTH_SPACE, block, clean, inline, mention

if TYPE_CHECKING:
    from jinja2 import Environment, Template


class Safe(str):
    """Text of ours, or a stranger's that has been made harmless."""

    __slots__ = ()


class Templates:
    """Template texts by name, rendered on demand."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self._made: Environment | None = None

    def render(self, name: str, values: Mapping[str, Any]) -> Safe:
        """The text of template ``name``. Raises PolicyError where it is missing or wrong."""
        from jinja2 import TemplateError

        try:
            return Safe(self._template(name).render(values).strip() + "\n")
        except TemplateError as error:
            raise _mistake(name, error) from error

    def check(self, name: str, values: Mapping[str, Any]) -> PolicyError | None:
        """The mistake in a template, if any: it is rendered with sample values."""
        try:
            self.render(name, values)
        except PolicyError as error:
            return error
        return None

    def _template(self, name: str) -> Template:
        if name not in self.texts:
            raise PolicyError(
                f"templates/{name}: there is no such template", "`ima init` writes the shipped ones"
            )
        return self._environment().get_template(name)

    def _environment(self) -> Environment:
        if self._made is None:
            from jinja2 import DictLoader, StrictUndefined
            from jinja2.sandbox import ImmutableSandboxedEnvironment

            self._made = ImmutableSandboxedEnvironment(
                loader=DictLoader(dict(self.texts)),
                undefined=StrictUndefined,
                finalize=_harmless,
                trim_blocks=True,
                lstrip_blocks=True,
            )
            self._made.filters |= {
                "mention": lambda login: Safe(mention(str(login))),
                "block": lambda text: Safe(block(str(text))),
                "group": lambda handle: Safe(clean(str(handle))),
                "link": lambda url: Safe(_link(str(url))),
                "code": lambda text: Safe(f"`{_code(str(text))}`"),
            }
        return self._made


def _harmless(value: Any) -> Any:
    return value if isinstance(value, (Safe, bool, int)) else inline(str(value))


def _link(url: str) -> str:
    """An address of the policy's as it stands; anything else is no link."""
    return url if re.fullmatch(r"https?://[^\s<>\"'`|]+", url) else f"`{_code(url)}`"


def _code(text: str) -> str:
    """Inside a code span nothing is markup, but a backtick or a line's end would leave it, and
    we look for our markers everywhere."""
    return clean(text).replace("`", "'").replace("<", "<" + ZERO_WIDTH_SPACE)[:200]


def _mistake(name: str, error: Exception) -> PolicyError:
    from jinja2 import TemplateSyntaxError

    line = error.lineno if isinstance(error, TemplateSyntaxError) else _line(error, name)
    return PolicyError(
        f"templates/{name}:{line or 1}: {error}",
        "the names that a template may use are in docs/policy.md",
    )


def _line(error: Exception, name: str) -> int | None:
    """The template's line where rendering failed, which Jinja2 writes into the traceback."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in (name, "<template>"):
            found = trace.tb_lineno
        trace = trace.tb_next
    return found
