"""Requests and answers against GitHub's own OpenAPI, as far as `openapi.json` has it.

A value like one that was checked before, of the same shape, is not checked again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.counterparts.messages import Answer, Request

KEPT = Path(__file__).with_name("openapi.json")
CHOICES = ("state", "state_reason", "event", "content", "author_association", "lock_reason", "type")
LINKED = ("after",)  # stands in the links that GitHub gives, not in its OpenAPI
BYPASS = (401, 429)  # said by what stands before the API
VERSION = "2022-11-28"  # of the API, which this OpenAPI describes


class Oracle:
    """Collects what does not fit in ``violations``; a test asserts that there are none."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.checked = 0

    def check(self, request: Request, answer: Answer) -> None:
        self.checked += 1
        where = f"{request.method} {request.path}"
        for problem in _problems(request, answer):
            self.violations.append(f"{where}: {problem}")


def _problems(request: Request, answer: Answer) -> Iterable[str]:
    if request.path == "/graphql":  # not in OpenAPI
        return
    if "x-github-api-version" not in request.headers:
        yield "names no version of the API: GitHub takes the oldest that it still has"
    found = operation_of(request.method, request.path)
    if found is None:
        yield "GitHub's OpenAPI (as far as it is kept here) knows no such request"
        return
    name, operation = found
    yield from _query(name, operation, request)
    if request.body and "requestBody" in operation:
        schema = _resolved(operation["requestBody"])["content"]["application/json"]["schema"]
        if answer.status < 400:  # a refused one may well be wrong
            yield from _fits(f"{name} body", schema, json.loads(request.body))
    elif request.body and answer.status < 400:
        yield f"has no body, got {request.body[:80]!r}"
    yield from _answered(name, operation, answer)


def _answered(name: str, operation: Any, answer: Answer) -> Iterable[str]:
    said = operation["responses"].get(str(answer.status))
    if said is None:
        if answer.status < 400:
            yield f"never answers {answer.status}"
        elif answer.status not in BYPASS and answer.status < 500:
            yield from _fits("error", {"$ref": "#/components/schemas/basic-error"}, _json(answer))
        return
    content = _resolved(said).get("content", {}).get("application/json")
    if content is None and answer.body and answer.status < 400:
        yield f"answers {answer.status} without a body"
    elif content is not None:
        yield from _fits(f"{name} {answer.status}", content["schema"], _json(answer))


def _json(answer: Answer) -> Any:
    return json.loads(answer.body) if isinstance(answer.body, bytes) else answer.body


def _query(name: str, operation: Any, request: Request) -> Iterable[str]:
    known = {p["name"]: p["schema"] for p in map(_resolved, operation.get("parameters", ()))}
    for key, values in request.query.items():
        if key in LINKED:
            continue
        schema = _resolved(known.get(key, {}))
        if not schema:
            yield f"has no parameter {key}"
            continue
        for value in values:
            sent = int(value) if schema.get("type") == "integer" and value.isdigit() else value
            yield from _fits(f"{name} {key}", schema, sent, shaped=False)


@cache
def _whole() -> Any:
    return json.loads(KEPT.read_text(encoding="utf-8"))


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """The most literal first."""
    paths = sorted(_whole()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(_pattern(path)), path) for path in paths]


def _pattern(path: str) -> str:
    """``{path}`` is that of a file, in a folder or not."""
    return re.sub(r"\{\w+\}", "[^/]+", path.replace("{path}", ".+"))


@cache
def operation_of(method: str, path: str) -> tuple[str, Any] | None:
    for pattern, template in _paths():
        if pattern.fullmatch(path) and method.lower() in _whole()["paths"][template]:
            return f"{method} {template}", _whole()["paths"][template][method.lower()]
    return None


def _resolved(value: Any) -> Any:
    if isinstance(value, dict) and "$ref" in value:
        _, _, kind, key = value["$ref"].split("/", 3)
        return _resolved(_whole()["components"][kind][unquote(key)])
    return value


def sample(schema: Any, said: Any = None) -> Any:
    """The least that ``schema`` allows, with what is ``said``."""
    schema = _resolved(schema)
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            return sample(schema[word][0], said)
    if said is not None and not isinstance(said, dict | list):
        return said
    if schema.get("type") == "array":
        return [sample(schema["items"], each) for each in said or ()]
    if "properties" not in schema:
        return {} if schema.get("type") == "object" else _least(schema)
    said, known = said or {}, schema["properties"]
    assert said.keys() <= known.keys(), said.keys() - known.keys()
    wanted = {*schema.get("required", ()), *said}
    return {name: sample(known[name], said.get(name)) for name in known if name in wanted}


def _least(schema: Any) -> Any:
    if schema.get("nullable"):
        return None
    formats = {
        "date-time": "2026-03-02T12:00:00Z",
        "email": "x@x.example",
        "uri": "https://x.example",
    }
    kinds = {"integer": 1, "number": 1, "boolean": False}
    text = schema.get("enum", [formats.get(schema.get("format"), "x")])[0]
    return kinds.get(schema.get("type"), text)


_seen: set[tuple[str, Any]] = set()


def _fits(name: str, schema: Any, value: Any, *, shaped: bool = True) -> Iterator[str]:
    """Each row of a list by itself."""
    schema = _resolved(schema)
    if schema.get("type") == "array" and isinstance(value, list) and shaped:
        for row in value:
            yield from _fits(f"{name} row", schema["items"], row)
        return
    key = (name, _shape(value) if shaped else value)
    if key in _seen:
        return
    problems = list(_errors(name, schema, value))
    if not problems:
        _seen.add(key)
    yield from problems


def _errors(name: str, schema: Any, value: Any) -> Iterator[str]:
    for error in _validator(name, json.dumps(schema)).iter_errors(value):
        yield f"{name} {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


@cache
def _validator(_name: str, schema: str) -> Any:
    from openapi_schema_validator import OAS30ReadValidator, oas30_format_checker

    whole = {**json.loads(schema), "components": _whole()["components"]}
    return OAS30ReadValidator(whole, format_checker=oas30_format_checker)


def _shape(value: Any, key: str = "") -> Any:
    """The value without what no schema looks at."""
    if isinstance(value, dict):
        return tuple((name, _shape(child, name)) for name, child in value.items())
    if isinstance(value, list):
        return tuple({_shape(child, key) for child in value})
    return value if isinstance(value, str) and key in CHOICES else type(value).__name__
