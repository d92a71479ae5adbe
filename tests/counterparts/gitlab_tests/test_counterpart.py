"""The counterpart of GitLab seen through python-gitlab, as IMA's tracker will see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gitlab
import pytest
from gitlab.v4.objects import Project

from tests.counterparts.gitlab import GitLabServer, oracle
from tests.counterparts.gitlab_tests.asking import ask

Names = list[str]


def client(server: GitLabServer, token: str = "t-ima") -> Project:
    return gitlab.Gitlab(server.url, private_token=token).projects.get("acme/production")


@pytest.fixture
def server() -> Iterator[GitLabServer]:
    with GitLabServer(validate=True) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def project(server: GitLabServer) -> Project:
    return client(server)


def people(row: dict[str, Any]) -> Names:
    return [each["username"] for each in row["assignees"]]


def ids(server: GitLabServer, *logins: str) -> list[int]:
    return [server.world.called(login).id for login in logins]


def test_who_we_are_and_what_it_is(server: GitLabServer) -> None:
    gl = gitlab.Gitlab(server.url, private_token="t-ima")
    gl.auth()
    assert gl.user is not None
    assert (gl.user.username, gl.version()[0]) == ("ima", "19.0.0")
    token = gl.personal_access_tokens.get("self")
    assert (token.active, token.scopes) == (True, ["api"])
    assert [user.username for user in gl.users.list(username="ERIN")] == ["erin"]
    assert gl.users.list(username="nobody") == []


def test_a_project_is_found_by_path_and_by_id(server: GitLabServer, project: Project) -> None:
    gl = gitlab.Gitlab(server.url, private_token="t-ima")
    assert gl.projects.get(project.id).path_with_namespace == "acme/production"
    assert project.permissions["project_access"]["access_level"] == gitlab.const.MAINTAINER_ACCESS
    levels = {member.username: member.access_level for member in project.members_all.list()}
    assert levels["erin"] == gitlab.const.DEVELOPER_ACCESS
    assert "mallory" not in levels


def test_an_issue_is_opened_changed_and_read_back(server: GitLabServer, project: Project) -> None:
    made = project.issues.create(
        {
            "title": "API errors",
            "description": "Since *9:00*",
            "labels": ["Incident", "S1"],
            "assignee_ids": ids(server, "erin"),
            "issue_type": "incident",
            "confidential": True,
            "due_date": "2026-03-05",
        }
    )
    changed = project.issues.update(
        made.iid, {"add_labels": ["S2,S3"], "remove_labels": ["S1"], "state_event": "close"}
    )
    assert changed["labels"] == ["Incident", "S2", "S3"]
    row = project.issues.get(made.iid).attributes
    assert (row["state"], row["issue_type"], row["confidential"]) == ("closed", "incident", True)
    assert (people(row), row["due_date"]) == (["erin"], "2026-03-05")
    assert row["closed_by"]["username"] == "ima"


def test_history_is_label_events_state_events_and_system_notes(
    server: GitLabServer, project: Project
) -> None:
    issue = project.issues.create({"title": "A", "labels": ["S1"]})
    update = {"add_labels": ["S2"], "remove_labels": ["S1"], "assignee_ids": ids(server, "erin")}
    project.issues.update(issue.iid, update)
    project.issues.update(issue.iid, {"state_event": "close"})
    project.issues.update(issue.iid, {"state_event": "reopen", "assignee_ids": ids(server, "ian")})
    labels = issue.resourcelabelevents.list(get_all=True)
    assert [(event.action, event.label["name"]) for event in labels] == [
        ("add", "S1"),
        ("add", "S2"),
        ("remove", "S1"),
    ]
    states = issue.resourcestateevents.list(get_all=True)
    assert [event.state for event in states] == ["closed", "reopened"]
    notes = issue.notes.list(get_all=True, sort="asc")
    assert [(note.system, note.body) for note in notes] == [
        (True, "assigned to @erin"),
        (True, "assigned to @ian and unassigned @erin"),
    ]


def test_notes_are_written_edited_and_reacted_to(server: GitLabServer, project: Project) -> None:
    issue = project.issues.create({"title": "A"})
    note = issue.notes.create({"body": "one"})
    note.body = "two"
    note.save()
    issue.notes.create({"body": "secret", "internal": True})
    assert [each.body for each in issue.notes.list(get_all=True)] == ["secret", "two"]
    award = note.awardemojis.create({"name": "eyes"})
    with pytest.raises(gitlab.GitlabCreateError, match="already been taken"):
        note.awardemojis.create({"name": "eyes"})
    assert [each.user["username"] for each in note.awardemojis.list()] == ["ima"]
    note.awardemojis.delete(award.id)
    assert note.awardemojis.list() == []


def test_a_note_of_commands_only_has_no_id(project: Project) -> None:
    issue = project.issues.create({"title": "A"})
    note = issue.notes.create({"body": "/close"})
    assert note.attributes["commands_changes"] == {"state_event": "close"}
    assert "id" not in note.attributes
    assert project.issues.get(issue.iid).state == "closed"
    with pytest.raises(gitlab.GitlabCreateError, match="Failed to apply commands") as failed:
        issue.notes.create({"body": "/label ~nowhere"})
    assert failed.value.response_code == 400


def test_links_are_made_once_seen_from_both_ends_and_deleted(project: Project) -> None:
    one, two = project.issues.create({"title": "A"}), project.issues.create({"title": "B"})
    sent = {"target_project_id": project.id, "target_issue_iid": two.iid}
    one.links.create(sent)
    for end in (one, two):
        with pytest.raises(gitlab.GitlabCreateError) as failed:
            end.links.create({**sent, "target_issue_iid": 3 - end.iid})
        assert failed.value.response_code == 409
    (link,) = two.links.list()
    assert (link.iid, link.link_type) == (one.iid, "relates_to")
    two.links.delete(link.issue_link_id)
    assert one.links.list() == []


def test_labels_are_created_renamed_and_deleted(server: GitLabServer, project: Project) -> None:
    project.labels.create({"name": "Near Miss", "color": "#336699", "description": "Close"})
    with pytest.raises(gitlab.GitlabCreateError) as failed:
        project.labels.create({"name": "Near Miss", "color": "#336699"})
    assert failed.value.response_code == 409
    server.people.open("erin", "A", labels=["Near Miss", "severity::1"])
    label = project.labels.get("Near Miss")
    label.new_name = "Missed"
    label.save()
    assert server.issue(1)["labels"] == ["Missed", "severity::1"]
    project.labels.delete("severity::1")
    events = project.issues.get(1).resourcelabelevents.list(get_all=True)
    assert [event.label and event.label["name"] for event in events] == ["Missed", None]


def test_python_gitlab_turns_pages_by_itself(server: GitLabServer, project: Project) -> None:
    server.seed_issues({"title": f"{number}"} for number in range(250))
    listed = project.issues.list(iterator=True, per_page=100, order_by="created_at", sort="asc")
    assert [issue.title for issue in listed] == [f"{number}" for number in range(250)]
    assert len(server.requests("GET", "/issues$")) == 3
    assert [issue.iid for issue in project.issues.list(iids=[7, 3, 999], get_all=True)] == [7, 3]


def test_the_schemas_are_really_used(server: GitLabServer, project: Project) -> None:
    if not oracle.available():
        pytest.skip("no schemas on this machine")
    project.issues.create({"title": "A"})
    broken = oracle.Oracle()
    row = server.issue(1) | {"state": None, "created_at": "today"}
    assert len(list(oracle.CHECKS["GET", f"{oracle.ISSUES}/:iid"](row))) == 2
    assert broken.violations == []
    assert server.oracle is not None
    assert server.oracle.checked > 0
    event = {"id": 1, "user": {}}
    assert "/label is missing" in set(
        oracle.CHECKS["GET", f"{oracle.ISSUES}/:iid/resource_label_events"]([event])
    )


@pytest.mark.parametrize(
    ("token", "status"),
    [
        pytest.param("t-nobody", 401, id="an unknown token"),
        pytest.param("t-mallory", 404, id="not a member of a private project"),
        pytest.param(None, 404, id="no token at all"),
    ],
)
def test_strangers_do_not_see_a_private_project(
    server: GitLabServer, token: str | None, status: int
) -> None:
    assert ask(server.url, "GET", "/projects/acme%2Fproduction", token=token).status == status
