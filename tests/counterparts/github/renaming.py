"""People who have another login now: all that GitHub tells has the new one, and is asked by it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from tests.counterparts.messages import Answer, Request


def asked(request: Request, now: Mapping[str, str]) -> Request:
    """The request by the logins that emulate knows; ``now``: those of today, by them."""
    target, body = request.target, request.body
    for before, today in now.items():
        target = re.sub(rf"(?<=[/=]){re.escape(today)}(?=[/?&]|$)", before, target)
        body = body.replace(json.dumps(today).encode(), json.dumps(before).encode())
    return replace(request, target=target, body=body)


def told(answer: Answer, now: Mapping[str, str]) -> Answer:
    """The answer by the logins of today."""
    body = answer.body
    if not body:
        return answer
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    for before, today in now.items():
        for gap in (b"", b" "):
            key = b'"login":' + gap
            text = text.replace(key + json.dumps(before).encode(), key + json.dumps(today).encode())
    return replace(answer, body=text if isinstance(body, bytes) else json.loads(text))
