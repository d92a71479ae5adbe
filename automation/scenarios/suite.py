"""Finding scenarios, playing them all, and which requirement each proves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from automation.errors import ImaError, PolicyError
from automation.records import dataclass
from automation.scenarios.mismatch import Mismatch
from automation.scenarios.play import play
from automation.scenarios.scenario_file import Scenario, read_scenario
from automation.scenarios.world import Command
from automation.workspace import files
from automation.workspace.files import ProcessFiles

FOLDERS = ("tests/scenarios", "scenarios")


@dataclass(frozen=True, slots=True)
class Result:
    """How one scenario came out."""

    path: Path
    scenario: Scenario | None  # None: it could not be read
    wrong: tuple[Mismatch | ImaError, ...] = ()
    needs: str = ""  # not run: needs this

    @property
    def name(self) -> str:
        """The file's name with its folder, which says the topic: ``clocks/waive-refused``."""
        return (Path(self.path.parent.name) / self.path.stem).as_posix()

    @property
    def passed(self) -> bool:
        return not self.wrong and not self.needs


def find(paths: Sequence[Path], folder: Path, shipped: bool = False) -> list[Path]:
    """The scenario files of ``paths`` (files or folders); without any, those of ``folder``, else
    the first of each topic that ima ships. Raises PolicyError where there are none."""
    if shipped:
        paths = [*paths, _shipped()]
    if not paths:
        own = [folder / name for name in FOLDERS if (folder / name).is_dir()]
        paths = own[:1] or _first_of_each_topic()
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
        if not inside or not all(one.exists() for one in inside):
            raise PolicyError(f"{path}: there are no scenarios", "name a .yml file or a folder")
        found += inside
    return found


def _first_of_each_topic() -> list[Path]:
    return [min(topic.glob("*.yml")) for topic in sorted(_shipped().iterdir()) if topic.is_dir()]


def is_shipped(path: Path) -> bool:
    """Is it one of those that ima ships?"""
    return path.resolve().is_relative_to(_shipped().resolve())


def _shipped() -> Path:
    packaged = files.shipped_folder() / "scenarios"
    return packaged if packaged.is_dir() else files.shipped_folder() / FOLDERS[0]


def play_all(paths: Sequence[Path], process: ProcessFiles, command: Command) -> Iterator[Result]:
    """Play each; a scenario with a mistake in it is a result too. Where there is no policy of a
    team, and those that ima ships, are played on the handbook's."""
    example = process.over_the_example()
    own = process if process.user else example
    for path in paths:
        process = example if is_shipped(path) else own
        try:
            scenario = read_scenario(files.read_text(path))
        except PolicyError as error:
            yield Result(path, None, (error,))
            continue
        missing = [need for need in scenario.needs if not getattr(scenario.can, need)]
        if missing:
            yield Result(path, scenario, needs=", ".join(missing))
            continue
        try:
            yield Result(path, scenario, tuple(play(scenario, process, command)))
        except ImaError as error:
            yield Result(path, scenario, (_named(path, error),))


def _named(path: Path, error: ImaError) -> ImaError:
    return PolicyError(f"{path}: {error.problem}", error.remedy)


def coverage(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Requirement → the scenarios that prove it, in order of the requirements."""
    table: dict[str, list[Result]] = {}
    for result in results:
        for source in result.scenario.sources if result.scenario else ():
            table.setdefault(source, []).append(result)
    return dict(sorted(table.items(), key=lambda item: int(item[0][2:])))
