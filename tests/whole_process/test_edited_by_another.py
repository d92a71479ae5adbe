"""Who may edit other people's comments gives no command in their name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ground.gitlab import GitLabGround
from tests.ground.life import FORGES, Forge, life


@pytest.mark.parametrize("forge", FORGES)
@pytest.mark.parametrize("editor", ["rita", "erin"])
def test_a_command_counts_where_its_author_has_edited_it_into_their_comment(
    forge: Forge, editor: str
) -> None:
    with life(forge, 2) as one:
        stage, ground = one.stage, one.ground
        said = stage.acting("erin").comment("#1", "I am here")
        for _ in range(2):
            stage.run_pass()
            stage.now += timedelta(minutes=2)
        if isinstance(ground, GitLabGround):
            ground.server.people.role("rita", "maintainer")
        stage.acting(editor).edit_comment("#1", said, "I am here\n\n/ima resolve it is over")
        passed = stage.run_pass()
        assert passed.exit == 0, passed.findings
        assert ground.issues(["#1"])[0].closed is (editor == "erin")
