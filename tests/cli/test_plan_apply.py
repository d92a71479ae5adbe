from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.cli.change_limit import is_person, refuse_too_many
from automation.model.issue import Draft

from .conftest import POLICY, Ima


def opened(ima: Ima, *titles: str, severity: str = "S1") -> None:
    for title in titles:
        ima.session.local.acting("rita").open(Draft(title, labels=("Incident", severity)))


def test_a_plan_is_shown_by_issue_and_writes_nothing(ima: Ima) -> None:
    opened(ima, "API error rate above SLO")
    first = ima("plan")
    assert first.out == ima("plan").out
    head, *rows = first.out.splitlines()
    assert head.startswith("acme/production#1  API error rate above SLO   ")
    assert head.endswith("  S1 · Investigating")
    assert any(row.split() == "+ call @ian as IMOC imoc-on-user-impact".split() for row in rows)
    assert rows[-1].startswith("Plan: ")
    assert rows[-1].endswith(" changes to 1 incident.")


def test_apply_does_what_plan_says_and_then_there_is_nothing_to_do(ima: Ima) -> None:
    opened(ima, "API down", "Web down")
    planned, done = ima("plan --format json").json, ima("apply --format json").json
    assert done["changes"] == planned["changes"]
    assert (done["failures"], done["digest"]) == ([], planned["digest"])
    assert ima("plan --check").code == 0
    assert ima("plan").out == "No changes. 2 incidents match the policy.\n"
    assert ima("apply").out == "No changes. 2 incidents match the policy.\n"


def test_check_exits_3_when_there_is_something_to_do(ima: Ima) -> None:
    assert ima("plan --check").code == 0
    opened(ima, "API down")
    assert ima("plan --check").code == 3
    assert ima("plan").code == 0


def test_json_is_stable(ima: Ima) -> None:
    opened(ima, "API down")
    out = ima("plan --format json").out
    data = json.loads(out)
    assert out == json.dumps(data, indent=2, sort_keys=True) + "\n"
    assert {"changes", "cards", "findings", "digest"} <= set(data)
    assert {"issue", "kind", "rule", "why"} <= set(data["changes"][0])


def test_a_plan_of_one_issue(ima: Ima) -> None:
    opened(ima, "API down", "Web down")
    for ref in ("2", "'#2'", "acme/production#2"):
        changes = ima(f"plan --issue {ref} --format json").json["changes"]
        assert {change["issue"] for change in changes} == {"#2"}


@pytest.mark.parametrize("command", ["plan --issue 9", "apply --issue 9", "explain 9"])
def test_an_unknown_issue_is_a_mistake(ima: Ima, command: str) -> None:
    done = ima(command)
    assert (done.code, done.out) == (2, "")
    assert done.err == "acme/production has no issue #9\n  `ima board` lists them\n"


def test_what_is_no_issue_at_all(ima: Ima) -> None:
    done = ima("plan --issue latest")
    assert done.code == 2
    assert done.err.splitlines()[1] == "  write its number, such as 42; `ima board` lists them"


# Saved plans


def test_a_saved_plan_is_applied_as_it_was_looked_at(ima: Ima) -> None:
    opened(ima, "API down", "Web down")
    planned = ima("plan --issue 2 --out plan.json --format json").json
    done = ima("apply plan.json --format json")
    assert done.code == 0
    assert done.json["changes"] == planned["changes"]
    assert ima("plan --issue 1 --check").code == 3


def test_a_stale_plan_is_refused_and_nothing_is_done(ima: Ima) -> None:
    opened(ima, "API down")
    ima("plan --out plan.json")
    opened(ima, "Web down")
    before = ima("plan --format json").out
    done = ima("apply plan.json")
    assert (done.code, done.out) == (1, "")
    assert "\n  run `ima plan` again" in done.err
    assert ima("plan --format json").out == before


def test_a_plan_that_was_edited_is_refused(ima: Ima) -> None:
    ima('declare "API down" --severity S1')
    ima("edit 1 --label +S3")
    ima("plan --out plan.json")
    path = ima.folder / "plan.json"
    saved = json.loads(path.read_text())
    assert saved["changes"]
    path.write_text(json.dumps(saved | {"changes": saved["changes"][1:]}))
    done = ima("apply plan.json")
    assert done.code == 2
    assert "plan.json: this plan was edited" in done.err
    path.write_text(json.dumps(saved))
    assert ima("apply plan.json").code == 0


def test_a_plan_can_look_past_the_beginning(ima: Ima) -> None:
    ima.session.local.acting("mia").open(Draft("Mails are late", labels=("Incident", "S3")))
    ima.after(60)
    ima.policy(POLICY.replace("2026-03-02T00:00", "2026-03-02T12:30"))
    told = ima("plan").out
    assert "left alone until `/ima adopt`: #1; IMA began on 2026-03-02 12:30 UTC" in told
    assert "+ call @erin as EOC" not in told
    assert "+ call @erin as EOC" in ima("plan --since 2h").out
    assert ima("plan").out == told
    wrong = ima("plan --since yesterday")
    assert (wrong.code, "such as 30d" in wrong.err) == (2, True)
    assert ima("plan --since 2h --out x.json").code == 2


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"digest": 1, "issues": null}', '{"digest": "x"}', "[" * 99999]
)
def test_a_file_that_is_no_plan(ima: Ima, text: str) -> None:
    Path("plan.json").write_text(text, encoding="utf-8")
    done = ima("apply plan.json")
    assert done.code == 2
    assert (
        done.err == f"{ima.folder}/plan.json: this is no plan\n  `ima plan --out FILE` writes one\n"
    )


