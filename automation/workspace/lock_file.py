"""``ima.lock``: what a job installs, by hash, without what its policy has no use for."""

from __future__ import annotations

import re
from pathlib import Path

from automation.errors import PolicyError
from automation.policy.policy import Policy
from automation.workspace.files import read_text, shipped_folder

LOCK = "ima.lock"
REMEDY = f"write {LOCK} anew with `ima init --lock`, and commit it: jobs install what stands there"
_FIGURES = "figures"
_CLIENTS = {
    "gitlab": "python-gitlab",
    "github": "pygithub",
    "google": "google-auth",
    _FIGURES: "pygal",
}
_PACKAGES = {  # by module, where that is called otherwise
    "gitlab": "python-gitlab",
    "github": "pygithub",
    "google": "google-auth",
}
ALL_USES = frozenset(_CLIENTS)
_FOR = "\n    # for "  # behind a package that not every job needs: see `.ci/lock`


def uses_of(policy: Policy) -> frozenset[str]:
    """The forges and services whose packages a job needs; and the figures, if it draws some. The
    embedded tracker has no jobs: with it, `--tracker` may name any forge."""
    forges = {"gitlab", "github"} if policy.tracker.kind == "local" else {policy.tracker.kind}
    more = {"google": policy.google, _FIGURES: policy.stats.page}
    return frozenset(forges | {use for use, wanted in more.items() if wanted})


def locked_requirements(uses: frozenset[str] = ALL_USES) -> str:
    """The requirements of ima with their hashes, as far as these uses need them."""
    text = read_text(shipped_folder() / "requirements.lock").text
    parts = re.split(r"\n(?=\w)", text.strip())
    return "\n".join(part for part in parts if _is_needed(part, uses)) + "\n"


def _is_needed(part: str, uses: frozenset[str]) -> bool:
    _, only_for_some, said = part.rpartition(_FOR)
    return not only_for_some or not uses.isdisjoint(said.split(", "))


def mistakes_in_lock(folder: Path, policy: Policy) -> list[PolicyError]:
    """Is there an ima.lock that lacks what this policy needs? Its jobs would all fail."""
    path = folder / LOCK
    if not path.is_file():
        return []
    text = read_text(path).text.lower()
    return [
        PolicyError(
            f"{LOCK}: there is no {package} in it, which the policy's `{use}` needs",
            REMEDY,
        )
        for use in sorted(uses_of(policy))
        if policy.tracker.kind != "local" or use in ("google", _FIGURES)
        if not re.search(rf"^{re.escape(package := _CLIENTS[use])}==", text, re.MULTILINE)
    ]


def not_installed(module: str) -> PolicyError | None:
    """Is this module that is missing of a package that a lock may have left out?"""
    name = module.partition(".")[0]
    package, remedy = _PACKAGES.get(name, name), REMEDY
    if f"\n{package}==" not in locked_requirements():
        return None
    if package == _CLIENTS[_FIGURES]:
        remedy = "say in the policy where the page will stand (`stats: {page: …}`); then " + REMEDY
    return PolicyError(f"{package} is not installed here", remedy)
