"""Answers that no sound server gives: changed, slow, huge or without an end."""

from __future__ import annotations

import json
import zlib
from itertools import count
from typing import Any

from tests.counterparts.faults import Fault
from tests.counterparts.messages import Answer
from tests.counterparts.wire import Drip, Endless

_BLOCK = 1 << 20  # bytes of a bomb that one piece of it gives
_PIECES = 1024
_GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # its header
_pages = count(2)


def odd(fault: Fault, answer: Answer) -> Answer:
    """What goes out in place of ``answer``."""
    if fault.how == "drip":
        raise Drip(answer)
    if fault.how == "endless":
        raise Endless
    if fault.how == "bomb":
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        return Answer(200, bomb(), headers)
    if fault.how == "more":
        cursor = f"https://elsewhere.test/api/v4/x?per_page=100&cursor={next(_pages)}"
        headers = {**answer.headers, "x-next-page": "", "link": f'<{cursor}>; rel="next"'}
        return Answer(answer.status, answer.body, headers)
    return Answer(answer.status, as_json(fault.lie(data_of(answer))), answer.headers)


def as_json(data: Any) -> bytes:
    return json.dumps(data).encode()


def data_of(answer: Answer) -> Any:
    """The JSON of an answer; None where it has none."""
    body = answer.body
    if isinstance(body, bytes | str):
        return json.loads(body) if body else None
    return body


def bomb() -> bytes:
    """A megabyte that gives a gigabyte of spaces."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = squeezer.compress(b" " * _BLOCK) + squeezer.flush(zlib.Z_FULL_FLUSH)
    return _GZIP + piece * _PIECES
