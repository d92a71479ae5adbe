"""``python -m tests.counterparts.pagerduty``: an account with the usual roles, to try IMA on.

pager: {kind: pagerduty, service: PSERVICE, from: ima@acme.example, url: "http://127.0.0.1:4200"}
roles:
  eoc: {schedule: SEOC, escalation: EEOC}
  imoc: {schedule: SIMOC, escalation: EIMOC}
  cmoc: {schedule: SCMOC, escalation: ECMOC}
  security: {schedule: SSECURITY, escalation: ESECURITY}
"""

from __future__ import annotations

import argparse
import threading

from tests.counterparts.pagerduty.server import PagerDutyServer
from tests.counterparts.pagerduty.usual import furnish


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.counterparts.pagerduty")
    arguments.add_argument("--port", type=int, default=4200)
    given = arguments.parse_args()
    with PagerDutyServer(port=given.port) as server:
        furnish(server.account, {"eoc": "erin", "imoc": "ian", "cmoc": "cara", "security": "sam"})
        print(f"PagerDuty at {server.url}; IMA_PAGERDUTY_TOKEN={server.account.token}", flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
