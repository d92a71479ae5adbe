"""Requests as they come in, answers as they go out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs


@dataclass(slots=True)
class Request:
    method: str
    target: str  # path and query as they came
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        text = self.target.partition("?")[2]
        return parse_qs(text, keep_blank_values=True) if text else {}

    def json(self) -> Any:
        """The body; an empty map where there is none. Raises ValueError."""
        return json.loads(self.body) if self.body else {}


@dataclass(slots=True)
class Answer:
    status: int
    body: Any = None  # JSON, text, or bytes as they are
    headers: dict[str, str] = field(default_factory=dict)
