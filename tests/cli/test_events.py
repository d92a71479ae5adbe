from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.alerts.webhook_events import LIMIT, NOTHING, read_event, refs_in

from .conftest import Ima

case = pytest.param
REAL = Path("/work/shared/oracles/gitlab/webhooks")
WORDS = st.sampled_from(
    "object_kind object_attributes iid issue number noteable_type note Issue client_payload inputs "
    "schedule action ima-chat text user sender login alerts receiver event event_type".split()
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
)


@pytest.mark.parametrize(
    ("event", "refs"),
    [
        case({"object_kind": "issue", "object_attributes": {"iid": 23}}, ["#23"], id="issue hook"),
        case(
            {
                "object_kind": "issue",
                "event_type": "confidential_issue",
                "object_attributes": {"iid": 23},
            },
            ["#23"],
            id="confidential issue hook",
        ),
        case({"object_kind": "work_item", "object_attributes": {"iid": 5}}, ["#5"], id="work item"),
        case(
            {"object_kind": "work_item", "object_attributes": {"iid": 5, "type": "Incident"}},
            ["#5"],
            id="incident",
        ),
        case(
            {"object_kind": "work_item", "object_attributes": {"iid": 5, "type": "Epic"}},
            [],
            id="an epic has a number of the group's",
        ),
        case(
            {
                "object_kind": "note",
                "event_type": "confidential_note",
                "object_attributes": {"noteable_type": "Issue", "action": "update"},
                "issue": {"iid": 8},
            },
            ["#8"],
            id="an edited note on a confidential issue",
        ),
        case(
            {"object_kind": "confidential_issue", "object_attributes": {"iid": 6}},
            ["#6"],
            id="a confidential kind",
        ),
        case(
            {"object_kind": "issue", "id": "7", "ref": "main", "object_attributes": {"iid": 23}},
            ["#23"],
            id="with what a pipeline trigger adds",
        ),
        case(
            {"object_kind": "emoji", "object_attributes": {"name": "eyes"}, "issue": {"iid": 4}},
            [],
            id="an emoji",
        ),
        case({"object_kind": "pipeline", "object_attributes": {"iid": 3}}, [], id="a pipeline"),
        case(
            {
                "object_kind": "note",
                "object_attributes": {"noteable_type": "Issue"},
                "issue": {"iid": 17},
            },
            ["#17"],
            id="note on an issue",
        ),
        case(
            {
                "object_kind": "note",
                "object_attributes": {"noteable_type": "MergeRequest", "iid": 3},
                "merge_request": {"iid": 3},
            },
            [],
            id="note on a merge request",
        ),
        case({"action": "opened", "issue": {"number": 42}}, ["#42"], id="GitHub issues"),
        case(
            {"action": "created", "issue": {"number": 42}, "comment": {"id": 1}},
            ["#42"],
            id="GitHub issue_comment",
        ),
        case({"issue": {"number": 4, "pull_request": {}}}, [], id="comment on a pull request"),
        case({"object_kind": "push", "issue": {"number": 4}}, [], id="a push"),
        case({"issue": {"number": True}}, [], id="a number that is none"),
        case({"issue": {"number": "4; rm"}}, [], id="a text for a number"),
        case({"issue": {"number": -4}}, [], id="a negative number"),
        case({"issue": {"number": 10**30}}, [], id="a number too great"),
        case({"object_kind": "issue"}, [], id="nothing inside"),
        case([1], [], id="a list"),
    ],
)
def test_the_issue_of_an_event(event: Any, refs: list[str]) -> None:
    assert refs_in(json.dumps(event)) == refs


@pytest.mark.skipif(not REAL.is_dir(), reason="GitLab's own examples are not here")
@pytest.mark.parametrize(("file", "refs"), [("issue_hook", ["#23"]), ("note_hook_issue", ["#17"])])
def test_real_payloads(file: str, refs: list[str]) -> None:
    assert refs_in((REAL / f"{file}.json").read_bytes()) == refs


