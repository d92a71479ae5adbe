"""What ``ima doctor`` asks a forge, and in which order it is told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from automation.cli.change_limit import is_person
from automation.cli.git_origin import repository
from automation.cli.invocation import Call
from automation.doctor import setup_check as judge
from automation.doctor.hashes import hashes
from automation.doctor.not_said import not_said
from automation.doctor.pushed_policy import pushed
from automation.doctor.reach import reaching_nobody
from automation.doctor.setup_check import Line
from automation.errors import ImaError, ServiceError
from automation.http.answers import Refusal
from automation.workspace.files import POLICY

if TYPE_CHECKING:
    from automation.doctor import github as github_judge
    from automation.doctor import gitlab as gitlab_judge
    from automation.policy.policy import Policy

OTHER = "IMA_DOCTOR_TOKEN"  # in the environment: who runs the doctor may see more than IMA


KEY = "IMA_KEY"
Asked = Callable[[bool | None], Iterable[Line]]  # what every tracker is asked; see `_key_of_jobs`


def gitlab(call: Call, policy: Policy, asked: Asked) -> Iterator[Line]:
    """A project of GitLab."""
    from automation.trackers.gitlab.setup_facts import SetupQuestions
    from automation.trackers.tokens import gitlab_token
    from automation.workspace.address import address
    from automation.workspace.forge import CACHE, ca_file

    yield judge.cache(_cache(call.session.folder / CACHE), CACHE)
    environment = call.session.environment
    url = address(policy, environment)
    try:
        other = environment.get(OTHER, "").strip()
        trusted, token = ca_file(url, environment), gitlab_token(environment)
        name = _name_in_repository(call)
        questions = SetupQuestions(url, policy.project, token, other, trusted, name)
    except ServiceError as error:
        yield judge.todo("token", error.problem, error.remedy)
        return
    try:
        yield from _gitlab(
            call, policy, url, questions.answers(policy.labels.name("incident")), asked
        )
    finally:
        questions.close()


def _gitlab(
    call: Call, policy: Policy, url: str, answers: gitlab_judge.GitLabAnswers, asked: Asked
) -> Iterator[Line]:
    from automation.doctor import gitlab as gitlab_judge
    from automation.doctor import (
        gitlab_jobs,
        gitlab_pager,
        gitlab_pipeline,
        gitlab_rights,
        gitlab_webhook,
    )
    from automation.trackers.gitlab.tracker import TOKENS

    now = call.session.clock()
    yield from gitlab_judge.account(answers, _people(policy))
    if answers.project is None:
        return
    job = not is_person(call.session.environment, terminal=False)
    yield from gitlab_judge.token(answers, now.date(), job=job)
    own_pager = policy.pager.kind == "gitlab"
    developer = own_pager and any(role.escalation for role in policy.roles.values())
    yield from gitlab_judge.project(
        answers, policy.project, policy.tracker.issue_type, developer=developer
    )
    if isinstance(answers.project, judge.Refused):
        return
    if own_pager:
        yield from gitlab_pager.role(policy, answers)
        yield gitlab_pager.who_is_paged(policy, answers, _escalations(call))
    yield from gitlab_judge.tier(answers)
    taken_in = "type" in policy.tracker.adopt
    yield from gitlab_judge.incidents(answers, taken_in, policy.labels.name("incident"))
    if taken_in or policy.tracker.issue_type == "incident":
        yield from gitlab_judge.record(answers, policy.tracker.timeline)
    yield from _page_link(policy, answers.project)
    yield from _reach(policy)
    refused = isinstance(answers.variables, judge.Refused)
    names = None if refused else [row["key"] for row in answers.variables]
    yield from asked(_key_of_jobs(call, names))
    yield from gitlab_jobs.jobs(answers)
    yield from _pushed(call, answers.policy, "the Reporter role")
    yield from gitlab_jobs.online(answers)
    yield from gitlab_jobs.pages(answers)
    yield from gitlab_pipeline.variables(answers, TOKENS)
    yield from gitlab_judge.named_account(answers, _people(policy), policy.accounts)
    yield from gitlab_pipeline.minimum_role(answers)
    yield from gitlab_pipeline.schedule(answers, url, now)
    yield from gitlab_pipeline.last_event(answers)
    yield from gitlab_pipeline.triggers(answers)
    yield from gitlab_pipeline.tags(answers)
    yield from gitlab_rights.runners(answers)
    yield from gitlab_rights.package_source(answers, url, policy.project)
    yield from gitlab_rights.included(answers)
    lint = {} if isinstance(answers.lint, judge.Refused) else answers.lint
    yield from hashes(str(lint.get("merged_yaml") or ""), answers.lock, "the Reporter role")
    yield from gitlab_webhook.webhook(answers, url, policy.project)


def _escalations(call: Call) -> list[str] | None:
    """The names of GitLab's escalation policies; None where they cannot be seen."""
    from automation.services.gitlab.gitlab import GitLabPager

    pager = call.session.services.pager
    try:
        return pager.escalations() if isinstance(pager, GitLabPager) else None
    except ServiceError:
        return None  # a line of its own says why


