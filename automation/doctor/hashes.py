"""Is what a job installs checked by hash? The same on both forges. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from automation.doctor.setup_check import Answer, Line, Refused, ok, refusal, todo

_LOCK = re.compile(r"^ *:?IMA_LOCK: *[\"']?([\w./-]+)", re.MULTILINE)
_IMAGE = re.compile(r"^ *:?IMA_IMAGE: *[\"']?([^\s\"']+)", re.MULTILINE)


def lock_file(jobs: str) -> str:
    """The file that holds the hashes, as the text of the ``jobs`` names it; "" where they install
    nothing by pip, or know no such file."""
    image, lock = _IMAGE.search(jobs), _LOCK.search(jobs)
    has_pip = image is None or image[1].startswith("python:")
    return lock[1] if lock and has_pip else ""


def hashes(jobs: str, answer: Answer, needs: str) -> Iterator[Line]:
    """Is that file on the default branch? ``needs`` says what may see it."""
    if not (name := lock_file(jobs)):
        return
    if isinstance(answer, Refused) and answer.status != 404:
        yield refusal("hashes", answer, needs)
    elif answer is None or isinstance(answer, Refused):
        said = f"there is no {name}: a job installs what it is given, and checks no hash"
        yield todo("hashes", said, "`ima init` writes it: push it to the default branch")
    else:
        yield ok("hashes", f"of what a job installs: {name}")
