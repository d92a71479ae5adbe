"""Each key is described once, and its bounds with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from automation.config import label_file
from automation.config.policy_file import Source, json_schema, load
from automation.errors import PolicyError

case = pytest.param
ROOT = Path(__file__).parents[2]
SHIPPED = Source("policy.yml", (ROOT / "base/policy.yml").read_text(encoding="utf-8"))
LABELS = Source("labels.yml", (ROOT / "labels.yml").read_text(encoding="utf-8"))
ROTA = "roles: {eoc: {rota: {who: [a], from: 2026-03-02T00:00Z, every: 1w}}}"
RULE = "rules: [{name: x, why: y, %s}]"


@pytest.mark.parametrize(
    ("user", "problem", "remedy"),
    [
        case(
            ROTA.replace("[a]", "[]"),
            "`roles.eoc.rota.who` is an empty list",
            "name at least one: a login, without the @",
            id="a rota of nobody",
        ),
        case(
            ROTA.replace("1w", "0d"),
            "`roles.eoc.rota.every` is '0d', and what repeats needs some time",
            "write at least `1s`",
            id="turns that never last",
        ),
        case(
            RULE % "ask: {about: update, every: 0s}",
            "`ask.every` is '0s', and what repeats needs some time",
            "write at least `1s`",
            id="asking without end",
        ),
        case(
            RULE % "when: {severity: []}, engage: {role: eoc}",
            "`when.severity` is an empty list",
            "name at least one: the name of a severity, or `unset`",
            id="a condition on no severity",
        ),
        case(
            RULE % "page: {roles: []}", "`page.roles` is an empty list", "at least one", id="pages"
        ),
        case(
            RULE % "chase: {tell: []}", "`chase.tell` is an empty list", "at least one", id="chase"
        ),
        case(
            RULE % "when: {kind: review}, gate: {severity: true, sections: []}",
            "`gate.sections` is an empty list",
            "at least one",
            id="sections",
        ),
        case(
            RULE % "set: {}",
            "`set` is empty, and does nothing so",
            "say at least one of `severity`, `state` or `status`",
            id="setting nothing",
        ),
        case(
            RULE % "when: {kind: review}, gate: {}",
            "`gate` is empty, and does nothing so",
            "say at least one of `severity`, `sections` or `actions`",
            id="a gate that asks for nothing",
        ),
        case(
            "update_every: {Investigating: {S1: 0m}}",
            "`update_every.Investigating.S1` is '0m', and what repeats needs some time",
            "write at least `1s`",
            id="updates without end",
        ),
        case("full_sweep: 0h", "`full_sweep` is '0h'", "write at least `1s`", id="full sweeps"),
        case("slo: {interval: 0s}", "`slo.interval` is '0s'", "write at least `1s`", id="samples"),
        case("slo: {window: 0s}", "`slo.window` is '0s'", "write at least `1s`", id="no window"),
        case(
            "working_hours: {days: []}",
            "`working_hours.days` is an empty list",
            "name at least one: days such as `Mon-Fri`",
            id="no working day",
        ),
        case(
            "may: {resolve: []}",
            "`may.resolve` is an empty list",
            "name at least one: `owner`",
            id="nobody may",
        ),
    ],
)
def test_nothing_of_no_length_repeats_and_no_list_is_empty_that_must_name_one(
    user: str, problem: str, remedy: str
) -> None:
    with pytest.raises(PolicyError) as error:
        load(SHIPPED, Source("mine.yml", user), LABELS)
    first, second = str(error.value).split("\n")
    assert first.startswith("mine.yml:1: ")
    assert problem in first
    assert remedy in second


@pytest.mark.parametrize(
    "user",
    [
        case("severities: {S1: {page: []}}", id="a severity that wakes nobody"),
        case("gate: {severity: []}", id="no severity holds deployments back"),
        case("lateness: {warn: 0s}", id="each late run is recorded"),
        case(RULE % "when: {for: 0m}, engage: {role: eoc}", id="a rule that does not wait"),
        case(ROTA.replace("1w", "00012h"), id="a length with zeros before it"),
    ],
)
def test_what_is_empty_or_no_time_is_fine_where_it_says_something(user: str) -> None:
    assert load(SHIPPED, Source("mine.yml", user), LABELS)


ADDED = {  # file: a line of it, and the one that is added before
    "policy/policy.py": (
        '    opens: Annotated[int, Whole(0), "Issues and',
        '    letters: Annotated[int, Whole(0), "Letters of one run"] = 3\n',
    ),
    "policy/labels.py": (
        "    many: Annotated[bool,",
        '    smell: Annotated[Literal["rose", ""], "What it smells of"] = ""\n',
    ),
    "rules/tell.py": (
        "    about: Annotated[",
        '    loudly: Annotated[bool, "in capitals"] = False\n',
    ),
    "rules/when.py": (
        "    status: Annotated[",
        '    moon: Annotated[Literal["full", "new"] | None, "the moon"] = None\n'
        '    asleep: Annotated[RoleName | None, "whose holder sleeps"] = None\n',
    ),
}
QUESTIONS = """
from pathlib import Path
from automation.config import label_file, policy_file
from automation.errors import PolicyError
from automation.schema.yaml_nodes import Source

