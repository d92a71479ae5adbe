"""What ``ima init --forge gitlab`` writes besides: the pipeline, and the page of what to set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from automation.cli.git_origin import origin
from automation.cli.new_key import key_lines
from automation.errors import PolicyError
from automation.schema.yaml_nodes import parse
from automation.workspace.files import POLICY, read_text, shipped_folder

PIPELINE, BESIDE, PAGE = ".gitlab-ci.yml", ".gitlab/ima.yml", "SETUP.md"
TEMPLATES = ("Incident", "Urgent incident", "Near miss", "Maintenance", "Drill")
GITLAB, EXAMPLE = "https://gitlab.com", "acme/production"


def project_address(root: Path, said: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The address of GitLab and the path of the project: as said, else of this job, else of git's
    origin."""
    there, path = origin(root, "gitlab")
    url = environment.get("CI_SERVER_URL", "") or there or GITLAB
    project = environment.get("CI_PROJECT_PATH", "") or path
    return url, said or (project if "/" in project else EXAMPLE)


def tracker(url: str, project: str) -> str:
    """The section `tracker:` of the policy."""
    where = "" if url == GITLAB else f"\n  url: {url}"
    return f"tracker:\n  kind: gitlab\n  project: {project}{where}"


def extra_files(root: Path, url: str, project: str) -> Iterator[tuple[str, str]]:
    """The name and text of each file that only GitLab needs."""
    folder = shipped_folder() / "templates" / "ci"
    yield _pipeline(root), _jobs()
    page = read_text(folder / "gitlab-setup.md").text
    words = {"@URL@": url.rstrip("/"), "@PROJECT@": project, "@ENCODED@": quote(project, safe="")}
    for word, value in words.items():
        page = page.replace(word, value)
    yield PAGE, page
    promote = "\n/promote_to_incident\n" if _opens_incidents(root) else "\n"
    for name in ("Security incident", *TEMPLATES):
        text = read_text(folder / f"gitlab-{name.lower().replace(' ', '-')}.md").text
        ends = promote if "~Incident" in text else "\n"
        yield f".gitlab/issue_templates/{name}.md", text.rstrip("\n") + ends


_OF_THEIR_TYPE = re.compile(r"^[^#\n]*\bissue_type:\s*incident\b", re.MULTILINE)


def _opens_incidents(root: Path) -> bool:
    """Are incidents of GitLab's own type, by a policy that is there already?"""
    try:
        return bool(_OF_THEIR_TYPE.search((root / POLICY).read_text("utf-8", "replace")))
    except OSError:
        return False


def _jobs() -> str:
    return read_text(shipped_folder() / "templates" / "ci" / "gitlab.yml").text


def _pipeline(root: Path) -> str:
    """The pipeline's file. One that is there and not ours is kept, and includes our jobs."""
    try:
        there = (root / PIPELINE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return PIPELINE
    return PIPELINE if there[:_SAME] == _jobs()[:_SAME] else BESIDE


_SAME = 28  # characters: "# The jobs of IMA on GitLab."


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _lacks_test_stage(pipeline: str) -> bool:
    """Has a pipeline stages of its own, and not the one in which our jobs run?"""
    try:
        stages = parse(pipeline, PIPELINE).get("stages")
    except PolicyError:  # with tags that are GitLab's
        return False
    return stages is not None and "test" not in [node.raw for node in stages.items]


def next_steps(root: Path, url: str, project: str, again: bool) -> Iterator[str]:
    """What to do next, in a few lines. ``again``: the policy was on this forge before."""
    yield f"{PAGE} says what to set in {url.rstrip('/')}/{project}, and why:"
    yield "  a token (api scope; Reporter, for GitLab's own pager Developer) as IMA_GITLAB_TOKEN,"
    yield "  masked and protected; IMA_PACKAGE;"
    yield "  who may use pipeline variables; a schedule every 15 minutes; a webhook."
    yield from key_lines(again)
    yield "`ima doctor` checks each of them; `ima plan` looks without changing anything."
    if _pipeline(root) == BESIDE:
        yield f"! {PIPELINE} is yours and stays as it is; add to it, once its job names are free:"
        yield f"  include: [{{local: {BESIDE}}}]"
        if _lacks_test_stage(_text_of(root / PIPELINE)):
            yield "  and `test` to its `stages:`, in which these jobs run: GitLab refuses it else"
