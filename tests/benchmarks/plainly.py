"""The same full sweep as people write it with PyGithub: every open issue, its comments and its
events, a label put back where it is missing. Requests are counted; their answers are not late."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.figure import Figure
from tests.benchmarks.gitlab_server import PROJECT
from tests.benchmarks.team import HELD, Team


def figures(team: Team, changed: int) -> Iterator[Figure]:
    """``changed`` of the team's issues have lost the label."""
    team.server.forget()
    written = sweep(team.server.url.replace("127.0.0.1", "localhost"))
    assert written == changed, written
    asked = len(team.server.log())
    yield Figure("– requests of a PyGithub script as people write it", asked, "")


def sweep(url: str) -> int:
    """How many labels were put back."""
    from github import Auth, Github

    client = Github(
        auth=Auth.Token("t-ima"), base_url=url, seconds_between_requests=0, seconds_between_writes=0
    )
    written = 0
    for issue in client.get_repo(PROJECT).get_issues(state="open"):
        labels = {label.name for label in issue.labels}
        commands = [each for each in issue.get_comments() if each.body.startswith("/ima")]
        since = [each.created_at for each in issue.get_events() if each.event == "labeled"]
        if "Incident" in labels and HELD not in labels and since and not commands:
            issue.add_to_labels(HELD)
            written += 1
    client.close()
    return written
