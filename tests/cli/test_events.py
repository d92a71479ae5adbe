from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.events import LIMIT, refs_in

case = pytest.param
REAL = Path("/work/shared/oracles/gitlab/webhooks")
WORDS = st.sampled_from(
    ["object_kind", "object_attributes", "iid", "issue", "number", "noteable_type", "note", "Issue"]
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


@given(VALUES)
def test_no_json_gives_a_traceback_or_anything_but_a_reference(event: Any) -> None:
    for ref in refs_in(json.dumps(event)):
        assert ref[0] == "#"
        assert ref[1:].isdecimal()
