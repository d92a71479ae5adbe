"""Whatever people write, wherever they write it: nothing of it ever acts, on any surface."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from automation.text.escaping import unmarked
from tests import pages

from .conftest import POLICY, Ima

BAIT = (
    "/close",
    "/ima resolve",
    "@all @victim <@U0VICTIM>",
    "<!channel> <!subteam^S0EVERY>",
    '<!-- ima:card {"v":1} --> <!-- ima:said ["x"] --> -->',
    "{{ 7 * 191 }} {% raise %} ${{ secrets.TOKEN }} $(touch pwned)",
    "\x1b[31m\x1b]0;pwned\x07\x00\x08\u202e\u2066",
    "</details></td></p><script>alert(1337)</script><img src=x onerror=alert(1337)>",
    "| a | b | `code` [x](javascript:alert(1337)) ![y](https://evil.example/1337.png)",
    "::error file=x::pwned ##[command]pwned",
)
LINES = "\n".join(BAIT)
ONE_LINE = " ".join(BAIT).replace("\x00", "")
TYPED = (
    "severity S1",
    'status "Service Disruption"',
    "severity {}",
    "state identified -- {}",
    "status {}",
    "engage {}",
    "stand-down {}",
    "reopen {}",
    "near-miss S2",
    "publish We look. {}",
    "next-update {}",
    "need @mia {}",
    "tell-next {}",
    "waive remind-update {} until 2026-03-09",
    "waive {}",
    "action {}",
    "declare {}",
    "adopt {}",
    "review {}",
    "explain {}",
    "help {}",
    "{}",
)
SHOWN = (
    "plan -v",
    "plan --format markdown",
    "plan --format json",
    "apply -v",
    "apply --format markdown",
    "apply --format json",
    "board",
    "board --format markdown",
    "board --format json",
    "explain 1",
    "explain 1 --format markdown",
    "explain 1 --format json",
    "show 1",
    "show 1 --format json",
    "stats",
    "stats --format markdown",
    "stats --format json",
    "gate",
    "gate --format json",
    "oncall",
    "site public --format json",
    "mirror copy --format json",
    "chat board",
    "chat 'show 1'",
    "chat 'explain 1'",
    "replay .ima/incidents.db --plan",
)


def few(text: str) -> int:
    """Of long texts each sixth is enough."""
    return 1 if len(text) < 10_000 else 6


def everybody_writes(ima: Ima, text: str) -> None:
    """Title, body, comments, each command, an alert: everything says ``text``."""
    ima(["declare", f"Down {text}"[:200], "--severity", "S2", "--body", text, "--doc"])
    ima(["report", f"Odd {text}"[:200], "--body", text])
    ima(["near-miss", f"Near {text}"[:200], "--severity", "S3"])
    arrives(ima, text[:100_000])  # there is a limit to what is read
    for typed in TYPED[:: few(text)]:
        ima.after(1)
        for who in ("mallory", "erin", "ian"):  # who may resolve says it on no line of its own
            said = text if who == "mallory" else text.replace("\n", " ")
            ima.session.local.acting(who).comment("#1", "/ima " + typed.replace("{}", said))
        ima("apply")
    ima.session.local.acting("mallory").comment(
        "#1", f"{text[-500_000:]}\n/ima handover {text[:400_000]}"
    )
    ima.session.local.acting("mallory").edit("#1", title=f"Now {text}"[:200], body=text)
    ima("apply")


def arrives(ima: Ima, text: str) -> None:
    """Alertmanager's webhook in which all that can be chosen is ``text``."""
    labels = {"alertname": text, "severity": text, "service": text, "instance": text}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": text, "description": text},
        "startsAt": "2026-03-02T12:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": text,
        "fingerprint": "f00",
    }
    payload = {
        "version": "4",
        "groupKey": text,
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": text,
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": {"summary": text},
        "externalURL": text,
        "alerts": [alert],
    }
    (ima.folder / "alert.json").write_text(json.dumps(payload), encoding="utf-8")
    assert ima("alert alert.json").code == 0


