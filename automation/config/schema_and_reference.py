"""The keys of both files as JSON Schema for editors and as Markdown for people. Pure."""

from __future__ import annotations

import json
from typing import Any

from automation.config.absent_roles import NONE
from automation.schema.shapes import Field, ListOf, Record

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def policy_schema(policy: Record) -> dict[str, Any]:
    """JSON Schema of a ``policy.yml``, which may say only what differs from the shipped one."""
    loose: dict[str, Any] = _without_requirements(policy.json_schema())
    loose["properties"]["roles"]["additionalProperties"]["anyOf"].append({"const": NONE})
    return _schema_head("policy") | loose


def label_schema(labels: ListOf) -> dict[str, Any]:
    """JSON Schema of a ``labels.yml``, which is the whole."""
    return _schema_head("labels") | labels.json_schema()


def _schema_head(name: str) -> dict[str, Any]:
    """What a schema begins with; its ``$id`` is a name, and nobody looks there for a file."""
    return {"$schema": _DRAFT, "$id": f"urn:ima:schema:{name}", "title": f"ima {name}"}


def _without_requirements(schema: Any) -> Any:
    """The schema without required keys, but for a rule's name, and with an empty value for each
    entry of a map, which takes it away."""
    if isinstance(schema, list):
        return [_without_requirements(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "oneOf" in schema:  # a rule, whose keys are replaced and not merged
        return schema
    loose = {
        key: _without_requirements(value) for key, value in schema.items() if key != "required"
    }
    if isinstance(loose.get("additionalProperties"), dict):
        loose["additionalProperties"] = {"anyOf": [loose["additionalProperties"], {"type": "null"}]}
    return loose


def reference_tables(record: Record) -> str:
    """A heading and a table for each record, each once."""
    by_title = {each.title: each for each in reversed(record.records())}
    ordered = dict.fromkeys(each.title for each in record.records())
    return "\n".join(_record_table(by_title[title]) for title in ordered)


def _record_table(record: Record) -> str:
    rows = [_key_row(field) for field in record.fields.values()]
    head = ["| key | value | default | |", "|--|--|--|--|"] if rows else ["It has no keys."]
    return "\n".join([f"### {record.title}", "", *head, *rows, ""])


def _key_row(field: Field) -> str:
    cells = [f"`{field.name}`", field.shape.describe(), _default_in_words(field), field.doc]
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _default_in_words(field: Field) -> str:
    if field.required:
        return "needed"
    if (value := field.shown_default) is None:
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"
