"""``ima apply --hourly``: a service that stays away fails one job an hour, not each."""

from __future__ import annotations

from automation.model.issue import Draft
from automation.workspace.failure_file import FAILURES
from tests.cli.conftest import Ima


def run(ima: Ima, minutes: float) -> tuple[int, str]:
    ima.after(minutes)
    ima.session = ima.fresh()
    done = ima("apply --hourly")
    return done.code, done.err


def test_a_failing_pager_is_told_at_once_and_then_hourly(ima: Ima) -> None:
    log = ima.folder / ima.session.policy.chat.path
    log.mkdir(parents=True)
    ima.session.local.acting("rita").open(Draft("API down", labels=("Incident", "S1")))
    code, first = run(ima, 0)
    assert code == 1
    assert "outbox: " in first
    code, quiet = run(ima, 15)
    assert (code, quiet.splitlines()) == (0, [line(quiet, "still failing since 12:00 UTC: ")])
    assert run(ima, 44)[0] == 0
    code, again = run(ima, 1)
    assert (code, {*again.splitlines()}) == (1, {*first.splitlines()})
    assert ima("apply").code == 1  # without the option as ever
    log.rmdir()
    code, back = run(ima, 15)
    assert (code, back.splitlines()) == (0, [line(back, "works again: ")])
    assert run(ima, 15) == (0, "")


def test_what_was_told_stands_on_the_dashboard_where_no_cache_is_kept(ima: Ima) -> None:
    """GitHub keeps no cache of runs for issues and comments, but where the job says so."""
    log = ima.folder / ima.session.policy.chat.path
    log.mkdir(parents=True)
    ima.session.local.acting("rita").open(Draft("API down", labels=("Incident", "S1")))

    def forgetful(minutes: float) -> tuple[int, str]:
        (ima.folder / FAILURES).unlink(missing_ok=True)
        return run(ima, minutes)

    assert forgetful(0)[0] == 1
    code, quiet = forgetful(15)
    assert (code, quiet.splitlines()) == (0, [line(quiet, "still failing since 12:00 UTC: ")])
    assert forgetful(44)[0] == 0
    assert forgetful(2)[0] == 1
    assert forgetful(2)[0] == 0
    log.rmdir()
    code, back = forgetful(15)
    assert (code, back.splitlines()) == (0, [line(back, "works again: ")])
    assert forgetful(15) == (0, "")


def line(said: str, start: str) -> str:
    """The one line, which starts so."""
    (only,) = {each for each in said.splitlines() if each.startswith(start)}
    return only


def test_a_tracker_that_cannot_be_reached(ima: Ima) -> None:
    kept = ima.folder / ".ima"
    (kept / "incidents.db").mkdir(parents=True)
    code, first = run(ima, 0)
    assert (code, first.splitlines()[0][:14]) == (1, "local tracker:")
    code, quiet = run(ima, 15)
    assert code == 0
    assert quiet.startswith("still failing since 12:00 UTC: local tracker:")
    assert run(ima, 45) == (1, first)
    (kept / "incidents.db").rmdir()
    assert run(ima, 15)[1].startswith("works again: local tracker:")
