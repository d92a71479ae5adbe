"""One question of `ima doctor` to a forge: a refusal is an answer, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automation.doctor.setup_check import Refused
from automation.http.answers import Refusal
from automation.http.shapes import Shape
from automation.trackers.action_in_words import Doing
from automation.trackers.wire import Wire

PATIENCE, TIMEOUT = 20.0, 30.0  # seconds


def ask_setup(
    wire: Wire,
    what: str,
    project: str,
    path: str,
    shape: Shape,
    *,
    other: bool,
    graphql: Mapping[str, Any] | None = None,
    **query: Any,
) -> Any:
    """What is at ``path``, or `Refused`. ``what`` is followed by the project where it fails;
    ``other``: the wire has the token of who runs the doctor, not IMA's. A question of ``graphql``
    is posted, and changes nothing."""
    doing = Doing(what, project, writes=False)
    try:
        if graphql:
            return wire.post(doing, path, graphql, shape, delta=True)
        return wire.get(doing, path, shape, query)
    except Refusal as error:
        failure = error.failure
        status = failure.status if failure.kind == "answer" and not failure.busy else 0
        return Refused(status, failure.kind, error.problem, error.remedy, failure.said, other)
