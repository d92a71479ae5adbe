"""Where the tracker is: by the policy, by ``--tracker``, or by the job that we run in.

Of GitHub there are two addresses, people's and the API's. A token is for one forge, and is sent to
no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from automation.errors import PolicyError
from automation.policy.outside_services import may_be_asked
from automation.policy.policy import Policy

GITLAB, GITHUB = "https://gitlab.com", "https://github.com"
_KINDS = ("local", "gitlab", "github")
_API = "/api/v3"  # of a GitHub Enterprise Server
_CLOUD = (".github.com", ".ghe.com")  # GitHubs whose API is at `api.`
Environment = Mapping[str, str]


def address(policy: Policy, environment: Environment) -> str:
    """What the tracker's requests go to: as the policy says, else where this job runs. Raises
    PolicyError where that is no address."""
    if policy.tracker.kind == "github":
        return github_api_url(
            _checked_address(policy.tracker.url or _job_api(environment) or GITHUB)
        )
    return _checked_address(policy.tracker.url or environment.get("CI_SERVER_URL") or GITLAB)


def _checked_address(url: str) -> str:
    if may_be_asked(url, private=False):
        return url
    raise PolicyError(
        "tracker: `url`, or GITHUB_API_URL or CI_SERVER_URL of the job, is no address",
        "write it as https://host/path, without a login or a query",
    )


def issue_address(policy: Policy, environment: Environment, ref: str) -> str:
    """The address where people find an issue; "" on the embedded tracker."""
    if policy.tracker.kind == "github":
        return f"{_people_address_of_github(policy, environment)}/{policy.project}/issues/{ref[1:]}"
    if policy.tracker.kind == "gitlab":
        url = address(policy, environment).rstrip("/")
        return f"{url}/{policy.project}/-/issues/{ref[1:]}"
    return ""


def github_api_url(url: str) -> str:
    """The API of the GitHub at ``url``, which may be the API's address already."""
    url = url.rstrip("/")
    parts = urlsplit(url)
    if parts.path or parts.netloc.lower().startswith("api."):
        return url
    if _is_cloud(url):
        return url.replace("://", "://api.", 1)
    return f"{url}{_API}" if parts.scheme == "https" else url


def _people_address_of_github(policy: Policy, environment: Environment) -> str:
    """People's address of the GitHub."""
    api = address(policy, environment)
    if api == _job_api(environment) and (server := environment.get("GITHUB_SERVER_URL")):
        return server.rstrip("/")
    return _people_address(api)


def _people_address(api: str) -> str:
    return api.removesuffix(_API).replace("://api.", "://")


def _job_api(environment: Environment) -> str:
    return (environment.get("GITHUB_API_URL") or "").rstrip("/")


def with_tracker_option(policy: Policy, option: str, environment: Environment) -> Policy:
    """The policy with the tracker of ``--tracker``: local, gitlab, github, or a project's address.
    On GitHub a project without a path is that of the job.

    Raises PolicyError for anything else, and for the address of a forge that the token is not
    for: it would be sent there.
    """
    if option in _KINDS:
        url = policy.tracker.url if _is_of_kind(policy, option) else ""
        policy = policy.with_tracker(kind=option, url=url)
    elif option:
        policy = _at_project_address(policy, option, environment)
    repository = environment.get("GITHUB_REPOSITORY", "")
    if policy.tracker.kind == "github" and "/" not in policy.project and repository:
        policy = policy.with_tracker(project=repository)
    return policy


def _is_of_kind(policy: Policy, kind: str) -> bool:
    """Is the policy's address one of this kind of forge? That of a local tracker may be either."""
    return policy.tracker.kind in ("local", kind)


def _at_project_address(policy: Policy, option: str, environment: Environment) -> Policy:
    """The policy with the tracker at the address of a project."""
    hubs = _known_githubs(policy, environment)
    url, project = _address_and_project(option.rstrip("/").removesuffix("/issues"), hubs)
    if url in hubs or _is_cloud(url):
        kind, known = "github", hubs
    else:
        kind, known = "gitlab", _known_gitlabs(policy, environment)
        url, project = _address_and_project(option.rstrip("/").removesuffix("/-/issues"), known)
    if "/" not in project:
        raise PolicyError(
            f"--tracker {option}: this version of ima knows local, gitlab and github",
            "say one of these, or a project's address: https://gitlab.example/acme/production",
        )
    if known and url not in known:
        raise PolicyError(
            f"--tracker: the token is for {' and '.join(known)}, not for {url}",
            f"if it shall be sent there, say so in the policy: `tracker: {{url: {url}}}`",
        )
    return policy.with_tracker(kind=kind, url=known.get(url, url), project=project)


def _known_githubs(policy: Policy, environment: Environment) -> dict[str, str]:
    """The GitHubs that the policy or this job names, for which the token is meant: the address
    that people see → the address of its API."""
    named = [address(policy, environment)] if policy.tracker.kind == "github" else []
    named += [_job_api(environment)]
    return {_people_address(api): api for api in named if api}


def _known_gitlabs(policy: Policy, environment: Environment) -> dict[str, str]:
    """The GitLabs that the policy or this job names, for which the token is meant. Empty where
    neither names one: who types an address at a terminal then means it."""
    named = [
        policy.tracker.url if policy.tracker.kind != "github" else "",
        environment.get("CI_SERVER_URL"),
    ]
    if not any(named) and policy.tracker.kind == "gitlab":
        named = [GITLAB]
    return {url.rstrip("/"): url.rstrip("/") for url in named if url}


def _address_and_project(whole: str, known: Iterable[str]) -> tuple[str, str]:
    """The forge's address and the project's path. One that is known may be below a path."""
    for url in known:
        if whole.startswith(f"{url}/"):
            return url, whole.removeprefix(f"{url}/")
    try:
        parts = urlsplit(whole)
    except ValueError:
        return "", ""
    if parts.scheme in ("http", "https") and parts.netloc:
        return f"{parts.scheme}://{parts.netloc}", parts.path.strip("/")
    return "", ""


def _is_cloud(url: str) -> bool:
    """Is it a GitHub, by its name?"""
    return f".{urlsplit(url).netloc.lower()}".endswith(_CLOUD)
