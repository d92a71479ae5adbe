"""Answers against GitLab's own JSON schemas, where they are on this machine.

They are looked for in ``$IMA_ORACLES/gitlab``, else in ``../shared/oracles/gitlab`` seen from
the root of the repository. Without them or without jsonschema nothing is checked.
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.counterparts.messages import Answer

ROOT = Path(__file__).resolve().parents[3]
ISSUES = "/projects/:id/issues"
NOTES = f"{ISSUES}/:iid/notes"
Check = Callable[[Any], Iterable[str]]
LABEL = "label_basic.python.json"


def folder() -> Path:
    set_one = os.environ.get("IMA_ORACLES")
    return (Path(set_one) if set_one else ROOT.parent / "shared" / "oracles") / "gitlab"


class Oracle:
    """Collects what does not fit in ``violations``; a test asserts that there are none."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.checked = 0

    def check(self, method: str, pattern: str, answer: Answer) -> None:
        test = CHECKS.get((method, pattern))
        if test is None or answer.status not in (200, 201) or not available():
            return
        self.checked += 1
        self.violations.extend(f"{method} {pattern}: {each}" for each in test(answer.body))


@cache
def available() -> bool:
    try:
        importlib.import_module("jsonschema")
    except ImportError:
        return False
    return (folder() / "issue.json").is_file()


@cache
def _read(name: str) -> Any:
    return json.loads((folder() / name).read_text(encoding="utf-8"))


@cache
def _validator(name: str) -> Any:
    """With references to sibling files, and real times where a schema wants a date-time."""
    jsonschema = importlib.import_module("jsonschema")
    referencing = importlib.import_module("referencing")
    formats = jsonschema.FormatChecker(formats=())
    formats.checks("date-time", raises=ValueError)(_is_time)
    formats.checks("uri")(_is_uri)
    draft = importlib.import_module("referencing.jsonschema").DRAFT7

    def retrieve(uri: str) -> Any:
        found = next(folder().rglob(Path(uri).name))
        contents = _read(str(found.relative_to(folder())))
        return referencing.Resource(contents=contents, specification=draft)

    registry = referencing.Registry(retrieve=retrieve)
    validator = jsonschema.Draft7Validator
    return validator(_read(name), registry=registry, format_checker=formats)


def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or re.match(r"\w+://[^\s/]+", value) is not None


_seen: set[int] = set()


def _fits(name: str, value: Any) -> Iterable[str]:
    """The very value that fitted before is not checked again: most is read several times."""
    if (key := hash((name, json.dumps(value)))) in _seen:
        return
    errors = list(_validator(name).iter_errors(value))
    if not errors:
        _seen.add(key)
    for error in errors:
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def _one(name: str) -> Check:
    return lambda value: _fits(name, value)


def _each(name: str) -> Check:
    return lambda rows: (error for row in rows for error in _fits(name, row))


def _all_of(name: str) -> Check:
    """The schema is that of a list, the answer one item."""
    return lambda value: _fits(name, [value])


def _issue_list(rows: Any) -> Iterable[str]:
    """With labels in detail, each is checked by itself: the schema knows only names."""
    for row in rows:
        details = [label for label in row["labels"] if isinstance(label, dict)]
        for label in details:
            yield from _fits(LABEL, label)
        yield from _fits("issue.json", {**row, "labels": []} if details else row)


def _like_example(rows: Any) -> Iterable[str]:
    """For label events there is no schema, only the documented example."""
    example = _read("docs-examples/resource_label_events.json")[0]
    for row in rows:
        yield from unlike(row, example)


def _in_entity(name: str) -> Check:
    """OpenAPI says which keys there are, not which there must be."""
    return lambda rows: (
        f"{name} has no {key}"
        for row in rows
        for key in row.keys() - _read("openapi/entities.json")[name]["properties"].keys()
    )


def unlike(value: Any, example: Any, where: str = "") -> Iterable[str]:
    """How ``value`` differs in keys and types from an example. Null is like everything."""
    if value is None or example is None:
        return
    if isinstance(example, dict) and isinstance(value, dict):
        for key in sorted(example.keys() - value.keys()):
            yield f"{where}/{key} is missing"
        for key in example.keys() & value.keys():
            yield from unlike(value[key], example[key], f"{where}/{key}")
    elif isinstance(example, list) and isinstance(value, list):
        for at, item in enumerate(value if example else ()):
            yield from unlike(item, example[0], f"{where}/{at}")
    elif type(value) is not type(example):
        yield f"{where} is {value!r}, like {example!r} it is not"


_USER = "user/basic.json"
CHECKS: dict[tuple[str, str], Check] = {
    ("GET", ISSUES): _issue_list,
    ("POST", ISSUES): _one("issue.json"),
    ("GET", f"{ISSUES}/:iid"): _one("issue.json"),
    ("PUT", f"{ISSUES}/:iid"): _one("issue.json"),
    ("GET", f"{ISSUES}/:iid/links"): _issue_list,
    ("POST", f"{ISSUES}/:iid/links"): _one("issue_link.json"),
    ("DELETE", f"{ISSUES}/:iid/links/:link"): _one("issue_link.json"),
    ("GET", NOTES): _one("notes.json"),
    ("POST", NOTES): _all_of("notes.json"),
    ("GET", f"{NOTES}/:note"): _all_of("notes.json"),
    ("PUT", f"{NOTES}/:note"): _all_of("notes.json"),
    ("GET", f"{ISSUES}/:iid/resource_label_events"): _like_example,
    ("GET", f"{ISSUES}/:iid/resource_state_events"): _in_entity("APIEntitiesResourceStateEvent"),
    ("GET", "/projects/:id/labels"): _each("labels/project_label.json"),
    ("POST", "/projects/:id/labels"): _one("labels/project_label.json"),
    ("PUT", "/projects/:id/labels/:label"): _one("labels/project_label.json"),
    ("GET", "/projects/:id/members"): _one("members.json"),
    ("GET", "/projects/:id/members/all"): _one("members.json"),
    ("GET", "/projects/:id/members/all/:user"): _all_of("members.json"),
    ("GET", "/user"): _one(_USER),
    ("GET", "/users"): _each(_USER),
}
