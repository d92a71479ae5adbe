"""The process: exit codes, streams, start-up, interruption."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from automation.cli import STOPPED, main
from automation.cli.command_group import _MODULES
from automation.cli.command_group import ima as group
from automation.cli.invocation import current_user

from .conftest import Ima

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "IMA_USER": "rita"}
PROCESS = [sys.executable, "-m", "automation"]


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROCESS, *words],
        cwd=folder,
        env=ENVIRONMENT | more,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_version_is_answered_by_bare_python(tmp_path: Path) -> None:
    words = [sys.executable, "-X", "importtime", "-m", "automation", "--version"]
    done = subprocess.run(
        words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("ima ")
    for heavy in ("click", "yaml", "sqlite3", "jinja2", "automation.workspace.session"):
        assert heavy not in done.stderr


def test_help_is_answered_without_the_planner(tmp_path: Path) -> None:
    words = [sys.executable, "-X", "importtime", "-m", "automation", "--help"]
    done = subprocess.run(
        words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert "Every day:" in done.stdout
    for heavy in ("yaml", "automation.planning.planner", "automation.changes.issue_changes"):
        assert heavy not in done.stderr


def test_a_command_imports_no_template_engine_until_it_writes(tmp_path: Path) -> None:
    words = [sys.executable, "-X", "importtime", "-m", "automation", "oncall"]
    done = subprocess.run(
        words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert "jinja2" not in done.stderr
    assert "automation.cli.declare" not in done.stderr


def test_a_run_imports_no_client_of_a_service_that_it_does_not_ask(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(
        "version: 1\nchat: {kind: slack, channel: x}\n"
        "documents: {kind: google, template: a, folder: b}\n",
        encoding="utf-8",
    )
    words = [sys.executable, "-X", "importtime", "-m", "automation", "apply"]
    done = subprocess.run(
        words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    for heavy in ("google.auth", "requests", "gitlab", "github"):
        assert not re.search(rf"\| +{heavy}$", done.stderr, re.MULTILINE)


def test_a_plan_imports_no_folder_that_it_does_not_use(tmp_path: Path) -> None:
    words = [sys.executable, "-X", "importtime", "-m", "automation", "plan"]
    done = subprocess.run(
        words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    loaded = set(re.findall(r"\| +automation\.([\w.]+)$", done.stderr, re.MULTILINE))
    idle = ("doctor", "stats", "site", "outage", "scenarios", "reconcile.apply")
    forges = ("trackers.gitlab", "trackers.github")
    outside = ("google", "pagerduty", "prometheus", "slack", "statusio", "statuspage")
    unused = (*idle, *forges, *(f"services.{name}" for name in outside))
    network = re.findall(r"\| +(ssl|socket|http\.client)$", done.stderr, re.MULTILINE)
    assert "planning.planner" in loaded
    assert [name for name in loaded if name.startswith(unused)] == []
    assert network == []  # nobody is asked anything
    rare = re.findall(r"\| +(difflib|html|shutil)$", done.stderr, re.MULTILINE)
    assert rare == []  # for a mistake, a status page or a terminal


def test_main_works_in_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plan"]) == 0
    assert capsys.readouterr().out == (
        "No changes. 0 incidents match the policy. The dashboard would be refreshed.\n"
    )


def test_the_answer_is_on_stdout_and_a_mistake_on_stderr(tmp_path: Path) -> None:
    good, bad = run(tmp_path, "oncall"), run(tmp_path, "show", "9")
    assert (good.returncode, good.stderr) == (0, "")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == "incidents has no issue #9\n  `ima board` lists them\n"


@pytest.mark.parametrize(
    ("to", "code", "said"),
    [
        ("> /dev/full", 1, "the answer cannot be written: No space left on device\n"),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
    ],
    ids=["full", "closed", "no stderr"],
)
def test_an_output_that_nobody_can_read_ends_quietly(
    tmp_path: Path, to: str, code: int, said: str
) -> None:
    line = f"{sys.executable} -m automation policy show {to}"
    shell = ["bash", "-c", line]
    done = subprocess.run(shell, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, said)


def test_ctrl_c_is_told_in_one_line(tmp_path: Path) -> None:
    assert run(tmp_path, "report", "Pushes hang").returncode == 1  # nobody is on call here
    process = subprocess.Popen(
        [*PROCESS, "say", "1", "-"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # background jobs ignore it
    )
    assert process.stdin
    process.stdin.write("x" * 200_000)  # more than a pipe holds: once it is written, it is read
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == STOPPED
    assert err == "stopped; the next run repairs what is half done\n"


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    words = " ".join([*PROCESS, "schema", "|", "true"])
    done = subprocess.run(
        words, shell=True, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=True
    )
    assert done.stderr == b""


def test_our_own_mistakes_keep_their_traceback(ima: Ima) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    ima.session.clock = broken  # type: ignore[assignment]
    with pytest.raises(ZeroDivisionError):
        ima("oncall")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("plam", "did you mean 'plan'?", id="a misspelt command"),
        pytest.param("plan --nope", "No such option", id="an unknown option"),
        pytest.param("say 1", "Missing argument", id="an argument too few"),
        pytest.param("--format json init", "has no --format json", id="a format too many"),
        pytest.param("plan --tracker jira", "knows local, gitlab and github", id="another tracker"),
        pytest.param("plan --policy none.yml", "there is no such file", id="no such policy"),
    ],
)
def test_mistakes_of_the_command_line_exit_2(ima: Ima, line: str, said: str) -> None:
    done = ima(line)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_common_options_stand_before_or_after_the_name(ima: Ima) -> None:
    assert ima("--format json oncall").out == ima("oncall --format json").out
    ima.session = ima.fresh()
    (ima.folder / "other.yml").write_text("roles: {eoc: {on_call: olga}}", encoding="utf-8")
    assert ima("--policy other.yml oncall eoc --format json").json["on_call"][0]["person"] == "olga"


def test_every_command_is_listed_and_can_be_imported(ima: Ima) -> None:
    listed = ima("--help").out
    for name in _MODULES:
        assert f"\n  {name} " in listed
        assert group.get_command(group.make_context("ima", [], resilient_parsing=True), name)


def test_who_gives_the_command() -> None:
    assert (
        current_user({"GITHUB_ACTOR": "mia", "GITLAB_USER_LOGIN": "ian", "IMA_USER": "@rita"})
        == "rita"
    )
    assert current_user({"GITHUB_ACTOR": "mia", "GITLAB_USER_LOGIN": "ian"}) == "ian"
    assert current_user({"GITHUB_ACTOR": "mia"}) == "mia"
    assert current_user({})


def test_nothing_of_a_confidential_incident_but_its_reference(ima: Ima) -> None:
    from automation.model.issue import Draft

    title = "Key leaked by @mallory"
    ima.session.tracker.open(Draft(title, labels=("Incident", "S1"), confidential=True))
    for line in ("plan", "plan --format markdown", "plan --format json", "explain 1", "apply"):
        done = ima(line)
        assert "leaked" not in done.out + done.err
        assert "#1" in done.out
    assert "(confidential)" in ima("board").out


def test_the_group_names_exactly_the_commands_of_the_contract() -> None:
    contract = "init check schema policy plan apply explain declare report near-miss"
    contract += " show say edit oncall board labels demo test chat doctor replay"
    contract += " handbook site stats gate mirror slo alert maintenance drill preview gone digest"
    assert set(_MODULES) == set(contract.split())
    assert group.name == "ima"


def test_the_help_groups_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    titles = re.findall(r"^(Every day|Set-up|Reports|For jobs):$", told, re.MULTILINE)
    assert titles == ["Every day", "Set-up", "Reports", "For jobs"]
    every_day = told.partition("Every day:")[2].partition("Set-up:")[0]
    assert re.findall(r"^  (declare|init|stats|gate) ", every_day, re.MULTILINE) == ["declare"]


def completed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> list[str]:
    """What bash is offered for the last word of ``line``."""
    monkeypatch.setenv("_IMA_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    assert main([]) == 0
    return [each.partition(",")[2] for each in capsys.readouterr().out.split("\n") if each]


def test_the_shell_completes_commands_and_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert completed(monkeypatch, capsys, "ima ma") == ["maintenance"]
    assert completed(monkeypatch, capsys, "ima policy s") == ["show"]
    assert "--severity" in completed(monkeypatch, capsys, "ima declare --s")
    assert completed(monkeypatch, capsys, "ima plam x") == []  # no error amid the typing


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script_as_the_page_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert f"_IMA_COMPLETE={shell}_source ima" in page
    monkeypatch.setenv("_IMA_COMPLETE", f"{shell}_source")
    assert main([]) == 0
    assert f"_IMA_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_quiet_says_nothing_but_the_answer(ima: Ima) -> None:
    hints = ima("slo --format json")
    assert "In policy.yml:" in hints.err  # what to configure
    quiet = ima("-q slo --format json")
    assert (quiet.code, quiet.out, quiet.err) == (hints.code, hints.out, "")
    for line in ("check", "labels sync", "report 'Pushes hang'", "apply", "init new"):
        done = ima(f"-q {line}")
        assert (line, done.code, done.err) == (line, 0, "")
