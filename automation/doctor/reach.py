"""Does what IMA does reach anybody? A job may be green, and nobody hear of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from automation.doctor.setup_check import Line, todo
from automation.policy.policy import Policy


def reaching_nobody(policy: Policy, *, file: bool, job: bool) -> Iterator[Line]:
    """A line about each thing that IMA does and that reaches nobody. ``file`` says that there is a
    policy file, ``job`` that this is a CI job."""
    local = policy.tracker.kind == "local"
    if job and not file:
        said = "there is none here: the shipped policy holds, which knows no project and nobody"
        yield todo("policy", said, "name yours: IMA_OPTIONS with `--policy PATH`, or commit it")
    if job and local:
        said = "it is a file of this job and ends with it: the project's issues are not looked at"
        remedy = "name the forge and the project under `tracker:` (`ima init --forge` shows how)"
        yield todo("tracker", said, remedy)
    if local:
        return
    if policy.pager.kind == "policy":
        said = "none, only a log: people are called by comment only, nobody is woken"
        yield todo(
            "pager", said, "docs/services.md says how to have one; nothing to do if that is meant"
        )
    if policy.chat.kind == "log" and policy.chat.channel:
        said = "none, only a file: no announcement is read by anybody"
        yield todo(
            "chat", said, "docs/services.md says how to have one; nothing to do if that is meant"
        )
