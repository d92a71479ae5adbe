"""Does GitLab tell us what happens? Judges the webhook; see `automation.doctor`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from automation.doctor.gitlab import GitLabAnswers, host
from automation.doctor.setup_check import Line, Refused, ok, refusal, todo
from automation.mistakes import quoted


def webhook(answers: GitLabAnswers, url: str, path: str) -> Iterator[Line]:
    """Does GitLab tell our pipeline what happens on issues?"""
    if isinstance(answers.hooks, Refused):
        yield refusal("webhook", answers.hooks, "the Maintainer role")
        return
    rows = [each for each in (answers.project, answers.settings) if not isinstance(each, Refused)]
    known = {path.lower(), *(str(row["id"]) for row in rows if "id" in row)}
    ours = [hook for hook in answers.hooks if _leads_to_us(str(hook.get("url")), url, known)]
    if not ours:
        said = "none leads to this project's pipeline: what people do waits for the schedule"
        yield todo("webhook", said, "add it: Settings > Webhooks (SETUP.md has its URL)")
    else:
        branch = str(rows[0].get("default_branch") or "") if rows else ""
        yield from _our_hook(ours[0], _has_preview_job(answers), branch)


def _leads_to_us(hook: str, url: str, projects: Collection[str]) -> bool:
    found = _TARGET.fullmatch(hook)
    if not found or found[1].lower() != host(url):
        return False
    return found[2].lower().replace("%2f", "/") in projects


_TARGET = re.compile(
    r"https?://([^/?#]+)(?:/[^?#]*)?/api/v4/projects/([^/?#]+)/(?:ref/[^/?#]+/)?trigger/pipeline(?:\?.*)?"
)


def _has_preview_job(answers: GitLabAnswers) -> bool | None:
    """None where nobody knows which jobs there are."""
    if isinstance(answers.lint, Refused):
        return None
    merged = str(answers.lint.get("merged_yaml") or "")
    return re.search(r"^:?preview:", merged, re.MULTILINE) is not None


def _branch(url: str) -> str:
    """The branch whose pipeline the hook starts, as far as its URL says."""
    found = _REF.search(url)
    name = (found[1] or found[2]) if found else ""
    return re.sub("%2f", "/", name, flags=re.IGNORECASE)


_REF = re.compile(r"/ref/([^/?#]+)/trigger/|[?&]ref=([^&#{]+)")


def _our_hook(hook: Mapping[str, Any], previews: bool | None, branch: str) -> Iterator[Line]:
    off = [said for switch, said in _WANTED.items() if not hook.get(switch)]
    unwanted = [said for switch, said in _UNWANTED.items() if hook.get(switch)]
    merges = bool(hook.get(_MERGES))
    status, last = str(hook.get("alert_status") or "executable"), str(hook.get("last") or "")
    started = _branch(str(hook.get("url")))
    if branch and started and started != branch:
        said = f"it starts the pipeline of {quoted(started)}, and the default branch is {branch}"
        yield todo("webhook", said, "write that into its URL: Settings > Webhooks")
    elif off:
        yield todo("webhook", f"{', '.join(off)} are off", "switch them on: Settings > Webhooks")
    elif unwanted:
        said = f"{', '.join(unwanted)} are on: each costs a pipeline, or is refused"
        yield todo("webhook", said, "switch them off: Settings > Webhooks")
    elif previews and not merges:
        said = "merge request events are off: none of them says what its change would do"
        yield todo("webhook", said, "switch them on: Settings > Webhooks (docs/preview.md)")
    elif merges and previews is False:
        said = "merge request events are on, and there is no job `preview`: each costs a pipeline"
        yield todo("webhook", said, "push the job that `ima init --forge gitlab` writes")
    elif status != "executable":
        said = f"GitLab has switched it off ({status}) after failures"
        yield todo("webhook", said, "mend what its deliveries say, then test it there")
    elif last and not last.startswith("2"):
        remedy = "see Settings > Webhooks > Edit > Recent events for what it answered"
        yield todo("webhook", f"its last delivery was answered with {quoted(last)}", remedy)
    elif re.search(r"token=(?!\{)[^&*]{8}", str(hook.get("url"))):
        yield todo("webhook", "its URL shows the trigger token", "mask that portion of the URL")
    else:
        also = "; merge requests" if merges else ""
        yield ok("webhook", f"issues and comments, confidential ones too{also}")


_MERGES = "merge_requests_events"
_WANTED = {
    "issues_events": "issues events",
    "confidential_issues_events": "confidential issues events",
    "note_events": "comments",
    "confidential_note_events": "confidential comments",
}
_UNWANTED = {
    "push_events": "push events",
    "pipeline_events": "pipeline events",
    "job_events": "job events",
    "tag_push_events": "tag push events",
    "emoji_events": "emoji events",
}
