"""The files of the process, read from disk: the only module that does.

``labels.yml`` and ``templates/`` are looked up beside the policy file, else those that ima ships.
What ima ships is a process for a team of which nothing is known; what the company of the handbook
says besides is an example, on which the demo and the scenarios that ima ships are played.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from automation.errors import ImaError, PolicyError
from automation.records import dataclass
from automation.schema.yaml_nodes import Source

if TYPE_CHECKING:
    from automation.policy.policy import Policy
    from automation.schema.yaml_nodes import Node

POLICY, LABELS, TEMPLATES = "policy.yml", "labels.yml", "templates"
EXAMPLE = "handbook"
_LIMIT = 1_000_000  # bytes
_PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class ProcessFiles:
    """Everything that `automation.config.policy_file.load` and the templates need, as texts."""

    shipped: Source
    user: Source | None
    labels: Source
    templates: Mapping[str, str]  # "comments/ask.md.j2": its text
    shipped_templates: Mapping[str, str] | None = None  # what stands where theirs fails
    example: Source | None = None  # between what is shipped and what is the team's
    own_labels: bool = True  # theirs, not ima's

    @property
    def layers(self) -> tuple[Source, ...]:
        """The policy files, each laid over those before it."""
        return tuple(each for each in (self.shipped, self.example, self.user) if each)

    def policy(self, overrides: Node | None = None) -> Policy:
        """The policy that the files say. Raises PolicyError."""
        from automation.config.policy_file import load

        return load(
            self.shipped,
            self.user,
            self.labels,
            overrides,
            example=self.example,
            labelled=not self.own_labels,
            templates=frozenset(self.templates),
        )

    def over_the_example(self) -> ProcessFiles:
        """The same files, laid over the handbook's."""
        return replace(self, example=example())


def shipped_folder() -> Path:
    """Where the defaults are: packaged with ima, else at the root of its repository."""
    packaged = _PACKAGE / "shipped"
    return packaged if packaged.is_dir() else _PACKAGE.parent


def example() -> Source:
    """What the company of the handbook says besides the process that ima ships."""
    packaged = shipped_folder() / "examples" / EXAMPLE / POLICY
    path = packaged if packaged.is_file() else shipped_folder() / POLICY
    return read_text(path)._replace(file=f"the {EXAMPLE}'s {POLICY}")


def _base() -> Path:
    return shipped_folder() / "base"


def shipped_labels() -> Source:
    """The labels of a team that has named none, and no services."""
    return read_text(_base() / LABELS)._replace(file=f"ima's {LABELS}")


def read(policy: Path | None = None, folder: Path | None = None) -> ProcessFiles:
    """The files for ``--policy POLICY``; without it, ``policy.yml`` of ``folder``, if any.

    Raises PolicyError with all files that cannot be read.
    """
    found = policy or _existing((folder or Path()) / POLICY)
    if not found:
        _refuse_elsewhere(folder or Path())
    defaults = _base()
    if found and _same(found, defaults / POLICY):
        defaults, found = found.parent, None  # called by the name that people gave it
    wanted = [defaults / POLICY, defaults / LABELS, *([found] if found else [])]
    if found and (labels := _existing(found.parent / LABELS)):
        wanted[1] = labels
    elif found and (odd := _existing((found.parent / LABELS).with_suffix(".yaml"))):
        raise PolicyError(f"{odd}: its name is not {LABELS}", f"call it {LABELS}: it is not read")
    own_labels = wanted[1].parent != defaults
    shipped, labelled, *user = _read_all(wanted)
    if found:  # people did not write these, and need not know where they are
        shipped = shipped._replace(file=f"ima's {POLICY}")
        if not own_labels:
            labelled = labelled._replace(file=f"ima's {LABELS}")
    ours = read_templates(shipped_folder() / TEMPLATES)
    theirs = read_templates(found.parent / TEMPLATES) if found else {}
    return ProcessFiles(
        shipped,
        user[0] if user else None,
        labelled,
        ours | theirs,
        ours,
        own_labels=own_labels,
    )


def _refuse_elsewhere(folder: Path) -> None:
    """Raises PolicyError where there is a policy, but not where it is looked for: what ima ships
    would hold instead, without a word."""
    places = [folder, folder / "process"]
    above = folder.resolve()
    while not (above / ".git").exists() and above.parent != above:
        above = above.parent
        places.append(above)
    if not (above / ".git").exists():
        places = places[:2]  # in no repository: what is above is somebody else's
    for place in places:
        if found := _existing(place / POLICY):
            shown = os.path.relpath(found, folder)
            problem = f"there is no {POLICY} here, but there is {shown}"
            raise PolicyError(problem, f"say `--policy {shown}`, or go to its folder")
        if odd := _existing((place / POLICY).with_suffix(".yaml")):
            shown = str(odd) if place == folder else os.path.relpath(odd, folder)
            raise PolicyError(
                f"{shown}: its name is not {POLICY}", f"call it {POLICY}: it is not read"
            )


