"""``python -m tests.counterparts.gitlab --port N --seed FILE``."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from tests.counterparts.gitlab import control
from tests.counterparts.gitlab.seeding import FORMAT
from tests.counterparts.gitlab.server import GitLabServer

ABOUT = """\
A GitLab for tests on 127.0.0.1. Without --seed: project acme/production (id 1), people ima (the
bot), rita, erin, ian, cara, sam, mia and, no member, mallory; tokens t-<name>.
"""


def main() -> int:
    description = f"{ABOUT}\nseed:\n{FORMAT}\norders:\n{(control.__doc__ or '').partition('.')[2]}"
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("gitlab", description=description, formatter_class=style)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=Path, metavar="FILE")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--validate", action="store_true", help="check answers by the schemas")
    given = parser.parse_args()
    server = GitLabServer(
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
