"""What can go wrong, in four kinds by who must act. Each says where, what, and what to do."""

from __future__ import annotations


class ImaError(Exception):
    """An error for a person: one line of what is wrong, one indented line of what to do."""

    exit_code = 1
    tracker_away = False  # the tracker itself gives no answer: people need another place (P-41)

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n  {self.remedy}" if self.remedy else self.problem


class PolicyError(ImaError):
    """A mistake in a file or a command: its author must act. Holds every mistake found."""

    exit_code = 2

    @classmethod
    def of(cls, mistakes: list[ImaError]) -> PolicyError:
        """One error that prints all ``mistakes``."""
        return cls("\n".join(str(mistake) for mistake in mistakes))


class ServiceError(ImaError):
    """Somebody else's system failed: run again, or mend what the message names."""


class IssueLocked(ServiceError):
    """Nobody may speak on an issue but those who may unlock it, and we may not."""


class StalePlan(ImaError):
    """The world is no longer what the plan was made for."""


class Unsettled(ImaError):
    """Rules that undo each other, by name."""

    exit_code = 2

    def __init__(self, problem: str, remedy: str = "", rules: frozenset[str] = frozenset()) -> None:
        super().__init__(problem, remedy)
        self.rules = rules
