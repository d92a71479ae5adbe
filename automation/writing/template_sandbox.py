"""Jinja2's sandbox, in which no expression grows without end. Imported when text is written."""

from __future__ import annotations

from typing import Any, ClassVar

from jinja2.bccache import Bucket, BytecodeCache
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_MADE = 100_000  # items or characters that one operation may make; more than any forge takes
_MOST_KEPT = 1_000  # compiled templates


class Sandbox(ImmutableSandboxedEnvironment):
    """What makes long out of short is reckoned only up to `MOST_MADE`."""

    intercepted_binops: ClassVar[frozenset[str]] = frozenset({"*", "**", "%"})  # type: ignore[misc]

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """``left * right`` and the like, unless too much would come of it."""
        if operator == "%" and not isinstance(left, (int, float)):
            raise SecurityError("texts are not formatted with %: write `~` between their parts")
        if _grows_too_long(operator, left, right):
            raise SecurityError(f"`{operator}` would make more than {MOST_MADE} of it")
        return super().call_binop(context, operator, left, right)


def _grows_too_long(operator: str, left: Any, right: Any) -> bool:
    if operator == "**":
        return isinstance(right, (int, float)) and abs(right) > 64
    sizes = [len(each) if hasattr(each, "__len__") else 0 for each in (left, right)]
    times = [each for each in (left, right) if isinstance(each, int)]
    if any(sizes):
        return any(size * time > MOST_MADE for size in sizes for time in times)
    return any(abs(each) > 2**64 for each in times)


class _Compiled(BytecodeCache):
    """What this process has compiled, by name and text: `ima check` and scenarios read the same
    templates again and again."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if len(self._code) >= _MOST_KEPT:
            self._code.clear()
        self._code[bucket.key, bucket.checksum] = bucket.code


COMPILED = _Compiled()
