"""Finds names in templates, in all their branches, that nothing ever gives. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import nodes

Known = Mapping[str, list[Any]]  # a name: what it was in the samples
Unknown = tuple[int, str]  # line, and what is wrong


def unknown_names(tree: nodes.Template, known: Known) -> Iterator[Unknown]:
    """The names that no sample has, with the line and a sentence such as "'card' has no 'ownr'"."""
    yield from _NamesWithoutSample(known).below(tree, dict(known))


class _NamesWithoutSample:
    def __init__(self, known: Known) -> None:
        self._known = known

    def below(self, node: nodes.Node, scope: dict[str, list[Any]]) -> Iterator[Unknown]:
        """What no sample has, in ``node`` and below it. ``scope``: what each name may be there."""
        if isinstance(node, (nodes.Macro, nodes.CallBlock)):
            given = {each.name for each in node.args}
            scope = {name: values for name, values in scope.items() if name not in given}
        if isinstance(node, nodes.For):
            yield from self.below(node.iter, scope)
            inner = _scope_with(node.target, _items_of(_possible_values(node.iter, scope)), scope)
            for child in (*node.body, *([node.test] if node.test else [])):
                yield from self.below(child, inner)
            for child in node.else_:
                yield from self.below(child, scope)
            return
        if isinstance(node, (nodes.Assign, nodes.AssignBlock)):
            yield from (
                found for child in node.iter_child_nodes() for found in self.below(child, scope)
            )
            values = _possible_values(node.node, scope) if isinstance(node, nodes.Assign) else []
            scope.update(_scope_with(node.target, values, scope))
            return
        if isinstance(node, (nodes.Getattr, nodes.Getitem)) and (
            wrong := _missing_in_samples(node, scope)
        ):
            yield node.lineno, wrong
            return
        for child in node.iter_child_nodes():
            yield from self.below(child, scope)


def _missing_in_samples(node: nodes.Getattr | nodes.Getitem, scope: Known) -> str:
    """What no sample has, or nothing."""
    name, owners = _name_asked_for(node), _possible_values(node.node, scope)
    samples = [each for each in owners if each is not None]
    if not isinstance(name, str) or not samples or any(_gives(each, name) for each in samples):
        return ""
    if not all(isinstance(each, Mapping) and each for each in samples):
        return ""  # a text or a number: what it can is Jinja2's business
    return f"{_quoted_name(node.node)} has no {name!r}, as far as any sample shows"


def _quoted_name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return repr(node.name)
    if (
        isinstance(node, (nodes.Getattr, nodes.Getitem))
        and (name := _name_asked_for(node)) is not None
    ):
        return repr(name)
    return "this"


def _name_asked_for(node: nodes.Getattr | nodes.Getitem) -> Any:
    if isinstance(node, nodes.Getattr):
        return node.attr
    return node.arg.value if isinstance(node.arg, nodes.Const) else None


def _gives(owner: Any, name: str) -> bool:
    return hasattr(owner, name) or (isinstance(owner, Mapping) and name in owner)


def _possible_values(node: nodes.Node, scope: Known) -> list[Any]:
    """What an expression may be; empty where that is not known."""
    if isinstance(node, nodes.Name):
        return list(scope.get(node.name, ()))
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        return [
            got
            for each in _possible_values(node.node, scope)
            for got in _looked_up(each, _name_asked_for(node))
        ]
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
        owners = _possible_values(node.node.node, scope)
        if node.node.attr in ("items", "values", "keys") and not node.args:
            return [
                list(getattr(owner, node.node.attr)())
                for owner in owners
                if isinstance(owner, Mapping)
            ]
    return []


def _looked_up(owner: Any, name: Any) -> Iterator[Any]:
    if isinstance(owner, Mapping) and name in owner:
        yield owner[name]
    elif isinstance(owner, Sequence) and not isinstance(owner, str) and isinstance(name, int):
        yield from owner  # whichever it is


def _items_of(lists: Sequence[Any]) -> list[Any]:
    return [
        item
        for each in lists
        if isinstance(each, (Sequence, Mapping)) and not isinstance(each, str)
        for item in each
    ]


def _scope_with(target: nodes.Node, values: list[Any], scope: Known) -> dict[str, list[Any]]:
    """The scope with ``target`` as one of ``values``; unknown where there are none."""
    inner = dict(scope)
    if isinstance(target, nodes.Name):
        inner[target.name] = values
    elif isinstance(target, nodes.Tuple):
        for place, each in enumerate(target.items):
            parts = [
                value[place]
                for value in values
                if isinstance(value, (tuple, list)) and len(value) > place
            ]
            inner = _scope_with(each, parts, inner)
    return inner
