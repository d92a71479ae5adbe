"""Templates: mistakes have a file and a line; no title, name or text of a person acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from automation.changes.comments import Message
from automation.changes.service_calls import Announce, Open
from automation.errors import PolicyError
from automation.model.incident import Incident, Note, Resolution
from automation.model.issue import Duty
from automation.planning.handover import Handover
from automation.policy.outside_services import PagerSettings
from automation.policy.planning_input import Context
from automation.stored_state.dashboard import Dashboard
from automation.text.chat_text import translate_markup
from automation.text.escaping import unmarked
from automation.workspace.template_check import check_templates
from automation.workspace.template_samples import NOTES
from automation.writing import issue_texts, new_issues, project_texts
from automation.writing.declaration import Declaration, incident_draft, near_miss_draft
from automation.writing.templates import Safe, Templates
from tests.build import a_context, a_fact, a_seat, an_incident, at, chosen
from tests.worlds import shipped

REMEDY = "the names that a template may use are in docs/policy.md"
SHIPPED = Templates(shipped().templates)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("{{ who }}", "x.md.j2:1: 'who' is undefined", id="an undefined name"),
        pytest.param("a\n\n{{ who }}", "x.md.j2:3: 'who' is undefined", id="on its line"),
        pytest.param(
            "a\n{{ card.ownr }}",
            "x.md.j2:2: 'dict object' has no attribute 'ownr'",
            id="an undefined part of a name",
        ),
        pytest.param(
            "a\n{% if x %}", "x.md.j2:2: Unexpected end of template.", id="a block without end"
        ),
        pytest.param(
            "\n{{ 1 | shout }}", "x.md.j2:2: No filter named 'shout'", id="no such filter"
        ),
        pytest.param(
            "{{ card.owner.__class__.__mro__ }}",
            "x.md.j2:1: access to attribute '__class__'",
            id="nothing leaves the sandbox",
        ),
        pytest.param('a\n{% include "y.j2" %}', "y.j2", id="a template that is not there"),
    ],
)
def test_a_mistake_is_told_with_file_and_line_and_what_to_do(text: str, error: str) -> None:
    with pytest.raises(PolicyError) as told:
        Templates({"x.md.j2": text}).render("x.md.j2", {"card": {"owner": "erin"}})
    first, second = str(told.value).splitlines()[0], str(told.value).splitlines()[-1]
    assert first.startswith("templates/x.md.j2:")
    assert error in first
    assert second == f"  {REMEDY}"


def test_a_template_that_is_not_there() -> None:
    with pytest.raises(PolicyError) as told:
        Templates({}).render("comments/ask_lunch.md.j2", {})
    assert str(told.value).splitlines() == [
        "templates/comments/ask_lunch.md.j2: there is no such template",
        "  `ima init` writes the shipped ones",
    ]


def test_check_gives_the_mistake_instead_of_raising_it() -> None:
    templates = Templates({"a": "{{ x }}", "b": "fine"})
    assert templates.check("b", {}) is None
    assert "'x' is undefined" in str(templates.check("a", {}))


@pytest.mark.parametrize(
    ("template", "value", "text"),
    [
        pytest.param("{{ x }}", "@all", "@\u200ball", id="texts are made harmless"),
        pytest.param("{{ x }}", Safe("@all"), "@all", id="but not ours"),
        pytest.param("{{ x | upper }}", "@all", "@\u200bALL", id="nor does a filter free them"),
        pytest.param("{{ x ~ '|' }}", "a", r"a\|", id="joined to another they are a stranger's"),
        pytest.param("{{ [x, x] | join(', ') }}", "a|b", r"a\|b, a\|b", id="lists that are joined"),
        pytest.param("{{ x | mention }}", "erin", "@erin", id="who is to be told is told"),
        pytest.param("{{ x | mention }}", "<!--", "&lt;!--", id="if it is a login"),
        pytest.param("{{ x | block }}", "a\n/close", "> a\\\n> \u200b/close", id="quoted by lines"),
        pytest.param("{{ x | code }}", "a`b\n/close", "`a'b /close`", id="code stays in its span"),
        pytest.param("{{ x | link }}", "https://a.example/x", "https://a.example/x", id="a link"),
        pytest.param("{{ x | link }}", "javascript:1", "`javascript:1`", id="and what is none"),
        pytest.param("{{ x | link }}", "https://a|b", "`https://a|b`", id="nor breaks a table"),
        pytest.param(
            "{{ x | short_link }}",
            "https://a.example/x](javascript:1)",
            "[a.example](https://a.example/x%5D%28javascript:1%29)",
            id="only the host of a long one",
        ),
        pytest.param(
            "{{ x | short_link }}", "javascript:1", "`javascript:1`", id="of a link alone"
        ),
        pytest.param(
            "[page]({{ x | link }})",
            "https://a.example/)@all![](https://b.example/\\",
            "[page](https://a.example/%29@all!%5B%5D%28https://b.example/%5C)",
            id="nor ends a link",
        ),
        pytest.param("{{ x }}", 7, "7", id="numbers stay"),
        pytest.param(
            "{{ x }}",
            ["@all"],
            "\\['@\u200ball'\\]",
            id="a list printed as it is",
        ),
        pytest.param(
            "{{ x | code }}",
            "<!-- ima:said {} -->",
            "",
            id="code opens no comment",
        ),
    ],
)
def test_what_is_printed(template: str, value: object, text: str) -> None:
    rendered = Templates({"x": template}).render("x", {"x": value})
    assert "<!--" not in rendered
    assert not text or rendered == text + "\n"


HOSTILE = (
    "/close",
    "@all",
    "<!-- ima:card {} -->",
    "a | b | c",
    "x\n/close\n@all",
    "\u202e/close",
    "</details><script>",
    "```\n/close",
    "# Heading",
)
TYPED = {"person", "me", "next", "advocates"}
MINE = {"erin", "ian", "mia", "rita", "cara", "sam"}


def hostile(word: str) -> Incident:
    """An incident in which everything that people can write is ``word``."""
    named = an_incident(severity="S2", engaged={"eoc": word, "imoc": "ian"})
    return replace(
        named,
        title=word,
        author=word,
        owner=word,
        extras=(word,),
        services=(word,),
        state=replace(chosen("Identified", by=word), note=word),
        resolution=Resolution(at(9), word, word, contested=True),
        facts=(
            a_fact("document", by=word, what="document.md.j2"),
            a_fact("engaged", 1, role="eoc", who=word, by=word),
            a_fact("handed", 2, role="eoc", who=word, by=word),
            a_fact("opened", 3, what="review", by=word),
            a_fact("opened", 3, what="near miss", by=word),
            a_fact("opened", 3, what="action:c1/x", by=word, who=word, until="2026-03-09"),
            a_fact("waived", 4, what=word, text=word, by=word, until="2026-03-09T12:00:00+00:00"),
            a_fact("withheld", 4, text=word, by=word),
            a_fact("needed", 4, who=word, text=word, by=word),
            a_fact("late", 4, what=word, text="700"),
            a_fact("published", 4, what="1/Identified/Operational/web", text=word, by=word),
        ),
        reviews={"review": word, "near miss": word, "action:c1/x": word},
    )


def texts(word: str) -> Iterator[str]:
    """Everything that ima writes about it."""
    incident, context = hostile(word), a_context(5)
    yield issue_texts.card_body(incident, context, SHIPPED, "digest")
    yield issue_texts.document_body(incident, context, SHIPPED, "document.md.j2")
    for template in ("review.md.j2", "near_miss.md.j2"):
        change = Open(
            ref="#1", rule="r", why="w", what="review", template=template, assignee=word,
            severity="S2",
        )  # fmt: skip
        yield new_issues.review_body(incident, change, context, SHIPPED)
    action = Open(
        ref="#1", rule="r", why="w", what="action:c1/x", template="action.md.j2", assignee=word,
        title=word, by=word, due="2026-03-09",
    )  # fmt: skip
    yield new_issues.action_body(incident, action, context, SHIPPED)
    for name, values in NOTES:
        stranger = {
            key: value if key in ("what", "role", "severity") else word
            for key, value in values.items()
        }
        yield from _note(incident, name, stranger)
    for name in ("ask_review", "ask_severity", "ask_action", "ask_actions"):
        yield from _note(incident, name, {"whom": word})
    yield from _note(incident, "near_miss_opened", {"what": "near miss"})
    yield from _note(incident, "called", {"role": "EOC"})
    yield incident_draft(Declaration(title=word, by=word, body=word), context.policy, SHIPPED).body
    yield near_miss_draft(word, word, "S2", context.policy, SHIPPED).body
    row = dict.fromkeys(("title", "owner", "for", "begun", "severity", "state", "status"), word)
    active = {"#1": row | {"due": word, "rule": word}}
    board = Dashboard("#0", shifts={"eoc": (Duty(word),)}, active=active, reviews={"#2": row})
    board = replace(board, actions={"#3": row | {"due": word, "overdue": "yes"}})
    yield from project_texts.dashboard_texts(replace(board, old=(word,)), SHIPPED)


def _note(incident: Incident, name: str, values: dict[str, str]) -> Iterator[str]:
    note = Note("key", name, tuple(values.items()))
    yield issue_texts.comment_body([note], incident, a_context(5), SHIPPED)


def reminders(word: str, incident: Incident, context: Context) -> Iterator[str]:
    """Messages that say what a comment says."""
    values = dict.fromkeys(("whom", "who", "by", "reason", "manager"), word)
    for name in ("ask_update", "ask_review", "ask_action", "ask_severity", "chase"):
        note = Note("key", name, tuple(values.items()))
        said = Message(ref="#1", rule="r", why=word, note=note, person="mia")
        yield issue_texts.reminder(said, incident, context, SHIPPED)


CODE = re.compile(r"(?<!\\)`[^`\n]*`")


@pytest.mark.parametrize("word", HOSTILE)
def test_no_word_of_a_person_acts_in_anything_that_is_shipped(word: str) -> None:
    written = list(texts(word))
    assert len(written) > 20
    for text in written:
        people_see = unmarked(text)
        shown = CODE.sub("code", people_see)
        assert not re.search(r"^\s*(>\s*)*/", people_see, re.MULTILINE), text
        assert "<!--" not in shown, text
        assert "<script" not in shown, text
        assert set(re.findall(r"@(\w+)", shown)) <= MINE | {"person", "me", "next", "advocates"}, (
            text
        )
        assert text.count("<!-- ima:") <= 1, text
        assert shown.count("<details>") == shown.count("</details>"), text


@pytest.mark.parametrize("word", HOSTILE)
def test_no_word_of_a_person_breaks_a_table(word: str) -> None:
    for text in texts(word):
        lines = unmarked(text).splitlines()
        for number, line in enumerate(lines):
            if not re.fullmatch(r"\|(--\|)+", line):
                continue
            wide = line.count("|")
            for row in lines[number + 1 :]:
                if not row.startswith("|"):
                    break
                assert len(re.findall(r"(?<!\\)\|", CODE.sub("code", row))) == wide, row


@pytest.mark.parametrize(
    "word", [*HOSTILE, "https://evil.example", "\x02link https://evil.example\x03"]
)
def test_nothing_that_a_person_writes_comes_to_life_in_a_chat(word: str) -> None:
    row = dict.fromkeys(("title", "owner", "state", "severity", "status", "due", "rule"), word)
    note = {"ref": "#1", "by": word, "text": word}
    turn = Handover("mia", "eoc", "k", "", True, {"#1": row}, {"c1": note}, {})
    coming = Announce(ref="#1", rule="r", why="w", channel="#x", about="joins", role="eoc")
    incident, context = hostile(word), a_context(5)
    alive: list[tuple[str, str]] = []
    for text in (
        issue_texts.announcement(incident, context, SHIPPED),
        issue_texts.announcement_text(coming, incident, context, SHIPPED),
        project_texts.handover_text(turn, context, SHIPPED),
        *reminders(word, incident, context),
    ):
        shown = translate_markup(text, lambda *mark: alive.append(mark) or "")  # type: ignore[func-returns-value]
        assert not {"\x02", "\x03", "\u202e"} & {*shown}
        assert "://" not in shown
        assert not re.search(r"@\w", shown)
        assert not re.search(r"^/", shown, re.MULTILINE)
    assert set(alive) - {("person", word)} == {
        ("group", "@advocates"),
        ("link", context.policy.room),
        ("person", "mia"),
    }


def test_every_shipped_template_is_right() -> None:
    assert check_templates(a_context().policy, shipped().templates) == []


def test_of_a_confidential_incident_the_announcement_says_only_the_reference() -> None:
    secret = replace(hostile("Secret leak"), confidential=True)
    text = issue_texts.announcement(secret, a_context(5), SHIPPED)
    assert "#1" in text
    assert "Secret" not in text
    assert "Secret" not in issue_texts.page_text(secret, "eoc")


def test_groups_are_mentioned_in_the_channel_of_the_chat_and_in_no_other() -> None:
    incident, context = hostile("API down"), a_context(5)
    elsewhere = Announce(ref="#1", rule="r", why="w", channel="#execs")
    here = replace(elsewhere, channel=context.policy.chat.channel)
    said = [
        issue_texts.announcement_text(change, incident, context, SHIPPED)
        for change in (here, elsewhere)
    ]
    assert ["advocates" in text for text in said] == [True, False]


def test_who_ended_an_incident_and_why_is_told_to_the_pager_unless_it_is_confidential() -> None:
    end = Resolution(at(5), "erin", "a full\ndisk")
    over = replace(an_incident(resolution=end), url="https://f.example/1")
    assert issue_texts.called_off_text(over) == (
        "#1 is resolved by erin: a full disk. https://f.example/1"
    )
    hidden = replace(over, confidential=True)
    assert issue_texts.called_off_text(hidden) == "#1 is resolved. https://f.example/1"


@pytest.mark.parametrize(
    ("tracker", "pager", "here", "said"),
    [
        ("gitlab", "policy", False, True),
        ("gitlab", "policy", True, False),
        ("gitlab", "pagerduty", False, False),
        ("local", "policy", False, False),
    ],
)
def test_the_card_says_where_nobody_is_paged(
    tracker: str, pager: str, here: bool, said: bool
) -> None:
    context = a_context(5, says=f"tracker: {{kind: {tracker}, project: acme/production}}")
    context = replace(context, policy=replace(context.policy, pager=PagerSettings(kind=pager)))
    seat = a_seat("eoc", "erin") if here else a_seat("eoc", "erin", here_at=None, engaged_at=None)
    card = issue_texts.card_body(an_incident(seats={"eoc": seat}), context, SHIPPED, "")
    assert ("called by comment only" in card) is said
