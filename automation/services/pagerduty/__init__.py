"""PagerDuty as the pager. Begin with `pagerduty.py`; its requests stand in `wire.py`."""
