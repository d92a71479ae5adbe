"""What `ima check` accepts runs: what would fail later, in whatever branch, it finds at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from automation.model.issue import Draft

from .conftest import POLICY, START, Ima
from .test_one_bad_issue import FIGHT


def template(ima: Ima, name: str, text: str) -> None:
    path = ima.folder / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    ima.session = ima.fresh()


BRANCHES = {
    "S1": ("card.md.j2", "{% if card.severity == 'S1' %}\n{{ card.sevrity }}{% endif %}", 2),
    "a state": ("card.md.j2", "{% if card.state == 'Monitoring' %}{{ card.x }}{% endif %}", 1),
    "never": ("comments/called.md.j2", "{% if false %}{{ incident.tilte }}{% endif %}", 1),
    "a row": ("card.md.j2", "{% for r in card.roles if r.x %}{{ r.persn }}{% endfor %}", 1),
    "a row of no sample": ("comments/kept.md.j2", "{% if 0 %}{{ card.roles[0].x }}{% endif %}", 1),
    "pairs": (
        "card.md.j2",
        "{% if 0 %}{% for k, v in card.reviews.items() %}{{ card.nope }}{% endfor %}{% endif %}",
        1,
    ),
}


@pytest.mark.parametrize(("name", "text", "line"), BRANCHES.values(), ids=BRANCHES.keys())
def test_a_name_that_is_never_given_is_found_in_whatever_branch(
    ima: Ima, name: str, text: str, line: int
) -> None:
    template(ima, name, text)
    done = ima("check")
    assert done.code == 2
    assert done.err.startswith(f"templates/{name}:{line}: ")
    assert "undefined" in done.err or "has no" in done.err


NEVER = {
    "vacant: imoc, engaged: [eoc, imoc]": "`vacant` and `engaged` both name imoc: it is never both",
    "awaited: eoc, acknowledged: eoc": "`awaited` and `acknowledged` both name eoc",
    "attended: false, here: eoc": "`attended: false` says that nobody was called, `here` that",
    "state: Resolved, status: Degraded Performance": "what is Resolved is Operational",
    "public: ask, for: update_every": "only what is public owes updates",
    "public: [ask, auto], security: true": "of a security incident the status page is never",
    "kind: action, closed: true": "no action is looked at once it is closed",
    "kind: action, of: near miss": "no action is of a near miss",
    "engaged: cmoc": "it calls the CMOC, whom `engaged` has called already",
    "public: ask, status: Security Issue": "of a security incident the status page is never",
    "state: Resolved, for: update_every": "what is Resolved owes no updates",
    "attended: true, vacant: [eoc, imoc, cmoc, security]": "`vacant` names every role",
    "severity: [S3, S4], public: auto": "`public` of S3 or S4 is no in the policy, not auto",
    "kind: review, severity: S1": "`severity` is looked at on incidents only: here it says nothing",
    "kind: action, status: unset": "`status` is looked at on incidents only",
    "kind: near miss, touched: true": "`touched` is looked at on reviews and actions only",
    "overdue: true": "`overdue` is looked at on reviews and actions only",
}
IN_VAIN = {
    "when: {}, gate: {severity: true}": "only a review has a gate",
    "when: {kind: review, closed: true}, gate: {severity: true}": "with `closed` it never does",
    "when: {kind: review}, gate: {actions: What we change}": "it asks for nothing",
    "when: {kind: review}, gate: {severity: false}": "it asks for nothing",
    "when: {kind: review}, gate: {sections: [Impact], actions: Why}": "none of its `sections`",
    "when: {awaited: [eoc, imoc]}, page: {roles: [imoc]}": "it pages whom `awaited` has paged",
    "when: {acknowledged: eoc}, page: {roles: [eoc]}": "it pages whom `acknowledged` has paged",
    "when: {status: Operational}, set: {status: Operational}": "it sets the status that",
    "when: {here: eoc}, tell: {whom: eoc, about: here}": "which they know",
    "when: {attended: false}, escalate: {again: 1h}": "`attended: false` says that nobody was",
}


def test_a_rule_that_can_never_apply_is_found(ima: Ima) -> None:
    """All at once, each with its line: the condition excludes itself, or the effect."""
    known = {f"when: {{{when}}}, engage: {{role: cmoc}}": why for when, why in NEVER.items()}
    known |= IN_VAIN
    text = "rules:\n" + "".join(
        f"  - {{name: never-{nth}, why: x, {rule}}}\n" for nth, rule in enumerate(known)
    )
    ima.policy(POLICY + text)
    done = ima("check")
    assert done.code == 2
    told = [line for line in done.err.splitlines() if ": rule 'never-" in line]
    first = POLICY.count("\n") + 2
    for nth, why in enumerate(known.values()):
        (line,) = (each for each in told if f"rule 'never-{nth}': " in each)
        assert f"policy.yml:{first + nth}: " in line
        assert why in line


FAILS = {
    "a division": ("{% if card.severity == 'S1' %}{{ 1 / 0 }}{% endif %}", "ZeroDivisionError"),
    "itself": ("{% include 'card.md.j2' %}", "RecursionError"),
    "a long text": ("{{ 'x' * 10 ** 9 }}", "would make more than"),
    "a long number": ("{{ 9 ** 9999999 }}", "would make more than"),
    "a wide format": ("{{ '%1000000000d' % 1 }}", "not formatted with %"),
    "no end": (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}"
        "{% endfor %}{% endfor %}{% endfor %}",
        "does not end",
    ),
    "doubled": (
        "{% set n = namespace(x='x') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}"
        "{% endfor %}",
        "MemoryError",
    ),
    "S1 alone": ("{% if card.severity == 'S1' %}{{ 'a' + 1 }}{% endif %}", "TypeError"),
    "S4 alone": ("{% if card.severity == 'S4' %}{{ 'a' + 1 }}{% endif %}", "TypeError"),
    "monitoring": ("{% if card.state == 'Monitoring' %}{{ 'a' + 1 }}{% endif %}", "TypeError"),
    "security": ("{% if card.security %}{{ 'a' + 1 }}{% endif %}", "TypeError"),
    "degraded": ("{% if card.status[0] == 'D' %}{{ 'a' + 1 }}{% endif %}", "TypeError"),
}


@pytest.mark.parametrize(("text", "why"), FAILS.values(), ids=FAILS.keys())
def test_a_template_that_fails_is_one_line_with_file_and_line(
    ima: Ima, text: str, why: str
) -> None:
    template(ima, "card.md.j2", f"A card.\n{text}\n")
    done = ima("check")
    assert done.code == 2
    first = done.err.splitlines()[0]
    assert first.startswith("templates/card.md.j2:2: ")
    assert why in first


def test_rules_that_undo_each_other_are_found(ima: Ima) -> None:
    ima.policy(POLICY + FIGHT)
    done = ima("check")
    assert done.code == 2
    assert "policy.yml:" in done.err
    assert "the rules 'be-calm' and 'be-grave' undo each other" in done.err
    assert "Identified" in done.err


def test_a_since_in_the_future_is_refused_and_told_by_every_run(ima: Ima) -> None:
    later = (START + timedelta(days=2)).isoformat()
    ima.policy(POLICY.replace("2026-03-02T00:00:00Z", later))
    done = ima("check")
    assert done.code == 2
    assert "`since` lies in the future" in done.err
    ima.session.tracker.acting("rita").open(  # type: ignore[attr-defined]
        Draft("It is down", "", ("Incident", "S1"))
    )
    done = ima("apply")
    assert done.code == 0
    assert "`since` lies in the future" in done.out


def test_an_incident_that_is_kept_stays_kept_when_since_moves_past_it(ima: Ima) -> None:
    ima.session.tracker.acting("rita").open(  # type: ignore[attr-defined]
        Draft("It is down", "", ("Incident", "S1"))
    )
    ima("apply")
    ima.after(20)
    ima.policy(POLICY.replace("2026-03-02T00:00:00Z", "2026-03-02T12:10:00Z"))
    assert ima("gate").code == 3
    done = ima("apply")
    assert "page the CMOC" in done.out


def test_what_ima_ships_is_fine(ima: Ima) -> None:
    assert ima("check").code == 0
