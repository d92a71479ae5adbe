"""``python -m tests.counterparts.github --port N --seed FILE``."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from tests.counterparts.github import node
from tests.counterparts.github.seeding import FORMAT
from tests.counterparts.github.server import GitHubServer

ABOUT = """\
A GitHub for tests on localhost. Without --seed: repository acme/production, people ima, rita,
erin, ian, cara, sam, mia and, no collaborator, mallory; tokens t-<name>. Use localhost, not
127.0.0.1: PyGithub takes only names.
"""


def main() -> int:
    description = f"{ABOUT}\nseed, JSON:\n{FORMAT}"
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("github", description=description, formatter_class=style)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=Path, metavar="FILE")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--validate", action="store_true", help="check by GitHub's OpenAPI")
    given = parser.parse_args()
    if node.program() is None:
        parser.error("emulate is not installed: run `make tests/node/node_modules/.ready`")
    server = GitHubServer(
        given.seed, port=given.port, latency=given.latency, validate=given.validate
    )
    with server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
