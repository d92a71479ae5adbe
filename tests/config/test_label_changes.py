from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from automation.changes.label_changes import (
    ChangeLabel,
    CreateLabel,
    DeleteLabel,
    LabelChange,
    RenameLabel,
)
from automation.config.label_sync import label_changes
from automation.model.issue import Label
from automation.policy.labels import LabelEntry, Labels

case = pytest.param
TODAY = date(2026, 3, 2)


def _sync(
    entries: Iterable[LabelEntry], existing: list[Label], *, adopt: bool = False
) -> tuple[list[LabelChange], list[str]]:
    return label_changes(Labels(entries), existing, TODAY, adopt)


ENTRY = LabelEntry(name="New", color="aaaaaa", description="d", previously=("old", "older"))
GONE = LabelEntry(name="gone", retired=date(2026, 3, 1))
THEIRS = Label("New", "bbbbbb", "theirs", ours=False)


@pytest.mark.parametrize(
    ("entry", "existing", "adopt", "changes", "finding"),
    [
        case(
            ENTRY,
            [],
            False,
            [CreateLabel("New", "aaaaaa", "d")],
            "",
            id="a missing label is created",
        ),
        case(
            ENTRY,
            [Label("New", "#AAAAAA", "d")],
            False,
            [],
            "",
            id="the same colour in other letters",
        ),
        case(
            ENTRY,
            [Label("New", "bbbbbb", "d")],
            False,
            [ChangeLabel("New", "aaaaaa", "d")],
            "",
            id="ours gets its colour",
        ),
        case(ENTRY, [THEIRS], False, [], "", id="theirs keeps its colour"),
        case(
            ENTRY,
            [THEIRS],
            True,
            [ChangeLabel("New", "aaaaaa", "d")],
            "",
            id="unless it is adopted",
        ),
        case(LabelEntry(name="New"), [THEIRS], True, [], "", id="no colour wanted, none given"),
        case(
            ENTRY,
            [Label("old")],
            False,
            [RenameLabel("old", "New", "aaaaaa", "d")],
            "",
            id="ours is renamed",
        ),
        case(ENTRY, [Label("old", ours=False)], False, [], "--adopt", id="theirs is not renamed"),
        case(
            ENTRY,
            [Label("old", ours=False)],
            True,
            [RenameLabel("old", "New", "aaaaaa", "d")],
            "",
            id="unless adopted, too",
        ),
        case(
            ENTRY,
            [Label("old"), Label("New", "aaaaaa", "d")],
            True,
            [],
            "move the issues of 'old'",
            id="old and new",
        ),
        case(ENTRY, [Label("NEW")], True, [], "differs from 'New' only in case", id="a twin"),
        case(
            GONE,
            [Label("gone")],
            False,
            [DeleteLabel("gone", date(2026, 3, 1))],
            "",
            id="a retired label goes",
        ),
        case(
            LabelEntry(name="gone", retired=TODAY),
            [Label("gone")],
            False,
            [],
            "",
            id="not on its last day",
        ),
        case(
            GONE, [Label("gone", ours=False)], True, [], "delete it by hand", id="theirs never goes"
        ),
        case(GONE, [], False, [], "", id="what is gone is gone"),
        case(GONE, [Label("other")], True, [], "", id="others are left alone"),
    ],
)
def test_sync(
    entry: LabelEntry, existing: list[Label], adopt: bool, changes: list[object], finding: str
) -> None:
    planned, findings = _sync([entry], existing, adopt=adopt)
    assert planned == changes
    assert len(findings) == bool(finding)
    assert all(finding in each and "\n  " in each for each in findings)


def test_changes_speak_to_people() -> None:
    said = [change.describe() for change in _sync([ENTRY, GONE], [Label("old"), Label("gone")])[0]]
    assert said == [
        "rename label 'old' to 'New'; issues keep it",
        "delete label 'gone', retired on 2026-03-01",
    ]


def _apply(changes: list[LabelChange], existing: list[Label]) -> list[Label]:
    has = {label.name: label for label in existing}
    for change in changes:
        match change:
            case CreateLabel(name, color, description):
                assert name not in has
                has[name] = Label(name, color, description)
            case ChangeLabel(name, color, description):
                has[name] = Label(name, color, description, ours=has[name].ours)
            case RenameLabel(name, to, color, description):
                assert to not in has
                has[to] = Label(to, color, description, ours=has.pop(name).ours)
            case DeleteLabel(name, _):
                del has[name]
    return list(has.values())


_WORDS = st.sampled_from(["a", "A", "b", "B", "c", "d", "e"])
_COLORS = st.sampled_from(["", "aaaaaa", "bbbbbb"])
_ENTRIES = st.lists(
    st.builds(
        LabelEntry,
        name=st.sampled_from("abc"),
        color=_COLORS,
        description=st.sampled_from(["", "x"]),
        retired=st.none() | st.sampled_from([TODAY, date(2026, 1, 1)]),
    ),
    unique_by=lambda entry: entry.name,
)
_LISTS = st.lists(
    st.builds(Label, _WORDS, _COLORS, ours=st.booleans()), unique_by=lambda label: label.name
)


@given(_ENTRIES, st.sampled_from(["A", "d", "e"]), _LISTS, st.booleans())
def test_a_second_sync_has_nothing_to_do(
    entries: list[LabelEntry], old: str, existing: list[Label], adopt: bool
) -> None:
    first, *rest = entries or [LabelEntry(name="a")]
    renamed = LabelEntry(name=first.name, color=first.color, previously=(old,))
    assume(old.casefold() not in {entry.name for entry in rest})  # labels.yml refuses it
    changes, findings = _sync([renamed, *rest], existing, adopt=adopt)
    again = _sync([renamed, *rest], _apply(changes, existing), adopt=adopt)
    assert again == ([], findings)


@given(_ENTRIES, _LISTS)
def test_labels_of_others_are_never_touched(
    entries: list[LabelEntry], existing: list[Label]
) -> None:
    after = _apply(_sync(entries, existing)[0], existing)
    assert [label for label in after if not label.ours] == [
        label for label in existing if not label.ours
    ]
