"""The labels of a project on GitLab."""

from __future__ import annotations

from collections.abc import Iterable

from automation.errors import ServiceError
from automation.model.issue import Label
from automation.trackers.action_in_words import Doing
from automation.trackers.gitlab.escaping import checked_labels
from automation.trackers.gitlab.payloads import label_body
from automation.trackers.gitlab.records import label_of
from automation.trackers.gitlab.rows import LABEL, MADE
from automation.trackers.wire import Wire


class ProjectLabels:
    """The labels of a project, which are changed by their number: a name may be a number, or hold
    what a path cannot.

    GitLab does not keep who made a label. ``known`` are the names of those that are ours.
    """

    def __init__(self, wire: Wire, path: str, project: str, known: Iterable[str] = ()) -> None:
        self._wire = wire
        self._path = f"{path}/labels"
        self._project = project
        self._ids: dict[str, int] = {}  # of the project's own
        self._inherited: set[str] = set()
        self.known = set(known)

    def all(self) -> list[Label]:
        """All labels that issues can have, the groups' too, by name."""
        doing = Doing("reading the labels of", self._project, writes=False)
        rows = list(self._wire.pages(doing, self._path, LABEL))
        own = [row for row in rows if row.get("is_project_label", True)]
        self._ids = {row["name"]: int(row["id"]) for row in own}
        self._inherited = {row["name"] for row in rows} - set(self._ids)
        found = {row["name"]: label_of(row, self.known) for row in [*rows, *own]}
        return [found[name] for name in sorted(found)]

    def create(self, label: Label) -> None:
        """Make a label of a new name in the project. Raises ServiceError."""
        doing = Doing(f"creating label {label.name!r} in", self._project)
        checked_labels([label.name], self._project)
        body = {"name": label.name, **label_body(label)}
        row = self._wire.post(doing, self._path, body, MADE)
        self._ids[label.name] = int(row["id"])
        self.known.add(label.name)

    def change(self, name: str, label: Label) -> None:
        """Make the label called ``name`` as ``label`` says; issues keep it. Raises ServiceError."""
        doing = Doing(f"changing label {name!r} of", self._project)
        checked_labels([label.name], self._project)
        number = self._number(name, doing)
        renamed = {"new_name": label.name} if label.name != name else {}
        self._wire.put(doing, f"{self._path}/{number}", renamed | label_body(label))
        self._forget(name)
        self._ids[label.name] = number
        self.known |= {label.name} if label.ours else set()

    def delete(self, name: str) -> None:
        """Delete it; issues lose it. Raises ServiceError."""
        doing = Doing(f"deleting label {name!r} of", self._project)
        self._wire.delete(doing, f"{self._path}/{self._number(name, doing)}")
        self._forget(name)

    def _forget(self, name: str) -> None:
        self._ids.pop(name, None)
        self.known.discard(name)

    def _number(self, name: str, doing: Doing) -> int:
        if name not in self._ids:
            self.all()
        if name in self._inherited:
            problem = f"gitlab: {doing} failed: it is a label of a group"
            raise ServiceError(problem, "change it in the group; ima writes the project's only")
        if name not in self._ids:
            problem = f"gitlab: {doing} failed: there is none"
            raise ServiceError(problem, "check its spelling: labels are compared exactly")
        return self._ids[name]
