from __future__ import annotations

from pathlib import Path

import pytest

from automation.config.policy_file import Source, load
from automation.errors import PolicyError

case = pytest.param
ROOT = Path(__file__).parents[2]
SHIPPED = Source("policy.yml", (ROOT / "base/policy.yml").read_text(encoding="utf-8"))
LABELS = Source("labels.yml", (ROOT / "labels.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("user", "problem", "remedy"),
    [
        case(
            "version: 2",
            "reads `version: 1` of the format, not 2",
            "write `version: 1`",
            id="version",
        ),
        case(
            "tracker: {kind: jira}",
            "`tracker.kind` is 'jira'",
            "this version of ima knows only local, gitlab and github",
            id="jira",
        ),
        case(
            "tracker: {kind: github, project: acme/x, url: 'https://acme.example:99999'}",
            "`tracker.url` is no address",
            "write it as https://host/path",
            id="no port",
        ),
        case(
            "tracker: {kind: github, project: a/b/c}",
            "`tracker.project` 'a/b/c' is no path of a project",
            "such as acme/production",
            id="a path too long",
        ),
        case(
            "tracker: {kind: gitlab, project: acme/..}",
            "`tracker.project` 'acme/..' is no path of a project",
            "such as acme/production",
            id="a path that leads elsewhere",
        ),
        case(
            "digest: {every: daily}",
            "`digest.every` is 'daily'",
            "a day and a time, such as `monday 09:00`",
            id="a digest at no time",
        ),
        case(
            "digest: {to: dashboard}",
            "`digest` needs `every`",
            "add `every: …`",
            id="a digest without a time",
        ),
        case(
            "digest: {every: 'mon 9:00', to: mail}",
            "`digest.to` is 'mail'",
            "",
            id="a digest by mail",
        ),
        case(
            "digest: {every: 'mon 9:00', to: [dashboard, chat]}",
            "`digest.to` names the chat, and `chat` has no `channel`",
            "or `digest: {to: dashboard}`",
            id="a digest for no chat",
        ),
        case("chat: {kind: slak}", "`chat.kind` is 'slak'", "did you mean", id="slak"),
        case(
            "status_page: {kind: status.io}",
            "`status_page` has no `page`, which status.io needs",
            "docs/services.md says where",
            id="status.io",
        ),
        case(
            "status_page: {kind: statuspage}",
            "`status_page` has no `page`, which statuspage needs",
            "docs/services.md says where",
            id="statuspage",
        ),
        case(
            "{status_page: {kind: status.io, page: abc}, severities: {S1: {broadcast: [mail]}}}",
            "`severities.S1.broadcast`: status.io has no 'mail'",
            "did you mean 'email'",
            id="a medium",
        ),
        case(
            "pager: {kind: pagerduty, from: ima@acme.example}",
            "`pager` has no `service`, which pagerduty needs",
            "docs/services.md says where",
            id="pagerduty",
        ),
        *(
            case(
                f"{{pager: {{kind: pagerduty, service: P1, from: {sender}}}, roles: {{"
                "eoc: {rota: {who: [mia, erin], from: '2026-01-01T00:00 UTC', every: 8h},"
                f" escalation: P2}}}}, people: {{erin: {{pager: e.smith@acme.example}}}}}}",
                f"`pager.from` is {login}, who is on call: PagerDuty wakes nobody for what they"
                " make",
                "an account that is only IMA's",
                id=f"pages in the name of {sender}",
            )
            for sender, login in [
                ("mia@acme.example", "mia"),
                ("E.Smith@acme.example", "erin"),
            ]
        ),
        case(
            "{pager: {kind: pagerduty, service: P1, from: ima@acme.example},"
            " roles: {eoc: {on_call: erin, escalation: P2}, cmoc: {escalation: P3}}}",
            "PagerDuty cannot page imoc, security: no `escalation` in `roles`",
            "docs/services.md says where",
            id="pagerduty without escalation policies",
        ),
        case(
            "{pager: {kind: pagerduty, service: P1, from: ima@acme.example},"
            " roles: {eoc: {on_call: erin, escalation: P2}, cmoc: {schedule: P3}}}",
            "nobody is ever on call as imoc, security: no `schedule` in `roles`",
            "give them the id of a schedule",
            id="pagerduty without schedules",
        ),
        case(
            "people: {erin: {pager: PABC}, mia: {pager: pabc}}",
            "`people`: mia and erin are the same in `pager`",
            "give each of them their own",
            id="two people with one account",
        ),
        case(
            "documents: {kind: google, template: abc}",
            "`documents` has no `folder`, which google needs",
            "docs/services.md says where",
            id="google",
        ),
        case(
            "{metrics: {kind: prometheus}, services: {web: {metrics: {errors: sum(a)}}}}",
            "`services.web.metrics.errors` is no name of a series",
            "record the expression as a rule",
            id="an expression",
        ),
        case("rolls: {}", "has no 'rolls'", "did you mean", id="a misspelt section"),
        case(
            "may: {resolv: [owner]}",
            "`may` has no 'resolv'",
            "did you mean 'resolve'?",
            id="a command",
        ),
        case(
            "may: {resolve: [ower]}",
            "no role or word 'ower'",
            "did you mean 'owner'?",
            id="a word of may",
        ),
        case(
            "severities: {S1: {page: [eco]}}",
            "`severities.S1.page`: there is no role 'eco'",
            "did you mean 'eoc'?",
            id="a role",
        ),
        case(
            "working_hours: {zone: Europe/Berln}",
            "`working_hours.zone` is 'Europe/Berln'",
            "'Europe/Berlin'?",
            id="a zone",
        ),
        case(
            "working_hours: {days: Mo-Fr}",
            "`working_hours.days` is 'Mo-Fr'",
            "write days",
            id="days",
        ),
        case(
            "working_hours: {hours: 17-9}",
            "`working_hours.hours` is '17-9'",
            "write hours",
            id="hours",
        ),
        case(
            "working_hours: {holidays: [2026-02-30]}",
            "`working_hours.holidays[0]` is '2026-02-30', which is not a day",
            "it takes a day such as `2026-12-25`",
            id="a day that is not",
        ),
        case(
            "working_hours: {holidays: [25.12.2026]}",
            "`working_hours.holidays[0]` is '25.12.2026', which is not a day",
            "it takes a day such as `2026-12-25`",
            id="a day as others write it",
        ),
        case(
            "working_hours: {holidays: [20261225]}",
            "`working_hours.holidays[0]` is '20261225', which is not a day",
            "it takes a day such as `2026-12-25`",
            id="a day without dashes",
        ),
        case(
            "people: {erin: {zone: Mars}}",
            "`people.erin.zone` is 'Mars'",
            "write a zone",
            id="a person's zone",
        ),
        case(
            "look_back: eod",
            "`look_back` is 'eod', which needs a calendar",
            "`1w`",
            id="an exact duration",
        ),
        case(
            "update_every: {Resolvd: {}}",
            "`update_every` has no 'Resolvd'",
            "'Resolved'?",
            id="a state",
        ),
        case(
            "roles: {eoc: {on_call: a, rota: {who: b, from: 2026-03-02T00:00Z, every: 1w}}}",
            "both `on_call` and `rota`",
            "keep one",
            id="on call twice",
        ),
        case(
            "roles: {eoc: {chain: false}, imoc: {chain: false}, cmoc: {chain: false}}",
            "no chain",
            "let one role",
            id="no chain",
        ),
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


def test_an_address_that_is_none_is_told_once() -> None:
    user = "tracker: {kind: github, project: acme/x, url: nonsense}"
    with pytest.raises(PolicyError) as error:
        load(SHIPPED, Source("mine.yml", user), LABELS)
    assert str(error.value).count("tracker.url") == 1


@pytest.mark.parametrize(
    "text",
    ["chat:\n  kind: log\n  channel: #production\n", "stakeholders: #production\n"],
    ids=["channel", "stakeholders"],
)
def test_a_channel_that_is_a_comment_is_told(text: str) -> None:
    with pytest.raises(PolicyError, match="is empty, for # begins a comment") as error:
        load(SHIPPED, Source("mine.yml", text), LABELS)
    assert '"#production"`' in str(error.value)
    assert load(SHIPPED, Source("mine.yml", "stakeholders:   # nobody yet\n"), LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "room: https://x.example\nchat: {kind: slack, channel: #prod}\nversion: 1\n",
        "room: https://x.example\nchat: {channel: #prod, kind: slack}\n",
        "room: https://x.example\nchat:\n  kind: slack\n  channel: #prod",
    ],
    ids=["last in braces", "in braces", "in lines"],
)
def test_a_channel_that_is_a_comment_is_the_one_mistake(text: str) -> None:
    with pytest.raises(PolicyError) as error:
        load(SHIPPED, Source("mine.yml", text), LABELS)
    line = 4 if text.endswith("#prod") else 2
    assert str(error.value) == (
        f"mine.yml:{line}: `channel` is empty, for # begins a comment\n"
        '  write it in quotes: `channel: "#prod"`'
    )


def test_of_a_file_that_cannot_be_read_nothing_else_is_judged() -> None:
    renamed = LABELS._replace(text=LABELS.text.replace("severity: S", "severity: SEV"))
    with pytest.raises(PolicyError) as error:
        load(SHIPPED, Source("mine.yml", "severities: {SEV1: {}\nroles: [\n"), renamed)
    assert str(error.value).count("\n") == 1, "line 1: what is wrong, line 2: what to do"
    assert "not valid YAML" in str(error.value)
