"""May GitHub's jobs use what the workflow names? See `automation.doctor`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from automation.doctor.github import GitHubAnswers
from automation.doctor.setup_check import Line, todo

# The first of each on node24. GitHub ran those on node20 until 2026-09-16.
# https://github.blog/changelog/2025-09-19-deprecation-of-node-20-on-github-actions-runners/
NODE_24 = {
    "actions/cache": 5,
    "actions/checkout": 5,
    "actions/configure-pages": 6,
    "actions/create-github-app-token": 3,
    "actions/deploy-pages": 5,
    "actions/upload-pages-artifact": 5,
}
_USED = re.compile(
    r"uses:\s*[\"']?([\w-]+/[\w-]+)[\w/-]*@(?:v(\d+)|[0-9a-f]{40}[\"']?\s+#\s*v(\d+))"
)


def outdated(answers: GitHubAnswers) -> Iterator[Line]:
    """Does the workflow name actions that GitHub no longer runs?"""
    if not isinstance(answers.text, str):
        return
    used = ((name, int(tag or said)) for name, tag, said in _USED.findall(answers.text))
    old = sorted({f"{name} v{major}" for name, major in used if major < NODE_24.get(name, 0)})
    if old:
        said = f"GitHub no longer runs {', '.join(old)}: they need node20"
        remedy = "`ima init --forge github --force` writes the workflow anew; yours stays in git"
        yield todo("actions", said, remedy)
