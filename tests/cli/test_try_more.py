"""What ``ima demo`` says to try, typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_what_it_says_to_try_works_as_it_is_typed(tmp_path: Path) -> None:
    """As after `make demo`: the program is in .venv, and not on the PATH."""
    root = Path(__file__).parents[2]
    bare = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root), "HOME": str(tmp_path)}
    program = tmp_path / ".venv" / "bin" / "ima"
    program.parent.mkdir(parents=True)
    code = "import sys; from automation.cli import main; sys.exit(main())"
    program.write_text(f"#!{sys.executable}\n{code}\n", encoding="utf-8")
    program.chmod(0o755)

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    typed = run(".venv/bin/ima", "demo").partition("\nTry more:\n")[2]
    assert typed.splitlines()[1] == "  ../.venv/bin/ima board"
    said = run("sh", "-ec", typed)
    assert "API error rate above SLO" in said
    assert said.endswith("Nothing falls due.\n"), "of `ima explain 1`"