@pytest.mark.parametrize("text", ["", "{", "[" * 90_000, "9" * 5000, '{"issue":{"number":1e400}}'])
def test_what_is_no_event(text: str) -> None:
    assert refs_in(text) == []


def test_more_than_a_megabyte_is_not_read() -> None:
    event = json.dumps({"issue": {"number": 1}, "padding": "x" * LIMIT})
    assert refs_in(event) == []


@given(st.binary(max_size=400))
def test_no_bytes_give_a_traceback(payload: bytes) -> None:
    assert isinstance(refs_in(payload), list)


@given(VALUES, st.sampled_from(["", "issues", "repository_dispatch", "workflow_dispatch", "x"]))
def test_no_json_gives_a_traceback_or_anything_but_a_reference(event: Any, name: str) -> None:
    for ref in (*refs_in(json.dumps(event)), read_event(json.dumps(event), name).ref or "#1"):
        assert ref[0] == "#"
        assert ref[1:].isdecimal()


# `ima apply --event`: whose event it is


def hook(kind: str = "issue", project: str = "acme/production", by: str = "rita") -> dict[str, Any]:
    return {
        "object_kind": kind,
        "object_attributes": {"iid": 1, "noteable_type": "Issue"},
        "issue": {"iid": 1},
        "project": {"path_with_namespace": project},
        "user": {"username": by},
        "id": "17",
        "ref": "main",
    }


NOTHINGS = [
    case(hook("merge_request"), "a merge request event of acme/production", id="merge request"),
    case(hook("pipeline"), "a pipeline event of acme/production", id="pipeline"),
    case(hook("emoji"), "an emoji event of acme/production", id="emoji"),
    case(hook(project="acme/other"), "an issue event of acme/other", id="another project"),
    case(hook("note", "a b"), "a note event of ?", id="a project that is none"),
    case(hook("\x1b[31m"), "the event", id="a hostile kind"),
    case({"receiver": "x", "alerts": []}, "an Alertmanager event", id="Alertmanager"),
    case({"event": {"event_type": "incident.triggered"}}, "a PagerDuty event", id="PagerDuty"),
    case({}, "the event", id="nothing"),
]


def apply(ima: Ima, event: Any) -> tuple[int, str, str]:
    (ima.folder / "hook.json").write_text(json.dumps(event), encoding="utf-8")
    done = ima("apply --event hook.json")
    return done.code, done.out, done.err


@pytest.mark.parametrize(("event", "what"), NOTHINGS)
def test_what_concerns_nothing_of_ours_ends_with_one_line(ima: Ima, event: Any, what: str) -> None:
    ima('declare "API down" --severity S3')
    ima("edit 1 --label +S1 --label -S3")
    assert apply(ima, event) == (0, "", f"{what} concerns nothing of ours: nothing to do\n")
    assert ima("plan --check").code == 3, "no pass was made"


@pytest.mark.parametrize("kind", ["issue", "work_item", "note"])
@pytest.mark.parametrize("by", ["ima", "IMA"])
def test_what_we_did_ourselves_makes_no_pass(ima: Ima, kind: str, by: str) -> None:
    ima('declare "API down" --severity S3')
    ima("edit 1 --label +S1 --label -S3")
    said = "we did that on #1 ourselves: nothing to do\n"
    assert apply(ima, hook(kind, by=by)) == (0, "", said)
    ima("apply")
    assert ima("plan --check").code == 0, "the sweep does what a shared account did"


@pytest.mark.parametrize("kind", ["issue", "work_item", "note"])
@pytest.mark.parametrize("project", ["acme/production", "Acme/Production", ""])
def test_an_event_makes_a_pass_on_its_issue(ima: Ima, kind: str, project: str) -> None:
    ima('declare "API down" --severity S3')
    ima("edit 1 --label +S1 --label -S3")
    code, out, _ = apply(ima, hook(kind, project))
    assert code == 0
    assert "acme/production#1" in out
    assert ima("plan --check").code == 0


def test_an_event_that_does_not_say_who_is_followed() -> None:
    assert not read_event(json.dumps({"issue": {"number": 1}})).by("")
    assert read_event(b"").nothing() == NOTHING
