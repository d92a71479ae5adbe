"""``ima test``: play scenarios against the policy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from automation.cli import invoke, output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.scenarios.suite import Result, coverage, find, is_shipped, play_all

FAILED, MISTAKE = 1, 2


@command(
    "test",
    formats=("text", "markdown", "json"),
    examples=["ima test", "ima test scenarios/first.yml", "ima test --shipped --coverage"],
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--shipped", is_flag=True, help="Also those that ima ships, on your policy.")
@click.option("--coverage", "table", is_flag=True, help="Which scenarios prove which requirement.")
def test(call: Call, paths: Sequence[Path], table: bool, shipped: bool) -> int:
    """Play scenarios (files or folders; else ./tests/scenarios or ./scenarios, else one of each
    topic that ima ships) against the policy. Exit 1 if one comes out otherwise than it expects,
    2 if one cannot be read."""
    chosen = find(paths, call.session.folder, shipped)
    if not paths and not shipped and is_shipped(chosen[0]):
        call.progress("No scenarios here: one of each topic of ima's; all: `ima test --shipped`")
    results = []
    for result in play_all(chosen, call.session.files, invoke):
        results.append(result)
        _progress(call, result, len(results), len(chosen))
    _show_results(call, results, table)
    if any(result.scenario is None for result in results):
        return MISTAKE
    return FAILED if any(result.wrong for result in results) else 0


def _progress(call: Call, result: Result, number: int, of: int) -> None:
    if output.is_terminal() and not call.quiet:
        click.echo(f"\r\033[K{number}/{of} {result.path.name}", err=True, nl=number == of)


def _show_results(call: Call, results: Sequence[Result], table: bool) -> None:
    if call.format == "json":
        output.show_json({"scenarios": [_row_of_result(result) for result in results]})
        return
    for result in results:
        _show_one(result, call.verbose)
    if table:
        rows = [
            [source, str(len(proofs)), ", ".join(one.name for one in proofs)]
            for source, proofs in coverage(results).items()
        ]
        output.show_table(["proves", "by", "scenarios"], rows, call.format)
    failed = sum(bool(result.wrong) for result in results)
    skipped = sum(bool(result.needs) for result in results)
    ending = f", {skipped} not run" if skipped else ""
    output.show(f"{len(results) - failed - skipped} passed, {failed} failed{ending}")


def _show_one(result: Result, verbose: bool) -> None:
    title = result.scenario.title if result.scenario else "cannot be read"
    if result.needs:
        output.show(f"not run: {result.path} needs {result.needs}")
    elif result.wrong:
        output.show(f"FAILED {result.path}: {title}")
        for wrong in result.wrong:
            output.show(f"{wrong}\n")
    elif verbose:
        sources = " ".join(result.scenario.sources) if result.scenario else ""
        output.show(f"ok     {sources:6} {title}")


def _row_of_result(result: Result) -> dict[str, object]:
    return {
        "file": str(result.path),
        "scenario": result.scenario.title if result.scenario else "",
        "proves": list(result.scenario.sources) if result.scenario else [],
        "passed": result.passed,
        "needs": result.needs,
        "wrong": [str(wrong) for wrong in result.wrong],
    }