def written(ima: Ima) -> Iterator[tuple[str, str]]:
    """What IMA wrote on issues, without the hidden markers, and where."""
    tracker = ima.session.tracker
    for issue in tracker.issues():
        mine = issue.author == tracker.me()
        if mine or "ima:declared" in issue.body:
            yield f"{issue.ref} body", issue.body
        if mine:
            yield f"{issue.ref} title", re.sub("[</]", "", issue.title)  # no markup in titles
        yield from (
            (f"{issue.ref} {comment.id}", comment.body)
            for comment in issue.comments
            if comment.author == tracker.me()
        )
    dashboard = tracker.dashboard()
    assert dashboard
    yield "dashboard", dashboard.body


MOVING = r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]"
CODE = re.compile(r"(?<!\\)(`+)[^`].*?\1", re.DOTALL)


def acts(text: str) -> list[str]:
    """What a forge would obey, or a reader's program."""
    shown = CODE.sub("code", unmarked(text))
    found = re.findall(r"^[\s>*-]*/\w+", shown, re.MULTILINE)
    found += re.findall(r"(?<![\w\\])@(?:all|victim)\b|<!\w+[>^]|<@U0|<!--", shown)
    found += re.findall(r"\]\((?:javascript|https://evil)", re.sub(r"\\.", "", shown))
    return found + controls(shown)


def controls(text: str) -> list[str]:
    found = re.findall(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]|13337", text)
    return found + re.findall(r"<script|<img", text)


@pytest.mark.parametrize(
    "text", [LINES, ONE_LINE, (LINES + "\n") * 2400], ids=["lines", "one line", "a megabyte"]
)
def test_nothing_that_anybody_writes_acts(ima: Ima, text: str) -> None:
    ima.policy(POLICY + 'chat: {channel: "#production"}\nservices: {web: {component: Web}}\n')
    everybody_writes(ima, text)
    issue = ima.session.tracker.issues(["#1"])[0]
    assert not issue.closed
    assert issue.assignees[0] in ("erin", "ian", "cara")
    assert "mallory" not in issue.assignees
    assert {where: found for where, said in written(ima) if (found := acts(said))} == {}
    assert said_by_programs(ima, SHOWN[:: few(text)]) == {}
    assert in_files(ima.folder) == {}
    assert not list(ima.folder.rglob("pwned*"))


def said_by_programs(ima: Ima, lines: Iterable[str]) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    for line in lines:
        done = ima(line)
        found = re.findall(f"{MOVING}|13337", done.out + done.err)
        if "json" in line:
            assert done.json
        elif "markdown" in line:
            found += acts(done.out)
        found += re.findall(r"^\s*::\w+|##\[\w", done.out + done.err, re.MULTILINE)
        if found or done.code == 1 or "Traceback" in done.err:
            wrong[line] = (done.code, found, done.err[:300])
    return wrong


def in_files(folder: Path) -> dict[str, list[str]]:
    """Site, mirror, documents, and the log; a chat's own texts: `tests/test_outside_text.py`."""
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    kinds = (".md", ".html", ".xml", ".json", ".ics")
    texts = {n: p.read_text("utf-8") for n, p in files.items() if p.suffix in kinds}
    site = {n.removeprefix("public/"): t for n, t in texts.items() if n.startswith("public/")}
    wrong = {n: pages.mistakes(n, site) for n in site if n.endswith(".html")}
    wrong |= {n: acts(t) for n, t in texts.items() if n.startswith((".ima/documents", "copy/"))}
    for line in files[".ima/outbox.jsonl"].read_text("utf-8").splitlines():
        entry = json.loads(line)
        text = entry.get("text", "")
        wrong[text[:80]] = re.findall(MOVING, text)
    return {name: found for name, found in wrong.items() if found}
