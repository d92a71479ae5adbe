"""What a changed policy would change, before anybody merges it (P-45)."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.model.issue import Draft
from automation.workspace import files
from automation.workspace.session import Session

from .conftest import POLICY, START, Ima, Result

LABELS = files.shipped_labels().text
SOONER = """
rules:
  - name: stuck-investigating
    when: {state: [Investigating], engaged: [eoc], for: 20m}
"""
RENAMED = """
rules:
  - {name: stuck-investigating, disabled: true, why: It has another name.}
  - name: no-cause-known
    why: Thirty minutes are enough.
    when: {state: Investigating, engaged: eoc, for: 30m}
    engage: {role: imoc, page: true}
"""
LONGER = """
rules:
  - name: it-lasts
    why: It takes long.
    when: {severity: [S3], for: 20m}
    engage: {role: cmoc}
"""
CALLED = ["+", "call", "@ian", "as", "IMOC", "stuck-investigating"]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the tracker holds: on #1, and on #2, which is confidential, the engineer has been here
    since 12:00."""
    folder = tmp_path_factory.mktemp("lived")
    (folder / "policy.yml").write_text(POLICY, encoding="utf-8")
    session = Session(clock=lambda: START, user="rita", folder=folder)
    tracker = session.local.acting("rita")
    tracker.open(Draft("API down", labels=("Incident", "S3")))
    tracker.open(Draft("xqleak", labels=("Incident", "S3", "Security")))
    for ref in ("#1", "#2"):
        session.local.acting("erin").comment(ref, "looking")
    assert invoke(["apply", "-q"], session) == 0
    session.tracker.close()
    return folder


class Team:
    """A team whose present files are in the folder ``now``, and the proposed ones in ``then``."""

    def __init__(self, ima: Ima, lived: Path) -> None:
        self.ima, ima.by_example = ima, False
        ima.session = ima.fresh()
        shutil.copytree(lived / ".ima", ima.folder / ".ima")
        self.writes("now", "")

    def writes(self, folder: str, text: str, **others: str) -> None:
        there = self.ima.folder / folder
        there.mkdir(exist_ok=True)
        (there / "policy.yml").write_text(POLICY + text, encoding="utf-8")
        for name, content in others.items():
            (there / name).write_text(content, encoding="utf-8")

    def sees(self, text: str, more: str = "", minutes: float = 25, labels: str = LABELS) -> Result:
        """What a preview of a policy like that of now, with more, shows after so many minutes."""
        self.ima.now = START + timedelta(minutes=minutes)
        self.writes("then", text, **{"labels.yml": labels})
        return self.ima(f"preview --base now --head then {more}")


@pytest.fixture
def team(ima: Ima, lived: Path) -> Team:
    return Team(ima, lived)


def words(seen: Result) -> list[list[str]]:
    return [line.split() for line in seen.out.splitlines()]


def test_a_clock_that_has_run_out_shows_whom_it_calls_and_which_key_does_it(team: Team) -> None:
    seen = team.sees(SOONER, "--issue 1")
    totals, key, empty, head, *_ = seen.out.splitlines()
    assert (seen.code, seen.err, empty) == (0, "", "")
    assert totals == "1 incident changes; 1 page more; 0 public posts."
    assert key == "  rules.stuck-investigating.when.for: 30m → 20m"
    assert head.startswith("acme/production#1  API down ")
    assert CALLED in words(seen)


def test_a_clock_that_has_not_run_out_is_shown_with_both_of_its_times(team: Team) -> None:
    seen = team.sees(SOONER, "--issue 1", minutes=5)
    totals, _, _, _, said, rule = seen.out.splitlines()[:6]
    first, second = "12:20 UTC", "12:30 UTC"
    assert totals == "1 incident changes; 0 pages; 0 public posts."
    assert said == f"  ~ falls due 2026-03-02 {first} instead of 2026-03-02 {second}"
    assert rule == "    stuck-investigating"


def test_of_a_confidential_incident_only_the_reference_is_shown(team: Team) -> None:
    for form in ("text", "markdown", "json"):
        seen = team.sees(LONGER, f"-v --format {form}")
        assert "#2" in seen.out
        assert "xqleak" not in seen.out
    rows = seen.json["differences"]
    assert [row for row in rows if row["issue"] == "#2"] == [
        {"issue": "#2", "kind": "confidential"}
    ]


def test_a_proposal_that_would_show_a_confidential_incident_does_not(team: Team) -> None:
    """Neither policy may tell of it: here the label has another meaning."""
    blind = "\n".join(line for line in LABELS.splitlines() if "means: security" not in line)
    seen = team.sees(LONGER, "-v", labels=blind)
    assert "#2" in seen.out
    assert "xqleak" not in seen.out


