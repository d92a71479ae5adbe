"""A job with another account than the pass does not speak for it: of what that account keeps it
knows nothing, and would say that all is well."""

from __future__ import annotations

from automation.planning.plan import Snapshot

REMEDY = (
    "give this job the token of the pass; an account that was or is IMA's elsewhere stands in "
    "`accounts:` of the policy"
)


def kept_by_another(seen: Snapshot, *, member: bool = True) -> str:
    """What is wrong, where another account keeps the cards of incidents that we have none on; else
    empty. What a ``member`` does counts even where their memory does not: without that only those
    are looked for who are none, as Apps."""
    unkept = (one.other_keepers for one in seen.incidents.values() if one.card is None)
    keepers = sorted({account for accounts in unkept for account in accounts})
    keepers = [account for account in keepers if member or not seen.ctx.member(account)]
    if not keepers:
        return ""
    theirs = " and ".join(f"@{account}" for account in keepers)
    return f"the cards here are {theirs}'s, and this token is @{seen.ctx.me}'s"
