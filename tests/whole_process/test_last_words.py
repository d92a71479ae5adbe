"""What may be said in public after the end: it depends on what the status page can take (P-30)."""

from __future__ import annotations

import pytest

from automation.cli import invoke
from automation.scenarios.outside_services import EmbeddedServices, MakeServices
from automation.scenarios.play import play
from automation.scenarios.scenario_file import read_scenario
from automation.schema.yaml_nodes import Source
from tests.ground.outside import Real, RealOnStatuspage
from tests.worlds import shipped

STORY = """
scenario: Words after the end
source: P-30
start: 2026-03-02T12:00:00Z
on_call: {{eoc: erin, imoc: ian, cmoc: cara}}
steps:
  - by: erin
    opens: {{title: Mails are late, labels: [Incident, S3, "Status::Degraded Performance"]}}
  - by: erin
    comments: {{"#1": "/ima publish Mails are late."}}
  - by: erin
    comments: {{"#1": "/ima resolve"}}
    expect: {{published: {{"#1": {{state: Resolved, updates: 2, text~: "solved"}}}}}}
  - after: 5m
    by: erin
    comments: {{"#1": "/ima publish All late mails have arrived."}}
    expect:
      published: {{"#1": {{state: Resolved, updates: {updates}, text~: "{text}"}}}}
      "#1": {{open: false, new_comments: {comments}, comments: ["{said}"]}}
"""


@pytest.mark.parametrize(
    ("within", "values"),
    [
        pytest.param(
            RealOnStatuspage,
            {
                "updates": 2,
                "text": "solved",
                "comments": 1,
                "said": "takes no more words.\\n\\nType `/ima reopen REASON`",
            },
            id="nor does Statuspage",
            marks=pytest.mark.soak,
        ),
        pytest.param(
            EmbeddedServices,
            {"updates": 3, "text": "have arrived", "comments": 0, "said": ""},
            id="the own site takes them",
        ),
        pytest.param(
            Real,
            {
                "updates": 2,
                "text": "solved",
                "comments": 1,
                "said": "takes no more words.\\n\\nType `/ima reopen REASON`",
            },
            id="status.io does not, and the answer says so",
        ),
    ],
)
def test_words_after_the_end(within: MakeServices, values: dict[str, object]) -> None:
    story = read_scenario(Source("story.yml", STORY.format(**values)))
    assert [str(wrong) for wrong in play(story, shipped(), invoke, within=within)] == []
