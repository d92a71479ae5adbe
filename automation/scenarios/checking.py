"""Compares what a scenario expects after a step with what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from automation.model.engagement import REPEATED
from automation.reconcile.observe import observe
from automation.scenarios.checking_issues import (
    ISSUE_CHECKS,
    AfterStep,
    Comparison,
    check_equal,
    values_of,
)
from automation.scenarios.mismatch import Mismatch
from automation.scenarios.scenario_file import Step, regex
from automation.schema.yaml_nodes import Node
from automation.stored_state.dashboard import DIGEST
from automation.text.escaping import marker_in, unmarked

if TYPE_CHECKING:
    from automation.scenarios.before import BeforeStep
    from automation.scenarios.world import PlayedStep, Stage


def check(
    stage: Stage, step: Step, before: BeforeStep, passed: PlayedStep, writes: int
) -> list[Mismatch]:
    """All that is not as the `expect` of the step says. ``before`` is what was there before it,
    ``passed`` what its pass said, and ``writes`` how many writes it made."""
    failing, stage.meter.failing = stage.meter.failing, {}  # we can read what fails for IMA
    snapshot = observe(stage.believed_tracker(), stage.services, stage.policy, lambda: stage.now)
    stage.meter.failing = failing
    issues = {issue.ref: issue for issue in stage.issues()}
    incidents = {stage.names.name(ref): it for ref, it in snapshot.incidents.items()}
    after = AfterStep(stage, before, passed, issues, incidents, writes)
    expect = step.expect
    if expect is None:
        return []
    return [
        Mismatch(node, wanted, actual, passed.plan)
        for node, wanted, actual in _compare_all(expect, after)
        if wanted != actual
    ]


def _compare_all(expect: Node, after: AfterStep) -> Iterator[Comparison]:
    """Each expectation, compared with what is there."""
    if expect.value == "nothing":
        yield (
            expect,
            "no write at all",
            f"{after.writes} writes" if after.writes else "no write at all",
        )
        return
    for key, (_, node) in expect.entries.items():
        if key.startswith("#"):
            yield from _check_issue(key, node, after)
        else:
            yield from _STEP_CHECKS[key](node, after)
    if "exit" not in expect.entries and not after.passed.killed:
        yield (
            expect,
            "exit 0",
            f"exit {after.passed.exit}{_why_the_command_failed(after)}",
        )


def _why_the_command_failed(after: AfterStep) -> str:
    return f" ({'; '.join(after.passed.findings)})" if after.passed.exit else ""


def _check_issue(name: str, node: Node, after: AfterStep) -> Iterator[Comparison]:
    issue = after.issues.get(name)
    if issue is None:
        yield node, f"there is {name}", "there is no such issue"
        return
    for key, (_, wanted) in node.entries.items():
        yield from ISSUE_CHECKS[key](wanted, issue, after)


def _check_opened(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    new = [
        issue
        for ref, issue in after.issues.items()
        if ref not in after.before.issues and ref not in after.stage.people
    ]
    titles = ", ".join(f"{issue.ref} {issue.title!r}" for issue in new) or "none"
    yield (
        wanted,
        f"{len(wanted.items)} opened",
        f"{len(new)} opened" + ("" if len(new) == len(wanted.items) else f": {titles}"),
    )
    for item, issue in zip(wanted.items, new, strict=False):
        for key, (_, node) in item.entries.items():
            yield from ISSUE_CHECKS[key](node, issue, after)


def _roles_paged(after: AfterStep, repeated: bool) -> str:
    """The roles whose people were paged in this step, for the first time or (``repeated``) once
    more; where somebody is needed without a role, the login."""
    pages = list(after.stage.outbox.entries("page"))[after.before.pages :]
    ours = (page for page in pages if str(page["key"]).endswith(REPEATED) == repeated)
    return str(sorted(str(page["role"] or page["person"]) for page in ours))


def _check_paged(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    yield wanted, str(sorted(wanted.plain())), _roles_paged(after, repeated=False)


def _check_repeated(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    yield wanted, str(sorted(wanted.plain())), _roles_paged(after, repeated=True)


def _check_called_off(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    """The roles whose pages were called off in this step; a page and its repetition count as
    one."""
    ended = list(after.stage.outbox.entries("page ended"))[after.before.ended :]
    calls = {str(page["key"]).removesuffix(REPEATED) for page in ended}
    yield wanted, str(sorted(wanted.plain())), str(sorted(key.split(":")[-2] for key in calls))


def _check_announced(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    posts = list(after.stage.outbox.entries("announcement"))[after.before.posts :]
    channels = sorted(str(post["channel"]).lstrip("#") for post in posts)
    yield wanted, str(sorted(str(c).lstrip("#") for c in wanted.plain())), str(channels)


def _check_replied(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    """Replies below announcements in this step, by channel: a regular expression for each."""
    texts: dict[str, list[str]] = {}
    for reply in list(after.stage.outbox.entries("reply"))[after.before.replies :]:
        text = after.stage.names.for_scenario(str(reply["text"]))
        texts.setdefault(str(reply["channel"]).lstrip("#"), []).append(text)
    channels = {name.lstrip("#"): node for name, (_, node) in wanted.entries.items()}
    yield wanted, f"replies in {sorted(channels)}", f"replies in {sorted(texts)}"
    for name, node in channels.items():
        there = texts.get(name, [])
        yield node, f"{len(values_of(node))} replies", f"{len(there)} replies"
        for item, text in zip(values_of(node), there, strict=False):
            expected = f"matches {item.value!r}"
            yield item, expected, expected if regex(item).search(text) else text


def _check_messages(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    """Messages of the chat to single people in this step."""
    texts: dict[str, str] = {}
    for message in list(after.stage.outbox.entries("message"))[after.before.messages :]:
        text = after.stage.names.for_scenario(str(message["text"]))
        texts[str(message["person"])] = texts.get(str(message["person"]), "") + text
    yield wanted, f"{sorted(wanted.entries)} told", f"{sorted(texts)} told"
    for person, (_, node) in wanted.entries.items():
        for item in values_of(node):
            found = regex(item).search(texts.get(person, ""))
            expected = f"a message that matches {item.value!r}"
            yield item, expected, expected if found else texts.get(person, "no message")


def _check_groups(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    """The members of the groups of the chat, in any order. A group that was never set has none."""
    now = {str(g["handle"]): str(g["people"]) for g in after.stage.outbox.entries("group")}
    for handle, (_, node) in wanted.entries.items():
        yield node, str(sorted(node.plain())), str(sorted(now.get(handle, "").split()))


def _check_published(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    shown: dict[str, list[dict[str, Any]]] = {}
    for post in after.stage.outbox.entries("publication"):
        ref = "#" + str(post["incident"]).rpartition("#")[2]
        shown.setdefault(after.stage.names.name(ref), []).append(post)
    if not wanted.entries:
        yield wanted, "nothing public", f"{sorted(shown)} public" if shown else "nothing public"
    for name, (_, node) in wanted.entries.items():
        if name not in shown:
            yield node, f"{name} public", f"public: {sorted(shown) or 'nothing'}"
        else:
            yield from _check_posts(node, shown[name])


def _check_posts(wanted: Node, posts: list[dict[str, Any]]) -> Iterator[Comparison]:
    last = posts[-1]
    for key, (_, node) in wanted.entries.items():
        if key == "updates":
            yield from check_equal(node, len(posts))
        elif key.endswith("~"):
            expected, text = f"matches {node.value!r}", str(last[key[:-1]])
            yield node, expected, expected if regex(node).search(text) else text
        else:
            yield node, str(node.value).casefold(), str(last[key]).casefold()


def _check_documents(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    yield from check_equal(wanted, after.stage.outside.documents() - after.before.documents)


def _check_findings(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    said = [after.stage.names.for_scenario(text) for text in after.passed.findings]
    said += [after.stage.names.for_scenario(after.stage.printed)] if after.passed.ran else []
    for item in values_of(wanted):
        found = any(regex(item).search(text) for text in said)
        yield item, "said", "said" if found else f"not among {said}"


def _check_printed(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    said = after.stage.names.for_scenario(after.stage.printed)
    for item in values_of(wanted):
        yield item, "said", "said" if regex(item).search(said) else f"not in {said!r}"


def _check_dashboard(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    board = after.stage.believed_tracker().dashboard()
    page = after.stage.names.for_scenario(unmarked(board.body)) if board else "no dashboard"
    for item in values_of(wanted):
        found = regex(item).search(page)
        yield item, f"matches {item.value!r}", f"matches {item.value!r}" if found else page


def _check_digest(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    """The weeks that the thread of the dashboard tells so far: a regular expression for each."""
    tracker = after.stage.believed_tracker()
    board = tracker.dashboard()
    threads = tracker.issues([board.ref]) if board else []
    bodies = [comment.body for thread in threads for comment in thread.comments]
    told = [unmarked(body) for body in bodies if marker_in(DIGEST, body)]
    yield wanted, f"{len(wanted.items)} digests", f"{len(told)} digests"
    for item, text in zip(wanted.items, map(after.stage.names.for_scenario, told), strict=False):
        expected = f"matches {item.value!r}"
        yield item, expected, expected if regex(item).search(text) else text


def _check_exit(wanted: Node, after: AfterStep) -> Iterator[Comparison]:
    if not after.passed.killed or after.passed.ran:
        yield wanted, f"exit {wanted.value}", f"exit {after.passed.exit}"


_STEP_CHECKS: dict[str, Callable[[Node, AfterStep], Iterator[Comparison]]] = {
    "opened": _check_opened,
    "paged": _check_paged,
    "repeated": _check_repeated,
    "called_off": _check_called_off,
    "announced": _check_announced,
    "replied": _check_replied,
    "told": _check_messages,
    "groups": _check_groups,
    "published": _check_published,
    "documents": _check_documents,
    "findings": _check_findings,
    "printed": _check_printed,
    "dashboard": _check_dashboard,
    "digest": _check_digest,
    "exit": _check_exit,
}
