"""Atlassian Statuspage as the status page. Begin with `statuspage.py`."""
