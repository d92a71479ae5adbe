"""Options that every command has, and examples in its help."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from automation.cli.invocation import META, Call
from automation.errors import PolicyError
from automation.mistakes import quoted, suggestion

if TYPE_CHECKING:
    from automation.policy.policy import Policy

Function = TypeVar("Function", bound=Callable[..., Any])
Body = Callable[..., int | None]


class CommandWithExamples(click.Command):
    """A command whose help ends with examples, which the tests run."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Example" if len(self.examples) == 1 else "Examples"):
            for line in self.examples:
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class Family(CommandWithExamples, click.Group):
    """A group of commands with examples."""


class OneOf(click.Choice[str]):
    """An option whose value is a word of the process, in upper or lower case; the help shows it as
    people write it."""

    def __init__(self, words: Sequence[str], shown: str) -> None:
        super().__init__(words, case_sensitive=False)
        self.shown = shown

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return self.shown

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        for word in self.choices:
            if str(value).casefold() == word.casefold():
                return word
        return self.fail(f"{value!r} is not one of {', '.join(self.choices)}.", param, ctx)


class TeamWord(OneOf):
    """The same for a word that a team may call otherwise: the policy says which there are."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return str(value)


def common(formats: Sequence[str] = ()) -> Callable[[Function], Function]:
    """The options that may stand before or after a command's name. ``formats`` are those of
    --format, if it has one."""
    options = [
        click.option("--policy", metavar="FILE", help="Another policy than ./policy.yml."),
        click.option(
            "--tracker",
            metavar="NAME",
            help="Another than the policy's: local, gitlab, github, a URL.",
        ),
        click.option("-v", "--verbose", is_flag=True, help="Say more: the reason of each change."),
        click.option("-q", "--quiet", is_flag=True, help="The answer and errors alone: no notes."),
    ]
    if formats:
        options.insert(
            2, click.option("--format", type=click.Choice(formats), help="How to show it.")
        )

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


_COMMON = ("policy", "tracker", "format", "verbose", "quiet")


def keep_common_options(context: click.Context) -> None:
    """Move the common options that were given from a context's parameters to where all contexts of
    the call find them."""
    for name in _COMMON:
        if value := context.params.pop(name, None):
            context.meta[f"{META}.{name}"] = value


def command(
    name: str, *, examples: Sequence[str], formats: Sequence[str] = ()
) -> Callable[[Body], CommandWithExamples]:
    """Makes a command of a function that takes a `Call` and its own arguments and returns an exit
    code."""

    def decorate(function: Body) -> CommandWithExamples:
        @functools.wraps(function)
        def run(**values: Any) -> int | None:
            context = click.get_current_context()
            own = {key: value for key, value in values.items() if key not in _COMMON}
            return function(_call(context, formats), **own)

        return click.command(name, cls=CommandWithExamples, examples=examples)(common(formats)(run))

    return decorate


def _call(context: click.Context, formats: Sequence[str]) -> Call:
    chain = [context]
    while (parent := chain[0].parent) is not None:
        chain.insert(0, parent)
    for each in chain:
        keep_common_options(each)
    wanted = context.meta.get(f"{META}.format", "text")
    if wanted not in (*formats, "text"):
        raise click.UsageError(f"`{context.command_path}` has no --format {wanted}", context)
    return Call.of(context)


def people_option(function: Function) -> Function:
    """``--as LOGIN``."""
    return click.option("--as", "login", metavar="LOGIN", help="Who says so. Default: you.")(
        function
    )


def service_named(policy: Policy, name: str) -> str:
    """The service that somebody named, in upper or lower case. Raises PolicyError."""
    known = dict.fromkeys([*policy.services, *policy.labels.values("service")])
    for each in known:
        if each.casefold() == name.casefold():
            return each
    problem = f"--service: there is no service {quoted(name)}"
    raise PolicyError(problem, suggestion(name, known, policy.place("services")))
