"""Checking what a scenario expects against what is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from automation.model.engagement import REPEATED
from automation.reconcile.observe import observe
from automation.scenarios.checking_issues import ISSUE, AfterStep, Pair, each_of, is_as
from automation.scenarios.mismatch import Mismatch
from automation.scenarios.scenario_file import Step, regex
from automation.schema.yaml_nodes import Node
from automation.text.escaping import unmarked

if TYPE_CHECKING:
    from automation.scenarios.before import BeforeStep
    from automation.scenarios.world import PlayedStep, Stage


def check(
    stage: Stage, step: Step, before: BeforeStep, passed: PlayedStep, writes: int
) -> list[Mismatch]:
    """All that is not as ``step.expect`` says."""
    failing, stage.meter.failing = stage.meter.failing, {}
    snapshot = observe(stage.looking(), stage.services, stage.policy, lambda: stage.now)
    stage.meter.failing = failing
    issues = {issue.ref: issue for issue in stage.issues()}
    incidents = {stage.names.name(ref): one for ref, one in snapshot.incidents.items()}
    after_step = AfterStep(stage, before, passed, issues, incidents, writes)
    expect = step.expect
    if expect is None:
        return []
    return [
        Mismatch(node, wanted, actual, passed.plan)
        for node, wanted, actual in _all_checks(expect, after_step)
        if wanted != actual
    ]


def _all_checks(expect: Node, after_step: AfterStep) -> Iterator[Pair]:
    """Each expectation: where it stands, what it wants, and what there is."""
    if expect.value == "nothing":
        yield (
            expect,
            "no write at all",
            f"{after_step.writes} writes" if after_step.writes else "no write at all",
        )
        return
    for key, (_, node) in expect.entries.items():
        if key.startswith("#"):
            yield from _issue(key, node, after_step)
        else:
            yield from _STEP[key](node, after_step)
    if "exit" not in expect.entries and not after_step.passed.killed:
        yield (
            expect,
            "exit 0",
            f"exit {after_step.passed.exit}{_why_the_command_failed(after_step)}",
        )


def _why_the_command_failed(after_step: AfterStep) -> str:
    return f" ({'; '.join(after_step.passed.findings)})" if after_step.passed.exit else ""


def _issue(ref: str, node: Node, after_step: AfterStep) -> Iterator[Pair]:
    issue = after_step.issues.get(ref)
    if issue is None:
        yield node, f"there is {ref}", "there is no such issue"
        return
    for key, (_, wanted) in node.entries.items():
        yield from ISSUE[key](wanted, issue, after_step)


def _opened(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    new = [
        issue
        for ref, issue in after_step.issues.items()
        if ref not in after_step.before.issues and ref not in after_step.stage.people
    ]
    told = ", ".join(f"{issue.ref} {issue.title!r}" for issue in new) or "none"
    yield (
        wanted,
        f"{len(wanted.items)} opened",
        f"{len(new)} opened" + ("" if len(new) == len(wanted.items) else f": {told}"),
    )
    for item, issue in zip(wanted.items, new, strict=False):
        for key, (_, node) in item.entries.items():
            yield from ISSUE[key](node, issue, after_step)


def _pages(after_step: AfterStep, repeated: bool) -> str:
    """Roles whose people were paged in this step: for the first time, or once more."""
    pages = list(after_step.stage.outbox.entries("page"))[after_step.before.pages :]
    ours = (page for page in pages if str(page["key"]).endswith(REPEATED) == repeated)
    return str(sorted(str(page["role"] or page["person"]) for page in ours))


def _paged(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    yield wanted, str(sorted(wanted.plain())), _pages(after_step, repeated=False)


def _repeated(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    yield wanted, str(sorted(wanted.plain())), _pages(after_step, repeated=True)


def _called_off(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    """Roles whose pages call nobody further since this step; one that was repeated is one."""
    ended = list(after_step.stage.outbox.entries("page ended"))[after_step.before.ended :]
    calls = {str(page["key"]).removesuffix(REPEATED) for page in ended}
    yield wanted, str(sorted(wanted.plain())), str(sorted(key.split(":")[-2] for key in calls))


def _announced(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    posts = list(after_step.stage.outbox.entries("announcement"))[after_step.before.posts :]
    channels = sorted(str(post["channel"]).lstrip("#") for post in posts)
    yield wanted, str(sorted(str(c).lstrip("#") for c in wanted.plain())), str(channels)


def _told(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    """Messages of the chat to single people in this step."""
    told: dict[str, str] = {}
    for message in list(after_step.stage.outbox.entries("message"))[after_step.before.messages :]:
        text = after_step.stage.names.told(str(message["text"]))
        told[str(message["person"])] = told.get(str(message["person"]), "") + text
    yield wanted, f"{sorted(wanted.entries)} told", f"{sorted(told)} told"
    for person, (_, node) in wanted.entries.items():
        for item in each_of(node):
            found = regex(item).search(told.get(person, ""))
            wish = f"a message that matches {item.value!r}"
            yield item, wish, wish if found else told.get(person, "no message")


def _groups(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    """Who the groups of the chat are now, in any order; those never set are nobody."""
    now = {str(g["handle"]): str(g["people"]) for g in after_step.stage.outbox.entries("group")}
    for handle, (_, node) in wanted.entries.items():
        yield node, str(sorted(node.plain())), str(sorted(now.get(handle, "").split()))


def _published(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    shown: dict[str, list[dict[str, Any]]] = {}
    for post in after_step.stage.outbox.entries("publication"):
        ref = "#" + str(post["incident"]).rpartition("#")[2]
        shown.setdefault(after_step.stage.names.name(ref), []).append(post)
    if not wanted.entries:
        yield wanted, "nothing public", f"{sorted(shown)} public" if shown else "nothing public"
    for name, (_, node) in wanted.entries.items():
        if name not in shown:
            yield node, f"{name} public", f"public: {sorted(shown) or 'nothing'}"
        else:
            yield from _posts(node, shown[name])


def _posts(wanted: Node, posts: list[dict[str, Any]]) -> Iterator[Pair]:
    last = posts[-1]
    for key, (_, node) in wanted.entries.items():
        if key == "updates":
            yield from is_as(node, len(posts))
        elif key.endswith("~"):
            wish, text = f"matches {node.value!r}", str(last[key[:-1]])
            yield node, wish, wish if regex(node).search(text) else text
        else:
            yield node, str(node.value).casefold(), str(last[key]).casefold()


def _documents(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    yield from is_as(wanted, after_step.stage.outside.documents() - after_step.before.documents)


def _findings(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    said = [after_step.stage.names.told(text) for text in after_step.passed.findings]
    said += [after_step.stage.names.told(after_step.stage.printed)] if after_step.passed.ran else []
    for item in each_of(wanted):
        found = any(regex(item).search(text) for text in said)
        yield item, "said", "said" if found else f"not among {said}"


def _printed(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    said = after_step.stage.names.told(after_step.stage.printed)
    for item in each_of(wanted):
        yield item, "said", "said" if regex(item).search(said) else f"not in {said!r}"


def _dashboard(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    board = after_step.stage.looking().dashboard()
    page = after_step.stage.names.told(unmarked(board.body)) if board else "no dashboard"
    for item in each_of(wanted):
        found = regex(item).search(page)
        yield item, f"matches {item.value!r}", f"matches {item.value!r}" if found else page


def _exit(wanted: Node, after_step: AfterStep) -> Iterator[Pair]:
    if not after_step.passed.killed or after_step.passed.ran:
        yield wanted, f"exit {wanted.value}", f"exit {after_step.passed.exit}"


_STEP: dict[str, Callable[[Node, AfterStep], Iterator[Pair]]] = {
    "opened": _opened,
    "paged": _paged,
    "repeated": _repeated,
    "called_off": _called_off,
    "announced": _announced,
    "told": _told,
    "groups": _groups,
    "published": _published,
    "documents": _documents,
    "findings": _findings,
    "printed": _printed,
    "dashboard": _dashboard,
    "exit": _exit,
}
