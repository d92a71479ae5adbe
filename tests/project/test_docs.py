"""The docs say what is so. What can be generated is generated: ``UPDATE_DOCS=1 pytest
tests/project/test_docs.py`` writes it anew. The rest is checked: links, names, examples.

Between ``<!-- generated: NAME … -->`` and ``<!-- end -->`` stands what the maker NAME says.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, get_type_hints
from xml.etree import ElementTree

import click
import pytest
import yaml

from automation.cli import init_github, init_gitlab, invoke
from automation.cli.command_group import ima as group
from automation.config import label_file, policy_file
from automation.errors import ImaError
from automation.model.commands import RIGHT_OF, USAGE, in_their_words
from automation.policy import ownership
from automation.scenarios.play import play
from automation.scenarios.scenario_file import Scenario, read_scenario
from automation.schema.yaml_nodes import Source, parse
from automation.services.embedded.embedded import FileDocuments, LogChat, PolicyPager, SitePage
from automation.services.embedded.sample_file import FileMetrics
from automation.services.gitlab.gitlab import GitLabPager
from automation.services.google.google import GoogleDocuments
from automation.services.pagerduty.pagerduty import PagerDuty
from automation.services.prometheus.prometheus import Prometheus
from automation.services.slack.slack import SlackChat
from automation.services.statusio.statusio import StatusIoPage
from automation.services.statuspage.statuspage import StatuspagePage
from automation.workspace import files, template_check
from automation.workspace.files import ProcessFiles
from automation.workspace.session import Session
from automation.writing.templates import Safe, Templates
from tests import scenario_files
from tests.picture import picture

ROOT = Path(__file__).parents[2]
PROJECT = "acme/production"
DOCS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
    scenario_files.FOLDER / "README.md",
]
OURS = [path for path in DOCS if path.name != "performance.md"]  # `make bench` writes that one
BY_OTHERS = {"docs/performance.md"}  # may be linked before it is there
BLOCK = re.compile(r"(<!-- generated: ([\w-]+)(?: (\S+))? -->\n)(.*?)(<!-- end -->)", re.DOTALL)
FENCE = re.compile(r"^(`{3,})(\w*)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WIDTH = 80
SAME = {  # names of the status site: what they are stands once
    "service.": "site.services[].",
    "days[].incidents[].": "incidents[].",
    "site.planned[].": "incidents[].",
}
COMMON = {"card", "incident", "severities", "usage"}  # names of most templates

each_doc = pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(ROOT).as_posix())


def doc(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def fences(text: str, language: str) -> list[str]:
    return [found[3] for found in FENCE.finditer(text) if found[2] == language]


def shipped() -> ProcessFiles:
    return files.read(ROOT / "policy.yml")


# What is generated


@dataclass
class World:
    """A folder with the README's policy. Each command is typed a minute after the one before."""

    folder: Path
    now: datetime = START

    def at_the_handbooks_company(self) -> None:
        """The same policies, of a team that has named its services, its room and its hours."""
        for path in self.folder.rglob("policy.yml"):
            layers = (files.example(), Source("README.md", path.read_text("utf-8")))
            path.write_text(json.dumps(policy_file.merged(*layers).plain(), default=str), "utf-8")

    def transcript(self, text: str) -> str:
        """The commands of a console block again, each with what it says now."""
        told = []
        for line in text.splitlines():
            if line.startswith("$ "):
                told += [line, *self.run(line[2:])]
        fence = "````" if any(line.startswith("```") for line in told) else "```"
        return "\n".join([f"{fence}console", *told, fence, ""])

    def card(self) -> str:
        """The card of the first incident after a pass, as a forge shows it."""
        self.run("ima apply")
        shown = "\n".join(self.run("ima show 1"))
        card = re.search(r"^  ### .*?(?=\n  <details>)", shown, re.MULTILINE | re.DOTALL)
        assert card
        return "".join(f"> {row.strip()}".rstrip() + "\n" for row in card[0].rstrip().splitlines())

    def run(self, line: str) -> list[str]:
        if later := re.fullmatch(r"# (\d+) minutes later", line):
            self.now += timedelta(minutes=int(later[1]))
            return []
        words = shlex.split(line, comments=True)
        silent = words[-1] == ">/dev/null"
        assert words[0] == "ima", f"{line}: only ima can be shown"
        self.now += timedelta(minutes=1)
        session = Session(lambda: self.now, "rita", folder=Path(), environment={"CI": "true"})
        said = StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            invoke(words[1:-1] if silent else words[1:], session)
        if "tracker" in vars(session):
            session.tracker.close()
        return [] if silent else [each.rstrip() for each in said.getvalue().splitlines()]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    ours = fences(doc("README.md"), "yaml")[0]
    (tmp_path / "policy.yml").write_text(ours, encoding="utf-8")
    (tmp_path / "proposed").mkdir()
    rules, proposal = ours.partition("\nrules:")[0], fences(doc("docs/preview.md"), "yaml")[0]
    (tmp_path / "proposed" / "policy.yml").write_text(f"{rules}\n{proposal}", encoding="utf-8")
    return World(tmp_path)


