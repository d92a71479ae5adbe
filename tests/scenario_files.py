"""Where the shipped scenarios lie: one folder for each topic, told in ``scenarios/README.md``."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "scenarios"
FILES = sorted(FOLDER.rglob("*.yml"))


def name(path: Path) -> str:
    """Topic and file, such as ``clocks/waive-refused``."""
    return path.relative_to(FOLDER).with_suffix("").as_posix()
