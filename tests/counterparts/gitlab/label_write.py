"""Labels of a project: make, find, scope."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from typing import Any

from tests.counterparts.gitlab import rights
from tests.counterparts.gitlab.rows import PLANNER, Label, Project, User
from tests.counterparts.gitlab.world import Refused, World

HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}){1,2}")
NAMED = {"red": "#FF0000", "green": "#008000", "blue": "#0000FF", "orange": "#FFA500"}
LIMIT = 255


def names_in(value: Any) -> list[str]:
    """The names of a parameter: text is split at commas, that in an array too."""
    parts = value if isinstance(value, list) else [value]
    names = [name.strip() for part in parts if part for name in str(part).split(",")]
    return list(dict.fromkeys(name for name in names if name))


def ids(world: World, project: Project, user: User, names: Iterable[str]) -> list[int]:
    """The labels called so; unknown ones are created, if the user may."""
    found = []
    for name in names:
        row = project.titles.get(name)
        if row is None and rights.level(project, user) >= PLANNER:
            row = world.add_label(project, name, _some_color(name))
        if row is not None:
            found.append(row.id)
    return found


def known(project: Project, names: Iterable[str]) -> list[int]:
    return [project.titles[name].id for name in names if name in project.titles]


def without_rivals(project: Project, order: Iterable[int]) -> set[int]:
    """Of each scope the last label; the scope is everything before the last ``::``."""
    kept: dict[str, int] = {}
    for number in order:
        scope, mark, _ = project.labels[number].title.rpartition("::")
        kept[scope if mark else f"{number}\0"] = number
    return set(kept.values())


def checked(params: dict[str, Any], project: Project, label: Label | None) -> dict[str, Any]:
    """The parameters of a new or changed label, or what is wrong with them."""
    title = str(params.get("new_name") or params.get("name") or (label.title if label else ""))
    title = title.strip()
    wrong: dict[str, list[str]] = {}
    if "," in title or not title:
        wrong["title"] = ["is invalid" if title else "can't be blank"]
    if len(title) > LIMIT:
        wrong["title"] = [f"is too long (maximum is {LIMIT} characters)"]
    color = str(params.get("color") or (label.color if label else ""))
    color = NAMED.get(color.lower(), color)
    if not HEX.fullmatch(color):
        wrong["color"] = ["must be a valid color code"]
    if wrong:
        raise Refused(400, wrong)
    rival = project.titles.get(title)
    if rival is not None and rival is not label:
        message: Any = {"title": ["has already been taken"]} if label else "Label already exists"
        raise Refused(400 if label else 409, message)
    return {"title": title, "color": color}


def _some_color(name: str) -> str:
    return f"#{zlib.crc32(name.encode()) & 0xFFFFFF:06x}"


def rename(project: Project, label: Label, title: str) -> None:
    """Its issues keep it, and what ever happened with it has the new name from now on."""
    del project.titles[label.title]
    label.title = title
    project.titles[title] = label


def remove(project: Project, label: Label) -> None:
    del project.labels[label.id], project.titles[label.title]
    for issue in project.issues.values():
        issue.labels.discard(label.id)
