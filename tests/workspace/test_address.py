"""Where GitHub is: people's address and the API's, and which of them the token is for."""

from __future__ import annotations

import pytest

from automation.errors import PolicyError
from automation.policy.policy import Policy
from automation.workspace.address import address, github_api_url, issue_address, with_tracker_option
from tests.worlds import shipped

LOCAL = shipped().policy()
CLOUD, GHE = "https://api.github.com", "https://github.acme.example/api/v3"
ACTIONS = {
    "GITHUB_API_URL": CLOUD,
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/website",
}
ACME = {"GITHUB_API_URL": GHE, "GITHUB_SERVER_URL": "https://github.acme.example"}


def on(url: str = "", project: str = "acme/production") -> Policy:
    return LOCAL.with_tracker(kind="github", url=url, project=project)


ODD = (
    "https:///x",
    "http://localhost:99999",
    "http://localhost:abc",
    "http://[::1",
    "https://rita:secret@acme.example",
    "nonsense",
    "ftp://acme.example",
)


@pytest.mark.parametrize("url", ODD)
def test_what_is_no_address_is_told_in_one_line_and_not_shown(url: str) -> None:
    for policy, environment in (
        (on(url), {}),
        (on(), {"GITHUB_API_URL": url}),
        (on(url).with_tracker(kind="gitlab"), {}),
        (on().with_tracker(kind="gitlab"), {"CI_SERVER_URL": url}),
    ):
        with pytest.raises(PolicyError, match="is no address") as error:
            address(policy, environment)
        assert url not in str(error.value)


@pytest.mark.parametrize("url", ODD)
def test_nor_is_it_one_of_a_project(url: str) -> None:
    with pytest.raises(PolicyError):
        address(with_tracker_option(LOCAL, f"{url}/acme/production", {}), {})


@pytest.mark.parametrize(
    ("policy", "environment", "api", "issue"),
    [
        (on(), {}, CLOUD, "https://github.com/acme/production/issues/7"),
        (on(), ACTIONS, CLOUD, "https://github.com/acme/production/issues/7"),
        (on(), ACME, GHE, "https://github.acme.example/acme/production/issues/7"),
        (on(GHE), {}, GHE, "https://github.acme.example/acme/production/issues/7"),
        (
            on("https://github.acme.example/"),
            {},
            GHE,
            "https://github.acme.example/acme/production/issues/7",
        ),
        (on(f"{GHE}/"), ACTIONS, GHE, "https://github.acme.example/acme/production/issues/7"),
        (on("https://github.com"), ACME, CLOUD, "https://github.com/acme/production/issues/7"),
        (
            on("https://acme.ghe.com"),
            {},
            "https://api.acme.ghe.com",
            "https://acme.ghe.com/acme/production/issues/7",
        ),
        (on("http://localhost:4100"), {}, "http://localhost:4100", "http://localhost:4100/acme/production/issues/7"),
    ],
)  # fmt: skip
def test_the_api_and_what_people_open(
    policy: Policy, environment: dict[str, str], api: str, issue: str
) -> None:
    assert address(policy, environment) == api
    assert issue_address(policy, environment, "#7") == issue


def test_on_the_embedded_tracker_nobody_opens_an_address() -> None:
    assert issue_address(LOCAL, ACTIONS, "#7") == ""


@pytest.mark.parametrize(
    "url", [CLOUD, GHE, "https://api.acme.ghe.com", "http://localhost:4100", "https://api.test"]
)
def test_an_api_is_its_own(url: str) -> None:
    assert github_api_url(url) == url


@pytest.mark.parametrize(
    ("policy", "option", "environment", "url", "project"),
    [
        (LOCAL, "github", {}, "", "acme/production"),
        (LOCAL, "https://github.com/acme/x", {}, "https://github.com", "acme/x"),
        (LOCAL, "https://github.com/acme/x/issues", ACTIONS, CLOUD, "acme/x"),
        (LOCAL, "https://github.acme.example/acme/x/", ACME, GHE, "acme/x"),
        (on(GHE), "https://github.acme.example/acme/x", {}, GHE, "acme/x"),
        (on(), "https://github.com/acme/x", {}, CLOUD, "acme/x"),
        (on(), "", ACTIONS, "", "acme/production"),
        (on(project="production"), "", ACTIONS, "", "acme/website"),
        (LOCAL.with_tracker(project="production"), "github", ACTIONS, "", "acme/website"),
    ],
)
def test_the_repository_is_the_chosen_one(
    policy: Policy, option: str, environment: dict[str, str], url: str, project: str
) -> None:
    found = with_tracker_option(policy, option, environment)
    assert (found.tracker.kind, found.tracker.url, found.project) == ("github", url, project)


def test_the_address_of_one_forge_is_not_another_s() -> None:
    assert with_tracker_option(on(GHE), "gitlab", {}).tracker.url == ""
    assert with_tracker_option(on(GHE).with_tracker(kind="gitlab"), "github", {}).tracker.url == ""


def test_a_github_that_nobody_named_is_taken_for_a_gitlab() -> None:
    found = with_tracker_option(on(), "https://git.acme.example/ops/incidents", {})
    assert (found.tracker.kind, found.tracker.url) == ("gitlab", "https://git.acme.example")


@pytest.mark.parametrize(
    ("policy", "environment", "option"),
    [
        (on(GHE), {}, "https://github.com/acme/x"),
        (on(), {}, "https://acme.ghe.com/acme/x"),
        (LOCAL, ACME, "https://github.com/acme/x"),
        (LOCAL, ACTIONS, "https://evil.ghe.com/acme/x"),
    ],
)
def test_the_token_goes_to_no_other_github(
    policy: Policy, environment: dict[str, str], option: str
) -> None:
    with pytest.raises(PolicyError) as error:
        with_tracker_option(policy, option, environment)
    assert "not for https://" in error.value.problem
    assert "tracker: {url: https://" in error.value.remedy


def test_an_address_without_a_repository_is_refused() -> None:
    with pytest.raises(PolicyError, match="knows local, gitlab and github"):
        with_tracker_option(LOCAL, "https://github.com/acme", {})
