"""``make demo SERVICES=all``: an outage that PagerDuty saw first, until the review is closed, on a
GitLab, with a PagerDuty, a status.io, a Slack, a Google Drive and a Prometheus; all of them on this
machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from automation.scenarios.scenario_file import Step, read_scenario
from automation.scenarios.world import PlayedStep, Stage
from automation.text.escaping import unmarked
from automation.workspace.files import read_text
from automation.writing import plan_text
from automation.writing.text_style import TextStyle
from tests.ground.gitlab import DASHBOARD
from tests.ground.outside import Real
from tests.ground.whole import WHOLE, live, whole
from tests.scenario_files import FOLDER

_FIRST = read_scenario(read_text(FOLDER / "pager" / "the-pager-saw-it-first.yml"))
STEPS = (*_FIRST.steps[:2], *WHOLE.steps[1:])  # both have the alerts that come next
_ACTIONS_IN_WORDS = {
    "pager": "PagerDuty calls somebody",
    "alerts": "Alertmanager tells of alerts",
    "acknowledges": "{by} acknowledges the page",
    "slo": "Prometheus has new figures",
    "comments": "{by} comments",
    "labels": "{by} sets labels",
    "edits": "{by} edits the review",
    "closes": "{by} closes the review",
}


def main() -> int:
    with whole() as stage:
        for step in STEPS:
            passed = live(stage, step)
            say(f"\n{stage.now:%H:%M}  {what_happens(step)}\n")
            say(*what_ima_did(stage, passed))
        say("\nWhere everything stands now:\n")
        outside = stage.outside
        assert isinstance(outside, Real)
        say(*how_it_stands(stage, outside))
    return 0


def say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def what_happens(step: Step) -> str:
    """What people and machines do in a step."""
    said = []
    for name, node in step.actions:
        what = _ACTIONS_IN_WORDS[name].format(by=step.by)
        said.append(f"{what}: {words}" if (words := _action_in_words(name, node.plain())) else what)
    return "\n       ".join(said) or "time passes"


def _action_in_words(name: str, value: Any) -> str:
    if name == "alerts":
        return ", ".join(f"{each['labels']['alertname']} {each['status']}" for each in value)
    if name == "pager":
        return " for ".join(str(value["triggers"][each]) for each in ("to", "title"))
    if name in ("comments", "labels"):
        return "\n       ".join(str(each) for each in value.values()).replace("\n", "\n       ")
    return ""


def what_ima_did(stage: Stage, passed: list[PlayedStep]) -> Iterator[str]:
    """What IMA did: the command of an alert, and the pass."""
    yield from (line for line in stage.printed.splitlines() if line)
    for each in passed:
        if each.plan and each.report and not each.plan.empty:
            yield plan_text.done_text(each.plan, each.report, TextStyle())
        yield from each.findings


def how_it_stands(stage: Stage, outside: Real) -> Iterator[str]:
    for issue in stage.tracker.issues():
        if DASHBOARD in issue.body:
            continue
        state = "closed" if issue.closed else "open"
        people = ", ".join(f"@{login}" for login in issue.assignees)
        yield f"GitLab     {issue.ref} {issue.title}: {state}, {people or 'nobody'}"
    yield from _how_pages_stand(stage, outside)
    for shown in outside.page.incidents():
        state = "resolved" if shown.resolved else "active"
        yield f"status.io  {shown.name}: {state}, {len(shown.updates)} updates"
        yield from (f"             {text}" for text in shown.updates)
    for entry in stage.outbox.entries("announcement"):
        text = outside.seen(str(entry["text"]))
        yield f"Slack      #{entry['channel']}: {unmarked(text).strip()}"
    for group in stage.outbox.entries("group"):
        if group["people"]:
            yield f"Slack      {group['handle']} is {group['people']}"
    for document in outside.google.documents():
        yield f"Google     {document.name}: {document.link}"


def _how_pages_stand(stage: Stage, outside: Real) -> Iterator[str]:
    ended = {each["key"] for each in stage.outbox.entries("page ended")}
    for page in stage.outbox.entries("page"):
        state = "resolved" if page["key"] in ended else "open"
        yield f"PagerDuty  {page['role'].upper()} {page['person']} was called; {state}"
    for own in outside.pager.account.incidents:
        if own.service:
            yield f"PagerDuty  its own for {own.service}: {own.title}; {own.status}"


if __name__ == "__main__":
    sys.exit(main())
