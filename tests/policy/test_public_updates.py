"""What the public hears and who may say it; waivers, needs; as `fold` judges the commands."""

from __future__ import annotations

import pytest

from automation.history.fold import fold
from automation.model.commands import USAGE
from automation.model.facts import Fact
from automation.model.incident import Incident
from automation.model.issue import Comment, Post
from automation.model.publicity import posts, withheld
from automation.policy.public_updates import publicity, update_due
from automation.rules.rule import waived
from tests.build import Act, a_context, a_fact, an_incident, an_issue, assigned, at, labelled, says
from tests.history.test_fold import CALLED, card

FIRST = "1/Investigating/Service Disruption/web,api"
SHOWN = a_fact("published", 3, by="erin", text="We are down.", what=FIRST)


def judged(*acts: Act, facts: tuple[Fact, ...] = (), now: float = 60) -> Incident:
    return fold(an_issue(card(CALLED, *facts), *acts), a_context(now))


def why(incident: Incident) -> str:
    """Why the last command was refused."""
    return next((dict(n.values)["why"] for n in incident.notes if n.template == "refused"), "")


SECURITY = labelled(1, "erin", "Security")
ISSUE = labelled(2, "erin", "Status::Security Issue")


@pytest.mark.parametrize(
    ("acts", "refused"),
    [
        pytest.param((says(5, "erin", "/ima publish We look"),), "", id="the owner"),
        pytest.param(
            (says(5, "mia", "/ima publish No"),), "the owner (@erin) or the CMOC", id="a member"
        ),
        pytest.param((says(5, "erin", "/ima publish"),), "what users should read", id="nothing"),
        pytest.param((says(5, "erin", "/ima publish " + "x" * 1001),), "1,001 char", id="long"),
        pytest.param((SECURITY, says(5, "erin", "/ima publish x")), "only the security", id="shut"),
        pytest.param((ISSUE, says(5, "erin", "/ima publish x")), "only the security", id="issue"),
        pytest.param((SECURITY, says(5, "sam", "/ima publish x")), "Security Issue", id="status"),
        pytest.param((SECURITY, ISSUE, says(5, "sam", "/ima publish x")), "", id="security"),
        pytest.param((says(5, "sam", "/ima publish x"),), "the owner", id="security, elsewhere"),
    ],
)  # fmt: skip
def test_who_publishes(acts: tuple[Act, ...], refused: str) -> None:
    incident = judged(*acts)
    assert refused in why(incident)
    assert bool(incident.asked("publish")) == (refused == "")


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("withhold nobody uses it", ""),
        ("withhold", "say why"),
        ("next-update 45m", "nothing of it is public"),
        ("next-update", "say in how long"),
        ("next-update tomorrow", "say in how long"),
        ("need @mia", ""),
        ("need", "say who"),
        ("need mia", "say who"),
        ("need @me", "here already"),
        ("need @erin", "here already"),
        ("waive stuck-investigating the vendor until 14:00", ""),
        ("waive stuck-investigating we wait until noon until 2026-03-03", ""),
        ("waive stuck-investigating until 14:00", "say why"),
        ("waive stuck-investigating the vendor", "say why, and until when"),
        ("waive stuck-investigating the vendor until noon", "the end is a date"),
        ("waive stuck-investigating the vendor until 2026-03-01", "that time is over"),
        ("waive stuck-investigating the vendor until 2026-99-01", "the end is a date"),
        ("waive stuck-investigatin the vendor until 2h", "did you mean 'stuck-investigating'"),
        ("waive eoc-owns because until 2h", "rules with a clock are"),
        ("security", ""),
    ],
)
def test_the_new_commands_are_done_or_say_why_not(text: str, refused: str) -> None:
    assert refused in why(judged(says(5, "erin", f"/ima {text}")))
    assert bool(why(judged(says(5, "erin", f"/ima {text}")))) == bool(refused)


@pytest.mark.parametrize(
    ("until", "ends"),
    [
        ("14:00", at(120)),
        ("11:59", at(24 * 60 - 1)),
        ("2h", at(125)),
        ("2026-03-02", at(11 * 60)),  # the end of the day in Berlin
        ("2026-03-02 15:30", at(210)),
        ("2026-03-02T15:30Z", at(210)),
    ],
)
def test_until_when_a_rule_is_waived(until: str, ends: object) -> None:
    incident = judged(says(5, "erin", f"/ima waive stuck-investigating because until {until}"))
    (fact,) = (fact for fact in incident.facts if fact.kind == "waived")
    assert (fact.ends, fact.what, fact.text) == (ends, "stuck-investigating", "because")


