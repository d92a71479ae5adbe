"""Most webhooks ask for nothing: they are answered before anything heavy is imported.

Here only the payload and the environment are looked at; the command itself looks at the rest. Both
judge by `Event.idle`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# The variable with the path of a CI job's payload, and the one with its kind.
NAMED_BY = {"TRIGGER_PAYLOAD": "", "GITHUB_EVENT_PATH": "GITHUB_EVENT_NAME"}
OUR_ACCOUNT = "IMA_ACCOUNT"  # a job's variable: the login that IMA writes as
_QUIET = ("-q", "--quiet")
_ALONE = (*_QUIET, "-v", "--verbose", "--catch-up", "--hourly")
_WITH_VALUE = ("--policy", "--tracker")


def ends_here(words: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """What to say where the command line is ``ima apply --event`` and the event asks for nothing;
    None where the command has to run."""
    file = _file_of_event(words)
    if file is None:
        return None
    from automation.alerts.webhook_events import LIMIT, read_event

    path, kind = named_payload(file, environment)
    try:
        with open(path, "rb") as payload:
            event = read_event(payload.read(LIMIT + 1), kind)
    except (OSError, ValueError):
        return None  # the command says what is wrong with it
    said = event.idle(account=environment.get(OUR_ACCOUNT, ""))
    if not said or not said.isascii():  # how a terminal shows others, the command knows
        return None
    return "" if any(word in _QUIET for word in words) else said


def named_payload(file: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The path of the payload that ``--event FILE`` means, and GitHub's name of its kind; an empty
    path where neither FILE nor a CI job names one."""
    if file:
        return file, ""
    for variable, kind in NAMED_BY.items():
        if path := environment.get(variable):
            return path, environment.get(kind, "")
    return "", ""


def _file_of_event(words: Sequence[str]) -> str | None:
    """The FILE of ``--event``, "" where none is given; None for any command line that is not the
    jobs' own."""
    rest = list(words)
    command, file = "", None
    while rest:
        word = rest.pop(0)
        if word == "apply" and not command:
            command = word
        elif word == "--event" and command and file is None:
            file = rest.pop(0) if rest and not rest[0].startswith("-") else ""
        elif word in _WITH_VALUE and rest and not rest[0].startswith("-"):
            rest.pop(0)
        elif word not in _ALONE:
            return None
    return file
