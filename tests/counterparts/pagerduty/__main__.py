"""``python -m tests.counterparts.pagerduty``: an account with the usual roles, to try IMA on.

pager: {kind: pagerduty, service: PSERVICE, from: ima@acme.example}
roles:
  eoc: {schedule: SEOC, escalation: EEOC}
  imoc: {schedule: SIMOC, escalation: EIMOC}
  cmoc: {schedule: SCMOC, escalation: ECMOC}
  security: {schedule: SSECURITY, escalation: ESECURITY}
"""

from __future__ import annotations

import argparse

from tests.counterparts.pagerduty.server import PagerDutyServer
from tests.counterparts.pagerduty.usual import furnish
from tests.counterparts.program import stay


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.counterparts.pagerduty")
    arguments.add_argument("--port", type=int, default=4200)
    given = arguments.parse_args()
    with PagerDutyServer(port=given.port) as server:
        furnish(server.account, {"eoc": "erin", "imoc": "ian", "cmoc": "cara", "security": "sam"})
        stay(IMA_PAGERDUTY_URL=server.url, IMA_PAGERDUTY_TOKEN=server.account.token)


if __name__ == "__main__":
    main()