@pytest.mark.parametrize(("minutes", "holds"), [(4, False), (5, True), (119, True), (120, False)])
def test_a_waiver_holds_from_the_command_to_its_end(minutes: float, holds: bool) -> None:
    command = says(5, "erin", "/ima waive stuck-investigating because until 14:00")
    assert bool(waived("stuck-investigating", judged(command), at(minutes))) is holds


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        pytest.param(says(6, "mia", "I look"), False, id="a comment"),
        pytest.param(assigned(6, "mia", "mia"), False, id="takes it"),
        pytest.param(says(6, "noah", "I look"), True, id="somebody else"),
        pytest.param(assigned(6, "erin", "mia"), True, id="is assigned by somebody else"),
        pytest.param(says(4, "mia", "hello"), True, id="spoke before"),
    ],
)
def test_who_is_needed_is_waited_for_until_heard(answer: Act, waits: bool) -> None:
    acts = sorted([says(5, "erin", "/ima need @mia"), answer], key=lambda act: act.at)
    assert bool(judged(*acts).waiting) is waits


def test_a_post_is_read_back_from_its_fact() -> None:
    (post,) = posts(judged(facts=(SHOWN,)))
    assert post == Post(
        at(3), "Investigating", "Service Disruption", "We are down.", ("web", "api"), "erin"
    )


@pytest.mark.parametrize(
    ("incident", "known"),
    [
        (an_incident(severity="S1"), "ask"),
        (an_incident(severity="S3"), "no"),
        (an_incident(severity="S3", facts=(SHOWN,)), "yes"),
        (an_incident(severity="S1", facts=(a_fact("withheld", 2),)), "no"),
        (an_incident(severity="S1", facts=(a_fact("withheld", 2), SHOWN)), "yes"),
        (an_incident(severity="S1", security_at=at(1)), "no"),
        (an_incident(severity="S1", status="Security Issue"), "no"),
    ],
)
def test_publicity(incident: Incident, known: str) -> None:
    assert publicity(incident, a_context().policy) == known


MOVED = a_fact("next update", 4, until=at(49).isoformat())
LATER = a_fact("published", 5, text="Still.", what="2/Investigating/Service Disruption/")


@pytest.mark.parametrize(
    ("severity", "state", "facts", "due"),
    [
        pytest.param("S1", "Investigating", (), None, id="nothing is public"),
        pytest.param("S1", "Investigating", (SHOWN,), 13, id="S1"),
        pytest.param("S2", "Investigating", (SHOWN,), 18, id="S2"),
        pytest.param("S4", "Identified", (SHOWN,), 33, id="S4, identified"),
        pytest.param("", "Monitoring", (SHOWN,), 63, id="no severity, monitoring"),
        pytest.param("S1", "Investigating", (SHOWN, MOVED), 49, id="moved"),
        pytest.param("S1", "Investigating", (SHOWN, MOVED, LATER), 15, id="a later post ends it"),
    ],
)
def test_when_the_public_hears_next(
    severity: str, state: str, facts: tuple[Fact, ...], due: float | None
) -> None:
    incident = an_incident(severity=severity, state=state, facts=facts)
    assert update_due(incident, a_context().policy) == (None if due is None else at(due))


def test_withheld_ends_with_a_post() -> None:
    assert withheld(an_incident(facts=(a_fact("withheld", 2, text="why"),))) is not None
    assert withheld(an_incident(facts=(a_fact("withheld", 2), SHOWN))) is None


@pytest.mark.parametrize(
    "name", ["publish", "withhold", "next-update", "security", "need", "waive"]
)
def test_a_command_is_judged_once(name: str) -> None:
    text = {
        "publish": "publish We look",
        "withhold": "withhold no use",
        "next-update": "next-update 45m",
        "security": "security",
        "need": "need @mia",
        "waive": "waive stuck-investigating because until 2h",
    }[name]
    comment: Comment = says(5, "erin", f"/ima {text}", comment="c9")
    facts = (SHOWN,) if name == "next-update" else ()
    first = judged(comment, facts=facts)
    known = tuple(fact for fact in first.facts if fact.of.startswith("c9"))
    again = fold(an_issue(card(CALLED, *facts, *known), comment), a_context(90))
    assert why(first) == why(again) == ""
    assert [f for f in again.facts if f.of.startswith("c9")] == list(known)
    assert name in USAGE
