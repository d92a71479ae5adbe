"""What did not come out as a scenario expects."""

from __future__ import annotations

from automation.planning.plan import Plan
from automation.records import dataclass
from automation.schema.yaml_nodes import Node


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is not as expected, and the plan of the pass that made it."""

    node: Node
    expected: str
    actual: str
    plan: Plan | None = None

    def __str__(self) -> str:
        lines = [
            f"{self.node.file}:{self.node.line}: {self.node.path}",
            f"  expected: {self.expected}",
            f"  actual:   {self.actual}",
        ]
        changes = self.plan.visible if self.plan else ()
        lines += ["  the plan of that pass:"] if changes else ["  that pass planned nothing"]
        for change in changes:
            said = change.describe(self.plan.before.ctx.policy.words) if self.plan else ""
            lines.append(f"    {change.sign} {change.ref} {said}  ({change.rule}: {change.why})")
        return "\n".join(lines)