@pytest.mark.parametrize("text", ["", "limits: {pages: 6}\n", "goal: 0.999\n"])
def test_what_moves_nothing_is_one_line(team: Team, text: str) -> None:
    seen = team.sees(text, "--check")
    assert (seen.code, seen.out, seen.err) == (0, "Nothing changes.\n", "")


def test_check_exits_3_where_something_changes(team: Team) -> None:
    assert team.sees(SOONER, "--check").code == 3
    assert team.sees(SOONER, "--check", minutes=0.1).code == 3, "a deadline moves"


def test_a_rule_that_only_has_another_name_does_nothing_anew(team: Team) -> None:
    team.ima.now = START + timedelta(minutes=31)
    team.ima("apply")
    seen = team.sees(RENAMED, minutes=32)
    named = "The rule stuck-investigating is called no-cause-known now: what it has done is not"
    assert seen.out.startswith(f"Nothing changes.\n\n{named} done again.\n\nThe handbook says")


@pytest.mark.parametrize("name", ["State::Investigating", "S3", "Incident"])
def test_a_label_that_was_renamed_with_its_former_name_changes_nothing(
    team: Team, name: str
) -> None:
    labels = LABELS.replace(f'name: "{name}"', f"name: {name}")
    labels = labels.replace(f"name: {name},", f'name: New, previously: ["{name}"],')
    seen = team.sees("", labels=labels)
    said = f"Nothing changes.\n\nThe label {name} is called New now: issues keep it.\n"
    assert seen.out.partition("\nThe handbook")[0] == said


def test_a_label_that_is_renamed_without_its_former_name_is_seen_to_be_lost(team: Team) -> None:
    seen = team.sees("", labels=LABELS.replace("name: S3,", "name: New,"))
    assert "  labels.yml: S3 → New" in seen.out.splitlines()
    assert "Write `previously: [S3]` beside its name in labels.yml" in " ".join(seen.out.split())
    assert seen.out.startswith("2 incidents change; ")


def test_each_difference_names_the_part_that_makes_it(team: Team) -> None:
    """Of two changed rules and a limit, each is told where it matters, and the limit nowhere."""
    other = """
  - name: an-hour
    why: It takes long.
    when: {severity: [S3], for: 24m}
    engage: {role: cmoc}
limits: {pages: 9}
"""
    seen = team.sees(SOONER + other, "--issue 1 --format json")
    keys = {row["rule"]: row["keys"] for row in seen.json["differences"] if row["kind"] == "call"}
    assert keys == {
        "stuck-investigating": ["rules.stuck-investigating.when.for: 30m → 20m"],
        "an-hour": ["rules.an-hour: new"],
    }
    assert (seen.json["issues"], seen.json["pages"], seen.json["public posts"]) == (1, 2, 0)


def test_what_is_done_otherwise_stands_beside_what_would_be_done_now(team: Team) -> None:
    mia = POLICY.replace("imoc: {on_call: ian}", "imoc: {on_call: mia}")
    (team.ima.folder / "then").mkdir()
    (team.ima.folder / "then" / "policy.yml").write_text(mia, encoding="utf-8")
    team.ima.now = START + timedelta(minutes=31)
    seen = team.ima("preview --base now --head then --issue 1")
    totals, key, *_ = seen.out.splitlines()
    assert totals == "1 incident changes; 0 pages; 0 public posts."
    assert key == "  roles.imoc.on_call: ian → mia"
    said = "~ call @mia as IMOC (now: call @ian as IMOC) stuck-investigating"
    assert said.split() in words(seen)


def test_the_first_sweep_by_another_policy_says_so_with_the_plan_that_was_previewed(
    team: Team,
) -> None:
    team.ima.now = START + timedelta(minutes=25)
    team.ima.policy(POLICY + LONGER)
    policy, seen = team.ima.session.policy.digest, team.ima("preview --base now --format json").json
    said = f" The first sweep by policy {policy}, with the plan {seen['digest']}."
    assert said in team.ima("plan").out
    assert said not in team.ima("plan --issue 1").out
    assert said in team.ima("apply").out
    assert "The first sweep" not in team.ima("apply").out
    assert f"Policy `{policy}` since 2 Mar 12:25 UTC." in team.ima("show 0").out


def test_a_preview_writes_nothing(team: Team) -> None:
    before = team.ima("plan --format json").out
    kept = (team.ima.folder / ".ima" / "incidents.db").read_bytes()
    team.sees(SOONER)
    assert (team.ima.folder / ".ima" / "incidents.db").read_bytes() == kept
    team.ima.now = START
    assert team.ima("plan --format json").out == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rules:\n  - {name: x, engage: {role: imoc}}\n", "then/policy.yml:10: rule 'x'"),
        ("roles: [\n", "not valid YAML"),
    ],
)
def test_a_broken_proposal_is_refused(team: Team, text: str, told: str) -> None:
    seen = team.sees(text)
    assert (seen.code, seen.out) == (2, "")
    assert told in seen.err


