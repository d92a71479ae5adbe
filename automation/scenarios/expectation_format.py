"""The shape of what a scenario expects: every key known, every value of its kind. Pure."""

from __future__ import annotations

from automation.mistakes import Mistakes
from automation.schema.shapes import (
    Field,
    Flag,
    ListOf,
    MapOf,
    Moment,
    OneOrMany,
    Record,
    Text,
    Whole,
)
from automation.schema.yaml_nodes import Node


class Anything(Text):
    """A value that is read where it is used."""

    def read(self, node: Node, mistakes: Mistakes) -> Node:
        return node


_PUBLISHED = Record(
    "what is public",
    Field("state", Text()),
    Field("status", Text()),
    Field("updates", Whole(minimum=0)),
    Field("state~", Text()),
    Field("status~", Text()),
    Field("text~", Text()),
)
_EXPECT = Record(
    "expect",
    Field("opened", Anything()),
    Field("paged", ListOf(Text())),
    Field("repeated", ListOf(Text())),
    Field("called_off", ListOf(Text())),
    Field("announced", ListOf(Text())),
    Field("replied", MapOf(OneOrMany(Text()))),
    Field("told", MapOf(OneOrMany(Text()))),
    Field("groups", MapOf(ListOf(Text()))),
    Field("published", MapOf(_PUBLISHED)),
    Field("documents", Whole(minimum=0)),
    Field("findings", OneOrMany(Text())),
    Field("printed", OneOrMany(Text())),
    Field("dashboard", OneOrMany(Text())),
    Field("digest", ListOf(Text())),
    Field("exit", Whole(minimum=0)),
)
_TEXTS = OneOrMany(Text(empty=True))
_NOBODY = Anything()  # a login, or null for nobody
_ISSUE_EXPECT = Record(
    "an issue",
    Field("open", Flag()),
    Field("owner", _NOBODY),
    Field("assignees", ListOf(Text())),
    Field("roles", MapOf(_NOBODY)),
    Field("here", ListOf(Text())),
    Field("labels", _TEXTS),
    Field("not_labels", _TEXTS),
    Field("title", Text()),
    Field("title~", Text()),
    Field("confidential", Flag()),
    Field("locked", Flag()),
    Field("author", Text()),
    Field("comments", _TEXTS),
    Field("new_comments", Whole(minimum=0)),
    Field("state_since", Moment()),
    Field("links", _TEXTS),
    Field("due", Anything()),
)


def check_expect(node: Node, mistakes: Mistakes) -> None:
    """Note what is wrong with an ``expect``."""
    if node.value == "nothing":
        return
    known = {k: v for k, v in node.entries.items() if not k.startswith("#")}
    value = known if node.kind == "map" else node.value
    _EXPECT.read(Node(node.kind, value, node.file, node.line, node.path), mistakes)
    for key, (_, child) in node.entries.items():
        if key.startswith("#"):
            _ISSUE_EXPECT.read(child, mistakes)
    for item in opened.items if (opened := node.get("opened")) else ():
        _ISSUE_EXPECT.read(item, mistakes)
