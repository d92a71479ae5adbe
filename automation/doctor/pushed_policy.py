"""Do the jobs go by the policy that somebody looks at here? The same on both forges. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from automation.doctor.setup_check import Answer, Line, Refused, refusal, todo
from automation.stored_state.dashboard import Dashboard

_ABOUT = "policy"


def pushed(name: str, answer: Answer, here: str, needs: str) -> Iterator[Line]:
    """Is the file of the default branch the one of ``here``? ``needs`` says what may see it."""
    if answer is None:
        return
    if isinstance(answer, Refused) and answer.status != 404:
        yield refusal(_ABOUT, answer, needs)
    elif isinstance(answer, Refused):
        said = f"there is no {name} on the default branch: the jobs know no project and nobody"
        yield todo(_ABOUT, said, "push it; one elsewhere is named in IMA_OPTIONS (`--policy PATH`)")
    elif _lines(str(answer.get("content") or "")) != _lines(here):
        said = f"{name} of the default branch is another one than here, and the jobs go by that"
        yield todo(_ABOUT, said, "push yours, or pull: all that is said here is by the one here")


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def of_last_sweep(board: Dashboard | None, digest: str) -> Iterator[Line]:
    """Did the last sweep go by the policy of here, of this ``digest``? Who pushes it and still
    reads this has two deployments, or two versions of ima."""
    if board is None or not board.policy or board.policy == digest:
        return
    since = f"{board.policy_since:%Y-%m-%d %H:%M} UTC" if board.policy_since else "long ago"
    said = f"since {since} the sweeps go by another policy than the one here"
    remedy = (
        "push the one here; is it there already, then a second set-up keeps this project, or the"
        " jobs have another version of ima"
    )
    yield todo(_ABOUT, said, remedy)
