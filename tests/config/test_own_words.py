"""What a policy may call its roles, states and statuses, and roles that it leaves out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from automation.config.policy_file import json_schema, merged
from automation.config.policy_notes import nobody_on_call, notes_on
from automation.errors import PolicyError
from automation.policy.policy import Policy
from automation.rules import rules_of
from automation.schema.yaml_nodes import Source
from tests.worlds import shipped


def with_policy(text: str) -> Policy:
    return replace(shipped(), user=Source("policy.yml", text)).policy()


def refusal(text: str) -> str:
    with pytest.raises(PolicyError) as refused:
        with_policy(text)
    return str(refused.value)


def notes(text: str) -> list[str]:
    files = replace(shipped(), user=Source("policy.yml", text))
    root = merged(files.shipped, files.user)
    return [f"{note.problem}\n  {note.remedy}" for note in notes_on(root, files.policy().labels)]


def vacancies(text: str) -> list[str]:
    root = merged(shipped().shipped, Source("policy.yml", text))
    return [f"{note.problem}\n  {note.remedy}" for note in nobody_on_call(root)]


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        pytest.param(
            "states: {Investigating: triage, Identified: Triage}",
            "policy.yml:1: `states.Identified` is 'Triage', which means Investigating already",
            "give each a word of its own: people type it",
            id="two states with one word",
        ),
        pytest.param(
            "states: {Investigating: resolved}",
            "`states.Investigating` is 'resolved', which is another one's key",
            "choose another word: Resolved is understood, too",
            id="the key of another state",
        ),
        pytest.param(
            "states: {Resolved: Operational}",
            "`states.Resolved` is 'Operational', which is another one's key",
            "choose another word: Operational is understood, too",
            id="the key of a status",
        ),
        pytest.param(
            "states: {Monitoring: review}",
            "`states.Monitoring` is 'review', which is a command",
            "choose another word: `/ima review` does something else",
            id="a state that is a command",
        ),
        pytest.param(
            "states: {Monitoring: keeping watch}",
            "`states.Monitoring` is 'keeping watch'",
            "it takes one word, such as `lead` or `in-work`",
            id="a state of two words",
        ),
        pytest.param(
            "statuses: {Operational: up/down}",
            "`statuses.Operational` is 'up/down'",
            "it takes some words, such as `very slow`",
            id="a slash",
        ),
        pytest.param(
            "roles: {eoc: {name: imoc}}",
            "`roles.eoc.name` is 'imoc', which is another one's key",
            "choose another word: imoc is understood, too",
            id="a role named like another one's key",
        ),
        pytest.param(
            "roles: {eoc: {name: lead}, imoc: {name: Lead}}",
            "`roles.imoc.name` is 'Lead', which means eoc already",
            "give each a word of its own: people type it",
            id="two roles with one name",
        ),
        pytest.param(
            "roles: {imoc: {name: resolve}}",
            "`roles.imoc.name` is 'resolve', which is a command",
            "choose another word: `/ima resolve` does something else",
            id="a role that is a command",
        ),
        pytest.param(
            "roles: {imoc: {name: on call}}",
            "`roles.imoc.name` is 'on call'",
            "it takes one word, such as `lead` or `in-work`",
            id="a role of two words",
        ),
        pytest.param(
            "roles: {imoc: none}\nmay: {resolve: [imoc]}",
            "policy.yml:2: `may.resolve`: there is no role or word 'imoc'",
            "imoc is left out here: name another role, or take this out (`roles`, policy.yml:1)",
            id="a word of their own that names a role they left out",
        ),
    ],
)
def test_a_word_that_would_be_misunderstood_is_refused(
    text: str, problem: str, remedy: str
) -> None:
    said = refusal(text)
    assert problem in said
    assert f"\n  {remedy}" in said


def test_a_role_keeps_its_own_key_and_a_shipped_one_may_be_a_command() -> None:
    policy = with_policy("roles: {imoc: {name: IMOC}, security: {name: security}}")
    assert policy.words.role("imoc") == "IMOC"
    assert policy.words.role("security") == "security"


def test_a_role_with_a_name_has_no_other_title_than_its_own() -> None:
    policy = with_policy("roles: {eoc: {name: lead}, lab: {name: Labor, chain: false}, x: {}}")
    titles = [policy.roles[key].title for key in ("eoc", "lab", "x")]
    assert titles == ["lead", "Labor", "X"]


def test_the_reasons_of_shipped_rules_call_a_role_by_its_name() -> None:
    policy = with_policy("roles: {eoc: {name: lead}, imoc: {name: Koordination}}")
    why = {rule.name: rule.why for rule in policy.rules}
    assert why["imoc-on-user-impact"] == "S1 and S2 need the Koordination. (P-15)"
    assert why["eoc-owns"].startswith("Every open incident has one owner; the lead is the first.")
    assert not re.search("engineer on call|incident manager", " ".join(why.values()))
    kept = {rule.name: rule.why for rule in shipped().policy().rules}
    assert "an incident manager" in kept["imoc-on-user-impact"]


def rules_about(role: str, policy: Policy) -> list[str]:
    return [rule.name for rule in rules_of(policy) if role in repr(rule)]


def test_a_role_that_is_left_out_is_in_nothing_that_the_shipped_file_says() -> None:
    policy = with_policy("roles: {imoc: None, cmoc: }")
    assert [*policy.roles] == ["eoc", "security"]
    assert rules_about("imoc", policy) == rules_about("'cmoc'", policy) == []
    assert policy.severities["S1"].page == ("eoc",)
    assert policy.may["publish"] == ("owner",)
    names = [rule.name for rule in rules_of(policy)]
    assert "chase-needed" in names  # it tells others, too
    assert "security-on-call" in names
    assert "imoc-on-user-impact" not in names


def test_the_rules_that_need_it_rest_and_check_says_which() -> None:
    note, *others = notes("tracker: {kind: local}\nroles:\n  cmoc: none\n")
    assert note.splitlines() == [
        "policy.yml:3: without the role 'cmoc' a rule rests: cmoc-when-it-lasts",
        "  write rules of your own for what they did, if any",
    ]
    assert others == []


def test_a_rule_that_rests_can_be_given_to_another_role() -> None:
    text = "roles: {cmoc: none}\nrules:\n  - {name: cmoc-when-it-lasts, engage: {role: imoc}}"
    names = [rule.name for rule in rules_of(with_policy(text))]
    assert "cmoc-when-it-lasts" in names
    assert notes(text) == []


def test_whom_a_command_was_left_to_alone_is_the_owner_then() -> None:
    files = shipped()
    text = files.shipped.text.replace("publish: [owner, cmoc]", "publish: [cmoc]")
    user = Source("policy.yml", "roles: {cmoc: none}")
    policy = replace(files, shipped=files.shipped._replace(text=text), user=user).policy()
    assert policy.may["publish"] == ("owner",)  # and not every member


def test_an_editor_knows_that_a_role_may_be_left_out() -> None:
    role = json_schema()["properties"]["roles"]["additionalProperties"]["anyOf"]
    assert {"const": "none"} in role


def test_of_a_disabled_rule_nothing_is_looked_up() -> None:
    rule = "{name: cmoc-when-it-lasts, why: y, disabled: true, engage: {role: gone}}"
    text = f"rules: [{rule}]"
    assert with_policy(text)
    assert "no role 'gone'" in refusal(text.replace("disabled: true, ", ""))


def test_a_service_without_a_label_is_told() -> None:
    (note,) = notes("services:\n  billing: {}\n")
    first, second = note.splitlines()
    assert first.startswith("policy.yml:2: `services` has 'billing', and no label of ")
    assert second.startswith("  add `- {name: …, means: {service: billing}, many: true}` there")


def test_a_role_that_nothing_calls_may_be_another_word_for_one_that_has_nobody() -> None:
    note = notes("roles:\n  leitung: {on_call: anna}\n")[0]
    assert note == (
        "policy.yml:2: nothing calls the role 'leitung', and 'eoc', 'imoc', 'cmoc', 'security' have"
        " nobody\n"
        "  if 'leitung' is only your name for one of them, say which:"
        " `eoc: {name: leitung, …}`; else write a rule for it"
    )
    named = notes("roles:\n  eoc: {name: bereitschaft, on_call: anna}\n")
    assert not [each for each in named if "nothing calls" in each]
    four = "".join(f"  {name}: {{on_call: anna}}\n" for name in ("eoc", "imoc", "cmoc", "security"))
    assert notes(f"roles:\n{four}  dba: {{on_call: ben}}\n") == [], "`/ima engage dba` calls it"


def test_that_nobody_is_on_call_is_a_note() -> None:
    (note,) = vacancies("roles: {eoc: {on_call: anna}}\n")
    assert note == (
        "roles: nobody is on call as imoc, cmoc, security, so nobody comes who is called as such\n"
        "  `roles: {imoc: {on_call: LOGIN}}` names somebody;"
        " `security: none` where your team has no such role"
    )
    rest = "imoc: none, cmoc: none, security: none"
    assert vacancies(f"roles: {{eoc: {{on_call: anna}}, {rest}}}\n") == []


def test_with_pagerduty_too_a_role_may_be_another_word_for_one_that_has_nobody() -> None:
    said = refusal(
        "pager: {kind: pagerduty, service: P1, from: ima@acme.example}\n"
        "roles:\n"
        "  eoc: {schedule: P2, escalation: P3}\n"
        "  leitung: {schedule: P4, escalation: P5}\n"
        "  cmoc: none\n  security: none\n"
    )
    assert "nobody is ever on call as imoc: " in said
    assert "`on_call: LOGIN`; if 'leitung' is only your name for one of them, say which" in said
    assert "`imoc: {name: leitung, …}`" in said


def test_a_rule_that_names_a_role_by_its_name_or_one_that_is_none_is_led_to_no_other() -> None:
    rule = "rules:\n  - {name: x, why: y, when: {}, engage: {role: WHO}}\n"
    own = "roles:\n  imoc: {name: leitung}\n  cmoc: none\n"
    named = refusal(own + rule.replace("WHO", "leitung"))
    assert "write `imoc`, whose name this is (`roles`, policy.yml:1)" in named
    none = refusal(own + rule.replace("WHO", "cmoc"))
    assert "cmoc is left out here: name another role, or take this out (`roles`, " in none
    assert "did you mean" not in none


def test_a_suggestion_says_where_such_words_are_defined() -> None:
    said = refusal("rules:\n  - {name: x, why: y, when: {}, engage: {role: imok}}")
    assert "did you mean 'imoc'? (`roles`, " in said


def test_a_login_is_one_person_in_whatever_case_it_is_written() -> None:
    policy = with_policy(
        "people: {Erin: {manager: IAN}, ian: {}}\n"
        "roles:\n  eoc: {on_call: erin}\n"
        '  imoc: {rota: {who: [IAN, Mia], from: "2026-03-02T09:00 UTC", every: 7d}}\n'
        'may: {resolve: [owner, "@MIA"]}\n'
    )
    assert policy.roles["eoc"].on_call == "Erin"
    assert policy.roles["imoc"].on_call_names == ("ian", "Mia")
    assert policy.people["Erin"].manager == "ian"
    assert policy.may["resolve"] == ("owner", "@Mia")
    assert [policy.spelling(login) for login in ("ERIN", "mia", "Zoe")] == ["Erin", "Mia", "Zoe"]
