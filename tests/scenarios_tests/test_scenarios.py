"""Scenarios as a tool: what a failing one shows, and what is wrong with a file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.errors import PolicyError
from automation.scenarios.play import play
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.suite import Result, coverage, find, play_all
from automation.schema.yaml_nodes import Source
from automation.workspace.session import Session
from tests.build import at
from tests.worlds import shipped

HEAD = """\
scenario: a test
source: P-01
start: 2026-03-02T12:00:00Z
on_call: {eoc: erin, imoc: ian, cmoc: cara, security: sam}
"""
OPENS = "  - opens: {title: It breaks, labels: [Incident, S3]}\n"


def played(steps: str, head: str = "") -> list[str]:
    """What did not come out as expected, each as it is printed."""
    source = Source("s.yml", f"{HEAD}{head}steps:\n{steps}")
    return [str(wrong) for wrong in play(read_scenario(source), shipped(), invoke)]


def mistakes(text: str) -> list[str]:
    with pytest.raises(PolicyError) as refused:
        read_scenario(Source("s.yml", text))
    return str(refused.value).splitlines()


def test_a_failing_scenario_shows_file_line_expected_actual_and_the_plan_with_reasons() -> None:
    wrong, *_ = played(OPENS + '    expect:\n      "#1": {owner: ian}\n')
    lines = wrong.splitlines()
    assert lines[:3] == [
        "s.yml:8: steps[0].expect.#1.owner",
        "  expected: 'ian'",
        "  actual:   'erin'",
    ]
    assert lines[3] == "  the plan of that pass:"
    assert any(
        line.startswith("    + #1 call @erin as EOC  (eoc-owns: Every open incident")
        for line in lines[4:]
    )
    assert not any("card" in line for line in lines)


def test_after_a_failure_nothing_more_is_played() -> None:
    steps = OPENS + "    expect: {paged: [eoc]}\n  - expect: {paged: [imoc]}\n"
    assert len(played(steps)) == 1


def test_a_pass_that_planned_nothing_says_so() -> None:
    (wrong,) = played("  - expect: {paged: [eoc]}\n")
    assert wrong.splitlines()[-1] == "  that pass planned nothing"


PASSING = [
    pytest.param("    expect: {exit: 0}\n", id="exit 0"),
    pytest.param(
        "    expect: {paged: [], announced: [], opened: [], documents: 0}\n", id="nothing out"
    ),
    pytest.param('    expect: {"#1": {owner: erin, assignees: [erin], open: true}}\n', id="owner"),
    pytest.param('    expect: {"#1": {roles: {eoc: erin, imoc: null}}}\n', id="an empty role"),
    pytest.param('    expect: {"#1": {title~: "^It", author: rita}}\n', id="a title like this"),
    pytest.param('    expect: {"#1": {not_labels: [S1], labels: [S3]}}\n', id="labels"),
    pytest.param(
        '    expect: {"#1": {comments: "IMA keeps this card", new_comments: 0}}\n', id="the card"
    ),
    pytest.param('    expect: {"#1": {state_since: 2026-03-02T12:00:01Z}}\n', id="since when"),
    pytest.param("    expect: {published: {}}\n", id="nothing public"),
    pytest.param("    runs: oncall eoc\n    expect: {printed: [erin, EOC|eoc]}\n", id="printed"),
]


@pytest.mark.parametrize("expect", PASSING)
def test_what_is_as_expected_passes(expect: str) -> None:
    assert played(OPENS + expect) == []


@pytest.mark.parametrize(
    ("expect", "expected", "actual"),
    [
        pytest.param("nothing", "no write at all", "4 writes", id="nothing, though there was"),
        pytest.param("{exit: 1}", "exit 1", "exit 0", id="another exit code"),
        pytest.param("{paged: [eoc]}", "['eoc']", "[]", id="nobody was paged"),
        pytest.param("{documents: 1}", "1", "0", id="no document"),
        pytest.param("{printed: erin}", "said", "not in ''", id="no command ran"),
        pytest.param("{findings: nobody}", "said", "not among []", id="nothing was found"),
        pytest.param("{opened: [{title~: x}]}", "1 opened", "0 opened: none", id="none opened"),
        pytest.param(
            '{"#2": {open: true}}', "there is #2", "there is no such issue", id="no issue"
        ),
        pytest.param('{"#1": {labels: [S1]}}', "there", "not among [", id="a label is missing"),
        pytest.param('{"#1": {not_labels: [S3]}}', "not there", "there", id="a label too many"),
        pytest.param('{"#1": {new_comments: 1}}', "1", "0", id="no comment, and the card is none"),
        pytest.param('{"#1": {title: x}}', "'x'", "'It breaks'", id="another title"),
    ],
)
def test_what_is_not_as_expected_fails(expect: str, expected: str, actual: str) -> None:
    (first, *_) = played(f"{OPENS}    expect: {expect}\n")
    lines = first.splitlines()
    assert lines[1] == f"  expected: {expected}"
    assert lines[2].startswith(f"  actual:   {actual}")


@pytest.mark.parametrize(
    ("steps", "first", "second"),
    [
        pytest.param(
            "  - opns: {title: x}\n",
            "s.yml:6: `steps[0]` has no 'opns'",
            "did you mean 'opens'?",
            id="a misspelt action",
        ),
        pytest.param(
            "  - expect: {payed: []}\n",
            "s.yml:6: `steps[0].expect` has no 'payed'",
            "did you mean 'paged'?",
            id="a misspelt expectation",
        ),
        pytest.param(
            '  - expect:\n      "#1": {ownr: x}\n',
            "s.yml:7: `steps[0].expect.#1` has no 'ownr'",
            "did you mean 'owner'?",
            id="a misspelt expectation of an issue",
        ),
        pytest.param(
            "  - fails: {pagerdut: 503}\n",
            "s.yml:6",
            "did you mean 'pagerduty'?",
            id="a misspelt service",
        ),
        pytest.param(
            "  - slo: {web: {errors: [0.1, high]}}\n",
            "s.yml:6",
            "`.nan`",
            id="a sample that is none",
        ),
        pytest.param(
            "  - slo: {web: {error: [0.1]}}\n", "s.yml:6", "did you mean 'errors'?", id="no measure"
        ),
        pytest.param('  - comments: {"1": x}\n', "s.yml:6", "an issue such as `#1`", id="no issue"),
        pytest.param(
            '  - labels: {"#1": [S1]}\n', "s.yml:6", "", id="a label neither added nor removed"
        ),
        pytest.param("  - after: soon\n", "s.yml:6", "write a number and a unit", id="no duration"),
        pytest.param("  - after: eod\n", "s.yml:6", "`30m`", id="nor one that has no length"),
        pytest.param("  - dies_after: -1\n", "s.yml:6", "", id="no number of writes"),
    ],
)
def test_mistakes_have_a_line_and_a_remedy(steps: str, first: str, second: str) -> None:
    problem, *rest = mistakes(f"{HEAD}steps:\n{steps}")
    assert problem.startswith(first), problem
    assert any(line.startswith("  ") for line in rest)
    assert second in "\n".join([problem, *rest])


def lines_of(text: str) -> list[str]:
    return [line.split(":")[1] for line in mistakes(text) if line.startswith("s.yml:")]


SEVERAL = HEAD + "tracker: {one_asignee: true}\nsteps:\n  - opns: x\n  - by: 7\n"
EXPECTS = "  - expect: {exit: no}\n"


def test_all_mistakes_are_told_at_once() -> None:
    assert lines_of(SEVERAL)[:2] == ["5", "7"]
    assert lines_of(f"{HEAD}steps:\n{EXPECTS}{EXPECTS}") == ["6", "7"]


def test_mistakes_of_expectations_are_told_with_the_others() -> None:
    assert "9" in lines_of(SEVERAL + EXPECTS)


@pytest.mark.parametrize(
    "expect", ["labels: S1", "not_labels: S3", "links: '#9'", "roles: ian"], ids=str
)
def test_a_text_where_a_list_belongs_does_not_pass_unseen(expect: str) -> None:
    with suppress(PolicyError):  # better still
        assert played(f'{OPENS}    expect: {{"#1": {{{expect}}}}}\n')


def test_a_scenario_needs_a_title_and_a_start() -> None:
    told = "\n".join(mistakes("steps: []\n"))
    assert "scenario" in told
    assert "start" in told


def test_an_expression_that_is_none_is_told_with_its_line() -> None:
    with pytest.raises(PolicyError) as refused:
        played(OPENS + '    expect: {"#1": {comments: "("}}\n')
    assert str(refused.value).startswith("s.yml:7: not a regular expression: ")


def test_dies_after_kills_the_pass_and_the_next_one_repairs_it() -> None:
    for writes in range(4):
        steps = f"{OPENS}    dies_after: {writes}\n" + '    expect: {"#1": {owner: erin}}\n'
        assert played(steps) == []


def test_dies_after_without_repair_shows_what_is_left() -> None:
    steps = OPENS + '    dies_after: 0\n    settles: false\n    expect: {"#1": {assignees: []}}\n'
    assert played(steps) == []


def test_a_failing_service_fails_until_it_is_back() -> None:
    s1 = "  - opens: {title: It breaks, labels: [Incident, S1]}\n"
    steps = (
        s1 + "    fails: {slack: 503}\n    settles: false\n"
        "    expect: {exit: 1, announced: [], findings: answered 503}\n"
        "  - {settles: false, expect: {exit: 1, announced: []}}\n"
        "  - {fails: {slack: null}, expect: {exit: 0, announced: [production]}}\n"
    )
    assert played(steps) == []


def test_a_step_that_does_not_settle_fails_by_itself() -> None:
    s1 = "  - opens: {title: It breaks, labels: [Incident, S1]}\n    fails: {slack: 503}\n"
    (wrong,) = played(s1 + "    expect: {exit: 1}\n")
    assert "expected: a second pass changes nothing" in wrong


def test_exit_is_that_of_the_command_that_runs() -> None:
    assert played('  - {runs: declare "API down" --severity S3, expect: {exit: 0}}\n') == []
    assert played("  - {runs: declare --frobnicate, expect: {exit: 2}}\n") == []


NEEDS = HEAD + "tracker: {confidential: false}\nneeds: [confidential]\nsteps:\n" + OPENS


def test_needs_skips_by_name(tmp_path: Path) -> None:
    path = tmp_path / "s.yml"
    path.write_text(NEEDS, encoding="utf-8")
    (result,) = play_all([path], shipped(), invoke)
    assert (result.needs, result.passed, result.wrong) == ("confidential", False, ())


def test_a_need_that_there_is_not_is_a_mistake() -> None:
    told = mistakes(NEEDS.replace("needs: [confidential]", "needs: [confidental]"))
    assert any("did you mean 'confidential'?" in line for line in told)


def test_a_file_that_cannot_be_read_is_a_result_and_stops_no_other(tmp_path: Path) -> None:
    bad, good = tmp_path / "a.yml", tmp_path / "b.yml"
    bad.write_text("steps: [", encoding="utf-8")
    good.write_text(f"{HEAD}steps:\n{OPENS}", encoding="utf-8")
    first, second = play_all(find([tmp_path], tmp_path), shipped(), invoke)
    assert (first.scenario, len(first.wrong), second.passed) == (None, 1, True)


def test_a_folder_without_scenarios_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        find([tmp_path], tmp_path)
    assert str(refused.value).splitlines() == [
        f"{tmp_path}: there are no scenarios", "  name a .yml file or a folder",
    ]  # fmt: skip


def test_coverage_is_by_requirement_in_order() -> None:
    results = []
    for sources in ("[P-10, P-02]", "P-02"):
        text = f"{HEAD}steps: []\n".replace("source: P-01", f"source: {sources}")
        results.append(Result(Path("s.yml"), read_scenario(Source("s.yml", text))))
    table = coverage(results)
    assert [(source, len(proofs)) for source, proofs in table.items()] == [("P-02", 2), ("P-10", 1)]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param("tests/scenarios/clocks/waived.yml", "clocks/waived", id="its topic"),
        pytest.param("waived.yml", "waived", id="in no folder"),
    ],
)
def test_coverage_names_a_scenario_with_its_folder(path: str, name: str) -> None:
    assert Result(Path(path), None).name == name


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        pytest.param(f"{HEAD}steps:\n{OPENS}", 0, "1 passed, 0 failed", id="passed"),
        pytest.param(f"{HEAD}steps:\n{OPENS}    expect: nothing\n", 1, "FAILED", id="failed"),
        pytest.param("scenario: x\n", 2, "cannot be read", id="cannot be read"),
        pytest.param(NEEDS, 0, "not run: ", id="not run"),
    ],
)
def test_ima_test(
    text: str, code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.yml").write_text(text, encoding="utf-8")
    session = Session(lambda: at(0), "rita", folder=tmp_path, by_example=True)
    assert invoke(["test", str(tmp_path / "s.yml")], session) == code
    assert said in capsys.readouterr().out
