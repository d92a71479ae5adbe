"""GraphQL documents, as far as IMA sends them: read, and answered field by field.

What is there is a mapping of fields to values; a field with arguments is a function that `takes`
has given their types. What is not there is refused as GitLab refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[$\w.]+|[!{}()\[\]:=]|\.\.\.')
Fields = Mapping[str, Any]


class Wrong(Exception):
    """The document cannot be answered at all."""


class Unavailable(Exception):
    """One field cannot: it is null, and `errors` say why."""


@dataclass(slots=True)
class Field:
    name: str
    alias: str
    args: dict[str, Any] = field(default_factory=dict)
    of: list[Field] = field(default_factory=list)


@dataclass(slots=True)
class Variable:
    name: str


@dataclass(slots=True)
class Document:
    kind: str  # query or mutation
    types: dict[str, str]  # of its variables
    fields: list[Field]


def takes(**types: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The types of a field's arguments, by their names."""

    def marked(function: Callable[..., Any]) -> Callable[..., Any]:
        function.types = types  # type: ignore[attr-defined]
        return function

    return marked


def read(text: str) -> Document:
    tokens = _TOKEN.findall(text)[::-1]
    kind = tokens.pop() if tokens[-1] in ("query", "mutation") else "query"
    if tokens[-1] not in ("(", "{"):
        tokens.pop()  # its name
    types = {}
    if tokens[-1] == "(":
        tokens.pop()
        while tokens[-1] != ")":
            name = tokens.pop().removeprefix("$")
            _expect(tokens, ":")
            types[name] = ""
            while tokens[-1] != ")" and tokens[-1][0] != "$":
                types[name] += tokens.pop()
        tokens.pop()
    return Document(kind, types, _selection(tokens))


def _expect(tokens: list[str], wanted: str) -> None:
    if not tokens or (found := tokens.pop()) != wanted:
        raise Wrong(f'Parse error: expected "{wanted}", got "{found if tokens else "end"}"')


def _selection(tokens: list[str]) -> list[Field]:
    _expect(tokens, "{")
    found = []
    while tokens and tokens[-1] != "}":
        name = alias = tokens.pop()
        if tokens[-1] == ":":
            tokens.pop()
            name = tokens.pop()
        one = Field(name, alias)
        if tokens[-1] == "(":
            tokens.pop()
            while tokens[-1] != ")":
                arg = tokens.pop()
                _expect(tokens, ":")
                one.args[arg] = _value(tokens.pop())
            tokens.pop()
        if tokens[-1] == "{":
            one.of = _selection(tokens)
        found.append(one)
    _expect(tokens, "}")
    return found


def _value(token: str) -> Any:
    if token[0] == "$":
        return Variable(token[1:])
    if token[0] == '"':
        return token[1:-1]
    if token.isdecimal():
        return int(token)
    return {"true": True, "false": False, "null": None}.get(token, token)


def answered(
    document: Document, roots: Mapping[str, Fields], variables: Mapping[str, Any]
) -> dict[str, Any]:
    """The `data` and the `errors`."""
    errors: list[dict[str, Any]] = []
    try:
        root = roots[document.kind]
        data = _selected(root, document.fields, document, variables, errors, ())
    except Wrong as wrong:
        return {"errors": [{"message": str(wrong)}]}
    return {"data": data, **({"errors": errors} if errors else {})}


def _selected(
    value: Any,
    wanted: list[Field],
    document: Document,
    variables: Mapping[str, Any],
    errors: list[dict[str, Any]],
    path: tuple[str, ...],
) -> Any:
    if value is None or not wanted:
        return value
    if isinstance(value, list):
        return [_selected(each, wanted, document, variables, errors, path) for each in value]
    found = {}
    for one in wanted:
        if one.name not in value:
            kind = value.get("__typename", "?")
            raise Wrong(f"Field '{one.name}' doesn't exist on type '{kind}'")
        inner, here = value[one.name], (*path, one.alias)
        if callable(inner):
            args = _arguments(one, inner.types, document, variables)
            try:
                inner = inner(args)
            except Unavailable as why:
                errors.append({"message": str(why), "path": list(here)})
                inner = None
        found[one.alias] = _selected(inner, one.of, document, variables, errors, here)
    return found


def _arguments(
    one: Field, types: Mapping[str, str], document: Document, variables: Mapping[str, Any]
) -> dict[str, Any]:
    for name, kind in types.items():
        if kind.endswith("!") and name not in one.args:
            raise Wrong(f"Field '{one.name}' is missing required arguments: {name}")
    found = {}
    for name, value in one.args.items():
        if name not in types:
            raise Wrong(f"Field '{one.name}' doesn't accept argument '{name}'")
        if isinstance(value, Variable):
            declared = document.types.get(value.name)
            if declared is None or declared.rstrip("!") != types[name].rstrip("!"):
                raise Wrong(f"Type mismatch on variable ${value.name} and argument {name}")
            value = variables.get(value.name)
            if value is None and types[name].endswith("!"):
                raise Wrong(f"Variable ${value} of type {declared} was provided invalid value")
        found[name] = value
    return found
