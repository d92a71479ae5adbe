"""The labels of a repository on GitHub, where names that differ only in upper and lower case are
the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from automation.changes.label_changes import NO_COLOR
from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.model.issue import Label
from automation.trackers.action_in_words import Doing
from automation.trackers.github.records import label_of
from automation.trackers.github.rows import LABEL
from automation.trackers.refs import check_fits, sendable
from automation.trackers.wire import Wire

NAME_LIMIT, DESCRIPTION_LIMIT = 50, 100  # characters


class RepositoryLabels:
    """The labels of a repository. GitHub does not keep who made one: ``known`` are the names of
    those that are ours."""

    def __init__(self, wire: Wire, path: str, project: str, known: Iterable[str] = ()) -> None:
        self._wire = wire
        self._path = f"{path}/labels"
        self._project = project
        self.known = set(known)

    def all(self) -> list[Label]:
        """All labels that issues can have, by name."""
        doing = Doing("reading the labels of", self._project, writes=False)
        found = [label_of(row, self.known) for row in self._wire.pages(doing, self._path, LABEL)]
        return sorted(found, key=lambda label: label.name)

    def create(self, label: Label) -> None:
        """Make a label of a new name in the repository. Raises ServiceError."""
        doing = Doing(f"creating label {label.name!r} in", self._project)
        self._wire.post(doing, self._path, {"name": label.name, **_body(label)})
        self.known.add(label.name)

    def change(self, name: str, label: Label) -> None:
        """Make the label called ``name`` as ``label`` says; issues keep it. Raises ServiceError."""
        doing = Doing(f"changing label {name!r} of", self._project)
        renamed = {"new_name": label.name} if label.name != name else {}
        try:
            self._wire.patch(doing, self._one(name), renamed | _body(label))
        except Refusal as refusal:
            raise self._explained(refusal, doing) from None
        self.known.discard(name)
        self.known |= {label.name} if label.ours else set()

    def delete(self, name: str) -> None:
        """Delete it; issues lose it. Raises ServiceError."""
        doing = Doing(f"deleting label {name!r} of", self._project)
        try:
            self._wire.delete(doing, self._one(name))
        except Refusal as refusal:
            raise self._explained(refusal, doing) from None
        self.known.discard(name)

    def _one(self, name: str) -> str:
        return f"{self._path}/{path_name(name)}"

    def _explained(self, refusal: Refusal, doing: Doing) -> ServiceError:
        if refusal.failure.status != 404:
            return refusal
        problem = f"github: {doing} failed: there is none"
        return ServiceError(problem, "check its spelling, or run `ima labels` to see all")


def path_name(name: str) -> str:
    """A label's name as a part of a path, in which its slashes are escaped."""
    return quote(sendable(name), safe="")


def _body(label: Label) -> dict[str, Any]:
    """The data of a label but for its name."""
    check_fits("github", f"the name of label {label.name!r}", label.name, NAME_LIMIT)
    check_fits("github", f"the description of {label.name!r}", label.description, DESCRIPTION_LIMIT)
    return {
        "color": label.color.removeprefix("#") or NO_COLOR,
        "description": sendable(label.description),
    }
