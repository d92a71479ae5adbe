"""A login that somebody gave up, and a stranger took: the name alone gives no right."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ground.gitlab import GitLabGround
from tests.ground.life import gitlab, life
from tests.whole_process.test_unreadable_issue import Kept


@pytest.mark.parametrize("kept", [True, False], ids=["members kept by the run before", "asked"])
@pytest.mark.parametrize("command", ["/ima severity S3", "/ima resolve it is over"])
def test_a_stranger_who_takes_the_login_of_the_owner_has_none_of_their_rights(
    command: str, kept: bool
) -> None:
    with life(gitlab, 2) as one:
        stage, ground = one.stage, one.ground
        assert isinstance(ground, GitLabGround)
        stage.cache = Kept() if kept else None
        stage.acting("erin").comment("#1", "/ima handover @mia")
        for _ in range(2):
            stage.run_pass()
            stage.now += timedelta(minutes=1)
        ground.server.people.rename("mia", "mia.doe")
        ground.server.world.add_user("mia", name="Mallory")
        stage.acting("mia").comment("#1", command)
        stage.now += timedelta(minutes=1)
        passed = stage.run_pass()
        assert passed.exit == 0, passed.findings
        issue = next(issue for issue in ground.issues() if issue.ref == "#1")
        assert not issue.closed
        assert "S1" in issue.labels
        assert "was not done" in str(issue.comments)