def commands(of: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Each command's words and its help, at a width that is no terminal's."""
    yield context.command_path, of.get_help(context)
    for name in of.list_commands(context) if isinstance(of, click.Group) else ():
        if found := of.get_command(context, name):  # type: ignore[attr-defined]
            below = click.Context(found, context, info_name=name, terminal_width=WIDTH)
            yield from commands(found, below)


@cache
def helps() -> dict[str, str]:
    root = click.Context(group, info_name="ima", terminal_width=WIDTH, **group.context_settings)
    return dict(commands(group, root))


def make_help() -> str:
    parts = [f"### {name}\n\n```text\n{text.rstrip()}\n```\n" for name, text in helps().items()]
    return "\n" + "\n".join(parts)


class Recorder(Templates):
    """Templates that remember what they are given, each time."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self.given: dict[str, list[set[str]]] = {}
        self.paths: set[str] = set()

    def render(self, name: str, values: Mapping[str, Any]) -> Safe:
        self.given.setdefault(name, []).append(set(values))
        self.paths |= set(paths(values))
        return super().render(name, values)


def paths(value: Any, above: str = "") -> Iterator[str]:
    """ "incident.ref", "card.roles[].person" … of what a template is given."""
    if isinstance(value, list):
        for each in value[:1]:
            yield from paths(each, f"{above}[]")
    elif isinstance(value, Mapping) and above != "card.reviews":
        for name, each in value.items():
            yield from paths(each, f"{above}.{name}" if above else name)
    else:
        yield above


@cache
def recorded() -> Recorder:
    """What the checker gives to all templates, with its samples."""
    process = shipped()
    recorder = Recorder(process.templates)
    for rendering in template_check.renderings(process.policy(), process.templates):
        with suppress(ImaError):
            rendering(recorder)
    return recorder


def make_template_names() -> str:
    rows = [f"| `{name}` | {_names(given)} |" for name, given in sorted(recorded().given.items())]
    return "\n".join(["| template | names |", "|--|--|", *rows, ""])


def _names(given: list[set[str]]) -> str:
    """What a template is given always, and what only sometimes."""
    always, ever = set.intersection(*given), set.union(*given)
    common = ["the common ones"] if always >= COMMON else []
    listed = always - COMMON if common else always
    words = common + [f"`{name}`" for name in sorted(listed)]
    some = [f"`{name}`" for name in sorted(ever - always)]
    return ", ".join(words) + (f"; sometimes {', '.join(some)}" if some else "")


@cache
def scenarios() -> dict[Path, Scenario]:
    return {path: read_scenario(files.read_text(path)) for path in scenario_files.FILES}


def make_proofs(requirement: str) -> str:
    """How many scenarios prove it, and in which folders, most of them first."""
    topics = Counter(
        path.parent.name
        for path, scenario in scenarios().items()
        if requirement in scenario.sources
    )
    number, plural = topics.total(), "" if topics.total() == 1 else "s"
    places = [(f"[{topic}](../tests/scenarios/{topic})", n) for topic, n in topics.most_common()]
    if len(places) == 1:
        return f"Proved by {number} scenario{plural} in {places[0][0]}.\n"
    counted = [f"{n} in {link}" for link, n in places]
    return f"Proved by {number} scenarios: {', '.join(counted)}.\n"


def make_floors() -> str:
    """The folders of `automation/` as `lint-imports` checks them, the uppermost first."""
    config = tomllib.loads(doc("pyproject.toml"))["tool"]["importlinter"]
    (layers,) = (each["layers"] for each in config["contracts"] if each["type"] == "layers")
    rows = ["| folder | what lives there |", "|--|--|"]
    for layer in layers:
        for name in layer.split(" | "):
            path = ROOT / "automation" / name
            if path.is_dir():
                rows.append(f"| `{name}/` | {_first_sentence(path / '__init__.py')} |")
    return "\n".join([*rows, ""])


def _first_sentence(file: Path) -> str:
    """The first line of a module's docstring, as a cell."""
    said = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    first = " ".join(said.partition("\n\n")[0].split())
    return first.replace("``", "`").replace("|", r"\|")


def make_setup(pages: Iterable[tuple[str, str]]) -> str:
    """The page of what to set that `ima init` writes for a forge, without its title."""
    text = dict(pages)["SETUP.md"].partition("\n")[2]
    return "\n" + re.sub(r"^## ", "### ", text, flags=re.MULTILINE).strip() + "\n\n"


def make_inputs(name: str) -> str:
    """The inputs of the action or the component, as its file says them."""
    said = next(yaml.safe_load_all(doc(name)))
    rows = ["| input | what | default |", "|--|--|--|"]
    for each, how in said.get("spec", said)["inputs"].items():
        rows.append(f"| `{each}` | {how['description']} | {_default(how['default'])} |")
    return "\n".join([*rows, ""])


def _default(value: str) -> str:
    return f"`{value}`" if value else "none"


NEW = Path("a-new-folder")


def make_abilities(seam: str) -> str:
    """What each service of a seam can do, from what the code is told of it."""
    columns = SEAMS[seam]
    kind = type(next(iter(columns.values())))
    rows = [f"| | {' | '.join(columns)} |", f"|--|{'--|' * len(columns)}"]
    for name, said in get_type_hints(kind, include_extras=True).items():
        can = ("yes" if getattr(each, name) else "no" for each in columns.values())
        rows.append(f"| {said.__metadata__[0]} | {' | '.join(can)} |")
    return "\n".join([*rows, ""])


SEAMS: dict[str, dict[str, Any]] = {
    "status_page": {
        "`site`": SitePage.can,
        "`status.io`": StatusIoPage.can,
        "`statuspage`": StatuspagePage.can,
    },
    "chat": {"`log`": LogChat.can, "`slack`": SlackChat.can},
    "pager": {
        "`policy`": PolicyPager.can,
        "`pagerduty`": PagerDuty.can,
        "`gitlab`": GitLabPager.can,
    },
    "documents": {"`files`": FileDocuments.can, "`google`": GoogleDocuments.can},
    "metrics": {"`file`": FileMetrics.can, "`prometheus`": Prometheus.can},
}
MAKERS: dict[str, Callable[[str], str]] = {
    "policy-keys": lambda _: f"\n{policy_file.reference()}",
    "label-keys": lambda _: f"\n{label_file.reference()}",
    "template-names": lambda _: make_template_names(),
    "help": lambda _: make_help(),
    "proofs": make_proofs,
    "abilities": make_abilities,
    "inputs": make_inputs,
    "floors": lambda _: make_floors(),
    "gitlab-setup": lambda _: make_setup(
        init_gitlab.extra_files(Path("none"), "https://gitlab.example", PROJECT)
    ),
    "github-setup": lambda _: make_setup(
        init_github.extra_files(Path("none"), "https://github.com", PROJECT)
    ),
}


def generated(text: str, world: World) -> str:
    """``text`` with all its generated parts made anew."""

    def make(found: re.Match[str]) -> str:
        head, name, about, old, end = found.groups()
        if name in ("run", "card"):
            new = world.transcript(old) if name == "run" else f"\n{world.card()}\n"
        else:
            new = MAKERS[name](about or "")
        return f"{head}{new}{end}"

    new, blocks = BLOCK.subn(make, text)
    assert blocks == text.count("<!-- generated: ") == text.count("<!-- end -->")
    return new


@each_doc
def test_what_is_generated_is_up_to_date(path: Path, world: World) -> None:
    old = path.read_text("utf-8")
    if path.name != "README.md":
        world.at_the_handbooks_company()
    new = generated(old, world)
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(new, encoding="utf-8")
        return
    assert old == new, (
        "UPDATE_DOCS=1 pytest tests/project/test_docs.py writes it anew; then look at it"
    )


PICTURE = ROOT / "docs" / "pictures" / "plan-and-card.svg"


def test_the_picture_shows_the_plan_and_the_card_of_the_readme() -> None:
    new = picture(doc("README.md"))
    if os.environ.get("UPDATE_DOCS"):
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(new, encoding="utf-8")
    assert PICTURE.read_text("utf-8") == new, "UPDATE_DOCS=1 draws it anew; then look at it"
    shown = "".join(ElementTree.fromstring(new).itertext())
    for said in ("$ ima plan", "page the IMOC", "Plan: 10 changes", "Owner: @erin", "Next: "):
        assert said in shown


def test_help_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(helps())
    monkeypatch.setenv("COLUMNS", "300")
    helps.cache_clear()
    assert helps() == before


# Links and names


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitLab and GitHub make them."""
    titles = re.findall(r"^#{1,6} (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_doc
def test_every_link_leads_somewhere(path: Path) -> None:
    text = FENCE.sub("", path.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        where = file.relative_to(ROOT).as_posix()
        assert file.exists() or where in BY_OTHERS, f"{target}: there is no {where}"
        if anchor:
            assert anchor in anchors(file.read_text("utf-8")), target


def test_every_page_is_linked_from_the_readme() -> None:
    for path in sorted((ROOT / "docs").glob("*.md")):
        assert f"](docs/{path.name})" in doc("README.md"), path.name


def test_every_scenario_lies_in_a_topic_that_is_told() -> None:
    folders = {path.parent.relative_to(scenario_files.FOLDER) for path in scenario_files.FILES}
    page = (scenario_files.FOLDER / "README.md").read_text("utf-8")
    told = re.findall(r"^\| \[(\w+)\]\(\1\) \|", page, re.MULTILINE)
    assert sorted(map(str, folders)) == sorted(told)


def test_every_scenario_proves_something() -> None:
    assert [path for path, scenario in scenarios().items() if not scenario.sources] == []


def test_every_requirement_with_a_scenario_is_described() -> None:
    proved = {source for scenario in scenarios().values() for source in scenario.sources}
    told = set(re.findall(r"^### (P-\d\d)\b", doc("docs/process.md"), re.MULTILINE))
    asked = set(re.findall(r"<!-- generated: proofs (P-\d\d) -->", doc("docs/process.md")))
    assert told == asked
    assert asked == proved


def test_every_requirement_says_how_to_change_it() -> None:
    sections = re.split(r"^### (?=P-\d\d)", doc("docs/process.md"), flags=re.MULTILINE)[1:]
    assert [text[:4] for text in sections if "\nChange it: " not in text] == []


def test_every_rule_and_key_that_the_process_names_exists() -> None:
    rules = {rule.name for rule in shipped().policy().rules}
    named = set(re.findall(r"rule\s+`([a-z-]+)`", doc("docs/process.md")))
    assert named - rules == set()
    assert rules - named == set(), "a shipped rule that the process does not mention"


def table(text: str, first: str) -> dict[str, list[str]]:
    """The rows of the table whose head begins with ``first``, by their first cell."""
    body = text.partition(f"| {first} |")[2].partition("\n\n")[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in body.splitlines()[2:]]
    cells = [[cell.strip().replace(r"\|", "|") for cell in row] for row in rows]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_every_command_on_an_issue_is_described_with_who_may() -> None:
    may = shipped().policy().may
    policy = shipped().policy()
    rows = table(doc("docs/commands.md"), "type")
    usages = {name: in_their_words(usage, policy.words) for name, usage in USAGE.items()}
    assert set(rows) == {f"/ima {usage}" for usage in usages.values()}
    told = re.findall(r"^\| `(/ima .+?)` \|", doc("docs/commands.md"), re.MULTILINE)
    assert len(told) == len(set(told)), "a command has two rows"
    for name, usage in usages.items():
        who = ownership.who_in_words(policy, may.get(RIGHT_OF.get(name, name), ("member",)))
        assert rows[f"/ima {usage}"][0].startswith(who), usage


def test_every_command_of_ima_has_a_heading() -> None:
    text = doc("docs/commands.md")
    assert {name for name in helps() if f"\n### {name}\n" not in text} == set()


def test_every_name_of_a_template_is_described() -> None:
    text = doc("docs/policy.md")
    cards = {f"explain.{name.removeprefix('card.')}" for name in recorded().paths}
    names = recorded().paths - cards  # `explain` has all that a card has
    unknown = {name for name in names if f"`{name}`" not in text and f"`{_same(name)}`" not in text}
    assert {name for name in unknown if not name.startswith("explain.reviews")} == set()


def _same(name: str) -> str:
    """The name under which docs/policy.md tells of what stands in several places."""
    for here, there in SAME.items():
        if name.startswith(here):
            return there + name.removeprefix(here)
    return name


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(doc("pyproject.toml"))
    needed = project["project"]["dependencies"] + project["build-system"]["requires"]
    extras = project["project"]["optional-dependencies"]
    needed += extras["dev"] + extras["docs"]
    names = {re.split(r"[<>=~! ]", each)[0].lower() for each in needed}
    used = doc("docs/dependencies.md").partition("\n## What we write ourselves")[0]
    told = re.findall(r"^\| \[?`?([\w-]+)", used, re.MULTILINE)
    assert names == {name.lower() for name in told} - {"name"}


def test_the_first_screen_says_for_whom_and_shows_a_plan_and_a_card() -> None:
    first, _, below = doc("README.md").partition("\n## ")
    for said in ("GitLab", "GitHub", "instead of", "](docs/compare.md)", "](docs/leaving.md)"):
        assert said in first
    assert f"]({PICTURE.relative_to(ROOT)})" in first
    assert len(first) < 1500
    in_words = below.partition("\n## ")[0]
    assert "\n$ ima plan\n" in in_words
    assert "\nPlan: " in in_words
    assert re.search(r"\*\*Owner\*\*(:| \|) @", in_words)


def test_every_target_that_the_readme_types_is_one_of_make() -> None:
    typed = set(re.findall(r"\bmake ([a-z]+)\b(?=.*[#`])", doc("README.md")))
    targets = set(re.findall(r"^([a-z]+):", doc("Makefile"), re.MULTILINE))
    assert {"demo", "test"} <= typed <= targets


# Examples


def test_the_rules_of_the_readme_are_those_of_the_policy() -> None:
    readme = parse(fences(doc("README.md"), "yaml")[0], "README.md").plain()
    policy = parse(doc("base/policy.yml"), "policy.yml").plain()
    assert readme["rules"]
    assert [rule for rule in readme["rules"] if rule not in policy["rules"]] == []


@pytest.mark.parametrize("text", fences(doc("docs/policy.md"), "yaml"))
def test_every_example_of_a_policy_is_one(text: str) -> None:
    process = shipped()
    if text.startswith("- {name"):
        labels = Source("labels.yml", process.labels.text + text)
        assert replace(process, labels=labels).policy()
    else:
        theirs = process.labels.text.replace("severity: S", "severity: SEV").splitlines()
        if "SEV1" in text:  # it calls them so, and its labels do, too
            text_of_labels = "\n".join(line for line in theirs if "SEV4" not in line)
            process = replace(process, labels=Source("labels.yml", text_of_labels))
        assert process.policy(parse(text, "docs/policy.md"))


@pytest.mark.parametrize("text", fences(doc("docs/scenarios.md"), "yaml"))
def test_every_example_of_a_scenario_comes_out_as_it_says(text: str) -> None:
    assert play(read_scenario(Source("docs/scenarios.md", text)), shipped(), invoke) == []
