"""Whose token is it? On a forge only IMA's own account makes a pass.

With a member's token IMA would take what that member did for its own: the member would never count
as here, and their commands and comments would count as IMA's texts.
"""

from __future__ import annotations

import re
from dataclasses import replace

from automation.cli import output
from automation.cli.change_limit import is_person
from automation.cli.invocation import Call
from automation.errors import PolicyError
from automation.planning.distrusted_memory import NO_KEY_HERE
from automation.planning.plan import Plan
from automation.trackers.signed_memory import NO_KEY

# Accounts that nobody logs in with: GitLab's of a project, a group or a service, GitHub's of Apps.
_MACHINE_ACCOUNTS = re.compile(r"(?:project|group)_\d+_bot(?:_\w+)?|service_account_\w+|.+\[bot\]")


def member_with_own_token(call: Call) -> str:
    """The login of the member whose own token this is; "" on the embedded tracker, in a job, and
    where the account is IMA's."""
    tracker = call.session.policy.tracker
    if tracker.kind == "local" or not is_person(call.session.environment, terminal=False):
        return ""
    login = call.tracker.me()
    if login.casefold() in {name.casefold() for name in call.session.policy.accounts}:
        return ""
    if tracker.kind == "gitlab" and login.casefold() == tracker.account.casefold():
        return ""
    return "" if _MACHINE_ACCOUNTS.fullmatch(login) else login


def refuse_pass_with_own_token(call: Call) -> None:
    """Raises PolicyError where a member's own token would make a pass."""
    if login := member_with_own_token(call):
        raise PolicyError(
            f"the token is @{login}'s own: a pass is made by IMA's account only",
            "its job makes it, on the schedule or at a comment; yours is for `ima plan`,"
            f" `ima board`, `ima declare`{_how_to_name_account(call, login)}",
        )


def refuse_pass_without_key(call: Call) -> None:
    """Raises PolicyError where somebody would make a pass by hand on memory that the jobs sign:
    what it writes would count for nobody."""
    session = call.session
    local = session.policy.tracker.kind == "local"
    if local or not is_person(session.environment, terminal=False) or session.keys.now:
        return
    page = call.tracker.dashboard()
    if page is not None and NO_KEY in page.distrusted:
        raise PolicyError(
            "what IMA remembers here is signed, and IMA_KEY is not set",
            "set it to the key of the jobs, or leave the pass to them",
        )


def as_ima_sees_it(call: Call) -> Call:
    """The call of a command that only looks, for IMA's account if the policy names one: so a member
    with a token of their own sees there what they did themselves."""
    named = _named_account(call)
    if named and member_with_own_token(call):
        return replace(call, session=call.session.seen_by(named))
    return call


def tell_plan_is_a_guess(call: Call) -> None:
    """Tell who plans with a token of their own that the plan takes them for IMA, as long as the
    policy names no account of IMA's."""
    if not _named_account(call) and (login := member_with_own_token(call)):
        output.tell(
            f"the token is @{login}'s own: what IMA has written there already counts as a"
            f" stranger's, and is planned again; what @{login} did or typed counts as IMA's, and is"
            " not seen\n  name IMA's account in the policy:"
            " `accounts: [LOGIN]`; before its first pass there is nothing to do"
        )


def _named_account(call: Call) -> str:
    policy = call.session.policy
    return policy.tracker.account or "".join(policy.accounts[-1:])


def without_missing_key(call: Call, made: Plan) -> tuple[Plan, bool]:
    """The plan of somebody who looks, without the finding that this run has no key: the jobs have
    it, and nobody has anything to do. Was it there?"""
    if not is_person(call.session.environment, terminal=False):
        return made, False
    rest = tuple(found for found in made.findings if found.key != NO_KEY_HERE)
    return replace(made, findings=rest), len(rest) < len(made.findings)


def refuse_review_with_own_token(call: Call) -> None:
    """Raises PolicyError where a review would be opened by a member's own token: it counts only if
    IMA's account has opened it."""
    if login := member_with_own_token(call):
        label = call.session.policy.labels.name("near_miss")
        raise PolicyError(
            f"the token is @{login}'s own: a review is opened by IMA's account only",
            f"give an issue the label {label!r}, or comment `/ima near-miss S2` on one",
        )


def refuse_replay_with_own_token(call: Call) -> None:
    """Raises PolicyError where an outage would be carried over by a member's own token: what stands
    on a card that is not IMA's is lost, so that people would be called once more."""
    if login := member_with_own_token(call):
        raise PolicyError(
            f"the token is @{login}'s own: an outage is carried over by IMA's account only",
            "run it with IMA's token and IMA_KEY, or in a job that has them; with yours, `--plan`"
            f" shows what would be done{_how_to_name_account(call, login)}",
        )


def _how_to_name_account(call: Call, login: str) -> str:
    if call.session.policy.tracker.kind != "gitlab":
        return ""
    return f"\n  if @{login} is IMA's own account: `tracker: {{account: {login}}}` in the policy"
