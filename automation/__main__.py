"""``python -m automation``: the same as ``ima``."""

import sys

from automation.cli import main

if __name__ == "__main__":
    sys.exit(main())