root = Path({root!r})
names = ("base/policy.yml", "labels.yml")
shipped, labels = (Source(n, (root / n).read_text("utf-8")) for n in names)
good = '''
limits: {{letters: 4}}
rules: [{{name: x, why: y, when: {{moon: full}}, tell: {{about: z, loudly: true}}}}]
'''
bad = good.replace("4", "-4").replace("full", "ful, asleep: eco").replace("true", "3")
policy = policy_file.load(shipped, Source("mine.yml", good), labels)
assert policy.limits.letters == 4
assert (policy.rules[-1].when.moon, policy.rules[-1].loudly) == ("full", True)
assert policy_file.load(shipped, None, labels).limits.letters == 3
try:
    smelly = Source("labels.yml", labels.text + "- {{name: x, smell: ros}}")
    policy_file.load(shipped, Source("mine.yml", bad), smelly)
except PolicyError as error:
    print(error)
properties = policy_file.json_schema()["properties"]
rule = properties["rules"]["items"]["properties"]
print(properties["limits"]["properties"]["letters"])
print(rule["when"]["properties"]["moon"], rule["tell"]["properties"]["loudly"])
print(label_file.json_schema()["items"]["properties"]["smell"])
print(policy_file.reference(), label_file.reference())
"""


def test_a_key_that_is_added_in_one_place_is_checked_and_in_schema_and_reference(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "automation"
    shutil.copytree(ROOT / "automation", copy, ignore=shutil.ignore_patterns("__pycache__"))
    for file, (line, added) in ADDED.items():
        text = (copy / file).read_text("utf-8")
        assert text.count(line) == 1, file
        text = text.replace(line, added + line).replace(
            "import Annotated,", "import Literal, Annotated,"
        )
        (copy / file).write_text(text, "utf-8")
    asked = QUESTIONS.format(root=str(ROOT))
    command = [sys.executable, "-c", asked]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    for told in (
        "`smell` is 'ros'\n  did you mean 'rose'?",
        "mine.yml:2: `limits.letters` is -4\n  it takes a whole number, 0 or more",
        "mine.yml:3: rule 'x': `when.moon` is 'ful'\n  did you mean 'full'?",
        "mine.yml:3: rule 'x': there is no role 'eco'\n  did you mean 'eoc'?",
        "mine.yml:3: rule 'x': `tell.loudly` is 3, which YAML reads as a number",
        "{'type': 'integer', 'minimum': 0, 'description': 'Letters of one run', 'default': 3}",
        "{'type': 'string', 'enum': ['full', 'new'], 'description': 'the moon'}",
        "{'type': 'boolean', 'description': 'in capitals', 'default': False}",
        "{'type': 'string', 'enum': ['rose', ''], 'description': 'What it smells of'}",
        "| `letters` | a whole number, 0 or more | `3` | Letters of one run |",
        "| `moon` | `full` or `new` |  | the moon |",
        "| `loudly` | `true` or `false` | `false` | in capitals |",
        "| `smell` | `rose` or `` |  | What it smells of |",
    ):
        assert told in done.stdout


def test_the_schemas_have_names_of_their_own() -> None:
    policy, labels = json_schema(), label_file.json_schema()
    assert (policy["$id"], labels["$id"]) == ("urn:ima:schema:policy", "urn:ima:schema:labels")
    assert labels["items"]["required"] == ["name"]
    rota = policy["properties"]["roles"]["additionalProperties"]["anyOf"][0]["properties"]["rota"]
    assert rota["properties"]["who"]["anyOf"][1]["minItems"] == 1
    assert rota["properties"]["every"]["pattern"] == "^((?!0+[a-z])[0-9]{1,9}(s|m|h|d|w))$"
