"""What ``ima init --forge github`` writes besides: the workflow, and the page of what to set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from automation.cli.git_origin import origin
from automation.cli.new_key import key_lines
from automation.workspace.address import GITHUB, github_api_url
from automation.workspace.files import POLICY, read_text, shipped_folder

WORKFLOW, PAGE = ".github/workflows/ima.yml", "SETUP.md"
FORMS = ("incident", "incident-urgent", "near-miss", "maintenance", "drill")
EXAMPLE = "acme/production"


def project_address(root: Path, said: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The address of GitHub and owner/repository: as said, else of this job, else of git's
    origin."""
    there, path = origin(root, "github")
    url = environment.get("GITHUB_SERVER_URL", "") or there or GITHUB
    project = environment.get("GITHUB_REPOSITORY", "") or path
    return url, said or (project if project.count("/") == 1 else EXAMPLE)


def tracker(url: str, project: str) -> str:
    """The section `tracker:` of the policy."""
    where = "" if url == GITHUB else f"\n  url: {_api(url)}"
    return f"tracker:\n  kind: github\n  project: {project}{where}"


def extra_files(root: Path, url: str, project: str) -> Iterator[tuple[str, str]]:
    """The name and text of each file that only GitHub needs."""
    asks_for_teams = _names_a_team(root)
    folder = shipped_folder() / "templates" / "ci"
    for name in FORMS:
        text = read_text(folder / f"form-{name}.yml").text
        yield f".github/ISSUE_TEMPLATE/{name}.yml", text
    workflow, page = (read_text(folder / each).text for each in ("github.yml", "github-setup.md"))
    if asks_for_teams:
        workflow, page = (text.replace(f"# {_MEMBERS}", _MEMBERS) for text in (workflow, page))
    yield WORKFLOW, workflow
    owner = project.partition("/")[0]
    words = {"@URL@": url.rstrip("/"), "@API@": _api(url), "@PROJECT@": project, "@OWNER@": owner}
    for word, value in words.items():
        page = page.replace(word, value)
    yield PAGE, page


_MEMBERS = "permission-members: read"  # of an App's token: not every App has it
_TEAM = re.compile(r"""^[^#\n]*["']@[\w.-]+/[\w.-]+["']""", re.MULTILINE)


def _names_a_team(root: Path) -> bool:
    """Is a team on call, by a policy that is there already?"""
    try:
        return bool(_TEAM.search((root / POLICY).read_text("utf-8", "replace")))
    except OSError:
        return False


def _api(url: str) -> str:
    """The API of a GitHub: that of a server of one's own is below its address."""
    found = github_api_url(url)
    return found if found != url.rstrip("/") else f"{found}/api/v3"


def next_steps(_root: Path, url: str, project: str, again: bool) -> Iterator[str]:
    """What to do next, in a few lines. ``again``: the policy was on this forge before."""
    yield f"{PAGE} says what to set in {url.rstrip('/')}/{project}, and why:"
    yield "  IMA_PACKAGE, what a job installs; a token only where GitHub's own is not enough."
    yield from key_lines(again)
    yield f"Then push all of it: {WORKFLOW} runs on the default branch, from the first push on."
    yield "`ima doctor` checks each of them; `ima plan` looks without changing anything."
