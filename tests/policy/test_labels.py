from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.config.label_file import read_labels
from automation.errors import PolicyError
from automation.model.issue import STATUSES
from automation.policy.labels import LabelEntry, Labels, Meaning

case = pytest.param
SHIPPED = (Path(__file__).parents[2] / "labels.yml").read_text(encoding="utf-8")
LABELS = read_labels(SHIPPED)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        case("S1", ("severity", "S1"), id="a value of a family"),
        case("Incident", ("incident", ""), id="a word"),
        case("INCIDENT", ("incident", ""), id="the case does not matter"),
        case("Service::Web", ("service", "web"), id="a service"),
        case("bug", None, id="somebody else's label"),
    ],
)
def test_meaning(name: str, meaning: tuple[str, str] | None) -> None:
    assert LABELS.meaning(name) == meaning
    assert LABELS.ours(name) is (meaning is not None)


def test_an_exact_name_comes_first() -> None:
    labels = Labels(
        [
            LabelEntry(name="a", means=Meaning("action")),
            LabelEntry(name="A", means=Meaning("review")),
        ]
    )
    assert [labels.meaning(name) for name in "aA"] == [("action", ""), ("review", "")]


def test_names_and_values() -> None:
    assert LABELS.name("severity", "S1") == "S1"
    assert LABELS.name("review") == "Incident Review"
    assert LABELS.values("status") == STATUSES
    assert LABELS.values("nothing") == ()
    assert LABELS.exclusive == {"severity", "state", "status"}


def test_a_label_that_is_missing_is_the_authors_matter() -> None:
    with pytest.raises(PolicyError) as error:
        LABELS.name("service", "mail")
    assert str(error.value) == (
        "labels.yml: no label means 'mail' (service)\n"
        "  add `- {name: …, means: {service: mail}}` and run `ima labels sync`"
    )


@pytest.mark.parametrize(
    ("entry", "problem", "remedy"),
    [
        case("{name: s1}", "only in case different from 'S1' on line", "rename one", id="case"),
        case("{name: S1}", "the same name as 'S1'", "keep one of the two", id="a name twice"),
        case(
            "{name: x, means: incident}",
            "means the same as 'Incident' on line 3",
            "take `means` from one",
            id="a meaning twice",
        ),
        case(
            f"{{name: {'x' * 51}}}", "a name of more than 50", "shorten it by 1", id="a long name"
        ),
        case(
            f"{{name: x, description: {'x' * 103}}}",
            "more than 100",
            "shorten it by 3",
            id="a long description",
        ),
        case('{name: x, description: "a\\nb"}', "several lines", "in one line", id="two lines"),
        case('{name: "a,b"}', "a comma in the name 'a,b'", "write it without", id="a comma"),
        case('{name: ""}', "`name` is empty", "it takes text", id="an empty name"),
        case('{name: "x "}', "begins or ends with a blank", "take the blank away", id="a blank"),
        case('{name: "a\\tb"}', "a control character in the name", "in one line", id="a tab"),
        case("{name: None}", "'None' cannot be a label", "choose another", id="None"),
        case("{name: any}", "'any' cannot be a label", "choose another", id="any"),
        case("{name: 12}", "`name` is 12", 'quote it: "12"', id="a number as a name"),
        case(
            "{name: x, color: 2e5000}",
            "`color` is 2e5000",
            'quote it: "2e5000" (`2e5000` is a number)',
            id="a colour that is a number",
        ),
        case(
            "{name: x, color: 123456}",
            "`color` is 123456",
            'quote it: "123456"',
            id="a colour of digits",
        ),
        case(
            '{name: x, color: "red"}',
            "`color` is 'red'",
            "six hex digits",
            id="the name of a colour",
        ),
        case(
            "{name: x, means: incidnt}",
            "`means` is 'incidnt'",
            "did you mean 'incident'?",
            id="a misspelt word",
        ),
        case(
            "{name: x, means: {severty: S1}}",
            "`means` has no 'severty'",
            "did you mean 'severity'?",
            id="a misspelt family",
        ),
        case(
            "{name: x, means: {state: Resolvd}}",
            "no state 'Resolvd'",
            "did you mean 'Resolved'?",
            id="a misspelt value",
        ),
        case(
            "{name: x, means: {service: Web UI}}",
            "cannot be a service",
            "such as web",
            id="a service's title",
        ),
        case(
            "{name: x, means: {state: a, status: b}}",
            "names 2 families",
            "write one family",
            id="two meanings",
        ),
        case(
            "{name: x, means: {service: mail}}",
            "`many` is not what others",
            "or at none",
            id="a family in two minds",
        ),
        case(
            "{name: x, retired: 2026-13-01}",
            "`retired` is '2026-13-01'",
            "it takes a day such as",
            id="no such day",
        ),
        case(
            "{name: x, previously: S1}",
            "previously 'S1', which is taken",
            "'S1' claims this name",
            id="a taken name",
        ),
        case(
            "{name: x, previously: x}",
            "previously 'x', which is taken",
            "'x' claims",
            id="renamed to itself",
        ),
        case("{nmae: x}", "it has no 'nmae'", "did you mean 'name'?", id="a misspelt key"),
        case("foo", "it is 'foo'", "it takes a map of name, color", id="not a label"),
    ],
)
def test_refusals(entry: str, problem: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as error:
        read_labels(f"{SHIPPED}\n- {entry}\n")
    lines = str(error.value).split("\n")
    found = [
        second for first, second in zip(lines[::2], lines[1::2], strict=True) if problem in first
    ]
    assert lines[0].startswith(f"labels.yml:{SHIPPED.count(chr(10)) + 2}: ")
    assert remedy in found[0]


def test_what_must_be_there() -> None:
    with pytest.raises(PolicyError) as error:
        read_labels("- {name: x, means: near_miss}")
    lines = str(error.value).split("\n")
    assert len(lines) == 2 * (3 + 4 + 5)
    assert lines[:2] == [
        "labels.yml:1: no label means incident",
        "  add `- {name: …, means: incident}`",
    ]


def test_a_file_that_is_no_list() -> None:
    with pytest.raises(PolicyError, match=r"not a list of labels\n  write a list: `- {name"):
        read_labels("Incident: {}")


@given(st.text("-{}[]:,# \nabcname'\"S1", max_size=60))
def test_no_text_gives_a_traceback(text: str) -> None:
    with pytest.raises(PolicyError, match="\n  "):
        read_labels(text)