def test_a_broken_template_is_refused_and_a_changed_one_is_named(team: Team) -> None:
    there = team.ima.folder / "then" / "templates" / "comments"
    there.mkdir(parents=True)
    (there / "called.md.j2").write_text("{% if %}", encoding="utf-8")
    refused = team.sees("")
    assert (refused.code, refused.out) == (2, "")
    assert "templates/comments/called.md.j2:1: " in refused.err
    (there / "called.md.j2").write_text("Come.", encoding="utf-8")
    seen = team.sees("", "--check")
    first, *_, last = seen.out.splitlines()
    assert first == "Nothing else is done; 1 template writes otherwise."
    assert last == "Templates that change: comments/called.md.j2."
    assert seen.code == 3
    parts = seen.out.split("templates/comments/called.md.j2 on ")[1:]
    assert [part.partition(":")[0] for part in parts] == ["#1", *["a sample"] * 3]
    for part in parts:
        written = part.splitlines()[1:]
        assert "  +Come." in written
        assert any(line.startswith("  -") for line in written), "what stands there now"
    assert "xqleak" not in seen.out


def test_a_proposal_does_not_choose_what_is_asked(team: Team) -> None:
    """The tracker and the services are those that hold now: no secret goes anywhere else."""
    said = POLICY.replace("kind: local", 'kind: gitlab, url: "https://elsewhere.example"')
    then = team.ima.folder / "then"
    then.mkdir()
    (then / "policy.yml").write_text(
        said
        + "pager: {kind: policy}\nmetrics: {kind: prometheus, url: 'https://elsewhere.example'}\n"
    )
    seen = team.ima("preview --base now --head then")
    assert (seen.code, seen.err) == (0, "")
    assert seen.out.splitlines() == [
        "Nothing changes.",
        "",
        "The tracker is the present one: what `tracker` and `accounts` change is not shown.",
        "The numbers of services are asked by the present queries.",
    ]


def test_files_of_git_and_the_default_branch(team: Team) -> None:
    def git(*line: str) -> None:
        names = ("-c", "user.name=rita", "-c", "user.email=rita@example.com")
        subprocess.run(["git", *names, *line], cwd=team.ima.folder, check=True, capture_output=True)

    missing = team.ima("preview")
    assert missing.code == 2
    assert "is in no git repository" in missing.err
    git("init", "-q", "-b", "main")
    git("add", "policy.yml")
    git("commit", "-q", "-m", "one")
    team.ima.now = START + timedelta(minutes=25)
    team.ima.policy(POLICY + SOONER)
    seen = team.ima("preview --issue 1")
    assert seen.code == 0, seen.err
    assert CALLED in words(seen)
    git("checkout", "-q", "-b", "sooner")
    git("commit", "-q", "-a", "-m", "two")
    again = team.ima("preview --issue 1 --base main --head sooner")
    assert again.out == seen.out
    for wrong in ("--output=x", "nothing", "main:policy.yml"):
        refused = team.ima(["preview", "--base", wrong])
        assert refused.code == 2
        assert "nor anything that git knows here" in refused.err


def test_the_process_that_ima_ships_with_the_teams_own_people(team: Team) -> None:
    seen = team.ima("preview --base installed")
    assert (seen.code, seen.out) == (0, "Nothing changes.\n")
    team.ima.now = START + timedelta(minutes=25)
    team.ima.policy(POLICY + SOONER)
    assert CALLED in words(team.ima("preview --base installed"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--base now --head now --issue 9", "acme/production has no issue #9"),
        ("--base .ima", ".ima: there is no policy.yml in it"),
    ],
)
def test_what_is_not_there(team: Team, line: str, told: str) -> None:
    done = team.ima(f"preview {line}")
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_a_comment_is_markdown_in_which_no_proposed_word_counts(team: Team) -> None:
    odd = (
        LONGER.replace("It takes long.", "x") + "room: '<!-- @all | `x'\nstakeholders: '#a`|@all'\n"
    )
    seen = team.sees(odd, "--issue 1 --format markdown")
    assert seen.code == 0, seen.err
    first, *rest = seen.out.splitlines()
    assert first == "**1 incident changes; 1 page more; 0 public posts.**"
    assert "<!--" not in seen.out
    rows = [line for line in rest if line.startswith("|")]
    assert all(row.count("|") == 4 for row in rows)
    assert "| + | call @\u200bcara as CMOC | `it-lasts`" in seen.out
