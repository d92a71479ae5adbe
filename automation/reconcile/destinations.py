"""Where the changes of a pass go."""

from __future__ import annotations

from automation.records import dataclass
from automation.services import Services
from automation.trackers import Tracker
from automation.writing.templates import Templates


@dataclass(frozen=True, slots=True)
class World:
    """Where changes go."""

    tracker: Tracker
    services: Services
    templates: Templates
