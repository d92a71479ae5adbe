from __future__ import annotations

from pathlib import Path

import pytest

from automation.config.policy_file import Source, load
from automation.errors import PolicyError

case = pytest.param
ROOT = Path(__file__).parents[2]
SHIPPED = Source("policy.yml", (ROOT / "base/policy.yml").read_text(encoding="utf-8"))
LABELS = Source("labels.yml", (ROOT / "labels.yml").read_text(encoding="utf-8"))
RULE = "rules: [{name: x, why: y, %s}]"


@pytest.mark.parametrize(
    ("user", "problem", "remedy"),
    [
        case(
            RULE % "engage: {role: eco}",
            "rule 'x': there is no role 'eco'",
            "did you mean 'eoc'?",
            id="a rule's role",
        ),
        case(
            RULE % "engage: {rol: eoc}",
            "rule 'x': `engage` has no 'rol'",
            "did you mean 'role'?",
            id="an effect's key",
        ),
        case(
            RULE % "when: {severty: S1}, engage: {role: eoc}",
            "rule 'x': `when` has no 'severty'",
            "did you mean 'severity'?",
            id="a key of when",
        ),
        case(
            RULE % "when: {state: Resolvd}, engage: {role: eoc}",
            "`when.state` is 'Resolvd'",
            "did you mean 'Resolved'?",
            id="a rule's state",
        ),
        case(
            RULE % "when: {state: triage}, engage: {role: eoc}",
            "`when.state` is 'triage'",
            "Monitoring, Resolved (rules say these, whatever `states` calls them)",
            id="a state by the team's word",
        ),
        case(
            RULE % "when: {vacant: cmco}, engage: {role: eoc}",
            "there is no role 'cmco'",
            "'cmoc'?",
            id="a vacant role",
        ),
        case(
            RULE % "chase: {tell: [owner, imco]}",
            "there is no role or word 'imco'",
            "'imoc'?",
            id="whom a chase tells",
        ),
        case(
            RULE % "when: {service: wib}, engage: {role: eoc}",
            "there is no service 'wib'",
            "none is named yet: `services`",
            id="a rule's service where none is named",
        ),
        case(
            f"{{services: {{web: {{}}}}, {RULE % 'when: {service: wib}, engage: {role: eoc}'}}}",
            "there is no service 'wib'",
            "'web'?",
            id="a rule's service",
        ),
        case(
            RULE % "when: {for: severity_witin}, engage: {role: eoc}",
            "`when.for` is 'severity_witin'",
            "'severity_within'?",
            id="a misspelt duration",
        ),
        case(
            RULE % "when: {}", "rule 'x': it has no effect", "add one of `engage`", id="no effect"
        ),
        case(
            RULE % "engage: {role: eoc}, page: {roles: eoc}",
            "it has 2 effects, `engage` and `page`",
            "one rule for each",
            id="two effects",
        ),
        case(
            RULE % "enagge: {role: eoc}",
            "rule 'x': it has no 'enagge'",
            "did you mean 'engage'?",
            id="a misspelt effect",
        ),
        case(
            "rules: [{name: x, engage: {role: eoc}}]",
            "rule 'x': it needs `why`",
            "add `why: …`",
            id="no why",
        ),
        case(
            "rules: [{why: y, engage: {role: eoc}}]",
            "a rule: it needs `name`",
            "add `name: …`",
            id="no name",
        ),
        case(
            "rules: [{name: X Y, why: y, engage: {role: eoc}}]",
            "`name` is 'X Y'",
            "kebab-case",
            id="a title for a name",
        ),
        case(
            "rules: [{name: eoc-owns, page: {roles: eoc}}]",
            "it has 2 effects",
            "disable it instead",
            id="another effect for a shipped rule",
        ),
        case("rules: [foo]", "a rule: it is 'foo'", "it takes a map of name, why", id="not a rule"),
    ],
)
def test_refusals(user: str, problem: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as error:
        load(SHIPPED, Source("mine.yml", user), LABELS)
    lines = str(error.value).split("\n")
    said = dict(zip(lines[::2], lines[1::2], strict=True))
    found = [second for first, second in said.items() if problem in first]
    assert all(first.startswith("mine.yml:1: ") for first in said), said
    assert found, said
    assert remedy in found[0]


def test_a_duration_that_the_policy_does_not_give() -> None:
    bare = Source(
        "policy.yml",
        "\n".join(line for line in SHIPPED.text.splitlines() if not line.startswith("cmoc_after")),
    )
    with pytest.raises(PolicyError) as error:
        load(bare, None, LABELS)
    assert "the policy has no 'cmoc_after'" in str(error.value)
    assert "add `cmoc_after: 30m`" in str(error.value)
