"""A small PagerDuty: the part of its REST API v2 that IMA and its users need, with state."""

from tests.counterparts.pagerduty.server import PagerDutyServer

__all__ = ["PagerDutyServer"]