def _key_of_jobs(call: Call, names: Collection[str] | None) -> bool | None:
    """Somebody looks from their own machine, and the forge says that the jobs get IMA_KEY, which
    is among the ``names`` of what it gives them. None where it does not tell these."""
    if not is_person(call.session.environment, terminal=False):
        return False
    return None if names is None else KEY in names


def github(call: Call, policy: Policy, asked: Asked) -> Iterator[Line]:
    """A repository of GitHub."""
    from automation.trackers.github.setup_facts import SetupQuestions
    from automation.trackers.tokens import github_token
    from automation.workspace.address import address
    from automation.workspace.forge import CACHE

    yield judge.cache(_cache(call.session.folder / CACHE), CACHE)
    environment = call.session.environment
    try:
        other = environment.get(OTHER, "").strip()
        url = address(policy, environment)
        token, name = github_token(environment), _name_in_repository(call)
        private = policy.tracker.private
        questions = SetupQuestions(url, policy.project, token, other, private, name)
    except ServiceError as error:
        yield judge.todo("token", error.problem, error.remedy)
        return
    try:
        yield from _github(call, policy, questions.answers(), asked)
    finally:
        questions.close()


def _github(
    call: Call, policy: Policy, answers: github_judge.GitHubAnswers, asked: Asked
) -> Iterator[Line]:
    from automation.doctor import github as github_judge
    from automation.doctor import github_actions, github_workflow

    now = call.session.clock()
    if (
        isinstance(answers.user, judge.Refused)
        and answers.user.denied
        and answers.repository is not None
    ):
        answers = replace(answers, login=_me(call))
    job = not is_person(call.session.environment, terminal=False)
    yield from github_judge.account(answers, _people(policy), job=job)
    if answers.repository is None:
        return
    yield from github_judge.token(answers, now.date())
    yield from github_judge.repository(answers, policy.project)
    if isinstance(answers.repository, judge.Refused):
        return
    yield from github_judge.private(answers, policy.project, policy.tracker.private)
    yield from _teams(call, policy)
    yield from _page_link(policy, answers.repository)
    yield from _reach(policy)
    names = None if isinstance(answers.secrets, judge.Refused) else answers.secrets
    yield from asked(_key_of_jobs(call, names))
    yield from github_workflow.workflow(answers)
    yield from github_workflow.actions(answers)
    yield from github_actions.outdated(answers)
    yield from github_actions.unpinned(answers)
    yield from github_actions.package(answers, policy.project)
    text = answers.text if isinstance(answers.text, str) else ""
    yield from hashes(text, answers.lock, "Contents: read")
    yield from _pushed(call, answers.policy, "Contents: read")
    yield from github_workflow.schedule(answers, now)
    yield from github_workflow.last_event(answers)
    yield from github_workflow.settings(answers)
    yield from github_workflow.members(answers, policy.teams)
    yield from github_workflow.pages(answers)


def _name_in_repository(call: Call) -> str:
    """The path of the policy's file in its repository; "" where there is none."""
    session = call.session
    if session.files.user is None:
        return ""
    path = (session.policy_file or session.folder / POLICY).resolve()
    root = repository(session.folder) or session.folder.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else ""


def _pushed(call: Call, answer: Any, needs: str) -> Iterator[Line]:
    user = call.session.files.user
    yield from pushed(_name_in_repository(call), answer, user.text if user else "", needs)


def _teams(call: Call, policy: Policy) -> Iterator[Line]:
    """Who is in the teams that are on call, as the token of the jobs is told."""
    for name, role in policy.teams.items():
        try:
            people = call.session.team(name)
        except Refusal as error:
            yield judge.failed("team", error)
        except ServiceError as error:
            yield judge.todo("team", error.problem, error.remedy)
        else:
            said = f"@{name} is {', '.join(f'@{each}' for each in sorted(people))}"
            empty = judge.todo("team", f"nobody is in @{name}", f"`roles.{role}` has nobody then")
            yield judge.ok("team", said) if people else empty


def _reach(policy: Policy) -> Iterator[Line]:
    """What reaches nobody: it may be meant so, but should be known."""
    for line in reaching_nobody(policy, file=True, job=False):
        yield judge.ok(line.about, line.said)
    yield from judge.room(policy.room)
    yield from not_said(policy)


def _page_link(policy: Policy, row: Mapping[str, Any]) -> Iterator[Line]:
    """Both forges show who may see a project under one name."""
    if policy.statusio and policy.statusio.link:
        yield judge.page_link(str(row.get("visibility", "")))


def _me(call: Call) -> str:
    """Whom IMA takes itself for: an App's token is told otherwise than a person's."""
    try:
        return call.tracker.me()
    except ImaError:
        return ""


def _people(policy: Policy) -> set[str]:
    """Logins that the policy names."""
    return {*policy.logins_on_call, *policy.people}


def _cache(path: Path) -> Literal["none", "good", "garbled", "closed"]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        there = next(each for each in path.absolute().parents if each.is_dir())
        return "none" if os.access(there, os.W_OK) else "closed"
    except (OSError, UnicodeDecodeError):
        return "garbled"
    try:
        return "good" if isinstance(json.loads(text), dict) else "garbled"
    except (ValueError, RecursionError):
        return "garbled"