def of_texts(texts: Mapping[str, bytes], policy: str = POLICY) -> ProcessFiles:
    """The files of a team that are no files here, by their names in its folder, such as
    ``templates/card.md.j2``. Raises PolicyError with all that cannot be read."""
    shipped = read_text(_base() / POLICY)
    found: dict[str, Source] = {}
    mistakes: list[ImaError] = []
    for name, content in texts.items():
        try:
            found[name] = Source(name, _text(Path(name), content))
        except PolicyError as error:
            mistakes.append(error)
    if mistakes:
        raise PolicyError.of(mistakes)
    ours = read_templates(shipped_folder() / TEMPLATES)
    theirs = {
        name.removeprefix(f"{TEMPLATES}/"): found[name].text
        for name in sorted(found)
        if name.startswith(f"{TEMPLATES}/")
        and not name.startswith(f"{TEMPLATES}/ci/")
        and _is_template(Path(name))
    }
    return ProcessFiles(
        shipped._replace(file=f"ima's {POLICY}"),
        found.get(policy),
        found.get(LABELS) or shipped_labels(),
        ours | theirs,
        ours,
        own_labels=LABELS in found,
    )


def with_changes(
    process: ProcessFiles, changes: Mapping[str, bytes | None], policy: str = POLICY
) -> ProcessFiles:
    """The files of a team after these changes, by their names in its folder; None: it is gone.

    Raises PolicyError with all that cannot be read.
    """
    there = of_texts({name: text for name, text in changes.items() if text is not None}, policy)
    shipped = there.shipped_templates or {}
    templates = dict(process.templates)
    for name in changes:
        short = name.removeprefix(f"{TEMPLATES}/")
        if short == name or not (short in there.templates or short in templates):
            continue
        templates.pop(short, None)
        if short in there.templates:
            templates[short] = there.templates[short]
    return ProcessFiles(
        process.shipped,
        there.user if policy in changes else process.user,
        there.labels if LABELS in changes else process.labels,
        templates,
        process.shipped_templates or shipped,
        process.example,
        there.own_labels if LABELS in changes else process.own_labels,
    )


def read_templates(folder: Path) -> dict[str, str]:
    """The texts of the templates by their names below ``folder``; none if there is no such folder.
    A file that cannot be read stands there as an error, which is raised where the template is
    needed."""
    if not folder.is_dir():
        return {}
    pipelines = folder / "ci"  # written by `ima init`, rendered by nobody
    paths = sorted(
        path
        for path in folder.rglob("*")
        if (path.is_file() or path.is_symlink())  # a link to nothing is told of
        and _is_template(path)
        and pipelines not in path.parents
    )
    return {path.relative_to(folder).as_posix(): _read_template(path, folder) for path in paths}


def _read_template(path: Path, folder: Path) -> str:
    from automation.writing.templates import Unreadable

    name = f"{TEMPLATES}/{path.relative_to(folder).as_posix()}"
    if path.is_symlink() and not path.exists():
        gone = PolicyError(f"{name}: a link to nothing", "mend the link, or take it away")
        return Unreadable.of(gone)
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve().parent):
        # What a merge request proposes may be a link, even to this job's secrets.
        problem = f"{name}: a link that leads out of the folder of the policy"
        return Unreadable.of(PolicyError(problem, "put the file itself there"))
    try:
        return read_text(path).text
    except PolicyError as error:
        problem = error.problem.replace(str(path), name, 1)
        return Unreadable.of(PolicyError(problem, error.remedy))


def read_text(path: Path) -> Source:
    """A file of at most 1 MB of UTF-8, by the name that people gave it. Raises PolicyError."""
    try:
        with path.open("rb") as file:
            content = file.read(_LIMIT + 1)
    except FileNotFoundError:
        remedy = "check the path, or run `ima init` to write one"
        raise PolicyError(f"{path}: there is no such file", remedy) from None
    except OSError as error:
        remedy = "it must be a file that you may read"
        raise PolicyError(f"{path}: cannot be read: {error.strerror}", remedy) from error
    except ValueError as error:  # a NUL in the path
        raise PolicyError(f"{str(path)!r}: not a path", "check the path") from error
    return Source(str(path), _text(path, content))


def _text(path: Path, content: bytes) -> str:
    if len(content) > _LIMIT:
        raise PolicyError(
            f"{path}: longer than 1 MB", "ima's files are short; is it the right one?"
        )
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PolicyError(f"{path}:{line}: not UTF-8", "save the file as UTF-8") from error


def _read_all(paths: list[Path]) -> list[Source]:
    texts: list[Source] = []
    mistakes: list[ImaError] = []
    for path in paths:
        try:
            texts.append(read_text(path))
        except PolicyError as error:
            mistakes.append(error)
    if mistakes:
        raise PolicyError.of(mistakes)
    return texts


def _is_template(path: Path) -> bool:
    return path.suffix == ".j2" and not path.name.startswith(".")


def _existing(path: Path) -> Path | None:
    try:
        return path if path.exists() else None
    except (OSError, ValueError):
        return path  # reading it says why not


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False