def test_a_plan_that_cannot_be_saved(ima: Ima) -> None:
    done = ima("plan --out no/such/folder.json")
    assert done.code == 2
    assert done.err.endswith("No such file or directory\n  name a file that you may write\n")


# Many changes


def test_many_changes_by_hand_need_to_be_allowed(ima: Ima) -> None:
    opened(ima, "API down", "Web down")
    ima.policy((ima.folder / "policy.yml").read_text() + "limits: {changes: 5}\n")
    refused = ima("apply")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.splitlines()[0].endswith("`limits.changes: 5`; nothing was done")
    assert "`ima apply --allow-many`" in refused.err.splitlines()[1]
    assert ima("plan --check").code == 3
    ima.session.environment = {"CI": "true"}
    assert ima("apply --issue 1").code == 0
    ima.session.environment = {}
    assert ima("apply --allow-many").code == 0
    assert ima("plan --check").code == 0


def test_who_works_by_hand() -> None:
    assert is_person({}, terminal=False)
    assert is_person({"CI": "true"}, terminal=True)
    assert not is_person({"CI": "true"}, terminal=False)


def test_too_many() -> None:
    assert refuse_too_many(5, 5, False, "look", "do") is None
    assert refuse_too_many(6, 5, True, "look", "do") is None
    assert "6 changes" in str(refuse_too_many(6, 5, False, "look", "do"))


# Failures of services


def test_a_failing_service_is_told_on_stderr_and_exits_1(ima: Ima) -> None:
    opened(ima, "API down")
    (ima.folder / ".ima" / "outbox.jsonl").mkdir(parents=True)
    done = ima("apply")
    assert done.code == 1
    assert "outbox: " in done.err
    assert "failed" in done.out
    (ima.folder / ".ima" / "outbox.jsonl").rmdir()
    assert ima("apply").code == 0
    assert ima("plan --check").code == 0


# Events


def test_an_event_names_the_issue_to_look_at(ima: Ima) -> None:
    opened(ima, "API down", "Web down")
    Path("hook.json").write_text('{"object_kind": "issue", "object_attributes": {"iid": 2}}')
    ima.environment["TRIGGER_PAYLOAD"] = "hook.json"
    for line in ("plan --format json --event", "plan --event hook.json --format json"):
        assert {change["issue"] for change in ima(line).json["changes"]} == {"#2"}


def test_the_event_is_the_sessions_and_not_that_of_the_machine(
    ima: Ima, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("hook.json").write_text('{"object_kind": "issue", "object_attributes": {"iid": 2}}')
    monkeypatch.setenv("TRIGGER_PAYLOAD", "hook.json")
    done = ima("plan --event")
    assert done.code == 2
    assert "--event: neither TRIGGER_PAYLOAD nor GITHUB_EVENT_PATH names a payload" in done.err


def test_an_event_of_an_issue_that_is_gone_is_no_mistake(ima: Ima) -> None:
    Path("hook.json").write_text('{"issue": {"number": 99}, "action": "deleted"}')
    assert ima("apply --event hook.json").code == 0


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b" " * 2_000_000])
def test_an_event_that_concerns_nothing_makes_no_pass(ima: Ima, content: bytes) -> None:
    opened(ima, "API down")
    Path("hook.json").write_bytes(content)
    done = ima("apply --event hook.json")
    assert (done.code, done.out) == (0, "")
    assert done.err == "the event concerns nothing of ours: nothing to do\n"
    assert ima("plan --check").code == 3


@pytest.mark.parametrize("line", ["apply --event", "apply --event none.json", "plan --event ."])
def test_no_payload_at_all_is_a_mistake(ima: Ima, line: str) -> None:
    done = ima(line)
    assert done.code == 2
    assert done.err.splitlines()[0].startswith("--event: ")
    assert done.err.splitlines()[1].startswith("  name the file")


# Titles


HOSTILE = "\x1b[31m@all\r\n/close <!-- x --> | `x`\u202e ¡日本\ud800"


@pytest.mark.parametrize("line", ["plan", "plan --format markdown", "board", "show 1", "explain 1"])
def test_hostile_titles_do_no_harm(ima: Ima, line: str) -> None:
    opened(ima, HOSTILE)
    done = ima(line)
    assert done.code == 0
    assert not set("\x1b\r\u202e") & set(done.out)
    if "markdown" in line:
        assert "<!--" not in done.out
        assert "@all" not in done.out
    assert not any(text.startswith("/close") for text in done.out.splitlines())


@given(st.text(max_size=300))
def test_any_title_is_cleaned(title: str) -> None:
    from automation.text.escaping import clean, escape_inline

    assert "\x1b" not in clean(title)
    assert "\n" not in escape_inline(title)
